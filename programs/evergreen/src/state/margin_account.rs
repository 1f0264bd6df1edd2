//! A trader's account on one pool.

use super::Commitment;
use crate::{
    ensure,
    errors::EvergreenError,
    types::{Bits128, Leg, LossIndex, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{FundingIndex, Native, NativeDelta, Points};

/// Most positions of one account.
pub const MAX_POSITIONS: usize = 12;

/// Most open orders of one account.
pub const MAX_ORDERS: u16 = 32;

/// Options held or written on one series. Free when `points` is zero.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Position {
    /// Size in points: positive long, negative short.
    pub points: i64,
    /// The series' funding index when this position was last settled.
    pub funding_snapshot: Bits128,
    /// Generation of the series.
    pub generation: u32,
    /// Slot of the series in the registry.
    pub slot: u8,
    /// Zero.
    pub padding: [u8; 3],
}

impl Position {
    /// Size.
    pub const fn points(&self) -> Points {
        Points(self.points)
    }

    /// The series it is of.
    pub const fn series(&self) -> SeriesId {
        SeriesId { slot: self.slot, generation: self.generation }
    }

    /// The funding index when it was last settled.
    pub const fn snapshot(&self) -> FundingIndex {
        FundingIndex(self.funding_snapshot.get())
    }
}

/// Cash and positions of a trader in one pool. Seeds: `margin`, pool, owner, sub-account.
#[account(zero_copy)]
#[repr(C)]
pub struct MarginAccount {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Number of the sub-account.
    pub sub_account: u16,
    /// Zero.
    pub padding: [u8; 4],
    /// The pool.
    pub pool: Pubkey,
    /// Who deposits, trades and withdraws.
    pub owner: Pubkey,
    /// Who may trade for the owner but never withdraw; the default key for nobody.
    pub delegate: Pubkey,
    /// Who receives a part of the protocol's share of this account's fees; the default key for nobody.
    pub referrer: Pubkey,
    /// Cash in native units. Negative only while funding or a default is not yet liquidated or absorbed.
    pub cash: i64,
    /// Positions in no order.
    pub positions: [Position; MAX_POSITIONS],
    /// The referrer's part of this account's fees, not yet claimed, native units.
    pub referral_due: u64,
    /// Number of the next order or committed trade.
    pub next_order: u64,
    /// Seizures that cash and referral have already borne.
    pub loss_index: LossIndex,
    /// Orders open.
    pub open_orders: u16,
    /// Zero.
    pub padding_2: [u8; 6],
    /// The most that its bought options can pay, their points times their cap payoffs, native units, rounded down at each change.
    pub cover: u64,
    /// The trade that waits for its price.
    pub commitment: Commitment,
    /// Zero, for later versions.
    pub reserved: [u8; 16],
}

const _: () = assert!(size_of::<Position>() == 32);
const _: () = assert!(size_of::<MarginAccount>() == 8 + 4 * 32 + 8 + 32 * MAX_POSITIONS + 64 + size_of::<Commitment>());

impl MarginAccount {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Cash.
    pub const fn cash(&self) -> NativeDelta {
        NativeDelta(self.cash)
    }

    /// Places in `positions` that are taken.
    pub fn open_positions(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MAX_POSITIONS).filter(|place| self.positions[*place].points != 0)
    }

    /// Whether there is no position.
    pub fn is_flat(&self) -> bool {
        self.open_positions().next().is_none()
    }

    /// What the account owes beyond all that its bought options can ever pay, native units. No price is needed to tell, and one
    /// point left open covers no more than its own cap.
    pub fn bad_debt(&self) -> Native {
        Native(self.cash().negative_part().0.saturating_sub(self.cover))
    }

    /// The place of the position on a series, if there is one.
    pub fn find(&self, series: SeriesId) -> Option<usize> {
        self.open_positions().find(|place| self.positions[*place].series() == series)
    }

    /// Whether a leg only makes a position smaller, without passing zero.
    pub fn is_shrunk_by(&self, leg: &Leg) -> bool {
        let held = self.find(leg.series).map_or(0, |place| self.positions[place].points);
        held != 0 && (held < 0) != (leg.points < 0) && held.unsigned_abs() >= leg.points.unsigned_abs()
    }

    /// Errors: `LegNotReducing` for a leg whose bit is set in `closing` and that would do more than make a position smaller.
    pub fn check_closing(&self, legs: &[Leg], closing: u8) -> Result<()> {
        for (place, leg) in legs.iter().enumerate() {
            let must =
                closing.checked_shr(u32::try_from(place).map_err(crate::errors::too_large)?).unwrap_or(0) & 1 == 1;
            ensure!(!must || self.is_shrunk_by(leg), LegNotReducing, "leg {} must only close", place);
        }
        Ok(())
    }

    /// The place of the position on a series, or a free one. Errors: `TooManyPositions`.
    pub fn find_or_free(&self, series: SeriesId) -> Result<usize> {
        let place = self.find(series).or_else(|| (0..MAX_POSITIONS).find(|p| self.positions[*p].points == 0));
        place.ok_or_else(|| error!(EvergreenError::TooManyPositions))
    }

    /// Writes a position; one without points frees its place. The pool's ledgers follow in [`Pool::store_position`](super::Pool::store_position).
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

    /// Takes the number of an order or a committed trade. Errors: `WrongNumber` unless it is the next one, so that nothing is
    /// placed twice.
    pub fn take_number(&mut self, number: u64) -> Result<()> {
        ensure!(number == self.next_order, WrongNumber, "number {}, the next is {}", number, self.next_order);
        self.next_order = number.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Counts an order in. Errors: `WrongNumber` unless the number is the next one, `TooManyOrders`.
    pub fn take_order_number(&mut self, number: u64) -> Result<()> {
        self.take_number(number)?;
        ensure!(self.open_orders < MAX_ORDERS, TooManyOrders, "{} orders open", self.open_orders);
        self.open_orders = self.open_orders.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Counts an order out.
    pub fn release_order(&mut self) -> Result<()> {
        self.open_orders = self.open_orders.checked_sub(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Errors: `WrongPool`, `WrongVersion`.
    pub fn check(&self, pool: &Pubkey) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        ensure!(self.pool == *pool, WrongPool);
        Ok(())
    }

    /// Errors: `Unauthorized` unless the key is the owner's.
    pub fn check_owner(&self, key: &Pubkey) -> Result<()> {
        ensure!(*key == self.owner, Unauthorized);
        Ok(())
    }

    /// Errors: `Unauthorized` unless the key is the owner's or the delegate's.
    pub fn check_trader(&self, key: &Pubkey) -> Result<()> {
        ensure!(*key == self.owner || (*key == self.delegate && self.delegate != Pubkey::default()), Unauthorized);
        Ok(())
    }
}
