//! Who has written what nobody holds, in a pool that cannot pay them.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::state::{NoticeCause, OrderTerms, SeriesId, Trigger},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    outcome::Outcome,
    trading,
    world::{DOLLAR, TENTH, TOKEN},
};

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    println!(
        "{what}: pool cash {:.3}, reserved {:.3}; mallory has {:.2} and is owed {:.2}, ben {:.2} and {:.2}, alice has {:.2} and owes {:.2}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        tokens(world.cash("mallory", CLASSIC)),
        -owed(world, "mallory"),
        tokens(world.cash("ben", CLASSIC)),
        -owed(world, "ben"),
        tokens(world.cash("alice", CLASSIC)),
        owed(world, "alice"),
    );
}

/// Alice holds and ben has written calls of a week. Mallory has written straddles of a day that holly held, who has left, and the provider leaves as far as it may.
fn scene(days: usize) -> (World, [SeriesId; 2], SeriesId) {
    let mut world = world(1_000, &[("holly", 500), ("mallory", 400), ("alice", 400), ("ben", 400), ("keeper", 10)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("alice", CLASSIC, &[(far, 4 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("ben", CLASSIC, &[(far, -4 * TENTH)]).ok();
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &legs(both, -5)).ok();
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    leave(&mut world, days, |world, day| {
        for who in ["alice", "ben"] {
            collect(world, who);
        }
        if day < 14 {
            collect(world, "mallory");
        }
    });
    (world, both, far)
}

fn deleverage(world: &mut World, both: [SeriesId; 2]) -> [Outcome; 2] {
    let moment = world.chain.now() + evergreen_sdk::evergreen::state::Notices::PERIOD;
    for id in both {
        world.give_notice(CLASSIC, id, NoticeCause::Excess);
    }
    world.pass_to(1);
    while world.chain.now() <= moment {
        world.pass(moment + 1 - world.chain.now());
    }
    for sample in world.due_samples() {
        world.send(sample);
    }
    both.map(|id| world.deleverage("mallory", CLASSIC, id, 5 * TENTH, moment))
}

/// An excess is closed after notice by anyone, whatever its writer is owed that nobody can pay: otherwise it takes what others pay for what is held, for good.
#[test]
fn audit_excess_an_excess_is_closed_whatever_its_writer_is_owed() {
    let mut failed = Vec::new();
    for days in [16, 24, 40] {
        let (mut world, both, _) = scene(days);
        show(&world, &format!("{days} days"));
        let mut fork = world.clone();
        let done = deleverage(&mut fork, both);
        println!("  closed as an excess: {:?}", done.map(|done| done.failure));
        let mut fork = world.clone();
        println!("  after she is set off: {:?}", collect(&mut fork, "mallory").failure);
        show(&fork, "  ");
        let done = deleverage(&mut fork, both);
        println!("  closed then: {:?}", done.clone().map(|done| done.failure));
        failed.extend(done.into_iter().filter(|done| !done.succeeded()).map(|done| (days, done.failure)));
        // What alice pays from now on.
        let before = ["mallory", "ben"].map(|who| world.cash(who, CLASSIC));
        let mut paid = 0;
        for _ in 0..20 {
            quiet(&mut world, 100_000.0, 48);
            let had = world.cash("alice", CLASSIC);
            collect(&mut world, "alice");
            paid += had - world.cash("alice", CLASSIC);
            collect(&mut world, "mallory");
            collect(&mut world, "ben");
        }
        let got = ["mallory", "ben"].map(|who| world.cash(who, CLASSIC));
        println!(
            "  twenty days later: alice has paid {:.2}, mallory was paid {:.2}, ben {:.2}",
            tokens(paid),
            tokens(got[0] - before[0]),
            tokens(got[1] - before[1])
        );
        show(&world, "  ");
        let done = world.withdraw("ben", CLASSIC, 1);
        println!("  ben withdraws: {:?}, cut {:.2}", done.failure, cut_of(&done));
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// Ben, whose calls alice holds, has a stop that buys them back. Mallory has been settled before them for a day, so the pool owes them 0.2 tokens that it has not. A keeper commits their stop when it is due; otherwise they are
/// liquidated far above it.
#[test]
fn audit_excess_a_stop_of_a_writer_whom_the_pool_cannot_pay_is_committed() {
    let (mut world, _, far) = scene(24);
    collect(&mut world, "mallory");
    let spare = health(&world, "ben", HealthLevel::Initial).min(health(&world, "ben", HealthLevel::Maintenance));
    world.withdraw("ben", CLASSIC, spare as u64 - 4 * TOKEN).ok();
    let (keys, payer, ben) = (world.pools[CLASSIC], world.chain.payer, world.account_key("ben", CLASSIC));
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(far, 4 * TENTH)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 102_000 * DOLLAR as u64 }),
        reduce_only: true,
        expires_at: world.chain.now() + 30 * 86_400,
        tip: 0,
    };
    let number = world.account("ben", CLASSIC).next_order;
    let place = build::place_order(payer, actor("ben"), &keys, ben, number, terms, &world.markets());
    world.send(place).ok();
    quiet(&mut world, 100_000.0, 48);
    for who in ["alice", "mallory"] {
        collect(&mut world, who);
    }
    show(&world, "placed");
    step(&mut world, 102_100.0);
    let by = world.account_key("keeper", CLASSIC);
    let commit = |world: &mut World| {
        // Whoever commits it collects before, and settles ben as far as the pool may pay.
        for who in ["alice", "ben"] {
            println!("    settles {who}: {:?}", collect(world, who).failure);
        }
        world.send(build::commit_order(actor("keeper"), &keys, ben, number, payer, Some(by), &world.market(BTC)))
    };
    let done = commit(&mut world);
    println!("a keeper commits at 102,100: {:?}", done.failure);
    // Their own way: they sign, and are cut.
    let mut signed = world.clone();
    let cash = signed.cash("ben", CLASSIC);
    signed.send(build::settle_for_less(actor("ben"), &keys, ben)).ok();
    let by_ben = signed.trade("ben", CLASSIC, &[(far, 4 * TENTH)]);
    println!("by themselves {:?}: {:+.2}", by_ben.failure, tokens(signed.cash("ben", CLASSIC) - cash));
    let mut dollars = 102_100.0;
    while health(&world, "ben", HealthLevel::Maintenance) >= 0 && !done.succeeded() {
        dollars *= 1.004;
        step(&mut world, dollars);
        let again = commit(&mut world);
        println!(
            "  {dollars:.0}: health {:.2}, commits {:?}",
            tokens(health(&world, "ben", HealthLevel::Maintenance)),
            again.failure
        );
        if again.succeeded() {
            break;
        }
    }
    let (worth, cash) = (equity(&world, "ben"), world.cash("ben", CLASSIC));
    let legs = vec![evergreen_sdk::evergreen::Leg { series: far, points: 4 * TENTH }];
    let liquidation = build::liquidate(actor("keeper"), &keys, ben, by, legs, &world.market(BTC));
    println!(
        "liquidated at {dollars:.0}: {:?}, worth {worth:.2} -> {:.2}, cash {:+.2}",
        world.send(liquidation).failure,
        equity(&world, "ben"),
        tokens(world.cash("ben", CLASSIC) - cash)
    );
    println!("by themselves they have {:.2}, liquidated {:.2}", equity(&signed, "ben"), equity(&world, "ben"));
    assert!(done.succeeded(), "{:?}", done.failure);
}

/// Ben is owed what alice pays from now on, if nobody is settled before them. Their delegate, who may trade and never withdraw, gives up all of it by one signature.
#[test]
fn audit_excess_a_delegate_gives_up_nothing_that_is_owed() {
    let (mut world, _, _) = scene(24);
    for _ in 0..10 {
        quiet(&mut world, 100_000.0, 48);
        for who in ["alice", "mallory"] {
            collect(&mut world, who);
        }
    }
    let (keys, ben) = (world.pools[CLASSIC], world.account_key("ben", CLASSIC));
    let appoint = build::set_delegate(actor("ben"), ben, Some(actor("dave")), u64::MAX);
    world.send(appoint).ok();
    touch(&mut world);
    let before = equity(&world, "ben");
    let done = world.send(build::settle_for_less(actor("dave"), &keys, ben));
    println!(
        "ben was worth {before:.3}; their delegate settles for less: {:?}, cut {:.3}; ben is worth {:.3}",
        done.failure,
        cut_of(&done),
        equity(&world, "ben")
    );
    assert!(equity(&world, "ben") > before - 0.001, "a delegate gives up {:.3}", before - equity(&world, "ben"));
}
