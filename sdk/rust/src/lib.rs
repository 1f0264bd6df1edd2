//! Client library of Evergreen: addresses, instruction builders, decoding of accounts and events, quotes, conversions,
//! strategies and plans; with the feature `client` a client over JSON-RPC and websocket.
//!
//! # Layers
//!
//! | you are | you need | where |
//! | --- | --- | --- |
//! | an embedder | addresses, instructions, decoding, quotes: no network, no runtime | the default features |
//! | a bot or a service | fetching, cache, sending, event streams | feature `client`, module `client` |
//! | somebody who posts prices | signed updates from a price service | feature `hermes`, `price::Hermes` |
//! | a test | price accounts and stock mints of the outside world | feature `testing`, module `testing` |
//!
//! Numbers come from the program's own code, compiled for the host: a quote equals its execution to the unit.
//!
//! Examples that need a pool build one in memory, `testing::scene::Scene` (feature `testing`).
//!
//! The core never sends anything. Its functions return instructions, which your own code or `client::Client` sends.

pub mod accounts;
pub mod address;
#[cfg(feature = "client")]
pub mod atomic_file;
#[cfg(feature = "client")]
pub mod client;
pub mod convert;
pub mod earnings;
pub mod events;
pub mod failure;
pub mod hedge;
pub mod instruction;
pub mod offers;
pub mod plan;
pub mod portfolio;
pub mod presets;
pub mod price;
pub mod quote;
#[cfg(any(feature = "client", feature = "hermes"))]
mod service;
pub mod strategy;
#[cfg(feature = "testing")]
pub mod testing;

pub use anchor_lang;
pub use evergreen;
pub use evergreen_math as math;

/// The integrator's guide, whose code the doctests compile.
#[cfg(all(doctest, feature = "client", feature = "hermes"))]
#[doc = include_str!("../../../docs/integrator.md")]
struct IntegratorsGuide;
