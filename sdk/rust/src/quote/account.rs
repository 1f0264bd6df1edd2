//! A margin account at one moment: health, funding, how long cash lasts, and liquidation prices.

use super::{PoolView, QuoteError, Result, carry::PerDay};
use evergreen::{
    engine::{MarketContext, PoolEngine},
    oracle::{OraclePrice, PriceUse, Quality},
    state::{MarginAccount, SeriesStatus},
};
use evergreen_math::{BasisPoints, Dollars, MathError, NativeDelta, UnixTime, margin::HealthLevel};

/// The three health numbers of an account, native units.
///
/// ```
/// use evergreen_sdk::{quote::Health, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(4);
/// let Health { initial, target, maintenance } = scene.view.account(&account)?.health;
/// let state = match (maintenance, initial) {
///     (..0, _) => "anyone may liquidate it",
///     (_, ..0) => "it can only reduce risk",
///     _ => "it can trade",
/// };
/// println!("{state}");
/// assert!(target <= maintenance);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Initial health: the lower of initial and maintenance health, which must be zero or more after adding risk and withdrawing.
    pub initial: i64,
    /// Target health, which a liquidation restores to zero.
    pub target: i64,
    /// Maintenance health; if it is below zero anyone may liquidate the account.
    pub maintenance: i64,
}

/// An account with its funding settled and its exercised positions paid. Amounts are native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountQuote {
    /// Cash.
    pub cash: i64,
    /// Equity: the cash if all positions were closed at the mark, rounded down.
    pub equity: i64,
    /// Health.
    pub health: Health,
    /// Funding that the account pays per day at present prices and carry, rounded up; negative if it receives funding.
    pub funding_per_day: i64,
    /// The part of it that is carry, rounded up; negative if it is paid to the account.
    pub carry_per_day: i64,
}

impl AccountQuote {
    /// Returns how many seconds the cash lasts at present funding, rounded down; `None` when the account pays no funding. Funding
    /// changes with prices.
    pub fn runway(&self) -> Option<u64> {
        let paid = u128::from(u64::try_from(self.funding_per_day).ok().filter(|paid| *paid > 0)?);
        let cash = u128::from(u64::try_from(self.cash).unwrap_or(0));
        Some(u64::try_from(cash * 86_400 / paid).unwrap_or(u64::MAX))
    }

    /// Makes the quote of a settled account on an engine.
    pub(super) fn on(engine: &mut PoolEngine<'_>, account: &MarginAccount) -> Result<Self> {
        const LEVELS: [HealthLevel; 2] = [HealthLevel::Target, HealthLevel::Maintenance];
        let portfolio = engine.portfolio(engine.market, &account.positions, LEVELS)?;
        let at = |level| portfolio.health(level, account.cash(), NativeDelta::ZERO);
        let health = Health {
            target: at(HealthLevel::Target)?.0,
            maintenance: at(HealthLevel::Maintenance)?.0,
            initial: engine.initial_health(account)?.0,
        };
        let (funding_per_day, carry_per_day) = funding_per_day(engine, account)?;
        Ok(Self {
            cash: account.cash,
            equity: engine.equity(account.cash(), &account.positions)?.0,
            health,
            funding_per_day,
            carry_per_day,
        })
    }
}

fn funding_per_day(engine: &PoolEngine<'_>, account: &MarginAccount) -> Result<(i64, i64)> {
    let (mut funding, mut carry) = (0i64, 0i64);
    for place in account.open_positions() {
        let position = account.positions[place];
        let series = engine.registry.series(position.series())?;
        let (all, part) = PerDay::on(engine, series)?.native(position.points(), engine.scale)?;
        (funding, carry) = (funding.saturating_add(all), carry.saturating_add(part));
    }
    Ok((funding, carry))
}

/// Liquidation prices of an account for one underlying while all other prices stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationPrices {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Price of the underlying now, dollars.
    pub spot: Dollars,
    /// Highest price at or below spot at which maintenance health is negative, dollars; `None` if none was found.
    pub down: Option<Dollars>,
    /// Lowest price at or above spot at which maintenance health is negative, dollars; `None` if none was found.
    pub up: Option<Dollars>,
}

/// Size of a step of the search for a liquidation price, in basis points of the price.
const STEP_BPS: i64 = 50;
/// Number of steps on either side, which reach to a hundredth and to a hundred times the price.
const STEPS: usize = 925;

