//! The outside world as tests and local networks need it: Pyth's price accounts and stock tokens, in their real
//! layouts.

pub mod pyth;
pub mod pyth_legacy;
pub mod pyth_update;
pub mod scene;
pub mod stock;
