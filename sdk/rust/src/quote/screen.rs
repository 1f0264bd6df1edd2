//! A fast screen for accounts below maintenance: every series is valued once, and each account then needs only sums.

use super::{PoolView, QuoteError, Result, opened};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    engine::PoolEngine,
    state::{MAX_POSITIONS, MAX_SERIES, MarginAccount, Pool, Position, SeriesId, SeriesStatus},
};
use evergreen_math::{
    Dollars, FundingIndex, MathError, NativeDelta, PointScale, Points, Rounding, funding,
    margin::{HealthLevel, Portfolio, ScenarioValues},
};

/// The only health level that is screened.
const LEVELS: [HealthLevel; 1] = [HealthLevel::Maintenance];

/// All series of a pool at one moment, valued once in the scenarios of maintenance health by the program's own code. A new screen
/// has to be made when a price, the clock, the pool or the registry has changed.
///
/// ```
/// use evergreen_sdk::{evergreen::state::MarginAccount, quote::{PoolView, QuoteError, Screen}};
///
/// /// Returns the accounts that may be below maintenance.
/// fn suspects<'a>(view: &PoolView, accounts: &'a [MarginAccount]) -> Result<Vec<&'a MarginAccount>, QuoteError> {
///     let screen = Screen::new(view)?;
///     Ok(accounts.iter().filter(|account| screen.suspect(account)).collect())
/// }
/// ```
#[derive(Clone)]
pub struct Screen {
    pool: Box<Pool>,
    key: Pubkey,
    scale: PointScale,
    /// A portfolio without positions, but with prices and scenarios of all underlyings.
    empty: Box<Portfolio<1>>,
    /// Series by slot; `None` for a free slot.
    series: Vec<Option<Screened>>,
    /// Underlyings by place without a usable price.
    unpriced: Vec<(u8, QuoteError)>,
}

/// A series as it was valued.
#[derive(Clone)]
struct Screened {
    generation: u32,
    /// Funding index, accrued to now.
    index: FundingIndex,
    worth: Worth,
}

#[derive(Clone)]
enum Worth {
    /// The series is live; its values in the scenarios, for a bought option and for a written one.
    Live(Box<[ScenarioValues<1>; 2]>),
    /// The series has ended, or its feed stands still; what a point pays, or would pay at its last sample, in dollars.
    Ended(Dollars),
    /// There is no usable price; the cap payoff in dollars.
    Unpriced(Dollars),
}

impl Screen {
    /// Values all series. An underlying without a usable price is left out, see [`Self::unpriced`].
    ///
    /// # Errors
    /// [`QuoteError`] for a pool or a registry of another version, and for series that cannot be valued.
    pub fn new(view: &PoolView) -> Result<Self> {
        let mut scratch = view.scratch();
        let (market, unpriced) = view.market_as_known();
        let mut engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
        let scale = engine.scale;
        let mut empty = engine.portfolio(&market, &[Position::default(); MAX_POSITIONS], LEVELS)?;
        let mut series = Vec::with_capacity(MAX_SERIES);
        for slot in 0..MAX_SERIES {
            series.push(Screened::of(&mut engine, &mut empty, slot)?);
        }
        Ok(Self { pool: view.pool.clone(), key: view.keys.pool, scale, empty, series, unpriced })
    }

    /// Returns the underlyings, by place in the pool's list, whose price is missing or refused, and the reasons. Options on
    /// them count at the best that they can be worth to their account.
    pub fn unpriced(&self) -> &[(u8, QuoteError)] {
        &self.unpriced
    }

    /// Tells whether an account may be below maintenance. `false` is certain: it is `true` for every account whose maintenance health
    /// is negative by [`PoolView::account`]. `true` has to be confirmed by [`PoolView::is_liquidatable`]: the price may be uncertain,
    /// or the account and the registry may be of different moments. Options on an [unpriced](Self::unpriced) underlying count at the best
    /// that they can be worth, as in a liquidation.
    pub fn suspect(&self, account: &MarginAccount) -> bool {
        self.maintenance(account).map_or(true, |health| health < 0)
    }

    /// Tells whether an account may owe cash while it holds bought options, so that [`PoolView::closable_for_cash`] has to judge it: with its funding settled, and without what written and
    /// exercised options add to it. `false` is certain.
    pub fn may_owe(&self, account: &MarginAccount) -> bool {
        let is_bought = account.positions.iter().any(|position| position.points > 0);
        is_bought && self.least_cash(account).map_or(true, |cash| cash.is_negative())
    }

