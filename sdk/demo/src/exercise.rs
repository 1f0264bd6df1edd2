//! ETH falls to the cap of Bob's puts: exercised for everyone, settled by anyone.

use anyhow::{Context, Result, ensure};
use evergreen_localnet::FailedTransaction;
use evergreen_math::Rounding;
use evergreen_sdk::{events::Event, instruction as ix};

use crate::{
    cast::Who,
    milestones::Milestone,
    path,
    story::{Story, events_of},
    trading::leave,
    view::plain,
};

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let (crcl, series) = (story.crcl, story.series()?);
    let kind = story.kind_of(&crcl, series.eth_put)?;
    story.tell.section(&format!("Prices move until the cap of a {kind} is reached"));
    let mark = story.mark(&crcl, series.eth_put)?;
    let cap = mark.terms.cap_price().context("a series has a cap")?;
    let payoff = mark.terms.cap_payoff().context("a series has a cap")?;
    // The price has to be past the cap by its confidence.
    path::play_until(story, |story| Ok(story.view(&crcl)?.exercisable().contains(&series.eth_put)))?;

    story.tell.section("Exercised for everyone, settled by anyone");
    story.tell.say(format!(
        "{} is at {}, at or below the cap of {}: the series pays its most.",
        story.symbol_of(&crcl, series.eth_put)?,
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
        story.happened(Milestone::Exercised);
    }
    story
        .tell
        .say("Bob sleeps. Positions of an exercised series are paid whenever somebody asks, and no price is needed.");
    story
        .tell
        .say(format!("Then the issuer stops all transfers of {}. Settlement moves no token: it goes on.", crcl.symbol));
    story.pass(1)?;
    story.chain().pause_mint(&crcl.mint, &Who::Issuer.key()).context("pausing the stock")?;
    story.tell.count();
    let settle = ix::settle_positions(&crcl.keys, crcl.margin_account(Who::Bob));
    let what = format!("settles Bob's {}s for him", story.kind_of(&crcl, series.eth_put)?);
    let landed = story.send(Who::Kim, &what, &[settle])?;
    let due = mark.scale.native(points, payoff, Rounding::Floor)?.0;
    for event in events_of(&landed) {
        if let Event::PositionSettled(settled) = event {
            story.tell.detail(format!(
                "Bob receives {}; he had paid about {} of funding.",
                crcl.amount(settled.amount),
                crcl.amount(owed)
            ));
            if settled.amount == due && story.position(&crcl, Who::Bob, series.eth_put)?.is_zero() {
                story.happened(Milestone::SettledLazily);
                story.happened(Milestone::SettledWhilePaused);
            }
        }
    }
    refused_by_the_token(story)?;
    story.tell.say("The issuer lets transfers go on again.");
    story.pass(1)?;
    story.chain().resume_mint(&crcl.mint, &Who::Issuer.key()).context("resuming the stock")?;
    story.tell.count();
    leave(story, Who::Bob, &crcl)?;
    let profit = story.profit(&crcl, Who::Bob)?;
    story.tell.detail(format!("In all he is {} ahead.", crcl.amount(profit)));
    split(story)
}

/// While the stock is paused its own token program refuses to move it.
fn refused_by_the_token(story: &mut Story) -> Result<()> {
    let crcl = story.crcl;
    let withdraw = ix::withdraw_margin(Who::Bob.id(), &crcl.keys, crcl.margin_account(Who::Bob), u64::MAX, &[]);
    let refused = story.chain().send_as(&Who::Bob.key(), &[withdraw], &[]).err();
    let refused = refused.context("a paused stock has moved")?;
    let says_paused = |failed: &FailedTransaction| failed.logs.iter().any(|line| line.contains("paused"));
    ensure!(refused.failed_transaction().is_some_and(says_paused), "refused, but not for the pause: {refused}");
    story.tell.refused(Who::Bob.name(), "withdraws", "by the stock's token program");
    Ok(())
}

/// Two for one: wallets show twice as many tokens. Everything in the program counts raw units.
fn split(story: &mut Story) -> Result<()> {
    let crcl = story.crcl;
    story.tell.section("A stock split");
    let before = raw(story)?;
    story.pass(1)?;
    let now = story.chain().clock()?.unix_timestamp;
    story.chain().set_multiplier(&crcl.mint, &Who::Issuer.key(), 2.0, now).context("splitting the stock")?;
    story.tell.count();
    ensure!(raw(story)? == before, "a stock split has changed a ledger");
    story.happened(Milestone::SplitChangedNothing);
    story.tell.say(format!(
        "Circle splits two for one: wallets now show twice as many {} at half the price. Pool, registry and vaults hold, byte \
         for byte, what they held: everything counts raw tokens, and the amounts here go on in those.",
        crcl.symbol
    ));
    Ok(())
}

/// Pool, registry and vaults as bytes.
fn raw(story: &Story) -> Result<Vec<Vec<u8>>> {
    let keys = story.crcl.keys;
    let accounts = [keys.pool, keys.registry, keys.vault, keys.insurance_vault];
    accounts.iter().map(|key| Ok(story.chain().account_data(key)?)).collect()
}
