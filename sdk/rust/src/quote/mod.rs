//! Quotes: the exact result of a trade, a deposit or a withdrawal, without a request to the network.
//!
//! A [`PoolView`] holds copies of a pool's accounts and prices at one moment. Every quote runs the program's own code on
//! such a copy: it refuses the same prices, makes the same roundings and checks the same rules. A quote therefore equals its
//! execution to the unit as long as neither accounts nor prices nor the clock have changed in between. Limits (`min_net`,
//! `min_shares`) protect against such changes.
//!
//! ```
//! use evergreen_sdk::{evergreen::{Leg, state::MarginAccount}, quote::{PoolView, QuoteError}};
//!
//! fn worst_case(view: &PoolView, account: &MarginAccount, leg: Leg) -> Result<i64, QuoteError> {
//!     let quote = view.trade(account, &[leg])?;
//!     println!("{} units of premium, {} of fee", quote.premium, quote.fee);
//!     println!("lasts {:?} s at today's funding", quote.after.runway());
//!     // The slippage is half a per cent.
//!     Ok(quote.net - quote.net.abs() / 200)
//! }
//! ```

mod account;
mod accruals;
mod capacity;
mod carry;
mod collections;
mod commitment;
mod exposure;
mod liquidation;
mod liquidity;
mod listing;
mod market;
mod order;
mod outcome;
mod samples;
mod screen;
mod sensitivities;
mod shares;
mod statistics;
mod trade;
mod upkeep;
mod what_if;

pub use crate::price::PriceBytes;
pub use account::{AccountQuote, Health, LiquidationPrices};
pub use capacity::Capacity;
pub use carry::DirectionView;
pub(crate) use carry::PerDay;
pub use collections::Collection;
pub use commitment::{Committed, FillQuote, FillResolution};
pub use exposure::{CoinExposure, Exposure};
pub use liquidation::{ClosedLeg, LiquidationQuote};
pub use liquidity::{DepositExecution, DepositQuote, NetAssetValue, WithdrawalQuote, YieldEstimate};
pub use market::MarketView;
pub use order::{OrderQuote, OrderResolution};
pub use outcome::TradeOutcome;
pub use screen::Screen;
pub use sensitivities::{PositionSensitivities, Sensitivities};
pub use shares::SharesWorth;
pub use statistics::{PoolStatistics, TenorVolatility, UnderlyingStatistics, volatility_of};
pub use trade::{LegQuote, TradeQuote};
pub use upkeep::OpenNotice;
pub use what_if::MarketShift;

use crate::{
    failure::Refusal,
    instruction::{PoolKeys, PriceFeed},
};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    engine::{MarketContext, PoolEngine, is_first_deposit, needed_prices},
    oracle::{OraclePrice, PriceUse, Publication},
    state::{Action, MarginAccount, Pool, Protocol, SeriesId, SeriesRegistry, SeriesStatus, ShareClass, Underlying},
};
use evergreen_math::MathError;

/// Reason why there is no quote.
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, quote::QuoteError, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// scene.view.markets[0].price = None;
/// let legs = [Leg { series: scene.series[0], points: 1_000 }];
/// match scene.view.trade(&account, &legs).err() {
///     Some(QuoteError::NoPrice(underlying)) => assert_eq!(underlying, scene.view.markets[0].feed.underlying),
///     Some(QuoteError::Refused(refusal)) => return Err(refusal.into()),
///     None => return Err("a quote without a price".into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// The program would refuse the instruction.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The quote needs the price of an underlying, and the view does not have it.
    #[error("the price of underlying {0} is missing")]
    NoPrice(Pubkey),
}

impl QuoteError {
    /// Returns the program's refusal, if the error is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::NoPrice(_) => None,
        }
    }
}

impl From<anchor_lang::error::Error> for QuoteError {
    fn from(error: anchor_lang::error::Error) -> Self {
        Self::Refused(Box::new(Refusal::from_error(&error)))
    }
}

impl From<MathError> for QuoteError {
    fn from(error: MathError) -> Self {
        evergreen::errors::math(error).into()
    }
}

/// Result of a quote.
pub type Result<T> = core::result::Result<T, QuoteError>;

/// A pool and everything that its quotes depend on, at one moment.
///
/// ```
/// use evergreen_sdk::{
///     accounts,
///     anchor_lang::prelude::Pubkey,
///     instruction::{PoolKeys, PriceFeed},
///     quote::{MarketView, PoolView, PriceBytes},
/// };
///
/// /// Makes a view of bytes from any source: an indexer, a simulator, a stream of a validator.
/// fn view(
///     keys: PoolKeys,
///     [pool, registry, underlying]: [&[u8]; 3],
///     (feed, owner, price): (PriceFeed, Pubkey, &[u8]),
///     now: i64,
/// ) -> Result<PoolView, accounts::DecodeError> {
///     let price = Some(PriceBytes { owner, data: price.to_vec() });
///     Ok(PoolView {
///         keys,
///         pool: accounts::pool(pool)?,
///         registry: accounts::registry(registry)?,
///         markets: vec![MarketView { underlying: accounts::underlying(underlying)?, feed, price, earlier: None, sample: None }],
///         now,
///         protocol: None,
///     })
/// }
/// ```
#[derive(Clone)]
pub struct PoolView {
    /// Addresses of the pool's accounts.
    pub keys: PoolKeys,
    /// The pool.
    pub pool: Box<Pool>,
    /// Series registry of the pool.
    pub registry: Box<SeriesRegistry>,
    /// Underlyings of the pool with their prices, in the order of the pool's list.
    pub markets: Vec<MarketView>,
    /// Time of the chain's clock, unix seconds.
    pub now: i64,
    /// The protocol, if quotes shall respect its pauses.
    pub protocol: Option<Box<Protocol>>,
}

