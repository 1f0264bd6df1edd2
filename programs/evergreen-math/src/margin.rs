//! Margin: whether an account's cash covers the losses of its options in a set of price moves.
//!
//! As in SPAN (CME, *Standard Portfolio Analysis of Risk*), the options on each underlying are valued at nine spot prices,
//! `{0, ±⅓, ±⅔, ±1}·shock` and the extremes `±2·shock`:
//!
//! ```text
//! P(s)    = Σ long intrinsic(s) − Σ short value(s, 1.5·σ)       what closing would bring in scenario s
//! worst   = min( P(s) for the seven moves, P(0) − 35 % · (P(0) − P(±2)) )
//! options = max( worst − 0.5 % · Σ short notional, −Σ short caps )
//! health  = cash − unsettled funding + Σ_underlying options
//! ```
//!
//! `P` is the whole liquidation value, not a change of it, because the premium of a written option is already in cash.
//! A loss never exceeds the caps: `P(s) ≥ −Σ short caps` in every scenario, and since a long is never worth less than zero,
//! this is the exact bound per underlying. The charge for closing shorts is inside that bound. Hence, **exactly**: an
//! account with `cash − unsettled funding ≥ Σ short caps` (each cap rounded up to the native unit) never has a negative
//! health, at any level, price and volatility.
//!
//! Closing a fixed share of all options of one underlying at the mark never lowers health, but for roundings: what closing
//! brings now is at least `P(0)`. Closing a single leg can lower it (the cheap leg of a straddle costs its value, and without
//! it the worst scenario stays as it was), which is why reducing trades and liquidations compare health before and after.
//!
//! Everything is rounded against the user, by at most one unit per position and scenario.

mod blend;
mod position;

pub use blend::{Blend, Way};
pub use position::{Moves, ScenarioValues};

use crate::error::{MathError, MathResult};
use crate::option::Terms;
use crate::units::{BasisPoints, Dollars, NativeDelta, PointScale, Points, Ratio, Rounding};
use position::Scenarios;

/// The most underlyings of one portfolio.
pub const MAX_UNDERLYINGS: usize = 4;
/// The number of spot prices per underlying and level: the unmoved price, six moves and two extremes.
pub const SCENARIOS: usize = 9;
/// The moves in thirds of the shock; the extremes follow them in the list of scenarios.
const THIRDS: [i64; SCENARIOS - 3] = [1, -1, 2, -2, 3, -3];

/// The three levels of health, from the laxest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthLevel {
    /// Anyone may liquidate an account whose health at this level is negative.
    Maintenance,
    /// A liquidation restores health at this level.
    Target,
    /// Adding risk and withdrawing need health at this level.
    Initial,
}

/// Shocks of one underlying, as shares of the spot price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShockParams {
    /// Shock of initial health.
    pub initial: BasisPoints,
    /// Shock of target health.
    pub target: BasisPoints,
    /// Shock of maintenance health.
    pub maintenance: BasisPoints,
}

impl ShockParams {
    /// Returns the shock of a level.
    pub const fn at(&self, level: HealthLevel) -> BasisPoints {
        match level {
            HealthLevel::Initial => self.initial,
            HealthLevel::Target => self.target,
            HealthLevel::Maintenance => self.maintenance,
        }
    }

    /// Checks the shocks. Errors: `InvalidParameter` unless `0 < maintenance ≤ target ≤ initial ≤ 100 %`.
    pub fn check(&self) -> MathResult<()> {
        let ordered = self.maintenance <= self.target && self.target <= self.initial;
        if ordered && !self.maintenance.is_zero() && self.initial <= BasisPoints::ONE {
            Ok(())
        } else {
            Err(MathError::InvalidParameter)
        }
    }
}

/// Margin parameters of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginParams {
    /// Volatility of shorts in the scenarios, as a multiple of the volatility of the mark.
    pub vol_stress: BasisPoints,
    /// The extreme moves as a multiple of the shock.
    pub extreme_multiple: BasisPoints,
    /// The share of the loss at an extreme that counts.
    pub extreme_weight: BasisPoints,
    /// Charge on the notional of every short.
    pub short_charge: BasisPoints,
}

