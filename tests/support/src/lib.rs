//! Helpers of tests that need neither a chain nor a client: where the compiled programs are, and numbers that are the same in
//! every run.

pub mod elf;
pub mod random;
