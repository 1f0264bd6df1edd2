//! Instructions that the admin signs: what they create or propose is new or waits.

mod accept_admin;
mod create_pool;
mod create_underlying;
mod initialize_protocol;
mod propose;

pub use accept_admin::*;
pub use create_pool::*;
pub use create_underlying::*;
pub use initialize_protocol::*;
pub use propose::*;
