//! Trades: each is committed by its trader and filled by somebody else, at the first price published after it. What is said of them
//! comes from the program's events.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anyhow::{Context, Result};
use evergreen::{
    OptionLeg, TradeTerms,
    state::{CancelReason, SeriesId},
};
use evergreen_math::Points;
use evergreen_sdk::{
    events::Event,
    failure,
    instruction::{self as ix, PriceFeed},
};

use crate::{
    cast::Who,
    milestones::Milestone,
    narration::dollars,
    stock::Stock,
    story::Story,
    view::{percent, plain},
};

/// How far a trade may end from the fair value its sender saw, as a share of it: an eighth is the highest fee, a twentieth
/// the spread.
const HIGHEST_FEE: i64 = 8;
const SLIPPAGE: i64 = 20;

/// Commits a trade of one leg within a limit around the fair value, and has it filled.
pub fn trade(story: &mut Story, who: Who, stock: &Stock, id: SeriesId, points: Points) -> Result<()> {
    commit(story, who, stock, id, points)?;
    fill(story, who, stock)
}

/// The instruction that commits a trade of one leg within a limit around the fair value.
pub fn commit_instruction(story: &Story, who: Who, stock: &Stock, id: SeriesId, points: Points) -> Result<Instruction> {
    let fair = -story.mark(stock, id)?.worth(points)?;
    let min_net = fair - fair.abs() / SLIPPAGE - fair.abs() / HIGHEST_FEE;
    let option = story.registry(stock)?.option(id).map_err(|error| anyhow::anyhow!("{error}"))?;
    let held = story.position(stock, who, id)?;
    let closing = u8::from(held.0.signum() == -points.0.signum());
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: points.0 }], closing, min_net };
    let number = story.margin(stock, who)?.next_order;
    Ok(ix::commit_trade(who.id(), &stock.keys, stock.margin_account(who), number, terms, &story.feeds()))
}

/// Commits a trade of one leg within a limit around the fair value.
pub fn commit(story: &mut Story, who: Who, stock: &Stock, id: SeriesId, points: Points) -> Result<()> {
    let commit = commit_instruction(story, who, stock, id, points)?;
    let events = story.send_told(who, &[commit], |story, events| {
        let committed = committed(events)?;
        let leg = committed.legs.first().context("the commitment has no leg")?;
        let verb = if leg.points > 0 { "buy" } else { "sell" };
        let size = story.size(stock, leg.series, Points(leg.points.abs()))?;
        Ok(format!("commits to {verb} {size} of the {}", story.option_name(stock, leg.series)?))
    })?;
    let committed = committed(&events)?;
    let limit = if committed.min_net < 0 { "pays at most" } else { "receives at least" };
    story.tell.detail(format!(
        "{} {limit} {}, and has set aside {} for whoever fills it, and a bond of {}.",
        who.name(),
        stock.amount(committed.min_net.abs()),
        stock.amount(i64::try_from(committed.tip)?),
        stock.amount(i64::try_from(committed.bond)?)
    ));
    Ok(())
}

/// Publishes prices after the commitment of a player, and has it filled at them: by Kim, who gets the tip, where Kim has a margin
/// account, otherwise by the player.
pub fn fill(story: &mut Story, who: Who, stock: &Stock) -> Result<()> {
    story.publish_after_delay(i64::from(story.pool(stock)?.params.fill_delay))?;
    // What adds risk waits for the samples that are due.
    let samples = story.due_samples()?;
    end(story, who, stock, samples)
}

