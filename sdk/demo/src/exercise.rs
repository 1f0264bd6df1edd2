//! ETH falls to the cap of Bob's puts: exercised for everyone, settled by anyone.

use anyhow::{Context, Result};
use evergreen_math::Rounding;
use evergreen_sdk::{events::Event, instruction as ix};

use crate::{
    cast::Who,
    facts::Fact,
    path,
    stock::scale,
    story::{Story, events_of},
    trading::leave,
    view::plain,
};

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let (crcl, series) = (story.crcl, story.series()?);
    story.tell.section("The market turns; Ether falls to the cap");
    let mark = story.mark(&crcl, series.eth_put)?;
    let cap = mark.terms.cap_price().context("a series has a cap")?;
    let payoff = mark.terms.cap_payoff().context("a series has a cap")?;
    path::play_until(story, |story| Ok(story.spot(1) <= cap))?;

    story.tell.section("Exercised for everyone, settled by anyone");
    story.tell.say(format!(
        "ETH is at {}, at or below the cap of {}: the series pays its most.",
        crate::narration::dollars(plain(story.spot(1).to_bits())),
        crate::narration::dollars(plain(cap.to_bits()))
    ));
    let points = story.position(&crcl, Who::Bob, series.eth_put)?;
    let owed = story.unsettled_funding(&crcl, Who::Bob, series.eth_put)?;
    let landed = story.send(
        Who::Kim,
        "exercises the series",
        &[ix::exercise_series(&crcl.keys, series.eth_put, &story.eth())],
    )?;
    let exercised = events_of(&landed).iter().any(|event| matches!(event, Event::SeriesExercised(_)));
    if exercised {
        story.happened(Fact::Exercised);
    }
    story
        .tell
        .say("Bob sleeps. Positions of an exercised series are paid whenever somebody asks, and no price is needed.");
    let settle = ix::settle_positions(&crcl.keys, crcl.margin_account(Who::Bob));
    let landed = story.send(Who::Kim, "settles Bob's puts for him", &[settle])?;
    let due = scale()?.native(points, payoff, Rounding::Floor)?.0;
    for event in events_of(&landed) {
        if let Event::PositionSettled(settled) = event {
            story.tell.detail(format!(
                "Bob receives {}; he had paid about {} of funding.",
                crcl.amount(settled.amount),
                crcl.amount(owed)
            ));
            if settled.amount == due && story.position(&crcl, Who::Bob, series.eth_put)?.is_zero() {
                story.happened(Fact::SettledLazily);
            }
        }
    }
    leave(story, Who::Bob, &crcl)?;
    let profit = story.profit(&crcl, Who::Bob)?;
    story.tell.detail(format!("In all he is {} ahead.", crcl.amount(profit)));
    Ok(())
}
