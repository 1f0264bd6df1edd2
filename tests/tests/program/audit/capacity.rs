//! Capacity of a pool: forced closes follow one rule of health, and what is committed finds its capacity at the fill.

use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, PoolCaps, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Outcome, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_a3_a_hedge_that_keeps_a_writer_healthy_is_not_bought_back() {
    // SETUP: alice's bought call bounds what her written one can cost; mallory brings the pool to capacity with worthless calls.
    let mut world = World::flat();
    let worthless = world.list_tenor(CLASSIC, BTC, false, 149_000, 1);
    let short = world.list_tenor(CLASSIC, BTC, false, 105_000, 1);
    let hedge = world.list_tenor(CLASSIC, BTC, false, 112_000, 1);
    for (who, cash) in [("mallory", 20), ("keeper", 0), ("bob", 200), ("alice", 200)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let size = 10 * TENTH;
    world.trade("bob", CLASSIC, &[(short, size)]).ok();
    world.trade("alice", CLASSIC, &[(short, -size), (hedge, size)]).ok();
    crate::attacks::withdraw_spare(&mut world, "alice", CLASSIC);
    let near = world.list(CLASSIC, BTC, false, 101_000);
    crate::giving_way::fill_up(&mut world, "mallory", worthless, near);
    assert!(world.view(CLASSIC).pool.is_at_capacity().expect("a limit"));

    // TEST
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let [alice, keeper] = ["alice", "keeper"].map(|who| world.account_key(who, CLASSIC));
    world.refused(world.notice_instruction(CLASSIC, hedge, NoticeCause::Capital), EvergreenError::RentPaid);
    let legs = vec![Leg { series: short, points: size }];
    let liquidate = build::liquidate(actor("keeper"), &keys, alice, keeper, legs, &feeds);
    world.refused(liquidate, EvergreenError::NotLiquidatable);
    let moment = world.pass_notice(CLASSIC, worthless, NoticeCause::Capital);
    world.close_for_place("mallory", CLASSIC, (worthless, NoticeCause::Capital), moment).ok();
}

/// Returns a world in which a call and a put on BTC at 100,000 are listed and these traders have 2,000 tokens each.
fn scene<const N: usize>(traders: [&str; N]) -> (World, SeriesId, SeriesId) {
    let mut world = World::flat();
    let [call, put] = [false, true].map(|put| world.list(CLASSIC, BTC, put, 100_000));
    for who in traders {
        world.trader(who, CLASSIC, 2_000 * TOKEN);
    }
    (world, call, put)
}

fn commit(world: &mut World, who: &str, legs: &[(SeriesId, i64)]) -> Outcome {
    let commit = world.commit_instruction(who, CLASSIC, legs);
    world.send(commit)
}

fn refused(world: &mut World, who: &str, legs: &[(SeriesId, i64)], error: EvergreenError) {
    let commit = world.commit_instruction(who, CLASSIC, legs);
    world.refused(commit, error);
}

fn tighten(world: &mut World, caps: PoolCaps) {
    world.send(build::tighten_pool(actor("guardian"), world.pools[CLASSIC].pool, caps)).ok();
}

fn assert_filled(world: &mut World, who: &str) {
    world.wait_for_fill();
    let outcome = world.fill(who, CLASSIC).ok();
    let filled = outcome.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_)));
    assert!(filled, "{who}: {:?}", outcome.events());
}

#[test]
fn audit_a1_nobody_takes_the_reserves_of_a_committed_trade() {
    // SETUP: mallory commits most of what the reserves bear; everybody can see her commitment.
    let (mut world, call, put) = scene(["mallory", "other"]);
    let most = 110 * TENTH;
    commit(&mut world, "mallory", &[(call, most)]).ok();

    // TEST: neither another account, in whatever option, nor a provider who leaves takes them.
    for option in [call, put] {
        refused(&mut world, "other", &[(option, 11 * TENTH)], EvergreenError::ReserveLimit);
    }
    commit(&mut world, "other", &[(put, 4 * TENTH)]).ok();
    world.request("lp", CLASSIC, ShareClass::Main, 1_000 * TOKEN);
    assert_filled(&mut world, "mallory");
    world.fill("other", CLASSIC).ok();
    let pool = world.view(CLASSIC).pool;
    assert_eq!((pool.committed_reserve, pool.committed_premiums), (0, 0));
    assert_eq!(pool.reserved_collateral, (most.unsigned_abs() + 4 * TENTH.unsigned_abs()) * 20);
}

