//! An account if prices and volatilities were others.

use super::{AccountQuote, PoolView, Result, account::exact};
use evergreen::{
    engine::{MarketContext, PoolEngine},
    oracle::PriceUse,
    state::{MarginAccount, Underlying},
};
use evergreen_math::{BasisPoints, Dollars, MathError, Ratio};

/// A change of one underlying, everything else being as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketShift {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Change of the price in basis points of it, above −10,000.
    pub price_bps: i32,
    /// Change of the volatility in basis points of it, above −10,000; it stays within what the underlying's parameters allow.
    pub sigma_bps: i32,
}

impl MarketShift {
    fn price(&self, spot: Dollars) -> Result<Dollars> {
        scaled(spot.to_bits(), self.price_bps).map(Dollars::from_bits)
    }

    /// Returns the underlying with its volatilities and averages changed.
    fn apply(&self, underlying: &Underlying) -> Result<Underlying> {
        let mut state = underlying.volatility_state();
        let within = |sigma: Ratio| -> Result<Ratio> {
            let [least, most] = [underlying.params.vol_min_bps, underlying.params.vol_max_bps].map(BasisPoints);
            let moved = Ratio::from_bits(scaled(sigma.to_bits(), self.sigma_bps)?);
            Ok(moved.max(least.to_ratio()).min(most.to_ratio()))
        };
        // A variance is the square of a volatility.
        let variance = |variance: Ratio| -> Result<Ratio> {
            let once = scaled(variance.to_bits(), self.sigma_bps)?;
            Ok(Ratio::from_bits(scaled(once, self.sigma_bps)?))
        };
        if self.sigma_bps != 0 {
            (state.front, state.back) = (within(state.front)?, within(state.back)?);
            (state.fast_variance, state.slow_variance) =
                (variance(state.fast_variance)?, variance(state.slow_variance)?);
        }
        let mut moved = *underlying;
        moved.set_volatility_state(state);
        Ok(moved)
    }
}

/// Returns `bits · (1 + bps / 10,000)`, rounded down. Errors: `InvalidParameter` unless that is positive, `Overflow`.
fn scaled(bits: i128, bps: i32) -> Result<i128> {
    let factor = i128::from(bps) + i128::from(BasisPoints::ONE.0);
    if factor <= 0 {
        return Err(MathError::InvalidParameter.into());
    }
    let product = bits.checked_mul(factor).ok_or(MathError::Overflow)?;
    Ok(product.div_euclid(i128::from(BasisPoints::ONE.0)))
}

/// ```
/// use evergreen_sdk::{quote::MarketShift, testing::scene::Scene};
///
/// let mut scene = Scene::new(4, 0)?;
/// let account = scene.account(5);
/// let now = scene.view.account(&account)?;
/// assert_eq!(scene.view.account_if(&account, &[])?.equity, now.equity);
/// let fall = MarketShift { underlying: 0, price_bps: -1_000, sigma_bps: 2_000 };
/// println!("{} units of health if BTC falls by a tenth", scene.view.account_if(&account, &[fall])?.health.maintenance);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the quote of an account if the underlyings were changed so: its funding is settled to now at the prices that are, and everything is then valued at the
    /// others, as certain ones. Nothing is exercised at a price beyond a cap: the option counts with its cap payoff.
    ///
    /// # Errors
    /// As [`Self::account`], and [`QuoteError`](super::QuoteError) for a change that leaves no positive price.
    pub fn account_if(&self, account: &MarginAccount, shifts: &[MarketShift]) -> Result<AccountQuote> {
        let places = self.needed(account, [])?;
        let (prices, settled, _) = self.on_account(PriceUse::Liquidation, &places, account, |engine, _| {
            places.iter().map(|place| Ok((*place, engine.market.get(*place)?.price))).collect::<Result<Vec<_>>>()
        })?;
        let mut market = MarketContext::without_prices(self.now);
        for (place, price) in prices {
            let underlying = &self.markets[usize::from(place)].underlying;
            match shifts.iter().find(|shift| shift.underlying == place) {
                Some(shift) => {
                    let moved = exact(shift.price(price.spot)?, self.now);
                    let underlying = shift.apply(underlying)?;
                    market.enter(&self.pool, &underlying, usize::from(place), moved, PriceUse::Liquidation)?;
                }
                None => market.enter(&self.pool, underlying, usize::from(place), price, PriceUse::Liquidation)?,
            }
        }
        let mut scratch = self.scratch();
        let mut engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
        AccountQuote::on(&mut engine, &settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scene::Scene;

    #[test]
    fn the_health_at_a_liquidation_price_is_negative_and_a_little_inside_it_is_not() {
        let mut compared = 0;
        for seed in 0..30 {
            let mut scene = Scene::new(seed, 0).unwrap();
            let mut account = scene.account(3);
            for position in &mut account.positions {
                position.points = -position.points.abs();
            }
            // A writer who is a twentieth of what its options are worth above maintenance.
            let Ok(now) = scene.view.account(&account) else { continue };
            account.cash += (now.cash - now.equity) / 20 - now.health.maintenance;
            let Ok(found) = scene.view.liquidation_prices(&account) else { continue };
            for prices in found {
                let Some(up) = prices.up.filter(|up| *up > prices.spot) else { continue };
                let ratio = up.to_bits() as f64 / prices.spot.to_bits() as f64;
                let bps = ((ratio - 1.0) * 10_000.0) as i32;
                let health = |price_bps| {
                    let shift = MarketShift { underlying: prices.underlying, price_bps, sigma_bps: 0 };
                    scene.view.account_if(&account, &[shift]).unwrap().health.maintenance
                };
                assert!(health(bps + 1) < 0 && health(bps) >= 0, "seed {seed}: {bps}");
                compared += 1;
            }
        }
        assert!(compared >= 10, "{compared} liquidation prices");
    }

    #[test]
    fn a_holder_gains_and_pays_more_where_volatility_rises() {
        let mut compared = 0;
        for seed in 0..40 {
            let mut scene = Scene::new(seed, 0).unwrap();
            let mut account = scene.account(2);
            for position in &mut account.positions {
                position.points = position.points.abs();
            }
            let shift = |sigma_bps| [0, 1].map(|underlying| MarketShift { underlying, price_bps: 0, sigma_bps });
            let Ok(now) = scene.view.account_if(&account, &shift(0)) else { continue };
            let more = scene.view.account_if(&account, &shift(1_000)).unwrap();
            assert!(more.equity > now.equity && more.funding_per_day > now.funding_per_day, "seed {seed}");
            compared += 1;
        }
        assert!(compared >= 20, "{compared} accounts");
        let nothing = MarketShift { underlying: 0, price_bps: -10_000, sigma_bps: 0 };
        let refused = nothing.price(Dollars::from_int(5)).unwrap_err();
        assert!(refused.refusal().is_some_and(|refusal| refusal.is("InvalidParameter")), "{refused}");
    }
}
