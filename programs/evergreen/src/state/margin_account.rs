//! A trader's account on one pool.

use super::Commitment;
use crate::{
    ensure,
    errors::EvergreenError,
    types::{Bits128, Leg, LossIndex, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{FundingIndex, Native, NativeDelta, Points};

/// Largest number of positions of one account.
pub const MAX_POSITIONS: usize = 12;

/// Largest number of open orders of one account.
pub const MAX_ORDERS: u16 = 32;

/// Options of one series that an account holds or has written. The entry is free when `points` is zero.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Position {
    /// This is the size in points; positive when held, negative when written.
    pub points: i64,
    /// It is the funding index of the series when this position was last settled, in 2^−40 dollars.
    pub funding_snapshot: Bits128,
    /// This is the generation of the series.
    pub generation: u32,
    /// This is the slot of the series in the registry.
    pub slot: u8,
    /// It is zero.
    pub padding: [u8; 3],
}

impl Position {
    /// Returns the size; negative when written.
    pub const fn points(&self) -> Points {
        Points(self.points)
    }

    /// Returns the series of the position.
    pub const fn series(&self) -> SeriesId {
        SeriesId { slot: self.slot, generation: self.generation }
    }

    /// Returns the funding index at which the position was last settled.
    pub const fn snapshot(&self) -> FundingIndex {
        FundingIndex(self.funding_snapshot.get())
    }
}

/// Cash and positions of a trader in one pool. Seeds: `margin`, pool, owner, sub-account.
#[account(zero_copy)]
#[repr(C)]
pub struct MarginAccount {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// This is the number of the sub-account.
    pub sub_account: u16,
    /// It is zero.
    pub padding: [u8; 4],
    /// This is the pool.
    pub pool: Pubkey,
    /// This is who deposits, trades and withdraws.
    pub owner: Pubkey,
    /// It is who may trade for the owner within the allowance, but never withdraw; the default key for nobody.
    pub delegate: Pubkey,
    /// It is who receives a part of the protocol's share of this account's fees; the default key for nobody.
    pub referrer: Pubkey,
    /// This is the cash in native units. It is negative only while the account owes funding or a loss that is not yet liquidated or absorbed.
    pub cash: i64,
    /// These are the positions, in no particular order.
    pub positions: [Position; MAX_POSITIONS],
    /// It is the referrer's part of this account's fees that is not yet claimed, in native units.
    pub referral_due: u64,
    /// This is the number of the next order or committed trade.
    pub next_order: u64,
    /// It is the loss index of the pool up to which cash, referral and the tip of the commitment have borne losses.
    pub loss_index: LossIndex,
    /// This is the number of open orders.
    pub open_orders: u16,
    /// Number of other accounts' orders that were committed with a stake of this account and have not ended.
    pub stakes: u16,
    /// It is what is set aside of a native unit for `unpaid` when that was recorded, in units of 2^−32 of one.
    pub paid_part: u32,
    /// It is the most that the account's bought options can pay (points times cap payoff), in native units, rounded down at each change.
    pub cover: u64,
    /// This is the trade that waits for its price.
    pub commitment: Commitment,
    /// These are the fees that fell due when the account could not pay them, in native units. They are no debt and no asset of the pool: they are taken out of what the
    /// account receives later, before it pays anything out or adds risk ([`Pool::collect_arrears`](super::Pool::collect_arrears)).
    pub arrears: u64,
    /// It is what the delegate's trades may still cost in tips, fees and penalties, in native units. The owner sets it with the delegate; of it all is held that a commitment of the delegate's may cost, until it ends.
    pub allowance: u64,
    /// It is the penalty on what the account has written that trades of the delegate have taken off the allowance, and no liquidation from the account since, in native units.
    pub penalty_counted: u64,
    /// These are the unix seconds from which on the next trade of a delegate is committed: before, whoever comes may commit an order of the owner's.
    pub delegate_from: i64,
    /// It is what the pool owes the account beside its positions, in native units: what it might not pay when somebody else settled or closed them. It is taken up when the account is
    /// next settled ([`Pool::take_up`](super::Pool::take_up)).
    pub unpaid: u64,
    /// It is [`Pool::paid_index`](super::Pool) when `unpaid` was recorded.
    pub paid_index: LossIndex,
}

const _: () = assert!(size_of::<Position>() == 32);
const _: () =
    assert!(size_of::<MarginAccount>() == 8 + 4 * 32 + 8 + 32 * MAX_POSITIONS + 104 + size_of::<Commitment>());

impl MarginAccount {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Returns the cash in native units.
    pub const fn cash(&self) -> NativeDelta {
        NativeDelta(self.cash)
    }

    /// Returns the places in `positions` that are taken.
    pub fn open_positions(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MAX_POSITIONS).filter(|place| self.positions[*place].points != 0)
    }

    /// Returns whether the account has no position.
    pub fn is_flat(&self) -> bool {
        self.open_positions().next().is_none()
    }

    /// Returns whether the account has written an option.
    pub fn has_written(&self) -> bool {
        self.positions.iter().any(|position| position.points < 0)
    }

    /// Returns what the account owes beyond what the pool owes it, in native units.
    fn debt(&self) -> Native {
        Native(self.cash().negative_part().0.saturating_sub(self.unpaid))
    }

    /// Returns what the account owes beyond what the pool owes it and the most that its bought options can pay, in native units. This needs no price, and
    /// each open point covers no more than its own cap payoff.
    pub fn bad_debt(&self) -> Native {
        Native(self.debt().0.saturating_sub(self.cover))
    }

    /// Returns what the account owes as far as its bought options can pay for it at most, if it has written none. Anyone sells them for cash.
    pub fn covered_debt(&self) -> Native {
        let debt = self.debt().min(Native(self.cover));
        if debt.is_zero() || self.has_written() { Native::ZERO } else { debt }
    }

    /// Returns the place of the position on a series, if there is one.
    pub fn find(&self, series: SeriesId) -> Option<usize> {
        self.open_positions().find(|place| self.positions[*place].series() == series)
    }

    /// Returns whether a leg only makes a position smaller, without passing zero.
    #[inline(never)]
    pub fn is_shrunk_by(&self, leg: &Leg) -> bool {
        let held = self.find(leg.series).map_or(0, |place| self.positions[place].points);
        held != 0 && (held < 0) != (leg.points < 0) && held.unsigned_abs() >= leg.points.unsigned_abs()
    }

    /// Returns the bits of the legs that only make a position smaller as it stands. A commitment has them set, so that such a leg never
    /// opens anything, whatever others make of the position until the fill.
    pub fn closing_bits(&self, legs: &[Leg]) -> u8 {
        let shrinks = legs.iter().enumerate().filter(|(_, leg)| self.is_shrunk_by(leg));
        shrinks.fold(0, |bits, (place, _)| {
            bits | u32::try_from(place).ok().and_then(|place| 1u8.checked_shl(place)).unwrap_or(0)
        })
    }

    /// Checks that each leg whose bit is set in `closing` only makes a position smaller. Errors: `LegNotReducing`.
    pub fn check_closing(&self, legs: &[Leg], closing: u8) -> Result<()> {
        for (place, leg) in legs.iter().enumerate() {
            let must =
                closing.checked_shr(u32::try_from(place).map_err(crate::errors::too_large)?).unwrap_or(0) & 1 == 1;
            ensure!(!must || self.is_shrunk_by(leg), LegNotReducing, "leg {} must only close", place);
        }
        Ok(())
    }

    /// Returns the legs of the commitment for the account as it stands: a leg that may only close is cut to what is left, or dropped.
    /// Errors: `Overflow`.
    pub fn committed_legs(&self) -> Result<Vec<Leg>> {
        let committed = self.commitment.legs();
        let mut legs = Vec::with_capacity(committed.len());
        for (place, leg) in committed.into_iter().enumerate() {
            let bits = u32::try_from(place).ok().and_then(|place| self.commitment.closing.checked_shr(place));
            if bits.unwrap_or(0) & 1 == 0 || self.is_shrunk_by(&leg) {
                legs.push(leg);
                continue;
            }
            let held = self.find(leg.series).map_or(0, |found| self.positions[found].points);
            if held != 0 && (held < 0) != (leg.points < 0) {
                let points = held.checked_neg().ok_or(EvergreenError::Overflow)?;
                legs.push(Leg { points, ..leg });
            }
        }
        Ok(legs)
    }

    /// Returns the place of the position on a series, or a free place. Errors: `TooManyPositions`.
    pub fn find_or_free(&self, series: SeriesId) -> Result<usize> {
        let place = self.find(series).or_else(|| (0..MAX_POSITIONS).find(|p| self.positions[*p].points == 0));
        place.ok_or_else(|| error!(EvergreenError::TooManyPositions))
    }

    /// Writes a position; a position without points frees its place.
    /// [`Pool::store_position`](super::Pool::store_position) also updates the cover and the pool's ledgers.
    pub fn store(&mut self, place: usize, series: SeriesId, points: Points, snapshot: FundingIndex) {
        self.positions[place] = if points.is_zero() {
            Position::default()
        } else {
            Position {
                points: points.0,
                funding_snapshot: Bits128::new(snapshot.0),
                generation: series.generation,
                slot: series.slot,
                padding: [0; 3],
            }
        };
    }

    /// Takes the number of an order or a committed trade. Errors: `WrongNumber` unless it is the next one. No request can
    /// therefore be placed twice.
    pub fn take_number(&mut self, number: u64) -> Result<()> {
        ensure!(number == self.next_order, WrongNumber, "number {}, the next is {}", number, self.next_order);
        self.next_order = number.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Takes the number of an order and adds one to the open orders. Errors: `WrongNumber` unless the number is the next one,
    /// `TooManyOrders`.
    pub fn take_order_number(&mut self, number: u64) -> Result<()> {
        self.take_number(number)?;
        ensure!(self.open_orders < MAX_ORDERS, TooManyOrders, "{} orders open", self.open_orders);
        self.open_orders = self.open_orders.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Subtracts one from the open orders. Errors: `Overflow`, which a stored order never causes.
    pub fn release_order(&mut self) -> Result<()> {
        self.open_orders = self.open_orders.checked_sub(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Checks the layout version and the pool. Errors: `WrongPool`, `WrongVersion`.
    pub fn check(&self, pool: &Pubkey) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(self.pool == *pool, WrongPool);
        Ok(())
    }

    /// Checks that the key is the owner's. Errors: `Unauthorized`.
    pub fn check_owner(&self, key: &Pubkey) -> Result<()> {
        ensure!(*key == self.owner, Unauthorized);
        Ok(())
    }

    /// Names a delegate, or nobody, and what their trades may cost from now on, in native units. What is committed already is no part of it, and all that is written counts anew.
    pub fn name_delegate(&mut self, delegate: Option<Pubkey>, allowance: u64) {
        self.delegate = delegate.unwrap_or_default();
        self.allowance = allowance;
        self.penalty_counted = 0;
        (self.commitment.held, self.commitment.penalty_held) = (0, 0);
    }

    /// Takes what the commitment, which a delegate has just made, may cost off their allowance: `held` native units, and of `penalty`, that on all that is written then, what was not counted before. Then they rest, until others have had
    /// [`Commitment::REST`] after its time to commit something for the owner. `now` in unix seconds. Errors: `DelegateRests`, `AllowanceExceeded`, `Overflow`.
    pub fn hold_allowance(&mut self, held: u64, penalty: u64, now: i64) -> Result<()> {
        let wait = self.delegate_from.saturating_sub(now);
        ensure!(wait <= 0, DelegateRests, "{} s are left, and {} s after each trade", wait, Commitment::REST);
        let uncounted = penalty.saturating_sub(self.penalty_counted);
        let cost = held.saturating_add(uncounted);
        ensure!(cost <= self.allowance, AllowanceExceeded, "may cost {}, allowance {}", cost, self.allowance);
        self.allowance = self.allowance.saturating_sub(cost);
        self.penalty_counted = self.penalty_counted.max(penalty);
        (self.commitment.held, self.commitment.penalty_held) = (held, uncounted);
        self.delegate_from = self.commitment.fill_deadline()?.saturating_add(Commitment::REST);
        Ok(())
    }

    /// Gives the allowance back what was held of it for a commitment beyond `cost` native units, or takes the rest of them; and where it has left the account as it was (`undone`), also the penalty that was counted with it,
    /// as far as no liquidation has taken it.
    pub fn release_allowance(&mut self, commitment: &Commitment, cost: u64, undone: bool) {
        let penalty = if undone { commitment.penalty_held.min(self.penalty_counted) } else { 0 };
        self.penalty_counted = self.penalty_counted.saturating_sub(penalty);
        let back = commitment.held.saturating_add(penalty);
        self.allowance = self.allowance.saturating_add(back).saturating_sub(cost);
    }

    /// Checks that the key is the owner's, or that of the delegate who has placed an order: what the owner has placed may guard the account. Errors: `Unauthorized`.
    pub fn check_may_cancel(&self, key: &Pubkey, placed_by: &Pubkey) -> Result<()> {
        self.check_trader(key)?;
        ensure!(*key == self.owner || key == placed_by, Unauthorized);
        Ok(())
    }

    /// Checks that the key is the owner's or the delegate's. Errors: `Unauthorized`.
    pub fn check_trader(&self, key: &Pubkey) -> Result<()> {
        ensure!(*key == self.owner || (*key == self.delegate && self.delegate != Pubkey::default()), Unauthorized);
        Ok(())
    }
}