    /// Returns the cash of an account once the funding is settled that it owes: of options that have a price, without what it is owed.
    fn least_cash(&self, account: &MarginAccount) -> Result<NativeDelta> {
        let mut cash = self.settled_cash(account)?;
        for position in account.positions.iter().filter(|position| position.points != 0) {
            let series = self.series_of(position.series())?;
            let owed = funding::owed(position.points(), series.index, position.snapshot(), self.scale)?;
            cash = cash.checked_sub(NativeDelta(owed.0.max(0)))?;
            if let Worth::Ended(payoff) = &series.worth {
                let paid = self.scale.native(position.points(), *payoff, Rounding::Floor)?;
                cash = cash.checked_add(NativeDelta(paid.0.min(0)))?;
            }
        }
        Ok(cash)
    }

    /// Returns the maintenance health of an account in native units, with funding settled and exercised positions paid. It is never
    /// above that of [`PoolView::account`], and equals it except for the last bits of a valuation, where every price is
    /// [known](Self::unpriced).
    ///
    /// # Errors
    /// [`QuoteError`] for an account of another pool or version, and for positions that are not in this registry.
    pub fn maintenance(&self, account: &MarginAccount) -> Result<i64> {
        let mut cash = self.settled_cash(account)?;
        let mut portfolio = *self.empty;
        for position in account.positions.iter().filter(|position| position.points != 0) {
            let series = self.series_of(position.series())?;
            let points = position.points();
            let owed = funding::owed(points, series.index, position.snapshot(), self.scale)?;
            cash = cash.checked_sub(owed)?;
            match &series.worth {
                Worth::Unpriced(cap) => {
                    let caps = self.scale.native(points.size()?, *cap, Rounding::Ceil)?;
                    cash = cash.checked_add(caps)?.checked_add(owed)?;
                }
                Worth::Ended(payoff) => {
                    cash = cash.checked_add(self.scale.native(points, *payoff, Rounding::Floor)?)?;
                }
                Worth::Live(values) => {
                    let values = &values[usize::from(points.is_short())];
                    portfolio.change(values, Points::ZERO, points, self.scale)?;
                }
            }
        }
        Ok(portfolio.health(HealthLevel::Maintenance, cash, NativeDelta::ZERO)?.0)
    }

    /// Returns the account's cash after losses by seizure.
    fn settled_cash(&self, account: &MarginAccount) -> Result<NativeDelta> {
        if account.loss_index == self.pool.loss_index {
            self.pool.check()?;
            account.check(&self.key)?;
            return Ok(account.cash());
        }
        Ok(opened(&self.pool, &self.key, account)?.cash())
    }

    fn series_of(&self, id: SeriesId) -> Result<&Screened> {
        let known = self.series.get(usize::from(id.slot)).and_then(Option::as_ref);
        let known = known.filter(|series| series.generation == id.generation);
        known.ok_or_else(|| anchor_lang::error!(evergreen::errors::EvergreenError::UnknownSeries).into())
    }
}

impl Screened {
    /// Values the series in a slot, if there is one, and adds the prices of its underlying to `empty`.
    fn of(engine: &mut PoolEngine<'_>, empty: &mut Portfolio<1>, slot: usize) -> Result<Option<Self>> {
        let series = engine.registry.series[slot];
        let generation = series.generation;
        let worth = match series.status() {
            SeriesStatus::Free => return Ok(None),
            SeriesStatus::Exercised => Worth::Ended(series.payoff()),
            SeriesStatus::Live if engine.market.get(series.underlying).is_err() => {
                let terms = series.terms()?;
                match engine.market.last_price(&series) {
                    Some(price) => Worth::Ended(terms.intrinsic(price)),
                    None => Worth::Unpriced(terms.cap_payoff().ok_or(MathError::InvalidParameter)?),
                }
            }
            SeriesStatus::Live => {
                let slot = u8::try_from(slot).map_err(|_| MathError::TooMany)?;
                let mut values = |points| {
                    let position = Position { points, generation, slot, ..Position::default() };
                    engine.scenario_values(empty, &position)
                };
                Worth::Live(Box::new([*values(1)?, *values(-1)?]))
            }
        };
        // The valuation has accrued the funding of a live series.
        let index = engine.registry.series[slot].funding().index;
        Ok(Some(Self { generation, index, worth }))
    }
}

#[cfg(test)]
mod tests;
