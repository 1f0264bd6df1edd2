//! Pauses: nobody can pause exits for long, and only the guardian ends its own pauses.

use super::TENTH;
use evergreen_sdk::{
    events::Event,
    evergreen::{errors::EvergreenError, state::Action},
    failure::Refusal,
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, HOUR, World, assert_error, chain::actor, random::Random, world::TOKEN};

const EXITS: [Action; 5] =
    [Action::ReduceRisk, Action::DepositMargin, Action::WithdrawMargin, Action::WithdrawLiquidity, Action::Settle];

/// Guardian and admin pause exits at random for two months.
#[test]
fn a67_exits_are_paused_for_a_day_in_seven_at_most() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 20 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let mut random = Random(67);
    let mut shut = Vec::new();
    let (mut accepted, mut refused) = (0, 0);

    // TEST: every step is an hour, so that pauses of whole hours are counted exactly.
    for hour in 0..24 * 60 {
        for _ in 0..random.range(0, 2) {
            let (who, action) = (*random.pick(&["guardian", "admin"]), *random.pick(&EXITS));
            let seconds = *random.pick(&[0, 3_600, 12 * 3_600, 86_400, 86_400, 7 * 86_400]);
            let outcome = world.chain.send(&[build::set_pause(actor(who), action, seconds)]);
            match outcome.code {
                None => accepted += u32::from(seconds > 0),
                Some(code) => {
                    refused += 1;
                    let errors = [EvergreenError::PauseTooLong, EvergreenError::Unauthorized].map(u32::from);
                    assert!(errors.contains(&code), "{:?}", outcome.failure);
                }
            }
        }
        let (protocol, now) = (world.protocol(), world.chain.now());
        let paused = |action: &Action| match protocol.check_running(*action, now) {
            Ok(()) => false,
            Err(error) => {
                let refusal = Refusal::from_error(&error);
                assert!(refusal.is("Paused"), "{refusal}");
                true
            }
        };
        shut.push(EXITS.iter().any(paused));
        // The instruction is refused exactly while the protocol's account says that it is paused.
        if hour % 7 == 0 {
            let withdraw = build::withdraw_margin(
                actor("alice"),
                &world.pools[CLASSIC],
                world.account_key("alice", CLASSIC),
                1,
                &world.markets(),
            );
            let outcome = world.chain.simulate(&[withdraw]);
            let error = paused(&Action::WithdrawMargin).then_some(u32::from(EvergreenError::Paused));
            assert_eq!(outcome.code, error, "{}", outcome.log());
        }
        world.pass(HOUR);
    }
    assert!(accepted > 8 && refused > 100, "{accepted} pauses were accepted, {refused} were refused");
    for week in shut.windows(7 * 24) {
        assert!(week.iter().filter(|paused| **paused).count() <= 24);
    }
}

#[test]
fn a67_the_admin_does_not_end_a_pause_of_the_guardian() {
    let mut world = World::flat();
    let pause = |who, seconds| build::set_pause(actor(who), Action::List, seconds);
    let until = |world: &World| world.protocol().pauses[Action::List as usize].until;
    let start = world.chain.now();
    world.send(pause("guardian", 3_600)).ok();
    world.refused(pause("admin", 0), EvergreenError::Unauthorized);
    world.refused(pause("mallory", 0), EvergreenError::Unauthorized);
    // A shorter pause by the admin does not shorten the guardian's, and a longer one cannot be ended by the admin.
    world.send(pause("admin", 1)).ok();
    assert_eq!(until(&world), start + 3_600);
    world.send(pause("admin", 7_200)).ok();
    assert_eq!(until(&world), start + 7_200);
    world.chain.pass(1);
    world.refused(pause("admin", 0), EvergreenError::Unauthorized);
    let ended = world.send(pause("guardian", 0)).ok();
    let found = ended.event(|event| match event {
        Event::PauseChanged(e) => Some((e.until, e.by)),
        _ => None,
    });
    assert_eq!(found, (start + 1, actor("guardian")));
    // The admin may end its own pause.
    world.send(pause("admin", 3_600)).ok();
    world.chain.pass(1);
    world.send(pause("admin", 0)).ok();
    assert_eq!(until(&world), start + 2);
}

/// Pauses of other actions than exits may be renewed; each ends at most 7 days later and emits an event.
#[test]
fn a67_no_pause_reaches_further_than_seven_days() {
    let mut world = World::flat();
    for _ in 0..10 {
        let now = world.chain.now();
        let renewed = world.send(build::set_pause(actor("guardian"), Action::AddRisk, 7 * 86_400)).ok();
        let found = renewed.event(|event| match event {
            Event::PauseChanged(e) => Some((e.since, e.until)),
            _ => None,
        });
        assert_eq!(found, (now, now + 7 * DAY));
        world.pass(3 * DAY);
    }
    world.pass(4 * DAY);
    world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, TOKEN);
    let call = world.view(CLASSIC).series().next().expect("one").0;
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 1_000)]);
    world.send(commit).ok();
}

/// The guardian tries to pause one exit after the other, each for a day.
#[test]
fn a67_exits_cannot_be_paused_one_after_the_other() {
    let mut world = World::flat();
    let pause = |world: &mut World, action, seconds| world.send(build::set_pause(actor("guardian"), action, seconds));
    pause(&mut world, Action::ReduceRisk, 86_400).ok();
    world.pass(12 * HOUR);
    assert_error(&pause(&mut world, Action::WithdrawMargin, 86_400), EvergreenError::PauseTooLong);
    pause(&mut world, Action::WithdrawMargin, 43_200).ok();
    world.pass(12 * HOUR);
    for action in EXITS {
        assert_error(&pause(&mut world, action, 1), EvergreenError::PauseTooLong);
    }
    // No exit can be paused for six days.
    world.trader("alice", CLASSIC, TOKEN);
    world.pass(6 * DAY - 1);
    assert_error(&pause(&mut world, Action::DepositMargin, 1), EvergreenError::PauseTooLong);
    world.withdraw("alice", CLASSIC, TOKEN).ok();
    world.pass(1);
    pause(&mut world, Action::DepositMargin, 86_400).ok();
}
