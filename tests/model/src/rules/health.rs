//! *Margin* of docs/mathematics.md: health as a real number, with a bound on all roundings.

use crate::{option::Contract, real::Real, rules::fees::times, state::Market, volatility::bps};
use anchor_lang::prelude::Pubkey;
use std::collections::BTreeMap;

/// A level of health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What adds risk or leaves needs it.
    Initial,
    /// What a liquidation restores.
    Target,
    /// Below it an account is liquidated.
    Maintenance,
}

/// Options of one underlying at one spot.
struct Holdings {
    legs: Vec<(Contract, i128, Real)>,
    exponent: u32,
    stress: Real,
}

impl Holdings {
    /// Returns what the options are worth if the holder sells at intrinsic value and the writer buys at one and a half times the volatility.
    fn at(&self, price: &Real) -> Real {
        let mut sum = Real::whole(0);
        for (contract, points, sigma) in &self.legs {
            let each = if *points > 0 {
                contract.intrinsic(price)
            } else {
                let stressed = (&self.stress * sigma).max(bps(500)).min(bps(40_000));
                contract.worth(price, &stressed).value()
            };
            sum = &sum + &times(*points, &each, self.exponent);
        }
        sum
    }
}

impl Market {
    /// Returns the health of an account whose funding is settled, native units, and how far roundings may move it.
    pub fn health(&self, key: &Pubkey, level: Level) -> (Real, i128) {
        let account = &self.accounts[key];
        let mut books: BTreeMap<u8, Vec<(Contract, i128, Real)>> = BTreeMap::new();
        for (slot, position) in &account.positions {
            let series = &self.series[slot];
            let underlying = &self.underlyings[&series.underlying];
            let mark = underlying.rule.mark(&underlying.estimate, self.now, series.contract.tenor);
            let sigma = underlying.rule.smile(&mark, &series.contract, &underlying.price.spot);
            books.entry(series.underlying).or_default().push((series.contract, position.points, sigma));
        }
        let (mut health, mut roundings) = (Real::whole(account.cash), 0);
        for (place, legs) in books {
            roundings += 12 * legs.len() as i128 + 4;
            health = &health + &self.options(place, legs, level);
        }
        (health, roundings)
    }

    /// Returns what options on one underlying count: the worst point, less the charge on written ones, at least minus the caps of these.
    fn options(&self, place: u8, legs: Vec<(Contract, i128, Real)>, level: Level) -> Real {
        let underlying = &self.underlyings[&place];
        let spot = &underlying.price.spot;
        let shock = match level {
            Level::Initial => underlying.shocks[0],
            Level::Target => underlying.shocks[1],
            Level::Maintenance => underlying.shocks[2],
        };
        let written = || legs.iter().filter(|(_, points, _)| *points < 0);
        let notional =
            written().fold(Real::whole(0), |sum, (_, points, _)| &sum + &times(-points, spot, self.exponent));
        let caps = written().fold(Real::whole(0), |sum, (contract, points, _)| {
            &sum + &times(-points, &Real::ratio(contract.cap_payoff(), 10_000), self.exponent)
        });
        let holdings =
            Holdings { legs: legs.clone(), exponent: self.exponent, stress: bps(self.params.vol_stress_bps) };
        let moved =
            |thirds: i128| (spot * &Real::ratio(30_000 + shock * thirds, 30_000)).max(Real::ratio(1, 1_000_000));
        let still = holdings.at(spot);
        let mut worst = still.clone();
        for thirds in [-3, -2, -1, 1, 2, 3] {
            worst = worst.min(holdings.at(&moved(thirds)));
        }
        for thirds in [-6, 6] {
            let loss = &still - &holdings.at(&moved(thirds));
            worst = worst.min(&still - &(&bps(self.params.extreme_weight_bps) * &loss));
        }
        let charged = &worst - &(&bps(self.params.short_charge_bps) * &notional);
        charged.max(-&caps)
    }

    /// Whether health is at least zero; `None` where roundings decide.
    pub fn is_healthy(&self, key: &Pubkey, level: Level) -> Option<bool> {
        let (health, roundings) = self.health(key, level);
        let bound = Real::whole(roundings);
        match (health >= bound, health < -&bound) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}
