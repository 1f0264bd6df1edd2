//! A pool: the ledgers of one collateral, its reserves, its share classes and parameters.

mod buyback;
mod carry;
mod claims;
mod config;
mod curator;
mod deposits;
mod exposure;
mod generations;
mod later;
mod ledgers;
mod losses;
mod shares;
mod taken;
mod unearned;

pub use carry::{CARRY_RATES, Carried, HALF_HOUR, PoolCarry, Room, half_hour};
pub use curator::PoolSigner;
pub use exposure::{EndedSeries, SeriesExposure};
pub use later::{Capital, LaterFills};
pub use ledgers::FeeShares;
pub use losses::{Means, share_of};
pub use shares::ExecutedPart;
use shares::size_of_execution;
pub use taken::{NetChange, Taken};
pub use unearned::size_of_leaving;

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::MAX_SERIES,
    types::{LossIndex, MAX_UNDERLYINGS, PoolParams, ShareClass},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, PointScale, UnixTime};

/// Shares of one class and its queue of withdrawal requests.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ShareLedger {
    /// These are the shares with holders and in withdrawal requests. The number is kept here and not read from the mint, so burning shares
    /// outside the program does not change it.
    pub total: u64,
    /// These are the shares in withdrawal requests that are not yet executed.
    pub in_withdrawals: u64,
    /// This is the number of the next withdrawal request.
    pub next_withdrawal: u64,
    /// It is the number of the first withdrawal request that is not fully executed.
    pub first_withdrawal: u64,
    /// These are the unix seconds at which the present day of the daily withdrawal limit began.
    pub day_start: i64,
    /// This is the amount executed for withdrawal requests in that day, in native units.
    pub day_outflow: u64,
}

/// State of one underlying in a pool.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PoolUnderlying {
    /// This is the [`Underlying`](super::Underlying).
    pub key: Pubkey,
    /// These are the sides of the delta, and the carry.
    pub carry: PoolCarry,
}

