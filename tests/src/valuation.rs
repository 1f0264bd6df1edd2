//! Accounts and pools valued apart from the program, with the same mathematics.

use crate::snapshot::{PoolView, Snapshot};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{
    BasisPoints, Dollars, NativeDelta, PointScale, Ratio, Rounding, Seconds, UnixTime, bounds, funding,
    margin::{HealthLevel, Portfolio, ShockParams},
    option::{Curve, PricePoint, Terms},
    pool::{Liability, MarketBounds, NavBounds, nav_bounds},
    volatility,
};
use evergreen_sdk::{
    evergreen::state::{MarginAccount, Series, Underlying},
    testing::pyth::Price,
};
use std::collections::BTreeMap;

/// Prices by underlying.
pub type Prices = BTreeMap<Pubkey, Price>;

/// Dollars of a published number.
pub fn dollars(published: i64, exponent: i32) -> Dollars {
    let divisor = 10i128.pow(exponent.unsigned_abs());
    let number = i128::from(published);
    let (whole, rest) = (number / divisor, number % divisor);
    Dollars::from_bits((whole << 64) + (rest << 64) / divisor)
}

/// A series' contract.
pub fn terms(series: &Series) -> Terms {
    series.terms().expect("valid terms")
}

/// Cap payoff of a series.
pub fn cap_payoff(series: &Series) -> Dollars {
    terms(series).cap_payoff().expect("a cap")
}

/// Scale of points of a pool.
pub fn scale(view: &PoolView) -> PointScale {
    PointScale::new(view.pool.scale_exponent).expect("a valid exponent")
}

/// A pool's markets at one moment.
pub struct Markets<'a> {
    view: &'a PoolView,
    now: UnixTime,
    entries: Vec<(Box<Underlying>, Price)>,
}

impl<'a> Markets<'a> {
    /// Markets of a pool at these prices.
    pub fn new(view: &'a PoolView, snapshot: &Snapshot, prices: &Prices) -> Self {
        let used = view.pool.underlyings.iter().take(usize::from(view.pool.underlying_count));
        let entries = used.map(|u| (snapshot.underlying(&u.key), prices[&u.key])).collect();
        Self { view, now: UnixTime(snapshot.now), entries }
    }

    fn spot(&self, underlying: u8) -> Dollars {
        let price = &self.entries[usize::from(underlying)].1;
        dollars(price.price, price.exponent)
    }

    fn slow(&self, underlying: u8) -> Dollars {
        let price = &self.entries[usize::from(underlying)].1;
        dollars(price.ema_price, price.exponent)
    }

    fn shocks(&self, underlying: u8) -> ShockParams {
        self.entries[usize::from(underlying)].0.shocks()
    }

    /// Volatility of a series' mark.
    pub fn sigma(&self, series: &Series) -> Ratio {
        let underlying = &self.entries[usize::from(series.underlying)].0;
        let base =
            volatility::sigma_base(&underlying.volatility_params(), &underlying.volatility_state(), self.now).unwrap();
        let strike = Dollars::from_int(i64::try_from(series.strike).unwrap());
        underlying.smile().sigma(base, self.spot(series.underlying), strike, Seconds(series.tenor)).unwrap()
    }

    /// Mark of a series, dollars.
    pub fn mark(&self, series: &Series) -> Dollars {
        let curve = Curve::new(&terms(series), self.sigma(series)).unwrap();
        bounds::value_at_least(&curve, PricePoint::new(self.spot(series.underlying)).unwrap()).unwrap()
    }

    /// Funding that an account owes by the indices as they stand.
    pub fn owed(&self, account: &MarginAccount) -> i64 {
        let open = account.positions.iter().filter(|p| p.points != 0);
        open.map(|p| {
            let series = &self.view.book.series[usize::from(p.slot)];
            funding::owed(p.points(), series.funding().index, p.snapshot(), scale(self.view)).unwrap().0
        })
        .sum()
    }

    /// Health of an account whose positions are all of live series; a stricter level takes in the laxer ones.
    pub fn health(&self, account: &MarginAccount, level: HealthLevel) -> i64 {
        let levels = [HealthLevel::Maintenance, HealthLevel::Target, HealthLevel::Initial];
        let mut portfolio = Portfolio::new(levels, self.view.pool.params.margin()).unwrap();
        for position in account.positions.iter().filter(|p| p.points != 0) {
            let series = &self.view.book.series[usize::from(position.slot)];
            let place = series.underlying;
            portfolio
                .add(
                    usize::from(place),
                    position.points(),
                    &terms(series),
                    self.sigma(series),
                    self.spot(place),
                    &self.shocks(place),
                    scale(self.view),
                )
                .unwrap();
        }
        portfolio.health(level, account.cash(), NativeDelta(self.owed(account))).unwrap().0
    }

    /// What an account would own if all were closed at the mark.
    pub fn equity(&self, account: &MarginAccount) -> i64 {
        let open = account.positions.iter().filter(|p| p.points != 0);
        let worth: i64 = open
            .map(|p| {
                let series = &self.view.book.series[usize::from(p.slot)];
                let value = if series.status == 1 { self.mark(series) } else { cap_payoff(series) };
                scale(self.view).native(p.points(), value, Rounding::Floor).unwrap().0
            })
            .sum();
        account.cash + worth - self.owed(account)
    }

    /// Net asset value of the main pool, funding as accrued.
    pub fn net_assets(&self) -> NavBounds {
        let band = BasisPoints(self.view.pool.params.nav_sigma_band_bps);
        let scale = scale(self.view);
        let mut liability = Liability::default();
        let mut unsettled = 0;
        for (_, series) in self.view.series() {
            let net = series.net().unwrap();
            let owed = if series.status == 1 {
                let spot = PricePoint::new(self.spot(series.underlying)).unwrap();
                let slow = PricePoint::new(self.slow(series.underlying)).unwrap();
                let at = MarketBounds::new(spot, slow, band).unwrap();
                at.liability(&terms(series), self.sigma(series), net, scale).unwrap()
            } else {
                let payoff = cap_payoff(series);
                Liability {
                    low: scale.native(net, payoff, Rounding::Floor).unwrap(),
                    high: scale.native(net, payoff, Rounding::Ceil).unwrap(),
                }
            };
            liability = liability.checked_add(owed).unwrap();
            unsettled += series.pool_claim(scale).unwrap().0;
        }
        let bounds = nav_bounds(NativeDelta(self.view.pool.pool_cash), NativeDelta(unsettled), liability).unwrap();
        // What accounts owe is no reason to pay those who leave.
        NavBounds { lower: NativeDelta(bounds.lower.0 - self.view.pool.debts as i64), ..bounds }
    }
}
