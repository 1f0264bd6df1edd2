//! A trade before it happens.

use super::{AccountQuote, PoolView, QuoteError, Result};
use evergreen::{
    Leg,
    engine::{Direction, Fill, PoolEngine},
    state::{MarginAccount, Pool, SeriesRegistry, check_legs},
};
use evergreen_math::{
    Dollars, Native, NativeDelta, Points, Ratio,
    inventory::Inventory,
    trade::{self, PriceBand},
};

/// What one leg comes to. Amounts are native units, as changes of cash: negative is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegQuote {
    /// The leg.
    pub leg: Leg,
    /// Points of the position afterwards.
    pub position: i64,
    /// Premium: [`Self::mark`] + [`Self::spread`] + [`Self::inventory`], to the unit.
    pub premium: i64,
    /// Value at the oracle's price.
    pub mark: i64,
    /// What the price's uncertainty costs: the worse end of its band instead of the price.
    pub spread: i64,
    /// Price impact: what the pool's inventory costs, or pays. It comes back when the pool stands as before.
    pub inventory: i64,
    /// Fee, always paid.
    pub fee: u64,
    /// Points times spot, rounded up.
    pub notional: u64,
    /// Volatility of the quote, per √year.
    pub sigma: Ratio,
    /// Price of the underlying.
    pub spot: Dollars,
}

/// What a trade comes to, and how account and pool stand afterwards.
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let leg = |points| [Leg { series: scene.series[0], points }];
/// let bought = scene.view.trade(&account, &leg(1_000))?;
/// // Chained: what selling it at once would bring back.
/// let mut after = scene.view.clone().with_registry(bought.registry_after.clone());
/// after.pool = bought.pool_after.clone();
/// let sold = after.trade(&bought.account_after, &leg(-1_000))?;
/// assert!(bought.net + sold.net < 0, "spread and fees");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct TradeQuote {
    /// Change of cash by all legs, fees included; negative is paid. The trade's `min_net` is compared with this.
    pub net: i64,
    /// Premiums of all legs.
    pub premium: i64,
    /// Fees of all legs.
    pub fee: u64,
    /// Change of cash before the legs: funding of all positions settled, positions of exercised series paid, losses by seizure
    /// borne.
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

/// The largest of some sizes that is taken, then its price:
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
    /// What a trade comes to.
    ///
    /// # Errors
    /// [`QuoteError`]: whatever the program would refuse, with the numbers that it would compare.
    pub fn trade(&self, account: &MarginAccount, legs: &[Leg]) -> Result<TradeQuote> {
        check_legs(legs)?;
        let direction = Direction::of(legs, account);
        self.check_allowed(direction)?;
        let places = self.needed(account, legs.iter().map(|leg| leg.series))?;
        let cash = self.opened(account)?.cash;
        let usage = direction.price_use();
        let (done, changed, scratch) = self.on_account(usage, &places, account, |engine, changed| {
            let settled = changed.cash.checked_sub(cash).ok_or(evergreen_math::MathError::Overflow)?;
            let before = AccountQuote::on(engine, changed)?;
            let result = engine.trade(changed, legs, direction, i64::MIN)?;
            let quotes = result.fills.iter().map(|fill| LegQuote::of(engine, account, fill));
            let quotes = quotes.collect::<Result<Vec<_>>>()?;
            let after = AccountQuote::on(engine, changed)?;
            Ok((settled, before, after, (result.net, quotes)))
        })?;
        let (settled, before, after, result) = done;
        let (net, legs) = result;
        Ok(TradeQuote {
            net: net.0,
            premium: legs.iter().map(|leg| leg.premium).sum(),
            fee: legs.iter().map(|leg| leg.fee).sum(),
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

    /// Whether the program would take a trade; the same rules at a fraction of the work of [`Self::trade`].
    ///
    /// # Errors
    /// As [`Self::trade`].
    pub fn check_trade(&self, account: &MarginAccount, legs: &[Leg]) -> Result<NativeDelta> {
        check_legs(legs)?;
        let direction = Direction::of(legs, account);
        self.check_allowed(direction)?;
        let places = self.needed(account, legs.iter().map(|leg| leg.series))?;
        let (net, ..) = self.on_account(direction.price_use(), &places, account, |engine, changed| {
            Ok(engine.trade(changed, legs, direction, i64::MIN)?.net)
        })?;
        Ok(net)
    }

    /// Pauses, if the protocol is known, and the pool's own state.
    pub(super) fn check_allowed(&self, direction: Direction) -> Result<()> {
        match &self.protocol {
            Some(protocol) => direction.check_allowed(protocol, &self.pool, self.now)?,
            None if direction == Direction::Adding => self.pool.check_open_for_risk()?,
            None => {}
        }
        Ok(())
    }

    pub(crate) fn account_key(&self, account: &MarginAccount) -> anchor_lang::prelude::Pubkey {
        // Names the account in events only, and there are none here.
        account.owner
    }
}

impl LegQuote {
    /// Takes a fill apart: the premium at the mark, what the band adds, what is left is inventory.
    pub(super) fn of(engine: &PoolEngine<'_>, account: &MarginAccount, fill: &Fill) -> Result<Self> {
        let series = engine.registry.series(fill.leg.series)?;
        let terms = series.terms()?;
        let market = engine.market.get(series.underlying)?;
        let held = account.find(fill.leg.series).map_or(0, |place| account.positions[place].points);
        let plain = |prices: PriceBand| -> Result<i64> {
            let leg = trade::LegPricing {
                terms: &terms,
                held: Points(held),
                change: Points(fill.leg.points),
                sigma: fill.sigma,
                prices,
                fees: engine.pool.params.fees(),
                inventory: Inventory::NONE,
                net_short_before: NativeDelta::ZERO,
                net_short_after: NativeDelta::ZERO,
                scale: engine.scale,
            };
            Ok(leg.quote()?.cash_change.0)
        };
        let mark = plain(PriceBand::at_mark(market.spot()))?;
        let against = plain(market.band)?;
        let of = |a: i64, b: i64| a.checked_sub(b).ok_or(QuoteError::from(evergreen_math::MathError::Overflow));
        Ok(Self {
            leg: fill.leg,
            position: fill.position,
            premium: fill.premium.0,
            mark,
            spread: of(against, mark)?,
            inventory: of(fill.premium.0, against)?,
            fee: fee_of(fill)?.0,
            notional: fill.notional.0,
            sigma: fill.sigma,
            spot: fill.spot,
        })
    }
}

/// The whole fee of a fill.
fn fee_of(fill: &Fill) -> Result<Native> {
    Ok(fill.fee.total()?)
}

#[cfg(test)]
mod tests;
