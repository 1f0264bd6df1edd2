//! Helpers for tests of the compiled programs.

pub mod elf;
pub mod probe;
