//! What one position adds to a portfolio: its values in the scenarios that can matter.

use super::{Group, HealthLevel, MarginParams, Portfolio, SCENARIOS, ShockParams, THIRDS};
use crate::bounds::value_at_most;
use crate::error::{MathError, MathResult};
use crate::option::{OptionKind, OptionPricer, PricePoint, Terms};
use crate::units::{Dollars, NativeDelta, PointScale, Points, Ratio, Rounding};

/// The moves of a price that can be the worst for the options on one underlying.
///
/// Where all of them lose when the price rises (written calls, bought puts), the largest upward move is the worst of the moves
/// and the upper extreme the worst of the extremes, because the value of a call does not fall with the spot and that of a put does
/// not rise (to the bit for spots 10^−8 dollars apart, see the mathematics document). The other scenarios then count as the
/// unmoved price, which is never the worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moves {
    /// Any move can be the worst.
    #[default]
    All,
    /// Only upward moves can be the worst.
    Up,
    /// Only downward moves can be the worst.
    Down,
}

impl Moves {
    /// Returns the moves by which an option loses; `points` is negative if it is written.
    pub fn against(kind: OptionKind, points: Points) -> Self {
        if (kind == OptionKind::Call) == points.is_short() { Self::Up } else { Self::Down }
    }

    /// Returns the moves that can be the worst for options of both kinds of moves together.
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::All }
    }

    /// Returns the places of the scenarios beside the unmoved one.
    const fn places(self) -> &'static [usize] {
        match self {
            Self::All => &[1, 2, 3, 4, 5, 6, 7, 8],
            Self::Up => &[5, 7],
            Self::Down => &[6, 8],
        }
    }
}

/// The scenario prices of one underlying; scenarios that cannot matter hold the unmoved price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenarios<const LEVELS: usize> {
    pub(super) underlying: usize,
    pub(super) shocks: ShockParams,
    moves: Moves,
    points: [[PricePoint; SCENARIOS]; LEVELS],
}

impl<const LEVELS: usize> Scenarios<LEVELS> {
    /// Computes the prices at all levels. Errors: `MoneynessOutOfRange` for a spot that is not positive, `Overflow`.
    #[inline(never)]
    pub(super) fn new(
        levels: &[HealthLevel; LEVELS],
        underlying: usize,
        spot: Dollars,
        shocks: &ShockParams,
        params: &MarginParams,
        moves: Moves,
    ) -> MathResult<Self> {
        let mut points = [[PricePoint::new(spot)?; SCENARIOS]; LEVELS];
        for (level, row) in levels.iter().zip(points.iter_mut()) {
            let shock = shocks.at(*level).to_ratio();
            for place in moves.places() {
                let change = match THIRDS.get(place.wrapping_sub(1)) {
                    Some(thirds) => shock.mul_int(*thirds)?.div_int(3)?,
                    None => {
                        let extreme = shock.mul_floor(params.extreme_multiple.to_ratio())?;
                        if *place == 7 { extreme } else { Ratio::ZERO.checked_sub(extreme)? }
                    }
                };
                if let Some(point) = row.get_mut(*place) {
                    *point = PricePoint::new(moved(spot, change)?)?;
                }
            }
        }
        Ok(Self { underlying, shocks: *shocks, moves, points })
    }
}

/// The value of one option in the scenarios of a portfolio: at the stressed volatility if it is written, its intrinsic value if it is
/// bought.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioValues<const LEVELS: usize> {
    underlying: usize,
    is_short: bool,
    moves: Moves,
    /// Cap payoff, in dollars; zero for a bought option.
    cap: Dollars,
    values: [[Dollars; SCENARIOS]; LEVELS],
}

impl<const LEVELS: usize> ScenarioValues<LEVELS> {
    /// Values a bought option.
    fn of_long(terms: &Terms, scenarios: &Scenarios<LEVELS>) -> MathResult<Self> {
        let mut values = Self::empty(scenarios, false, Dollars::ZERO);
        values.fill(scenarios, |point| Ok(terms.intrinsic(point.price())))?;
        Ok(values)
    }

    /// Values a written option. Errors: `InvalidParameter` for an option without cap, and those of [`OptionPricer::new`].
    fn of_short(terms: &Terms, sigma: Ratio, scenarios: &Scenarios<LEVELS>, params: &MarginParams) -> MathResult<Self> {
        let cap = terms.cap_payoff().ok_or(MathError::InvalidParameter)?;
        let stressed = sigma.mul_floor(params.vol_stress.to_ratio())?;
        let pricer =
            OptionPricer::new(terms, stressed.max(OptionPricer::MIN_VOLATILITY).min(OptionPricer::MAX_VOLATILITY))?;
        let mut values = Self::empty(scenarios, true, cap);
        values.fill(scenarios, |point| value_at_most(&pricer, point))?;
        Ok(values)
    }

    fn empty(scenarios: &Scenarios<LEVELS>, is_short: bool, cap: Dollars) -> Self {
        let (underlying, moves) = (scenarios.underlying, scenarios.moves);
        Self { underlying, is_short, moves, cap, values: [[Dollars::ZERO; SCENARIOS]; LEVELS] }
    }

    /// Fills in the values; the unmoved price is common to all levels and valued once.
    #[inline]
    fn fill(
        &mut self,
        scenarios: &Scenarios<LEVELS>,
        value: impl Fn(PricePoint) -> MathResult<Dollars>,
    ) -> MathResult<()> {
        let mut unmoved = None;
        for (row, points) in self.values.iter_mut().zip(&scenarios.points) {
            let first = match unmoved {
                Some(known) => known,
                None => *unmoved.insert(value(points[0])?),
            };
            row[0] = first;
            for place in self.moves.places() {
                if let (Some(known), Some(point)) = (row.get_mut(*place), points.get(*place)) {
                    *known = value(*point)?;
                }
            }
        }
        Ok(())
    }
}

