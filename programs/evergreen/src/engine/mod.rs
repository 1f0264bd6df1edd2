//! The program's market code: prices, volatilities and smiles of a pool's underlyings at one moment, and the operations on
//! its series and accounts at these prices.

#![warn(missing_docs)]

mod capacity;
mod commitments;
mod fill;
mod liquidation;
mod nav;
mod orders;
mod payment;
mod pool_engine;
mod restorable;
mod trading;

pub use capacity::reserve_capacity;
pub use commitments::{CommitmentOutcome, SetAside, TradeRequest, commit_trade, set_aside};
pub use fill::{Execution, Fill};
pub use liquidation::Liquidation;
pub use nav::NetAssets;
pub use orders::{DueOrder, OrderCheck};
pub use payment::{Payer, pay_out};
pub use pool_engine::PoolEngine;
pub use trading::{Direction, TradeResult};

use crate::{
    ensure,
    errors::{DisplayDollars, EvergreenError, MathContext},
    oracle::{self, OraclePrice, PriceUse, Publication, Quality},
    state::{MAX_UNDERLYINGS, Pool, Series, Underlying},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, Ratio, UnixTime,
    margin::ShockParams,
    option::{PricePoint, Terms},
    trade::PriceBand,
    volatility::{self, Smile},
};

/// One underlying at this moment.
pub struct UnderlyingMarket {
    /// Price of the underlying.
    pub price: OraclePrice,
    /// Band of prices at which the use of the price is judged.
    pub band: PriceBand,
    /// Annual volatility at the money.
    pub sigma: Ratio,
    /// Smile.
    pub smile: Smile,
    /// Shocks of health scenarios.
    pub shocks: ShockParams,
}

/// The underlyings of a pool at this moment, as far as they were passed.
pub struct MarketContext {
    now: UnixTime,
    wanted: Publication,
    entries: Vec<Option<UnderlyingMarket>>,
}