impl Default for MarginParams {
    /// Volatility times 1.5, extremes at twice the shock that count 35 %, and a charge of 0.5 % of notional.
    fn default() -> Self {
        Self {
            vol_stress: BasisPoints(15_000),
            extreme_multiple: BasisPoints(20_000),
            extreme_weight: BasisPoints(3_500),
            short_charge: BasisPoints(50),
        }
    }
}

/// The sums of one underlying, in native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group<const LEVELS: usize> {
    /// Spot in dollars; zero before the first position.
    spot: Dollars,
    /// `P(s)` per level and scenario.
    values: [[i64; SCENARIOS]; LEVELS],
    /// Σ charges of shorts.
    charge: i64,
    /// Σ caps of shorts.
    caps: i64,
    /// The moves that can matter.
    moves: Moves,
}

/// A portfolio's options, summed up position by position for the levels asked for. It takes no heap.
///
/// Positions may come in any order. Their scenario prices cost eight logarithms per level whenever the underlying changes,
/// so it is cheaper to add all positions of one underlying one after another. Where all positions lose by the same [`Moves`], two
/// of the eight moved scenarios are enough ([`restrict`](Portfolio::restrict)).
#[derive(Clone, Copy, Debug)]
pub struct Portfolio<const LEVELS: usize> {
    levels: [HealthLevel; LEVELS],
    params: MarginParams,
    groups: [Group<LEVELS>; MAX_UNDERLYINGS],
    current: Option<Scenarios<LEVELS>>,
}

impl<const LEVELS: usize> Portfolio<LEVELS> {
    /// Makes an empty portfolio that is measured at `levels`. Errors: `InvalidParameter` for a weight or charge above 100 %, or a
    /// stress or extreme multiple below 100 %.
    pub fn new(levels: [HealthLevel; LEVELS], params: MarginParams) -> MathResult<Self> {
        let one = BasisPoints::ONE;
        let valid = params.extreme_weight <= one && params.short_charge <= one;
        if !valid || params.vol_stress < one || params.extreme_multiple < one {
            return Err(MathError::InvalidParameter);
        }
        let empty =
            Group { spot: Dollars::ZERO, values: [[0; SCENARIOS]; LEVELS], charge: 0, caps: 0, moves: Moves::All };
        Ok(Self { levels, params, groups: [empty; MAX_UNDERLYINGS], current: None })
    }

    /// Adds a position of `points` on the underlying with this place in the pool's list, spot price and shocks; `sigma` is
    /// the volatility of its mark. Zero points change nothing. No spot is too far from the strike: see
    /// [`value_at_most`](crate::bounds::value_at_most).
    ///
    /// Errors: `TooMany` beyond [`MAX_UNDERLYINGS`]; `InvalidParameter` for an underlying that was added with another spot, or
    /// a short without cap; `MoneynessOutOfRange` for a spot that is not positive; `Overflow`.
    #[allow(clippy::too_many_arguments)]
    pub fn add(
        &mut self,
        underlying: usize,
        points: Points,
        terms: &Terms,
        sigma: Ratio,
        spot: Dollars,
        shocks: &ShockParams,
        scale: PointScale,
    ) -> MathResult<()> {
        if points.is_zero() {
            return Ok(());
        }
        let values = self.values(underlying, points, terms, sigma, spot, shocks)?;
        self.change(&values, Points::ZERO, points, scale)
    }

