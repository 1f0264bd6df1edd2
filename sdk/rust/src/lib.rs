//! Client library of Evergreen: addresses, instruction builders, decoding of accounts and events, conversions.
//!
//! Nothing here sends anything or needs a network: it is the core that tests, the local demonstration, bots and
//! embedders build on. Numbers come from the same `evergreen-math` crate as the program's.

pub mod accounts;
pub mod address;
pub mod convert;
pub mod events;
pub mod instruction;
pub mod presets;
#[cfg(feature = "testing")]
pub mod testing;

pub use evergreen;
pub use evergreen_math as math;
