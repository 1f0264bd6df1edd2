//! Notices go to all whom others that pay less do not free enough for, so a few points shield nobody. Before, one went to whoever paid the smallest part of their rent, whatever they
//! reserved: two positions of a thousand points, opened again after each closing, kept 793 of 800 tokens from notice for 0.002 tokens a day.

use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, PoolParams, SeriesId, ShareClass},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Setup, World, assert_error,
    world::{TENTH, TOKEN},
};

const CAPITAL: NoticeCause = NoticeCause::Capital;

/// The series that can be given notice of for their capital, as the program says; a client says the same.
fn can_be_noticed(world: &World) -> Vec<SeriesId> {
    let view = world.client_view(CLASSIC);
    let all = (0..64u8).map(|slot| SeriesId { slot, generation: view.registry.series[usize::from(slot)].generation });
    let gives_way =
        |id: &SeriesId| world.chain.simulate(&[world.notice_instruction(CLASSIC, *id, CAPITAL)]).succeeded();
    let told: Vec<_> = all.filter(gives_way).collect();
    let quoted = view.notices_to_give().into_iter().filter(|(_, cause)| *cause == CAPITAL).map(|(id, _)| id);
    assert_eq!(quoted.collect::<Vec<_>>(), told, "a client says the same");
    told
}

/// Lets so many seconds pass, with a sample of each half-hour at the present prices.
fn pass(world: &mut World, seconds: i64) {
    let until = world.chain.now() + seconds;
    while world.chain.now() < until {
        let next = (world.chain.now() / 1_800 + 1) * 1_800 + 1;
        world.pass(next.min(until) - world.chain.now());
        for sample in world.due_samples() {
            world.chain.send(&[sample]).ok();
        }
    }
    for market in [BTC, ETH] {
        world.edit_price(market, |_| {});
    }
}

/// A pool of whose capital mallory holds nearly all in calls of next to nothing, and two of her accounts a thousand points each that pay still less; and what others want.
fn full() -> (World, SeriesId, [SeriesId; 2], SeriesId) {
    let mut world =
        World::new(Setup { pool: PoolParams { growth_limit_bps: 10_000, ..presets::pool_params() }, ..Setup::slow() });
    world.round_trip_every = u32::MAX;
    let hog = world.list_tenor(CLASSIC, BTC, false, 128_000, 1);
    let decoys = [140_000, 149_000].map(|strike| world.list_tenor(CLASSIC, BTC, false, strike, 1));
    let wanted = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trader("mallory", CLASSIC, 20 * TOKEN);
    world.trader("trader", CLASSIC, 100 * TOKEN);
    world.trader("crowd", CLASSIC, 100 * TOKEN);
    pass(&mut world, 4 * 3_600);
    for (number, decoy) in decoys.iter().enumerate() {
        let who = format!("decoy {number}");
        world.trader(&who, CLASSIC, TOKEN / 10);
        world.trade(&who, CLASSIC, &[(*decoy, 1_000)]).ok();
    }
    // Each hour sells a quarter of the capital: she takes what she can.
    for _ in 0..120 {
        let pool = world.view(CLASSIC).pool;
        let part = i128::from(pool.reserved_collateral) * 1_000 / i128::from(pool.pool_cash);
        // The last tenth of the limit is for options that pay for it.
        let (who, leg) = match part {
            ..700 => ("mallory", (hog, 6 * TENTH)),
            700..790 => ("crowd", (wanted, TENTH)),
            _ => break,
        };
        if !world.trade(who, CLASSIC, &[leg]).succeeded() {
            pass(&mut world, 900);
        }
    }
    let pool = world.view(CLASSIC).pool;
    let missing = pool.missing_capital().expect("a limit").0;
    println!("{} of {} are reserved, {missing} too much", pool.reserved_collateral, pool.pool_cash);
    assert!(missing > TOKEN);
    (world, hog, decoys, wanted)
}