/// Sends what fills or ends the commitment of a player at the prices as they are, after these samples.
fn end(story: &mut Story, who: Who, stock: &Stock, samples: Vec<Instruction>) -> Result<()> {
    let kim = stock.margin_account(Who::Kim);
    let filler = story.chain().account(&kim)?.map(|_| kim);
    let by = if filler.is_some() { Who::Kim } else { who };
    let fill = fill_instruction(story, who, stock, filler)?;
    let all: Vec<Instruction> = samples.into_iter().chain([fill]).collect();
    let events = story.send_told(by, &all, |story, events| {
        let spot = events.iter().find_map(|event| match event {
            Event::LegFilled(fill) => Some((fill.series, fill.spot)),
            _ => None,
        });
        Ok(match spot {
            Some((series, spot)) => {
                let symbol = story.symbol_of(stock, series)?;
                format!("fills it at the first price after that: {symbol} at {}", dollars(plain(spot)))
            }
            None => "ends it: it cannot be filled".to_owned(),
        })
    })?;
    for event in &events {
        tell(story, who, stock, event)?;
    }
    Ok(())
}

/// Commits a trade, and lets the time pass in which it could be filled. Whoever ends it then gets its tip.
pub fn lapse(story: &mut Story, who: Who, stock: &Stock, id: SeriesId, points: Points) -> Result<()> {
    commit(story, who, stock, id, points)?;
    let params = story.pool(stock)?.params;
    story.publish_after_delay(i64::from(params.fill_delay))?;
    story.pass(i64::from(params.fill_window) + 1)?;
    end(story, who, stock, Vec::new())
}

/// The instruction that fills the commitment of a player.
pub fn fill_instruction(story: &Story, who: Who, stock: &Stock, filler: Option<Pubkey>) -> Result<Instruction> {
    let feeds = feeds_to_fill(story, stock, who)?;
    Ok(ix::fill_trade(&stock.keys, stock.margin_account(who), filler, None, &feeds))
}

/// Says what an event of a fill means.
fn tell(story: &mut Story, who: Who, stock: &Stock, event: &Event) -> Result<()> {
    match event {
        Event::LegFilled(fill) => {
            let word = if fill.premium < 0 { "pays" } else { "receives" };
            story.tell.detail(format!(
                "{} {word} {} at {} volatility, and pays a fee of {}.",
                who.name(),
                stock.amount(fill.premium.abs()),
                percent(plain(fill.sigma)),
                stock.amount(i64::try_from(fill.fee)?)
            ));
        }
        Event::CommitmentFilled(filled) if filled.filler_account.is_some() => story.happened(Milestone::FilledByOthers),
        Event::CommitmentCancelled(ended) => {
            let rule = failure::evergreen_error(ended.error).map_or_else(String::new, |error| format!(" ({error:?})"));
            story.tell.detail(format!(
                "{}{rule}. It costs {}: a commitment is no free choice.",
                reason(ended.reason),
                stock.amount(i64::try_from(ended.fee)?)
            ));
            if ended.fee > 0 {
                story.happened(Milestone::UnfilledPaid);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Why a commitment was not filled, in words.
const fn reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Rules => "It breaks a rule of trades",
        CancelReason::Cash => "There is not enough cash",
        CancelReason::Health => "There is not enough margin",
        CancelReason::Limit => "The price is beyond the limit",
        CancelReason::Lapsed => "Nobody filled it in time",
        _ => "It cannot be filled",
    }
}

fn committed(events: &[Event]) -> Result<evergreen::events::TradeCommitted> {
    let found = events.iter().find_map(|event| match event {
        Event::TradeCommitted(committed) => Some(committed.clone()),
        _ => None,
    });
    found.context("no event says that the trade is committed")
}

/// The feeds of the underlyings of an account's commitment and of its positions.
fn feeds_to_fill(story: &Story, stock: &Stock, who: Who) -> Result<Vec<PriceFeed>> {
    let (registry, account) = (story.registry(stock)?, story.margin(stock, who)?);
    let mut places = Vec::new();
    let held = account.open_positions().map(|place| account.positions[place].series());
    for id in held.chain(account.commitment.legs().iter().map(|leg| leg.series)) {
        let place = registry.series(id).map_err(|error| anyhow::anyhow!("{error}"))?.underlying;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places.into_iter().map(|place| if place == 0 { story.btc() } else { story.eth() }).collect())
}
