//! One file per instruction, in folders named after who may call it. A handler reads: account checks, price, settlement of
//! funding, state transition, checks, token transfer, event.
//!
//! Accounts say `dup` where no two of an instruction could be written over each other at its end: there is one of this program
//! that Anchor serializes, or none. Otherwise Anchor hashes the addresses at each call.

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