impl<const LEVELS: usize> Portfolio<LEVELS> {
    /// Sets the moves that can matter on an underlying; without this call all do. It must come before the first position.
    /// Errors: `TooMany` beyond [`MAX_UNDERLYINGS`](super::MAX_UNDERLYINGS).
    pub fn restrict(&mut self, underlying: usize, moves: Moves) -> MathResult<()> {
        self.groups.get_mut(underlying).ok_or(MathError::TooMany)?.moves = moves;
        Ok(())
    }

    /// Returns the values of an option in the scenarios, for [`change`](Self::change). The sign of `points` says whether it is bought or
    /// written; the size does not matter. The other arguments are those of [`add`](Self::add). Errors: as there; `InvalidParameter`
    /// for an option that loses by other moves than the underlying was [restricted](Self::restrict) to.
    // A stack frame on chain is 4 KiB, so this function has a frame of its own.
    #[inline(never)]
    pub fn values(
        &mut self,
        underlying: usize,
        points: Points,
        terms: &Terms,
        sigma: Ratio,
        spot: Dollars,
        shocks: &ShockParams,
    ) -> MathResult<ScenarioValues<LEVELS>> {
        let group = self.groups.get_mut(underlying).ok_or(MathError::TooMany)?;
        if group.spot != Dollars::ZERO && group.spot != spot {
            return Err(MathError::InvalidParameter);
        }
        let moves = group.moves;
        if moves != Moves::All && moves != Moves::against(terms.kind(), points) {
            return Err(MathError::InvalidParameter);
        }
        let at_hand = self
            .current
            .as_ref()
            .is_some_and(|c| c.underlying == underlying && c.shocks == *shocks && c.moves == moves);
        if !at_hand {
            self.current = Some(Scenarios::new(&self.levels, underlying, spot, shocks, &self.params, moves)?);
        }
        group.spot = spot;
        let scenarios = self.current.as_ref().ok_or(MathError::InvalidParameter)?;
        if points.is_short() {
            ScenarioValues::of_short(terms, sigma, scenarios, &self.params)
        } else {
            ScenarioValues::of_long(terms, scenarios)
        }
    }

    /// Changes a position with these values from `before` to `after` points, both of the sign it was valued for or zero. The
    /// portfolio is then equal to the native unit to one that was made with `after`. Errors: `InvalidParameter` for values of
    /// another portfolio's underlying or moves or a size of the other sign, `Overflow`.
    #[inline(never)]
    pub fn change(
        &mut self,
        values: &ScenarioValues<LEVELS>,
        before: Points,
        after: Points,
        scale: PointScale,
    ) -> MathResult<()> {
        let group = self.groups.get_mut(values.underlying).ok_or(MathError::TooMany)?;
        let fits = |points: Points| points.is_zero() || points.is_short() == values.is_short;
        if group.moves != values.moves || !fits(before) || !fits(after) {
            return Err(MathError::InvalidParameter);
        }
        let difference = |value: Dollars| -> MathResult<i64> {
            let enters =
                if after.is_zero() { NativeDelta::ZERO } else { scale.native(after, value, Rounding::Floor)? };
            if before.is_zero() {
                return Ok(enters.0);
            }
            Ok(enters.checked_sub(scale.native(before, value, Rounding::Floor)?)?.0)
        };
        let mut unmoved = None;
        for (sums, row) in group.values.iter_mut().zip(&values.values) {
            let still = match unmoved {
                Some(known) => known,
                None => *unmoved.insert(difference(row[0])?),
            };
            let mut differences = [still; SCENARIOS];
            for place in values.moves.places() {
                if let (Some(difference_at), Some(value)) = (differences.get_mut(*place), row.get(*place)) {
                    *difference_at = difference(*value)?;
                }
            }
            for (sum, difference) in sums.iter_mut().zip(differences) {
                *sum = sum.checked_add(difference).ok_or(MathError::Overflow)?;
            }
        }
        if values.is_short {
            for (points, sign) in [(before, -1i64), (after, 1)] {
                if !points.is_zero() {
                    group.charge_short(points.size()?, values.cap, self.params.short_charge, sign, scale)?;
                }
            }
        }
        Ok(())
    }
}

impl<const LEVELS: usize> Group<LEVELS> {
    /// Adds charge and cap of a short, or subtracts them for a negative `sign`.
    fn charge_short(
        &mut self,
        size: Points,
        cap: Dollars,
        rate: crate::BasisPoints,
        sign: i64,
        scale: PointScale,
    ) -> MathResult<()> {
        let notional = scale.native(size, self.spot, Rounding::Ceil)?.positive_part();
        let charge = notional.share(rate, Rounding::Ceil)?.to_delta()?;
        let cap = scale.native(size, cap, Rounding::Ceil)?;
        let add = |sum: i64, amount: NativeDelta| {
            let signed = if sign < 0 { amount.checked_neg()? } else { amount };
            sum.checked_add(signed.0).ok_or(MathError::Overflow)
        };
        self.charge = add(self.charge, charge)?;
        self.caps = add(self.caps, cap)?;
        Ok(())
    }
}

/// Returns a price moved by a share of itself, but not below a millionth of it nor below the smallest price.
fn moved(spot: Dollars, change: Ratio) -> MathResult<Dollars> {
    const LEAST: Ratio = Ratio::from_bits(1 << 44);
    let factor = Ratio::ONE.checked_add(change)?.max(LEAST);
    Ok(spot.mul_floor(factor)?.max(Dollars::from_bits(1)))
}
