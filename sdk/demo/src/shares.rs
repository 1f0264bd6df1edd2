//! A provider of one pool trades options with its shares, in a pool that takes them as margin, while they earn.

use anyhow::{Result, ensure};
use evergreen::{
    state::{SeriesSpec, ShareClass},
    types::PoolParams,
};
use evergreen_math::{Points, Seconds};
use evergreen_sdk::{instruction as ix, plan::Planner, presets, price::PushFeeds};

use crate::{
    cast::Who,
    commitments::trade,
    milestones::Milestone,
    path,
    setup::{A_MINUTE, deposit},
    stock::{Stock, exact},
    story::Story,
    trading::{leave, list_one},
    view::plain,
};

/// Whole shares of the first deposit, which stays in the pool for good.
const FIRST: u32 = 1_000;
/// Whole shares that become margin.
const MARGIN: u32 = 20_000;
/// Ticks of the path, of four hours each, while the options are held.
const HELD: usize = 6;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let tsla = story.tsla;
    story.tell.section("A share of a pool is margin in another");
    story.tell.say(format!(
        "Nora provides liquidity in {}. Its shares are tokens as any other, so Rosa lists them: in her pool they are margin.",
        tsla.symbol
    ));
    deposit(story, Who::Nora, &tsla, ShareClass::Main, 50)?;
    deposit(story, Who::Rosa, &tsla, ShareClass::Main, 110)?;
    let outer = list_shares(story, &tsla)?;
    story.tell.section("Hold, earn and trade at once");
    into_margin(story, &tsla, &outer)?;

    let (btc, eth) = (story.btc(), story.eth());
    let strike = |price: f64, part: f64, grid: f64| (price * part / grid).round() as u64 * grid as u64;
    // A tenth in the money, on the grid.
    let calls = strike(plain(story.spot(0).to_bits()), 0.9, 1_000.0);
    let puts = strike(plain(story.spot(1).to_bits()), 1.1, 100.0);
    let call =
        list_one(story, Who::Nora, &outer, &btc, SeriesSpec { put: false, strike: calls, tenor: 7 * Seconds::DAY.0 })?;
    let put =
        list_one(story, Who::Nora, &outer, &eth, SeriesSpec { put: true, strike: puts, tenor: 7 * Seconds::DAY.0 })?;
    let both = [(call, outer.points(10)?), (put, outer.points(200)?)];
    for (series, points) in both {
        trade(story, Who::Nora, &outer, series, points)?;
    }
    let one = outer.units(1_000);
    let (before, books) = (story.worth_of_shares(&tsla, one)?, story.pool(&outer)?.pool_cash);

    story.tell.say(format!("Meanwhile Alice is back in the pool of {}; what she pays is its providers'.", tsla.symbol));
    let week =
        list_one(story, Who::Alice, &tsla, &btc, SeriesSpec { put: false, strike: calls, tenor: 7 * Seconds::DAY.0 })?;
    open_again(story, Who::Alice, &tsla, 6)?;
    trade(story, Who::Alice, &tsla, week, tsla.points(100)?)?;
    let moved = story.pool(&outer)?.pool_cash != books;
    path::pass_ticks(story, HELD, &[tsla, outer])?;
    let held = story.position(&tsla, Who::Alice, week)?;
    trade(story, Who::Alice, &tsla, week, Points(-held.0))?;
    leave(story, Who::Alice, &tsla)?;
    ensure!(!moved, "a trade in one pool has changed another");
    let after = story.worth_of_shares(&tsla, one)?;
    story.tell.detail(format!(
        "A thousand shares were worth {} {} when Nora bought, and are worth {} now.",
        exact(before.into()),
        tsla.symbol,
        exact(after.into())
    ));
    if after > before {
        story.happened(Milestone::SharesEarned);
    }
    show_margin(story, &tsla, &outer)?;

    let mut traded = true;
    for (series, _) in both {
        let held = story.position(&outer, Who::Nora, series)?;
        traded &= held.0 > 0;
        trade(story, Who::Nora, &outer, series, Points(-held.0))?;
    }
    leave(story, Who::Nora, &outer)?;
    if traded && story.margin(&outer, Who::Nora)?.is_flat() {
        story.happened(Milestone::SharesTraded);
    }
    let shares = story.chain().token_balance(&outer.mint.account_of(&Who::Nora.id()))?;
    let worth = story.worth_of_shares(&tsla, shares)?;
    story.tell.detail(format!(
        "Nora has {} shares again, which the pool of {} redeems as any other: they are worth {}.",
        exact(shares.into()),
        tsla.symbol,
        tsla.amount(worth)
    ));
    Ok(())
}

