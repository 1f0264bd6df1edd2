//! What a trade is, before it is made: what a coin of it costs and at which volatility that would be the mark, how it moves with price, volatility and time, and
//! from which prices on it pays.

use super::{GainRange, Payoff, price_of};
use crate::quote::{PoolView, PositionSensitivities, QuoteError, Result, TradeQuote};
use evergreen::engine::Direction;
use evergreen_math::{
    Dollars, PointScale, Points, Ratio, Rounding,
    bounds::value_at_least,
    option::{OptionPricer, PricePoint, Terms},
};

/// A leg of a trade before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegProfile {
    /// What one option costs, fee included, or brings with the fee taken off, dollars; rounded against whoever trades. Negative where the fee exceeds what a sale brings.
    pub price: Option<Dollars>,
    /// The volatility, per √year, at which that price would be the mark, to 2^−32; `None` where no volatility makes it so.
    pub implied: Option<Ratio>,
    /// Sensitivities of the leg's points, native units.
    pub sensitivities: PositionSensitivities,
}

/// A trade on one of its underlyings before it is made. Amounts are native units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderlyingProfile {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Sums of the legs on it.
    pub sensitivities: PositionSensitivities,
    /// Prices at which the trade, closed at the mark, loses nothing: now, and after the days of funding that were asked for. Other underlyings stay where they are.
    /// `None` for a trade that only reduces, whose profit depends on what was paid before.
    pub gains: Option<[Vec<GainRange>; 2]>,
}

/// Two options of one kind and size, one bought and the other written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// What the distance of the strikes comes to, native units, rounded down: what such a spread of options without caps gains or loses at most, premium aside.
    pub width: i64,
    /// Cap prices of the bought and of the written option, dollars.
    pub caps: [Dollars; 2],
}

/// A trade before it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeProfile {
    /// Its legs, in their order.
    pub legs: Vec<LegProfile>,
    /// Its underlyings, by place.
    pub underlyings: Vec<UnderlyingProfile>,
    /// Set where it is a spread, whose options are exercised at different prices.
    pub spread: Option<Spread>,
}

/// ```
/// use evergreen_sdk::{evergreen::Leg, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: 1_000_000 }])?;
/// let profile = scene.view.profile(&quote, 7)?;
/// // Whoever buys pays a higher volatility than that of the mark: the spread and the fee are in it.
/// assert!(profile.legs[0].implied > Some(quote.legs[0].sigma));
/// let [now, later] = profile.underlyings[0].gains.as_ref().ok_or("a trade that adds risk")?;
/// assert!(now[0].from < later[0].from, "funding is paid meanwhile");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns what a trade that was quoted on this view is, with what pays after so many days of today's funding.
    ///
    /// # Errors
    /// [`QuoteError`] when a price is missing or refused, and for numbers that do not fit.
    pub fn profile(&self, quote: &TradeQuote, days: u32) -> Result<TradeProfile> {
        let scale = quote.pool_after.scale()?;
        // As the quote counts the samples that come before the fill.
        let samples =
            self.samples_to_trade(&quote.account_after, &quote.legs.iter().map(|leg| leg.leg).collect::<Vec<_>>());
        let view = quote.view_after(self.with_samples(&samples)?.as_ref());
        let (mut legs, mut underlyings) = (Vec::new(), Vec::<UnderlyingProfile>::new());
        for leg in &quote.legs {
            let (series, terms) = quote.terms_of(leg.leg.series)?;
            let points = leg.leg.points;
            let fee = i64::try_from(leg.fee).map_err(|_| overflow())?;
            let net = leg.premium.checked_sub(fee).ok_or_else(overflow)?;
            // Who buys pays the negative of a change of cash.
            let price = price_of(net.saturating_neg(), points, scale, points > 0);
            let mut sensitivities = view.sensitivities(series.underlying, &terms)?.of_points(Points(points), scale)?;
            (sensitivities.funding_per_day, _) = quote.funding_per_day_of(leg)?;
            let implied = price.and_then(|price| implied(&terms, leg.spot, price));
            legs.push(LegProfile { price, implied, sensitivities });
            match underlyings.iter_mut().find(|known| known.underlying == series.underlying) {
                Some(known) => known.sensitivities = sum(&known.sensitivities, &sensitivities)?,
                None => {
                    let underlying = series.underlying;
                    underlyings.push(UnderlyingProfile { underlying, sensitivities, gains: None });
                }
            }
        }
        underlyings.sort_by_key(|one| one.underlying);
        if quote.direction == Direction::Adding {
            for one in &mut underlyings {
                let payoff = Payoff::of_trade(quote, one.underlying)?;
                one.gains = Some([payoff.gains(0)?, payoff.gains(days)?]);
            }
        }
        Ok(TradeProfile { legs, underlyings, spread: spread(quote, scale)? })
    }
}

