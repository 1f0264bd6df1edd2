//! Who trades in the year, and by which rules.

use crate::{driver::Year, model::Contract, path::DAY_STEPS};
use evergreen_math::{Points, Rounding};

/// Everybody with a margin account.
pub const PEOPLE: [&str; 9] =
    ["caller", "putter", "monthly", "daily", "runner", "other side", "wanda", "walt", "keeper"];

/// Who holds one 7-day call at a time, whose year is priced by the simulator, too.
pub const WEEKLY: &str = "weekly";

/// Writers, and whether they write puts.
pub const WRITERS: [(&str, bool); 2] = [("wanda", false), ("walt", true)];

/// A trade that somebody wants at a half-hour.
#[derive(Clone, Debug)]
pub struct Wish {
    pub who: &'static str,
    pub legs: Vec<(Contract, i64)>,
    /// Half-hours until all of it is closed; none for a trade that closes, and for who runs to the cap.
    pub stay: Option<usize>,
}

impl Year {
    /// Returns a contract on the grid of strikes: a part of the price in hundredths, rounded to the grid.
    fn contract(&self, put: bool, percent: i64, days: u32) -> Contract {
        let step = i64::from(self.books.market.params.strike_step);
        let strike = self.dollars() * percent / 100;
        let strike = (strike + step / 2) / step * step;
        let tenors = self.books.market.params.tenors;
        let tenor = tenors.iter().find(|tenor| tenor.seconds == days * 86_400).expect("a tenor");
        Contract { put, strike, days, cap_bps: if put { tenor.put_cap_bps } else { tenor.call_cap_bps } }
    }

    /// Returns what opens by rule at a half-hour.
    pub fn wishes(&self, half_hour: usize) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let size = self.unit;
        let mut wish = |who: &'static str, legs: Vec<(Contract, i64)>, stay: usize| {
            wishes.push(Wish { who, legs, stay: Some(stay) });
        };
        let at = |days: usize, offset: usize| half_hour % (days * DAY_STEPS) == offset;
        if at(2, 10) {
            wish("caller", vec![(self.contract(false, 100, 7), size)], 7 * DAY_STEPS / 2);
        }
        if at(2, 58) {
            wish("putter", vec![(self.contract(true, 95, 7), size)], 7 * DAY_STEPS / 2);
        }
        if at(5, 30) {
            let put = half_hour / (5 * DAY_STEPS) % 2 == 1;
            wish("monthly", vec![(self.contract(put, 100, 30), 2 * size)], 15 * DAY_STEPS);
        }
        if at(1, 20) {
            let legs = [false, true].map(|put| (self.contract(put, 100, 1), size / 2));
            wish("daily", legs.to_vec(), DAY_STEPS / 2);
        }
        if at(20, 40) {
            let legs = [false, true].map(|put| (self.contract(put, 100, 7), size / 2));
            wish("runner", legs.to_vec(), 100 * DAY_STEPS);
        }
        if at(7, 47) {
            wish(WEEKLY, vec![(self.contract(false, 100, 7), size)], 7 * DAY_STEPS / 2);
        }
        let (delta, depth) = (self.books.carry.net_delta, self.books.depth as i64);
        if at(3, 100) && delta.abs() > depth / 20 {
            let put = delta > 0;
            wish("other side", vec![(self.contract(put, if put { 118 } else { 82 }, 2), size)], 3 * DAY_STEPS);
        }
        for (who, put) in WRITERS {
            if at(4, if put { 150 } else { 60 }) && self.books.accounts[who].positions.is_empty() {
                let written = self.writable(put);
                wishes.extend(written.map(|leg| Wish { who, legs: vec![leg], stay: Some(12 * DAY_STEPS) }));
            }
        }
        wishes
    }

    /// Returns the 30-day option of which most may be written, and nine tenths of that.
    fn writable(&self, put: bool) -> Option<(Contract, i64)> {
        let lines = self.books.lines.iter().filter(|(contract, line)| {
            contract.put == put && contract.days == 30 && line.payoff.is_none() && line.long > line.short
        });
        let (contract, line) = lines.max_by_key(|(_, line)| line.long - line.short)?;
        Some((*contract, (line.short - line.long) / 10 * 9))
    }

    /// Returns whether a trade that opens fits by a wide margin: direction, reserves, places of the account.
    pub fn fits(&self, wish: &Wish) -> bool {
        let books = &self.books;
        let mut change = 0;
        let mut reserve = 0;
        for (contract, points) in &wish.legs {
            let size = Points(*points);
            let price = self.tick.price;
            let whole = books.scale.native(size, price, Rounding::Ceil).expect("a notional").0;
            change += if contract.put { -whole } else { whole };
            let cap = contract.terms().cap_payoff().expect("a cap");
            reserve += books.scale.native(size, cap, Rounding::Ceil).expect("a reserve").0.max(0);
            let spot = contract.strike as f64 * f64::from(contract.cap_bps) / 1e4 / self.dollars() as f64;
            if (spot - 1.0).abs() < 0.06 {
                return false;
            }
        }
        let delta = books.carry.net_delta;
        let grows = (delta + change).abs() > delta.abs();
        let limit = books.depth as i64 * 3 / 10;
        let reserved: i64 = books.lines.iter().map(|(contract, line)| books.reserve(contract, line)).sum();
        let places = books.accounts[wish.who].positions.len() + wish.legs.len();
        let direction = !grows || (delta + change).abs() < limit;
        direction && reserved + reserve < books.ledgers.main * 7 / 10 && places <= 12
    }
}
