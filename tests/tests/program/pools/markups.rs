//! What a curator asks for what is opened: mark-ups on the volatility and the carry on direction.

use super::{curated_params, execute, propose};
use evergreen_math::Ratio;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        events::LegFilled,
        state::{Change, PoolParams, SeriesId, ShareClass},
    },
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, Outcome, Setup, World,
    world::{TENTH, TOKEN},
};

fn priced() -> PoolParams {
    PoolParams { buy_markup_bps: 2_000, write_markdown_bps: 1_500, ..curated_params() }
}

/// A private pool of carol that asks a fifth more volatility of who buys and gives 15 % less to who writes, one of hers that does not, and a call in each.
fn scene() -> (World, [usize; 2], [SeriesId; 2]) {
    let mut world = World::new(Setup::preset());
    let pools = [priced(), curated_params()].map(|params| {
        let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
        world.provide("carol", pool, ShareClass::Main, 1_000 * TOKEN).ok();
        pool
    });
    let calls = pools.map(|pool| world.list(pool, BTC, false, 100_000));
    for pool in pools {
        for who in ["erin", "frank"] {
            world.trader(who, pool, 100 * TOKEN);
        }
    }
    (world, pools, calls)
}

fn filled(outcome: &Outcome) -> LegFilled {
    outcome.event(|event| if let Event::LegFilled(e) = event { Some(e.clone()) } else { None })
}

#[test]
fn pools_mark_ups_are_charged_where_something_opens_and_nowhere_else() {
    let (mut world, pools, calls) = scene();
    let trade = |world: &mut World, who: &str, points: i64| {
        [0, 1].map(|place| {
            let fork = &mut *world;
            filled(&fork.trade(who, pools[place], &[(calls[place], points)]).ok())
        })
    };
    let sigma = |e: &LegFilled| Ratio::from_bits(e.sigma).to_bits() as f64 / (1u128 << 64) as f64;
    let [marked, plain] = trade(&mut world, "erin", 4 * TENTH);
    assert!((sigma(&marked) / sigma(&plain) - 1.2).abs() < 1e-9, "{} {}", sigma(&marked), sigma(&plain));
    // At the money the premium is nearly proportional to the volatility.
    let dearer = marked.premium as f64 / plain.premium as f64;
    assert!((1.15..1.21).contains(&dearer), "{dearer}");
    let [marked, plain] = trade(&mut world, "frank", -2 * TENTH);
    assert!((sigma(&marked) / sigma(&plain) - 0.85).abs() < 1e-9, "{} {}", sigma(&marked), sigma(&plain));
    // Closing costs in one pool what it costs in the other.
    for (who, points) in [("erin", -TENTH), ("frank", TENTH)] {
        let [marked, plain] = trade(&mut world, who, points);
        assert_eq!((marked.sigma, marked.premium, marked.fee), (plain.sigma, plain.premium, plain.fee), "{who}");
    }
    // A leg through zero is one that opens.
    let [marked, plain] = trade(&mut world, "frank", 2 * TENTH);
    assert!((sigma(&marked) / sigma(&plain) - 1.2).abs() < 1e-9);
    // What is valued, liquidity and health, knows no mark-up: the pool has earned what was paid beyond the marks.
    let worth = pools.map(|pool| world.valued(pool, |_, markets| markets.net_assets()));
    assert!(worth[0].lower > worth[1].lower && worth[0].upper > worth[1].upper, "{worth:?}");
}

