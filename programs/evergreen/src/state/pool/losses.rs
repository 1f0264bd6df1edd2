//! Losses by seizure: their assignment to a pool's ledgers, and the loss index that scales claims when they are next opened.

use super::{Pool, add};
use crate::{
    emit_event, ensure,
    errors::{EvergreenError, MathContext},
    events::{DistressChanged, LossApplied},
    state::{LiquidityRequest, MarginAccount, RetiredShares, Series, SeriesRegistry},
    types::{LossIndex, ShareClass, VaultLedgers},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, Rounding, UnixTime, seizure};

impl Pool {
    /// Returns the loss index of the claims on the vault of a class.
    pub const fn loss_index_of(&self, class: ShareClass) -> LossIndex {
        match class {
            ShareClass::Main => self.loss_index,
            ShareClass::Insurance => self.insurance_loss_index,
        }
    }

    /// Checks that an account is this pool's and scales its cash, its referrer's share and the tip of its commitment by the losses
    /// by seizure that they have not borne yet, rounded down. The pool's ledgers have borne these losses already.
    ///
    /// Errors: `WrongPool`, `WrongVersion`.
    pub fn apply_losses(&self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        self.check()?;
        account.check(key)?;
        if account.loss_index == self.loss_index {
            return Ok(());
        }
        let held = |account: &MarginAccount| account.commitment.set_aside();
        let before = (account.cash, account.referral_due, held(account));
        if account.cash > 0 {
            let left = account.loss_index.claim(account.cash().positive_part().0, self.loss_index)?;
            account.cash = Native(left).to_delta().program()?.0;
        }
        account.referral_due = account.loss_index.claim(account.referral_due, self.loss_index)?;
        account.commitment.tip = account.loss_index.claim(account.commitment.tip, self.loss_index)?;
        account.commitment.bond = account.loss_index.claim(account.commitment.bond, self.loss_index)?;
        account.commitment.stake = account.loss_index.claim(account.commitment.stake, self.loss_index)?;
        account.loss_index = self.loss_index;
        emit_event!(LossApplied {
            pool: *key,
            owner: account.owner,
            sub_account: account.sub_account,
            cash_lost: before.0.saturating_sub(account.cash).unsigned_abs(),
            referral_lost: before.1.saturating_sub(account.referral_due),
            tip_lost: before.2.saturating_sub(held(account)),
        });
        Ok(())
    }

    /// Returns all ledgers as they stand.
    pub const fn ledgers(&self) -> VaultLedgers {
        VaultLedgers {
            insurance_cash: self.insurance_cash,
            insurance_withdrawals_due: self.insurance_withdrawals_due,
            insurance_deposits_due: self.insurance_deposits_due,
            insurance_due: self.insurance_due,
            fees_due: self.fees_due,
            curator_due: self.curator_due,
            pool_cash: self.pool_cash,
            margin_cash: self.margin_cash,
            withdrawals_due: self.withdrawals_due,
            deposits_due: self.deposits_due,
            referrals_due: self.referrals_due,
            tips_due: self.tips_due,
        }
    }

