//! Instructions that the owner or the delegate of a margin account signs.

mod cancel_order;
mod close_margin_account;
mod commit_trade;
mod deposit_margin;
mod open_margin_account;
mod place_order;
mod set_delegate;
mod take_number;
mod withdraw_margin;

pub use cancel_order::*;
pub use close_margin_account::*;
pub use commit_trade::*;
pub use deposit_margin::*;
pub use open_margin_account::*;
pub use place_order::*;
pub use set_delegate::*;
pub use take_number::*;
pub use withdraw_margin::*;