#[test]
fn pools_a_change_of_mark_ups_waits_as_any_other_and_no_round_trip_around_it_gains() {
    let (mut world, [pool, _], [call, _]) = scene();
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    let before = world.cash("erin", pool);
    let change = Change::PoolParams(PoolParams { buy_markup_bps: 5_000, write_markdown_bps: 5_000, ..priced() });
    propose(&mut world, "carol", pool, change).ok();
    let code = execute(&mut world.clone(), pool, 0, &change).code;
    assert_eq!(code, Some(EvergreenError::ProposalTooEarly.into()));
    let mut fork = world.clone();
    fork.trade("erin", pool, &[(call, -TENTH)]).ok();
    let closed_before = fork.cash("erin", pool) - before;
    world.pass(10 * DAY);
    execute(&mut world, pool, 0, &change).ok();
    assert_eq!(world.view(pool).pool.params.buy_markup_bps, 5_000);
    // Who came before it leaves as if nothing had changed: the price is flat, so only funding has been paid.
    let position = world.account("erin", pool).positions[0];
    let quoted = filled(&world.trade("erin", pool, &[(position.series(), -TENTH)]).ok());
    assert!(quoted.premium <= closed_before + 1_000_000 && quoted.premium > 0, "{} {closed_before}", quoted.premium);
}

#[test]
fn pools_bounds_of_what_a_curator_may_ask() {
    let mut world = World::flat();
    type Edit = fn(&mut PoolParams);
    let edits: [(&str, Edit, bool, bool); 7] = [
        ("a mark-up of a tenth", |p| p.buy_markup_bps = 1_000, true, true),
        ("a mark-up of half", |p| (p.buy_markup_bps, p.write_markdown_bps) = (5_000, 5_000), false, true),
        ("a mark-up of more", |p| p.buy_markup_bps = 5_001, false, false),
        ("a mark-down of more", |p| p.write_markdown_bps = 5_001, false, false),
        ("the least premium", |p| p.buyback_bps = 500, false, true),
        ("a premium that is worth less than the choice", |p| p.buyback_bps = 499, false, false),
        ("a premium of more than a quarter", |p| p.buyback_bps = 2_501, false, false),
    ];
    for (what, edit, public, private) in edits {
        for (is_private, allowed) in [(false, public), (true, private)] {
            let mut params = curated_params();
            edit(&mut params);
            let create = world.create_curated("carol", CLASSIC, (is_private, TOKEN), params);
            let outcome = world.send(create);
            assert_eq!(outcome.succeeded(), allowed, "{what}, private: {is_private}");
            if !allowed {
                assert_eq!(outcome.code, Some(EvergreenError::InvalidParameter.into()), "{what}");
                world.pools.pop();
                world.mints.pop();
            }
        }
    }
}

#[test]
fn pools_a_curator_sets_the_price_of_direction() {
    // Two pools of one crowd, one with twice the carry of the other and a base on ETH.
    let mut world = World::new(Setup { liquidity: 0, insurance: 0, ..Setup::preset() });
    let slow = PoolParams { carry_bps: 30_000, ..curated_params() };
    let fast = PoolParams { carry_bps: 60_000, carry_base_bps: [0, 4_000, 0, 0], ..curated_params() };
    let mut paid = Vec::new();
    for params in [slow, fast] {
        let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
        world.provide("carol", pool, ShareClass::Main, 1_000 * TOKEN).ok();
        let [btc, eth] = [world.list(pool, BTC, false, 100_000), world.list(pool, ETH, false, 4_000)];
        world.trader("erin", pool, 400 * TOKEN);
        world.trade("erin", pool, &[(btc, 20 * TENTH)]).ok();
        world.trade("erin", pool, &[(eth, TENTH)]).ok();
        let rates = |world: &World| {
            let carry = |place: usize| world.view(pool).pool.underlyings[place].carry;
            [carry(0), carry(1)]
                .map(|carry| i64::from(*carry.rates.iter().max_by_key(|rate| rate.unsigned_abs()).expect("rates")))
        };
        world.pass(2 * HOUR);
        let refresh = evergreen_sdk::instruction::refresh_pool(&world.pools[pool], &world.markets());
        world.send(refresh).ok();
        paid.push(rates(&world));
    }
    let [slow, fast] = [&paid[0], &paid[1]];
    assert!(slow[0] > 0 && fast[0].abs_diff(2 * slow[0]) <= slow[0].unsigned_abs() / 20, "{paid:?}");
    assert!(fast[1] > slow[1] + 300_000, "a base of 0.4 a year: {paid:?}");
}
