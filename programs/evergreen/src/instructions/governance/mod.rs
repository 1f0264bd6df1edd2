//! Instructions that change what exists: by proposal after the timelock, or, where it only tightens, at once.

mod accept_admin;
mod cancel_proposal;
mod execute_proposal;
mod halt_pool;
mod propose;
mod target;
mod tighten_pool;

pub use accept_admin::*;
pub use cancel_proposal::*;
pub use execute_proposal::*;
pub(crate) use halt_pool::*;
pub use propose::*;
pub use tighten_pool::*;
