//! Accounts and checks that several instructions share.

mod create;
mod forced;
mod insurance;
mod listed;
mod market;
mod numbers;
mod requests;
mod target;
mod vault;
mod vaults;

pub(super) use create::*;
pub use forced::*;
pub use insurance::*;
pub(super) use listed::max_ages;
pub use market::*;
pub(crate) use numbers::take;
pub use requests::*;
pub(super) use target::{Step, Target};
pub use vault::*;
pub use vaults::*;
