//! Instructions that a provider of liquidity signs.

mod deposit_liquidity;
mod request_withdrawal;

pub use deposit_liquidity::*;
pub use request_withdrawal::*;
