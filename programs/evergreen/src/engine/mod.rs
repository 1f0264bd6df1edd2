//! The program's market code: prices, volatilities and smiles of a pool's underlyings at one moment, and the operations on
//! its series and accounts at these prices.

#![warn(missing_docs)]

mod allowance;
mod arrears;
mod bonds;
mod capacity;
mod cash;
mod commitments;
mod fill;
mod liquidation;
mod liquidity;
mod nav;
mod orders;
mod payment;
mod places;
mod pool_engine;
mod priced;
mod rents;
mod restorable;
mod set_off;
mod settlement;
mod sigmas;
mod trading;
mod trial;

pub use allowance::{charge_delegate, settle_allowance};
pub use arrears::{clear_arrears, collect_arrears, collect_arrears_of_holder};
pub use bonds::{LAPSE_FEES, SetAside, set_aside, stake};
pub use capacity::reserve_capacity;
pub use commitments::{CommitmentOutcome, TradeRequest, commit_trade};
pub use fill::{Execution, Fill};
pub use liquidation::Liquidation;
pub use liquidity::{
    DepositOutcome, check_needed, check_writers_settled, execute_deposit, is_first_deposit, net_assets,
    withdrawal_minute,
};
pub use nav::{NavBound, needed_prices};
pub use orders::{DueOrder, OrderCheck};
pub use payment::{Payer, pay_out};
pub use places::give_notice;
pub use pool_engine::PoolEngine;
pub use set_off::SetOff;
pub use trading::{Direction, TradeResult};

use crate::{
    ensure,
    errors::{DisplayDollars, EvergreenError, MathContext},
    oracle::{self, OraclePrice, PriceUse, Publication, Quality},
    state::{FundingPoints, FundingRules, MAX_UNDERLYINGS, Pool, Series, Underlying},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, UnixTime,
    bounds::slope_at_least,
    margin::ShockParams,
    option::{OptionPricer, PricePoint, Terms, ValueAndSlope},
    trade::PriceBand,
    volatility::{self, Smile},
};

/// One underlying at this moment.
pub struct UnderlyingMarket {
    /// Price of the underlying.
    pub price: OraclePrice,
    /// Band of prices at which the use of the price is judged.
    pub band: PriceBand,
    /// Annual volatility at the money, for marks and for trades.
    pub quoted: volatility::Quoted,
    /// Smile.
    pub smile: Smile,
    /// By what rules funding accrues at its points.
    rules: FundingRules,
    /// Shocks of health scenarios.
    pub shocks: ShockParams,
    /// Whether the use takes the price at spot, and not at a band of which both ends count.
    is_certain: bool,
    /// Prices and volatilities at which funding accrues.
    pub points: FundingPoints,
    /// Unix seconds at which its parameters were last changed.
    configured_at: i64,
    /// Whether its silence is reported.
    silent_since: i64,
    /// Grid time of its last volatility sample, unix seconds.
    sampled: i64,
    /// Grid time of the sample that has to be taken before risk is added, or others are closed, unix seconds, if one has ([`oracle::sample_due`]).
    sample_due: Option<i64>,
}

/// The underlyings of a pool at this moment, as far as they were passed.
pub struct MarketContext {
    now: UnixTime,
    wanted: Publication,
    entries: Vec<Option<UnderlyingMarket>>,
    /// The places of underlyings that were shown without a price, and grid times, unix seconds, and prices, dollars, of their last volatility samples.
    unpriced: Vec<(usize, i64, Dollars)>,
}

