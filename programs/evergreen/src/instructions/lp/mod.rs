//! Instructions of liquidity providers.

mod claim_withdrawal;
mod deposit_liquidity;
mod execute_withdrawal;
mod request_withdrawal;

pub use claim_withdrawal::*;
pub use deposit_liquidity::*;
pub use execute_withdrawal::*;
pub use request_withdrawal::*;