/// Accounts that a computation may change.
#[derive(Clone)]
pub(crate) struct Scratch {
    pub pool: Box<Pool>,
    pub registry: Box<SeriesRegistry>,
}

impl PoolView {
    /// Returns the same view with another registry, for instance one on which missing series have been listed.
    pub fn with_registry(mut self, registry: Box<SeriesRegistry>) -> Self {
        self.registry = registry;
        self
    }

    /// Returns the underlyings without their prices, in the order of the pool's list.
    pub fn underlyings(&self) -> Vec<&Underlying> {
        self.markets.iter().map(|market| &*market.underlying).collect()
    }

    /// Returns the price of an underlying, judged by the program's own rules. `place` is the underlying's place in the pool's list.
    ///
    /// # Errors
    /// [`QuoteError::NoPrice`]; [`QuoteError::Refused`] with `UnknownUnderlying` or with one of the program's price errors.
    pub fn price(&self, place: u8) -> Result<OraclePrice> {
        self.publication(place, Publication::Recent)
    }

    /// The price of an underlying as the program judges it, if it is the publication that is wanted.
    ///
    /// # Errors
    /// [`QuoteError::NoPrice`]; [`QuoteError::Refused`] with the program's price errors (stale, not the first, ...).
    pub fn publication(&self, place: u8, wanted: Publication) -> Result<OraclePrice> {
        let market = self.markets.get(usize::from(place)).ok_or_else(unknown)?;
        market.publication(wanted, self.now)
    }

