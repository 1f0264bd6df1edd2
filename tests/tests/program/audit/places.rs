//! Whoever takes slots or capacity of a pool pays for them: where somebody else wants them, whoever pays least and too little gives way.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{MAX_SERIES, NoticeCause, SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Setup, World, assert_error,
    world::{TENTH, TOKEN},
};

fn quiet() -> World {
    let mut world = World::new(Setup::preset());
    world.round_trip_every = 1_000_000;
    world
}

fn refresh(world: &mut World) {
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
}

/// Frees the slot of the series that has to give way, and returns it with its holders.
fn free_a_slot(world: &mut World, series: &[SeriesId], holders: &[String]) -> Option<(SeriesId, Vec<String>)> {
    let before = world.clone();
    let id = super::slots::free_a_slot(world, series, holders)?;
    let held = |who: &&String| before.account(who, CLASSIC).find(id).is_some();
    Some((id, holders.iter().filter(held).cloned().collect()))
}

/// What somebody would have if all were closed by others, native units.
fn equity(world: &World, who: &str) -> i64 {
    let key = world.account_key(who, CLASSIC);
    world.valued(CLASSIC, |view, markets| markets.as_sold().equity(&view.accounts[&key]))
}

fn wanted(world: &World) -> evergreen_sdk::anchor_lang::solana_program::instruction::Instruction {
    let spec = SeriesSpec { put: false, strike: 98_000, tenor: 86_400 };
    build::list_series(&world.pools[CLASSIC], &world.feeds[BTC].accounts, spec)
}

#[test]
fn audit_a4_a_registry_full_of_hedges_is_opened() {
    // SETUP: 32 calls and 32 puts. Each account holds one series and has written the next one farther out, and it has withdrawn all that it
    // can: closing either leg would leave it below maintenance. Nobody else holds anything.
    let mut world = quiet();
    let points = 1_000;
    let mut series = Vec::new();
    let mut holders: Vec<String> = Vec::new();
    world.trader("mia", CLASSIC, TOKEN);
    for put in [false, true] {
        let strike = |place: u64| if put { 115_000 - 1_000 * place } else { 85_000 + 1_000 * place };
        let chain: Vec<_> =
            (0..MAX_SERIES as u64 / 2).map(|p| world.list_tenor(CLASSIC, BTC, put, strike(p), 30)).collect();
        let last = chain[chain.len() - 1];
        world.trade("mia", CLASSIC, &[(last, points)]).ok();
        for pair in chain.windows(2).rev() {
            let who = format!("ring {}", holders.len());
            world.trader(&who, CLASSIC, TOKEN / 10);
            world.trade(&who, CLASSIC, &[(pair[0], points), (pair[1], -points)]).ok();
            crate::attacks::withdraw_spare(&mut world, &who, CLASSIC);
            holders.push(who);
        }
        world.trade("mia", CLASSIC, &[(last, -points)]).ok();
        series.extend(chain);
    }
    world.refused(wanted(&world), EvergreenError::RegistryFull);

    // TEST: somebody gives way where marks arrive, at whatever price, and nobody else's account changes.
    let state = |world: &World, who: &str| (world.cash(who, CLASSIC), world.account(who, CLASSIC).positions);
    for price in [100_000, 97_000, 104_000, 106_000] {
        let mut world = world.clone();
        world.pass(60);
        world.set_price(BTC, price);
        refresh(&mut world);
        let before: Vec<_> = holders.iter().map(|who| (equity(&world, who), state(&world, who))).collect();
        let freed = free_a_slot(&mut world, &series, &holders);
        let (_, closed) = freed.unwrap_or_else(|| panic!("BTC {price}: nothing gives way"));
        for (who, (worth, account)) in holders.iter().zip(before) {
            if closed.contains(who) {
                let lost = worth - equity(&world, who);
                assert!(lost <= 4, "BTC {price}: {who} loses {lost} native units of {worth}");
                assert!(world.cash(who, CLASSIC) >= 0);
            } else {
                assert_eq!(state(&world, who), account, "{who}");
            }
        }
        world.send(wanted(&world)).ok();
    }
}

