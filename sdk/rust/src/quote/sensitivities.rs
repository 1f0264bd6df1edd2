//! What one option is worth at the mark, and how that changes with price, volatility and time.

use super::{PoolView, Result, carry::PerDay, exposure::sensitivities};
use evergreen::oracle::PriceUse;
use evergreen_math::{
    Dollars, PointScale, Points, Ratio, Rounding,
    bounds::slope_at_least,
    option::{OptionPricer, Terms},
};

/// One option at the mark of this moment, and its sensitivities, per unit of the index. Those of price and volatility are for display and hedging, to about 10^−9 of
/// the strike; the smile goes with the price, as in [`Exposure`](super::Exposure). There is no theta: a holder pays funding instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitivities {
    /// Price of the underlying, dollars.
    pub spot: Dollars,
    /// Volatility of the mark at this strike and tenor, per √year.
    pub sigma: Ratio,
    /// Value, dollars, as the mark of a position is counted, rounded down.
    pub mark: Dollars,
    /// Dollars that the value gains if the price rises by one dollar at its present slope.
    pub delta: Ratio,
    /// By how much a rise of the price by one per cent raises the delta.
    pub gamma: Ratio,
    /// Dollars that the value gains if the volatility at the money rises by one point (55 % to 56 %).
    pub vega: Dollars,
    /// What a holder pays a day at present, dollars.
    pub funding_per_day: Dollars,
    /// The part of it that is carry, dollars; negative where the holder is paid.
    pub carry_per_day: Dollars,
}

/// Sensitivities of so many points, native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionSensitivities {
    /// What is gained if the price doubles at its present slope, to the nearest unit.
    pub delta: i64,
    /// By how much a rise of the price by one per cent raises the delta, at the price of now, to the nearest unit.
    pub gamma: i64,
    /// What is gained if the volatility at the money rises by one point, to the nearest unit.
    pub vega: i64,
    /// Funding paid a day, rounded up.
    pub funding_per_day: i64,
}

/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let scene = Scene::new(1, 0)?;
/// let terms = scene.view.registry.series(scene.series[0])?.terms()?;
/// let call = scene.view.sensitivities(0, &terms)?;
/// assert!(call.delta.to_bits() > 0 && call.vega.to_bits() > 0 && call.mark.is_positive());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the mark and the sensitivities of an option on the underlying at `place`, listed or not.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) when the price is missing or refused, or the option has reached its cap.
    pub fn sensitivities(&self, place: u8, terms: &Terms) -> Result<Sensitivities> {
        let (found, _) = self.on_engine(PriceUse::Liquidation, &[place], |engine| {
            let market = engine.market.get(place)?;
            let (spot, sigma) = (market.spot(), market.sigma_at(terms)?);
            let mark = slope_at_least(&OptionPricer::new(terms, sigma)?, spot)?.valuation.value()?;
            let day = PerDay::of(terms, (market.funding_sigma_at(terms)?, spot), engine.pool, place)?;
            let [slope, curvature, by_sigma] = sensitivities(market, terms)?;
            let price = spot.price().to_bits() as f64 / ONE;
            Ok(Sensitivities {
                spot: spot.price(),
                sigma,
                mark,
                delta: Ratio::from_bits(bits(slope / price)),
                gamma: Ratio::from_bits(bits(curvature / price)),
                vega: Dollars::from_bits(bits(by_sigma)),
                funding_per_day: day.funding,
                carry_per_day: day.carry,
            })
        })?;
        Ok(found)
    }
}

/// One, in 64.64 fixed point.
const ONE: f64 = 18_446_744_073_709_551_616.0;

fn bits(number: f64) -> i128 {
    (number * ONE) as i128
}

impl Sensitivities {
    /// Returns those of so many points; negative points are written ones.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for numbers that do not fit.
    pub fn of_points(&self, points: Points, scale: PointScale) -> Result<PositionSensitivities> {
        let unit = scale.points_per_unit_dollar().get() as f64;
        let price = self.spot.to_bits() as f64 / ONE;
        let of = |ratio: f64| (points.0 as f64 * ratio / unit).round() as i64;
        Ok(PositionSensitivities {
            delta: of(self.delta.to_bits() as f64 / ONE * price),
            gamma: of(self.gamma.to_bits() as f64 / ONE * price),
            vega: of(self.vega.to_bits() as f64 / ONE),
            funding_per_day: scale.native(points, self.funding_per_day, Rounding::Ceil)?.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::scene::Scene;
    use evergreen_math::{Points, units::PointScale};

    #[test]
    fn sensitivities_of_all_open_options_add_up_to_the_exposure_of_the_pool() {
        let mut scene = Scene::new(3, 0).unwrap();
        for (number, series) in scene.series.iter().enumerate() {
            scene.view.registry.series_mut(*series).unwrap().long_points += 1_000_000 * (number as i64 % 7);
        }
        let view = &scene.view;
        let scale: PointScale = view.pool.scale().unwrap();
        for exposure in view.exposure().unwrap() {
            let (mut delta, mut gamma, mut vega) = (0, 0, 0);
            for series in view.registry.series.iter().filter(|series| series.underlying == exposure.underlying) {
                let one = view.sensitivities(exposure.underlying, &series.terms().unwrap()).unwrap();
                let held = one.of_points(Points(series.net().unwrap().0), scale).unwrap();
                (delta, gamma, vega) = (delta - held.delta, gamma - held.gamma, vega - held.vega);
            }
            let close = |a: i64, b: i64| assert!(a.abs_diff(b) <= 32 + b.unsigned_abs() / 1_000_000, "{a}, {b}");
            close(delta, exposure.delta);
            close(gamma, exposure.gamma);
            close(vega, exposure.vega);
        }
    }
}
