//! Options that pay too little for their place give way: anyone can free the pool's capital and the registry's slots that they take.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{MAX_SERIES, NoticeCause, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, World, assert_error, world::TOKEN};

/// Returns how many points of the series reserve this amount of native units, rounded down.
pub fn points_locking(world: &World, series: SeriesId, native: u64) -> i64 {
    let payoff = world.valued(CLASSIC, |view, _| {
        let series = &view.registry.series[usize::from(series.slot)];
        evergreen_tests::valuation::cap_payoff(series).to_bits() >> 64
    });
    (i128::from(native) * 1_000 / payoff) as i64
}

/// Brings a pool of 1,000 tokens of cash to capacity: what pays too little up to nine tenths of the limit of 800, and others, with an option that pays its rent, up to a token below it.
pub fn fill_up(world: &mut World, who: &str, worthless: SeriesId, paying: SeriesId) {
    let least = TOKEN;
    let reserved = world.view(CLASSIC).pool.reserved_collateral;
    world.trade(who, CLASSIC, &[(worthless, points_locking(world, worthless, 719 * TOKEN - reserved))]).ok();
    let reserved = world.view(CLASSIC).pool.reserved_collateral;
    world.trader("crowd", CLASSIC, 100 * TOKEN);
    world.trade("crowd", CLASSIC, &[(paying, points_locking(world, paying, 800 * TOKEN - least - reserved))]).ok();
}

#[test]
fn capital_reserved_by_worthless_options_is_freed_at_the_mark() {
    // SETUP: with calls at a strike 49 % above spot, mallory brings the pool to capacity for little premium.
    let mut world = World::flat();
    let far = world.list_tenor(CLASSIC, BTC, false, 149_000, 1);
    let near = world.list(CLASSIC, BTC, false, 101_000);
    world.trader("mallory", CLASSIC, 10 * TOKEN);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trade("alice", CLASSIC, &[(near, 1_000_000)]).ok();
    let free = 800 * TOKEN - world.view(CLASSIC).pool.reserved_collateral;
    let points = points_locking(&world, far, free * 85 / 100);
    world.trade("mallory", CLASSIC, &[(far, points)]).ok();
    assert!(
        world.cash("mallory", CLASSIC) > 99 * TOKEN as i64 / 10,
        "it has cost mallory more than a hundredth of her cash"
    );
    let notice = world.notice_instruction(CLASSIC, far, NoticeCause::Capital);
    world.refused(notice.clone(), EvergreenError::NotAtCapacity);
    // What pays too little is not bought beyond nine tenths of the limit; what pays is.
    let rest = points_locking(&world, far, free * 15 / 100 - TOKEN);
    let beyond = world.commit_instruction("mallory", CLASSIC, &[(far, rest)]);
    world.refused(beyond, EvergreenError::RentTooLow);
    fill_up(&mut world, "mallory", far, near);
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    let withdrawal = world.request("lp", CLASSIC, ShareClass::Main, shares / 2);
    world.pass(DAY);

    // TEST: no notice is given of an option with value, and one that pays too little is closed at the mark.
    world.refused(world.notice_instruction(CLASSIC, near, NoticeCause::Capital), EvergreenError::RentPaid);
    let moment = world.pass_notice(CLASSIC, far, NoticeCause::Capital);
    world.refused(notice.clone(), EvergreenError::NoticeRunning);
    let outcome = world.close_for_place("alice", CLASSIC, (near, NoticeCause::Capital), moment);
    assert_error(&outcome, EvergreenError::NoticeMissing);
    let equity = |world: &World| {
        let key = world.account_key("mallory", CLASSIC);
        world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key]))
    };
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    world.send(build::refresh_pool(&keys, &feeds)).ok();
    let before = equity(&world);
    world.close_for_place("mallory", CLASSIC, (far, NoticeCause::Capital), moment).ok();
    let after = world.account("mallory", CLASSIC);
    assert!(after.is_flat());
    assert!(after.cash >= before - 2, "cash is {} after an equity of {before}", after.cash);
    let outcome = world.close_for_place("mallory", CLASSIC, (far, NoticeCause::Capital), moment);
    assert_error(&outcome, EvergreenError::NotAtCapacity);

    // CHECK: liquidity can be withdrawn again.
    world.execute(CLASSIC, ShareClass::Main, withdrawal).ok();
    assert!(world.view(CLASSIC).withdrawals_of(ShareClass::Main).next().unwrap().payable > 200 * TOKEN);
}

#[test]
fn slots_held_by_tiny_worthless_positions_are_freed() {
    let mut world = World::flat();
    world.trader("keeper", CLASSIC, 0);
    let mut series = Vec::new();
    for place in 0..MAX_SERIES {
        let strike = if place < 32 { 118_000 + 1_000 * place as u64 } else { 82_000 - 1_000 * (place - 32) as u64 };
        series.push(world.list_tenor(CLASSIC, BTC, place >= 32, strike, 1));
    }
    for (number, group) in series.chunks(12).enumerate() {
        let who = format!("mallory {number}");
        world.trader(&who, CLASSIC, TOKEN);
        for id in group {
            world.trade(&who, CLASSIC, &[(*id, 1)]).ok();
        }
    }
    let keys = world.pools[CLASSIC];
    let farthest = series[31];
    world.refused(build::retire_series(&keys, farthest), EvergreenError::SeriesInUse);
    world.send(build::refresh_pool(&keys, &world.markets())).ok();
    let moment = world.pass_notice(CLASSIC, farthest, NoticeCause::Slot);
    world.close_for_place("mallory 2", CLASSIC, (farthest, NoticeCause::Slot), moment).ok();
    world.send(build::retire_series(&keys, farthest)).ok();
    world.refused(world.notice_instruction(CLASSIC, series[30], NoticeCause::Slot), EvergreenError::NotAtCapacity);
    world.list(CLASSIC, BTC, false, 100_000);
}

#[test]
fn a_written_option_does_not_give_way_for_capital() {
    let mut world = World::flat();
    let far = world.list_tenor(CLASSIC, BTC, false, 149_000, 1);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("bob", CLASSIC, 100 * TOKEN);
    let near = world.list(CLASSIC, BTC, false, 101_000);
    fill_up(&mut world, "alice", far, near);
    world.trade("bob", CLASSIC, &[(far, -1_000)]).ok();
    let moment = world.pass_notice(CLASSIC, far, NoticeCause::Capital);
    let outcome = world.close_for_place("bob", CLASSIC, (far, NoticeCause::Capital), moment);
    assert_error(&outcome, EvergreenError::LegNotReducing);
}