    /// Returns what the options contribute to health at a level, `Σ max(worst − charge, −caps)`, in native units, rounded down. It is
    /// never negative without shorts.
    ///
    /// A level includes the scenarios of the laxer levels that were asked for with it, so that among levels measured together
    /// health at a stricter level is never higher: the loss of a spread or butterfly can be largest at a small move that is not
    /// on the grid of the larger shock. A caller that adds risk should ask for `Initial` and `Maintenance`; with `Initial` alone
    /// the account may be liquidated at once.
    ///
    /// Errors: `InvalidParameter` for a level that was not asked for, `Overflow`.
    pub fn options(&self, level: HealthLevel) -> MathResult<NativeDelta> {
        (0..MAX_UNDERLYINGS).try_fold(NativeDelta::ZERO, |sum, place| sum.checked_add(self.options_of(level, place)?))
    }

    /// Returns what the options on one underlying contribute to health at a level, in native units, rounded down.
    /// Errors: as [`Self::options`]; `TooMany` beyond [`MAX_UNDERLYINGS`].
    pub fn options_of(&self, level: HealthLevel, underlying: usize) -> MathResult<NativeDelta> {
        if !self.levels.contains(&level) {
            return Err(MathError::InvalidParameter);
        }
        self.options_in(self.groups.get(underlying).ok_or(MathError::TooMany)?, level)
    }

    fn options_in(&self, group: &Group<LEVELS>, level: HealthLevel) -> MathResult<NativeDelta> {
        if group.spot == Dollars::ZERO {
            // The underlying has no position.
            return Ok(NativeDelta::ZERO);
        }
        let mut least = NativeDelta::MAX;
        for (other, values) in self.levels.iter().zip(&group.values) {
            if *other <= level {
                least = least.min(group.options(values, self.params.extreme_weight)?);
            }
        }
        Ok(least)
    }

    /// Returns `cash − unsettled_funding + options`, native units, rounded down; `unsettled_funding` is positive when the
    /// account owes. Errors: as [`options`](Self::options).
    pub fn health(
        &self,
        level: HealthLevel,
        cash: NativeDelta,
        unsettled_funding: NativeDelta,
    ) -> MathResult<NativeDelta> {
        cash.checked_sub(unsettled_funding)?.checked_add(self.options(level)?)
    }

    /// Returns the sum of the cap payoffs of all shorts, native units, each rounded up. With this much cash health is never negative.
    /// Errors: `Overflow`.
    pub fn short_caps(&self) -> MathResult<NativeDelta> {
        self.groups.iter().try_fold(NativeDelta::ZERO, |sum, group| sum.checked_add(NativeDelta(group.caps)))
    }
}

impl<const LEVELS: usize> Group<LEVELS> {
    /// Returns `max(worst − charge, −caps)` for the values of one level, native units.
    fn options(&self, values: &[i64; SCENARIOS], extreme_weight: BasisPoints) -> MathResult<NativeDelta> {
        let (moves, extremes) = values.split_at(SCENARIOS - 2);
        let unmoved = moves.first().copied().unwrap_or(0);
        let mut worst = moves.iter().copied().fold(unmoved, i64::min);
        for value in extremes {
            worst = worst.min(counted(unmoved, *value, extreme_weight)?);
        }
        bounded(worst, self.charge, self.caps)
    }
}

/// Returns what an extreme counts as: the unmoved sum less a share of the loss that is rounded up, or the unmoved sum if there is no
/// loss.
fn counted(unmoved: i64, extreme: i64, weight: BasisPoints) -> MathResult<i64> {
    if extreme >= unmoved {
        return Ok(unmoved);
    }
    let loss = unmoved.checked_sub(extreme).map(NativeDelta).ok_or(MathError::Overflow)?.positive_part();
    let counted = loss.share(weight, Rounding::Ceil)?.to_delta()?;
    unmoved.checked_sub(counted.0).ok_or(MathError::Overflow)
}

/// Returns `max(worst − charge, −caps)`.
fn bounded(worst: i64, charge: i64, caps: i64) -> MathResult<NativeDelta> {
    let charged = worst.checked_sub(charge).ok_or(MathError::Overflow)?;
    let floor = caps.checked_neg().ok_or(MathError::Overflow)?;
    Ok(NativeDelta(charged.max(floor)))
}
