//! Answers that are not all that was asked for.

/// What was printed is not all of it: exit code 7. The rest of it is true.
#[derive(Clone, Debug, thiserror::Error)]
#[error("this is not all of it: {what}; what is missing is not guessed")]
pub struct Incomplete {
    what: String,
    pub(super) next: &'static str,
}

impl Incomplete {
    /// Name of the cause.
    pub(super) const CAUSE: &'static str = "Incomplete";

    /// By what the network does not remember.
    pub fn forgotten(what: impl Into<String>) -> Self {
        let next = "another node may remember more: --url or --nodes; `evergreen serve` keeps all events from now on";
        Self { what: what.into(), next }
    }

    /// By a price that is not there.
    pub fn unpriced(what: impl Into<String>) -> Self {
        let next = "`evergreen price show` tells which price is missing and why; then give the same command again";
        Self { what: what.into(), next }
    }

    /// The same of one of several things.
    pub fn within(self, name: &str) -> Self {
        Self { what: format!("{name}: {}", self.what), ..self }
    }
}
