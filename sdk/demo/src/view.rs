//! What the chain's accounts mean now: marks of series, health of accounts. The same mathematics as the program's.

use anyhow::{Context, Result, anyhow};
use evergreen::state::{SeriesId, ShareClass};
use evergreen_localnet::DOLLAR;
use evergreen_math::{
    Dollars, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime, funding,
    margin::{HealthLevel, Portfolio},
    option::{OptionKind, OptionPricer, PricePoint, Terms, Valuation},
    volatility::{self, Marks},
};

use evergreen_sdk::{
    convert,
    price::PriceBytes,
    quote::{MarketView, PoolView},
};

use crate::{cast::Who, narration::thousands, stock::Stock, story::Story};

/// A series at this moment.
pub struct Mark {
    /// Contract.
    pub terms: Terms,
    /// Volatility.
    pub sigma: Ratio,
    /// Value per unit of the index.
    pub valuation: Valuation,
    /// Scale of its points.
    pub scale: PointScale,
    /// The same at the volatility at which funding is paid, that of the shortest tenor.
    pub at_funding: Valuation,
}

/// The three health numbers of an account, native units.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    /// What adding risk needs to keep from going negative.
    pub initial: i64,
    /// What a liquidation restores.
    pub target: i64,
    /// Below zero anyone may liquidate.
    pub maintenance: i64,
}

impl Mark {
    /// Value of an option on one unit of the index, dollars.
    pub fn value(&self) -> Result<f64> {
        Ok(plain(self.valuation.value()?.to_bits()))
    }

    /// What points are worth, native units, rounded down.
    pub fn worth(&self, points: Points) -> Result<i64> {
        Ok(self.scale.native(points, self.valuation.value()?, Rounding::Floor)?.0)
    }

    /// What a holder of points pays a day, native units.
    pub fn funding_per_day(&self, points: Points) -> Result<i64> {
        let per_day = self.at_funding.funding_per_day(self.terms.tenor())?;
        Ok(self.scale.native(points, per_day, Rounding::Ceil)?.0)
    }
}

impl Story {
    /// Price of an underlying now.
    pub fn spot(&self, place: u8) -> Dollars {
        let price = i128::from(if place == 0 { self.tick.btc } else { self.tick.eth });
        Dollars::from_bits((price << 64) / i128::from(DOLLAR))
    }

    /// Volatility of marks of an underlying, at the money, of a tenor.
    pub fn sigma(&self, place: u8, tenor: Seconds) -> Result<Ratio> {
        Ok(self.marks(place)?.of(tenor)?)
    }

    fn marks(&self, place: u8) -> Result<Marks> {
        let underlying = self.underlying(place)?;
        let now = UnixTime(self.chain().clock()?.unix_timestamp);
        Ok(volatility::marks(&underlying.volatility_params(), &underlying.volatility_state(), now)?)
    }

    /// A live series now.
    pub fn mark(&self, stock: &Stock, id: SeriesId) -> Result<Mark> {
        let registry = self.registry(stock)?;
        let series = registry.series(id).map_err(|error| anyhow!("{error}"))?;
        let terms = series.terms().map_err(|error| anyhow!("{error}"))?;
        let underlying = self.underlying(series.underlying)?;
        let strike = Dollars::from_int(i64::try_from(series.strike)?);
        let spot = self.spot(series.underlying);
        let marks = self.marks(series.underlying)?;
        let at_strike = |sigma| underlying.smile().sigma(sigma, spot, strike, terms.tenor());
        let value = |sigma| OptionPricer::new(&terms, sigma)?.at_point(PricePoint::new(spot)?);
        let sigma = at_strike(marks.of(terms.tenor())?)?;
        let at_funding = value(at_strike(marks.front)?)?;
        Ok(Mark { terms, sigma, valuation: value(sigma)?, scale: stock.scale()?, at_funding })
    }

    /// Symbol of an underlying, as the chain has it.
    pub fn symbol(&self, place: u8) -> Result<String> {
        let underlying = self.underlying(place)?;
        Ok(String::from_utf8_lossy(&underlying.symbol).trim_end_matches('\0').to_owned())
    }

    /// Symbol of the underlying of a series.
    pub fn symbol_of(&self, stock: &Stock, id: SeriesId) -> Result<String> {
        self.symbol(self.registry(stock)?.series(id).map_err(|error| anyhow!("{error}"))?.underlying)
    }

    /// What an option is, from its series on the chain: `BTC call, strike $100,000, 7 days`.
    pub fn option_name(&self, stock: &Stock, id: SeriesId) -> Result<String> {
        let registry = self.registry(stock)?;
        let series = registry.series(id).map_err(|error| anyhow!("{error}"))?;
        let (symbol, strike) = (self.symbol(series.underlying)?, thousands(series.strike.into()));
        let days = series.tenor / 86_400;
        Ok(format!("{symbol} {}, strike ${strike}, {days} days", self.kind_of(stock, id)?))
    }

