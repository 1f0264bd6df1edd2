//! What options bring at any price of their underlying: the curve beside a quote.

use crate::quote::{PoolView, QuoteError, Result, TradeQuote};
use evergreen::state::MarginAccount;
use evergreen_math::{
    Dollars, MathError, PointScale, Points, Ratio, Rounding,
    bounds::value_at_least,
    option::{OptionPricer, PricePoint, Terms},
};

/// One option of a [`Payoff`].
#[derive(Clone, Debug)]
struct Part {
    terms: Terms,
    pricer: OptionPricer,
    points: Points,
}

/// Options on one underlying, valued at other prices of it while volatilities and the prices of other underlyings stay as they are. Amounts are native units.
///
/// An option counts as a mark does, rounded down, and from its cap on with its cap payoff. Spread and fee of closing are not counted.
#[derive(Clone, Debug)]
pub struct Payoff {
    parts: Vec<Part>,
    scale: PointScale,
    /// Change of cash by a trade, and what options have cost or were worth before.
    base: i128,
    funding_per_day: i128,
    spot: Dollars,
}

/// Prices from one to another at which nothing is lost; `None` where there is no end within a hundredth and a hundred times the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GainRange {
    /// From this price on, dollars.
    pub from: Option<Dollars>,
    /// Up to this price, dollars.
    pub to: Option<Dollars>,
}

/// Number of prices at which the search for ranges looks between a hundredth and a hundred times the price: steps of 1.8 %.
const LOOKS: i32 = 512;

