use super::*;
use proptest::prelude::*;

const DAY: i64 = 86_400;
const START: i64 = 1_000 * DAY;
const GUARDIAN: Pubkey = Pubkey::new_from_array([1; 32]);
const ADMIN: Pubkey = Pubkey::new_from_array([2; 32]);
const STRANGER: Pubkey = Pubkey::new_from_array([3; 32]);

const ACTIONS: [Action; PAUSABLE_ACTIONS] = [
    Action::AddRisk,
    Action::ReduceRisk,
    Action::DepositMargin,
    Action::WithdrawMargin,
    Action::DepositLiquidity,
    Action::WithdrawLiquidity,
    Action::Liquidate,
    Action::Exercise,
    Action::List,
    Action::SampleVolatility,
];

fn protocol() -> Protocol {
    let version = crate::state::LAYOUT_VERSION;
    Protocol { version, guardian: GUARDIAN, admin: ADMIN, ..bytemuck::Zeroable::zeroed() }
}

fn pause(protocol: &mut Protocol, action: Action, seconds: u32, now: i64) -> Result<PauseState> {
    protocol.pause(action, seconds, &GUARDIAN, now)
}

#[test]
fn a_pause_ends_by_itself() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::AddRisk, 3_600, START).unwrap();
    assert!(protocol.check_running(Action::AddRisk, START).is_err());
    assert!(protocol.check_running(Action::AddRisk, START + 3_599).is_err());
    assert!(protocol.check_running(Action::AddRisk, START + 3_600).is_ok());
    assert!(protocol.check_running(Action::ReduceRisk, START).is_ok());
}

#[test]
fn a_pause_can_be_ended_early_but_never_lengthened_by_that() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::List, 3_600, START).unwrap();
    pause(&mut protocol, Action::List, 0, START + 10).unwrap();
    assert!(protocol.check_running(Action::List, START + 10).is_ok());
    pause(&mut protocol, Action::List, 0, START + 9_999).unwrap();
    assert!(protocol.check_running(Action::List, START + 10).is_ok());
}

#[test]
fn pauses_have_a_longest() {
    let mut protocol = protocol();
    assert!(pause(&mut protocol, Action::AddRisk, 7 * 86_400 + 1, START).is_err());
    assert!(pause(&mut protocol, Action::AddRisk, 7 * 86_400, START).is_ok());
    assert!(pause(&mut protocol, Action::WithdrawMargin, 86_401, START).is_err());
    assert!(pause(&mut protocol, Action::WithdrawMargin, 86_400, START).is_ok());
}

/// What somebody tries at some time: hours waited before, action, seconds, who.
type Attempt = (i64, usize, u32, bool);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let hours = prop_oneof![3 => 0i64..=3, 1 => 20i64..=30, 1 => 140i64..=170];
    let seconds = prop_oneof![Just(0u32), Just(86_400), 1u32..86_400, 1u32..700_000];
    prop::collection::vec((hours, 0usize..PAUSABLE_ACTIONS, seconds, any::<bool>()), 1..120)
}

proptest! {
    /// Hour by hour: in every window of seven days, the hours in which any exit is paused.
    #[test]
    fn no_seven_days_hold_more_than_a_day_of_paused_exits(attempts in attempts()) {
        let mut protocol = protocol();
        let mut paused = vec![];
        let mut now = START;
        for (hours, action, seconds, admin) in attempts {
            for _ in 0..hours {
                let any = ACTIONS.iter().any(|a| a.is_exit() && protocol.check_running(*a, now).is_err());
                paused.push(any);
                now += 3_600;
            }
            let before = protocol;
            if protocol.pause(ACTIONS[action], seconds, if admin { &ADMIN } else { &GUARDIAN }, now).is_err() {
                prop_assert_eq!(bytemuck::bytes_of(&before), bytemuck::bytes_of(&protocol));
            }
            prop_assert!(protocol.pauses.iter().all(|pause| pause.until <= now + 7 * DAY));
        }
        for window in paused.windows(7 * 24) {
            // A pause may begin and end within an hour: one of each at both ends of the window.
            prop_assert!(window.iter().filter(|p| **p).count() <= 25);
        }
    }
}

#[test]
fn exits_are_paused_together_or_not_at_all() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::ReduceRisk, 86_400, START).unwrap();
    // Twelve hours later another exit: only until the first one's day is over.
    assert!(pause(&mut protocol, Action::WithdrawMargin, 43_201, START + DAY / 2).is_err());
    assert!(pause(&mut protocol, Action::WithdrawMargin, 43_200, START + DAY / 2).is_ok());
    assert!(pause(&mut protocol, Action::Exercise, 1, START + DAY).is_err());
    assert!(pause(&mut protocol, Action::Exercise, 1, START + 7 * DAY - 1).is_err());
    assert!(pause(&mut protocol, Action::Exercise, 1, START + 7 * DAY).is_ok());
    // This one was paused less than seven days ago.
    assert!(pause(&mut protocol, Action::WithdrawMargin, 1, START + 7 * DAY).is_err());
}

#[test]
fn ending_an_exit_pause_early_does_not_allow_another() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::WithdrawMargin, 86_400, START).unwrap();
    pause(&mut protocol, Action::WithdrawMargin, 0, START + 3_600).unwrap();
    assert!(pause(&mut protocol, Action::WithdrawMargin, 86_400, START + 2 * DAY).is_err());
    assert!(pause(&mut protocol, Action::WithdrawMargin, 86_400, START + 7 * DAY).is_ok());
}

#[test]
fn the_admin_ends_only_its_own_pause() {
    let mut protocol = protocol();
    let action = Action::AddRisk;
    assert!(protocol.pause(action, 60, &STRANGER, START).is_err());
    protocol.pause(action, 3_600, &GUARDIAN, START).unwrap();
    assert!(protocol.pause(action, 0, &ADMIN, START + 1).is_err());
    // Neither does a shorter pause in its place, nor a renewal that makes it its own.
    protocol.pause(action, 1, &ADMIN, START + 1).unwrap();
    assert!(protocol.check_running(action, START + 3_599).is_err());
    protocol.pause(action, 7_200, &ADMIN, START + 1).unwrap();
    assert!(protocol.pause(action, 0, &ADMIN, START + 2).is_err());
    protocol.pause(action, 0, &GUARDIAN, START + 2).unwrap();
    assert!(protocol.check_running(action, START + 2).is_ok());
    // Its own, until the guardian takes it over.
    protocol.pause(action, 3_600, &ADMIN, START + DAY).unwrap();
    protocol.pause(action, 0, &ADMIN, START + DAY + 1).unwrap();
    assert!(protocol.check_running(action, START + DAY + 1).is_ok());
    protocol.pause(action, 3_600, &ADMIN, START + 2 * DAY).unwrap();
    protocol.pause(action, 3_600, &GUARDIAN, START + 2 * DAY).unwrap();
    assert!(protocol.pause(action, 0, &ADMIN, START + 2 * DAY).is_err());
    // Another action's pause is not meant.
    protocol.pause(Action::List, 3_600, &ADMIN, START + 2 * DAY).unwrap();
    protocol.pause(Action::List, 0, &ADMIN, START + 2 * DAY).unwrap();
    assert!(protocol.check_running(action, START + 2 * DAY).is_err());
}

#[test]
fn every_action_has_its_place() {
    for (place, action) in ACTIONS.iter().enumerate() {
        assert_eq!(*action as usize, place);
    }
}
