//! Points of funding that wait for series that nobody has touched.

use super::PoolView;
use crate::instruction as build;
use anchor_lang::solana_program::instruction::Instruction;
use evergreen::state::{Series, SeriesStatus};

/// Points that whatever values a whole registry applies beside, where every series has cost the most. Measured: tests/tests/compute_units.
const BESIDE_A_VALUATION: usize = 128;
/// Points that one transaction applies that does nothing else.
const PER_TRANSACTION: usize = 160;

impl PoolView {
    /// Returns the instructions that apply the points of funding that wait, each for a transaction of its own, where they are more than a valuation of the whole registry
    /// (`refresh_pool`, and the execution of liquidity) should apply beside; otherwise none. Anyone may send them, in any order.
    pub fn accruals(&self) -> Vec<Instruction> {
        let slots = || (0u8..).zip(&self.registry.series);
        if slots().map(|(_, series)| self.points_waiting(series)).sum::<usize>() <= BESIDE_A_VALUATION {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (place, market) in (0u8..).zip(&self.markets) {
            let (mut begin, mut points, mut end) = (0u8, 0usize, 0u8);
            let part = |range| build::accrue_funding(&self.keys, market.feed.underlying, range);
            for (slot, series) in slots().filter(|(_, series)| series.underlying == place) {
                let more = self.points_waiting(series);
                if more > 0 && points.saturating_add(more) > PER_TRANSACTION {
                    all.push(part(begin..slot));
                    (begin, points) = (slot, 0);
                }
                if more > 0 {
                    (points, end) = (points.saturating_add(more), slot.saturating_add(1));
                }
            }
            if points > 0 {
                all.push(part(begin..end));
            }
        }
        all
    }

    /// Returns the number of points that wait for a series.
    pub(super) fn points_waiting(&self, series: &Series) -> usize {
        let market = self.markets.get(usize::from(series.underlying));
        let is_valued = series.status() == SeriesStatus::Live && series.has_interest();
        market
            .filter(|_| is_valued)
            .map_or(0, |market| market.underlying.funding_points.waiting(series.funding_touched.into()))
    }
}
