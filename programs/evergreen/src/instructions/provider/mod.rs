//! Instructions that a provider of liquidity signs.

mod cancel_withdrawal;
mod deposit_liquidity;
mod redeem_retired;
mod request_withdrawal;

pub use cancel_withdrawal::*;
pub use deposit_liquidity::*;
pub use redeem_retired::*;
pub use request_withdrawal::*;
