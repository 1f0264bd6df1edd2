//! Instructions that the guardian or the admin signs: they stop what grows, at once.

mod cancel_proposal;
mod halt_pool;
mod set_pause;
mod tighten_pool;

pub use cancel_proposal::*;
pub(crate) use halt_pool::*;
pub use set_pause::*;
pub use tighten_pool::*;
