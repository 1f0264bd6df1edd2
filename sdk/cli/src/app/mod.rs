//! The web app: its files, what it is told about the network, and the server of both.
//!
//! The server listens on this machine alone. It answers for its own address only, so that no other page can reach it by a name that it has pointed here, and
//! the page may load and ask nothing but the server and the network.

mod config;
mod files;
mod server;

pub use config::{PageConfig, PagePool, explorer, network};
pub use files::Files;
pub use server::{Faucet, PageServer};
