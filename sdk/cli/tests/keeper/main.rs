//! The keeper as people run it, against a market with a crowd in it and a network that fails: what it must not leave undone,
//! and what it must not do twice.

#[path = "../../../rust/tests/network/market.rs"]
mod market;
#[path = "../../../rust/tests/network/proxy.rs"]
mod proxy;

mod commands;
mod crowd;
mod document;
mod faults;
mod hermes;
mod hour;
mod inspection;
mod posting;
mod process;
