use super::*;
use crate::{errors::EvergreenError, types::DAY};
use anchor_lang::error::ComparedValues;
use proptest::prelude::*;

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
    Action::Settle,
    Action::List,
];

fn protocol() -> Protocol {
    let version = crate::state::LAYOUT_VERSION;
    Protocol { version, guardian: GUARDIAN, admin: ADMIN, ..bytemuck::Zeroable::zeroed() }
}

fn pause(protocol: &mut Protocol, action: Action, seconds: u32, now: i64) -> Result<PauseState> {
    protocol.pause(action, seconds, &GUARDIAN, now)
}

/// Returns the number of the error, if the result is one.
fn code<T>(result: &Result<T>) -> Option<u32> {
    match result {
        Err(Error::AnchorError(error)) => Some(error.error_code_number),
        _ => None,
    }
}

/// Asserts that the result is this error with this text in its log.
#[track_caller]
fn refused<T>(result: Result<T>, error: EvergreenError, words: &str) {
    assert_eq!(code(&result), Some(error.into()));
    let Err(Error::AnchorError(found)) = result else { return };
    let said = match found.compared_values {
        Some(ComparedValues::Values((said, _))) => said,
        _ => String::new(),
    };
    assert_eq!(said, words);
}

/// Returns the log of a pause of an exit that would end after the span of 24 hours.
fn late(end: i64, last: i64, next: i64) -> String {
    format!("pause until {end}, exits at most until {last}, again from {next}")
}

/// Returns the log of a second pause of an exit within seven days.
fn again(next: i64, now: i64) -> String {
    format!("this exit can be paused again from {next}, now {now}")
}

/// Returns whether an action is paused; panics at any other error.
fn is_paused(protocol: &Protocol, action: Action, now: i64) -> bool {
    let running = protocol.check_running(action, now);
    let paused = code(&running) == Some(EvergreenError::Paused.into());
    assert!(paused || running.is_ok(), "{running:?}");
    paused
}

#[test]
fn a_pause_ends_by_itself() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::AddRisk, 3_600, START).unwrap();
    let words = format!("AddRisk is paused until {}, now {START}", START + 3_600);
    refused(protocol.check_running(Action::AddRisk, START), EvergreenError::Paused, &words);
    assert!(is_paused(&protocol, Action::AddRisk, START + 3_599));
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
fn a_pause_has_a_greatest_length() {
    let mut protocol = protocol();
    refused(
        pause(&mut protocol, Action::AddRisk, 7 * 86_400 + 1, START),
        EvergreenError::PauseTooLong,
        "pause of 604801 s",
    );
    assert!(pause(&mut protocol, Action::AddRisk, 7 * 86_400, START).is_ok());
    refused(
        pause(&mut protocol, Action::WithdrawMargin, 86_401, START),
        EvergreenError::PauseTooLong,
        &late(START + 86_401, START + DAY, 7 * DAY),
    );
    assert!(pause(&mut protocol, Action::WithdrawMargin, 86_400, START).is_ok());
}

/// An attempt to pause: hours waited before it, action, seconds, and whether the admin signs.
type Attempt = (i64, usize, u32, bool);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let hours = prop_oneof![3 => 0i64..=3, 1 => 20i64..=30, 1 => 140i64..=170];
    let seconds = prop_oneof![Just(0u32), Just(86_400), 1u32..86_400, 1u32..700_000];
    prop::collection::vec((hours, 0usize..PAUSABLE_ACTIONS, seconds, any::<bool>()), 1..120)
}

proptest! {
    /// The test counts, in every window of seven days, the hours at whose beginning any exit is paused.
    #[test]
    fn no_seven_days_hold_more_than_a_day_of_paused_exits(attempts in attempts()) {
        let mut protocol = protocol();
        let mut paused = vec![];
        let mut now = START;
        for (hours, action, seconds, admin) in attempts {
            for _ in 0..hours {
                let any = ACTIONS.iter().any(|a| a.is_exit() && is_paused(&protocol, *a, now));
                paused.push(any);
                now += 3_600;
            }
            let before = protocol;
            let who = if admin { &ADMIN } else { &GUARDIAN };
            let result = protocol.pause(ACTIONS[action], seconds, who, now);
            if let Err(error) = &result {
                let allowed = [EvergreenError::PauseTooLong, EvergreenError::Unauthorized].map(u32::from);
                prop_assert!(code(&result).is_some_and(|code| allowed.contains(&code)), "{:?}", error);
                prop_assert_eq!(bytemuck::bytes_of(&before), bytemuck::bytes_of(&protocol));
            }
            prop_assert!(protocol.pauses.iter().all(|pause| pause.until <= now + 7 * DAY));
        }
        for window in paused.windows(7 * 24) {
            // The bound is one hour more than a day, because the hours are only sampled.
            prop_assert!(window.iter().filter(|p| **p).count() <= 25);
        }
    }
}

