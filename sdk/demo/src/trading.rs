//! Series are listed and options change hands.

use anyhow::{Context, Result, bail};
use evergreen::{Leg, state::SeriesId, state::SeriesSpec};
use evergreen_math::Points;
use evergreen_sdk::{
    events::Event,
    instruction::{self as ix, PriceFeed},
};

use crate::{
    cast::Who,
    facts::Fact,
    narration::{Table, dollars},
    path,
    stock::{Stock, exact},
    story::{ListedSeries, Story, events_of},
    view::{percent, plain},
};

const DAY: u32 = 86_400;
const BTC_STRIKE: u64 = 100_000;
const ETH_STRIKE: u64 = 4_000;

/// How far a trade may end from the fair value its sender saw, as a share of it: an eighth is the highest fee, a twentieth
/// the spread and what the pool's inventory does to the price.
const HIGHEST_FEE: i64 = 8;
const SLIPPAGE: i64 = 20;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    list(story)?;
    let (tsla, crcl) = (story.tsla, story.crcl);
    let series = story.series()?;
    story.tell.section("A holder of Tesla bets on Bitcoin, with Tesla");
    story.tell.say(format!(
        "Alice holds 20 {}. She wants the upside of 0.1 BTC without selling a share: a 7-day call at the money, capped at \
         +20 %. It never expires; she pays its time value, a seventh of it a day, for as long as she likes.",
        tsla.symbol
    ));
    open_account(story, Who::Alice, &tsla, 3)?;
    trade(story, Who::Alice, &tsla, "0.1 BTC of the 7-day call", series.week_call, tsla.points(100)?)?;
    show_mark(story, &tsla, series.week_call, 100, "0.1 BTC")?;

    story.tell.section("Another buys for longer, a third writes");
    open_account(story, Who::Erin, &tsla, 12)?;
    open_account(story, Who::Walter, &tsla, 15)?;
    let month = tsla.points(200)?;
    let early = leg(series.month_call, Points(-month.0));
    let write = ix::trade(
        Who::Walter.id(),
        &tsla.keys,
        tsla.margin_account(Who::Walter),
        vec![early],
        0,
        i64::MIN,
        &story.feeds(),
    );
    story.tell.say("Options can be written only as far as somebody holds them: the pool is a writer, never a buyer.");
    story.refused(
        Who::Walter,
        "writes 0.2 BTC of the 30-day call before anyone holds it",
        &[write],
        "ShortExceedsLong",
    )?;
    trade(story, Who::Erin, &tsla, "0.3 BTC of the 30-day call", series.month_call, tsla.points(300)?)?;
    trade(story, Who::Walter, &tsla, "0.2 BTC of the 30-day call", series.month_call, Points(-month.0))?;
    trade(story, Who::Walter, &tsla, "0.05 BTC of Alice's 7-day call", series.week_call, Points(-tsla.points(50)?.0))?;
    let health = story.health(&tsla, Who::Walter)?;
    story.tell.say(format!(
        "Walter was paid the premiums and now earns the funding. His margin covers a rise of 20 % with {} to spare.",
        tsla.amount(health.initial)
    ));
    let withdraw = ix::withdraw_margin(
        Who::Walter.id(),
        &tsla.keys,
        tsla.margin_account(Who::Walter),
        tsla.units(10),
        &story.feeds(),
    );
    story.refused(Who::Walter, "withdraws 10 TSLA.M of that margin", &[withdraw], "InsufficientHealth")?;

    story.tell.say("Grace fears for her bitcoins for a few days and insures 0.3 of them, paying with Tesla as well:");
    open_account(story, Who::Grace, &tsla, 6)?;
    trade(story, Who::Grace, &tsla, "puts on 0.3 BTC, 7 days", series.week_put, tsla.points(300)?)?;

    story.tell.section("A holder of Circle bets against Ether");
    open_account(story, Who::Bob, &crcl, 12)?;
    trade(story, Who::Bob, &crcl, "puts on 3 ETH, 7 days", series.eth_put, crcl.points(3_000)?)?;
    show_mark(story, &crcl, series.eth_put, 3_000, "3 ETH")?;
    let registry = story.registry(&crcl)?;
    let put = registry.series(series.eth_put).map_err(|error| anyhow::anyhow!("{error}"))?;
    let cap = plain(put.cap_ratio.get());
    story.tell.say(format!(
        "At {} of the strike they pay at once and in full: that much {} is reserved in the vault from this moment, {}.",
        percent(cap),
        crcl.symbol,
        crcl.amount(i64::try_from(story.pool(&crcl)?.reserved_collateral)?)
    ));
    let exercise = ix::exercise_series(&crcl.keys, series.eth_put, &story.eth());
    story.refused(Who::Kim, "tries to exercise them now", &[exercise], "SeriesNotAtCap")?;
    story.happened(Fact::Refusals);
    Ok(())
}

