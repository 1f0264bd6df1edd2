//! The crate against a network that really runs. One binary: every one of them links the whole network.

mod binary;
mod mints;
mod network;
mod pace;
mod path;
mod prices;
