//! A pool and its registry at one moment: marks, settlement, health.

use super::MarketContext;
use crate::{
    errors::{EvergreenError, MathContext},
    state::{
        Leg, MAX_POSITIONS, MAX_UNDERLYINGS, MarginAccount, Means, Pool, Position, Series, SeriesExposure, SeriesId,
        SeriesRegistry,
    },
};
use anchor_lang::prelude::*;
use evergreen_math::{
    Dollars, NativeDelta, PointScale, Points, Ratio, Rounding,
    bounds::slope_at_least,
    margin::{HealthLevel, Moves, Portfolio, ScenarioValues},
    option::{OptionPricer, Terms, Valuation, ValueAndSlope},
};

/// Which positions in live series are settled, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settling {
    /// All of them, rounded up against the account.
    All,
    /// Those whose price was passed, rounded up against the account.
    Priced,
    /// Those whose price was passed, in whole units where a unit is a hundredth of what is due or more, and the rest stays owed: whoever does something to others' accounts often costs them nothing by it.
    PricedUnits,
}

/// A series at this moment.
#[derive(Clone, Copy)]
pub(super) struct SeriesMark {
    pub id: SeriesId,
    pub underlying: u8,
    pub cap_payoff: Dollars,
    pub sigma: Ratio,
    pub pricer: OptionPricer,
    /// Value at spot, or the intrinsic value beyond the domain of the pricer.
    pub value: Valuation,
}

impl SeriesMark {
    /// Contract, volatility and value of a series at the prices of `market`, and its slope in dollars.
    fn of(series: &Series, id: SeriesId, market: &MarketContext) -> Result<(Self, Dollars)> {
        let (terms, sigma) = contract(series, market)?;
        let pricer = OptionPricer::new(&terms, sigma).program()?;
        let ValueAndSlope { valuation: value, slope } =
            slope_at_least(&pricer, market.get(series.underlying)?.spot()).program()?;
        let mark = Self { id, underlying: series.underlying, cap_payoff: cap_payoff(&terms)?, sigma, pricer, value };
        Ok((mark, slope))
    }

    /// The contract.
    pub const fn terms(&self) -> &Terms {
        self.pricer.terms()
    }
}

/// Contract and volatility of a series at the prices of `market`.
fn contract(series: &Series, market: &MarketContext) -> Result<(Terms, Ratio)> {
    let terms = series.terms()?;
    let sigma = market.get(series.underlying)?.sigma_at(&terms)?;
    Ok((terms, sigma))
}

/// Returns the cap payoff of an option, in dollars.
pub(super) fn cap_payoff(terms: &Terms) -> Result<Dollars> {
    terms.cap_payoff().ok_or_else(|| error!(EvergreenError::CapOutOfRange))
}

/// A portfolio, and what some of its options are worth in its scenarios.
type PortfolioAndValues<const LEVELS: usize> = (Box<Portfolio<LEVELS>>, Vec<(SeriesId, ScenarioValues<LEVELS>)>);

/// A pool and its registry at the prices of a market. Series touched here have accrued funding to now.
pub struct PoolEngine<'a> {
    /// The pool.
    pub pool: &'a mut Pool,
    /// Its series.
    pub registry: &'a mut SeriesRegistry,
    /// Prices.
    pub market: &'a MarketContext,
    /// Scale of points.
    pub scale: PointScale,
    /// What the pool could pay from before this instruction.
    pub(super) found: Means,
    /// What the pool could pay from after this instruction had settled the account, before payoffs.
    pub(super) settled: Means,
    marks: Vec<SeriesMark>,
}

impl<'a> PoolEngine<'a> {
    /// Opens the engine.
    pub fn new(pool: &'a mut Pool, registry: &'a mut SeriesRegistry, market: &'a MarketContext) -> Result<Self> {
        pool.check()?;
        pool.advance_carry(market.now().0)?;
        let (scale, found) = (pool.scale()?, pool.means()?);
        Ok(Self { pool, registry, market, scale, found, settled: found, marks: Vec::with_capacity(MAX_POSITIONS) })
    }

    /// Opens the engine for an account: settles the funding of its positions and pays exercised ones. `key` names the account in
    /// events.
    pub fn open(
        pool: &'a mut Pool,
        registry: &'a mut SeriesRegistry,
        market: &'a MarketContext,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<Self> {
        let mut engine = Self::new(pool, registry, market)?;
        engine.settle(account, key)?;
        Ok(engine)
    }