#[test]
fn audit_shields_a_few_points_keep_no_capital_from_notice() {
    let (mut world, hog, decoys, wanted) = full();
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    let withdrawal = world.request("lp", CLASSIC, ShareClass::Main, shares / 2);
    pass(&mut world, 1_800);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();

    // TEST: the points come before it and free next to nothing, so it is given notice with them.
    assert_eq!(can_be_noticed(&world), [hog, decoys[0], decoys[1]]);
    let buy = [(wanted, 2 * TENTH)];
    assert_error(&world.trade("trader", CLASSIC, &buy), EvergreenError::ReserveLimit);
    let moment = world.give_notice(CLASSIC, hog, CAPITAL);
    for decoy in decoys {
        assert_eq!(world.give_notice(CLASSIC, decoy, CAPITAL), moment);
    }
    let wait = moment + 1 - world.chain.now();
    pass(&mut world, wait);
    // The points are closed: nothing is free by that, and she has to give way. They are not opened again.
    world.close_for_place("decoy 0", CLASSIC, (decoys[0], CAPITAL), moment).ok();
    let again = world.commit_instruction("decoy 0", CLASSIC, &[(decoys[0], 1_000)]);
    world.refused(again, EvergreenError::RentTooLow);
    world.close_for_place("mallory", CLASSIC, (hog, CAPITAL), moment).ok();
    // Nothing is missing any more, so nobody else is closed.
    let refused = world.close_for_place("decoy 1", CLASSIC, (decoys[1], CAPITAL), moment);
    assert_error(&refused, EvergreenError::NotAtCapacity);
    assert_eq!(can_be_noticed(&world), []);
    world.trade("trader", CLASSIC, &buy).ok();
    // Half of the liquidity leaves, as far as a day allows.
    let cooldown = world.view(CLASSIC).pool.cooldown(ShareClass::Main);
    pass(&mut world, cooldown);
    world.execute(CLASSIC, ShareClass::Main, withdrawal).ok();
    let paid = world.view(CLASSIC).pool.withdrawals_due;
    println!("{paid} are paid to who leaves");
    assert!(paid > 200 * TOKEN, "{paid} of 500 tokens");
}

/// What comes before a series makes as much missing as it frees, so it delays its notice never, however much it is. What would be enough without it is not closed for it.
#[test]
fn audit_shields_who_is_enough_gives_way_alone() {
    let (mut world, hog, decoys, wanted) = full();
    // Somebody who pays more than she does, and less than the rent.
    let dearer = world.list_tenor(CLASSIC, BTC, false, 110_000, 1);
    let held = world.view(CLASSIC).held(&world.account_key("crowd", CLASSIC), wanted);
    world.trade("crowd", CLASSIC, &[(wanted, -held)]).ok();
    world.trade("mallory", CLASSIC, &[(hog, -40 * TENTH)]).ok();
    pass(&mut world, 3_600);
    world.trade("trader", CLASSIC, &[(dearer, 30 * TENTH)]).ok();
    while world.trade("mallory", CLASSIC, &[(hog, TENTH)]).succeeded() {}
    for _ in 0..3 {
        while world.trade("crowd", CLASSIC, &[(wanted, TENTH)]).succeeded() {}
        pass(&mut world, 3_600);
    }
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    let view = world.view(CLASSIC);
    let part = |id: SeriesId| view.registry.series[usize::from(id.slot)].time_value;
    println!("{} and {} of 2^32 a day", part(hog), part(dearer));
    assert!(part(hog) < part(dearer) && part(dearer) < u32::MAX / 5_000, "both pay less than a thousandth of a fifth");
    assert_eq!(can_be_noticed(&world), [hog, decoys[0], decoys[1]], "what she holds is enough");
}

/// The last tenth of the limit is for what pays its rent. Before, whoever was closed for a place, or sold themselves, took it again at once, and kept others out as long as they were the first each time.
#[test]
fn audit_shields_a_place_that_is_free_is_taken_again_only_by_who_pays() {
    let (mut world, hog, _, wanted) = full();
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    world.trade("mallory", CLASSIC, &[(hog, -2 * TENTH)]).ok();
    assert!(world.view(CLASSIC).pool.is_at_capacity().expect("a limit"), "what she has sold leaves capital missing");

    // TEST: not in the same series, nor in one that is listed for it, in the same transaction or before; a client says so, too.
    let again = world.commit_instruction("mallory", CLASSIC, &[(hog, TENTH)]);
    world.refused(again, EvergreenError::RentTooLow);
    let cheap = world.list_tenor(CLASSIC, BTC, false, 145_000, 1);
    let again = world.commit_instruction("mallory", CLASSIC, &[(cheap, TENTH)]);
    world.refused(again, EvergreenError::RentTooLow);
    let view = world.client_view(CLASSIC);
    let account = world.account("mallory", CLASSIC);
    let quoted = |id: SeriesId| view.trade(&account, &[Leg { series: id, points: TENTH }]).err().map(|e| e.to_string());
    for id in [hog, cheap] {
        let refused = quoted(id).expect("a client refuses it");
        assert!(refused.contains("at capacity"), "{refused}");
    }
    assert_eq!(quoted(wanted), None);
    // Beside a leg that pays, one that does not is refused as well, and what it writes pays no rent.
    let both = world.commit_instruction("mallory", CLASSIC, &[(wanted, TENTH), (hog, TENTH)]);
    world.refused(both, EvergreenError::RentTooLow);
    world.trade("mallory", CLASSIC, &[(hog, -TENTH), (wanted, TENTH)]).ok();
    // What is listed at its price pays from its listing on, and reserves may grow again after a while.
    pass(&mut world, 1_800);
    let fresh = world.list_tenor(CLASSIC, BTC, false, 101_000, 7);
    world.trade("trader", CLASSIC, &[(fresh, TENTH)]).ok();
}
