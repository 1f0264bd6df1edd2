//! What tests and local networks need from outside the protocol: Pyth's price accounts and stock tokens, in their real
//! layouts.

pub mod pyth;
pub mod pyth_legacy;
pub mod pyth_update;
pub mod scene;
pub mod stock;
