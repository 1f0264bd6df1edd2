//! A writer whose cover is closed for a place is liquidated no sooner than with it.

use super::{hedges::liquidate_all, scene::*};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::evergreen::state::{NoticeCause, SeriesId};
use evergreen_tests::{BTC, CLASSIC, World, world::TENTH};

/// Alice has written calls on half a BTC and holds as many further out of the money. Others take what is left of the pool's capital. Returns what she has written and what she holds.
fn covered() -> (World, SeriesId, SeriesId) {
    let holders = ["holly", "hugo", "hana", "hank", "hedy", "hope"];
    let mut people = vec![("alice", 300), ("mallory", 5)];
    people.extend(holders.map(|who| (who, 400)));
    let mut world = world(1_000, &people);
    world.checked = false;
    let near = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    let far = world.list_tenor(CLASSIC, BTC, false, 118_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 7);
    world.trade("holly", CLASSIC, &[(near, 10 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(far, 5 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(near, -5 * TENTH)]).ok();
    for hour in 0..40 {
        if world.view(CLASSIC).pool.is_at_capacity().expect("a limit") {
            break;
        }
        quiet(&mut world, 100_000.0, 2);
        for tenths in [10, 4, 1] {
            for id in [put, near] {
                world.trade(holders[hour % holders.len()], CLASSIC, &[(id, tenths * TENTH)]);
            }
        }
    }
    assert!(world.view(CLASSIC).pool.is_at_capacity().expect("a limit"));
    (world, near, far)
}

/// Mallory gives notice of the calls that cover her, and closes them. Returns why not.
fn bare(world: &mut World, far: SeriesId) -> Option<String> {
    let moment = world.pass_notice(CLASSIC, far, NoticeCause::Capital);
    for sample in world.due_samples() {
        world.send(sample);
    }
    world.close_for_place("alice", CLASSIC, (far, NoticeCause::Capital), moment).failure
}

/// Alice has withdrawn what she may. A stranger has the calls closed for their place that cover what she has written; BTC then rises. Nobody pays a penalty because they were closed for a place: where she would have been healthy with her cover, she is
/// not liquidated without it.
#[test]
fn held_a_writer_whose_cover_is_closed_for_a_place_is_liquidated_no_sooner() {
    let (mut world, near, far) = covered();
    withdraw_spare(&mut world, "alice");
    let mut alone = world.clone();
    let show = |world: &World, what: &str| {
        println!(
            "{what}: initial health {:.3}, maintenance {:.3}, equity {:.3}",
            tokens(health(world, "alice", HealthLevel::Initial)),
            tokens(health(world, "alice", HealthLevel::Maintenance)),
            equity(world, "alice")
        );
    };
    show(&world, "covered");
    println!("closed: {:?}", bare(&mut world, far));
    show(&world, "bared");
    let (key, to) = (world.account_key("alice", CLASSIC), world.account_key("mallory", CLASSIC));
    let had = world.cash("mallory", CLASSIC);
    let mut paid = 0;
    for dollars in (1..=60).map(|step| f64::from(step) * 100.0 + 100_000.0) {
        step(&mut world, dollars);
        step(&mut alone, dollars);
        let [bared, covered] = [&mut world, &mut alone].map(|world| liquidate_all(world, near, key, to).is_none());
        println!(
            "  at {dollars}: liquidated {bared}, covered {covered}, mallory {}",
            world.cash("mallory", CLASSIC) - had
        );
        if covered {
            break;
        }
        paid = world.cash("mallory", CLASSIC) - had;
    }
    assert_eq!(paid, 0, "she has paid a penalty because her cover was closed");
}
