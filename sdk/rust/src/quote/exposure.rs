//! Exposure: what the net asset value of a pool gains or loses where prices and volatilities move, and a share of it with it.
//!
//! Everything is told of the valuation at the mark, and by the program's own functions: the smile goes with the price (a strike that comes nearer to the
//! price gets the volatility of a nearer one), as it does when the program values the pool. So a delta is not the pool's net delta with its sign turned
//! round, which holds the volatility of each series fixed.

use super::{NetAssetValue, PoolView, Result};
use crate::convert::{self, Decimal};
use evergreen::{
    engine::UnderlyingMarket,
    oracle::PriceUse,
    state::{SeriesStatus, ShareClass},
};
use evergreen_math::{
    Dollars, MathError, Ratio,
    option::{PricePoint, Terms},
    pool::value_and_slope,
    shares::VIRTUAL_SHARES,
};

/// The step of a price, as a binary part of itself: 2^-10, about a tenth of a per cent.
const PRICE_STEP: u32 = 10;
/// The step of a volatility per √year: 2^-10, about a tenth of a point.
const SIGMA_STEP: Ratio = Ratio::from_bits(1 << 54);

/// The exposure of a pool's main class, or of some of its shares, to one underlying. Amounts are native units of the collateral, to the nearest one; they are
/// for hedging and display, and no ledger depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Price of the underlying, dollars.
    pub spot: Dollars,
    /// `S·∂NAV/∂S`: what is gained if the price doubles at its present slope. Positive is long.
    pub delta: i64,
    /// `0.01·S²·∂²NAV/∂S²`: by how much a rise of the price by one per cent raises the delta in coins, at the price of now. Negative where
    /// large moves cost.
    pub gamma: i64,
    /// `0.01·∂NAV/∂σ`: what is gained if the volatility at the money rises by one point (55 % to 56 %).
    pub vega: i64,
}

/// An [`Exposure`] in coins of the underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinExposure {
    /// Coins that gain and lose as much; a hedge holds their opposite.
    pub delta: Decimal,
    /// Coins by which a rise of the price by one per cent raises the delta.
    pub gamma: Decimal,
    /// Worth in coins of a rise of the volatility at the money by one point.
    pub vega: Decimal,
}

impl Exposure {
    /// Returns the part of it that `shares` of all `total` shares of the main class have, rounded toward zero.
    pub fn of_shares(&self, shares: u64, total: u64) -> Self {
        let all = i128::from(total).saturating_add(i128::from(VIRTUAL_SHARES));
        let part = |whole: i64| {
            let part = i128::from(whole).saturating_mul(i128::from(shares)).checked_div(all).unwrap_or(0);
            i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX })
        };
        Self { delta: part(self.delta), gamma: part(self.gamma), vega: part(self.vega), ..*self }
    }

    /// Returns it in coins where one token of `decimals` decimals is worth `token_price` dollars, to nine places.
    ///
    /// # Errors
    /// [`convert::ConvertError`] for a price that is not above zero, and numbers that do not fit.
    pub fn in_coins(&self, token_price: Decimal, decimals: u8) -> convert::Result<CoinExposure> {
        let spot = convert::dollars(self.spot, 8)?;
        if spot.is_zero() || spot.is_sign_negative() || token_price.is_zero() || token_price.is_sign_negative() {
            return Err(convert::ConvertError::NotPositive);
        }
        let coins = |native: i64| -> convert::Result<Decimal> {
            let coins = convert::worth(native, token_price, decimals)?.checked_div(spot);
            Ok(coins.ok_or(convert::ConvertError::Overflow)?.round_dp(9).normalize())
        };
        Ok(CoinExposure { delta: coins(self.delta)?, gamma: coins(self.gamma)?, vega: coins(self.vega)? })
    }
}