    /// Assigns the tokens missing in the insurance vault, which holds `held` native units: first to insurance's capital, then in
    /// proportion to its executed withdrawals, deposits on their way and what it owes the main vault. Errors: `Overflow`.
    pub fn socialize_insurance_loss(&mut self, held: u64) -> Result<()> {
        let shortfall = Native(self.insurance_vault_ledger()?.saturating_sub(held));
        if shortfall.is_zero() {
            return Ok(());
        }
        let owed = NativeDelta(self.insurance_due).negative_part();
        let mut capital = [Native(self.insurance_cash.saturating_sub(owed.0))];
        let mut claims = [Native(self.insurance_withdrawals_due), Native(self.insurance_deposits_due), owed];
        let loss_index =
            seizure::assign(shortfall, &mut capital, &mut claims, self.insurance_loss_index.math()).program()?;
        self.insurance_loss_index = LossIndex::stored(loss_index);
        let ([capital], [withdrawals, deposits, owed_left]) = (capital, claims);
        self.insurance_cash = add(capital.0, owed_left.0)?;
        self.insurance_withdrawals_due = withdrawals.0;
        self.insurance_deposits_due = deposits.0;
        // What insurance can no longer pay to the main vault is missing there.
        let lost = owed.0.saturating_sub(owed_left.0);
        self.insurance_due = self.insurance_due.checked_add_unsigned(lost).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Assigns the tokens missing in the main vault, which holds `held` native units: to insurance, the curator's fees, protocol fees and pool cash
    /// in this order, and then to all claims in proportion. No tokens move: what insurance bears it owes the main vault.
    ///
    /// Negative cash of accounts is counted in pool cash, but the vault does not hold it. So pool cash bears no more than it has beyond these debts, and insurance keeps what it alone covers of
    /// them. What neither covers any more, because insurance has lost it with its own vault, is missing, too: otherwise whoever is paid last would find nothing. Errors: `Overflow`.
    pub fn socialize_main_loss(&mut self, held: u64) -> Result<()> {
        let uncovered = self.means()?.spendable.negative_part();
        let shortfall = Native(self.main_vault_ledger()?.saturating_sub(held)).checked_add(uncovered).program()?;
        if shortfall.is_zero() {
            return Ok(());
        }
        self.add_pool_cash(uncovered)?;
        let uninsured = self.debts.saturating_sub(self.cash().0);
        let insurance = Native(self.insurance_assets()?.0.saturating_sub(uninsured));
        let capital = Native(self.cash().0.saturating_sub(self.debts));
        let cash = self.margin_cash.checked_add_unsigned(self.debts).ok_or(EvergreenError::Overflow)?;
        let cash = u64::try_from(cash).map_err(crate::errors::too_large)?;
        let mut bearers = [insurance, Native(self.curator_due), Native(self.fees_due), capital];
        let mut claims = [cash, self.withdrawals_due, self.deposits_due, self.referrals_due, self.tips_due].map(Native);
        let loss_index = seizure::assign(shortfall, &mut bearers, &mut claims, self.loss_index.math()).program()?;
        self.loss_index = LossIndex::stored(loss_index);
        let [insurance_left, curator, fees, capital_left] = bearers;
        let [cash, withdrawals, deposits, referrals, tips] = claims;
        self.draw_on_insurance(insurance.checked_sub(insurance_left).program()?)?;
        // Both curators bear the same part.
        if self.curator_due > 0 {
            let kept = Native(self.former_due).mul_div(curator.0, self.curator_due, Rounding::Floor);
            self.former_due = kept.program()?.0;
        }
        self.curator_due = curator.0;
        self.fees_due = fees.0;
        self.take_pool_cash(capital)?;
        self.add_pool_cash(capital_left)?;
        self.depth = self.depth.saturating_sub(capital.0.saturating_sub(capital_left.0));
        self.margin_cash =
            cash.to_delta().program()?.0.checked_sub_unsigned(self.debts).ok_or(EvergreenError::Overflow)?;
        self.withdrawals_due = withdrawals.0;
        self.deposits_due = deposits.0;
        self.referrals_due = referrals.0;
        self.tips_due = tips.0;
        Ok(())
    }

    /// What a distressed pool may pay from, as an instruction finds it.
    #[inline(never)]
    pub fn means(&self) -> Result<Means> {
        let debts = self.uncovered_debts()?.to_delta().program()?;
        let spendable = NativeDelta(self.pool_cash).checked_sub(debts).program()?;
        Ok(Means { spendable, reserved: self.committed_needs()? })
    }

    /// Returns how much too much an instruction that found the pool with these means has taken out of it, in native units, rounded
    /// up. What is reserved is for those who hold options, and whatever a pool pays beyond its capital is the cash of other accounts. So it is limited in a distressed pool, and in any
    /// that could not cover what is reserved: one whose providers have left, for instance, and that owes funding to writers.
    ///
    /// 1. The net of all payments of the instruction counts. If the pool has gained, nothing is too much.
    /// 2. What is left has to cover the same part of the remaining reserves as before, or all of them. Who is first is therefore
    ///    paid no larger part of what the pool owes at most than who is last.
    /// 3. What anybody owes pays nobody before it has come in.
    pub fn overpaid(&self, before: &Means) -> Result<Native> {
        let left = self.means()?;
        if !self.is_distressed() && left.spendable >= left.reserved.to_delta().program()? {
            return Ok(Native::ZERO);
        }
        Ok(left.missing(before)?.positive_part())
    }

    /// Checks that accounts owe less than a hundredth of what the pool is short of at `now` ([`Self::owed_by_accounts`]): of what is reserved and not there, or of the `missing` native units that a payment would be cut by, where that is more. Otherwise it waits: whoever wants it settles
    /// them first (`settle_positions`, `close_for_cash`), and nobody loses what another one can pay. Each is cut by their part of what the pool is short of, so that is what counts, however little they are due. Errors: `FundingUncollected`.
    pub fn check_collected(&self, registry: &SeriesRegistry, missing: Native, now: UnixTime) -> Result<()> {
        const PART: u64 = 100;
        let Means { spendable, reserved } = self.means()?;
        let short = reserved.to_delta().program()?.checked_sub(spendable).program()?.positive_part().max(missing);
        let owed = self.owed_by_accounts(registry, now)?;
        let waits = owed.0.saturating_mul(PART) >= short.0;
        ensure!(!waits, FundingUncollected, "{} missing, accounts owe {}", short.0, owed.0);
        Ok(())
    }

    /// Returns how much pool cash is short of reserved collateral and [`Self::owed_to_accounts`] at `now`, unix seconds, in native units. What accounts owe counts for nothing here, neither as
    /// funding nor as a debt that insurance cannot pay, because a seizure may have taken their cash. Errors: `Overflow`.
    pub fn short_of(&self, registry: &SeriesRegistry, now: i64) -> Result<Native> {
        let owed = self.owed_to_accounts(registry, now)?;
        let needed = Native(self.reserved_collateral.saturating_add(self.payable)).checked_add(owed).program()?;
        Ok(needed.to_delta().program()?.checked_sub(self.means()?.spendable).program()?.positive_part())
    }

    /// Adds to pool cash what the main vault, which holds `held` native units, has beyond its ledgers, as far as `missing` native units go, which nobody can get in any more, and sets it aside for whom the pool owes. Returns what was
    /// added, in native units. Nobody is owed what is left of it: it buys no shares, so that no donation moves what they are worth in a pool that owes nothing it cannot pay, also where what holders owe has yet to be settled. Errors: `Overflow`.
    pub fn make_good(&mut self, held: u64, missing: Native) -> Result<Native> {
        let found = Native(held.saturating_sub(self.main_vault_ledger()?)).min(missing);
        if !found.is_zero() {
            self.add_pool_cash(found)?;
            self.share_out()?;
        }
        Ok(found)
    }

    /// Returns what the pool owes accounts at `now`, unix seconds, beside payoffs and what is set aside for them, in native units: what stayed owed when they were settled, and the funding of those sides of its series that are owed any, at the rate in
    /// force since each series was last touched. What the other side owes pays none of it before it has come in. Errors: `Overflow`.
    pub fn owed_to_accounts(&self, registry: &SeriesRegistry, now: i64) -> Result<Native> {
        let (now, scale) = (UnixTime(now), self.scale()?);
        let unsettled = sum_of(registry, |series| {
            let claims = series.claims_by(now, scale)?;
            Ok([claims.bought.negative_part(), claims.written.negative_part()])
        })?;
        unsettled.checked_add(self.unfunded()).program()
    }

    /// Returns what accounts owe the pool at `now` that anyone can get in, in native units, rounded against the pool: the funding of those sides of its series that owe any, counted as by
    /// [`Self::owed_to_accounts`]; the payoffs of series that have ended, which their writers owe beyond the funding that is owed to them; and negative cash for which bought options can be sold (`covered_debts`), as far as insurance could not pay it. What nothing
    /// covers is lost, so nobody waits for it; nor for what a series has run up that nobody has valued for an hour, because its feed may stand still. Errors: `Overflow`.
    #[inline(never)]
    pub fn owed_by_accounts(&self, registry: &SeriesRegistry, now: UnixTime) -> Result<Native> {
        let scale = self.scale()?;
        let unsettled = sum_of(registry, |series| {
            let now = if series.is_unmeasured(now.0) { series.funding().touched } else { now };
            let bought = series.claims_by(now, scale)?.bought;
            Ok([bought.positive_part(), series.owed_by_writers(now, scale)?.positive_part()])
        })?;
        let uninsured = self.uncovered_debts()?.0.saturating_sub(self.uncovered_bad_debts()?.0);
        unsettled.checked_add(Native(self.covered_debts.min(uninsured))).program()
    }

    /// Returns whether the pool is distressed: the mint is no longer acceptable, or tokens were seized.
    pub const fn is_distressed(&self) -> bool {
        self.flags & Self::DISTRESSED != 0
    }

    /// Marks the pool as distressed or as no longer distressed.
    pub fn set_distressed(&mut self, key: &Pubkey, distressed: bool) {
        if self.is_distressed() == distressed {
            return;
        }
        self.flags ^= Self::DISTRESSED;
        emit_event!(DistressChanged { pool: *key, distressed });
    }
}

/// Returns a part of a whole of `amount`, native units. Errors: `DivisionByZero`, `Overflow`.
#[inline(never)]
pub fn share_of(amount: Native, (part, whole): (u64, u64), rounding: Rounding) -> Result<Native> {
    amount.mul_div(part, whole, rounding).program()
}

/// Returns the sum of what `of` tells about both sides of the series with open interest, in native units.
fn sum_of(registry: &SeriesRegistry, of: impl Fn(&Series) -> Result<[Native; 2]>) -> Result<Native> {
    registry.used().filter(|series| series.has_interest()).try_fold(Native::ZERO, |sum, series| {
        let [bought, written] = of(series)?;
        sum.checked_add(bought).and_then(|sum| sum.checked_add(written)).program()
    })
}

/// What a pool can pay from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// It is pool cash less the debts that insurance cannot pay, in native units.
    pub spendable: NativeDelta,
    /// It is the sum of the reserves of all series, of what is committed and of what is set aside for accounts, in native units: nothing that somebody else is owed takes it.
    pub reserved: Native,
}