fn overflow() -> QuoteError {
    evergreen_math::MathError::Overflow.into()
}

fn sum(a: &PositionSensitivities, b: &PositionSensitivities) -> Result<PositionSensitivities> {
    let add = |a: i64, b: i64| a.checked_add(b).ok_or_else(overflow);
    Ok(PositionSensitivities {
        delta: add(a.delta, b.delta)?,
        gamma: add(a.gamma, b.gamma)?,
        vega: add(a.vega, b.vega)?,
        funding_per_day: add(a.funding_per_day, b.funding_per_day)?,
    })
}

/// The volatility at which an option is worth a price: value rises with volatility, so halves find it.
fn implied(terms: &Terms, spot: Dollars, price: Dollars) -> Option<Ratio> {
    let at = |bits: i128| {
        value_at_least(&OptionPricer::new(terms, Ratio::from_bits(bits)).ok()?, PricePoint::new(spot).ok()?).ok()
    };
    let (mut low, mut high) = (OptionPricer::MIN_VOLATILITY.to_bits(), OptionPricer::MAX_VOLATILITY.to_bits());
    if !(at(low)? < price && price <= at(high)?) {
        return None;
    }
    while high - low > 1 << 32 {
        let middle = low + (high - low) / 2;
        if at(middle)? < price { low = middle } else { high = middle }
    }
    Some(Ratio::from_bits(high))
}

