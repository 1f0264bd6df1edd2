//! Instructions of traders.

mod close_margin_account;
mod deposit_margin;
mod open_margin_account;
mod set_delegate;
mod trade_legs;
mod withdraw_margin;

pub use close_margin_account::*;
pub use deposit_margin::*;
pub use open_margin_account::*;
pub use set_delegate::*;
pub use trade_legs::*;
pub use withdraw_margin::*;