/// Rosa creates a pool on the shares of another one, and funds it.
fn list_shares(story: &mut Story, inner: &Stock) -> Result<Stock> {
    let worth = story.worth_of_shares(inner, inner.units(1))?;
    let outer = inner.shares("TSLA.M-LP", u64::try_from(worth)?, Who::Rosa.id());
    story.tell.say(format!(
        "A share is worth {} {} now, as a withdrawal pays: ${}.",
        exact(worth.into()),
        inner.symbol,
        outer.dollars().round_dp(4)
    ));
    story.chain().create_token_account(&outer.mint, &Who::FeeOwner.id())?;
    story.tell.count();
    story.pass(A_MINUTE)?;
    for who in [Who::Rosa, Who::Nora] {
        story.begin_in(&outer, who)?;
    }
    let underlyings = story.feeds().map(|feed| feed.underlying);
    let params = PoolParams { curator_bps: 2_000, ..presets::pool_params() };
    let first = outer.units(FIRST);
    let create = ix::create_curated_pool(
        Who::Rosa.id(),
        &outer.keys,
        outer.scale_exponent,
        (false, first),
        params,
        &underlyings,
    );
    let what = format!("creates a pool on the shares, and {} stay there", outer.amount(i64::try_from(first)?));
    story.send(Who::Rosa, &what, &[create])?;
    story.listed.push(outer);
    deposit(story, Who::Rosa, &outer, ShareClass::Main, 90_000)?;
    deposit(story, Who::Rosa, &outer, ShareClass::Insurance, 9_000)?;
    Ok(outer)
}

/// Nora moves shares into margin in one transaction, as the client library plans it.
fn into_margin(story: &mut Story, inner: &Stock, outer: &Stock) -> Result<()> {
    story.keep_prices_fresh()?;
    let (view, below, source) = (story.view(outer)?, story.view(inner)?, PushFeeds::UPGRADED);
    let planner = Planner::new(&view, &source, Who::Nora.id());
    let plan = planner.shares_as_margin(None, (&below, outer.units(MARGIN)), None)?;
    story.send_told(Who::Nora, &plan.instructions, |story, _| {
        let cash = story.margin(outer, Who::Nora)?.cash;
        Ok(format!("opens a margin account and moves {} into it", outer.amount(cash)))
    })?;
    show_margin(story, inner, outer)
}

/// What Nora's margin is worth in the token below.
fn show_margin(story: &Story, inner: &Stock, outer: &Stock) -> Result<()> {
    let cash = story.margin(outer, Who::Nora)?.cash;
    let worth = story.worth_of_shares(inner, u64::try_from(cash)?)?;
    story.tell.detail(format!("Nora's margin of {} shares is worth {}.", exact(cash.into()), inner.amount(worth)));
    Ok(())
}

/// Pays whole tokens into a margin account that is there.
fn open_again(story: &mut Story, who: Who, stock: &Stock, whole: u32) -> Result<()> {
    let deposit = ix::deposit_margin(who.id(), &stock.keys, stock.margin_account(who), stock.units(whole));
    story
        .send_told(who, &[deposit], |story, _| {
            Ok(format!("pays margin in again: {}", stock.amount(story.margin(stock, who)?.cash)))
        })
        .map(drop)
}
