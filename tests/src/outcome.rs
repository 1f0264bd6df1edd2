//! Results of transactions.

use evergreen_sdk::{address, events, events::Event};

/// A transaction's result.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `None` if it succeeded, else the runtime's description.
    pub failure: Option<String>,
    /// Number of the custom error of the program, the framework or a called program; `None` after any other failure.
    pub code: Option<u32>,
    /// Lines of the log.
    pub logs: Vec<String>,
    /// Bytes of the transaction.
    pub size: usize,
}

impl Outcome {
    /// Returns the events of the program, in order.
    pub fn events(&self) -> Vec<Event> {
        events::from_logs(&self.logs)
    }

    /// Returns what `pick` takes from the first event that it chooses.
    ///
    /// # Panics
    /// If it chooses none.
    #[track_caller]
    pub fn event<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        self.events().iter().find_map(pick).unwrap_or_else(|| panic!("no such event:\n{}", self.log()))
    }

    /// Returns the compute units that the program used, over all instructions of the transaction.
    pub fn units(&self) -> u64 {
        let start = format!("Program {} consumed ", address::PROGRAM);
        let of_line = |line: &String| line.strip_prefix(&start)?.split(' ').next()?.parse::<u64>().ok();
        self.logs.iter().filter_map(of_line).sum()
    }

    /// Returns the log as one text.
    pub fn log(&self) -> String {
        self.logs.join("\n")
    }

    /// Returns this outcome if it is a success.
    ///
    /// # Panics
    /// With the log, if it is a failure.
    #[track_caller]
    pub fn ok(self) -> Self {
        if let Some(failure) = &self.failure {
            panic!("{failure}\n{}", self.log());
        }
        self
    }

    /// Returns whether the transaction succeeded.
    pub const fn succeeded(&self) -> bool {
        self.failure.is_none()
    }
}

impl Outcome {
    /// Returns whether the transaction failed with this error.
    pub fn is(&self, error: impl Into<u32>) -> bool {
        self.code == Some(error.into())
    }
}

/// Asserts that a transaction failed with this error, which is one of the program or of the framework.
///
/// # Panics
/// With the log, if it succeeded or failed with another error.
#[track_caller]
pub fn assert_error(outcome: &Outcome, error: impl Into<u32> + core::fmt::Debug) {
    let name = format!("{error:?}");
    let expected: u32 = error.into();
    assert_eq!(outcome.code, Some(expected), "expected {name}, got {:?}\n{}", outcome.failure, outcome.log());
}

/// Asserts that a transaction failed for this reason, which its log or the runtime's description names: for refusals of other programs and of
/// the runtime, which have no number of their own.
///
/// # Panics
/// With the log, if it succeeded or failed for another reason.
#[track_caller]
pub fn assert_refused(outcome: &Outcome, reason: &str) {
    let told = format!("{}\n{}", outcome.failure.as_deref().unwrap_or_default(), outcome.log());
    assert!(!outcome.succeeded() && told.contains(reason), "expected {reason}, got {told}");
}