#[test]
fn audit_a1_liquidity_that_leaves_spares_what_is_committed() {
    // SETUP: a withdrawal of everything is due when mallory commits.
    let (mut world, call, _) = scene(["mallory"]);
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    world.request("lp", CLASSIC, ShareClass::Main, shares);
    world.pass(7 * DAY);
    world.pass_to(58);
    commit(&mut world, "mallory", &[(call, 70 * TENTH)]).ok();

    // TEST: it is executed as far as her trade leaves room.
    let execute = world.execute(CLASSIC, ShareClass::Main, 0).ok();
    let amount = execute.event(|e| if let Event::WithdrawalExecuted(e) = e { Some(e.amount) } else { None });
    assert!(amount > 0 && amount < 420 * TOKEN, "{amount}");
    assert_filled(&mut world, "mallory");
}

#[test]
fn audit_a1_nobody_takes_the_size_of_a_series_from_a_committed_trade() {
    let (mut world, call, _) = scene(["mallory", "other"]);
    let mut caps = evergreen_tests::governance::caps(&world.view(CLASSIC).pool.params);
    (caps.max_series_points, caps.max_account_points) = (10 * TENTH.unsigned_abs(), 10 * TENTH.unsigned_abs());
    tighten(&mut world, caps);
    commit(&mut world, "mallory", &[(call, 8 * TENTH)]).ok();
    refused(&mut world, "other", &[(call, 3 * TENTH)], EvergreenError::SeriesSizeLimit);
    commit(&mut world, "other", &[(call, 2 * TENTH)]).ok();

    // A guardian's tightening stops what comes later, not what is committed.
    let least = TENTH.unsigned_abs();
    tighten(&mut world, PoolCaps { max_series_points: least, max_account_points: least, ..caps });
    assert_filled(&mut world, "mallory");
    world.fill("other", CLASSIC).ok();
    assert_eq!(world.view(CLASSIC).registry.series[usize::from(call.slot)].long_points, 10 * TENTH);
}

#[test]
fn audit_a1_nobody_takes_the_room_of_a_committed_writer() {
    // SETUP: ten are bought, so ten can be written.
    let (mut world, call, _) = scene(["holder", "mallory", "other"]);
    world.trade("holder", CLASSIC, &[(call, 10 * TENTH)]).ok();
    commit(&mut world, "mallory", &[(call, -8 * TENTH)]).ok();
    refused(&mut world, "other", &[(call, -3 * TENTH)], EvergreenError::ShortExceedsLong);

    // TEST: the holder can leave all the same, and what is then written too much is bought back by rule.
    world.trade("holder", CLASSIC, &[(call, -10 * TENTH)]).ok();
    refused(&mut world, "other", &[(call, -TENTH)], EvergreenError::ShortExceedsLong);
    assert_filled(&mut world, "mallory");
    let series = world.view(CLASSIC).registry.series[usize::from(call.slot)];
    assert_eq!((series.long_points, series.short_points), (0, 8 * TENTH));
    world.deleverage_after_notice("mallory", CLASSIC, call, 8 * TENTH).ok();
    assert!(world.account("mallory", CLASSIC).is_flat());
}

#[test]
fn audit_a4_capacity_that_is_reserved_in_vain_costs_a_fee_each_time() {
    // SETUP: mallory reserves nearly all capacity for trades whose limit is out of reach.
    let (mut world, call, put) = scene(["mallory", "other"]);
    let start = world.cash("mallory", CLASSIC);
    let mut paid = 0;
    for option in [call, put, call] {
        let reserve = world.commit_within("mallory", CLASSIC, &[(option, 110 * TENTH)], -1);
        world.send(reserve).ok();
        let bond = world.account("mallory", CLASSIC).commitment.bond;
        refused(&mut world, "other", &[(call, 11 * TENTH)], EvergreenError::ReserveLimit);
        // Anyone ends it as soon as its price is published, and the capacity is free.
        world.wait_for_fill();
        let ended = world.fill("mallory", CLASSIC);
        assert!(ended.events().iter().any(|event| matches!(event, Event::CommitmentCancelled(_))));
        paid += bond.div_ceil(8) as i64;
        commit(&mut world, "other", &[(call, 10 * TENTH)]).ok();
        world.wait_for_fill();
        world.fill("other", CLASSIC).ok();
        world.trade("other", CLASSIC, &[(call, -10 * TENTH)]).ok();
    }

    // TEST: an eighth of 10 basis points of the notional each time.
    assert_eq!(start - world.cash("mallory", CLASSIC), paid);
    assert!(paid > 6 * TOKEN as i64 / 5, "{paid} native units");
}
