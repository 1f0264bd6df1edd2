//! One file per instruction, sorted by who calls it. A handler reads: account checks, price, settlement of funding,
//! state transition, checks, token transfer, event.

mod admin;
mod governance;
mod keeper;
mod listed;
mod lp;
mod opened;
mod trade;

pub use admin::*;
pub use governance::*;
pub use keeper::*;
pub use lp::*;
pub use trade::*;
