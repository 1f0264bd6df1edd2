use super::*;

fn protocol() -> Protocol {
    bytemuck::Zeroable::zeroed()
}

const DAY: i64 = 86_400;
const START: i64 = 1_000 * DAY;

#[test]
fn a_pause_ends_by_itself() {
    let mut protocol = protocol();
    protocol.pause(Action::AddRisk, 3_600, START).unwrap();
    assert!(protocol.check_running(Action::AddRisk, START).is_err());
    assert!(protocol.check_running(Action::AddRisk, START + 3_599).is_err());
    assert!(protocol.check_running(Action::AddRisk, START + 3_600).is_ok());
    assert!(protocol.check_running(Action::ReduceRisk, START).is_ok());
}

#[test]
fn a_pause_can_be_ended_early_but_never_lengthened_by_that() {
    let mut protocol = protocol();
    protocol.pause(Action::List, 3_600, START).unwrap();
    protocol.pause(Action::List, 0, START + 10).unwrap();
    assert!(protocol.check_running(Action::List, START + 10).is_ok());
    protocol.pause(Action::List, 0, START + 9_999).unwrap();
    assert!(protocol.check_running(Action::List, START + 10).is_ok());
}

#[test]
fn pauses_have_a_longest() {
    let mut protocol = protocol();
    assert!(protocol.pause(Action::AddRisk, 7 * 86_400 + 1, START).is_err());
    assert!(protocol.pause(Action::AddRisk, 7 * 86_400, START).is_ok());
    assert!(protocol.pause(Action::WithdrawMargin, 86_401, START).is_err());
    assert!(protocol.pause(Action::WithdrawMargin, 86_400, START).is_ok());
}

/// Tries every pattern of attempts and adds up the paused seconds in every window of seven days.
#[test]
fn no_seven_days_hold_more_than_a_day_of_paused_exits() {
    for step in [1, 5, 11, 24, 25, 100] {
        let mut protocol = protocol();
        let mut paused = vec![];
        for hour in 0..24 * 60 {
            let now = START + hour * 3_600;
            if hour % step == 0 {
                // Refused attempts must change nothing.
                let _ = protocol.pause(Action::ReduceRisk, 86_400, now);
            }
            paused.push(protocol.check_running(Action::ReduceRisk, now).is_err());
        }
        assert!(paused.iter().any(|p| *p));
        for window in paused.windows(7 * 24) {
            assert!(window.iter().filter(|p| **p).count() <= 24, "step {step}");
        }
    }
}

#[test]
fn ending_an_exit_pause_early_does_not_allow_another() {
    let mut protocol = protocol();
    protocol.pause(Action::WithdrawMargin, 86_400, START).unwrap();
    protocol.pause(Action::WithdrawMargin, 0, START + 3_600).unwrap();
    assert!(protocol.pause(Action::WithdrawMargin, 86_400, START + 2 * DAY).is_err());
    assert!(protocol.pause(Action::WithdrawMargin, 86_400, START + 7 * DAY).is_ok());
}

#[test]
fn every_action_has_its_place() {
    let last = Action::SampleVolatility as usize;
    assert_eq!(last + 1, PAUSABLE_ACTIONS);
}
