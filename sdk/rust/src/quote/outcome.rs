//! What a trade brings if it is held to its end, and what its options cost per day until then.

use super::{FillQuote, LegQuote, Result, TradeQuote, carry::PerDay};
use evergreen::state::{Pool, Series, SeriesId, SeriesRegistry};
use evergreen_math::{
    Dollars, MathError, Native, NativeDelta, Points, Rounding,
    option::{OptionKind, PricePoint, Terms},
};

/// Worst and best result of a trade if every option of it is held until it is exercised at its cap or is worth nothing, in native
/// units. Premiums and fees are included. Funding is not, because it depends on how long the options are held.
///
/// Prices may take any path, so calls and puts may be exercised one after the other. Every result in which options end worthless is
/// a limit that prices approach. A position that is closed earlier is closed at its value at that time. Positions of before are not
/// counted: a result is what the account has with the trade, less what it would have without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeOutcome {
    /// Worst result, native units; negative is a loss.
    pub worst: i64,
    /// Best result, native units; negative is a loss.
    pub best: i64,
    /// Whether a leg makes an earlier position smaller: what that one would have brought is then counted as lost, or as gained.
    pub gives_up: bool,
}

/// The exercise of a leg. Options of one kind on one underlying are exercised in the order of their caps.
struct Exercise {
    underlying: u8,
    kind: OptionKind,
    cap: Dollars,
    pays: i64,
}

/// The outcome of a trade is quoted like this:
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// // Options can be written only against bought ones.
/// scene.view.registry.series_mut(scene.series[0])?.long_points += 1_000;
/// let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: -1_000 }])?;
/// // The best result of writing an option is its premium less the fee.
/// assert_eq!(quote.outcome()?.best, quote.net);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl TradeQuote {
    /// Returns the worst and the best result of the trade.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for numbers that do not fit.
    pub fn outcome(&self) -> Result<TradeOutcome> {
        let mut gives_up = false;
        let scale = self.pool_after.scale()?;
        let mut exercises = Vec::with_capacity(self.legs.len());
        for leg in &self.legs {
            let (series, terms) = self.series_of(leg)?;
            let cap = terms.cap_price().ok_or(MathError::CapOutOfRange)?;
            let payoff = terms.cap_payoff().ok_or(MathError::CapOutOfRange)?;
            // A settlement rounds the payoff of all that is held the same way.
            let pays = |points| scale.native(Points(points), payoff, Rounding::Floor);
            let before = leg.position.checked_sub(leg.leg.points).ok_or(MathError::Overflow)?;
            gives_up |= before.signum() == -leg.leg.points.signum();
            let pays = pays(leg.position)?.checked_sub(pays(before)?)?.0;
            exercises.push(Exercise { underlying: series.underlying, kind: terms.kind(), cap, pays });
        }
        let (mut worst, mut best) = (NativeDelta(self.net), NativeDelta(self.net));
        while let Some(first) = exercises.first() {
            let (underlying, kind) = (first.underlying, first.kind);
            let same = |exercise: &Exercise| exercise.underlying == underlying && exercise.kind == kind;
            let mut group: Vec<Exercise> = exercises.extract_if(.., |exercise| same(exercise)).collect();
            // A rising price reaches the lowest cap of calls first, a falling price the highest cap of puts.
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
        Ok(TradeOutcome { worst: worst.0, best: best.0, gives_up })
    }

    /// Returns the funding that the options of a leg cost per day at present prices and carry, and the part of it that is carry, native units, both
    /// rounded up; negative when the account receives it.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for a price beyond what can be valued.
    pub fn funding_per_day_of(&self, leg: &LegQuote) -> Result<(i64, i64)> {
        funding_per_day_of(leg, &self.pool_after, &self.registry_after)
    }

    /// Returns the most that all written options of the account afterwards can cost, in native units, each rounded up. Cash of this
    /// amount makes them covered: no price can then cause a liquidation.
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

    /// Returns a series as the trade leaves it, and its terms.
    pub(crate) fn terms_of(&self, id: SeriesId) -> Result<(&Series, Terms)> {
        let series = self.registry_after.series(id)?;
        Ok((series, series.terms()?))
    }
}

impl FillQuote {
    /// As [`TradeQuote::funding_per_day_of`], of a leg of a trade that is filled.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for a price beyond what can be valued.
    pub fn funding_per_day_of(&self, leg: &LegQuote) -> Result<(i64, i64)> {
        funding_per_day_of(leg, &self.pool_after, &self.registry_after)
    }
}

fn funding_per_day_of(leg: &LegQuote, pool: &Pool, registry: &SeriesRegistry) -> Result<(i64, i64)> {
    let series = registry.series(leg.leg.series)?;
    let of_funding = (leg.funding_sigma, PricePoint::new(leg.spot)?);
    let per_day = PerDay::of(&series.terms()?, of_funding, pool, series.underlying)?;
    per_day.native(Points(leg.leg.points), pool.scale()?)
}

#[cfg(test)]
mod tests;
