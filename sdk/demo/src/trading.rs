//! Series are listed and options change hands.

use anchor_lang::solana_program::instruction::Instruction;
use anyhow::{Context, Result, bail};
use evergreen::state::{NoticeCause, SeriesId, SeriesSpec};
use evergreen_math::{Points, Seconds};
use evergreen_sdk::{
    events::Event,
    instruction::{self as ix, PriceFeed},
};

use crate::{
    cast::Who,
    commitments::{self, commit_instruction, lapse, trade},
    milestones::Milestone,
    narration::{Table, dollars},
    path,
    stock::{Stock, exact},
    story::{ListedSeries, Story, events_of},
    view::{percent, plain},
};

const BTC_STRIKE: u64 = 100_000;
const ETH_STRIKE: u64 = 4_000;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    list(story)?;
    let (tsla, crcl) = (story.tsla, story.crcl);
    let series = story.series()?;
    let kind = story.kind_of(&tsla, series.week_call)?;
    story.tell.section(&format!("A holder of {} buys a {kind}, with {}", tsla.symbol, tsla.symbol));
    let size = tsla.points(100)?;
    story.tell.say(format!(
        "Alice holds {}. She wants the upside of {} without selling a share: a {}, capped at +{}. It never expires; she \
         pays its time value once per tenor, for as long as she likes.",
        tsla.amount(i64::try_from(story.chain().token_balance(&tsla.mint.account_of(&Who::Alice.id()))?)?),
        story.size(&tsla, series.week_call, size)?,
        story.option_name(&tsla, series.week_call)?,
        percent(story.cap(&tsla, series.week_call)? - 1.0)
    ));
    open_account(story, Who::Kim, &tsla, 0)?;
    open_account(story, Who::Alice, &tsla, 3)?;
    story.tell.say(
        "A trade is committed before its price is known. Anyone fills it, at the first price published after it: nobody trades at a \
         price that only they have seen.",
    );
    commitments::commit(story, Who::Alice, &tsla, series.week_call, size)?;
    let early = commitments::fill_instruction(story, Who::Alice, &tsla, None)?;
    story.refused_as_it_is(Who::Kim, "tries to fill it at a price from before it", &[early], "PriceNotFirst")?;
    let withdraw = withdraw_all(Who::Alice, &tsla);
    story.refused_as_it_is(Who::Alice, "tries to withdraw before it is filled", &[withdraw], "CommitmentOpen")?;
    commitments::fill(story, Who::Alice, &tsla)?;
    show_mark(story, &tsla, series.week_call, size)?;

    story.tell.section("Another buys for longer, a third writes");
    open_account(story, Who::Erin, &tsla, 12)?;
    open_account(story, Who::Walter, &tsla, 15)?;
    let month = tsla.points(200)?;
    story.tell.say("Options can be written only as far as somebody holds them: the pool is a writer, never a buyer.");
    let write = commit_instruction(story, Who::Walter, &tsla, series.month_call, Points(-month.0))?;
    story.refused(Who::Walter, "commits to write what nobody holds", &[write], "ShortExceedsLong")?;
    story.tell.say(
        "Erin is in no hurry: she commits a purchase and waits to see where the price goes, instead of filling it.",
    );
    lapse(story, Who::Erin, &tsla, series.month_call, tsla.points(300)?)?;
    trade(story, Who::Erin, &tsla, series.month_call, tsla.points(300)?)?;
    trade(story, Who::Walter, &tsla, series.month_call, Points(-month.0))?;
    trade(story, Who::Walter, &tsla, series.week_call, Points(-tsla.points(50)?.0))?;
    let health = story.health(&tsla, Who::Walter)?;
    story.tell.say(format!(
        "Walter was paid the premiums and now earns the funding. His margin covers the worst scenario with {} to spare.",
        tsla.amount(health.initial)
    ));
    let too_much = tsla.units(10);
    let withdraw =
        ix::withdraw_margin(Who::Walter.id(), &tsla.keys, tsla.margin_account(Who::Walter), too_much, &story.feeds());
    let what = format!("withdraws {} of that margin", tsla.amount(i64::try_from(too_much)?));
    story.refused(Who::Walter, &what, &[withdraw], "InsufficientHealth")?;

    story
        .tell
        .say("Grace fears for her bitcoins for a few days and insures a part of them, paying with Tesla as well:");
    open_account(story, Who::Grace, &tsla, 6)?;
    trade(story, Who::Grace, &tsla, series.week_put, tsla.points(300)?)?;

    let kind = story.kind_of(&crcl, series.eth_put)?;
    story.tell.section(&format!("A holder of {} buys a {kind}", crcl.symbol));
    open_account(story, Who::Bob, &crcl, 12)?;
    let size = crcl.points(3_000)?;
    trade(story, Who::Bob, &crcl, series.eth_put, size)?;
    show_mark(story, &crcl, series.eth_put, size)?;
    let cap = story.cap(&crcl, series.eth_put)?;
    story.tell.say(format!(
        "Once {} is at {} of the strike they pay at once and in full: that much {} is reserved in the vault from this moment, {}.",
        story.symbol_of(&crcl, series.eth_put)?,
        percent(cap),
        crcl.symbol,
        crcl.amount(i64::try_from(story.pool(&crcl)?.reserved_collateral)?)
    ));
    let exercise = ix::exercise_series(&crcl.keys, series.eth_put, &story.eth());
    story.refused(Who::Kim, "tries to exercise them now", &[exercise], "SeriesNotAtCap")?;
    story.happened(Milestone::Refusals);
    Ok(())
}