/// Alice sells her call when BTC has risen far enough, and leaves.
pub fn take_profit(story: &mut Story) -> Result<()> {
    let (tsla, series) = (story.tsla, story.series()?);
    story.tell.section("Alice takes her profit");
    path::play_until(story, |story| Ok(plain(story.spot(0).to_bits()) >= 114_000.0))?;
    let paid = story.unsettled_funding(&tsla, Who::Alice, series.week_call)?;
    let held = story.position(&tsla, Who::Alice, series.week_call)?;
    trade(story, Who::Alice, &tsla, "her 0.1 BTC of the 7-day call", series.week_call, Points(-held.0))?;
    leave(story, Who::Alice, &tsla)?;
    let profit = story.profit(&tsla, Who::Alice)?;
    story.tell.detail(format!(
        "She paid {} for holding it {:.1} days and ends {} ahead, in the token she came with.",
        tsla.amount(paid),
        story.day(),
        tsla.amount(profit)
    ));
    if paid > 0 {
        story.happened(Fact::FundingPaid);
    }
    if profit > 0 {
        story.happened(Fact::ClosedWithProfit);
    }
    balance(story, Who::Walter, &tsla, series.week_call)?;

    story.tell.say("Grace's bitcoins need no insurance any more. What she paid for it was the pool's premium:");
    let held = story.position(&tsla, Who::Grace, series.week_put)?;
    trade(story, Who::Grace, &tsla, "her puts on 0.3 BTC", series.week_put, Points(-held.0))?;
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
        "Now more of that series is written than held. Anyone may close {}'s part at the mark, without fee or penalty:",
        writer.name()
    ));
    let account = stock.margin_account(writer);
    let points = u64::try_from(excess)?;
    let close = ix::auto_deleverage(Who::Kim.id(), &stock.keys, account, id, points, &story.feeds());
    let landed = story.send(Who::Kim, &format!("balances the series ({}'s written calls)", writer.name()), &[close])?;
    for event in events_of(&landed) {
        if let Event::LegFilled(fill) = event {
            story.tell.detail(format!("{} paid {} and no fee.", writer.name(), stock.amount(-fill.premium)));
        }
    }
    let registry = story.registry(stock)?;
    let balanced = registry.series(id).map_or(true, |series| series.short_points <= series.long_points);
    if balanced {
        story.happened(Fact::Balanced);
    }
    Ok(())
}

/// Opens a margin account and pays in whole tokens.
pub fn open_account(story: &mut Story, who: Who, stock: &Stock, whole: u32) -> Result<()> {
    let account = stock.margin_account(who);
    let mut instructions = vec![ix::open_margin_account(who.id(), who.id(), &stock.keys, 0, None)];
    let mut what = "opens a margin account".to_owned();
    if whole > 0 {
        instructions.push(ix::deposit_margin(who.id(), &stock.keys, account, stock.units(whole)));
        what += &format!(" with {}", stock.amount(i64::try_from(stock.units(whole))?));
    }
    story.send(who, &what, &instructions).map(drop)
}

