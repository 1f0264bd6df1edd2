//! Slots of the series registry have a price: nobody keeps others out for dust, and nobody who pays loses a place.

use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{MAX_SERIES, NoticeCause, SeriesId, SeriesSpec},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    world::{TENTH, TOKEN},
};

/// Strikes of a call and a put each, around the price.
fn strike(place: usize) -> u64 {
    85_000 + 1_000 * (place as u64 / 2)
}

fn list(world: &mut World, slots: usize) -> Vec<SeriesId> {
    (0..slots).map(|place| world.list_tenor(CLASSIC, BTC, place % 2 == 0, strike(place), 30)).collect()
}

/// Lets accounts of mallory hold the least position in each series. Returns their names, one for twelve series.
fn take_slots(world: &mut World, series: &[SeriesId]) -> Vec<String> {
    let least = world.view(CLASSIC).pool.params.min_account_points.max(1) as i64;
    let mut names = Vec::new();
    for (number, group) in series.chunks(12).enumerate() {
        let who = format!("mallory {number}");
        world.trader(&who, CLASSIC, TOKEN);
        for legs in group.chunks(4) {
            world.trade(&who, CLASSIC, &legs.iter().map(|id| (*id, least)).collect::<Vec<_>>()).ok();
        }
        names.push(who);
    }
    names
}

/// Gives notice of whichever series has to give way, closes the positions of all its holders after it, and retires it. Returns it.
pub fn free_a_slot(world: &mut World, series: &[SeriesId], holders: &[String]) -> Option<SeriesId> {
    let keys = world.pools[CLASSIC];
    world.send(build::refresh_pool(&keys, &world.markets())).ok();
    let notice = |id: &SeriesId| world.notice_instruction(CLASSIC, *id, NoticeCause::Slot);
    let id = *series.iter().find(|id| world.chain.simulate(&[notice(id)]).succeeded())?;
    let moment = world.pass_notice(CLASSIC, id, NoticeCause::Slot);
    let closed = holders.iter().all(|who| {
        world.account(who, CLASSIC).find(id).is_none()
            || world.close_for_place(who, CLASSIC, (id, NoticeCause::Slot), moment).succeeded()
    });
    if closed {
        world.send(build::retire_series(&keys, id)).ok();
    }
    closed.then_some(id)
}

#[test]
fn audit_a4_sixty_four_points_do_not_close_the_registry() {
    // SETUP
    let mut world = World::new(Setup::preset());
    let series = list(&mut world, MAX_SERIES);
    let holders = take_slots(&mut world, &series);
    let keys = world.pools[CLASSIC];

    // TEST: at whatever price, somebody who wants a slot gets one.
    for (place, price) in [100_000, 96_000, 104_000, 92_000].into_iter().enumerate() {
        world.set_price(BTC, price);
        let spec = SeriesSpec { put: false, strike: 98_000 + 1_000 * place as u64, tenor: 86_400 };
        let wanted = build::list_series(&keys, &world.feeds[BTC].accounts, spec);
        world.refused(wanted.clone(), EvergreenError::RegistryFull);
        let freed = free_a_slot(&mut world, &series, &holders);
        assert!(freed.is_some(), "BTC {price}: no slot can be freed");
        let listed = |event: &Event| if let Event::SeriesListed(e) = event { Some(e.series) } else { None };
        let new = world.send(wanted).ok().event(listed);
        // With a slot that is empty nobody else has to give way.
        let other = series.iter().find(|id| world.account(&holders[0], CLASSIC).find(**id).is_some());
        let notice = world.notice_instruction(CLASSIC, *other.expect("a position"), NoticeCause::Slot);
        world.refused(notice, EvergreenError::NotAtCapacity);
        // It is taken as well.
        world.trader(&format!("taker {place}"), CLASSIC, TOKEN);
        world.trade(&format!("taker {place}"), CLASSIC, &[(new, 1_000_000)]).ok();
    }
}

