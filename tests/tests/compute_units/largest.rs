//! The largest legal cases: twelve written positions on both underlyings, prices so wide that every combination of band ends
//! counts, and trades and liquidations of four legs.

use super::{Bench, TENTH, twelve, world};
use evergreen_sdk::{
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, ETH, Outcome, World, chain::actor, trading, world::TOKEN};

/// Makes a world in which "bob" has written twelve series that "alice" holds, and "keeper" has an account.
fn written() -> (World, Vec<SeriesId>) {
    let mut world = world();
    let series = twelve(&mut world, CLASSIC);
    world.trader("alice", CLASSIC, 10_000 * TOKEN);
    world.trader("bob", CLASSIC, 10_000 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    for (who, points) in [("alice", TENTH), ("bob", -TENTH)] {
        for legs in series.chunks(4) {
            world.pass(60);
            world.trade(who, CLASSIC, &legs.iter().map(|id| (*id, points)).collect::<Vec<_>>()).ok();
        }
    }
    (world, series)
}

/// Withdraws all but `left` native units of the initial health of "bob". Their cash is then far below the cap payoffs that they have
/// written.
fn uncover(world: &mut World, left: u64) {
    let bob = world.account_key("bob", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        markets.health(&view.accounts[&bob], evergreen_math::margin::HealthLevel::Initial)
    });
    world.withdraw("bob", CLASSIC, u64::try_from(spare).expect("healthy") - left).ok();
}

/// Publishes prices with a confidence of one per cent, which is wide.
fn widen(world: &mut World) {
    for market in [BTC, ETH] {
        world.edit_price(market, |price| price.conf = price.price.unsigned_abs() / 100);
    }
}

/// Commits a trade of "bob".
fn commit(bench: &mut Bench, world: &mut World, case: &str, legs: &[(SeriesId, i64)]) {
    let commit = world.commit_instruction("bob", CLASSIC, legs);
    bench.case(world, "commit_trade", case, commit);
}

/// Asserts that a commitment was filled, not cancelled.
fn filled(outcome: &Outcome) {
    trading::as_trade(outcome.clone()).ok();
}

pub(super) fn largest(bench: &mut Bench) {
    let (mut world, series) = written();
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let (bob, reward) = (world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let legs = |points: i64| series[..4].iter().map(|id| Leg { series: *id, points }).collect::<Vec<_>>();

    // Short open interest must not exceed long open interest, so "alice" buys first.
    let four = |points: i64| series[..4].iter().map(|id| (*id, points)).collect::<Vec<_>>();
    world.trade("alice", CLASSIC, &four(TENTH / 10)).ok();
    uncover(&mut world, TOKEN / 2);
    commit(bench, &mut world, "largest: four legs written", &four(-TENTH / 100));
    world.wait_for_fill();
    let fill = world.fill_instruction("bob", CLASSIC);
    filled(&bench.case(&mut world, "fill_trade", "largest: four legs written, uncovered", fill));
    let withdraw = build::withdraw_margin(actor("bob"), &keys, bob, 1, &feeds);
    bench.case(&mut world, "withdraw_margin", "largest: twelve written, uncovered", withdraw);

    world.pass(60);
    commit(bench, &mut world, "largest: four legs shrinking", &four(TENTH / 100));
    // Of the prices of a second only the first one fills a commitment, so it is wide at once.
    world.chain.pass(i64::from(world.view(CLASSIC).pool.params.fill_delay) + 1);
    widen(&mut world);
    let fill = world.fill_instruction("bob", CLASSIC);
    filled(&bench.case(&mut world, "fill_trade", "largest: four legs shrinking, uncertain prices", fill));

    // At these prices "bob" is below maintenance at both ends of the wide bands.
    for (market, dollars) in [(BTC, 116_000), (ETH, 4_700)] {
        world.set_price(market, dollars);
    }
    widen(&mut world);
    for (count, case) in
        [(1, "largest: one leg, twelve positions, wide"), (4, "largest: four legs, twelve positions, wide")]
    {
        let mut legs = legs(TENTH / 2);
        legs.truncate(count);
        if count == 1 {
            legs[0].points = TENTH / 100;
        }
        let liquidate = build::liquidate(actor("keeper"), &keys, bob, reward, legs, &feeds);
        bench.case(&mut world, "liquidate", case, liquidate);
    }

    // With straddles every scenario counts.
    let (mut world, series) = written_straddles();
    let bob = world.account_key("bob", CLASSIC);
    world.set_price(BTC, 109_000);
    let one = vec![Leg { series: series[0], points: TENTH }];
    let liquidate = build::liquidate(actor("keeper"), &keys, bob, reward, one, &feeds[..1]);
    bench.case(&mut world, "liquidate", "one leg, two straddles", liquidate);
}

/// Makes a world in which "bob" has written two calls and two puts.
fn written_straddles() -> (World, Vec<SeriesId>) {
    let mut world = world();
    let mut series = Vec::new();
    for step in 0..2 {
        series.push(world.list(CLASSIC, BTC, false, 106_000 + step * 2_000));
        series.push(world.list(CLASSIC, BTC, true, 96_000 - step * 2_000));
    }
    world.trader("alice", CLASSIC, 1_000 * TOKEN);
    world.trader("bob", CLASSIC, 100 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    let all = |points| series.iter().map(|id| (*id, points)).collect::<Vec<_>>();
    world.trade("alice", CLASSIC, &all(TENTH)).ok();
    world.trade("bob", CLASSIC, &all(-TENTH)).ok();
    uncover(&mut world, 0);
    world.pass(60);
    (world, series)
}
