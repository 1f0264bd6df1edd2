//! Strikes around the price that are listed before anybody trades them, by the rules of the configuration.

use super::{Finder, Found};
use crate::{
    config::Ladder,
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    evergreen::state::SeriesSpec,
    instruction as build,
    math::{Seconds, option::OptionKind},
    strategy::{Contract, ContractTerms},
};

impl Finder<'_> {
    /// Finds options of the ladders that are not listed, the nearest to the price first, as long as enough slots are free. What the program would refuse to list now is left out.
    pub(super) fn listings(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        let used = pool.view.registry.used().count();
        let mut free = self.config.thresholds.list_below.saturating_sub(used);
        for ladder in &self.config.ladders {
            let Some(place) = place_of(pool, &ladder.underlying) else { continue };
            let market = &pool.view.markets[usize::from(place)];
            let spot = pool.view.price(place)?.spot;
            for strike in ladder.strikes(spot, market.underlying.params.strike_step) {
                for kind in [OptionKind::Call, OptionKind::Put] {
                    let terms = ContractTerms { underlying: place, tenor: Seconds(ladder.tenor) };
                    let contract = Contract { terms, kind, strike };
                    let request = contract.request();
                    if contract.find(&pool.view.registry).is_some() || pool.view.check_listing(place, &request).is_err()
                    {
                        continue;
                    }
                    if free == 0 {
                        return Ok(found);
                    }
                    free -= 1;
                    let key = Key { job: Job::List, subject: pool.view.keys.registry, part: part(place, &request) };
                    let list = build::list_series(&pool.view.keys, &market.feed, request);
                    found.push(Task::plain(pool.key(), key, Some(list)));
                }
            }
        }
        Ok(found)
    }
}

/// Place of an underlying in a pool's list, by its symbol.
fn place_of(pool: &PoolSnapshot, symbol: &str) -> Option<u8> {
    let is_it = |padded: &[u8; 8]| String::from_utf8_lossy(padded).trim_end_matches('\0').eq_ignore_ascii_case(symbol);
    let place = pool.view.markets.iter().position(|market| is_it(&market.underlying.symbol))?;
    u8::try_from(place).ok()
}

/// An option as a part of a key.
fn part(place: u8, request: &SeriesSpec) -> u64 {
    request.strike << 28 ^ u64::from(request.tenor) << 5 ^ u64::from(place) << 1 ^ u64::from(request.put)
}

impl Ladder {
    /// Strikes on the grid of an underlying around a price in dollars, the nearest first, each once.
    fn strikes(&self, spot: evergreen_sdk::math::Dollars, grid: u32) -> Vec<u64> {
        let dollars = u64::try_from(spot.to_bits() >> 64).unwrap_or(0);
        let grid = u64::from(grid.max(1));
        let nearest = |dollars: u64| (dollars.saturating_add(grid / 2) / grid).saturating_mul(grid);
        let away = |steps: u16| {
            let bps = u64::from(self.step_bps).saturating_mul(steps.into());
            u64::try_from(u128::from(dollars) * u128::from(bps) / 10_000).unwrap_or(u64::MAX)
        };
        let mut strikes = vec![nearest(dollars)];
        for steps in 1..=self.each_side {
            let away = away(steps);
            strikes.push(nearest(dollars.saturating_add(away)));
            strikes.push(nearest(dollars.saturating_sub(away)));
        }
        let mut seen = std::collections::BTreeSet::new();
        strikes.retain(|strike| *strike > 0 && seen.insert(*strike));
        strikes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evergreen_sdk::math::Dollars;

    #[test]
    fn strikes_are_on_the_grid_and_the_nearest_come_first() {
        let ladder = Ladder { underlying: "BTC".into(), tenor: 604_800, step_bps: 200, each_side: 2 };
        let spot = |dollars| Dollars::from_int(dollars);
        assert_eq!(ladder.strikes(spot(100_400), 1_000), [100_000, 102_000, 98_000, 104_000, 96_000]);
        // A step below the grid makes no strike twice, and none is zero.
        let narrow = Ladder { step_bps: 10, ..ladder };
        assert_eq!(narrow.strikes(spot(100_400), 1_000), [100_000, 101_000]);
        assert_eq!(narrow.strikes(spot(0), 1_000), Vec::<u64>::new());
    }
}
