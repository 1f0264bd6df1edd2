//! What the scenes share.

use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        state::{PoolParams, SeriesId, ShareClass},
    },
    instruction as build, presets,
};
pub use evergreen_tests::HALF_HOUR;
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    outcome::Outcome,
    world::{DOLLAR, TENTH, TOKEN},
};

pub const MAIN: ShareClass = ShareClass::Main;

pub fn tokens(native: i64) -> f64 {
    native as f64 / TOKEN as f64
}

/// The presets with more room in an hour than they have, a quarter of a pool: what is open between attackers and victims at once may be more than in the real pool.
pub fn roomy() -> PoolParams {
    PoolParams { growth_limit_bps: 2_500, ..presets::pool_params() }
}

/// The presets, with their limits but that of growth; days of one speed.
pub fn preset_setup() -> Setup {
    Setup { pool: roomy(), ..Setup::slow() }
}

/// A world of the presets with so many tokens of liquidity and of traders' margin.
pub fn world(liquidity: u64, people: &[(&str, u64)]) -> World {
    peopled(Setup { liquidity: liquidity * TOKEN, ..preset_setup() }, people)
}

/// Begins a world with traders who have so many tokens of margin.
pub fn peopled(setup: Setup, people: &[(&str, u64)]) -> World {
    let mut world = begin_world(setup);
    for (who, cash) in people {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world
}

/// The same, with a daily limit.
pub fn world_with(liquidity: u64, daily_outflow_bps: u16) -> World {
    let mut setup = Setup { liquidity: liquidity * TOKEN, ..preset_setup() };
    setup.pool.daily_outflow_bps = daily_outflow_bps;
    begin_world(setup)
}

/// The same, with a mark-up for buyers and some traders.
pub fn world_marked(liquidity: u64, people: &[(&str, u64)], buy_markup_bps: u16) -> World {
    let mut setup = Setup { liquidity: liquidity * TOKEN, ..preset_setup() };
    setup.pool.buy_markup_bps = buy_markup_bps;
    peopled(setup, people)
}

/// Begins a world half an hour after its first sample, in which nothing is undone on trial, and no events are replayed.
pub fn begin_world(setup: Setup) -> World {
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.pass(HALF_HOUR);
    world
}

/// The provider asks for all of its shares, and leaves as far as it may for so many quiet days; `each` is done at the end of a day, whose
/// number it gets, before the execution. Returns the number of the request.
pub fn leave(world: &mut World, days: usize, mut each: impl FnMut(&mut World, usize)) -> u64 {
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    for day in 0..days {
        quiet(world, 100_000.0, 48);
        each(world, day);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
    }
    number
}

/// Samples the next half-hour at this price, and refreshes.
pub fn step(world: &mut World, dollars: f64) {
    let now = world.chain.now();
    world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
    price(world, dollars);
    let sample = world.sample_instruction(BTC);
    world.chain.send(&[sample]).ok();
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.market(BTC));
    world.chain.send(&[refresh]).ok();
}

pub fn price(world: &mut World, dollars: f64) {
    world.edit_price(BTC, |price| {
        price.price = (dollars * DOLLAR as f64) as i64;
        price.ema_price = price.price;
    });
}

/// So many half-hours around a price, at 55 % a year; the last one ends at it.
pub fn quiet(world: &mut World, dollars: f64, half_hours: usize) {
    for place in 1..half_hours {
        step(world, dollars * if place % 2 == 0 { 1.002_08 } else { 0.997_92 });
    }
    step(world, dollars);
}

pub fn legs([call, put]: [SeriesId; 2], tenths: i64) -> [(SeriesId, i64); 2] {
    [(call, tenths * TENTH), (put, tenths * TENTH)]
}

/// What somebody's shares are worth at the mark.
pub fn worth_of(world: &World, who: &str) -> f64 {
    let total = world.view(CLASSIC).pool.main.total as f64;
    let share = world.shares(who, CLASSIC, MAIN) as f64 / total;
    share * tokens(world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark()))
}

pub fn equity(world: &World, who: &str) -> f64 {
    let key = world.account_key(who, CLASSIC);
    tokens(world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key])))
}

pub fn health(world: &World, who: &str, level: HealthLevel) -> i64 {
    let key = world.account_key(who, CLASSIC);
    world.valued(CLASSIC, |v, m| m.health(&v.accounts[&key], level))
}

pub fn withdraw_spare(world: &mut World, who: &str) -> u64 {
    let key = world.account_key(who, CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        let account = &view.accounts[&key];
        markets.health(account, HealthLevel::Initial).min(markets.health(account, HealthLevel::Maintenance))
    });
    world.withdraw(who, CLASSIC, spare as u64).ok();
    spare as u64
}

/// Liquidates all of somebody's pair as far as health asks.
pub fn liquidate(world: &mut World, who: &str, by: &str, both: [SeriesId; 2], points: i64) -> [i64; 2] {
    let (key, to) = (world.account_key(who, CLASSIC), world.account_key(by, CLASSIC));
    let before = both.map(|id| world.view(CLASSIC).held(&key, id));
    let legs = both.map(|series| Leg { series, points }).to_vec();
    let market = world.market(BTC);
    let close = build::liquidate(actor(by), &world.pools[CLASSIC], key, to, legs, &market);
    world.send(close).ok();
    let view = world.view(CLASSIC);
    [0, 1].map(|i| view.held(&key, both[i]) - before[i])
}

pub fn bounds(world: &World) -> (f64, f64, f64) {
    let (b, mark) = world.valued(CLASSIC, |_, m| (m.net_assets(), m.net_assets_at_mark()));
    (tokens(b.lower), tokens(mark), tokens(b.upper))
}

pub fn net(world: &World, id: SeriesId) -> f64 {
    let series = world.view(CLASSIC).registry.series[usize::from(id.slot)];
    (series.long_points - series.short_points) as f64 / TENTH as f64 / 10.0
}

/// The funding that somebody owes, tokens; negative where they are owed.
pub fn owed(world: &World, who: &str) -> f64 {
    let key = world.account_key(who, CLASSIC);
    tokens(world.valued(CLASSIC, |view, m| m.owed(&view.accounts[&key])))
}

/// What was cut from payments.
pub fn cut_of(outcome: &Outcome) -> f64 {
    let cuts =
        outcome.events().into_iter().filter_map(|e| if let Event::PaymentCut(e) = e { Some(e.amount) } else { None });
    tokens(cuts.sum::<u64>() as i64)
}

/// Accrues all series to now.
pub fn touch(world: &mut World) {
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
}

/// A stranger settles an account that they have no part in, after they have touched all series.
pub fn collect(world: &mut World, who: &str) -> Outcome {
    touch(world);
    let keys = world.pools[CLASSIC];
    world.send(build::settle_positions(&keys, world.account_key(who, CLASSIC)))
}
