//! A pool: the ledgers of one collateral, its reserves, its share classes and parameters.

mod config;
mod exposure;
mod ledgers;
mod losses;
mod shares;

pub use exposure::SeriesExposure;
pub use ledgers::{FeeShares, InsuranceDraw};
pub use shares::{ExecutedPart, size_of_execution};

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::{LossIndex, MAX_UNDERLYINGS, PoolParams, ShareClass},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenAccount;
use evergreen_math::{Native, NativeDelta, PointScale, UnixTime};

/// Shares of one class and its queue of withdrawals.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ShareLedger {
    /// Shares with holders and in withdrawals. Kept here, not read from the mint: burning shares outside the program
    /// changes nothing.
    pub total: u64,
    /// Shares in withdrawals.
    pub in_withdrawals: u64,
    /// Number of the next withdrawal.
    pub next_withdrawal: u64,
    /// Number of the first withdrawal not fully executed.
    pub first_withdrawal: u64,
    /// Unix seconds at which the running day of withdrawals began.
    pub day_start: i64,
    /// Paid to withdrawals in that day, native units.
    pub day_outflow: u64,
}

/// What a pool keeps of one underlying.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PoolUnderlying {
    /// The [`Underlying`](super::Underlying).
    pub key: Pubkey,
    /// Newest publish time used, unix seconds.
    pub newest_publish_time: i64,
    /// The pool's net short cap payoff in calls, native units.
    pub net_calls: i64,
    /// The pool's net short cap payoff in puts, native units.
    pub net_puts: i64,
}

/// A pool. Seeds: `pool`, collateral mint.
#[account(zero_copy)]
#[repr(C)]
pub struct Pool {
    /// Layout version.
    pub version: u8,
    /// Bump of this address; the pool signs for vaults and share mints.
    pub bump: u8,
    /// The exponent e: one point pays 10^−e native units per dollar.
    pub scale_exponent: u8,
    /// Decimals of the collateral.
    pub decimals: u8,
    /// Underlyings in use.
    pub underlying_count: u8,
    /// Zero.
    pub padding: [u8; 3],
    /// Collateral mint.
    pub mint: Pubkey,
    /// Token program of the collateral.
    pub token_program: Pubkey,
    /// Main vault: pool cash, margins, fees, executed withdrawals.
    pub vault: Pubkey,
    /// Insurance vault.
    pub insurance_vault: Pubkey,
    /// Share mint of the main class.
    pub main_mint: Pubkey,
    /// Share mint of the insurance class.
    pub insurance_mint: Pubkey,
    /// Main vault: capital of the main class, native units.
    pub pool_cash: i64,
    /// Main vault: sum of all accounts' cash, native units.
    pub margin_cash: i64,
    /// Main vault: protocol fees not yet collected, native units.
    pub fees_due: u64,
    /// Main vault: insurance's income not yet moved to its vault, native units.
    pub insurance_due: u64,
    /// Main vault: executed and unclaimed withdrawals of the main class, native units.
    pub withdrawals_due: u64,
    /// Insurance vault: capital of the insurance class, native units.
    pub insurance_cash: u64,
    /// Insurance vault: executed and unclaimed withdrawals of the insurance class, native units.
    pub insurance_withdrawals_due: u64,
    /// Sum of the reserves of all series, native units.
    pub reserved_collateral: u64,
    /// Net asset value at the last valuation of the registry, followed through deposits and withdrawals: the depth of
    /// inventory pricing, native units. Trades do not move it.
    pub inventory_depth: u64,
    /// Sum of what accounts with negative cash owe, native units: counted in pool cash, but not there yet.
    pub debts: u64,
    /// Shares of the main class.
    pub main: ShareLedger,
    /// Shares of the insurance class.
    pub insurance: ShareLedger,
    /// Underlyings.
    pub underlyings: [PoolUnderlying; MAX_UNDERLYINGS],
    /// Parameters.
    pub params: PoolParams,
    /// Oldest price that this pool's fees cover, seconds, by underlying: no older one is used, whatever the underlying
    /// allows.
    pub max_ages: [u32; MAX_UNDERLYINGS],
    /// Main vault: shares of fees that accounts owe to their referrers, native units.
    pub referrals_due: u64,
    /// Main vault: keepers' tips of open orders, native units.
    pub tips_due: u64,
    /// Losses of the main vault's claims by seizure.
    pub loss_index: LossIndex,
    /// Losses of the insurance vault's executed withdrawals by seizure.
    pub insurance_loss_index: LossIndex,
    /// How often the parameters have changed; a proposal names the version it was made for.
    pub config_version: u32,
    /// Bits of [`Pool::HALTED`] and [`Pool::DISTRESSED`].
    pub flags: u8,
    /// Zero.
    pub padding_2: [u8; 3],
    /// Of `debts`, what the caps of an account's bought options do not cover, native units: certainly lost.
    pub bad_debts: u64,
    /// Zero, for later versions.
    pub reserved: [u8; 152],
}

