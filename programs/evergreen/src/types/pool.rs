//! The two classes of shares, and what is said of a pool as a whole.

use anchor_lang::prelude::*;

/// Most underlyings of one pool.
pub const MAX_UNDERLYINGS: usize = 4;

/// The two kinds of liquidity.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ShareClass {
    /// Takes the other side of every option; earns premium, funding and fees.
    Main,
    /// Covers shortfalls; earns a share of fees and penalties.
    Insurance,
}

/// Limits that can be lowered at once. None of them keeps anybody in: they stop what grows.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolCaps {
    /// Most points of long, and of short, open interest in one series.
    pub max_series_points: u64,
    /// Most points of one account in one series, long or short.
    pub max_account_points: u64,
    /// Most native units of pool cash after a deposit of liquidity.
    pub max_pool_cash: u64,
}

/// All ledgers of both vaults, native units.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultLedgers {
    /// Insurance vault: capital of the insurance class.
    pub insurance_cash: u64,
    /// Insurance vault: executed withdrawals.
    pub insurance_withdrawals_due: u64,
    /// Main vault: insurance's income.
    pub insurance_due: u64,
    /// Main vault: protocol fees.
    pub fees_due: u64,
    /// Main vault: capital of the main class.
    pub pool_cash: i64,
    /// Main vault: cash of accounts.
    pub margin_cash: i64,
    /// Main vault: executed withdrawals.
    pub withdrawals_due: u64,
    /// Main vault: referrers' shares of fees.
    pub referrals_due: u64,
    /// Main vault: tips of open orders.
    pub tips_due: u64,
}