impl MarketContext {
    /// Reads pairs of (underlying, price) in any order. Each must be one of the pool's, none may come twice; a price
    /// must serve `usage`, be recent, and no older than the newest that this pool has used (less the tolerance).
    ///
    /// Errors: `MarketAccountMissing` for half a pair, `UnknownUnderlying`, `MarketAccountRepeated`, `PriceRewound`,
    /// `PriceUncertain`, and those of [`oracle::read`].
    #[inline(never)]
    pub fn load<'info>(
        pool: &mut Pool,
        accounts: &'info [AccountInfo<'info>],
        usage: PriceUse,
        now: i64,
    ) -> Result<Self> {
        let mut market = Self::without_prices(now);
        market.read_pairs(pool, accounts, usage)?;
        Ok(market)
    }

    /// Reads pairs of (underlying, price), each price being the first one published after `moment`, unix seconds.
    ///
    /// Errors: as [`Self::load`], with `PriceNotFirst` in the place of `PriceStale` and `PriceRewound`.
    #[inline(never)]
    pub fn load_first_after<'info>(
        pool: &mut Pool,
        accounts: &'info [AccountInfo<'info>],
        usage: PriceUse,
        moment: i64,
        now: i64,
    ) -> Result<Self> {
        let mut market = Self::first_after(moment, now);
        market.read_pairs(pool, accounts, usage)?;
        Ok(market)
    }

    fn read_pairs<'info>(
        &mut self,
        pool: &mut Pool,
        accounts: &'info [AccountInfo<'info>],
        usage: PriceUse,
    ) -> Result<()> {
        for pair in accounts.chunks(2) {
            let [underlying, price] = pair else { return err!(EvergreenError::MarketAccountMissing) };
            self.read_pair(pool, underlying, price, usage)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn read_pair<'info>(
        &mut self,
        pool: &mut Pool,
        underlying: &'info AccountInfo<'info>,
        price: &AccountInfo<'info>,
        usage: PriceUse,
    ) -> Result<()> {
        let place = pool.underlying_index(underlying.key)?;
        let loader = AccountLoader::<Underlying>::try_from(underlying)?;
        self.read(pool, &*loader.load()?, place, price, usage)
    }

    /// Reads the price of the underlying at `place` of the pool's list. Errors: as [`MarketContext::load`].
    pub fn read(
        &mut self,
        pool: &mut Pool,
        underlying: &Underlying,
        place: usize,
        price: &AccountInfo,
        usage: PriceUse,
    ) -> Result<()> {
        underlying.check()?;
        self.enter(pool, underlying, place, oracle::read_account(price, underlying, self.wanted, self.now)?, usage)
    }

    /// Adds a price of the underlying at `place` of the pool's list. Errors: `PriceStale` when it is older than the pool's
    /// fees cover, `PriceRewound`, `PriceUncertain`, `UnknownUnderlying`, `MarketAccountRepeated`.
    pub fn enter(
        &mut self,
        pool: &mut Pool,
        underlying: &Underlying,
        place: usize,
        price: OraclePrice,
        usage: PriceUse,
    ) -> Result<()> {
        let params = &underlying.params;
        if self.wanted == Publication::Recent {
            pool.check_age(place, price.published, self.now)?;
            let newest = &mut pool.underlyings[place].newest_publish_time;
            let oldest = newest.saturating_sub(i64::from(params.max_rewind));
            ensure!(
                price.published.0 >= oldest,
                PriceRewound,
                "published {}, newest used {}",
                price.published.0,
                *newest
            );
            // The newest time is limited to now: a price from the allowed future must not make present prices too old.
            *newest = price.published.0.min(self.now.0).max(*newest);
        }
        let entry = self.entries.get_mut(place).ok_or(EvergreenError::UnknownUnderlying)?;
        ensure!(entry.is_none(), MarketAccountRepeated);
        *entry = Some(UnderlyingMarket {
            band: price.band_for(usage, BasisPoints(params.spread_conf_bps))?,
            price,
            sigma: volatility::sigma_base(&underlying.volatility_params(), &underlying.volatility_state(), self.now)
                .program()?,
            smile: underlying.smile(),
            shocks: underlying.shocks(),
        });
        Ok(())
    }

    /// Makes a market without prices, for operations that need none.
    pub fn without_prices(now: i64) -> Self {
        Self::empty(Publication::Recent, now)
    }

    /// Makes a market without prices; those that are entered have to be the first ones after `moment`, in unix seconds.
    pub fn first_after(moment: i64, now: i64) -> Self {
        Self::empty(Publication::FirstAfter(moment), now)
    }

    fn empty(wanted: Publication, now: i64) -> Self {
        let mut market = Self { now: UnixTime(now), wanted, entries: Vec::with_capacity(MAX_UNDERLYINGS) };
        market.entries.resize_with(MAX_UNDERLYINGS, || None);
        market
    }

    /// Returns the time of the market.
    pub const fn now(&self) -> UnixTime {
        self.now
    }

    /// Returns an underlying by its place in the pool's list. Errors: `MarketAccountMissing`.
    pub fn get(&self, place: u8) -> Result<&UnderlyingMarket> {
        let entry = self.entries.get(usize::from(place)).and_then(Option::as_ref);
        entry.ok_or_else(|| error!(EvergreenError::MarketAccountMissing))
    }

    /// Checks that every price was published after `moment`, in unix seconds. Errors: `OrderPriceTooEarly`.
    pub fn check_published_after(&self, moment: i64) -> Result<()> {
        for entry in self.entries.iter().flatten() {
            let published = entry.price.published.0;
            ensure!(published > moment, OrderPriceTooEarly, "published {}, order placed {}", published, moment);
        }
        Ok(())
    }

    /// Returns the latest publish time of the prices, in unix seconds.
    pub fn last_published(&self) -> Option<i64> {
        self.entries.iter().flatten().map(|entry| entry.price.published.0).max()
    }

    /// Returns whether a price is uncertain.
    pub fn is_uncertain(&self) -> bool {
        self.entries.iter().flatten().any(|e| e.price.quality == Quality::Uncertain)
    }

    /// Returns the spot price of a series whose cap is reached at spot and at both ends of the band. Errors: `SeriesNotAtCap`, and
    /// those of [`Self::get`].
    pub fn check_capped(&self, series: &Series) -> Result<Dollars> {
        let terms = series.terms()?;
        let entry = self.get(series.underlying)?;
        for price in [entry.price.spot, entry.band.low, entry.band.high] {
            ensure!(
                terms.is_capped_at(price),
                SeriesNotAtCap,
                "price {}, cap {}",
                DisplayDollars(price),
                DisplayDollars(terms.cap_price().unwrap_or_default())
            );
        }
        Ok(entry.price.spot)
    }

    /// Returns the market with every price at one end of its band.
    pub fn at_end(&self, end: impl Fn(&PriceBand) -> Dollars) -> Result<Self> {
        let mut entries = Vec::with_capacity(MAX_UNDERLYINGS);
        for entry in &self.entries {
            entries.push(match entry {
                None => None,
                Some(e) => {
                    let spot = PricePoint::new(end(&e.band)).program()?;
                    let price = OraclePrice { spot: spot.price(), ..e.price };
                    Some(UnderlyingMarket { price, band: PriceBand::at_mark(spot), ..*e })
                }
            });
        }
        Ok(Self { now: self.now, wanted: self.wanted, entries })
    }
}

impl UnderlyingMarket {
    /// Returns the spot price with its logarithm.
    pub const fn spot(&self) -> PricePoint {
        self.band.spot
    }

    /// Returns the annual volatility at the strike and tenor of these terms.
    pub fn sigma_at(&self, terms: &Terms) -> Result<Ratio> {
        self.smile.of_tenor(self.sigma, terms.tenor()).and_then(|smile| smile.sigma(self.spot(), terms)).program()
    }
}
