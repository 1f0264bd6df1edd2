//! When blocks are made.

/// When the network makes blocks, and with that how its clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blocks {
    /// The network makes a block every 400 ms, as the public networks do. The clock runs with the wall clock.
    #[default]
    Clock,
    /// The network makes a block as soon as a transaction arrives, and 31 more after it so that the transaction becomes final. Between
    /// transactions the clock stands still; slots are 10 ms, so a transaction moves the clock by a third of a second.
    Transaction,
}

impl Blocks {
    /// Length of a slot in milliseconds. Time travel moves the slot number by the jump in milliseconds divided by this length.
    #[must_use]
    pub const fn slot_ms(self) -> u64 {
        match self {
            Self::Clock => 400,
            Self::Transaction => 10,
        }
    }
}
