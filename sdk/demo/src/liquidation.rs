//! Prices rise, a writer's margin no longer covers them, and anyone may step in.

use anyhow::{Context, Result};
use evergreen::Leg;
use evergreen_sdk::{events::Event, instruction as ix};

use crate::{
    cast::Who,
    milestones::Milestone,
    narration::Table,
    path,
    stock::{Stock, tokens},
    story::{Story, compute_units, events_of},
    view::Health,
};

const LIQUIDATION_UNITS: u32 = 400_000;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let (tsla, series) = (story.tsla, story.series()?);
    story.tell.section("Prices move until a writer's margin is used up");
    let month = story.position(&tsla, Who::Walter, series.month_call)?;
    let legs = vec![Leg { series: series.month_call, points: -month.0 }];
    let (account, reward_to) = (tsla.margin_account(Who::Walter), tsla.margin_account(Who::Kim));
    let liquidate = [
        compute_units(LIQUIDATION_UNITS),
        ix::liquidate(Who::Kim.id(), &tsla.keys, account, reward_to, legs, &[story.btc()]),
    ];
    story.refused(Who::Kim, "tries to liquidate Walter while he is healthy", &liquidate, "NotLiquidatable")?;
    story.tell.say("Amounts below in the pool's own token; funding streams from holders to writers and the pool.");
    path::play_until(story, |story| Ok(story.health(&story.tsla, Who::Walter)?.maintenance < 0))?;

    story.tell.section("A liquidation");
    story.tell.say(
        "Walter's margin is below maintenance. Anyone may close his calls at the bid, only as far as his target health needs.",
    );
    let before = story.health(&tsla, Who::Walter)?;
    let earned = story.margin(&tsla, Who::Kim)?.cash;
    let landed = story.send(Who::Kim, "liquidates Walter", &liquidate)?;
    let after = story.health(&tsla, Who::Walter)?;
    let left = story.position(&tsla, Who::Walter, series.month_call)?;
    show(story, &tsla, before, after);
    let liquidated = events_of(&landed).into_iter().find_map(|event| match event {
        Event::Liquidated(liquidated) => Some(liquidated),
        _ => None,
    });
    let liquidated = liquidated.context("no event says that Walter was liquidated")?;
    let closed = (left.0 - month.0) as f64 / month.0.abs() as f64;
    story.tell.say(format!(
        "{:.1} % of what he had written of the {} was closed. Penalty {}: {} to Kim, {} to insurance. The rest of his {} is his.",
        closed * 100.0,
        story.option_name(&tsla, series.month_call)?,
        tsla.amount(i64::try_from(liquidated.penalty)?),
        tsla.amount(i64::try_from(liquidated.reward)?),
        tsla.amount(i64::try_from(liquidated.penalty.saturating_sub(liquidated.reward))?),
        tsla.amount(liquidated.cash),
    ));
    if closed > 0.0 {
        story.happened(Milestone::Liquidated);
    }
    if before.maintenance < 0 && after.maintenance > 0 && left.0 < 0 {
        story.happened(Milestone::HealthRestored);
    }
    if liquidated.reward > 0 && story.margin(&tsla, Who::Kim)?.cash - earned == i64::try_from(liquidated.reward)? {
        story.happened(Milestone::LiquidatorPaid);
    }
    Ok(())
}

fn show(story: &Story, stock: &Stock, before: Health, after: Health) {
    let mut table = Table::new(1, ["Walter's health", "before", "after", "in dollars"]);
    for (name, was, is) in [
        ("initial (to add risk)", before.initial, after.initial),
        ("target (a liquidation's end)", before.target, after.target),
        ("maintenance (below zero: liquidation)", before.maintenance, after.maintenance),
    ] {
        let dollars = crate::narration::dollars(stock.worth(is));
        table.row([name.into(), tokens(was), tokens(is), dollars]);
    }
    story.tell.table(&table);
}
