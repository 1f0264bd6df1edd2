//! A private pool that is wound down: who leaves while positions are bought back, and what nobody is closed for meanwhile.

use crate::pools::{buyback, curated_params};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{NoticeCause, PoolParams, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

/// Carol provides 2,000 tokens; hugo and wanda hold calls deep in the money on 2.4 BTC together. The premium is the largest.
fn scene() -> (World, usize, SeriesId) {
    let mut world = World::new(Setup::preset());
    world.round_trip_every = u32::MAX;
    let params = PoolParams {
        buyback_bps: 2_500,
        carry_bps: 30_000,
        direction_limit_bps: [10_000; 4],
        growth_limit_bps: 10_000,
        reserve_limit_bps: 9_000,
        ..curated_params()
    };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, MAIN, 2_000 * TOKEN).ok();
    let call = world.list_tenor(pool, BTC, false, 76_000, 30);
    for who in ["hugo", "wanda"] {
        world.trader(who, pool, 9_000 * TOKEN);
    }
    for _ in 0..4 {
        world.trade("hugo", pool, &[(call, 4 * TENTH)]).ok();
        world.trade("wanda", pool, &[(call, 2 * TENTH)]).ok();
    }
    world.pass_to(35);
    world.send(build::halt_pool(actor("carol"), world.pools[pool].pool)).ok();
    (world, pool, call)
}

fn buy_back(world: &mut World, pool: usize, who: &str, call: SeriesId, moment: i64) {
    let (account, feeds) = (world.account_key(who, pool), world.markets_after(moment));
    let named = (call, NoticeCause::Buyback);
    world.send(build::close_for_place(actor("keeper"), &world.pools[pool], account, named, &feeds)).ok();
}

/// Before, a withdrawal between two of its closings left all of the premium, 61 tokens of 1,320, to those who stayed.
#[test]
fn audit_wind_down_nobody_leaves_while_positions_are_bought_back() {
    let (mut world, pool, call) = scene();
    world.send(build::announce_buyback(actor("carol"), world.pools[pool].pool)).ok();
    let moment = world.view(pool).pool.buyback_at;
    let shares = world.shares("carol", pool, MAIN) / 2;
    let number = world.request("carol", pool, MAIN, shares);
    let leave = |world: &mut World| {
        world.pass_to(1);
        let outcome = world.execute(pool, MAIN, number).ok();
        outcome.event(|e| {
            if let Event::WithdrawalExecuted(e) = e {
                Some(u128::from(e.amount) * 1_000_000_000_000 / u128::from(e.shares))
            } else {
                None
            }
        })
    };
    let mut early = world.clone();
    buyback::pass_to(&mut early, moment - DAY);
    let before = leave(&mut early);

    // TEST: between the closings, after them, and at the prices of a minute of theirs later on, nothing is executed.
    buyback::pass_to(&mut world, moment + 1);
    buy_back(&mut world, pool, "hugo", call, moment);
    world.pass_to(1);
    let of_then = world.execute_instruction(pool, MAIN, number);
    world.refused(of_then.clone(), EvergreenError::NoticeRunning);
    buy_back(&mut world, pool, "wanda", call, moment);
    world.refused(of_then.clone(), EvergreenError::NoticeRunning);
    world.pass(10);
    world.refused(of_then, EvergreenError::NoticeRunning);
    let after = leave(&mut world);
    println!("a billion shares bring {before} a day before, {after} after it");
    assert!(before <= after && before > after - after / 100, "{before} a day before, {after} after");
}