/// A line of a risk report is made like this:
///
/// ```
/// use evergreen_sdk::{evergreen::state::MarginAccount, quote::{PoolView, QuoteError}};
///
/// fn line(view: &PoolView, account: &MarginAccount) -> Result<String, QuoteError> {
///     let now = view.account(account)?;
///     let writer = if view.has_written(account) { "writer" } else { "holder" };
///     Ok(format!("{writer}, worth {}, {} above maintenance", now.equity, now.health.maintenance))
/// }
/// # use evergreen_sdk::testing::scene::Scene;
/// # let mut scene = Scene::new(1, 0)?;
/// # let account = scene.account(0);
/// assert!(line(&scene.view, &account)?.starts_with("holder"));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the quote of an account at this moment, with funding settled and exercised positions paid.
    ///
    /// # Errors
    /// [`QuoteError`] when a price is missing or refused. An uncertain price is accepted.
    pub fn account(&self, account: &MarginAccount) -> Result<AccountQuote> {
        let places = self.needed(account, [])?;
        let (quote, ..) = self
            .on_account(PriceUse::Liquidation, &places, account, |engine, settled| AccountQuote::on(engine, settled))?;
        Ok(quote)
    }

    /// Returns the maintenance health with one underlying at another price, native units; all other prices stay the same.
    fn health_at(
        &self,
        account: &MarginAccount,
        moved: u8,
        price: Dollars,
        prices: &[(u8, OraclePrice)],
    ) -> Result<i64> {
        let mut scratch = self.scratch();
        let mut market = MarketContext::without_prices(self.now);
        for (place, known) in prices {
            let price = if *place == moved { exact(price, self.now) } else { *known };
            let underlying = &self.markets[usize::from(*place)].underlying;
            market.enter(&self.pool, underlying, usize::from(*place), price, PriceUse::Liquidation)?;
        }
        let engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
        let portfolio = engine.portfolio(&market, &account.positions, [HealthLevel::Maintenance])?;
        Ok(portfolio.health(HealthLevel::Maintenance, account.cash(), NativeDelta::ZERO)?.0)
    }

    /// Returns the liquidation prices of an account for every underlying on which it has live options: the nearest price on either
    /// side at which maintenance health is negative while the other prices stay the same. The search takes steps of half a per
    /// cent and then bisects to 2^−64 dollars. It may miss a range of prices with negative health that is narrower than a step,
    /// which only offsetting options can cause.
    ///
    /// An account with cash of zero or more that has written nothing has no liquidation prices. Funding is settled to now; funding
    /// that accrues later is not counted.
    ///
    /// # Errors
    /// The same as those of [`Self::account`].
    pub fn liquidation_prices(&self, account: &MarginAccount) -> Result<Vec<LiquidationPrices>> {
        let places = self.needed(account, [])?;
        let (prices, settled, _) = self.on_account(PriceUse::Liquidation, &places, account, |engine, _| {
            let prices = places.iter().map(|place| Ok((*place, engine.market.get(*place)?.price)));
            prices.collect::<Result<Vec<_>>>()
        })?;
        let mut found = Vec::new();
        for (place, price) in &prices {
            let negative = |spot: Dollars| -> Result<bool> { Ok(self.health_at(&settled, *place, spot, &prices)? < 0) };
            found.push(LiquidationPrices {
                underlying: *place,
                spot: price.spot,
                down: crossing(price.spot, false, negative)?,
                up: crossing(price.spot, true, negative)?,
            });
        }
        Ok(found)
    }

    /// Tells whether anyone may liquidate this account now, by the program's own rule: maintenance health is negative, also at both
    /// ends of the band of an uncertain price, and whatever the prices are that are missing or refused.
    ///
    /// # Errors
    /// [`QuoteError`] when no price of the account's live positions is usable.
    pub fn is_liquidatable(&self, account: &MarginAccount) -> Result<bool> {
        let places = self.priced(account)?;
        let (answer, ..) = self.on_account(PriceUse::Liquidation, &places, account, |engine, settled| {
            Ok(engine.check_liquidatable(settled))
        })?;
        match answer.map_err(QuoteError::from) {
            Ok(()) => Ok(true),
            Err(error) if error.refusal().is_some_and(|refusal| refusal.is("NotLiquidatable")) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Tells whether the account has written an option of a live series.
    pub fn has_written(&self, account: &MarginAccount) -> bool {
        account.open_positions().map(|place| account.positions[place]).any(|position| {
            let live = self.registry.series(position.series()).is_ok_and(|s| s.status() == SeriesStatus::Live);
            live && position.points < 0
        })
    }
}

/// Returns a price without uncertainty that is published now.
pub(super) const fn exact(price: Dollars, now: i64) -> OraclePrice {
    OraclePrice {
        spot: price,
        confidence: Dollars::ZERO,
        ema: price,
        published: UnixTime(now),
        quality: Quality::Fresh,
        earlier: None,
    }
}

/// Returns the price nearest to `spot` on one side at which `negative` holds; `None` if no step finds one.
fn crossing(spot: Dollars, upward: bool, negative: impl Fn(Dollars) -> Result<bool>) -> Result<Option<Dollars>> {
    if negative(spot)? {
        return Ok(Some(spot));
    }
    let step = |price: Dollars| -> core::result::Result<Dollars, MathError> {
        let part = price.mul_floor(BasisPoints(STEP_BPS.unsigned_abs() as u16).to_ratio())?;
        if upward { price.checked_add(part) } else { price.checked_sub(part) }
    };
    let mut safe = spot;
    for _ in 0..STEPS {
        let Ok(next) = step(safe) else { return Ok(None) };
        if next == safe || !next.is_positive() {
            return Ok(None);
        }
        if negative(next)? {
            return bisect(safe, next, negative).map(Some);
        }
        safe = next;
    }
    Ok(None)
}

/// Returns the bad price that is next to the boundary between a safe and a bad price.
fn bisect(mut safe: Dollars, mut bad: Dollars, negative: impl Fn(Dollars) -> Result<bool>) -> Result<Dollars> {
    while safe.to_bits().abs_diff(bad.to_bits()) > 1 {
        let middle = Dollars::from_bits(safe.to_bits() + (bad.to_bits() - safe.to_bits()) / 2);
        if negative(middle)? { bad = middle } else { safe = middle }
    }
    Ok(bad)
}
