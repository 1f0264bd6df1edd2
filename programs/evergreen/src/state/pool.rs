//! A pool: the ledgers of one collateral, its locks, its share classes and parameters.

mod config;

pub use config::PoolCaps;

use super::{MarginAccount, PoolParams};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenAccount;
use evergreen_math::{
    BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Rounding, UnixTime, fees, inventory::Inventory,
    locks, option::OptionKind, shares,
};

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

/// Shares of one class and its queue of tickets.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ShareLedger {
    /// Shares with holders and in tickets. Kept here, not read from the mint: burning shares outside the program
    /// changes nothing.
    pub total: u64,
    /// Shares in tickets.
    pub in_tickets: u64,
    /// Number of the next ticket.
    pub next_ticket: u64,
    /// Number of the first ticket not fully executed.
    pub first_ticket: u64,
    /// Unix seconds at which the running day of withdrawals began.
    pub day_start: i64,
    /// Paid to tickets in that day, native units.
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

/// What is left of a claim on a vault after seizures that nothing else could bear.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Haircut {
    /// Share that is left of a claim made at the beginning of this epoch, 2^−63; from 2^31 to 2^63.
    pub factor: u64,
    /// How often 2^−32 was taken out of the factor; two at once when everything was lost.
    pub epoch: u32,
    /// Zero.
    pub padding: u32,
}

impl Haircut {
    /// Nothing lost.
    pub const NONE: Self = Self { factor: 1 << 63, epoch: 0, padding: 0 };
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
    /// Main vault: pool cash, margins, fees, executed tickets.
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
    /// Main vault: executed and unclaimed tickets of the main class, native units.
    pub tickets_due: u64,
    /// Insurance vault: capital of the insurance class, native units.
    pub insurance_cash: u64,
    /// Insurance vault: executed and unclaimed tickets of the insurance class, native units.
    pub insurance_tickets_due: u64,
    /// Sum of the locks of all series, native units.
    pub locks: u64,
    /// Net asset value at the last valuation of the book, followed through deposits and withdrawals: the depth of
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
    pub haircut: Haircut,
    /// Losses of the insurance vault's executed tickets by seizure.
    pub insurance_haircut: Haircut,
    /// How often the parameters have changed; a proposal names the version it was made for.
    pub config_version: u32,
    /// Bits of [`Pool::HALTED`] and [`Pool::DISTRESSED`].
    pub flags: u8,
    /// Zero.
    pub padding_2: [u8; 3],
    /// Zero, for later versions.
    pub reserved: [u8; 176],
}

