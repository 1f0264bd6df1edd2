//! Instructions that anyone may call to keep the market in order.

mod absorb_bad_debt;
mod auto_deleverage;
mod claim_referral;
mod close_worthless;
mod execute_order;
mod exercise_series;
mod insurance;
mod liquidate;
mod list_series;
mod migrate_account;
mod refresh_pool;
mod retire_series;
mod sample_volatility;
mod settle_positions;
mod sweep_insurance;
mod sync_vault;

pub use absorb_bad_debt::*;
pub use auto_deleverage::*;
pub use claim_referral::*;
pub use close_worthless::*;
pub use execute_order::*;
pub use exercise_series::*;
pub use insurance::*;
pub use liquidate::*;
pub use list_series::*;
pub use migrate_account::*;
pub use refresh_pool::*;
pub use retire_series::*;
pub use sample_volatility::*;
pub use settle_positions::*;
pub use sweep_insurance::*;
pub use sync_vault::*;