#[test]
fn audit_a4_spreads_that_need_each_other_give_way_too() {
    // SETUP: each second series is written against the one before, so that the bought one keeps its account healthy.
    let mut world = World::new(Setup::preset());
    let series = list(&mut world, MAX_SERIES);
    let mut holders = take_slots(&mut world, &series);
    let least = world.view(CLASSIC).pool.params.min_account_points.max(1) as i64;
    for (number, pair) in series.chunks(2).map(|pair| (pair[0], pair[1])).enumerate() {
        let who = format!("spread {number}");
        world.trader(&who, CLASSIC, TOKEN);
        world.trade(&who, CLASSIC, &[(pair.0, -least), (pair.1, least)]).ok();
        holders.push(who);
    }
    assert!(free_a_slot(&mut world, &series, &holders).is_some());
}

#[test]
fn audit_a4_nobody_who_pays_loses_a_place() {
    // SETUP: alice holds an ordinary position, bob a small one, in two of the slots.
    let mut world = World::new(Setup::preset());
    let series = list(&mut world, MAX_SERIES);
    for (who, id, points) in [("alice", series[30], TENTH), ("bob", series[32], TENTH / 100)] {
        world.trader(who, CLASSIC, 10 * TOKEN);
        world.trade(who, CLASSIC, &[(id, points)]).ok();
    }

    // TEST: a registry that is full of empty series takes nobody's place.
    for (who, id) in [("alice", series[30]), ("bob", series[32])] {
        assert!(world.account(who, CLASSIC).find(id).is_some());
        world.refused(world.notice_instruction(CLASSIC, id, NoticeCause::Slot), EvergreenError::NotAtCapacity);
    }

    // Where all slots are taken for dust, those who took them give way first.
    let others: Vec<_> = series.iter().copied().filter(|id| *id != series[30] && *id != series[32]).collect();
    let holders = take_slots(&mut world, &others);
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
    for (who, id) in [("alice", series[30]), ("bob", series[32])] {
        assert!(world.account(who, CLASSIC).find(id).is_some());
        world.refused(world.notice_instruction(CLASSIC, id, NoticeCause::Slot), EvergreenError::RentPaid);
    }
    assert!(free_a_slot(&mut world, &others, &holders).is_some());
}

#[test]
fn audit_a4_a_slot_that_is_only_committed_to_keeps_nobody_out() {
    // SETUP: all slots but one are taken for dust, and the last one is held by a commitment beyond any price.
    let mut world = World::new(Setup::preset());
    let series = list(&mut world, MAX_SERIES);
    let holders = take_slots(&mut world, &series[..MAX_SERIES - 1]);
    world.trader("mia", CLASSIC, TOKEN);
    let least = world.view(CLASSIC).pool.params.min_account_points.max(1) as i64;
    let last = series[MAX_SERIES - 1];
    let commit = world.commit_within("mia", CLASSIC, &[(last, least)], -1);
    world.send(commit).ok();
    let keys = world.pools[CLASSIC];
    world.refused(build::retire_series(&keys, last), EvergreenError::SeriesInUse);

    // TEST: whoever holds it again ten minutes later keeps nobody out, and in between it can be retired.
    world.send(build::refresh_pool(&keys, &world.markets())).ok();
    let notice = |id: &SeriesId| world.notice_instruction(CLASSIC, *id, NoticeCause::Slot);
    let id = *series.iter().find(|id| world.chain.simulate(&[notice(id)]).succeeded()).expect("one gives way");
    let moment = world.give_notice(CLASSIC, id, NoticeCause::Slot);
    world.wait_for_fill();
    world.fill("mia", CLASSIC);
    assert!(world.chain.simulate(&[build::retire_series(&keys, last)]).succeeded());
    world.pass(moment + 1 - world.chain.now());
    let commit = world.commit_within("mia", CLASSIC, &[(last, least)], -1);
    world.send(commit).ok();
    for who in holders.iter().filter(|who| world.account(who, CLASSIC).find(id).is_some()) {
        world.clone().close_for_place(who, CLASSIC, (id, NoticeCause::Slot), moment).ok();
    }
}
