//! The funding of a series as it would have been without carry: its time value alone, by the program's own code.

use super::{End, Sample};
use crate::quote::PoolView;
use bytemuck::Zeroable;
use evergreen::state::{
    FundingPoints, FundingRules, Listing, OptionId, Pool, PoolCarry, Series, SeriesRegistry, Underlying,
};
use evergreen_math::{Dollars, FundingIndex, PointScale, Points, Seconds, UnixTime, funding, option::OptionKind};
use std::collections::VecDeque;

/// Time value of a series over time, and a position in it.
pub(super) struct Replay<'a> {
    samples: &'a [Sample],
    /// Number of samples that have been taken.
    taken: usize,
    /// When it was brought up to date by others, unix seconds, the first first.
    touches: VecDeque<i64>,
    points: FundingPoints,
    series: Series,
    rules: FundingRules,
    underlying: Box<Underlying>,
    /// A pool without carry.
    pool: Box<Pool>,
    scale: PointScale,
    /// Points of the account.
    held: i64,
    /// Index of its last settlement.
    snapshot: FundingIndex,
    /// When funding has ended, unix seconds.
    end: Option<i64>,
}

/// The moment from which a sample counts, unix seconds.
fn moment(underlying: &Underlying, sample: &Sample) -> i64 {
    if sample.is_first { sample.at } else { underlying.sampling_time(sample.at) }
}

impl<'a> Replay<'a> {
    /// A series without carry from a moment on. `None` where the sample that was in force then is not known.
    pub(super) fn new(
        view: &PoolView,
        (samples, touches): (&'a [Sample], Vec<i64>),
        option: OptionId,
        (from, end): (i64, Option<End>),
    ) -> Option<Self> {
        let underlying = view.markets.get(usize::from(option.underlying))?.underlying.clone();
        let mut registry: Box<SeriesRegistry> = Box::new(bytemuck::Zeroable::zeroed());
        let listing = Listing {
            underlying: option.underlying,
            kind: if option.put { OptionKind::Put } else { OptionKind::Call },
            strike: option.strike,
            tenor: Seconds(option.tenor),
            cap_bps: option.cap_bps,
            slope: Dollars::ZERO,
            now: UnixTime(from),
        };
        let listed = registry.list(listing).ok().flatten()?;
        let mut pool = view.pool.clone();
        pool.params.carry_bps = 0;
        pool.params.carry_base_bps.fill(0);
        for entry in &mut pool.underlyings {
            // Touched for ever, so that its rates stay zero.
            entry.carry = PoolCarry { touched: i64::from(u32::MAX), ..PoolCarry::default() };
        }
        let end = match end {
            None => None,
            Some(End::Exercised(at)) => Some(at),
            Some(End::Silent(at)) => {
                let last = samples.iter().rev().find(|sample| sample.at <= at)?;
                Some(moment(&underlying, last))
            }
        };
        let mut replay = Self {
            samples,
            taken: 0,
            touches: touches.into(),
            points: FundingPoints::zeroed(),
            series: *registry.series(listed).ok()?,
            rules: underlying.funding_rules(),
            underlying,
            scale: pool.scale().ok()?,
            pool,
            held: 0,
            snapshot: FundingIndex::ZERO,
            end,
        };
        // The points of before, of which the last one is in force.
        replay.enter(from);
        (replay.taken > 0).then_some(replay)
    }

    /// Takes the samples of up to a time.
    fn enter(&mut self, until: i64) {
        while let Some(sample) = self.samples.get(self.taken).filter(|sample| sample.at <= until) {
            self.taken += 1;
            self.points.enter(UnixTime(moment(&self.underlying, sample)), sample.price, sample.sigma);
        }
    }

    /// The index at a time.
    fn advance(&mut self, time: i64) -> Option<FundingIndex> {
        let time = self.end.map_or(time, |end| end.min(time));
        while let Some(touch) = self.touches.pop_front_if(|touch| *touch <= time) {
            self.accrue(touch)?;
        }
        self.accrue(time)?;
        Some(self.series.funding().index)
    }

    fn accrue(&mut self, to: i64) -> Option<()> {
        self.enter(to);
        self.points.accrue(&mut self.series, &self.rules, &self.pool, UnixTime(to)).ok()
    }

    /// Settles the position at a time for an amount of which the rest is carry, which it returns, and changes its points. `None` for numbers that do not fit.
    pub(super) fn settle(&mut self, time: i64, amount: i64, points: i64) -> Option<i64> {
        let index = self.advance(time)?;
        let time_value = funding::owed(Points(self.held), index, self.snapshot, self.scale).ok()?;
        self.snapshot = index;
        self.held = self.held.checked_add(points)?;
        amount.checked_add(time_value.0)
    }
}
