//! Quotes of trades.

use super::{AccountQuote, PoolView, QuoteError, Result};
use evergreen::{
    Leg,
    engine::{Direction, Fill, PoolEngine, reserve_capacity, set_aside},
    state::{MarginAccount, Pool, SeriesRegistry, check_legs},
};
use evergreen_math::{
    Dollars, Native, NativeDelta, Points, Ratio,
    trade::{self, PriceBand},
};

/// Result of one leg. Amounts are native units and, except fee and notional, changes of cash: negative if the account pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegQuote {
    /// The leg.
    pub leg: Leg,
    /// Points of the position afterwards.
    pub position: i64,
    /// Premium: [`Self::mark`] + [`Self::spread`], to the unit.
    pub premium: i64,
    /// Mark: the value at the spot price.
    pub mark: i64,
    /// Spread: the cost of the price's uncertainty, because the worse end of its band is used instead of the price.
    pub spread: i64,
    /// Fee, which the account pays.
    pub fee: u64,
    /// Notional: points times spot, rounded up.
    pub notional: u64,
    /// Volatility of the mark, per √year.
    pub sigma: Ratio,
    /// Volatility at which funding is paid, per √year: that of the shortest tenor.
    pub funding_sigma: Ratio,
    /// Price of the underlying, dollars.
    pub spot: Dollars,
}

/// Result of a trade, and the accounts afterwards. Amounts are native units.
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let leg = |points| [Leg { series: scene.series[0], points }];
/// let bought = scene.view.trade(&account, &leg(1_000))?;
/// // The accounts afterwards are the basis of a second quote: the immediate sale.
/// let mut after = scene.view.clone().with_registry(bought.registry_after.clone());
/// after.pool = bought.pool_after.clone();
/// let sold = after.trade(&bought.account_after, &leg(-1_000))?;
/// assert!(bought.net + sold.net < 0, "a purchase and its immediate sale cost spread and fees");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct TradeQuote {
    /// Change of cash by all legs, fees included; negative if the account pays. The trade's `min_net` is compared with it.
    pub net: i64,
    /// Sum of the legs' premiums, as a change of cash.
    pub premium: i64,
    /// Sum of the legs' fees.
    pub fee: u64,
    /// Bond: set aside until the trade is filled, and judged as if it were spent.
    pub bond: u64,
    /// Change of cash before the legs, by funding and by the payment of exercised positions. Losses by seizure are not included.
    pub settled: i64,
    /// The legs.
    pub legs: Vec<LegQuote>,
    /// Whether the trade adds risk or only reduces it.
    pub direction: Direction,
    /// The account before, settled.
    pub before: AccountQuote,
    /// The account afterwards.
    pub after: AccountQuote,
    /// The margin account afterwards, byte for byte.
    pub account_after: Box<MarginAccount>,
    /// The pool afterwards, byte for byte.
    pub pool_after: Box<Pool>,
    /// The registry afterwards, byte for byte.
    pub registry_after: Box<SeriesRegistry>,
}

impl TradeQuote {
    /// Returns the pool as the trade leaves it: the view on which the account afterwards is quoted.
    pub fn view_after(&self, before: &PoolView) -> PoolView {
        PoolView { pool: self.pool_after.clone(), registry: self.registry_after.clone(), ..before.clone() }
    }
}