/// Alice sells her call when BTC has risen far enough, and leaves.
pub fn take_profit(story: &mut Story) -> Result<()> {
    let (tsla, series) = (story.tsla, story.series()?);
    story.tell.section("Alice closes what she holds");
    path::play_until(story, |story| Ok(plain(story.spot(0).to_bits()) >= 114_000.0))?;
    let paid = story.unsettled_funding(&tsla, Who::Alice, series.week_call)?;
    let held = story.position(&tsla, Who::Alice, series.week_call)?;
    trade(story, Who::Alice, &tsla, series.week_call, Points(-held.0))?;
    leave(story, Who::Alice, &tsla)?;
    let profit = story.profit(&tsla, Who::Alice)?;
    story.tell.detail(format!(
        "She paid {} for holding it {:.1} days and ends {} ahead, in the token she came with.",
        tsla.amount(paid),
        story.day(),
        tsla.amount(profit)
    ));
    if paid > 0 {
        story.happened(Milestone::FundingPaid);
    }
    if profit > 0 {
        story.happened(Milestone::ClosedWithProfit);
    }
    balance(story, Who::Walter, &tsla, series.week_call)?;

    story.tell.say("Grace's bitcoins need no insurance any more. What she paid for it was the pool's premium:");
    let held = story.position(&tsla, Who::Grace, series.week_put)?;
    trade(story, Who::Grace, &tsla, series.week_put, Points(-held.0))?;
    leave(story, Who::Grace, &tsla)?;
    let cost = story.profit(&tsla, Who::Grace)?;
    story.tell.detail(format!("In all it cost her {}.", tsla.amount(-cost)));
    Ok(())
}

/// Closes what is written beyond what is held, as anyone may.
pub fn balance(story: &mut Story, writer: Who, stock: &Stock, id: SeriesId) -> Result<()> {
    let registry = story.registry(stock)?;
    let series = registry.series(id).map_err(|error| anyhow::anyhow!("{error}"))?;
    let excess = series.short_points - series.long_points;
    if excess <= 0 {
        return Ok(());
    }
    story.tell.say(format!(
        "Now more of that series is written than held. Anyone may give notice, and close {}'s part ten minutes later: at the bid of the \
         first price after that moment, which nobody knows yet, without fee or penalty.",
        writer.name()
    ));
    let underlying = story.feeds()[usize::from(series.underlying)].underlying;
    let notice = ix::give_notice(&stock.keys, underlying, id, NoticeCause::Excess);
    let given = story.send(Who::Kim, "gives notice", &[notice])?;
    let moment = events_of(&given).iter().find_map(|event| match event {
        Event::NoticeGiven(notice) => Some(notice.moment),
        _ => None,
    });
    let points = u64::try_from(excess)?;
    let early =
        ix::auto_deleverage(Who::Kim.id(), &stock.keys, stock.margin_account(writer), id, points, &story.feeds());
    story.refused_as_it_is(Who::Kim, "tries to close it at the price of now", &[early], "PriceNotFirst")?;
    story.publish_after(moment.context("no event says that notice was given")?)?;
    let account = stock.margin_account(writer);
    let close = ix::auto_deleverage(Who::Kim.id(), &stock.keys, account, id, points, &story.feeds());
    let what = format!("balances the series ({}'s written {}s)", writer.name(), story.kind_of(stock, id)?);
    // A volatility sample that is due comes first: nobody who closes others chooses whether it counts.
    let mut instructions = story.due_samples()?;
    instructions.push(close);
    let landed = story.send_as_it_is(Who::Kim, &what, &instructions)?;
    for event in events_of(&landed) {
        if let Event::LegFilled(fill) = event {
            story.tell.detail(format!("{} paid {} and no fee.", writer.name(), stock.amount(-fill.premium)));
        }
    }
    let registry = story.registry(stock)?;
    let balanced = registry.series(id).map_or(true, |series| series.short_points <= series.long_points);
    if balanced {
        story.happened(Milestone::Balanced);
    }
    Ok(())
}