/// A pool. Seeds: `pool`, collateral mint, creator, number.
#[account(zero_copy)]
#[repr(C)]
pub struct Pool {
    /// This is the layout version.
    pub version: u8,
    /// Bump of this address, with which the pool signs for vaults and share mints.
    pub bump: u8,
    /// This is the exponent e: one point pays 10^−e native units per dollar.
    pub scale_exponent: u8,
    /// These are the decimals of the collateral.
    pub decimals: u8,
    /// This is the number of underlyings in use.
    pub underlying_count: u8,
    /// It is zero.
    pub padding: [u8; 3],
    /// This is the collateral mint.
    pub mint: Pubkey,
    /// This is the token program of the collateral.
    pub token_program: Pubkey,
    /// This is the main vault. It holds pool cash, the cash of accounts, fees, tips, executed withdrawals and deposits on their way.
    pub vault: Pubkey,
    /// This is the insurance vault. It holds the capital of the insurance class, its executed withdrawals and its deposits on their way.
    pub insurance_vault: Pubkey,
    /// This is the share mint of the main class.
    pub main_mint: Pubkey,
    /// This is the share mint of the insurance class.
    pub insurance_mint: Pubkey,
    /// It is in the main vault: capital of the main class, in native units.
    pub pool_cash: i64,
    /// It is in the main vault: sum of the cash of all margin accounts, in native units.
    pub margin_cash: i64,
    /// It is in the main vault: protocol fees that are not yet collected, in native units.
    pub fees_due: u64,
    /// It is in the main vault: income of insurance that is not yet moved to the insurance vault, in native units. Negative: what insurance has
    /// paid and its vault still holds. It is moved by `sweep_insurance`, so that no payment of insurance needs a transfer.
    pub insurance_due: i64,
    /// It is in the main vault: executed withdrawals of the main class, and deposits that were given back, that are not yet claimed, in native units.
    pub withdrawals_due: u64,
    /// It is in the insurance vault: capital of the insurance class, in native units.
    pub insurance_cash: u64,
    /// It is in the insurance vault: executed withdrawals of the insurance class, and deposits that were given back, that are not yet claimed, in native units.
    pub insurance_withdrawals_due: u64,
    /// This is the sum of the reserves of all series, in native units.
    pub reserved_collateral: u64,
    /// It is the depth against which the net delta counts, in native units: the lower bound of net asset value at the last valuation, changed since by
    /// deposits, withdrawals and losses by seizure. Trades do not change it.
    pub depth: u64,
    /// This is the sum of what accounts with negative cash owe, in native units. Pool cash counts it, but the vault does not hold it yet.
    pub debts: u64,
    /// These are the shares of the main class.
    pub main: ShareLedger,
    /// These are the shares of the insurance class.
    pub insurance: ShareLedger,
    /// These are the underlyings.
    pub underlyings: [PoolUnderlying; MAX_UNDERLYINGS],
    /// These are the parameters.
    pub params: PoolParams,
    /// This is the greatest price age that this pool's fees cover, in seconds, by underlying. The pool uses no older price, even if the
    /// underlying allows it.
    pub max_ages: [u32; MAX_UNDERLYINGS],
    /// It is in the main vault: referrers' shares of fees that are not yet claimed, in native units.
    pub referrals_due: u64,
    /// It is in the main vault: tips of open orders and commitments, in native units.
    pub tips_due: u64,
    /// This is the loss index of the claims on the main vault.
    pub loss_index: LossIndex,
    /// This is the loss index of the executed withdrawals in the insurance vault.
    pub insurance_loss_index: LossIndex,
    /// Number of changes of the configuration; a proposal names the version it was made for.
    pub config_version: u32,
    /// These are the bits of [`Pool::HALTED`], [`Pool::DISTRESSED`] and [`Pool::PRIVATE`].
    pub flags: u8,
    /// It is zero.
    pub padding_2: [u8; 3],
    /// It is the part of `debts` that the cap payoffs of the owing accounts' bought options do not cover, in native units. It is certainly
    /// lost.
    pub bad_debts: u64,
    /// These are the reserves that commitments will add, in native units.
    pub committed_reserve: u64,
    /// It is the most that commitments will take out of pool cash for written options, in native units.
    pub committed_premiums: u64,
    /// These are the generations of the shares of both classes. Shares of an earlier generation are paid out of [`RetiredShares`](super::RetiredShares).
    pub generations: [u32; 2],
    /// It is in the main vault: tokens of deposits that wait for their minute, in native units. They are no capital.
    pub deposits_due: u64,
    /// It is in the insurance vault: tokens of deposits that wait for their minute, in native units. They are no capital.
    pub insurance_deposits_due: u64,
    /// These are the unix seconds at which the parameters were last changed.
    pub configured_at: i64,
    /// What fills have changed since a full minute.
    pub later: LaterFills,
    /// These are the unix seconds at which a writer was last settled who was unsettled at the full minute before. No deposit of that minute is executed.
    pub writers_settled_at: i64,
    /// This is who created it, as in its address; the default key for a pool of the protocol.
    pub creator: Pubkey,
    /// It is who has the admin's powers over this pool; the default key for the protocol's admin, whoever that is.
    pub curator: Pubkey,
    /// This is the curator to be, until it accepts; the default key for nobody.
    pub pending_curator: Pubkey,
    /// These are the unix seconds until which the pending curator may accept; where nobody is pending, those of the last acceptance.
    pub pending_until: i64,
    /// It is the number of the next proposal of the curator, while the pool is curated.
    pub next_proposal: u64,
    /// It is in the main vault: fees of the curator and of the one before that are not yet collected, in native units.
    pub curator_due: u64,
    /// These are the shares of the first generation of the main class that are nobody's: those of the first deposit, which stays.
    pub seed_shares: u64,
    /// It is the level from which the growth of reserves counts, in native units: it follows them by at most the growth of an hour an hour.
    pub reserve_level: u64,
    /// These are the unix seconds of that level.
    pub reserve_level_at: i64,
    /// This is the number among the creator's pools of the mint.
    pub number: u16,
    /// It is the premium of the buy-back that was announced last, in basis points of the value.
    pub buyback_bps: u16,
    /// Number of changes of the curator and of who is to be; a proposal of another curator names the version it was made for.
    pub curator_version: u32,
    /// It is the moment of the buy-back that was announced last, unix seconds; zero where none was.
    pub buyback_at: i64,
    /// It is who was curator before; the default key for the protocol's fee owner.
    pub former_curator: Pubkey,
    /// It is what it has taken on within a day, by slot of the registry.
    pub taken: [Taken; MAX_SERIES],
    /// It is in the main vault: part of pool cash that trades have paid beyond the bid and that was not earned yet at the half-hour `unearned_touched`, in native units.
    pub unearned: u64,
    /// This is the number of that half-hour.
    pub unearned_touched: u64,
    /// It is the part of `debts` that the cap payoffs of bought options cover in accounts that have written none, in native units. Anyone sells these options for cash, which no rule of
    /// health prevents.
    pub covered_debts: u64,
    /// It is the part of `curator_due` that is of the curator before, in native units.
    pub former_due: u64,
    /// It is in the main vault: what the pool owes accounts beside their positions (`MarginAccount::unpaid`), in native units. It is part of pool cash, and nobody's who leaves.
    pub unpaid: u64,
    /// It is the part of `unpaid` that is set aside for these accounts, in native units. Like a reserve it is free for nothing else.
    pub payable: u64,
    /// It is the share of a claim in `unpaid` for which nothing is set aside yet, as an index that each payment lowers.
    pub paid_index: LossIndex,
    /// These are the unix seconds until which what leaves in a day has no limit, because a change of the curator waits.
    pub leaving_until: i64,
    /// These are the unix seconds from which on that is so: who asked when the change was proposed has waited by then, whatever their cooldown.
    pub leaving_from: i64,
}