const _: () = assert!(size_of::<ShareLedger>() == 48);
const _: () = assert!(size_of::<PoolUnderlying>() == 56);
const _: () = assert!(size_of::<Pool>() == 8 + 6 * 32 + 10 * 8 + 2 * 48 + MAX_UNDERLYINGS * 56 + 80 + 256);

impl Pool {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Longest span of the daily withdrawal limit.
    pub const DAY: i64 = 86_400;
    /// Flag: no new risk and no new liquidity, set by guardian or admin.
    pub const HALTED: u8 = 1;
    /// Flag: the mint no longer passes the policy, or tokens were seized: no new risk and no new liquidity.
    pub const DISTRESSED: u8 = 2;
    /// Most decimals of a collateral.
    pub const MAX_DECIMALS: u8 = 12;

    /// Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Scale of points. Errors: `InvalidParameter`, which a stored pool never causes.
    pub fn scale(&self) -> Result<PointScale> {
        PointScale::new(self.scale_exponent).program()
    }

    /// Place of an underlying in this pool's list. Errors: `UnknownUnderlying`.
    pub fn underlying_index(&self, key: &Pubkey) -> Result<usize> {
        let used = self.underlyings.iter().take(usize::from(self.underlying_count));
        let place = used.into_iter().position(|u| u.key == *key);
        place.ok_or_else(|| error!(EvergreenError::UnknownUnderlying))
    }

    /// Errors: `PriceStale` when a price of the underlying at `place` is older than this pool's fees cover.
    pub fn check_age(&self, place: usize, published: UnixTime, now: UnixTime) -> Result<()> {
        let age = now.0.saturating_sub(published.0);
        let most = self.max_ages.get(place).copied().unwrap_or(0);
        ensure!(age <= i64::from(most), PriceStale, "age {} s, this pool takes {} s", age, most);
        Ok(())
    }

    /// What all ledgers of the main vault add up to, native units; the vault holds that and donations.
    /// Errors: `Overflow`.
    pub fn main_vault_ledger(&self) -> Result<u64> {
        let parts = [self.fees_due, self.insurance_due, self.withdrawals_due, self.referrals_due, self.tips_due];
        // Seven 64-bit numbers cannot overflow 128 bits.
        let signed = i128::from(self.pool_cash).saturating_add(self.margin_cash.into());
        let total = parts.iter().fold(signed, |sum, part| sum.saturating_add(i128::from(*part)));
        u64::try_from(total).map_err(crate::errors::too_large)
    }

    /// Pool cash as an amount; nothing if it is negative.
    pub const fn cash(&self) -> Native {
        NativeDelta(self.pool_cash).positive_part()
    }

    /// Pool cash less what accounts owe beyond what insurance can pay: what is there to back reserves and leave.
    pub(super) fn sound_cash(&self) -> Result<Native> {
        Ok(Native(self.cash().0.saturating_sub(self.uncovered_debts()?.0)))
    }

    /// Errors: `VaultMismatch` when the vault of a class holds less than its ledgers.
    pub fn check_class_vault(&self, class: ShareClass, vault: &TokenAccount) -> Result<()> {
        let ledger = match class {
            ShareClass::Main => self.main_vault_ledger()?,
            ShareClass::Insurance => add(self.insurance_cash, self.insurance_withdrawals_due)?,
        };
        ensure!(vault.amount >= ledger, VaultMismatch, "vault {}, ledger {}", vault.amount, ledger);
        Ok(())
    }
}

pub(super) fn add(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| error!(EvergreenError::Overflow))
}

pub(super) fn sub(a: u64, b: u64) -> Result<u64> {
    a.checked_sub(b).ok_or_else(|| error!(EvergreenError::Overflow))
}
