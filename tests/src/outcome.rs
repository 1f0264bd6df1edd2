//! What came of a transaction.

use evergreen_sdk::{address, events, events::Event};

/// A transaction's result.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `None` if it succeeded, else the runtime's description.
    pub failure: Option<String>,
    /// Number of the program's (or the framework's, or the token program's) error.
    pub code: Option<u32>,
    /// Its log.
    pub logs: Vec<String>,
    /// Bytes of the transaction.
    pub size: usize,
}

impl Outcome {
    /// Events of the program, in order.
    pub fn events(&self) -> Vec<Event> {
        events::from_logs(&self.logs)
    }

    /// The one event that `pick` chooses.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn event<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        self.events().iter().find_map(pick).unwrap_or_else(|| panic!("no such event:\n{}", self.log()))
    }

    /// Compute units that the program used, over all instructions of the transaction.
    pub fn units(&self) -> u64 {
        let start = format!("Program {} consumed ", address::PROGRAM);
        let of_line = |line: &String| line.strip_prefix(&start)?.split(' ').next()?.parse::<u64>().ok();
        self.logs.iter().filter_map(of_line).sum()
    }

    /// The log as one text.
    pub fn log(&self) -> String {
        self.logs.join("\n")
    }

    /// This outcome, which must be a success.
    ///
    /// # Panics
    /// With the log, if it is not.
    #[track_caller]
    pub fn ok(self) -> Self {
        if let Some(failure) = &self.failure {
            panic!("{failure}\n{}", self.log());
        }
        self
    }

    /// Whether it succeeded.
    pub const fn succeeded(&self) -> bool {
        self.failure.is_none()
    }
}

/// Asserts that a transaction failed with this error: one of the program's or the framework's.
///
/// # Panics
/// With the log, if it succeeded or failed otherwise.
#[track_caller]
pub fn assert_error(outcome: &Outcome, error: impl Into<u32> + core::fmt::Debug) {
    let name = format!("{error:?}");
    let expected: u32 = error.into();
    assert_eq!(outcome.code, Some(expected), "expected {name}, got {:?}\n{}", outcome.failure, outcome.log());
}
