//! What comes of a run, and what is measured on the way.

use std::collections::BTreeMap;

use crate::pool::{Costs, Fit, Limit};

/// Gains of the crowd that ended in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Month {
    /// Gain without what the deltas at opening gained by moves of the price.
    pub edge: f64,
    /// Gain.
    pub gain: f64,
    /// Premiums.
    pub premium: f64,
    /// Fees, spread, ask and bid, and carry, of what the edge is left.
    pub costs: Costs,
}

/// What a share of liquidity earns a year, as sums of shares of its value: funding, carry, fees and options make up the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct GainParts {
    /// Funding of what traders hold, less that of what they have written.
    pub funding: f64,
    /// Carry.
    pub carry: f64,
    /// The main class's part of fees.
    pub fees: f64,
    /// Premiums and spreads, less what closing and exercise pay and what open options gain in value: the moves of the market.
    pub options: f64,
    /// Of these, what exercises paid, a negative number.
    pub payoffs: f64,
    /// Of these, what half-hours brought that moved by four deviations or more.
    pub jumps: f64,
}

impl GainParts {
    /// Returns the whole.
    pub fn all(&self) -> f64 {
        self.funding + self.carry + self.fees + self.options
    }

    /// Returns these parts with a multiple of others added.
    pub fn plus(&self, other: &Self, factor: f64) -> Self {
        Self {
            funding: self.funding + factor * other.funding,
            carry: self.carry + factor * other.carry,
            fees: self.fees + factor * other.fees,
            options: self.options + factor * other.options,
            payoffs: self.payoffs + factor * other.payoffs,
            jumps: self.jumps + factor * other.jumps,
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Change of the value of a share by calendar year, as fractions.
    pub years: BTreeMap<i64, f64>,
    /// Value of a share at the end over that at the beginning.
    pub factor: f64,
    /// Largest fall from a peak on the way, as a fraction.
    pub drawdown: f64,
    /// Payments that failed.
    pub failed_payouts: u32,
    /// Gains of the crowd by month since the beginning.
    pub months: Vec<Month>,
    /// Mean skew, and mean of its size.
    pub skew: [f64; 2],
    /// Mean carry a year.
    pub carry: f64,
    /// Mean reserves over pool cash.
    pub utilisation: f64,
    /// Arbitrageur's gain a year on each dollar of delta held.
    pub arbitrage: f64,
    /// Gains of arbitrageurs and of covered writers, income of insurance and of the protocol, over the first capital.
    pub others: Others,
    /// What of the crowd's demand limits have refused.
    pub refused: Refused,
    /// Years of the path.
    pub length: f64,
    /// Value of a share at the end of each day.
    pub days: Vec<f32>,
    /// What a share earns a year, in parts.
    pub parts: GainParts,
}

/// What those gain who neither buy nor provide main liquidity, over the first capital.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Others {
    /// Arbitrageurs, their hedge included.
    pub arbitrageurs: f64,
    /// Covered writers.
    pub writers: f64,
    /// Insurance, by fees.
    pub insurance: f64,
    /// The protocol, by fees.
    pub protocol: f64,
}

/// What limits refuse of what the crowd would buy at its price, by [`Limit::ALL`]. Nobody comes back for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Refused {
    /// Share of all reserves that would be taken.
    pub volume: [f64; Limit::ALL.len()],
    /// Share of days on which any was refused.
    pub days: [f64; Limit::ALL.len()],
}

/// What is counted of refusals on the way.
#[derive(Clone, Copy, Default)]
pub(super) struct RefusedSoFar {
    wished: f64,
    refused: [f64; Limit::ALL.len()],
    days: [f64; Limit::ALL.len()],
    last: [f64; Limit::ALL.len()],
}

impl RefusedSoFar {
    /// Takes a wish in, and what its limits leave of it.
    pub fn count(&mut self, fit: Fit, wished: f64, now: f64) {
        self.wished += wished;
        let Some(limit) = fit.binds() else { return };
        let (place, day) = (limit as usize, (now / 86_400.0).floor());
        self.refused[place] += wished * (1.0 - fit.part());
        if self.last[place] != day {
            (self.last[place], self.days[place]) = (day, self.days[place] + 1.0);
        }
    }

    /// Returns the shares of all.
    pub fn of_all(&self, years: f64) -> Refused {
        Refused {
            volume: self.refused.map(|refused| refused / self.wished.max(1e-12)),
            days: self.days.map(|days| days / (365.0 * years).max(1e-9)),
        }
    }
}

/// What is measured on the way.
pub(super) struct Record {
    pub years: BTreeMap<i64, f64>,
    pub year: i64,
    /// Value of a share at the beginning of the year, at its peak, and a month ago.
    pub begun: f64,
    pub peak: f64,
    pub month_ago: f64,
    pub drawdown: f64,
    pub sums: [f64; 4],
    pub points: f64,
    pub days: Vec<f32>,
    pub parts: GainParts,
    pub refused: RefusedSoFar,
    /// Share, income, payoffs and logarithm of the price at the last point.
    pub last: (f64, [f64; 3], f64, f64),
}

impl Record {
    /// Returns the record of a share that is worth one at the beginning, in this year and at this logarithm of the price.
    pub fn new(year: i64, ln: f64) -> Self {
        Self {
            years: BTreeMap::new(),
            year,
            begun: 1.0,
            peak: 1.0,
            month_ago: 1.0,
            drawdown: 0.0,
            sums: [0.0; 4],
            points: 0.0,
            days: Vec::new(),
            parts: GainParts::default(),
            refused: RefusedSoFar::default(),
            last: (1.0, [0.0; 3], 0.0, ln),
        }
    }
}
