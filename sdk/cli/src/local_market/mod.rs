//! The market that `evergreen localnet` runs: how it is set up, who publishes its prices, how it is told what to do.

mod commitments;
pub mod control;
pub mod folder;
pub mod here;
mod many;
mod past;
pub mod remote;
pub mod saved;
pub mod service;
pub mod setup;
pub mod sponsor;
pub mod stock;