/// Trades one leg, within a limit around the fair value, and says what it cost.
pub fn trade(story: &mut Story, who: Who, stock: &Stock, of: &str, id: SeriesId, points: Points) -> Result<()> {
    let feeds = feeds_of(story, stock, who, id)?;
    let fair = -story.mark(stock, id)?.worth(points)?;
    let limit = fair - fair.abs() / SLIPPAGE - fair.abs() / HIGHEST_FEE;
    let trade = ix::trade(who.id(), &stock.keys, stock.margin_account(who), vec![leg(id, points)], 0, limit, &feeds);
    let verb = if points.0 > 0 { "buys" } else { "sells" };
    let landed = story.send(who, &format!("{verb} {of}"), &[trade])?;
    for event in events_of(&landed) {
        if let Event::LegFilled(fill) = event {
            let word = if fill.premium < 0 { "pays" } else { "receives" };
            story.tell.detail(format!(
                "{} {word} {} at {} volatility, and a fee of {}.",
                who.name(),
                stock.amount(fill.premium.abs()),
                percent(plain(fill.sigma)),
                stock.amount(i64::try_from(fill.fee)?)
            ));
        }
    }
    Ok(())
}

/// Withdraws all cash of an account without positions. No price is read.
pub fn leave(story: &mut Story, who: Who, stock: &Stock) -> Result<()> {
    let cash = story.margin(stock, who)?.cash;
    if cash <= 0 {
        bail!("{} has no cash to leave with", who.name());
    }
    let withdraw = ix::withdraw_margin(who.id(), &stock.keys, stock.margin_account(who), u64::MAX, &[]);
    story.send(who, &format!("withdraws everything: {}", stock.amount(cash)), &[withdraw]).map(drop)
}

fn leg(series: SeriesId, points: Points) -> Leg {
    Leg { series, points: points.0 }
}

/// The feeds of the underlyings of a series and of an account's positions.
fn feeds_of(story: &Story, stock: &Stock, who: Who, id: SeriesId) -> Result<Vec<PriceFeed>> {
    let (registry, account) = (story.registry(stock)?, story.margin(stock, who)?);
    let mut places = Vec::new();
    let held = account.open_positions().map(|place| account.positions[place].series());
    for id in held.chain([id]) {
        let place = registry.series(id).map_err(|error| anyhow::anyhow!("{error}"))?.underlying;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places.into_iter().map(|place| if place == 0 { story.btc() } else { story.eth() }).collect())
}

fn list(story: &mut Story) -> Result<()> {
    story.tell.section("Anyone lists options");
    let (tsla, crcl, btc, eth) = (story.tsla, story.crcl, story.btc(), story.eth());
    let mut one = |stock: &Stock, feed: &PriceFeed, put: bool, strike: u64, days: u32| -> Result<SeriesId> {
        let request = SeriesSpec { put, strike, tenor: days * DAY };
        let kind = if put { "put" } else { "call" };
        let name = if put { "ETH" } else { "BTC" };
        let what = format!("lists {}/{name} {kind}, strike {}, {days} days", stock.symbol, dollars(strike as f64));
        let landed = story.send(Who::Kim, &what, &[ix::list_series(&stock.keys, feed, request)])?;
        let listed = events_of(&landed).into_iter().find_map(|event| match event {
            Event::SeriesListed(listed) => Some(listed.series),
            _ => None,
        });
        listed.context("no event says that the series is listed")
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

/// What an option is worth and what holding it costs.
fn show_mark(story: &Story, stock: &Stock, id: SeriesId, thousandths: u64, size: &str) -> Result<()> {
    let mark = story.mark(stock, id)?;
    let points = stock.points(thousandths)?;
    let per_day = mark.funding_per_day(points)?;
    let mut table = Table::new(1, ["", "per coin", size, "to the unit"]);
    let value = mark.worth(points)?;
    let row = |per_coin: f64, native: i64| [dollars(per_coin), stock.amount(native), exact(native.into())];
    let mut add = |name: &str, [a, b, c]: [String; 3]| table.row([name.to_owned(), a, b, c]);
    add("fair value", row(mark.value()?, value));
    let day = mark.valuation.funding_per_day(mark.terms.tenor())?;
    add("funding a day, now", row(plain(day.to_bits()), per_day));
    let cap = mark.terms.cap_payoff().context("a series has a cap")?;
    let most = crate::stock::scale()?.native(points, cap, evergreen_math::Rounding::Floor)?.0;
    add("the most it can pay", row(plain(cap.to_bits()), most));
    story.tell.table(&table);
    Ok(())
}