impl Means {
    /// Returns how much more than this a pool has to have that had `before`, as [`Pool::overpaid`] says; negative where it may pay more. As long as an instruction pays one account the same for each point, or each native unit, this is convex in them: so
    /// what lies between two numbers of them is at most what the straight line says. Errors: `Overflow`.
    #[inline(never)]
    pub fn missing(&self, before: &Self) -> Result<NativeDelta> {
        let paid = before.spendable.checked_sub(self.spendable).program()?;
        let share = match before.reserved {
            Native(0) => Native::ZERO,
            Native(all) => share_of(before.spendable.positive_part(), (self.reserved.0, all), Rounding::Ceil)?,
        };
        let kept = share.min(self.reserved).to_delta().program()?;
        let missing = kept.checked_sub(self.spendable).program()?.max(NativeDelta(self.spendable.0.saturating_neg()));
        Ok(missing.min(paid))
    }

    /// Returns what lies free beside the reserves, in native units.
    pub const fn free(&self) -> Native {
        NativeDelta(self.spendable.0.saturating_sub_unsigned(self.reserved.0)).positive_part()
    }

    /// As [`Self::missing`], where nothing is paid out of what lay free before; at least zero. Errors: `Overflow`.
    #[inline(never)]
    pub fn missing_beside_free(&self, before: &Self) -> Result<Native> {
        let free = before.free();
        let [left, before] = [self, before]
            .map(|m| Self { spendable: NativeDelta(m.spendable.0.saturating_sub_unsigned(free.0)), ..*m });
        Ok(left.missing(&before)?.positive_part())
    }
}

