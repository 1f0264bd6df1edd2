//! Quotes against their execution by the compiled program: a thousand random trades, committed and filled or cancelled, and
//! movements of liquidity, and hundreds of random liquidations and orders. If a quote refuses, the program refuses with the same
//! error and the same numbers. Otherwise execution equals the quote to the unit, and account, pool and registry end as the quote
//! says, byte for byte.

mod exposure;
mod liquidations;
mod liquidity;
mod orders;
mod trades;

use anchor_lang::prelude::Pubkey;
use evergreen_math::Points;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        state::{SeriesId, ShareClass},
    },
    failure::Refusal,
    instruction as build,
    quote::{Capacity, PoolView, QuoteError},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, Outcome, STOCK, Setup, World,
    chain::actor,
    random::Random,
    world::{DOLLAR, TOKEN},
};
use std::collections::BTreeMap;

const TRADERS: [&str; 3] = ["alice", "bob", "carol"];

/// Returns the pool as a client sees it: decoded accounts, price accounts as plain bytes, and the clock.
fn view(world: &World, pool: usize) -> PoolView {
    world.client_view(pool)
}

/// Returns an account's bytes after its discriminator.
fn stored(world: &World, key: &Pubkey) -> Vec<u8> {
    world.chain.data(key)[8..].to_vec()
}

/// Asserts that the execution was refused as the quote was: with the same code, cause and compared numbers.
#[track_caller]
fn same_refusal(error: &QuoteError, outcome: &Outcome) {
    let quoted = error.refusal().unwrap_or_else(|| panic!("{error}"));
    let executed =
        Refusal::from_logs(outcome.code, &outcome.logs).unwrap_or_else(|| panic!("{error}\n{}", outcome.log()));
    assert_eq!((quoted.code, &quoted.cause), (executed.code, &executed.cause), "{}", outcome.log());
    assert_eq!(quoted.compared, executed.compared, "{}", outcome.log());
}

struct Walk {
    world: World,
    random: Random,
    done: BTreeMap<&'static str, (u32, u32)>,
    /// Number of fills by what came of them.
    ends: BTreeMap<String, u32>,
}

impl Walk {
    fn new(seed: u64, setup: Setup) -> Self {
        let mut world = World::new(setup);
        for pool in [CLASSIC, STOCK] {
            world.provide("lp", pool, ShareClass::Insurance, TOKEN).ok();
            // It receives the tips of those who fill.
            world.trader("keeper", pool, 1_000 * TOKEN);
            for who in TRADERS {
                world.trader(who, pool, 30 * TOKEN);
                world.fund(who, pool, 1_000 * TOKEN);
            }
            for (market, strike, step) in [(BTC, 100_000, 5_000), (ETH, 4_000, 250)] {
                for put in [false, true] {
                    world.list(pool, market, put, strike);
                    world.list_tenor(pool, market, put, if put { strike - step } else { strike + step }, 30);
                }
            }
        }
        Self { world, random: Random(seed), done: BTreeMap::new(), ends: BTreeMap::new() }
    }

    fn count(&mut self, what: &'static str, succeeded: bool) {
        let entry = self.done.entry(what).or_default();
        entry.0 += u32::from(succeeded);
        entry.1 += 1;
    }

    fn step(&mut self) {
        let pool = *self.random.pick(&[CLASSIC, STOCK]);
        match self.random.range(0, 99) {
            0..=69 => self.trade(pool),
            70..=77 => self.deposit(pool),
            78..=83 => self.withdraw(pool),
            84..=92 => self.price(),
            _ => {
                let seconds = *self.random.pick(&[1, 60, HOUR, 8 * HOUR, DAY]);
                self.world.pass(seconds);
            }
        }
    }

    fn price(&mut self) {
        let market = *self.random.pick(&[BTC, ETH]);
        self.move_price(market);
    }

    /// Publishes another price of an underlying.
    fn move_price(&mut self, market: usize) {
        let reach = if self.random.percent(20) { 900 } else { 120 };
        let basis_points = self.random.range(-reach, reach);
        let (settled, wide, spread) =
            (self.random.percent(70), self.random.percent(15), self.random.range(1_000, 20_000));
        let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
        // Now and then the market has moved beyond the cap of some options.
        if self.random.percent(10) {
            let beyond = *self.random.pick(&[home / 10 * 8, home / 10 * 13]);
            self.world.edit_price(market, |price| (price.price, price.ema_price, price.conf) = (beyond, beyond, 1));
            return;
        }
        self.world.edit_price(market, |price| {
            price.price = (price.price + price.price / 10_000 * basis_points).clamp(home * 8 / 10, home * 13 / 10);
            price.conf = price.price.unsigned_abs() / if wide { 100 } else { spread.unsigned_abs() };
            if settled {
                price.ema_price = price.price;
            }
        });
    }
}

/// Takes `steps` random steps from a seed. Returns the walk, which counts for each kind how many succeeded and how many were tried.
fn walk(seed: u64, steps: u32, setup: Setup) -> Walk {
    let mut walk = Walk::new(seed, setup);
    for _ in 0..steps {
        walk.step();
    }
    println!("seed {seed}: {:?} {:?}", walk.done, walk.ends);
    walk
}