#[test]
fn all_exits_share_one_span_of_24_hours_in_seven_days() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::ReduceRisk, 86_400, START).unwrap();
    // Twelve hours later another exit can be paused, but only until the span of the first pause is over.
    refused(
        pause(&mut protocol, Action::WithdrawMargin, 43_201, START + DAY / 2),
        EvergreenError::PauseTooLong,
        &late(START + DAY + 1, START + DAY, START + 7 * DAY),
    );
    assert!(pause(&mut protocol, Action::WithdrawMargin, 43_200, START + DAY / 2).is_ok());
    refused(
        pause(&mut protocol, Action::Settle, 1, START + DAY),
        EvergreenError::PauseTooLong,
        &late(START + DAY + 1, START + DAY, START + 7 * DAY),
    );
    refused(
        pause(&mut protocol, Action::Settle, 1, START + 7 * DAY - 1),
        EvergreenError::PauseTooLong,
        &late(START + 7 * DAY, START + DAY, START + 7 * DAY),
    );
    assert!(pause(&mut protocol, Action::Settle, 1, START + 7 * DAY).is_ok());
    // `WithdrawMargin` was paused less than seven days ago.
    refused(
        pause(&mut protocol, Action::WithdrawMargin, 1, START + 7 * DAY),
        EvergreenError::PauseTooLong,
        &again(START + 7 * DAY + DAY / 2, START + 7 * DAY),
    );
}

#[test]
fn ending_an_exit_pause_early_does_not_allow_another() {
    let mut protocol = protocol();
    pause(&mut protocol, Action::WithdrawMargin, 86_400, START).unwrap();
    pause(&mut protocol, Action::WithdrawMargin, 0, START + 3_600).unwrap();
    refused(
        pause(&mut protocol, Action::WithdrawMargin, 86_400, START + 2 * DAY),
        EvergreenError::PauseTooLong,
        &again(START + 7 * DAY, START + 2 * DAY),
    );
    assert!(pause(&mut protocol, Action::WithdrawMargin, 86_400, START + 7 * DAY).is_ok());
}

#[test]
fn the_admin_ends_only_its_own_pause() {
    let mut protocol = protocol();
    let action = Action::AddRisk;
    assert_eq!(code(&protocol.pause(action, 60, &STRANGER, START)), Some(EvergreenError::Unauthorized.into()));
    protocol.pause(action, 3_600, &GUARDIAN, START).unwrap();
    refused(
        protocol.pause(action, 0, &ADMIN, START + 1),
        EvergreenError::Unauthorized,
        "only the guardian ends this pause",
    );
    // The admin cannot end it either after a shorter or a longer pause of its own.
    protocol.pause(action, 1, &ADMIN, START + 1).unwrap();
    assert!(is_paused(&protocol, action, START + 3_599));
    protocol.pause(action, 7_200, &ADMIN, START + 1).unwrap();
    refused(
        protocol.pause(action, 0, &ADMIN, START + 2),
        EvergreenError::Unauthorized,
        "only the guardian ends this pause",
    );
    protocol.pause(action, 0, &GUARDIAN, START + 2).unwrap();
    assert!(protocol.check_running(action, START + 2).is_ok());
    // The admin can end its own pause until the guardian renews it.
    protocol.pause(action, 3_600, &ADMIN, START + DAY).unwrap();
    protocol.pause(action, 0, &ADMIN, START + DAY + 1).unwrap();
    assert!(protocol.check_running(action, START + DAY + 1).is_ok());
    protocol.pause(action, 3_600, &ADMIN, START + 2 * DAY).unwrap();
    protocol.pause(action, 3_600, &GUARDIAN, START + 2 * DAY).unwrap();
    refused(
        protocol.pause(action, 0, &ADMIN, START + 2 * DAY),
        EvergreenError::Unauthorized,
        "only the guardian ends this pause",
    );
    // Ending the pause of one action does not end that of another.
    protocol.pause(Action::List, 3_600, &ADMIN, START + 2 * DAY).unwrap();
    protocol.pause(Action::List, 0, &ADMIN, START + 2 * DAY).unwrap();
    assert!(is_paused(&protocol, action, START + 2 * DAY));
}

#[test]
fn every_action_has_its_place() {
    for (place, action) in ACTIONS.iter().enumerate() {
        assert_eq!(*action as usize, place);
    }
}
