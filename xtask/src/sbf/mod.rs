//! Compilation of Rust to the machine code of Solana's virtual machine.

pub mod build;
mod cache;
mod debian;
mod elf;
pub mod front;
mod linker;
mod platform;
mod std_edits;
mod std_source;
pub mod toolchain;
pub mod verify;
pub mod web;

pub use cache::{Cache, clean as clean_cache};