/// ```
/// use evergreen_sdk::{evergreen::Leg, portfolio::Payoff, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: 1_000_000 }])?;
/// let payoff = Payoff::of_trade(&quote, 0)?;
/// // A bought call gains from some price on, and after thirty days of funding only from a higher one.
/// let ranges = [0, 30].map(|days| payoff.gains(days));
/// let [Ok(now), Ok(later)] = ranges else { return Err("no range".into()) };
/// assert!(now[0].to.is_none() && later[0].from > now[0].from);
/// // At the price of now it loses spread and fee.
/// assert!(payoff.profit(payoff.spot(), 0)? <= 0);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Payoff {
    /// Makes that of a trade: its legs on the underlying at `place`, and what they cost with fees. Legs on other underlyings count with what they are worth.
    ///
    /// # Errors
    /// [`QuoteError`] for numbers that do not fit.
    pub fn of_trade(quote: &TradeQuote, place: u8) -> Result<Self> {
        let scale = quote.pool_after.scale()?;
        let mut payoff =
            Self { parts: Vec::new(), scale, base: quote.net.into(), funding_per_day: 0, spot: Dollars::ZERO };
        for leg in &quote.legs {
            let (series, terms) = quote.terms_of(leg.leg.series)?;
            let points = Points(leg.leg.points);
            payoff.funding_per_day += i128::from(quote.funding_per_day_of(leg)?.0);
            if series.underlying == place {
                payoff.spot = leg.spot;
                payoff.add(&terms, leg.sigma, points)?;
            } else {
                let part = Part { terms, pricer: OptionPricer::new(&terms, leg.sigma)?, points };
                payoff.base += i128::from(part.worth(leg.spot, scale)?);
            }
        }
        Ok(payoff)
    }

    /// Adds the positions of an account, with what they have cost (fees and funding until now included) where `cost` tells it; otherwise with what they are worth
    /// at the mark, so that the curve is the change from now.
    ///
    /// # Errors
    /// [`QuoteError`] when a price is missing or refused.
    pub fn with_positions(
        mut self,
        view: &PoolView,
        account: &MarginAccount,
        place: u8,
        cost: Option<i64>,
    ) -> Result<Self> {
        for holding in view.holdings(account)? {
            self.funding_per_day += i128::from(holding.funding_per_day);
            if cost.is_none() {
                self.base -= i128::from(holding.value);
            }
            match holding.spot.filter(|_| holding.underlying == place && !holding.ended) {
                Some(spot) => {
                    self.spot = spot;
                    self.add(&holding.terms, holding.sigma(), Points(holding.points))?;
                }
                None => self.base += i128::from(holding.value),
            }
        }
        self.base -= i128::from(cost.unwrap_or(0));
        Ok(self)
    }

    /// Makes an empty one, to which positions are added.
    ///
    /// # Errors
    /// [`QuoteError`] when the price of the underlying at `place` is missing or refused.
    pub fn empty(view: &PoolView, place: u8) -> Result<Self> {
        let spot = view.price(place)?.spot;
        Ok(Self { parts: Vec::new(), scale: view.pool.scale()?, base: 0, funding_per_day: 0, spot })
    }

    fn add(&mut self, terms: &Terms, sigma: Ratio, points: Points) -> Result<()> {
        self.parts.push(Part { terms: *terms, pricer: OptionPricer::new(terms, sigma)?, points });
        Ok(())
    }

    /// Returns the price of now, dollars.
    pub const fn spot(&self) -> Dollars {
        self.spot
    }

    /// Returns the funding that is paid a day at present, rounded up; negative where it is received.
    pub const fn funding_per_day(&self) -> i128 {
        self.funding_per_day
    }

    /// Returns the prices at which an option is exercised, in rising order.
    pub fn caps(&self) -> Vec<Dollars> {
        let mut caps: Vec<Dollars> = self.parts.iter().filter_map(|part| part.terms.cap_price()).collect();
        caps.sort_unstable();
        caps.dedup();
        caps
    }

    /// Returns so many prices for a plot, in rising order: from a little below what matters (price, strikes, caps) to a little above it, with those themselves.
    pub fn prices(&self, number: u16) -> Vec<Dollars> {
        let strikes = self.parts.iter().map(|part| part.terms.strike());
        let mut marked: Vec<Dollars> = self.caps().into_iter().chain(strikes).chain([self.spot]).collect();
        marked.sort_unstable();
        let (Some(low), Some(high)) = (marked.first(), marked.last()) else { return Vec::new() };
        let (low, high) = (low.to_bits() / 20 * 19, high.to_bits() / 20 * 21);
        let steps = i128::from(number.max(2)) - 1;
        let even = (0..=steps).map(|step| Dollars::from_bits(low + (high - low) / steps * step));
        marked.extend(even);
        marked.sort_unstable();
        marked.dedup();
        marked
    }

    /// Returns what everything brings at a price after so many days of today's funding: negative for a loss.
    ///
    /// # Errors
    /// [`QuoteError`] for numbers that do not fit, and a price that is not positive.
    pub fn profit(&self, spot: Dollars, days: u32) -> Result<i128> {
        let mut sum = self.base - self.funding_per_day * i128::from(days);
        for part in &self.parts {
            sum += i128::from(part.worth(spot, self.scale)?);
        }
        Ok(sum)
    }

    /// Returns the ranges of prices, in rising order, at which nothing is lost after so many days of today's funding. A range that is narrower than 1.8 % of its
    /// price may be missed.
    ///
    /// # Errors
    /// As [`Self::profit`].
    pub fn gains(&self, days: u32) -> Result<Vec<GainRange>> {
        let is_good = |price: Dollars| -> Result<bool> { Ok(self.profit(price, days)? >= 0) };
        let (mut ranges, mut open): (Vec<GainRange>, Option<GainRange>) = (Vec::new(), None);
        let mut before: Option<(Dollars, bool)> = None;
        for price in self.looks()? {
            let good = is_good(price)?;
            match before {
                None if good => open = Some(GainRange { from: None, to: None }),
                Some((last, was)) if was != good => {
                    let (inside, outside) = if good { (price, last) } else { (last, price) };
                    let edge = edge(inside, outside, is_good)?;
                    if good {
                        open = Some(GainRange { from: Some(edge), to: None });
                    } else if let Some(range) = open.take() {
                        ranges.push(GainRange { to: Some(edge), ..range });
                    }
                }
                _ => {}
            }
            before = Some((price, good));
        }
        ranges.extend(open);
        Ok(ranges)
    }

    /// Prices in even steps of their logarithm, with all strikes and caps between them.
    fn looks(&self) -> Result<Vec<Dollars>> {
        let mut found: Vec<Dollars> = self.parts.iter().map(|part| part.terms.strike()).chain(self.caps()).collect();
        let spot = self.spot.to_bits() as f64;
        for step in -LOOKS / 2..=LOOKS / 2 {
            let part = 100f64.powf(f64::from(step) / f64::from(LOOKS / 2));
            found.push(Dollars::from_bits((spot * part) as i128));
        }
        found.retain(|price| price.is_positive());
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Returns the good price that is next to the boundary between a good and a bad one.
fn edge(mut good: Dollars, mut bad: Dollars, is_good: impl Fn(Dollars) -> Result<bool>) -> Result<Dollars> {
    while good.to_bits().abs_diff(bad.to_bits()) > 1 {
        let middle = Dollars::from_bits(bad.to_bits() + (good.to_bits() - bad.to_bits()) / 2);
        if is_good(middle)? { good = middle } else { bad = middle }
    }
    Ok(good)
}

impl Part {
    fn worth(&self, spot: Dollars, scale: PointScale) -> Result<i64> {
        let worth = match self.terms.cap_payoff() {
            Some(payoff) if self.terms.is_capped_at(spot) => payoff,
            _ => value_at_least(&self.pricer, PricePoint::new(spot)?)?,
        };
        Ok(scale.native(self.points, worth, Rounding::Floor).map_err(|error: MathError| QuoteError::from(error))?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        portfolio::{BreakEven, Holding},
        testing::scene::Scene,
    };
    use evergreen::Leg;

    #[test]
    fn the_curve_at_the_price_of_now_is_the_mark_less_what_was_paid() {
        let mut compared = 0;
        for seed in 0..30 {
            let mut scene = Scene::new(seed, 0).unwrap();
            let account = scene.account(4);
            let legs = [Leg { series: scene.series[seed as usize], points: 100_000 }];
            let Ok(quote) = scene.view.trade(&account, &legs) else { continue };
            let payoff =
                Payoff::of_trade(&quote, scene.view.registry.series(legs[0].series).unwrap().underlying).unwrap();
            // A mark is what the leg would cost at the price of now without fee and spread; it is rounded the other way.
            let lost = payoff.profit(payoff.spot(), 0).unwrap() - i128::from(quote.net - quote.legs[0].mark);
            assert!((-1..=0).contains(&lost), "{lost}");
            let held = Payoff::empty(&scene.view, 0).unwrap().with_positions(&scene.view, &account, 0, None).unwrap();
            assert_eq!(held.profit(held.spot(), 0).unwrap(), 0, "what is held has not changed yet");
            assert_eq!(held.profit(held.spot(), 2).unwrap(), -2 * held.funding_per_day());
            compared += 1;
        }
        assert!(compared >= 10, "{compared}");
    }

    #[test]
    fn where_one_option_gains_is_its_break_even() {
        let mut compared = 0;
        for seed in 0..40 {
            let mut scene = Scene::new(seed, 0).unwrap();
            let account = scene.account(1);
            let Ok(holdings) = scene.view.holdings(&account) else { continue };
            let value = holdings[0];
            let cost = value.value + value.value / 5;
            let known = Holding { points: value.points, cost, known: true, ..Holding::default() };
            let expected = value.break_even(&known, 3).unwrap();
            // The holding counts funding that is not settled yet, the curve begins now.
            let payoff = Payoff::empty(&scene.view, value.underlying).unwrap();
            let payoff =
                payoff.with_positions(&scene.view, &account, value.underlying, Some(cost - value.pending)).unwrap();
            let found = payoff.gains(3).unwrap();
            match (expected, found.as_slice()) {
                (Some(BreakEven::At(price)), [range]) => {
                    let edge = range.from.or(range.to).unwrap();
                    // Where the value is flat to its last bits, two searches may end on either side of them.
                    let apart = edge.to_bits().abs_diff(price.to_bits());
                    assert!(apart < 1 << 40, "seed {seed}: {edge:?} and {price:?}");
                    compared += 1;
                }
                (Some(BreakEven::Never), []) => {}
                (Some(BreakEven::Always), [range]) => assert_eq!((range.from, range.to), (None, None)),
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        assert!(compared >= 15, "{compared}");
    }
}
