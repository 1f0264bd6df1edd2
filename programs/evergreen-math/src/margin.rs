//! Margin: whether an account's cash carries its options through a day's move.
//!
//! As in SPAN (CME, *Standard Portfolio Analysis of Risk*): per underlying the options are valued at nine spot prices,
//! `{0, ±⅓, ±⅔, ±1}·shock` and the extremes `±2·shock`; what counts is
//!
//! ```text
//! P(s)    = Σ long intrinsic(s) − Σ short value(s, 1.5·σ)       what closing would bring in scenario s
//! worst   = min( P(s) for the seven moves, P(0) − 35 % · (P(0) − P(±2)) )
//! options = max( worst − 0.5 % · Σ short notional, −Σ short caps )
//! health  = cash − unsettled funding + Σ_underlying options
//! ```
//!
//! `P` is the whole liquidation value, not a change of it, because the premium of a written option is already in cash.
//! A loss never exceeds the caps: `P(s) ≥ −Σ short caps` in every scenario, and since longs cannot lose more than nothing
//! this is the true bound per underlying. The charge for closing shorts is inside that bound. Hence, **exactly**: an
//! account with `cash − unsettled funding ≥ Σ short caps` (each rounded up to the unit) has no negative health at
//! any level, at any price and volatility.
//!
//! Closing a fixed share of all options of one underlying at the mark never lowers health: what closing brings now is at
//! least `P(0)`. Closing a single leg can lower it (the cheap leg of a straddle protects nothing and costs its value),
//! which is why reducing trades and liquidations compare health before and after.
//!
//! Rounding: everything against the user, one unit per position and scenario at most.

mod blend;
mod position;

pub use blend::{Blend, Way};
pub use position::{Moves, ScenarioValues};

use crate::error::{MathError, MathResult};
use crate::option::Terms;
use crate::units::{BasisPoints, Dollars, NativeDelta, PointScale, Points, Ratio, Rounding};
use position::Scenarios;

/// Most underlyings of one portfolio.
pub const MAX_UNDERLYINGS: usize = 4;
/// Spot prices per underlying and level: unmoved, six moves, two extremes.
pub const SCENARIOS: usize = 9;
/// Moves in thirds of the shock; the extremes follow them.
const THIRDS: [i64; SCENARIOS - 3] = [1, -1, 2, -2, 3, -3];

/// Which of the three health numbers, from the laxest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthLevel {
    /// Below it anyone may liquidate.
    Maintenance,
    /// What a liquidation restores.
    Target,
    /// What adding risk and withdrawing must leave.
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
    /// The shock of a level.
    pub const fn at(&self, level: HealthLevel) -> BasisPoints {
        match level {
            HealthLevel::Initial => self.initial,
            HealthLevel::Target => self.target,
            HealthLevel::Maintenance => self.maintenance,
        }
    }

    /// Errors: `InvalidParameter` unless `0 < maintenance ≤ target ≤ initial ≤ 100 %`.
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
    /// Volatility of shorts in the scenarios, as a share of the mark's.
    pub vol_stress: BasisPoints,
    /// The extreme moves as a multiple of the shock.
    pub extreme_multiple: BasisPoints,
    /// How much of the loss at an extreme counts.
    pub extreme_weight: BasisPoints,
    /// Charge on the notional of every short.
    pub short_charge: BasisPoints,
}

impl Default for MarginParams {
    /// Volatility × 1.5, extremes at twice the shock counting 35 %, 0.5 % of notional.
    fn default() -> Self {
        Self {
            vol_stress: BasisPoints(15_000),
            extreme_multiple: BasisPoints(20_000),
            extreme_weight: BasisPoints(3_500),
            short_charge: BasisPoints(50),
        }
    }
}

/// What is summed up per underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group<const LEVELS: usize> {
    /// Spot, once the first position has come.
    spot: Dollars,
    /// P(s) per level and scenario.
    values: [[i64; SCENARIOS]; LEVELS],
    /// Σ charges of shorts.
    charge: i64,
    /// Σ caps of shorts.
    caps: i64,
    /// The moves that can matter.
    moves: Moves,
}