/// The spread that a trade is, if it is one.
fn spread(quote: &TradeQuote, scale: PointScale) -> Result<Option<Spread>> {
    let [first, second] = quote.legs.as_slice() else { return Ok(None) };
    let (bought, written) = if first.leg.points > 0 { (first, second) } else { (second, first) };
    if bought.leg.points <= 0 || bought.leg.points.checked_neg() != Some(written.leg.points) {
        return Ok(None);
    }
    let [(of_bought, has), (of_written, owes)] =
        [quote.terms_of(bought.leg.series)?, quote.terms_of(written.leg.series)?];
    let (Some(cap), Some(other)) = (has.cap_price(), owes.cap_price()) else { return Ok(None) };
    if of_bought.underlying != of_written.underlying || has.kind() != owes.kind() || cap == other {
        return Ok(None);
    }
    let (upper, lower) = (has.strike().max(owes.strike()), has.strike().min(owes.strike()));
    let width = scale.native(Points(bought.leg.points), upper.checked_sub(lower)?, Rounding::Floor)?;
    Ok(Some(Spread { width: width.0, caps: [cap, other] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scene::Scene;
    use evergreen::Leg;

    /// Quotes of one leg in scenes of many seeds, bought and sold.
    fn quotes(mut check: impl FnMut(&PoolView, &TradeQuote)) -> usize {
        let mut checked = 0;
        for seed in 0..40 {
            let mut scene = Scene::new(seed, 0).unwrap();
            let account = scene.account(2);
            let points = if seed % 3 == 0 { -3_000_000 } else { 3_000_000 };
            let leg = Leg { series: scene.series[seed as usize], points };
            let Ok(quote) = scene.view.trade(&account, &[leg]) else { continue };
            check(&scene.view, &quote);
            checked += 1;
        }
        checked
    }

    #[test]
    fn at_its_implied_volatility_an_option_is_worth_what_a_coin_costs() {
        let mut found = 0;
        let checked = quotes(|view, quote| {
            let profile = view.profile(quote, 0).unwrap();
            let (leg, quoted) = (&profile.legs[0], &quote.legs[0]);
            let price = leg.price.unwrap();
            let scale = quote.pool_after.scale().unwrap();
            // The price of all points is the change of cash, rounded once.
            let all = scale.native(Points(quoted.leg.points), price, Rounding::Floor).unwrap().0;
            assert!((all + quote.net).abs() <= 1, "{all} and {}", quote.net);
            let Some(sigma) = leg.implied else { return };
            let (_, terms) = quote.terms_of(quoted.leg.series).unwrap();
            let worth = |sigma: i128| {
                let pricer = OptionPricer::new(&terms, Ratio::from_bits(sigma)).unwrap();
                value_at_least(&pricer, PricePoint::new(quoted.spot).unwrap()).unwrap()
            };
            let sigma_bits = sigma.to_bits();
            assert!(worth(sigma_bits - (1 << 33)) < price && price <= worth(sigma_bits));
            // Against whoever trades: who buys pays more than the mark's volatility, who sells gets less.
            assert!((sigma > quoted.sigma) == (quoted.leg.points > 0), "{sigma:?} {:?}", quoted.sigma);
            found += 1;
        });
        assert!(checked >= 15 && found >= 10, "{checked}, {found}");
    }

    #[test]
    fn sums_are_those_of_the_legs_and_nothing_is_lost_at_a_break_even() {
        let mut edges = 0;
        let checked = quotes(|view, quote| {
            let profile = view.profile(quote, 3).unwrap();
            let own = &profile.underlyings[0];
            assert_eq!(own.sensitivities, profile.legs[0].sensitivities);
            let (series, terms) = quote.terms_of(quote.legs[0].leg.series).unwrap();
            let one = quote.view_after(view).sensitivities(series.underlying, &terms).unwrap();
            let scale = quote.pool_after.scale().unwrap();
            let of_points = one.of_points(Points(quote.legs[0].leg.points), scale).unwrap();
            assert_eq!((own.sensitivities.delta, own.sensitivities.vega), (of_points.delta, of_points.vega));
            let payoff = Payoff::of_trade(quote, own.underlying).unwrap();
            let day = payoff.profit(payoff.spot(), 0).unwrap() - payoff.profit(payoff.spot(), 1).unwrap();
            assert_eq!(day, i128::from(own.sensitivities.funding_per_day));
            let Some(gains) = &own.gains else { return assert_eq!(quote.direction, Direction::Reducing) };
            for (ranges, days) in gains.iter().zip([0, 3]) {
                for (edge, outwards) in ranges.iter().flat_map(|range| [(range.from, -1), (range.to, 1)]) {
                    let Some(edge) = edge else { continue };
                    let beyond = Dollars::from_bits(edge.to_bits() + outwards);
                    assert!(payoff.profit(edge, days).unwrap() >= 0 && payoff.profit(beyond, days).unwrap() < 0);
                    edges += 1;
                }
            }
        });
        assert!(checked >= 15 && edges >= 20, "{checked}, {edges}");
    }

    #[test]
    fn a_spread_gains_more_than_its_width_where_its_caps_are_apart() {
        let mut found = 0;
        for seed in 0..20 {
            let mut scene = Scene::new(seed, 0).unwrap();
            let mut account = scene.account(0);
            account.cash = 1 << 50;
            let place = |id: &evergreen::state::SeriesId| {
                let series = scene.view.registry.series(*id).unwrap();
                (series.underlying, series.kind(), series.tenor, series.strike)
            };
            let first = scene.series[seed as usize];
            let (underlying, kind, tenor, strike) = place(&first);
            let is_other = |id: &&evergreen::state::SeriesId| {
                let other = place(id);
                (other.0, other.1, other.2) == (underlying, kind, tenor) && other.3 != strike
            };
            let Some(second) = scene.series.iter().find(is_other).copied() else { continue };
            let legs = [Leg { series: first, points: 1_000_000 }, Leg { series: second, points: -1_000_000 }];
            let apart = i64::try_from(strike.abs_diff(place(&second).3)).unwrap();
            // Options can be written only against bought ones.
            scene.view.registry.series_mut(second).unwrap().long_points += 1_000_000;
            let Ok(quote) = scene.view.trade(&account, &legs) else { continue };
            let spread = scene.view.profile(&quote, 7).unwrap().spread.unwrap();
            let scale = quote.pool_after.scale().unwrap();
            assert_eq!(
                spread.width,
                scale.native(Points(1_000_000), Dollars::from_int(apart), Rounding::Floor).unwrap().0
            );
            // A rising price reaches the lower cap first, a falling one the higher.
            let payoff = |id| {
                let terms = scene.view.registry.series(id).unwrap().terms().unwrap();
                scale.native(Points(1_000_000), terms.cap_payoff().unwrap(), Rounding::Floor).unwrap().0
            };
            let (has, owes) = (payoff(first), payoff(second));
            let is_first = (spread.caps[0] < spread.caps[1]) == (kind == evergreen_math::option::OptionKind::Call);
            let expected = if is_first { (has, (owes - has).max(0)) } else { ((has - owes).max(0), owes) };
            let outcome = quote.outcome().unwrap();
            let found_now = (outcome.best - quote.net, quote.net - outcome.worst);
            assert!((found_now.0 - expected.0).abs() <= 1 && (found_now.1 - expected.1).abs() <= 1, "{outcome:?}");
            assert!(![(spread.width, 0), (0, spread.width)].contains(&found_now), "{outcome:?}, {spread:?}");
            found += 1;
        }
        assert!(found >= 8, "{found}");
    }
}