    /// Returns the places of the underlyings of the given series and of an account's live positions, in rising order.
    ///
    /// # Errors
    /// [`QuoteError::Refused`] with `UnknownSeries`.
    pub fn needed(&self, account: &MarginAccount, series: impl IntoIterator<Item = SeriesId>) -> Result<Vec<u8>> {
        let mut places = Vec::new();
        for id in series {
            places.push(self.registry.series(id)?.underlying);
        }
        for place in account.open_positions() {
            let series = self.registry.series(account.positions[place].series())?;
            if series.status() == SeriesStatus::Live {
                places.push(series.underlying);
            }
        }
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    /// Returns the places of [`Self::needed`] of an account whose prices are usable, in rising order: what happens to it against its owner's
    /// will needs no others.
    ///
    /// # Errors
    /// [`QuoteError`] of the first price if none is usable; [`QuoteError::Refused`] with `UnknownSeries`.
    pub fn priced(&self, account: &MarginAccount) -> Result<Vec<u8>> {
        self.priced_with(account, Publication::Recent)
    }

    /// As [`Self::priced`], where another publication of each price is wanted.
    ///
    /// # Errors
    /// As [`Self::priced`].
    pub fn priced_with(&self, account: &MarginAccount, wanted: Publication) -> Result<Vec<u8>> {
        let needed = self.needed(account, [])?;
        let is_usable = |place: &u8| self.publication(*place, wanted).is_ok();
        let usable: Vec<u8> = needed.iter().copied().filter(is_usable).collect();
        match needed.first() {
            Some(place) if usable.is_empty() => self.publication(*place, wanted).map(|_| usable),
            _ => Ok(usable),
        }
    }

    /// Returns the places of the underlyings whose prices a valuation of the whole registry needs, in rising order.
    pub fn needed_for_registry(&self) -> Vec<u8> {
        self.needed_at(ShareClass::Main, None)
    }

    /// Returns the places of the underlyings whose first prices after a full minute, unix seconds, execute liquidity of a class, in rising order; none for the
    /// insurance class.
    pub fn needed_for(&self, class: ShareClass, minute: i64) -> Vec<u8> {
        self.needed_at(class, Some(minute))
    }

    /// Returns whether a deposit in a class is the first one, which is executed at once ([`is_first_deposit`]).
    pub fn is_first_deposit(&self, class: ShareClass) -> bool {
        is_first_deposit(&self.pool, &self.registry, class)
    }

    fn needed_at(&self, class: ShareClass, minute: Option<i64>) -> Vec<u8> {
        if class == ShareClass::Insurance {
            return Vec::new();
        }
        let needed = needed_prices(&self.pool, &self.registry, minute);
        (0..).zip(needed).filter_map(|(place, needed)| needed.then_some(place)).collect()
    }

    /// Returns the addresses of the underlyings at these places and of their price accounts, each with its earlier price if there is
    /// one. Unknown places are left out.
    pub fn feeds(&self, places: &[u8]) -> Vec<PriceFeed> {
        places.iter().filter_map(|place| self.markets.get(usize::from(*place))).flat_map(MarketView::feeds).collect()
    }

    /// Fails with `Paused` while an action is paused, if the protocol is known.
    pub(crate) fn check_running(&self, action: Action) -> Result<()> {
        self.protocol.as_ref().map_or(Ok(()), |protocol| Ok(protocol.check_running(action, self.now)?))
    }

    pub(crate) fn scratch(&self) -> Scratch {
        Scratch { pool: self.pool.clone(), registry: self.registry.clone() }
    }

    /// Returns the market with the recent prices of these places, judged for a use.
    pub(crate) fn market(&self, usage: PriceUse, places: &[u8]) -> Result<MarketContext> {
        self.market_with(Publication::Recent, usage, places)
    }

    /// Returns the market with the publications that are wanted of the prices of these places, judged for a use.
    pub(crate) fn market_with(&self, wanted: Publication, usage: PriceUse, places: &[u8]) -> Result<MarketContext> {
        let mut market = match wanted {
            Publication::Recent => MarketContext::without_prices(self.now),
            Publication::FirstAfter(moment) => MarketContext::first_after(moment, self.now),
            Publication::KnownAfter(moment) => MarketContext::known_after(moment, self.now),
        };
        for place in places {
            let price = self.publication(*place, wanted)?;
            let view = &self.markets[usize::from(*place)];
            market.enter(&self.pool, &view.underlying, usize::from(*place), price, usage)?;
        }
        if matches!(usage, PriceUse::ForcedClose | PriceUse::Liquidation) {
            // What has no price is shown without one.
            let is_unpriced = |(place, _): &(usize, &MarketView)| !places.iter().any(|p| usize::from(*p) == *place);
            for (place, view) in self.markets.iter().enumerate().filter(is_unpriced) {
                market.enter_without_price(&view.underlying, place)?;
            }
        }
        Ok(market)
    }

    /// Returns the market with every price that is good enough for a liquidation, and the reasons why the others are missing.
    pub(crate) fn market_as_known(&self) -> (MarketContext, Vec<(u8, QuoteError)>) {
        let (mut market, mut unpriced) = (MarketContext::without_prices(self.now), Vec::new());
        for (number, (place, view)) in (0u8..=u8::MAX).zip(self.markets.iter().enumerate()) {
            let entered = self.price(number).and_then(|price| {
                Ok(market.enter(&self.pool, &view.underlying, place, price, PriceUse::Liquidation)?)
            });
            if let Err(error) = entered {
                // A layout of another version is refused where the underlying is used.
                let _ = market.enter_without_price(&view.underlying, place);
                unpriced.push((number, error));
            }
        }
        (market, unpriced)
    }

    /// Returns an account as every instruction opens it: it is checked, and the losses that it has not borne yet are applied.
    ///
    /// # Errors
    /// [`QuoteError`]: `WrongVersion`, `WrongPool`.
    pub fn opened(&self, account: &MarginAccount) -> Result<Box<MarginAccount>> {
        opened(&self.pool, &self.keys.pool, account)
    }

    /// Runs `work` on an engine over copies of pool and registry, for an account that is opened as the program opens it: losses
    /// are applied, prices are read, funding is settled. Returns the result, the account afterwards, and the copies.
    pub(crate) fn on_account<T>(
        &self,
        usage: PriceUse,
        places: &[u8],
        account: &MarginAccount,
        work: impl FnOnce(&mut PoolEngine<'_>, &mut MarginAccount) -> Result<T>,
    ) -> Result<(T, Box<MarginAccount>, Scratch)> {
        let mut opened = self.opened(account)?;
        let key = self.account_key(account);
        let mut scratch = self.scratch();
        let market = self.market(usage, places)?;
        let mut engine = PoolEngine::open_priced(&mut scratch.pool, &mut scratch.registry, &market, &mut opened, &key)?;
        let done = work(&mut engine, &mut opened)?;
        Ok((done, opened, scratch))
    }

    /// Runs `work` on an engine over copies of pool and registry. Returns the result and the copies.
    pub(crate) fn on_engine<T>(
        &self,
        usage: PriceUse,
        places: &[u8],
        work: impl FnOnce(&mut PoolEngine<'_>) -> Result<T>,
    ) -> Result<(T, Scratch)> {
        let mut scratch = self.scratch();
        let market = self.market(usage, places)?;
        let mut engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
        let done = work(&mut engine)?;
        Ok((done, scratch))
    }
}

/// Returns an account of the pool with this address as every instruction opens it: it is checked, and the losses that it has not borne yet are
/// applied.
pub(crate) fn opened(pool: &Pool, key: &Pubkey, account: &MarginAccount) -> Result<Box<MarginAccount>> {
    let mut opened = Box::new(*account);
    pool.apply_losses(&mut opened, key)?;
    Ok(opened)
}

fn unknown() -> QuoteError {
    anchor_lang::error!(evergreen::errors::EvergreenError::UnknownUnderlying).into()
}

#[cfg(test)]
mod tests;