#[test]
fn a_thousand_quotes_equal_their_execution() {
    let (mut moves, mut succeeded) = (0, 0);
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 1..=4 {
        let Walk { done, ends: more, .. } = walk(seed, 340, Setup::preset());
        more.into_iter().for_each(|(end, times)| *ends.entry(end).or_default() += times);
        moves += done.values().map(|(_, tried)| tried).sum::<u32>();
        succeeded += done.values().map(|(good, _)| good).sum::<u32>();
        assert!(["commit", "deposit", "withdraw"].iter().all(|what| done[what].0 > 0), "{done:?}");
    }
    assert!(moves >= 1_000, "{moves} quotes were compared");
    assert!(succeeded >= 500, "{succeeded} of {moves} were executed");
    let common = ["Filled", "Limit", "PriceTooLate", "PriceUncertain", "AtCap", "Lapsed"];
    assert!(common.iter().all(|end| ends.get(*end).is_some_and(|times| *times >= 3)), "{ends:?}");
}

#[test]
fn quotes_hold_when_the_pool_is_small() {
    let small = Setup { liquidity: 20 * TOKEN, insurance: TOKEN, ..Setup::preset() };
    let Walk { ends, done, .. } = walk(9, 150, small);
    // What the pool has no capacity for is refused at the commitment, and what is committed finds its capacity.
    let (committed, tried) = done["commit"];
    assert!(ends["Filled"] > 0 && !ends.contains_key("Rules") && tried > committed + 10, "{ends:?}, {done:?}");
}

#[test]
fn quotes_hold_with_mark_ups() {
    let mut setup = Setup::preset();
    (setup.pool.buy_markup_bps, setup.pool.write_markdown_bps) = (1_700, 2_300);
    let Walk { ends, done, .. } = walk(10, 200, setup);
    assert!(ends["Filled"] > 10, "{ends:?}, {done:?}");
}

#[test]
fn capacity_is_exact() {
    let mut world = World::new(Setup { liquidity: 30 * TOKEN, ..Setup::preset() });
    let series = world.list(CLASSIC, BTC, false, 100_000);
    for (who, cash) in [("alice", 100 * TOKEN), ("bob", 2 * TOKEN), ("carol", 3 * TOKEN)] {
        world.trader(who, CLASSIC, cash);
    }
    // The pool's reserve limit stops Alice, and cash stops Bob.
    for who in ["alice", "bob", "carol"] {
        let most = exact_capacity(&mut world, who, series);
        assert!(most.buy > 0, "{who}");
        // Each buys a third of the most, so that there is something to write against and capacity is left.
        world.trade(who, CLASSIC, &[(series, i64::try_from(most.buy / 3).unwrap())]).ok();
    }
    // Margin stops Dave, who writes.
    world.trader("dave", CLASSIC, TOKEN);
    assert!(exact_capacity(&mut world, "dave", series).sell > 0);
}

#[test]
fn capacity_ends_where_the_pool_takes_no_more_direction() {
    let mut setup = Setup::preset();
    setup.pool.direction_limit_bps = evergreen_sdk::presets::pool_params().direction_limit_bps;
    let mut world = World::new(setup);
    let series = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 900 * TOKEN);
    for part in [3, 1] {
        let most = exact_capacity(&mut world, "alice", series);
        let quoted = view(&world, CLASSIC);
        let room = quoted.direction(0).unwrap().room_up;
        let taken = |points: u64| {
            let points = Points(i64::try_from(points).unwrap());
            let scale = quoted.pool.scale().unwrap();
            quoted.registry.series(series).unwrap().delta_of(points, scale, quoted.now).unwrap().0.unsigned_abs()
        };
        assert!(most.buy > 0 && taken(most.buy) <= room && taken(most.buy + 10_000) > room, "{most:?}, room {room}");
        world.trade("alice", CLASSIC, &[(series, i64::try_from(most.buy / part).unwrap())]).ok();
    }
    let direction = view(&world, CLASSIC).direction(0).unwrap();
    // What is bought makes room for three quarters as much on the other side.
    let limit = direction.limit_up;
    assert!(direction.up > limit * 99 / 100 && direction.room_down == direction.limit_down);
    assert!(direction.limit_down.abs_diff(limit + direction.up * 3 / 4) <= 1, "{direction:?}");
}

/// Returns how much somebody can buy and sell at the price that fills a commitment, and asserts that the program fills that much and
/// not a point more.
fn exact_capacity(world: &mut World, who: &str, series: SeriesId) -> Capacity {
    let before = world.clone();
    world.wait_for_fill();
    let most = view(world, CLASSIC).capacity(&world.account(who, CLASSIC), series).unwrap();
    let filled = |points: i64| {
        let mut fork = before.clone();
        if !fork.send(fork.commit_instruction(who, CLASSIC, &[(series, points)])).succeeded() {
            return false;
        }
        fork.wait_for_fill();
        let events = fork.send(fork.fill_instruction(who, CLASSIC)).ok().events();
        events.iter().any(|event| matches!(event, Event::CommitmentFilled(_)))
    };
    for (points, sign) in [(most.buy, 1), (most.sell, -1)] {
        let points = i64::try_from(points).unwrap() * sign;
        assert!(points == 0 || filled(points), "{who} {points}");
        assert!(!filled(points + sign), "{who} {points}");
    }
    most
}

