//! Helpers of tests that need neither a chain nor a client: where the compiled programs are, what documents and older programs
//! say, and numbers that are the same in every run.

pub mod documents;
pub mod elf;
pub mod fixtures;
pub mod random;