const _: () = assert!(size_of::<ShareLedger>() == 48);
const _: () = assert!(size_of::<PoolUnderlying>() == 32 + 88 + 4 * CARRY_RATES);
const _: () = assert!(
    size_of::<Pool>()
        == 8 + 6 * 32
            + 10 * 8
            + 2 * 48
            + MAX_UNDERLYINGS * 152
            + size_of::<PoolParams>()
            + 200
            + 152
            + size_of::<LaterFills>()
            + MAX_SERIES * 32
            + 56
);

impl Pool {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Flag of a pool that the guardian or its curator has halted: it accepts no new risk, liquidity or series.
    pub const HALTED: u8 = 1;
    /// Flag of a pool whose mint no longer passes the mint policy, or whose tokens were seized: it accepts no new risk, liquidity
    /// or series.
    pub const DISTRESSED: u8 = 2;
    /// Flag of a pool whose liquidity is only the curator's, and that of whom they sign for.
    pub const PRIVATE: u8 = 4;
    /// Largest number of decimals of a collateral.
    pub const MAX_DECIMALS: u8 = 12;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Returns the scale of points. Errors: `InvalidParameter`, which a stored pool never causes.
    pub fn scale(&self) -> Result<PointScale> {
        PointScale::new(self.scale_exponent).program()
    }

    /// Returns the place of an underlying in this pool's list. Errors: `UnknownUnderlying`.
    pub fn underlying_index(&self, key: &Pubkey) -> Result<usize> {
        let used = self.underlyings.iter().take(usize::from(self.underlying_count));
        let place = used.into_iter().position(|u| u.key == *key);
        place.ok_or_else(|| error!(EvergreenError::UnknownUnderlying))
    }

    /// Checks that a price of the underlying at `place` is not older than this pool's fees cover. Errors: `PriceStale`.
    pub fn check_age(&self, place: usize, published: UnixTime, now: UnixTime) -> Result<()> {
        let age = now.0.saturating_sub(published.0);
        let most = self.max_ages.get(place).copied().unwrap_or(0);
        ensure!(age <= i64::from(most), PriceStale, "age {} s, this pool takes {} s", age, most);
        Ok(())
    }

    /// Returns the sum of all ledgers of the main vault, in native units. The vault holds this sum and donations.
    ///
    /// Errors: `Overflow`.
    pub fn main_vault_ledger(&self) -> Result<u64> {
        let parts = [
            self.fees_due,
            self.curator_due,
            self.withdrawals_due,
            self.deposits_due,
            self.referrals_due,
            self.tips_due,
        ];
        // The sum of nine 64-bit numbers cannot overflow 128 bits.
        let signed = [self.pool_cash, self.margin_cash, self.insurance_due];
        let signed = signed.iter().fold(0i128, |sum, part| sum.saturating_add(i128::from(*part)));
        let total = parts.iter().fold(signed, |sum, part| sum.saturating_add(i128::from(*part)));
        u64::try_from(total).map_err(crate::errors::too_large)
    }

    /// Returns pool cash in native units, or zero if it is negative.
    pub const fn cash(&self) -> Native {
        NativeDelta(self.pool_cash).positive_part()
    }

    /// Returns pool cash less the debts that insurance cannot pay, in native units. This is what can back reserves or be withdrawn.
    pub(super) fn sound_cash(&self) -> Result<Native> {
        Ok(Native(self.cash().0.saturating_sub(self.uncovered_debts()?.0)))
    }

    /// Returns the sum of all ledgers of the insurance vault, in native units. Errors: `Overflow`.
    pub fn insurance_vault_ledger(&self) -> Result<u64> {
        add(add(self.insurance_cash, self.insurance_withdrawals_due)?, self.insurance_deposits_due)
    }

    /// Checks that the vault of a class, which holds `held` native units, holds at least the sum of its ledgers.
    /// Errors: `VaultMismatch`, `Overflow`.
    pub fn check_class_vault(&self, class: ShareClass, held: u64) -> Result<()> {
        let ledger = match class {
            ShareClass::Main => self.main_vault_ledger()?,
            ShareClass::Insurance => self.insurance_vault_ledger()?,
        };
        ensure!(held >= ledger, VaultMismatch, "vault {}, ledger {}", held, ledger);
        Ok(())
    }
}

pub(super) fn add(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| error!(EvergreenError::Overflow))
}

pub(super) fn sub(a: u64, b: u64) -> Result<u64> {
    a.checked_sub(b).ok_or_else(|| error!(EvergreenError::Overflow))
}