#[test]
fn liquidation_prices_are_where_liquidation_begins() {
    let mut world = World::new(Setup::preset());
    let series = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let other = world.list(CLASSIC, ETH, true, 4_000);
    world.trader("holder", CLASSIC, 100 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trader("writer", CLASSIC, 30 * TOKEN);
    world.trade("holder", CLASSIC, &[(series, 100_000_000), (other, 1_000_000_000)]).ok();
    world.trade("writer", CLASSIC, &[(series, -100_000_000), (other, -200_000_000)]).ok();
    let account = world.account("writer", CLASSIC);
    let view = view(&world, CLASSIC);
    assert!(view.account(&account).unwrap().health.maintenance > 0 && !view.is_liquidatable(&account).unwrap());
    let found = view.liquidation_prices(&account).unwrap();
    let btc = found.iter().find(|found| found.underlying == 0).unwrap();
    let up = btc.up.expect("a written call is liquidated by a rise");
    assert_eq!(btc.down, None);
    assert!(up > btc.spot);
    // `bad` is the first price beyond, in units of the price feed. Two units below it the account is not liquidated.
    let bad = i64::try_from(((up.to_bits() >> 32) * i128::from(DOLLAR)) >> 32).unwrap() + 1;
    for (price, negative) in [(bad - 2, false), (bad, true)] {
        world.edit_price(BTC, |feed| {
            (feed.price, feed.ema_price, feed.conf) = (price, price, 0);
        });
        let view = self::view(&world, CLASSIC);
        assert_eq!(view.is_liquidatable(&account).unwrap(), negative, "at {price}");
        let keeper = world.account_key("keeper", CLASSIC);
        let legs = vec![Leg { series, points: 100_000_000 }];
        let writer = world.account_key("writer", CLASSIC);
        let close = build::liquidate(actor("keeper"), &view.keys, writer, keeper, legs, &world.markets());
        assert_eq!(world.chain.simulate(&[close]).succeeded(), negative, "at {price}");
    }
    // An account that has only bought options is not liquidated at any price.
    let holder = world.account("holder", CLASSIC);
    let found = self::view(&world, CLASSIC).liquidation_prices(&holder).unwrap();
    assert!(found.iter().all(|found| found.up.is_none() && found.down.is_none()), "{found:?}");
}

#[test]
fn net_asset_value_is_the_programs_and_funding_income_is_what_holders_pay() {
    let mut world = World::new(Setup::preset());
    let series = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("holder", CLASSIC, 100 * TOKEN);
    world.trade("holder", CLASSIC, &[(series, 1_000_000_000)]).ok();
    world.pass(HOUR);
    let view = view(&world, CLASSIC);
    let value = view.net_asset_value(ShareClass::Main).unwrap();
    let refresh = build::refresh_pool(&view.keys, &world.markets());
    let assets = world.send(refresh).ok().event(|event| match event {
        Event::PoolRefreshed(e) => e.assets,
        _ => None,
    });
    assert_eq!(value.mark, assets);
    assert!(value.lower <= value.mark && value.mark <= value.upper);
    assert!(value.share_price_lower() <= value.share_price_upper());

    // The one holder pays all funding, so the estimate for a day is what the holder pays, within one native unit.
    let estimate = view.yield_estimate(ShareClass::Main, 1_000_000).unwrap();
    let holder = view.account(&world.account("holder", CLASSIC)).unwrap();
    assert!((holder.funding_per_day - estimate.funding_per_day).abs() <= 1);
    assert_eq!(estimate.fees_per_day, 600_000);
    assert!(estimate.per_year.is_some() && estimate.utilisation.is_some());
    assert_eq!(view.yield_estimate(ShareClass::Insurance, 1_000_000).unwrap().fees_per_day, 250_000);
    let runway = holder.runway().expect("a holder pays");
    assert_eq!(runway, holder.cash.unsigned_abs() * 86_400 / holder.funding_per_day.unsigned_abs());
}

#[test]
fn stale_and_missing_prices_are_told_apart() {
    let mut world = World::new(Setup::preset());
    let series = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("holder", CLASSIC, 10 * TOKEN);
    let account = world.account("holder", CLASSIC);
    let legs = [Leg { series, points: 1_000 }];
    let mut view = view(&world, CLASSIC);
    view.now += 60;
    let stale = view.trade(&account, &legs).err().expect("an old price");
    assert!(stale.refusal().is_some_and(|refusal| refusal.is("PriceStale") && refusal.is_passing()), "{stale}");
    assert!(stale.to_string().contains("age 60 s"), "{stale}");
    view.markets[0].price = None;
    let missing = view.trade(&account, &legs).err().expect("no price");
    assert_eq!(missing, QuoteError::NoPrice(view.markets[0].feed.underlying));
    // Without positions no price is needed, and health is cash.
    assert_eq!(view.account(&account).unwrap().health.initial, account.cash);
}
