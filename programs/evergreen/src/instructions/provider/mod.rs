//! Instructions that a provider of liquidity signs.

mod cancel_withdrawal;
mod redeem_retired;
mod request_deposit;
mod request_withdrawal;

pub use cancel_withdrawal::*;
pub use redeem_retired::*;
pub use request_deposit::*;
pub use request_withdrawal::*;
