//! The client against the compiled program on a local network with real JSON-RPC and a real websocket.
//!
//! One test binary: each links the whole network.

mod blockhash;
mod client;
mod fill;
mod hook;
mod listing;
mod lossy;
mod nodes;
mod reading;
mod silence;
