//! What comes of a trade in the end, and what its options cost until then.

use super::{LegQuote, Result, TradeQuote};
use evergreen::state::{Series, SeriesId};
use evergreen_math::{
    Dollars, MathError, Native, NativeDelta, Points, Rounding,
    option::{OptionKind, Terms},
};

/// What a trade brings if every option of it is held until it is exercised at its cap or worth nothing, native units, premiums
/// and fees included, funding not: nobody knows how long it will be paid.
///
/// Prices may take any path, so calls and puts may be exercised one after the other. Both ends can be reached, the lower one of
/// options that can be worth nothing together only in the limit. Who closes earlier gets or pays the value of then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// At worst; negative is lost.
    pub worst: i64,
    /// At best.
    pub best: i64,
}

/// Options of one kind on one underlying are exercised in the order of their caps.
struct Exercise {
    underlying: u8,
    kind: OptionKind,
    cap: Dollars,
    pays: i64,
}

/// Beside the price of a trade:
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// // What is written somebody must have bought.
/// scene.view.registry.series_mut(scene.series[0])?.long_points += 1_000;
/// let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: -1_000 }])?;
/// // Who writes gains the premium at best.
/// assert_eq!(quote.outcome()?.map(|outcome| outcome.best), Some(quote.net));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl TradeQuote {
    /// The ends of what the trade can bring; `None` when a leg changes a position that was there before, for then it depends on
    /// what that had cost.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for numbers that do not fit.
    pub fn outcome(&self) -> Result<Option<Outcome>> {
        if self.legs.iter().any(|leg| leg.position != leg.leg.points) {
            return Ok(None);
        }
        let scale = self.pool_after.scale()?;
        let mut exercises = Vec::with_capacity(self.legs.len());
        for leg in &self.legs {
            let (series, terms) = self.series_of(leg)?;
            let cap = terms.cap_price().ok_or(MathError::CapOutOfRange)?;
            let payoff = terms.cap_payoff().ok_or(MathError::CapOutOfRange)?;
            // As a settlement pays it.
            let pays = scale.native(Points(leg.leg.points), payoff, Rounding::Floor)?.0;
            exercises.push(Exercise { underlying: series.underlying, kind: terms.kind(), cap, pays });
        }
        let (mut worst, mut best) = (NativeDelta(self.net), NativeDelta(self.net));
        while let Some(first) = exercises.first() {
            let (underlying, kind) = (first.underlying, first.kind);
            let same = |exercise: &Exercise| exercise.underlying == underlying && exercise.kind == kind;
            let mut group: Vec<Exercise> = exercises.extract_if(.., |exercise| same(exercise)).collect();
            // A rising price reaches the lowest cap of calls first, a falling one the highest of puts.
            group.sort_by_key(|exercise| exercise.cap);
            if kind == OptionKind::Put {
                group.reverse();
            }
            let (mut sum, mut low, mut high) = (NativeDelta::ZERO, NativeDelta::ZERO, NativeDelta::ZERO);
            for at_once in group.chunk_by(|a, b| a.cap == b.cap) {
                for exercise in at_once {
                    sum = sum.checked_add(NativeDelta(exercise.pays))?;
                }
                (low, high) = (low.min(sum), high.max(sum));
            }
            (worst, best) = (worst.checked_add(low)?, best.checked_add(high)?);
        }
        Ok(Some(Outcome { worst: worst.0, best: best.0 }))
    }

    /// Funding that the options of a leg cost a day at present prices, native units, rounded up; negative when they are paid.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for a price beyond what can be valued.
    pub fn funding_per_day_of(&self, leg: &LegQuote) -> Result<i64> {
        let (_, terms) = self.series_of(leg)?;
        let per_day = terms.value(leg.sigma, leg.spot)?.funding_per_day(terms.tenor())?;
        Ok(self.pool_after.scale()?.native(Points(leg.leg.points), per_day, Rounding::Ceil)?.0)
    }

    /// What all that the account has written afterwards can cost at most, native units, rounded up each: cash that makes it
    /// covered, so that no price can liquidate it.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for numbers that do not fit.
    pub fn short_caps(&self) -> Result<Native> {
        let scale = self.pool_after.scale()?;
        let mut sum = Native::ZERO;
        for place in self.account_after.open_positions() {
            let position = self.account_after.positions[place];
            if position.points >= 0 {
                continue;
            }
            let payoff = self.terms_of(position.series())?.1.cap_payoff().ok_or(MathError::CapOutOfRange)?;
            let cap = scale.native(position.points().size()?, payoff, Rounding::Ceil)?;
            sum = sum.checked_add(cap.positive_part())?;
        }
        Ok(sum)
    }

    fn series_of(&self, leg: &LegQuote) -> Result<(&Series, Terms)> {
        self.terms_of(leg.leg.series)
    }

    fn terms_of(&self, id: SeriesId) -> Result<(&Series, Terms)> {
        let series = self.registry_after.series(id)?;
        Ok((series, series.terms()?))
    }
}

#[cfg(test)]
mod tests;