/// Opens a margin account and pays in whole tokens.
pub fn open_account(story: &mut Story, who: Who, stock: &Stock, whole: u32) -> Result<()> {
    let account = stock.margin_account(who);
    let mut instructions = vec![ix::open_margin_account(who.id(), who.id(), &stock.keys, 0, None)];
    if whole > 0 {
        instructions.push(ix::deposit_margin(who.id(), &stock.keys, account, stock.units(whole)));
    }
    story
        .send_told(who, &instructions, |story, _| match story.margin(stock, who)?.cash {
            0 => Ok("opens a margin account".to_owned()),
            cash => Ok(format!("opens a margin account with {}", stock.amount(cash))),
        })
        .map(drop)
}

/// Withdraws all cash of an account without positions. No price is read.
pub fn leave(story: &mut Story, who: Who, stock: &Stock) -> Result<()> {
    let cash = story.margin(stock, who)?.cash;
    if cash <= 0 {
        bail!("{} has no cash to leave with", who.name());
    }
    let withdraw = withdraw_all(who, stock);
    story.send(who, &format!("withdraws everything: {}", stock.amount(cash)), &[withdraw]).map(drop)
}

/// Withdraws all cash of an account, without any price.
fn withdraw_all(who: Who, stock: &Stock) -> Instruction {
    ix::withdraw_margin(who.id(), &stock.keys, stock.margin_account(who), u64::MAX, &[])
}

fn list(story: &mut Story) -> Result<()> {
    story.tell.section("Anyone lists options");
    let (tsla, crcl, btc, eth) = (story.tsla, story.crcl, story.btc(), story.eth());
    let mut one = |stock: &Stock, feed: &PriceFeed, put: bool, strike: u64, days: u32| {
        list_one(story, Who::Kim, stock, feed, SeriesSpec { put, strike, tenor: days * Seconds::DAY.0 })
    };
    let listed = ListedSeries {
        week_call: one(&tsla, &btc, false, BTC_STRIKE, 7)?,
        month_call: one(&tsla, &btc, false, BTC_STRIKE, 30)?,
        week_put: one(&tsla, &btc, true, BTC_STRIKE, 7)?,
        eth_put: one(&crcl, &eth, true, ETH_STRIKE, 7)?,
    };
    story.list(listed);
    Ok(())
}

/// Somebody lists a series, as anyone may.
pub fn list_one(story: &mut Story, who: Who, stock: &Stock, feed: &PriceFeed, spec: SeriesSpec) -> Result<SeriesId> {
    let listed = |events: &[Event]| {
        let found = events.iter().find_map(|event| match event {
            Event::SeriesListed(listed) => Some(listed.series),
            _ => None,
        });
        found.context("no event says that the series is listed")
    };
    story.keep_prices_fresh()?;
    let list = [ix::list_series(&stock.keys, feed, spec)];
    let events = story.send_told(who, &list, |story, events| {
        Ok(format!("lists in the pool of {}: {}", stock.pool_name, story.option_name(stock, listed(events)?)?))
    })?;
    listed(&events)
}

/// What an option is worth and what holding it costs.
fn show_mark(story: &Story, stock: &Stock, id: SeriesId, points: Points) -> Result<()> {
    let mark = story.mark(stock, id)?;
    let size = story.size(stock, id, points)?;
    let per_day = mark.funding_per_day(points)?;
    let mut table = Table::new(1, ["", "per coin", &size, "to the unit"]);
    let value = mark.worth(points)?;
    let row = |per_coin: f64, native: i64| [dollars(per_coin), stock.amount(native), exact(native.into())];
    let mut add = |name: &str, [a, b, c]: [String; 3]| table.row([name.to_owned(), a, b, c]);
    add("fair value", row(mark.value()?, value));
    let day = mark.valuation.funding_per_day(mark.terms.tenor())?;
    add("funding a day, without carry", row(plain(day.to_bits()), per_day));
    let cap = mark.terms.cap_payoff().context("a series has a cap")?;
    let most = mark.scale.native(points, cap, evergreen_math::Rounding::Floor)?.0;
    add("the most it can pay", row(plain(cap.to_bits()), most));
    story.tell.table(&table);
    Ok(())
}