/// Scales claims, in native units, that have borne losses up to the index with this factor and epoch by those up to `now`, rounded down.
fn scale_claims<const N: usize>(
    claims: [&mut u64; N],
    (factor, epoch): (&mut u64, &mut u32),
    now: LossIndex,
) -> Result<()> {
    let before = LossIndex { factor: *factor, epoch: *epoch, padding: 0 };
    for claim in claims {
        *claim = before.claim(*claim, now)?;
    }
    (*factor, *epoch) = (now.factor, now.epoch);
    Ok(())
}

impl LiquidityRequest {
    /// The one way into a request: checks its layout version, and scales its payable amount and the tokens of a deposit by the losses by
    /// seizure that they have not borne yet, rounded down. Errors: `WrongVersion`.
    pub fn open(&mut self, pool: &Pool) -> Result<()> {
        self.check()?;
        let now = pool.loss_index_of(self.share_class());
        scale_claims([&mut self.payable, &mut self.deposit], (&mut self.loss_factor, &mut self.loss_epoch), now)
    }
}

impl RetiredShares {
    /// The one way into retired shares: checks their layout version, and scales their amount by the losses by seizure that it has not
    /// borne yet, rounded down. Errors: `WrongVersion`.
    pub fn open(&mut self, pool: &Pool) -> Result<()> {
        self.check()?;
        let now = pool.loss_index_of(self.share_class());
        scale_claims([&mut self.amount], (&mut self.loss_factor, &mut self.loss_epoch), now)
    }
}