    /// Opens the engine for an account as far as prices were passed: positions on other underlyings stay as they are.
    pub fn open_priced(
        pool: &'a mut Pool,
        registry: &'a mut SeriesRegistry,
        market: &'a MarketContext,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<Self> {
        let mut engine = Self::new(pool, registry, market)?;
        engine.settle_by(account, key, Settling::Priced)?;
        Ok(engine)
    }

    /// Opens the engine for what others do to an account, as far as prices were passed: positions on other underlyings stay as they are, so that a feed
    /// without a price shields no account from what its other positions call for. Whole units of funding are moved; what is closed settles the rest.
    pub fn open_for_others(
        pool: &'a mut Pool,
        registry: &'a mut SeriesRegistry,
        market: &'a MarketContext,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<Self> {
        let mut engine = Self::new(pool, registry, market)?;
        engine.settle_by(account, key, Settling::PricedUnits)?;
        Ok(engine)
    }

    /// Returns a live series with its funding accrued to now. It is computed once per instruction.
    pub(super) fn mark(&mut self, id: SeriesId) -> Result<SeriesMark> {
        if let Some(known) = self.marks.iter().find(|m| m.id == id) {
            return Ok(*known);
        }
        let mark = self.accrue(id)?;
        self.marks.push(mark);
        Ok(mark)
    }

    /// Accrues the funding of a live series to now, and moves the net delta with its slope.
    #[inline(never)]
    pub(super) fn accrue(&mut self, id: SeriesId) -> Result<SeriesMark> {
        let series = self.registry.live_mut(id)?;
        self.market.accrue(series, self.pool)?;
        let (mark, slope) = SeriesMark::of(series, id, self.market)?;
        self.pool.measure(series, slope, self.market.now())?;
        Ok(mark)
    }

    /// Changes a settled position from `before` to `after` points in the series, the reserves and the net delta.
    pub(super) fn replace(
        &mut self,
        id: SeriesId,
        cap_payoff: Dollars,
        before: Points,
        position: Position,
        after: Points,
    ) -> Result<()> {
        let series = self.registry.series_mut(id)?;
        let exposure_before = SeriesExposure::of(series, cap_payoff, self.scale)?;
        series.replace_position(before, position.snapshot(), after, self.scale)?;
        let exposure_after = SeriesExposure::of(series, cap_payoff, self.scale)?;
        self.pool.replace_exposure(series.underlying, exposure_before, exposure_after)
    }

    /// Returns the lower of initial and maintenance health, in native units. It must not be negative after adding risk or
    /// withdrawing. In a mixed portfolio the smaller shock can be the worse one, so initial health alone would allow positions that
    /// can be liquidated at once.
    pub fn initial_health(&mut self, account: &MarginAccount) -> Result<NativeDelta> {
        const LEVELS: [HealthLevel; 2] = [HealthLevel::Initial, HealthLevel::Maintenance];
        if account.positions.iter().all(|p| p.points >= 0) {
            // Bought options count at intrinsic value, never below zero: health is cash or more.
            return Ok(account.cash());
        }
        for place in account.open_positions() {
            self.mark(account.positions[place].series())?;
        }
        let portfolio = self.portfolio(self.market, &account.positions, LEVELS)?;
        // If levels are measured together, health at the stricter one is the lower of all.
        portfolio.health(HealthLevel::Initial, account.cash(), NativeDelta::ZERO).program()
    }

    /// Returns a lower bound of [initial health](Self::initial_health), in native units: cash less the cap payoffs of all written
    /// options if that is not negative, otherwise initial health itself. The first case needs no valuation.
    pub fn initial_health_floor(&mut self, account: &MarginAccount) -> Result<NativeDelta> {
        let mut spare = account.cash();
        for position in account.positions.iter().filter(|p| p.points < 0) {
            let cap = self.mark(position.series())?.cap_payoff;
            let size = position.points().size().program()?;
            spare = spare.checked_sub(self.scale.native(size, cap, Rounding::Ceil).program()?).program()?;
        }
        if spare.is_negative() { self.initial_health(account) } else { Ok(spare) }
    }

    /// Returns the health of settled positions with this cash, in native units.
    pub fn health_of(
        &mut self,
        cash: NativeDelta,
        positions: &[Position; MAX_POSITIONS],
        level: HealthLevel,
    ) -> Result<NativeDelta> {
        for position in positions.iter().filter(|p| p.points != 0) {
            self.mark(position.series())?;
        }
        self.portfolio(self.market, positions, [level])?.health(level, cash, NativeDelta::ZERO).program()
    }

