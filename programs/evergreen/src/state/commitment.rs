//! A trade that has been committed and waits for its price.

use crate::{
    ensure,
    errors::EvergreenError,
    types::{Leg, MAX_LEGS, SeriesId},
};
use anchor_lang::prelude::*;

/// A leg of a commitment. Free when `points` is zero.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct CommittedLeg {
    /// Points bought (positive) or sold (negative).
    pub points: i64,
    /// Generation of the series.
    pub generation: u32,
    /// Slot of the series in the registry.
    pub slot: u8,
    /// Zero.
    pub padding: [u8; 3],
}

/// A trade that its trader can no longer take back: it is filled at the first price published after it, whoever sends that.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Commitment {
    /// Unix seconds at which it was made; zero where there is none.
    pub committed_at: i64,
    /// Least change of cash accepted, fees included (negative: the most to pay), native units.
    pub min_net: i64,
    /// What whoever fills it gets, native units, set aside when it was made.
    pub tip: u64,
    /// Number of the order that it comes from, plus one; zero for a trade.
    pub order: u64,
    /// The legs.
    pub legs: [CommittedLeg; MAX_LEGS],
    /// The bit of each leg that must only make a position smaller.
    pub closing: u8,
    /// Zero.
    pub padding: [u8; 7],
}

const _: () = assert!(size_of::<Commitment>() == 32 + 16 * MAX_LEGS + 8);

impl Commitment {
    /// Seconds after which it can be ended without a price: a feed that has stopped for good must trap nobody.
    pub const ABANDONED_AFTER: i64 = 600;

    /// A commitment of legs.
    pub fn new(now: i64, legs: &[Leg], closing: u8, min_net: i64) -> Self {
        let mut commitment = Self { committed_at: now, min_net, closing, ..Self::default() };
        for (stored, leg) in commitment.legs.iter_mut().zip(legs) {
            let SeriesId { slot, generation } = leg.series;
            *stored = CommittedLeg { points: leg.points, generation, slot, padding: [0; 3] };
        }
        commitment
    }

    /// Whether there is one.
    pub const fn is_open(&self) -> bool {
        self.committed_at != 0
    }

    /// Its legs.
    pub fn legs(&self) -> Vec<Leg> {
        let used = self.legs.iter().filter(|leg| leg.points != 0);
        let leg = |leg: &CommittedLeg| Leg {
            series: SeriesId { slot: leg.slot, generation: leg.generation },
            points: leg.points,
        };
        used.map(leg).collect()
    }

    /// Number of the order that it comes from.
    pub const fn order_number(&self) -> Option<u64> {
        self.order.checked_sub(1)
    }

    /// Errors: `CommitmentOpen` while there is one: its account is held as it was when the price was not known yet.
    pub fn check_none(&self) -> Result<()> {
        ensure!(!self.is_open(), CommitmentOpen, "committed at {}", self.committed_at);
        Ok(())
    }

    /// Errors: `OrderMissing` unless `number` is that of the order that this comes from, or there is none.
    pub fn check_order(&self, number: Option<u64>) -> Result<()> {
        let expected = self.order_number();
        ensure!(expected == number, OrderMissing, "order {:?}, expected {:?}", number, expected);
        Ok(())
    }

    /// Errors: `NothingCommitted` where there is none.
    pub fn check_open(&self) -> Result<()> {
        ensure!(self.is_open(), NothingCommitted);
        Ok(())
    }

    /// Whether it can be ended without a price.
    pub const fn is_abandoned(&self, now: i64) -> bool {
        self.is_open() && now.saturating_sub(self.committed_at) >= Self::ABANDONED_AFTER
    }

    /// Unix seconds after which the price that fills it is published, `delay` after the commitment.
    pub fn price_after(&self, delay: u32) -> Result<i64> {
        self.committed_at.checked_add(delay.into()).ok_or_else(|| error!(EvergreenError::Overflow))
    }
}
