//! Three ready strategies for whoever says where the price goes.

use super::{ContractTerms, Part, Result, Strategy, StrategyError};
use evergreen_math::{BasisPoints, Dollars, Points, option::OptionKind};

/// What somebody expects of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It rises.
    Up,
    /// It falls.
    Down,
    /// It stays where it is.
    Calm,
}

/// A ready strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyStrategy {
    /// Buys an option near the price: the loss is bounded by what is paid, the gain by the cap.
    Bought,
    /// Buys an option near the price and writes one at the expected price: cheaper, and gains no further than that.
    Vertical,
    /// Writes an option at the price that is not expected to be reached: earns its premium and funding.
    Written,
    /// Writes a call and a put at both ends of the range in which the price is expected to stay.
    Strangle,
    /// The same, with bought options farther out, so that the loss is bounded sooner.
    Condor,
    /// Writes a call and a put near the price: earns most and bears most.
    Straddle,
}

impl Outlook {
    /// Returns three strategies on options of one underlying and tenor, each with `points` of every leg. The price is expected to move by `reach` of itself, or to stay
    /// within it; strikes are multiples of `step` whole dollars nearest to that.
    ///
    /// ```
    /// use evergreen_sdk::{
    ///     math::{BasisPoints, Dollars, Points, Seconds},
    ///     strategy::{ContractTerms, Outlook},
    /// };
    ///
    /// let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let price = Dollars::from_int(100_200);
    /// let [bought, vertical, written] = Outlook::Up.proposals(week, (price, 1_000), BasisPoints(1_000), Points(1_000))?;
    /// assert_eq!(bought.1.legs[0].contract.strike, 100_000);
    /// assert_eq!(vertical.1.legs[1].contract.strike, 110_000);
    /// assert_eq!(written.1.legs[0].contract.strike, 90_000);
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Size`]; [`StrategyError::Strikes`] where the reach is less than a step; [`StrategyError::Strike`] for a price at which no option can have a
    /// strike; [`StrategyError::Overflow`].
    pub fn proposals(
        self,
        terms: ContractTerms,
        (spot, step): (Dollars, u32),
        reach: BasisPoints,
        points: Points,
    ) -> Result<[(ReadyStrategy, Strategy); 3]> {
        let at = |reaches: i64| strike(spot, reaches * i64::from(reach.0), step);
        let (middle, above, below) = (at(0)?, at(1)?, at(-1)?);
        let one_sided = |kind, target, other| -> Result<[(ReadyStrategy, Strategy); 3]> {
            let bought = Strategy::covered_write(terms, kind, middle, points)?.reversed()?;
            let vertical = Strategy::vertical(terms, kind, middle, target, points)?;
            let opposite = if kind == OptionKind::Call { OptionKind::Put } else { OptionKind::Call };
            let written = Strategy::covered_write(terms, opposite, other, points)?;
            Ok([
                (ReadyStrategy::Bought, bought),
                (ReadyStrategy::Vertical, vertical),
                (ReadyStrategy::Written, written),
            ])
        };
        match self {
            Self::Up => one_sided(OptionKind::Call, above, below),
            Self::Down => one_sided(OptionKind::Put, below, above),
            Self::Calm => {
                let strangle = Strategy::strangle(terms, below, above, points)?.reversed()?;
                let bought = Strategy::strangle(terms, at(-2)?, at(2)?, points)?;
                let legs: Vec<Part> = bought.legs.into_iter().chain(strangle.legs.iter().copied()).collect();
                let straddle = Strategy::straddle(terms, middle, points)?.reversed()?;
                Ok([
                    (ReadyStrategy::Strangle, strangle),
                    (ReadyStrategy::Condor, Strategy { legs }),
                    (ReadyStrategy::Straddle, straddle),
                ])
            }
        }
    }
}

/// Returns the multiple of `step` nearest to `spot · (1 + bps / 10,000)`, at least one step.
fn strike(spot: Dollars, bps: i64, step: u32) -> Result<u64> {
    let step = i128::from(step.max(1));
    let wanted = spot.to_bits().checked_mul(i128::from(10_000 + bps)).ok_or(StrategyError::Overflow)?;
    let dollars = wanted.div_euclid(10_000) >> 64;
    let nearest = (dollars + step / 2).div_euclid(step).max(1) * step;
    u64::try_from(nearest).map_err(|_| StrategyError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use evergreen_math::Seconds;

    #[test]
    fn every_outlook_has_three_valid_strategies_on_the_grid() {
        let terms = ContractTerms { underlying: 1, tenor: Seconds(86_400) };
        for outlook in [Outlook::Up, Outlook::Down, Outlook::Calm] {
            let all = outlook.proposals(terms, (Dollars::from_int(3_987), 50), BasisPoints(700), Points(5)).unwrap();
            for (_, strategy) in &all {
                assert!((1..=4).contains(&strategy.legs.len()));
                assert!(strategy.legs.iter().all(|part| part.contract.strike % 50 == 0 && part.points.0.abs() == 5));
            }
        }
        let [_, (name, vertical), _] =
            Outlook::Down.proposals(terms, (Dollars::from_int(3_987), 50), BasisPoints(700), Points(5)).unwrap();
        let strikes: Vec<u64> = vertical.legs.iter().map(|part| part.contract.strike).collect();
        assert_eq!((name, strikes), (ReadyStrategy::Vertical, vec![4_000, 3_700]));
        let narrow = Outlook::Up.proposals(terms, (Dollars::from_int(3_987), 50), BasisPoints(1), Points(5));
        assert_eq!(narrow.map(|_| ()), Err(StrategyError::Strikes { lower: 4_000, upper: 4_000 }));
    }
}