/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let mut scene = Scene::new(1, 0)?;
/// // Traders hold 1,000,000 points of a call more than they have written.
/// scene.view.registry.series_mut(scene.series[0])?.long_points += 1_000_000;
/// let bitcoin = scene.view.exposure()?[0];
/// // So the pool is short: it loses where the price rises, where it moves far, and where volatility rises.
/// assert!(bitcoin.delta < 0 && bitcoin.gamma < 0 && bitcoin.vega < 0);
/// // A hedge of the whole pool buys so many bitcoins, where a token of the collateral is worth 300 dollars.
/// assert!(bitcoin.in_coins(300.into(), scene.view.pool.decimals)?.delta.is_sign_negative());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the exposure of all shares of the main class, one line for each underlying that has a price. The insurance class has none: what it is worth
    /// changes only when accounts end below zero.
    ///
    /// # Errors
    /// As [`Self::net_asset_value`].
    pub fn exposure(&self) -> Result<Vec<Exposure>> {
        let needed = self.needed_for_registry();
        let has_price = |place: &u8| needed.contains(place) || self.market(PriceUse::Liquidity, &[*place]).is_ok();
        let places: Vec<u8> = (0..self.pool.underlying_count).filter(has_price).collect();
        let market = self.market(PriceUse::Liquidity, &places)?;
        let unit = 10f64.powi(i32::from(self.pool.scale()?.exponent()));
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            let entry = market.get(place)?;
            let mut sums = [0f64; 3];
            for series in self.registry.series.iter().filter(|series| series.underlying == place) {
                let net = series.net()?;
                if series.status() != SeriesStatus::Live || net.is_zero() {
                    continue;
                }
                // The pool has the other side of what traders hold.
                let held = -(net.0 as f64) / unit;
                for (sum, of_one) in sums.iter_mut().zip(sensitivities(entry, &series.terms()?)?) {
                    *sum += held * of_one;
                }
            }
            let [delta, gamma, vega] = sums.map(|sum| sum.round() as i64);
            found.push(Exposure { underlying: place, spot: entry.spot().price(), delta, gamma, vega });
        }
        Ok(found)
    }

    /// Returns the exposure of so many shares of a class, one line for each underlying that has a price; each part is rounded toward zero.
    ///
    /// # Errors
    /// As [`Self::net_asset_value`].
    pub fn exposure_of(&self, class: ShareClass, shares: u64) -> Result<Vec<Exposure>> {
        let total = self.pool.shares(ShareClass::Main).total;
        let shares = if class == ShareClass::Main { shares } else { 0 };
        Ok(self.exposure()?.iter().map(|whole| whole.of_shares(shares, total)).collect())
    }
}

impl NetAssetValue {
    /// Returns what so many shares are worth at the mark, native units, rounded down: nobody is paid it, and what a hedge is measured by. `None` where all
    /// shares are worth nothing.
    pub fn worth_at_mark(&self, shares: u64) -> Option<u64> {
        let worth =
            evergreen_math::shares::amount_for_shares(shares, self.shares, evergreen_math::NativeDelta(self.mark));
        worth.ok().map(|worth| worth.0)
    }
}

/// Slope times price, 0.01 times curvature times squared price, and 0.01 times the slope in the volatility, of the value of one option in dollars, where
/// the smile goes with the price.
pub(super) fn sensitivities(market: &UnderlyingMarket, terms: &Terms) -> Result<[f64; 3]> {
    let (spot, sigma) = (market.spot().price(), market.quoted.mark(terms.tenor())?);
    let step = Dollars::from_bits((spot.to_bits() >> PRICE_STEP).max(1));
    let value = |price: Dollars, sigma: Ratio| -> Result<i128> {
        let point = PricePoint::new(price)?;
        let at_strike = market.smile.of_tenor(sigma, terms.tenor())?.sigma(point, terms)?;
        Ok(value_and_slope(terms, at_strike, point)?.valuation.value()?.to_bits())
    };
    let (up, down) = (value(spot.checked_add(step)?, sigma)?, value(spot.checked_sub(step)?, sigma)?);
    let middle = value(spot, sigma)?;
    let overflow = || MathError::Overflow;
    // Differences are taken of integers, so that floats lose nothing by cancelling.
    let slope = dollars(up.checked_sub(down).ok_or_else(overflow)?);
    let twice = middle.checked_mul(2).ok_or_else(overflow)?;
    let curvature = dollars(up.checked_add(down).and_then(|sum| sum.checked_sub(twice)).ok_or_else(overflow)?);
    let (more, less) = (sigma.checked_add(SIGMA_STEP)?, sigma.checked_sub(SIGMA_STEP)?);
    let by_sigma = dollars(value(spot, more)?.checked_sub(value(spot, less)?).ok_or_else(overflow)?);
    let steps = dollars(spot.to_bits()) / dollars(step.to_bits());
    let sigma_step = 2.0 * dollars(SIGMA_STEP.to_bits());
    Ok([slope * steps / 2.0, 0.01 * curvature * steps * steps, 0.01 * by_sigma / sigma_step])
}

/// Bits of a 64.64 number as a float.
fn dollars(bits: i128) -> f64 {
    bits as f64 / 18_446_744_073_709_551_616.0
}

#[cfg(test)]
mod tests;