    /// Returns the portfolio of positions in live series at the prices of `market`, which may be one end of the band.
    pub fn portfolio<const LEVELS: usize>(
        &self,
        market: &MarketContext,
        positions: &[Position; MAX_POSITIONS],
        levels: [HealthLevel; LEVELS],
    ) -> Result<Box<Portfolio<LEVELS>>> {
        Ok(self.portfolio_and_values(market, positions, levels, &[])?.0)
    }

    /// Returns the portfolio and the scenario values of the options of `legs`.
    #[inline(never)]
    pub(super) fn portfolio_and_values<const LEVELS: usize>(
        &self,
        market: &MarketContext,
        positions: &[Position; MAX_POSITIONS],
        levels: [HealthLevel; LEVELS],
        legs: &[Leg],
    ) -> Result<PortfolioAndValues<LEVELS>> {
        let mut kept = Vec::with_capacity(legs.len());
        let mut portfolio = Box::new(Portfolio::new(levels, self.pool.params.margin()).program()?);
        let here = core::ptr::eq(market, self.market);
        // Positions are grouped by underlying, so that its scenario prices are computed once.
        for (underlying, moves) in self.moves(positions)?.into_iter().enumerate() {
            let Some(moves) = moves else { continue };
            portfolio.restrict(underlying, moves).program()?;
            for position in positions.iter().filter(|p| p.points != 0) {
                let id = position.series();
                let series = self.registry.series(id)?;
                if usize::from(series.underlying) != underlying {
                    continue;
                }
                let known = self.marks.iter().find(|m| here && m.id == id);
                let (terms, sigma) = match known {
                    Some(mark) => (*mark.terms(), mark.sigma),
                    None => contract(series, market)?,
                };
                let entry = market.get(series.underlying)?;
                let spot = entry.price.spot;
                let points = position.points();
                let shocks = &entry.shocks;
                if legs.iter().any(|leg| leg.series == id) {
                    let values = portfolio.values(underlying, points, &terms, sigma, spot, shocks).program()?;
                    portfolio.change(&values, Points::ZERO, points, self.scale).program()?;
                    kept.push((id, values));
                } else {
                    portfolio.add(underlying, points, &terms, sigma, spot, shocks, self.scale).program()?;
                }
            }
        }
        Ok((portfolio, kept))
    }

    /// Returns the moves of each underlying that can lose money on the positions.
    fn moves(&self, positions: &[Position; MAX_POSITIONS]) -> Result<[Option<Moves>; MAX_UNDERLYINGS]> {
        let mut moves: [Option<Moves>; MAX_UNDERLYINGS] = [None; MAX_UNDERLYINGS];
        for position in positions.iter().filter(|p| p.points != 0) {
            let series = self.registry.series(position.series())?;
            let against = Moves::against(series.kind(), position.points());
            let of_underlying =
                moves.get_mut(usize::from(series.underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
            *of_underlying = Some(of_underlying.map_or(against, |known| known.and(against)));
        }
        Ok(moves)
    }

    /// Returns the scenario values of a position's option in a portfolio of [`Self::portfolio`], at the engine's prices.
    #[inline(never)]
    pub fn scenario_values<const LEVELS: usize>(
        &mut self,
        portfolio: &mut Portfolio<LEVELS>,
        position: &Position,
    ) -> Result<Box<ScenarioValues<LEVELS>>> {
        let mark = self.mark(position.series())?;
        let entry = self.market.get(mark.underlying)?;
        let (underlying, spot) = (usize::from(mark.underlying), entry.price.spot);
        let values =
            portfolio.values(underlying, position.points(), mark.terms(), mark.sigma, spot, &entry.shocks).program()?;
        Ok(Box::new(values))
    }

    /// Returns the equity of settled positions with this cash: cash plus all of them at the mark, in native units, rounded down.
    #[inline(never)]
    pub fn equity(&mut self, cash: NativeDelta, positions: &[Position; MAX_POSITIONS]) -> Result<NativeDelta> {
        let mut equity = cash;
        for position in positions.iter().filter(|position| position.points != 0) {
            let mark = self.mark(position.series())?;
            let value = mark.value.value().program()?;
            let worth = self.scale.native(position.points(), value, Rounding::Floor).program()?;
            equity = equity.checked_add(worth).program()?;
        }
        Ok(equity)
    }
}