/// A portfolio's options, summed up position by position for the levels asked for. About 700 bytes per level; no heap.
///
/// Positions may come in any order. Their scenario prices cost eight logarithms per level whenever the underlying changes,
/// so it is cheaper to add all positions of one underlying one after another; and where [`Moves`] are expected of one
/// kind only, two of eight scenarios are enough.
#[derive(Clone, Copy, Debug)]
pub struct Portfolio<const LEVELS: usize> {
    levels: [HealthLevel; LEVELS],
    params: MarginParams,
    groups: [Group<LEVELS>; MAX_UNDERLYINGS],
    current: Option<Scenarios<LEVELS>>,
}

impl<const LEVELS: usize> Portfolio<LEVELS> {
    /// An empty portfolio, to be measured at `levels`. Errors: `InvalidParameter` for a weight or charge above 100 %, or a
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
    /// the volatility of its mark. Nothing for zero points. Never fails for a price, however far from the strike: see
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

    /// What the options contribute to health at a level: `Σ max(worst − charge, −caps)`, zero or more without shorts.
    ///
    /// A level takes in the scenarios of the laxer levels that were asked for with it, so that among levels measured
    /// together a stricter one is never the higher: the loss of a spread or butterfly can be largest at a small move, which
    /// the larger shock's grid steps over. Whoever adds risk should ask for `Initial` and `Maintenance`; alone, `Initial` may
    /// leave an account that can be liquidated at once.
    ///
    /// Errors: `InvalidParameter` for a level that was not asked for, `Overflow`.
    pub fn options(&self, level: HealthLevel) -> MathResult<NativeDelta> {
        (0..MAX_UNDERLYINGS).try_fold(NativeDelta::ZERO, |sum, place| sum.checked_add(self.options_of(level, place)?))
    }

    /// What the options on one underlying contribute to health at a level. Errors: as [`Self::options`]; `TooMany` beyond
    /// [`MAX_UNDERLYINGS`].
    pub fn options_of(&self, level: HealthLevel, underlying: usize) -> MathResult<NativeDelta> {
        if !self.levels.contains(&level) {
            return Err(MathError::InvalidParameter);
        }
        self.options_in(self.groups.get(underlying).ok_or(MathError::TooMany)?, level)
    }

    fn options_in(&self, group: &Group<LEVELS>, level: HealthLevel) -> MathResult<NativeDelta> {
        if group.spot == Dollars::ZERO {
            // No position.
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

    /// `cash − unsettled_funding + options`, native units, rounded against the user; `unsettled_funding` is positive when the
    /// account owes. Errors: as [`options`](Self::options).
    pub fn health(
        &self,
        level: HealthLevel,
        cash: NativeDelta,
        unsettled_funding: NativeDelta,
    ) -> MathResult<NativeDelta> {
        cash.checked_sub(unsettled_funding)?.checked_add(self.options(level)?)
    }

    /// Σ caps of all shorts, native units, rounded up each: cash of this much makes health non-negative whatever happens.
    /// Errors: `Overflow`.
    pub fn short_caps(&self) -> MathResult<NativeDelta> {
        self.groups.iter().try_fold(NativeDelta::ZERO, |sum, group| sum.checked_add(NativeDelta(group.caps)))
    }
}

impl<const LEVELS: usize> Group<LEVELS> {
    /// `max(worst − charge, −caps)` for the values of one level.
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

/// What an extreme counts as: the unmoved sum less a share of the loss, rounded up; without a loss the unmoved sum.
fn counted(unmoved: i64, extreme: i64, weight: BasisPoints) -> MathResult<i64> {
    if extreme >= unmoved {
        return Ok(unmoved);
    }
    let loss = unmoved.checked_sub(extreme).map(NativeDelta).ok_or(MathError::Overflow)?.positive_part();
    let counted = loss.share(weight, Rounding::Ceil)?.to_delta()?;
    unmoved.checked_sub(counted.0).ok_or(MathError::Overflow)
}

/// `max(worst − charge, −caps)`.
fn bounded(worst: i64, charge: i64, caps: i64) -> MathResult<NativeDelta> {
    let charged = worst.checked_sub(charge).ok_or(MathError::Overflow)?;
    let floor = caps.checked_neg().ok_or(MathError::Overflow)?;
    Ok(NativeDelta(charged.max(floor)))
}
