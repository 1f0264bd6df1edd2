//! Instructions of the admin and the guardian.

mod collect_fees;
mod create_pool;
mod create_underlying;
mod initialize_protocol;
mod set_pause;

pub use collect_fees::*;
pub use create_pool::*;
pub use create_underlying::*;
pub use initialize_protocol::*;
pub use set_pause::*;
