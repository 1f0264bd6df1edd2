//! What was set off in part can be told from the events.

use super::scene::{HALF_HOUR, MAIN, begin_world, collect, legs, preset_setup, quiet, step, tokens, touch};
use evergreen_sdk::{events::Event, instruction as build, portfolio::Statement};
use evergreen_tests::{
    BTC, CLASSIC, STOCK, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

/// Mallory has written what nobody holds any more, and calls that end at their cap; the provider has left, and a stranger settles her and alice, who holds the calls, in parts. After every transaction all balances and positions
/// are rebuilt from the events alone.
#[test]
fn held_settlements_in_part_are_told_to_the_unit() {
    let mut world = World::new(preset_setup());
    world.round_trip_every = u32::MAX;
    assert!(world.replay.is_some(), "events are replayed");
    world.pass(HALF_HOUR);
    for (who, cash) in [("holly", 500), ("mallory", 400), ("alice", 400), ("ben", 400)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("alice", CLASSIC, &[(far, 4 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &[(far, -TENTH)]).ok();
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &legs(both, -5)).ok();
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    let mut parts = 0;
    for day in 0..26 {
        quiet(&mut world, 100_000.0, 48);
        for who in ["alice", "mallory"] {
            if day < 14 || day % 3 == 0 {
                let done = collect(&mut world, who);
                let moved = done.events().iter().filter(|e| matches!(e, Event::FundingSettled(_))).count();
                parts += usize::from(day >= 14 && who == "mallory" && moved > 0);
            }
        }
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
    }
    for dollars in [110_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
    }
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    for id in [far, both[0]] {
        world.send(build::exercise_series(&keys, id, &feed)).ok();
    }
    touch(&mut world);
    for who in ["alice", "mallory", "alice", "mallory"] {
        let done = world.send(build::settle_positions(&keys, world.account_key(who, CLASSIC)));
        println!("{who}: {:?}, {} events", done.failure, done.events().len());
    }
    println!("{parts} times in part");
    assert!(parts > 1);
}

/// An issuer seizes most of a pool whose calls end at their cap. A stranger settles alice, who holds them: as many of her points are paid as the pool may pay, none where she would go short, and the others stay hers. `PositionSettled` names the points that are
/// paid, and whoever follows events takes it for no more.
#[test]
fn audit_told_a_payoff_is_told_to_the_unit_where_strangers_settle() {
    let mut setup = preset_setup();
    (setup.liquidity, setup.insurance) = (200 * TOKEN, 0);
    let mut world = begin_world(setup);
    let call = world.list_tenor(STOCK, BTC, false, 105_000, 7);
    let mut statements = Vec::new();
    for who in ["alice", "ben"] {
        let key = world.trader(who, STOCK, 100 * TOKEN);
        let mut statement = Statement::of(key, world.pools[STOCK].pool, actor(who), 0);
        let traded = world.trade(who, STOCK, &[(call, TENTH)]).ok();
        statement.take(&traded.events(), Some(world.chain.now()), false);
        statements.push(statement);
        quiet(&mut world, 100_000.0, 2);
    }
    let vault = world.pools[STOCK].vault;
    let pool = world.view(STOCK).pool;
    world.seize(STOCK, vault, pool.pool_cash as u64 - pool.reserved_collateral / 2, Seizure::Burn);
    world.sync(STOCK).ok();
    for dollars in [110_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
    }
    let (keys, feed) = (world.pools[STOCK], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, call, &feed)).ok();
    let mut wrong = Vec::new();
    for (who, statement) in ["alice", "ben"].into_iter().zip(&mut statements) {
        let key = world.account_key(who, STOCK);
        let had = world.view(STOCK).held(&key, call);
        let done = world.send(build::settle_positions(&keys, key)).ok();
        let settled = |e: &Event| if let Event::PositionSettled(e) = e { Some(e.points) } else { None };
        let told: i64 = done.events().iter().filter_map(settled).sum();
        statement.take(&done.events(), Some(world.chain.now()), false);
        let left = world.view(STOCK).held(&key, call);
        let stated = statement.holding(call).map_or(0, |holding| holding.points);
        let pool = world.view(STOCK).pool;
        println!(
            "{who}: {told} of {had} points paid, {left} left, {stated} by the statement; pool cash {:.3}, reserved {:.3}",
            tokens(pool.pool_cash),
            tokens(pool.reserved_collateral as i64)
        );
        assert_eq!(left, had - told, "{told} of {had} points");
        if stated != left {
            wrong.push((who, left, stated));
        }
    }
    assert!(wrong.is_empty(), "points left, and by the statement: {wrong:?}");
}