#[test]
fn audit_a4_commitments_hold_slots_at_the_price_of_slots() {
    // SETUP: 31 series are held for dust, and 33 by nothing but commitments beyond any price.
    let mut world = quiet();
    let strike = |place: usize| 85_000 + 1_000 * (place as u64 / 2);
    let series: Vec<_> = (0..MAX_SERIES).map(|p| world.list_tenor(CLASSIC, BTC, p % 2 == 0, strike(p), 30)).collect();
    let (held, committed) = series.split_at(31);
    let mut holders = Vec::new();
    for (number, group) in held.chunks(12).enumerate() {
        holders.push(format!("mallory {number}"));
        world.trader(&holders[number], CLASSIC, TOKEN);
        for legs in group.chunks(4) {
            world.trade(&holders[number], CLASSIC, &legs.iter().map(|id| (*id, 1)).collect::<Vec<_>>()).ok();
        }
    }
    let groups: Vec<_> = committed.chunks(4).enumerate().map(|(n, group)| (format!("committer {n}"), group)).collect();
    for (who, _) in &groups {
        world.trader(who, CLASSIC, TOKEN);
    }
    let hold = |world: &mut World| {
        for (who, group) in &groups {
            let legs: Vec<_> = group.iter().map(|id| (*id, 1)).collect();
            let commit = world.commit_within(who, CLASSIC, &legs, 1);
            world.send(commit).ok();
        }
    };
    refresh(&mut world);
    hold(&mut world);
    world.refused(wanted(&world), EvergreenError::RegistryFull);

    // TEST: dust gives way where they are held again at the moment of the notice, and 33 commitments of four seconds cost what 33 slots cost for
    // four seconds.
    let notice = |world: &World, id| world.notice_instruction(CLASSIC, id, NoticeCause::Slot);
    let given = held.iter().find(|id| world.chain.simulate(&[notice(&world, **id)]).succeeded());
    let id = *given.expect("nothing gives way");
    let moment = world.give_notice(CLASSIC, id, NoticeCause::Slot);
    let mut later = world.clone();
    later.wait_for_fill();
    for (who, _) in &groups {
        later.fill(who, CLASSIC);
    }
    later.pass(moment + 1 - later.chain.now());
    let who = holders.iter().find(|who| later.account(who, CLASSIC).find(id).is_some()).expect("its holder");
    assert_error(&later.close_for_place(who, CLASSIC, (id, NoticeCause::Slot), moment), EvergreenError::NotAtCapacity);
    hold(&mut later);
    later.close_for_place(who, CLASSIC, (id, NoticeCause::Slot), moment).ok();
    let start: i64 = groups.iter().map(|(who, _)| world.cash(who, CLASSIC)).sum();
    let aside: u64 = groups.iter().map(|(who, _)| world.account(who, CLASSIC).commitment).map(|c| c.bond + c.tip).sum();
    world.wait_for_fill();
    for (who, _) in &groups {
        world.fill(who, CLASSIC);
        assert!(!world.account(who, CLASSIC).commitment.is_open());
    }
    let paid = start + aside as i64 - groups.iter().map(|(who, _)| world.cash(who, CLASSIC)).sum::<i64>();
    let rent = world.view(CLASSIC).pool.pool_cash / 50_000 * 33 * 4 / 86_400;
    println!("33 commitments cost {paid} native units, 33 slots for four seconds {rent}");
    assert!(paid >= rent, "{paid} of {rent}");
}

#[test]
fn audit_a4_capacity_is_not_kept_for_a_fraction_of_its_price() {
    // SETUP: puts far below spot, just above a thousandth of their cap payoff, reserve 719 of 800 tokens, and what pays its rent the rest.
    let mut world = quiet();
    let far = world.list_tenor(CLASSIC, BTC, true, 53_000, 30);
    let near = world.list(CLASSIC, BTC, false, 100_000);
    for (who, cash) in [("mallory", 200), ("other", 100)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    crate::giving_way::fill_up(&mut world, "mallory", far, near);
    refresh(&mut world);
    let start = equity(&world, "mallory");
    world.pass(DAY);
    world.set_price(BTC, 100_000);
    refresh(&mut world);
    println!("a day of 719 tokens costs {} native units", start - equity(&world, "mallory"));
    let refused = world.commit_instruction("other", CLASSIC, &[(near, 4 * TENTH)]);
    world.refused(refused, EvergreenError::ReserveLimit);
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    let withdrawal = world.request("lp", CLASSIC, ShareClass::Main, shares / 2);

    // TEST: whoever pays less than the rent gives way where marks arrive, and others have the capacity.
    let moment = world.pass_notice(CLASSIC, far, NoticeCause::Capital);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    refresh(&mut world);
    let before = equity(&world, "mallory");
    world.close_for_place("mallory", CLASSIC, (far, NoticeCause::Capital), moment).ok();
    assert!(world.account("mallory", CLASSIC).is_flat());
    let lost = before - world.cash("mallory", CLASSIC);
    assert!(lost <= 2, "{lost}");
    world.trade("other", CLASSIC, &[(near, 4 * TENTH)]).ok();
    world.pass(DAY);
    world.set_price(BTC, 100_000);
    world.execute(CLASSIC, ShareClass::Main, withdrawal).ok();
    let payable = world.view(CLASSIC).withdrawals_of(ShareClass::Main).next().expect("a request").payable;
    assert!(payable > 200 * TOKEN, "{payable}");
}

#[test]
fn audit_a4_a_quarter_of_capacity_does_not_keep_all_slots() {
    // SETUP: 64 series of which each reserves 1/240 of the limit.
    let mut world = quiet();
    let mut series = Vec::new();
    for place in 0..MAX_SERIES as u64 {
        let strike = if place < 32 { 115_000 + 1_000 * place } else { 85_000 - 1_000 * (place - 32) };
        series.push(world.list_tenor(CLASSIC, BTC, place >= 32, strike, 30));
    }
    let mut holders = Vec::new();
    for (number, group) in series.chunks(12).enumerate() {
        holders.push(format!("mallory {number}"));
        world.trader(&holders[number], CLASSIC, 50 * TOKEN);
        for legs in group.chunks(4) {
            let legs = legs.iter().map(|id| (*id, crate::giving_way::points_locking(&world, *id, 800 * TOKEN / 240)));
            let legs: Vec<_> = legs.collect();
            world.trade(&holders[number], CLASSIC, &legs).ok();
        }
    }

    // TEST
    world.refused(wanted(&world), EvergreenError::RegistryFull);
    let worth: i64 = holders.iter().map(|who| equity(&world, who)).sum();
    assert!(free_a_slot(&mut world, &series, &holders).is_some(), "nothing gives way");
    let lost = worth - holders.iter().map(|who| equity(&world, who)).sum::<i64>();
    assert!(lost < TOKEN as i64 / 10, "{lost}");
    world.send(wanted(&world)).ok();
}