impl MarketContext {
    /// Reads pairs of (underlying, price) in any order. Each must be one of the pool's; a price must serve `usage` and be recent. A
    /// second pair of the same underlying right after the first holds an earlier price, with which a price that is far from its
    /// average is compared. Where positions are closed for others, an underlying in the place of its own price shows that it has none ([`Self::last_price`]).
    ///
    /// Errors: `MarketAccountMissing` for half a pair, `UnknownUnderlying`, `MarketAccountRepeated`, `PriceUncertain`, and those of
    /// [`oracle::read`] and [`oracle::confirm`].
    #[inline(never)]
    pub fn load<'info>(pool: &Pool, accounts: &'info [AccountInfo<'info>], usage: PriceUse, now: i64) -> Result<Self> {
        let mut market = Self::without_prices(now);
        market.read_pairs(pool, accounts, usage)?;
        Ok(market)
    }

    /// Reads pairs of (underlying, price), each price being the first one published after `moment`, unix seconds.
    ///
    /// Errors: as [`Self::load`], with `PriceNotFirst` in the place of `PriceStale`.
    #[inline(never)]
    pub fn load_first_after<'info>(
        pool: &Pool,
        accounts: &'info [AccountInfo<'info>],
        usage: PriceUse,
        moment: i64,
        now: i64,
    ) -> Result<Self> {
        let mut market = Self::first_after(moment, now);
        market.read_pairs(pool, accounts, usage)?;
        Ok(market)
    }

    fn read_pairs<'info>(&mut self, pool: &Pool, accounts: &'info [AccountInfo<'info>], usage: PriceUse) -> Result<()> {
        let mut pairs = accounts.chunks(2).peekable();
        while let Some(pair) = pairs.next() {
            let [underlying, price] = pair else { return err!(EvergreenError::MarketAccountMissing) };
            let again = |next: &&[AccountInfo]| matches!(next, [same, _] if same.key == underlying.key);
            let earlier = pairs.next_if(again).and_then(|next| next.get(1));
            self.read_pair(pool, underlying, (price, earlier), usage)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn read_pair<'info>(
        &mut self,
        pool: &Pool,
        underlying: &'info AccountInfo<'info>,
        prices: (&AccountInfo<'info>, Option<&AccountInfo<'info>>),
        usage: PriceUse,
    ) -> Result<()> {
        let place = pool.underlying_index(underlying.key)?;
        let loader = AccountLoader::<Underlying>::try_from(underlying)?;
        if matches!(usage, PriceUse::ForcedClose | PriceUse::Liquidation) && prices.0.key == underlying.key {
            return self.enter_without_price(&*loader.load()?, place);
        }
        self.read(pool, &*loader.load()?, place, prices, usage)
    }

    /// Reads the price of the underlying at `place` of the pool's list, and the earlier one, if it is there. Errors: as
    /// [`MarketContext::load`].
    pub fn read(
        &mut self,
        pool: &Pool,
        underlying: &Underlying,
        place: usize,
        (price, earlier): (&AccountInfo, Option<&AccountInfo>),
        usage: PriceUse,
    ) -> Result<()> {
        underlying.check()?;
        let price = oracle::read_account(price, underlying, self.wanted, self.now)?;
        // What takes fresh prices only takes none that is far from its average, confirmed or not. Whoever passes a first price need not find
        // the one before it.
        let price = if usage == PriceUse::Liquidity {
            price
        } else {
            oracle::confirm_account(price, earlier, underlying, self.wanted)?
        };
        self.enter(pool, underlying, place, price, usage)
    }

    /// Adds a price of the underlying at `place` of the pool's list. Errors: `PriceStale` when it is older than the pool takes,
    /// `PriceUncertain`, `UnknownUnderlying`, `MarketAccountRepeated`.
    pub fn enter(
        &mut self,
        pool: &Pool,
        underlying: &Underlying,
        place: usize,
        price: OraclePrice,
        usage: PriceUse,
    ) -> Result<()> {
        if self.wanted == Publication::Recent {
            pool.check_age(place, price.published, self.now)?;
        }
        let minute = self.moment().unwrap_or(self.now.0);
        let entry = self.entries.get_mut(place).ok_or(EvergreenError::UnknownUnderlying)?;
        ensure!(entry.is_none(), MarketAccountRepeated);
        *entry = Some(UnderlyingMarket {
            band: price.band_for(usage, BasisPoints(underlying.params.spread_conf_bps))?,
            is_certain: price.is_certain_for(usage),
            quoted: match usage {
                PriceUse::Liquidity => underlying.valued(price.spot, minute)?,
                PriceUse::Mark | PriceUse::Sample => underlying.marked(self.now)?,
                _ => underlying.quoted(price.spot, self.now)?,
            },
            price,
            smile: underlying.smile(),
            rules: underlying.funding_rules(),
            shocks: underlying.shocks(),
            points: underlying.funding_points,
            configured_at: underlying.configured_at,
            silent_since: underlying.silent_since,
            sampled: underlying.sample_time,
            sample_due: match self.wanted {
                Publication::Recent if usage != PriceUse::ForcedClose => None,
                wanted => oracle::sample_due(underlying, wanted, price.published, self.now),
            },
        });
        Ok(())
    }

    /// Reads pairs of (underlying, price), each price being any one published after `moment`, unix seconds, that proves that the first one has been known for a while
    /// ([`Publication::KnownAfter`]).
    ///
    /// Errors: as [`Self::load_first_after`].
    #[inline(never)]
    pub fn load_known_after<'info>(
        pool: &Pool,
        accounts: &'info [AccountInfo<'info>],
        usage: PriceUse,
        moment: i64,
        now: i64,
    ) -> Result<Self> {
        let mut market = Self::known_after(moment, now);
        market.read_pairs(pool, accounts, usage)?;
        Ok(market)
    }

    /// Makes a market without prices, for operations that need none.
    pub fn without_prices(now: i64) -> Self {
        Self::empty(Publication::Recent, now)
    }

    /// Makes a market without prices; those that are entered have to be the first ones after `moment`, in unix seconds.
    pub fn first_after(moment: i64, now: i64) -> Self {
        Self::empty(Publication::FirstAfter(moment), now)
    }

    /// Makes a market without prices; those that are entered have to prove that the first ones after `moment`, in unix seconds, have been known for a while.
    pub fn known_after(moment: i64, now: i64) -> Self {
        Self::empty(Publication::KnownAfter(moment), now)
    }

    /// Returns whether its prices only prove that the first ones after a moment have been known for a while, so that what they say must decide nothing.
    pub const fn is_proof(&self) -> bool {
        matches!(self.wanted, Publication::KnownAfter(_))
    }

    fn empty(wanted: Publication, now: i64) -> Self {
        let entries = Vec::with_capacity(MAX_UNDERLYINGS);
        let mut market = Self { now: UnixTime(now), wanted, entries, unpriced: Vec::new() };
        market.entries.resize_with(MAX_UNDERLYINGS, || None);
        market
    }

    /// Returns the time of the market.
    pub const fn now(&self) -> UnixTime {
        self.now
    }

    /// Returns the moment after which the prices are the first ones, unix seconds; `None` where they are recent ones.
    pub const fn moment(&self) -> Option<i64> {
        match self.wanted {
            Publication::FirstAfter(moment) => Some(moment),
            _ => None,
        }
    }

    /// Returns the unix seconds at which something is done whose moment is chosen: now, or the publication of its newest price where the clock lags.
    pub fn done_at(&self) -> i64 {
        Pool::done_at(self.now.0).max(self.last_published().unwrap_or_default())
    }

    /// Returns whether the underlying at that place of the pool's list was passed.
    pub fn has(&self, place: u8) -> bool {
        self.entries.get(usize::from(place)).is_some_and(Option::is_some)
    }

    /// Returns an underlying by its place in the pool's list. Errors: `MarketAccountMissing`.
    pub fn get(&self, place: u8) -> Result<&UnderlyingMarket> {
        let entry = self.entries.get(usize::from(place)).and_then(Option::as_ref);
        entry.ok_or_else(|| error!(EvergreenError::MarketAccountMissing))
    }

    /// Accrues the funding of a series of a pool to now. Errors: `MarketAccountMissing`, and those of [`FundingPoints::accrue`].
    pub fn accrue(&self, series: &mut Series, pool: &Pool) -> Result<()> {
        let entry = self.get(series.underlying)?;
        entry.points.accrue(series, &entry.rules, pool, self.now)
    }

    /// Returns the value of a contract on the underlying at `place` with its slope, in dollars. Errors: `MarketAccountMissing`, those of the pricer.
    pub fn valued(&self, place: u8, terms: &Terms) -> Result<ValueAndSlope> {
        let entry = self.get(place)?;
        let pricer = OptionPricer::new(terms, entry.sigma_at(terms)?).program()?;
        slope_at_least(&pricer, entry.spot()).program()
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

    /// Returns whether the parameters of an underlying here were changed at `moment` or later, in unix seconds.
    #[inline(never)]
    pub fn is_configured_since(&self, moment: i64) -> bool {
        self.entries.iter().flatten().any(|entry| entry.configured_at >= moment)
    }

    /// Checks that no underlying here is reported as silent. No risk is added on one that is, because its series may end at the price of its last sample;
    /// anyone samples it, and it is over. Errors: `UnderlyingSilent`.
    #[inline(never)]
    pub fn check_sampled(&self, before: i64) -> Result<()> {
        let is_silent = self.entries.iter().flatten().any(|entry| (1..=before).contains(&entry.silent_since));
        ensure!(!is_silent, UnderlyingSilent);
        Ok(())
    }

    /// Checks that the volatility sample of the underlying at `place` of the pool's list is taken, if it is due: whoever acts would know where marks go, and the
    /// quotes would not. Anyone takes it, in the same transaction if need be. Errors: `SampleDue`, `MarketAccountMissing`.
    #[inline(never)]
    pub fn check_sample_taken(&self, place: u8) -> Result<()> {
        let entry = self.get(place)?;
        let last = entry.sampled;
        let moment = entry.sample_due.unwrap_or(last);
        ensure!(moment <= last, SampleDue, "sample of {} is due, last taken {}", moment, last);
        Ok(())
    }

    /// Checks the same of all underlyings here. Errors: `SampleDue`.
    #[inline(never)]
    pub fn check_samples_taken(&self) -> Result<()> {
        (0..)
            .zip(&self.entries)
            .filter(|(_, entry)| entry.is_some())
            .try_for_each(|(place, _)| self.check_sample_taken(place))
    }

    /// Returns whether a price is uncertain for its use.
    pub fn is_uncertain(&self) -> bool {
        self.entries.iter().flatten().any(|entry| !entry.is_certain)
    }

    /// Returns whether every price is narrow and near its average, as growth needs it.
    pub fn is_fresh(&self) -> bool {
        self.entries.iter().flatten().all(|entry| entry.price.quality == Quality::Fresh)
    }

    /// Returns the spot price of a series whose cap is reached by the whole confidence interval, whatever the quality of the price, and by both ends of the
    /// band. Errors: `SeriesNotAtCap` with the end that is short of the cap, and those of [`Self::get`].
    pub fn check_capped(&self, series: &Series) -> Result<Dollars> {
        let terms = series.terms()?;
        let entry = self.get(series.underlying)?;
        let OraclePrice { spot, confidence, .. } = entry.price;
        let low = entry.band.low.min(spot.checked_sub(confidence).program()?);
        let high = entry.band.high.max(spot.checked_add(confidence).program()?);
        for price in [low, high] {
            ensure!(
                terms.is_capped_at(price),
                SeriesNotAtCap,
                "price {}, cap {}",
                DisplayDollars(price),
                DisplayDollars(terms.cap_price().unwrap_or_default())
            );
        }
        Ok(spot)
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
        Ok(Self { now: self.now, wanted: self.wanted, entries, unpriced: Vec::new() })
    }
}
