//! Everybody closes and leaves; income is paid to its owners.

use anyhow::Result;
use evergreen_math::Points;
use evergreen_sdk::{events::Event, instruction as ix};

use crate::{
    cast::Who,
    commitments::trade,
    milestones::Milestone,
    stock::Stock,
    story::{Story, events_of},
    trading::balance,
};

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let (tsla, crcl, series) = (story.tsla, story.crcl, story.series()?);
    story.tell.section("Everybody closes");
    let held = story.position(&tsla, Who::Erin, series.month_call)?;
    trade(story, Who::Erin, &tsla, series.month_call, Points(-held.0))?;
    balance(story, Who::Walter, &tsla, series.month_call)?;

    story.tell.section("Income goes where it belongs");
    for stock in [&tsla, &crcl] {
        income(story, stock)?;
    }

    story.tell.section("Leaving needs no price");
    story
        .tell
        .say("An hour passes without any price. The pool cannot be valued; withdrawing without positions goes on.");
    story.pass(3_600)?;
    let refresh = ix::refresh_pool(&tsla.keys, &story.feeds());
    story.refused_as_it_is(Who::Treasury, "values the pool", &[refresh], "PriceStale")?;
    for who in [Who::Erin, Who::Walter, Who::Kim] {
        withdraw_without_prices(story, &tsla, who)?;
    }
    let mut gone = true;
    for (stock, who) in [
        (&tsla, Who::Alice),
        (&tsla, Who::Erin),
        (&tsla, Who::Grace),
        (&tsla, Who::Walter),
        (&tsla, Who::Kim),
        (&crcl, Who::Bob),
    ] {
        let account = story.margin(stock, who)?;
        gone &= account.cash == 0 && account.is_flat();
    }
    if gone {
        story.happened(Milestone::EverybodyPaid);
    }
    Ok(())
}

fn withdraw_without_prices(story: &mut Story, stock: &Stock, who: Who) -> Result<()> {
    let cash = story.margin(stock, who)?.cash;
    let withdraw = ix::withdraw_margin(who.id(), &stock.keys, stock.margin_account(who), u64::MAX, &[]);
    story.send_as_it_is(who, &format!("withdraws everything: {}", stock.amount(cash)), &[withdraw]).map(drop)
}

fn income(story: &mut Story, stock: &Stock) -> Result<()> {
    let to = stock.mint.account_of(&Who::FeeOwner.id());
    let sweep = story.send(
        Who::Kim,
        &format!("sweeps insurance's income ({})", stock.symbol),
        &[ix::sweep_insurance(&stock.keys)],
    )?;
    let collect = story.send(
        Who::Kim,
        &format!("pays the protocol's fees to their owner ({})", stock.symbol),
        &[ix::collect_fees(&stock.keys, to)],
    )?;
    for event in events_of(&sweep).into_iter().chain(events_of(&collect)) {
        match event {
            Event::InsuranceSwept(swept) if swept.amount > 0 => {
                story.tell.detail(format!("Insurance: {}", stock.amount(swept.amount)));
                story.happened(Milestone::InsuranceSwept);
            }
            Event::FeesCollected(collected) if collected.amount > 0 => {
                story.tell.detail(format!("Protocol: {}", stock.amount(i64::try_from(collected.amount)?)));
                story.happened(Milestone::FeesCollected);
            }
            _ => {}
        }
    }
    Ok(())
}
