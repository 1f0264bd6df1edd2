//! Instructions that the guardian, the admin or a pool's curator signs: they stop what grows, at once.

mod accept_curator;
mod announce_buyback;
mod cancel_proposal;
mod halt_pool;
mod set_pause;
mod tighten_pool;

pub(crate) use accept_curator::*;
pub(crate) use announce_buyback::*;
pub use cancel_proposal::*;
pub(crate) use halt_pool::*;
pub use set_pause::*;
pub use tighten_pool::*;
