//! The client and the examples against the compiled program on a local network with real JSON-RPC and a real websocket.
//!
//! One test binary: each links the whole network.

mod client;
mod examples;
mod lossy;
mod market;
mod proxy;
