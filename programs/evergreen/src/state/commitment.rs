//! A trade that has been committed and waits for its price.

use crate::{
    ensure,
    errors::{DisplayOption, EvergreenError},
    types::{Leg, MAX_LEGS, PoolParams, SeriesId},
};
use anchor_lang::prelude::*;

/// A leg of a commitment. The entry is free when `points` is zero.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct CommittedLeg {
    /// These are the points bought (positive) or sold (negative).
    pub points: i64,
    /// This is the generation of the series.
    pub generation: u32,
    /// This is the slot of the series in the registry.
    pub slot: u8,
    /// It is zero.
    pub padding: [u8; 3],
    /// These are the points of it that open a position or make it larger, as things stood when it was committed. The capacity for them is reserved.
    pub opening: u64,
    /// It says how much that adds to its side of the delta, in native units, positive upward, as the series' slope was then. The room for it is reserved.
    pub delta: i64,
}

/// What a leg opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// These are the points that open a position or make it larger.
    pub points: u64,
    /// This is how much they add to their side of the delta, in native units, positive upward.
    pub delta: i64,
}

/// A trade that its trader can no longer take back. The first price published after it fills it, and anyone may send that price.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Commitment {
    /// These are the unix seconds at which the trade was committed; zero where there is no commitment.
    pub committed_at: i64,
    /// This is the least change of cash accepted, fees included (negative: the most to pay), native units.
    pub min_net: i64,
    /// This is the tip of the filler, in native units. It was set aside when the trade was committed.
    pub tip: u64,
    /// It is what it costs if it is not filled, in native units; zero for a trade that only reduces. It was set aside with the tip.
    pub bond: u64,
    /// It is what somebody else who committed an order has set aside out of an account of their own, in native units: what it costs if the commitment ends in
    /// vain for a reason that they chose with the moment.
    pub stake: u64,
    /// It is the number of the order that it comes from, plus one; zero for a trade.
    pub order: u64,
    /// It is the least size of a position that the trade leaves, in points, as the pool had it then.
    pub least_points: u64,
    /// It is what is held of a delegate's allowance until it ends, in native units: what it may cost in tip and fees; zero where the owner has committed it.
    pub held: u64,
    /// It is what it has taken off that allowance for the penalty on what is written with it, in native units.
    pub penalty_held: u64,
    /// It is what has come into the account since then beside funding and what its options bring, in native units. Whoever can bring it about at will would choose by it whether the trade is paid, so it pays none.
    pub added: u64,
    /// These are the legs.
    pub legs: [CommittedLeg; MAX_LEGS],
    /// These are the bits of the legs that may only make a position smaller.
    pub closing: u8,
    /// These are the seconds from the commitment to the moment after which its price is published, as the pool had it then.
    pub fill_delay: u8,
    /// These are the seconds after that moment within which its price has to be published, and the commitment to be filled, as the pool had it then.
    pub fill_window: u8,
    /// One where somebody else has committed an order and has a stake, however much a loss has left of it; otherwise zero.
    pub staked: u8,
    /// It is zero.
    pub padding: [u8; 4],
}

const _: () = assert!(size_of::<Commitment>() == 80 + 32 * MAX_LEGS + 8);

impl Commitment {
    /// Seconds after which a commitment can be ended without a price, so that a feed that has stopped does not trap an account.
    pub const ABANDONED_AFTER: i64 = 600;

    /// Seconds that an order rests whose trade was committed and not filled, and a delegate after the time to fill theirs.
    pub const REST: i64 = 30;

    /// Makes a commitment of legs and what each opens, without tip and order, at the pool's times and least size of now. Errors: `Overflow`,
    /// which stored parameters never cause.
    pub fn new(
        now: i64,
        params: &PoolParams,
        legs: &[Leg],
        openings: [Opening; MAX_LEGS],
        closing: u8,
        min_net: i64,
    ) -> Result<Self> {
        let seconds = |seconds: u32| u8::try_from(seconds).map_err(crate::errors::too_large);
        let (fill_delay, fill_window) = (seconds(params.fill_delay)?, seconds(params.fill_window)?);
        let least_points = params.min_account_points;
        let times = Self { committed_at: now, fill_delay, fill_window, ..Self::default() };
        let mut commitment = Self { min_net, closing, least_points, ..times };
        for ((stored, leg), opening) in commitment.legs.iter_mut().zip(legs).zip(openings) {
            let SeriesId { slot, generation } = leg.series;
            let Opening { points: opening, delta } = opening;
            *stored = CommittedLeg { points: leg.points, generation, slot, padding: [0; 3], opening, delta };
        }
        Ok(commitment)
    }