    /// Whether a series is of calls or of puts, in a word.
    pub fn kind_of(&self, stock: &Stock, id: SeriesId) -> Result<&'static str> {
        let registry = self.registry(stock)?;
        let series = registry.series(id).map_err(|error| anyhow!("{error}"))?;
        Ok(if series.kind() == OptionKind::Put { "put" } else { "call" })
    }

    /// The cap price of a series, as a share of its strike.
    pub fn cap(&self, stock: &Stock, id: SeriesId) -> Result<f64> {
        let registry = self.registry(stock)?;
        Ok(f64::from(registry.series(id).map_err(|error| anyhow!("{error}"))?.cap_bps) / 10_000.0)
    }

    /// How many coins points of a series stand for, at the price of the stock: `0.1 BTC`.
    pub fn size(&self, stock: &Stock, id: SeriesId, points: Points) -> Result<String> {
        let size = convert::size_of_points(points, stock.dollars(), stock.mint.decimals, stock.scale()?)?;
        Ok(format!("{} {}", size.round_dp(4).normalize(), self.symbol_of(stock, id)?))
    }

    /// Health of an account now, with funding as far as it has been accrued on the chain.
    pub fn health(&self, stock: &Stock, who: Who) -> Result<Health> {
        const LEVELS: [HealthLevel; 3] = [HealthLevel::Initial, HealthLevel::Target, HealthLevel::Maintenance];
        let (pool, registry, account) = (self.pool(stock)?, self.registry(stock)?, self.margin(stock, who)?);
        let scale = stock.scale()?;
        let mut owed = NativeDelta::ZERO;
        let mut portfolio = Portfolio::new(LEVELS, pool.params.margin())?;
        for place in account.open_positions() {
            let position = account.positions[place];
            let series = registry.series(position.series()).map_err(|error| anyhow!("{error}"))?;
            let mark = self.mark(stock, position.series())?;
            let shocks = self.underlying(series.underlying)?.shocks();
            let spot = self.spot(series.underlying);
            let at = usize::from(series.underlying);
            portfolio.add(at, position.points(), &mark.terms, mark.sigma, spot, &shocks, scale)?;
            let due = funding::owed(position.points(), series.funding().index, position.snapshot(), scale)?;
            owed = owed.checked_add(due)?;
        }
        let at = |level| -> Result<i64> { Ok(portfolio.health(level, account.cash(), owed)?.0) };
        Ok(Health {
            initial: at(HealthLevel::Initial)?,
            target: at(HealthLevel::Target)?,
            maintenance: at(HealthLevel::Maintenance)?,
        })
    }

    /// A pool as the client library sees it.
    pub fn view(&self, stock: &Stock) -> Result<PoolView> {
        let mut markets = Vec::new();
        for (place, feed) in (0..).zip(self.feeds()) {
            let price = self.chain().account(&feed.price)?.map(|raw| PriceBytes { owner: raw.owner, data: raw.data });
            markets.push(MarketView { underlying: self.underlying(place)?, feed, price, earlier: None, sample: None });
        }
        let now = self.chain().clock()?.unix_timestamp;
        let (pool, registry) = (self.pool(stock)?, self.registry(stock)?);
        Ok(PoolView { keys: stock.keys, pool, registry, markets, now, protocol: None })
    }

    /// What main shares of a pool are worth in its token, as a withdrawal pays, native units.
    pub fn worth_of_shares(&self, stock: &Stock, shares: u64) -> Result<i64> {
        Ok(i64::try_from(self.view(stock)?.worth_of_shares(ShareClass::Main, shares)?.native)?)
    }

    /// A player's points in a series; none without a position.
    pub fn position(&self, stock: &Stock, who: Who, id: SeriesId) -> Result<Points> {
        let account = self.margin(stock, who)?;
        Ok(account.find(id).map_or(Points::ZERO, |place| account.positions[place].points()))
    }

    /// Funding that a position owes and has not paid yet, native units; negative when it is to receive.
    pub fn unsettled_funding(&self, stock: &Stock, who: Who, id: SeriesId) -> Result<i64> {
        let account = self.margin(stock, who)?;
        let place = account.find(id).with_context(|| format!("{} has no such position", who.name()))?;
        let position = account.positions[place];
        let registry = self.registry(stock)?;
        let series = registry.series(id).map_err(|error| anyhow!("{error}"))?;
        Ok(funding::owed(position.points(), series.funding().index, position.snapshot(), stock.scale()?)?.0)
    }
}

/// A 64.64 number for people.
pub fn plain(bits: i128) -> f64 {
    bits as f64 / 2_f64.powi(64)
}

/// A share in per cent with one decimal.
pub fn percent(share: f64) -> String {
    let text = format!("{:.1} %", share.abs() * 100.0);
    if share < 0.0 && text != "0.0 %" { format!("−{text}") } else { text }
}
