//! One file per instruction, in folders named after who may call it. A handler reads: account checks, price, settlement of
//! funding, state transition, checks, token transfer, event.
//!
//! Accounts are marked `dup` where at most one account of an instruction is serialized by Anchor, so that no two can overwrite each
//! other at its end. Without the mark Anchor compares the addresses of all accounts at each call.

mod admin;
mod anyone;
mod common;
mod guardian;
mod provider;
mod trader;

pub use admin::*;
pub use anyone::*;
pub use common::*;
pub use guardian::*;
pub use provider::*;
pub use trader::*;