const _: () = assert!(size_of::<ShareLedger>() == 48);
const _: () = assert!(size_of::<PoolUnderlying>() == 56);
const _: () = assert!(size_of::<Pool>() == 8 + 6 * 32 + 10 * 8 + 2 * 48 + MAX_UNDERLYINGS * 56 + 80 + 256);
const _: () = assert!(size_of::<Haircut>() == 16);

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
        let parts = [self.fees_due, self.insurance_due, self.tickets_due, self.referrals_due, self.tips_due];
        // Seven 64-bit numbers cannot overflow 128 bits.
        let signed = i128::from(self.pool_cash).saturating_add(self.margin_cash.into());
        let total = parts.iter().fold(signed, |sum, part| sum.saturating_add(i128::from(*part)));
        u64::try_from(total).map_err(crate::errors::too_large)
    }

    /// Tokens from outside into an account's cash.
    pub fn credit_margin(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        self.change_margin(account, amount.to_delta().program()?)
    }

    /// Tokens out of an account's cash to its owner. Errors: `InsufficientCash`.
    pub fn pay_owner(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        let cash = account.cash();
        ensure!(cash.positive_part() >= amount, InsufficientCash, "cash {}, asked {}", cash.0, amount.0);
        self.debit_margin(account, amount)
    }

    /// Tokens out of an account's cash. The caller has checked that the cash is there.
    fn debit_margin(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        self.change_margin(account, amount.to_delta().program()?.checked_neg().program()?)
    }

    /// Moves `amount` from pool cash to an account's cash (back if negative): premium, funding, payoff.
    /// Errors: `PoolExhausted` for a payment beyond the cash of a distressed pool, which would be others' margin.
    pub fn pay_account(&mut self, account: &mut MarginAccount, amount: NativeDelta) -> Result<()> {
        self.change_margin(account, amount)?;
        self.pool_cash = self.pool_cash.checked_sub(amount.0).ok_or(EvergreenError::Overflow)?;
        let covered = i128::from(self.pool_cash) >= i128::from(self.uncovered_debts()?.0);
        let payable = amount.0 <= 0 || covered || !self.is_distressed();
        ensure!(payable, PoolExhausted, "paying {} leaves pool cash {}", amount.0, self.pool_cash);
        Ok(())
    }

    fn change_margin(&mut self, account: &mut MarginAccount, change: NativeDelta) -> Result<()> {
        let owed_before = account.cash().negative_part();
        account.cash = account.cash.checked_add(change.0).ok_or(EvergreenError::Overflow)?;
        self.debts = add(sub(self.debts, owed_before.0)?, account.cash().negative_part().0)?;
        self.margin_cash = self.margin_cash.checked_add(change.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Takes a fee from an account's cash and splits it; a referrer gets his share of the protocol's part, rounded down.
    pub fn charge_fee(&mut self, account: &mut MarginAccount, fee: Native) -> Result<FeeShares> {
        let parts = self.params.fee_split()?.split(fee).program()?;
        let referred = account.referrer != Pubkey::default();
        let share = BasisPoints(if referred { self.params.referrer_bps } else { 0 });
        let referrer = parts.protocol.share(share, Rounding::Floor).program()?;
        let protocol = parts.protocol.checked_sub(referrer).program()?;
        self.debit_margin(account, fee)?;
        self.add_pool_cash(parts.main)?;
        self.add_insurance_due(parts.insurance)?;
        self.fees_due = add(self.fees_due, protocol.0)?;
        self.referrals_due = add(self.referrals_due, referrer.0)?;
        account.referral_due = add(account.referral_due, referrer.0)?;
        Ok(FeeShares { main: parts.main, insurance: parts.insurance, protocol, referrer })
    }

    /// Takes what an account owes its referrer out of the ledgers, to be paid. Errors: `ZeroAmount`.
    pub fn take_referral(&mut self, account: &mut MarginAccount) -> Result<Native> {
        let amount = core::mem::take(&mut account.referral_due);
        ensure!(amount > 0, ZeroAmount);
        self.referrals_due = sub(self.referrals_due, amount)?;
        Ok(Native(amount))
    }

    /// What an account that is being closed owes its referrer and nobody has claimed becomes the protocol's: a referrer
    /// who cannot be paid must not keep an owner from his rent.
    pub fn forfeit_referral(&mut self, account: &mut MarginAccount) -> Result<Native> {
        let amount = core::mem::take(&mut account.referral_due);
        self.referrals_due = sub(self.referrals_due, amount)?;
        self.fees_due = add(self.fees_due, amount)?;
        Ok(Native(amount))
    }

    /// Sets a keeper's tip aside out of an account's cash. Errors: `InsufficientCash`.
    pub fn reserve_tip(&mut self, account: &mut MarginAccount, tip: Native) -> Result<()> {
        self.pay_owner(account, tip)?;
        self.tips_due = add(self.tips_due, tip.0)?;
        Ok(())
    }

    /// Pays a tip that was set aside to an account's cash.
    pub fn pay_tip(&mut self, account: &mut MarginAccount, tip: Native) -> Result<()> {
        self.tips_due = sub(self.tips_due, tip.0)?;
        self.credit_margin(account, tip)
    }

    /// Takes a liquidation penalty from an account's cash: part to the liquidator's account, the rest to insurance.
    pub fn charge_penalty(
        &mut self,
        account: &mut MarginAccount,
        liquidator: &mut MarginAccount,
        penalty: fees::Penalty,
    ) -> Result<()> {
        self.debit_margin(account, penalty.total().program()?)?;
        self.credit_margin(liquidator, penalty.liquidator)?;
        self.add_insurance_due(penalty.insurance)
    }

    /// Adds to pool cash what was in another ledger of the main vault, or came in from outside.
    pub fn add_pool_cash(&mut self, amount: Native) -> Result<()> {
        let amount = amount.to_delta().program()?;
        self.pool_cash = self.pool_cash.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Takes from pool cash. The caller has checked what may be taken.
    pub fn take_pool_cash(&mut self, amount: Native) -> Result<()> {
        let amount = amount.to_delta().program()?;
        self.pool_cash = self.pool_cash.checked_sub(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    fn add_insurance_due(&mut self, amount: Native) -> Result<()> {
        self.insurance_due = self.insurance_due.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Capital of the insurance class in both vaults, native units.
    pub fn insurance_assets(&self) -> Result<Native> {
        Native(self.insurance_cash).checked_add(Native(self.insurance_due)).program()
    }

    /// Capital of the insurance class less what accounts with negative cash owe: what those who leave may count on.
    pub fn insurance_lower(&self) -> Result<Native> {
        Ok(Native(self.insurance_assets()?.0.saturating_sub(self.debts)))
    }

    /// What accounts with negative cash owe beyond what insurance can pay.
    pub fn uncovered_debts(&self) -> Result<Native> {
        Ok(Native(self.debts.saturating_sub(self.insurance_assets()?.0)))
    }

    /// Pool cash as an amount; nothing if it is negative.
    pub const fn cash(&self) -> Native {
        NativeDelta(self.pool_cash).positive_part()
    }

    /// Pool cash less what accounts owe beyond what insurance can pay: what may back locks and leave.
    fn sound_cash(&self) -> Result<Native> {
        Ok(Native(self.cash().0.saturating_sub(self.uncovered_debts()?.0)))
    }

    /// Follows a change of a series' open interest in the locks and the inventory.
    pub fn replace_exposure(
        &mut self,
        underlying: u8,
        kind: OptionKind,
        before: SeriesExposure,
        after: SeriesExposure,
    ) -> Result<()> {
        let locks = Native(self.locks).checked_sub(before.lock).and_then(|l| l.checked_add(after.lock)).program()?;
        self.locks = locks.0;
        let entry = self.underlyings.get_mut(usize::from(underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
        let net = match kind {
            OptionKind::Call => &mut entry.net_calls,
            OptionKind::Put => &mut entry.net_puts,
        };
        let change = after.net_cap_payoff.checked_sub(before.net_cap_payoff).program()?;
        *net = net.checked_add(change.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// The pool's net short cap payoff on one underlying and direction, native units.
    pub fn inventory(&self, underlying: u8, kind: OptionKind) -> Result<NativeDelta> {
        let entry = self.underlyings.get(usize::from(underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
        Ok(NativeDelta(match kind {
            OptionKind::Call => entry.net_calls,
            OptionKind::Put => entry.net_puts,
        }))
    }

    /// The lock rule: locks at most the allowed share of pool cash. Errors: `LockLimit`.
    pub fn check_locks(&self) -> Result<()> {
        let limit = locks::lock_limit(self.sound_cash()?, BasisPoints(self.params.lock_limit_bps)).program()?;
        ensure!(
            self.locks <= limit.0,
            LockLimit,
            "locks {} above {} of pool cash {}",
            self.locks,
            limit.0,
            self.pool_cash
        );
        Ok(())
    }

    /// Whether locks take nine tenths or more of what they may.
    pub fn is_crowded(&self) -> Result<bool> {
        const CROWDED: BasisPoints = BasisPoints(9_000);
        let limit = locks::lock_limit(self.sound_cash()?, BasisPoints(self.params.lock_limit_bps)).program()?;
        Ok(self.locks > 0 && self.locks >= limit.share(CROWDED, Rounding::Ceil).program()?.0)
    }

    /// How much of pool cash the lock rule leaves free, native units, rounded down.
    pub fn free_cash(&self) -> Result<Native> {
        locks::free_cash(Native(self.locks), self.sound_cash()?, BasisPoints(self.params.lock_limit_bps)).program()
    }

    /// Size limits of a series and of an account's position. Errors: `SeriesSizeLimit`, `AccountSizeLimit`.
    pub fn check_sizes(&self, series_side: Points, position: Points) -> Result<()> {
        let (side, held) =
            (series_side.size().program()?.0.unsigned_abs(), position.size().program()?.0.unsigned_abs());
        ensure!(
            side <= self.params.max_series_points,
            SeriesSizeLimit,
            "open interest {} points, limit {}",
            side,
            self.params.max_series_points
        );
        ensure!(
            held <= self.params.max_account_points,
            AccountSizeLimit,
            "position {} points, limit {}",
            held,
            self.params.max_account_points
        );
        Ok(())
    }

    /// A position that a trade leaves is none, or worth closing. Errors: `PositionTooSmall`.
    pub fn check_not_dust(&self, position: Points) -> Result<()> {
        let held = position.size().program()?.0.unsigned_abs();
        let least = self.params.min_account_points;
        ensure!(held == 0 || held >= least, PositionTooSmall, "position {} points, at least {}", held, least);
        Ok(())
    }

    /// Inventory pricing as the math crate sees it.
    pub const fn inventory_params(&self) -> Inventory {
        Inventory { kappa: BasisPoints(self.params.inventory_kappa_bps), depth: Native(self.inventory_depth) }
    }

    /// Shares of a class.
    pub const fn shares(&self, class: ShareClass) -> &ShareLedger {
        match class {
            ShareClass::Main => &self.main,
            ShareClass::Insurance => &self.insurance,
        }
    }

    /// Shares of a class, to change.
    pub const fn shares_mut(&mut self, class: ShareClass) -> &mut ShareLedger {
        match class {
            ShareClass::Main => &mut self.main,
            ShareClass::Insurance => &mut self.insurance,
        }
    }

    /// Share mint of a class.
    pub const fn share_mint(&self, class: ShareClass) -> Pubkey {
        match class {
            ShareClass::Main => self.main_mint,
            ShareClass::Insurance => self.insurance_mint,
        }
    }

    /// Seconds between request and execution of a withdrawal of this class.
    pub const fn cooldown(&self, class: ShareClass) -> i64 {
        let seconds = match class {
            ShareClass::Main => self.params.main_cooldown,
            ShareClass::Insurance => self.params.insurance_cooldown,
        };
        seconds as i64
    }

    /// A deposit of `amount` for `shares`. Errors: `DepositCap`.
    pub fn add_shares(&mut self, class: ShareClass, amount: Native, shares: u64) -> Result<()> {
        match class {
            ShareClass::Main => {
                self.add_pool_cash(amount)?;
                let (cash, cap) = (self.cash().0, self.params.max_pool_cash);
                ensure!(cash <= cap, DepositCap, "pool cash {} after the deposit, cap {}", cash, cap);
                self.inventory_depth = add(self.inventory_depth, amount.0)?;
            }
            ShareClass::Insurance => self.insurance_cash = add(self.insurance_cash, amount.0)?,
        }
        let ledger = self.shares_mut(class);
        ledger.total = add(ledger.total, shares)?;
        Ok(())
    }

    /// Sets aside `amount` for executed `shares`.
    pub fn execute_shares(&mut self, class: ShareClass, shares: u64, amount: Native, done: bool) -> Result<()> {
        self.shares_mut(class).execute(shares, amount, done)?;
        match class {
            ShareClass::Main => {
                self.take_pool_cash(amount)?;
                self.inventory_depth = self.inventory_depth.saturating_sub(amount.0);
                self.tickets_due = add(self.tickets_due, amount.0)?;
            }
            ShareClass::Insurance => {
                self.insurance_cash = sub(self.insurance_cash, amount.0)?;
                self.insurance_tickets_due = add(self.insurance_tickets_due, amount.0)?;
            }
        }
        Ok(())
    }

    /// Takes a claimed amount out of what is set aside.
    pub fn pay_claim(&mut self, class: ShareClass, amount: Native) -> Result<()> {
        let due = match class {
            ShareClass::Main => &mut self.tickets_due,
            ShareClass::Insurance => &mut self.insurance_tickets_due,
        };
        *due = sub(*due, amount.0)?;
        Ok(())
    }

    /// Errors: `VaultMismatch` when the vault of a class holds less than its ledgers.
    pub fn check_class_vault(&self, class: ShareClass, vault: &TokenAccount) -> Result<()> {
        let ledger = match class {
            ShareClass::Main => self.main_vault_ledger()?,
            ShareClass::Insurance => add(self.insurance_cash, self.insurance_tickets_due)?,
        };
        ensure!(vault.amount >= ledger, VaultMismatch, "vault {}, ledger {}", vault.amount, ledger);
        Ok(())
    }

    /// Pays an account out of insurance, as far as insurance goes: first from its income that is still in the main
    /// vault, then from its capital, which the caller has to move.
    pub fn pay_from_insurance(&mut self, account: &mut MarginAccount, wanted: Native) -> Result<InsuranceDraw> {
        let income = wanted.0.min(self.insurance_due);
        self.insurance_due = sub(self.insurance_due, income)?;
        let drawn = sub(wanted.0, income)?.min(self.insurance_cash);
        self.insurance_cash = sub(self.insurance_cash, drawn)?;
        let paid = Native(add(income, drawn)?);
        self.credit_margin(account, paid)?;
        Ok(InsuranceDraw { paid, from_vault: Native(drawn) })
    }

    /// Makes good the rest of an account's negative cash out of pool cash; returns how much that was.
    pub fn pay_debt(&mut self, account: &mut MarginAccount) -> Result<Native> {
        let debt = account.cash().negative_part();
        self.credit_margin(account, debt)?;
        self.take_pool_cash(debt)?;
        Ok(debt)
    }

    /// Income of insurance waiting in the main vault becomes capital in its own vault.
    pub fn sweep_insurance(&mut self) -> Result<Native> {
        let amount = core::mem::take(&mut self.insurance_due);
        self.insurance_cash = add(self.insurance_cash, amount)?;
        Ok(Native(amount))
    }
}

fn add(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| error!(EvergreenError::Overflow))
}

fn sub(a: u64, b: u64) -> Result<u64> {
    a.checked_sub(b).ok_or_else(|| error!(EvergreenError::Overflow))
}

/// What a series means for the pool as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesExposure {
    /// Its lock.
    pub lock: Native,
    /// Its net short cap payoff.
    pub net_cap_payoff: NativeDelta,
}

/// A fee divided among those who earn it, native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeShares {
    /// Main pool.
    pub main: Native,
    /// Insurance pool.
    pub insurance: Native,
    /// Protocol, the referrer's part taken off.
    pub protocol: Native,
    /// The account's referrer.
    pub referrer: Native,
}

impl FeeShares {
    /// The whole fee. Errors: `Overflow`.
    pub fn total(&self) -> Result<Native> {
        let parts = [self.insurance, self.protocol, self.referrer];
        parts.into_iter().try_fold(self.main, |sum, part| sum.checked_add(part)).program()
    }
}

/// What insurance paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsuranceDraw {
    /// In all.
    pub paid: Native,
    /// Of that, what has to be moved from the insurance vault to the main vault.
    pub from_vault: Native,
}

impl SeriesExposure {
    /// Exposure of a series as it stands.
    pub fn of(series: &super::Series, cap_payoff: Dollars, scale: PointScale) -> Result<Self> {
        Ok(Self { lock: series.lock(cap_payoff, scale)?, net_cap_payoff: series.net_cap_payoff(cap_payoff, scale)? })
    }
}

impl ShareLedger {
    /// Shares for a deposit of `amount` when all shares are worth `assets` at the upper bound, rounded down.
    /// Errors: `ZeroShares`, `NoNetAssetValue`.
    pub fn for_deposit(&self, amount: Native, assets: NativeDelta) -> Result<u64> {
        let minted = shares::shares_for_deposit(amount, self.total, assets).program()?;
        ensure!(minted > 0, ZeroShares);
        Ok(minted)
    }

    /// Worth of `shares` when all are worth `assets` at the lower bound, native units, rounded down.
    pub fn worth(&self, shares: u64, assets: NativeDelta) -> Result<Native> {
        shares::amount_for_shares(shares, self.total, assets).program()
    }

    /// What may still be paid out in the day that `now` lies in, when all shares are worth `assets`.
    pub fn day_allowance(&mut self, assets: Native, limit: BasisPoints, now: i64) -> Result<Native> {
        if now >= self.day_start.saturating_add(Pool::DAY) {
            self.day_start = now;
            self.day_outflow = 0;
        }
        // The limit is a share of what was there when the day began, so what left already counts as there.
        let base = assets.checked_add(Native(self.day_outflow)).program()?;
        // Rounded up: the last units leave, too.
        let most = base.share(limit, Rounding::Ceil).program()?;
        Ok(Native(most.0.saturating_sub(self.day_outflow)))
    }

    /// Adds a ticket of `shares` to the queue and returns its number.
    pub fn enqueue(&mut self, shares: u64) -> Result<u64> {
        let number = self.next_ticket;
        self.next_ticket = number.checked_add(1).ok_or(EvergreenError::Overflow)?;
        self.in_tickets = self.in_tickets.checked_add(shares).ok_or(EvergreenError::Overflow)?;
        Ok(number)
    }

    /// Retires executed shares, and the first ticket when it is `done`.
    pub fn execute(&mut self, shares: u64, amount: Native, done: bool) -> Result<()> {
        self.total = self.total.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        self.in_tickets = self.in_tickets.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        self.day_outflow = self.day_outflow.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        if done {
            self.first_ticket = self.first_ticket.checked_add(1).ok_or(EvergreenError::Overflow)?;
        }
        Ok(())
    }
}
