//! Tests of the crate on running networks. They are one binary, because every test binary links the whole network.

mod binary;
mod files;
mod mints;
mod network;
mod pace;
mod path;
mod prices;
mod snapshot;
