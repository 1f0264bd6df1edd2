//! Helpers of tests that need neither a chain nor a client: paths of the compiled programs, commands in documents, accounts of
//! older versions, a server of PostgreSQL, the schema of what commands print, the average of a price, and random numbers that are the same in every run.

pub mod average;
pub mod documents;
pub mod elf;
pub mod postgres;
pub mod random;
pub mod schema;

/// Native units of one token of the tests' collaterals, which have eight decimals.
pub const TOKEN: u64 = 100_000_000;
