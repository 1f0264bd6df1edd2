//! The two classes of liquidity, and values of a pool as a whole.

use anchor_lang::prelude::*;
use evergreen_math::BasisPoints;

/// Largest number of underlyings of one pool.
pub const MAX_UNDERLYINGS: usize = 4;

/// A class of liquidity.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ShareClass {
    /// It takes the other side of every option, and earns premium, funding and fees.
    Main,
    /// It covers bad debt and seized tokens first, and earns a share of fees and penalties.
    Insurance,
}

impl ShareClass {
    /// Returns the other class.
    pub const fn other(self) -> Self {
        match self {
            Self::Main => Self::Insurance,
            Self::Insurance => Self::Main,
        }
    }
}

/// Why a deposit was given back.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnReason {
    /// The pool is halted.
    Halted,
    /// The pool is distressed.
    Distressed,
    /// The shares that were asked for are retired.
    SharesRenewed,
    /// The class has no price at which the deposit buys a share: it is spent, worth nothing, or a share costs more.
    NoShares,
    /// The price is not fresh.
    PriceUncertain,
    /// Somebody who had written an option of an exercised series was not settled before the minute was over, so nobody could execute it.
    WritersUnsettled,
    /// There was no price while it could be executed: the first one after the minute came later, or nobody has shown one for a day.
    NoPrice,
    /// The shares are fewer than the least number.
    TooFewShares,
    /// Nobody has executed it in time.
    Lapsed,
    /// The token account for the shares is gone.
    NoShareAccount,
    /// The parameters of the pool were changed after the request, or in its second.
    RulesChanged,
    /// Nobody has executed it in time, and the volatility sample that it waited for has not been taken: nobody may have been able to show it.
    SampleUntaken,
}

impl ReturnReason {
    /// Returns the part of a lapse's fee that a deposit costs that is given back for this reason: all of it for what its owner, whoever is to execute it, or the issuer of the token
    /// decides; an eighth, the price of the room that was reserved, where the owner's own limit was not met; otherwise nothing.
    pub const fn part_of_fee(self) -> BasisPoints {
        match self {
            Self::Lapsed | Self::NoShareAccount | Self::Distressed => BasisPoints::ONE,
            Self::TooFewShares => BasisPoints(1_250),
            _ => BasisPoints(0),
        }
    }
}

/// What a new pool is, beside its parameters. None of it changes later.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolTerms {
    /// The creator becomes the curator; the default key for a pool of the protocol, whose curator is the admin.
    pub creator: Pubkey,
    /// This is its number among the creator's pools of the mint.
    pub number: u16,
    /// This is the exponent e: one point pays 10^−e native units per dollar.
    pub scale_exponent: u8,
    /// This says whether only the curator, and whom they sign for, provide liquidity.
    pub private: bool,
    /// It is the first deposit of the main class, which stays: its shares are nobody's. Native units.
    pub seed: u64,
}

/// Limits that can be lowered at once. They limit growth and never prevent an exit.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolCaps {
    /// This is the largest long, and largest short, open interest of one series, in points.
    pub max_series_points: u64,
    /// This is the largest position of one account in one series, long or short, in points.
    pub max_account_points: u64,
    /// This is the largest pool cash after a deposit of liquidity, in native units.
    pub max_pool_cash: u64,
}

/// All ledgers of both vaults, in native units.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultLedgers {
    /// It is in the insurance vault: capital of the insurance class.
    pub insurance_cash: u64,
    /// It is in the insurance vault: executed withdrawals of the insurance class, and deposits that were given back, that are not yet claimed.
    pub insurance_withdrawals_due: u64,
    /// It is in the insurance vault: tokens of deposits that wait for their minute.
    pub insurance_deposits_due: u64,
    /// It is in the main vault: income of insurance that is not yet moved to the insurance vault; negative for what insurance has paid and its
    /// vault still holds.
    pub insurance_due: i64,
    /// It is in the main vault: protocol fees that are not yet collected.
    pub fees_due: u64,
    /// It is in the main vault: the curator's fees that are not yet collected.
    pub curator_due: u64,
    /// It is in the main vault: capital of the main class.
    pub pool_cash: i64,
    /// It is in the main vault: sum of the cash of all margin accounts.
    pub margin_cash: i64,
    /// It is in the main vault: executed withdrawals of the main class, and deposits that were given back, that are not yet claimed.
    pub withdrawals_due: u64,
    /// It is in the main vault: tokens of deposits that wait for their minute.
    pub deposits_due: u64,
    /// It is in the main vault: referrers' shares of fees that are not yet claimed.
    pub referrals_due: u64,
    /// It is in the main vault: tips of open orders and commitments.
    pub tips_due: u64,
}