/// The largest of some sizes that the program accepts is found and quoted like this:
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let legs = |points| [Leg { series: scene.series[0], points }];
/// let taken = [1_000_000_000_000_000, 1_000].into_iter().find(|size| scene.view.check_trade(&account, &legs(*size)).is_ok());
/// assert_eq!(taken, Some(1_000));
/// println!("{} units", scene.view.trade(&account, &legs(1_000))?.net);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the result of a trade without a limit. Volatility samples that can be taken count as taken, as far as their prices are known
    /// ([`Self::samples_to_trade`]): the trade is filled after them.
    ///
    /// # Errors
    /// [`QuoteError`] with the refusal that the program would make, and the numbers that it would compare.
    pub fn trade(&self, account: &MarginAccount, legs: &[Leg]) -> Result<TradeQuote> {
        check_legs(legs)?;
        let direction = Direction::of(legs, account);
        self.check_allowed(direction)?;
        let places = self.needed(account, legs.iter().map(|leg| leg.series))?;
        let cash = self.opened(account)?.cash;
        let usage = direction.price_use();
        let view = self.with_samples(&self.samples_to_trade(account, legs))?;
        let (done, changed, scratch) = view.on_account(usage, &places, account, |engine, changed| {
            let settled = changed.cash.checked_sub(cash).ok_or(evergreen_math::MathError::Overflow)?;
            let before = AccountQuote::on(engine, changed)?;
            check_sampled(engine, direction)?;
            self.check_capacity(engine, changed, legs)?;
            // The tip is the filler's, and the bond comes back when the trade is filled.
            let aside = set_aside(engine.pool, engine.registry, changed, legs, self.now)?;
            if aside.uncovered {
                engine.check_initial_health(changed)?;
            }
            let result = engine.trade(changed, legs, direction, i64::MIN)?;
            engine.pool.pay_tip(changed, aside.bond)?;
            engine.collect_arrears(changed, &self.account_key(account))?;
            let quotes = result.fills.iter().map(|fill| LegQuote::of(engine, account, fill));
            let quotes = quotes.collect::<Result<Vec<_>>>()?;
            let after = AccountQuote::on(engine, changed)?;
            Ok((settled, before, after, (result.net, quotes, aside.bond)))
        })?;
        let (settled, before, after, result) = done;
        let (net, legs, bond) = result;
        Ok(TradeQuote {
            net: net.0,
            premium: legs.iter().map(|leg| leg.premium).sum(),
            fee: legs.iter().map(|leg| leg.fee).sum(),
            bond: bond.0,
            settled,
            legs,
            direction,
            before,
            after,
            account_after: changed,
            pool_after: scratch.pool,
            registry_after: scratch.registry,
        })
    }

    /// Checks a trade by the same rules as [`Self::trade`] with a fraction of the work. Returns the change of cash by all legs, fees
    /// included, native units.
    ///
    /// # Errors
    /// The same as those of [`Self::trade`].
    pub fn check_trade(&self, account: &MarginAccount, legs: &[Leg]) -> Result<NativeDelta> {
        check_legs(legs)?;
        let direction = Direction::of(legs, account);
        self.check_allowed(direction)?;
        let places = self.needed(account, legs.iter().map(|leg| leg.series))?;
        let view = self.with_samples(&self.samples_to_trade(account, legs))?;
        let (net, ..) = view.on_account(direction.price_use(), &places, account, |engine, changed| {
            check_sampled(engine, direction)?;
            self.check_capacity(engine, changed, legs)?;
            if set_aside(engine.pool, engine.registry, changed, legs, self.now)?.uncovered {
                engine.check_initial_health(changed)?;
            }
            Ok(engine.trade(changed, legs, direction, i64::MIN)?.net)
        })?;
        Ok(net)
    }

    /// Checks the pauses, if the protocol is known, and whether the pool is open for new risk.
    pub(super) fn check_allowed(&self, direction: Direction) -> Result<()> {
        Ok(direction.check_allowed(self.protocol.as_deref(), &self.pool, self.now)?)
    }

    /// Checks that the pool has the capacity for a commitment of these legs, beside everything that is committed already. A commitment reads no price:
    /// slopes and time values are those of the registry as it stands, but for a series that has none yet, or none of the last hour, which is listed in front of the trade.
    fn check_capacity(&self, engine: &PoolEngine<'_>, account: &MarginAccount, legs: &[Leg]) -> Result<()> {
        let mut scratch = self.scratch();
        for leg in legs {
            let valued = *engine.registry.series(leg.series)?;
            let series = scratch.registry.series_mut(leg.series)?;
            if series.slope == 0 {
                (series.slope, series.measured) = (valued.slope, valued.measured);
            }
            // What is listed in front of the trade, for the first time or once more, is touched then.
            if series.funding().rate == Dollars::ZERO || series.is_untouched(self.now) {
                engine.market.accrue(series, &scratch.pool)?;
            }
        }
        reserve_capacity(&mut scratch.pool, &mut scratch.registry, account, legs, self.now)?;
        Ok(())
    }

    pub(crate) fn account_key(&self, account: &MarginAccount) -> anchor_lang::prelude::Pubkey {
        // Only events would name the account, and a quote emits none.
        account.owner
    }
}

/// Checks that a trade which adds risk would be filled: a commitment reads no price, and would cost its bond on a silent underlying. Errors:
/// `UnderlyingSilent`.
fn check_sampled(engine: &PoolEngine<'_>, direction: Direction) -> Result<()> {
    if direction == Direction::Adding {
        engine.market.check_sampled(i64::MAX)?;
    }
    Ok(())
}

impl LegQuote {
    /// Splits the premium of a fill into mark and spread: that of the band, and of the volatility that a trade counts.
    pub(super) fn of(engine: &PoolEngine<'_>, account: &MarginAccount, fill: &Fill) -> Result<Self> {
        let series = engine.registry.series(fill.leg.series)?;
        let terms = series.terms()?;
        let market = engine.market.get(series.underlying)?;
        let held = account.find(fill.leg.series).map_or(0, |place| account.positions[place].points);
        let plain = |prices: PriceBand, sigma| -> Result<i64> {
            let leg = trade::LegPricing {
                terms: &terms,
                held: Points(held),
                change: Points(fill.leg.points),
                sigma,
                prices,
                fees: engine.pool.params.fees(),
                scale: engine.scale,
            };
            Ok(leg.quote()?.cash_change.0)
        };
        let mark = plain(PriceBand::at_mark(market.spot()), fill.mark_sigma)?;
        let spread = fill.premium.0.checked_sub(mark).ok_or(QuoteError::from(evergreen_math::MathError::Overflow))?;
        Ok(Self {
            leg: fill.leg,
            position: fill.position,
            premium: fill.premium.0,
            mark,
            spread,
            fee: fee_of(fill)?.0,
            notional: fill.notional.0,
            sigma: fill.mark_sigma,
            funding_sigma: market.funding_sigma_at(&terms)?,
            spot: fill.spot,
        })
    }
}

/// Returns the whole fee of a fill.
fn fee_of(fill: &Fill) -> Result<Native> {
    Ok(fill.fee.total()?)
}

#[cfg(test)]
mod tests;