    /// Returns the points of a series for whose opening capacity is reserved.
    pub fn opening(&self, id: SeriesId) -> u64 {
        let of_series = |leg: &&CommittedLeg| leg.slot == id.slot && leg.generation == id.generation;
        self.legs.iter().find(of_series).map_or(0, |leg| leg.opening)
    }

    /// Returns tip, bond and stake together, in native units.
    pub const fn set_aside(&self) -> u64 {
        self.tip.saturating_add(self.bond).saturating_add(self.stake)
    }

    /// Counts so many native units as come in since the commitment, if there is one.
    pub const fn count_added(&mut self, amount: u64) {
        if self.is_open() {
            self.added = self.added.saturating_add(amount);
        }
    }

    /// Returns the least change of cash, in native units, that the limit and a cash of so many native units allow, without what has come in since the commitment.
    pub fn least_net(&self, cash: i64) -> i64 {
        self.min_net.max(cash.saturating_neg().saturating_add_unsigned(self.added))
    }

    /// Returns whether somebody else has committed an order and has a stake.
    pub const fn is_staked(&self) -> bool {
        self.staked != 0
    }

    /// Returns whether there is a commitment.
    pub const fn is_open(&self) -> bool {
        self.committed_at != 0
    }

    /// Returns the legs in use.
    pub fn legs(&self) -> Vec<Leg> {
        let used = self.legs.iter().filter(|leg| leg.points != 0);
        let leg = |leg: &CommittedLeg| Leg {
            series: SeriesId { slot: leg.slot, generation: leg.generation },
            points: leg.points,
        };
        used.map(leg).collect()
    }

    /// Returns the number of the order that the commitment comes from.
    pub const fn order_number(&self) -> Option<u64> {
        self.order.checked_sub(1)
    }

    /// Checks that there is no commitment. An account with one must not change otherwise. Errors: `CommitmentOpen`.
    pub fn check_none(&self) -> Result<()> {
        ensure!(!self.is_open(), CommitmentOpen, "committed at {}", self.committed_at);
        Ok(())
    }

    /// Returns whether every leg must only make a position smaller.
    pub fn only_closes(&self) -> bool {
        let places = 0..self.legs().len();
        places.into_iter().all(|place| u32::try_from(place).is_ok_and(|place| self.closing >> place & 1 == 1))
    }

    /// Checks that no commitment from before `moment`, in unix seconds, can still be filled at `now`, so that what was announced for that moment
    /// makes no such commitment fail. Whoever commits after it knows what may come. Errors: `CommitmentOpen`, `Overflow`.
    pub fn check_none_before(&self, moment: i64, now: i64) -> Result<()> {
        let is_held = self.is_open() && self.committed_at <= moment && now <= self.fill_deadline()?;
        ensure!(!is_held, CommitmentOpen, "committed at {}, before {}", self.committed_at, moment);
        Ok(())
    }

    /// Returns the unix seconds until which the price has to be published, and the commitment to be filled. Errors: `Overflow`.
    pub fn fill_deadline(&self) -> Result<i64> {
        Ok(self.price_after()?.saturating_add(self.fill_window.into()))
    }

    /// Checks that `number` is that of the order that the commitment comes from, or `None` if it comes from none. Errors: `OrderMissing`.
    pub fn check_order(&self, number: Option<u64>) -> Result<()> {
        let expected = self.order_number();
        let shown = [number, expected].map(DisplayOption);
        ensure!(expected == number, OrderMissing, "order {}, expected {}", shown[0], shown[1]);
        Ok(())
    }

    /// Checks that there is a commitment. Errors: `NothingCommitted`.
    pub fn check_open(&self) -> Result<()> {
        ensure!(self.is_open(), NothingCommitted);
        Ok(())
    }

    /// Returns whether the commitment can be ended without a price at `now`, in unix seconds.
    pub const fn is_abandoned(&self, now: i64) -> bool {
        self.is_open() && now.saturating_sub(self.committed_at) >= Self::ABANDONED_AFTER
    }

    /// Returns whether the time to fill the commitment is over at `now`, in unix seconds. Errors: `Overflow`.
    pub fn is_over(&self, now: i64) -> Result<bool> {
        Ok(now > self.fill_deadline()?)
    }

    /// Returns the unix seconds after which the first published price fills the commitment. Errors: `Overflow`.
    pub fn price_after(&self) -> Result<i64> {
        self.committed_at.checked_add(self.fill_delay.into()).ok_or_else(|| error!(EvergreenError::Overflow))
    }
}
