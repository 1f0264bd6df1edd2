//! Positions at present prices, and an account's profit and loss to the unit.

use super::{Gap, Holding, MovementKind, Parts, Statement, holding::price_of};
use crate::quote::{PerDay, PoolView, QuoteError, Result};
use evergreen::{
    oracle::PriceUse,
    state::{MarginAccount, SeriesId, SeriesStatus},
};
use evergreen_math::{
    Dollars, MathError, PointScale, Points, Ratio, Rounding,
    bounds::{slope_at_least, value_at_least},
    funding,
    option::{OptionPricer, PricePoint, Terms},
};

/// A position at this moment. Amounts are native units.
#[derive(Clone, Copy, Debug)]
pub struct HoldingValue {
    /// The series.
    pub series: SeriesId,
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Points; negative when written.
    pub points: i64,
    /// The contract.
    pub terms: Terms,
    /// Whether the series has ended, so that the position is only to be paid.
    pub ended: bool,
    /// Spot price of the underlying, dollars; `None` for an ended series.
    pub spot: Option<Dollars>,
    /// What an option is worth at the mark, or what its ended series pays, dollars.
    pub mark: Dollars,
    /// What the position is worth at the mark, rounded down; negative when written.
    pub value: i64,
    /// Change of cash by funding since its last settlement; negative where it is owed.
    pub pending: i64,
    /// Funding that the position pays a day at present, rounded up; negative where it is paid.
    pub funding_per_day: i64,
    /// The part of it that is carry, rounded up.
    pub carry_per_day: i64,
    /// Change of cash if the series is exercised at its cap, rounded down; negative when written.
    pub at_cap: i64,
    sigma: Ratio,
    scale: PointScale,
}

/// At which prices of the underlying a position, closed at the mark, brings what it has cost with fees and funding. The spread and the fee of closing are not
/// counted, and volatility stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakEven {
    /// From this price on, in dollars: upwards for bought calls and written puts, downwards for the others.
    At(Dollars),
    /// At every price.
    Always,
    /// At no price: not even exercise pays as much.
    Never,
}

impl HoldingValue {
    /// Returns the volatility of the mark, per √year; one for an ended series.
    pub const fn sigma(&self) -> Ratio {
        self.sigma
    }

    /// Returns how far spot has to move to reach the cap, as a part of spot in basis points, rounded up: 0 where it has reached it; anyone can exercise the
    /// series once the price is past it by its confidence. `None` where the series has ended or has no cap.
    pub fn cap_distance_bps(&self) -> Option<u64> {
        let (spot, cap) = (self.spot?.to_bits(), self.terms.cap_price()?.to_bits());
        if self.terms.is_capped_at(self.spot?) {
            return Some(0);
        }
        let gap = cap.abs_diff(spot);
        // Divided before it is multiplied only where the product would not fit.
        let bps = gap
            .checked_mul(10_000)
            .map_or_else(|| gap / (spot.unsigned_abs() / 10_000), |all| all.div_ceil(spot.unsigned_abs()));
        u64::try_from(bps).ok()
    }

    /// Returns what one option was bought or written for on average, dollars, rounded against the account: up when held, down when written. `None` where the history does
    /// not tell.
    pub fn entry(&self, holding: &Holding) -> Option<Dollars> {
        if !holding.known || holding.points == 0 || holding.points != self.points {
            return None;
        }
        price_of(holding.cost, holding.points, self.scale, holding.points > 0)
    }

    /// Returns the break-even price after so many days of funding at today's; zero days for now.
    ///
    /// # Errors
    /// [`MathError`] for numbers that do not fit. `None` where the history does not tell what the position has cost, or the series has ended.
    pub fn break_even(&self, holding: &Holding, days: u32) -> core::result::Result<Option<BreakEven>, MathError> {
        if self.ended || !holding.known || holding.points != self.points {
            return Ok(None);
        }
        let later = i128::from(self.funding_per_day) * i128::from(days);
        let needed = i128::from(holding.cost) + i128::from(holding.carried) - i128::from(self.pending) + later;
        let pricer = OptionPricer::new(&self.terms, self.sigma)?;
        let is_good = |spot: Dollars| -> core::result::Result<bool, MathError> {
            let worth = match self.terms.cap_payoff() {
                Some(payoff) if self.terms.is_capped_at(spot) => payoff,
                _ => value_at_least(&pricer, PricePoint::new(spot)?)?,
            };
            let worth = self.scale.native(Points(self.points), worth, Rounding::Floor)?;
            Ok(i128::from(worth.0) >= needed)
        };
        // From where the option is worth next to nothing to where it is exercised, its value only rises.
        let Some(cap) = self.terms.cap_price() else { return Ok(None) };
        let strike = self.terms.strike();
        let far = if cap > strike { strike.div_int(100)? } else { strike.mul_int(100)? };
        let (far_good, cap_good) = (is_good(far)?, is_good(cap)?);
        if far_good == cap_good {
            return Ok(Some(if far_good { BreakEven::Always } else { BreakEven::Never }));
        }
        let (mut good, mut bad) = if far_good { (far, cap) } else { (cap, far) };
        while good.to_bits().abs_diff(bad.to_bits()) > 1 {
            let middle = Dollars::from_bits(bad.to_bits() + (good.to_bits() - bad.to_bits()) / 2);
            if is_good(middle)? { good = middle } else { bad = middle }
        }
        Ok(Some(BreakEven::At(good)))
    }
}

/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(4);
/// let holdings = scene.view.holdings(&account)?;
/// let worth: i64 = holdings.iter().map(|holding| holding.value + holding.pending).sum();
/// assert_eq!(account.cash + worth, scene.view.account(&account)?.equity);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the positions of an account at this moment, in the order of its places. With cash after losses they add up to the equity of
    /// [`PoolView::account`].
    ///
    /// # Errors
    /// [`QuoteError`] when a price is missing or refused. An uncertain price is accepted.
    pub fn holdings(&self, account: &MarginAccount) -> Result<Vec<HoldingValue>> {
        let places = self.needed(account, [])?;
        let opened = self.opened(account)?;
        let (values, ..) = self.on_account(PriceUse::Liquidation, &places, account, |engine, _| {
            let mut values = Vec::new();
            for place in opened.open_positions() {
                let position = &opened.positions[place];
                let (id, points, scale) = (position.series(), position.points(), engine.scale);
                // A series that has ended may be gone once the position is settled; what it pays stays as it was.
                let before = self.registry.series(id)?;
                let terms = before.terms()?;
                let capped =
                    scale.native(points, terms.cap_payoff().ok_or(MathError::CapOutOfRange)?, Rounding::Floor)?.0;
                let owed = |index| -> Result<i64> {
                    let owed = funding::owed(points, index, position.snapshot(), scale)?;
                    Ok(owed.checked_neg()?.0)
                };
                let known = HoldingValue {
                    series: id,
                    underlying: before.underlying,
                    points: points.0,
                    terms,
                    ended: true,
                    spot: None,
                    mark: before.payoff(),
                    value: 0,
                    pending: 0,
                    funding_per_day: 0,
                    carry_per_day: 0,
                    at_cap: capped,
                    sigma: Ratio::ONE,
                    scale,
                };
                if before.status() != SeriesStatus::Live {
                    let value = scale.native(points, before.payoff(), Rounding::Floor)?.0;
                    values.push(HoldingValue { value, pending: owed(before.funding().index)?, ..known });
                    continue;
                }
                let series = engine.registry.series(id)?;
                let market = engine.market.get(series.underlying)?;
                let sigma = market.sigma_at(&terms)?;
                let priced = slope_at_least(&OptionPricer::new(&terms, sigma)?, market.spot())?;
                let mark = priced.valuation.value()?;
                let of_funding = (market.funding_sigma_at(&terms)?, market.spot());
                let day = PerDay::of(&terms, of_funding, engine.pool, series.underlying)?;
                let (funding_per_day, carry_per_day) = day.native(points, scale)?;
                values.push(HoldingValue {
                    ended: false,
                    spot: Some(market.price.spot),
                    mark,
                    value: scale.native(points, mark, Rounding::Floor)?.0,
                    pending: owed(series.funding().index)?,
                    funding_per_day,
                    carry_per_day,
                    sigma,
                    ..known
                });
            }
            Ok(values)
        })?;
        Ok(values)
    }
}

/// Profit and loss that is not realised yet, native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unrealised {
    /// Live positions at the mark, less their cost.
    pub positions: i64,
    /// Positions of series that have ended, as they will be paid, less their cost.
    pub ended: i64,
    /// Funding since the last settlements, and what the pool still owes of earlier one; negative where the account owes it.
    pub funding: i64,
    /// Losses by seizure that the account bears when it is next touched, a negative number.
    pub losses: i64,
}

impl Unrealised {
    /// Returns the sum.
    pub fn total(&self) -> i128 {
        [self.positions, self.ended, self.funding, self.losses].into_iter().map(i128::from).sum()
    }
}

/// Reason why there is no [`Performance`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPerformance {
    /// The history is not complete.
    #[error("{0}")]
    Gap(#[from] Gap),
    /// There is no quote.
    #[error("{0}")]
    Quote(#[from] QuoteError),
}

/// What an account has made until now: `deposits − withdrawals + realised + unrealised = equity + set aside`, to the unit. Amounts are native units.
#[derive(Clone, Debug)]
pub struct Performance {
    /// Tokens that came in.
    pub deposits: i128,
    /// Tokens that went out, a positive number.
    pub withdrawals: i128,
    /// Realised profit and loss by kind.
    pub realised: Parts,
    /// What is not realised yet.
    pub unrealised: Unrealised,
    /// Equity as the program counts it: cash if all positions were closed at the mark, rounded down.
    pub equity: i64,
    /// What is set aside for tips, bonds and stakes, as it was promised; losses by seizure are taken from it when it is paid.
    pub set_aside: i64,
    /// Positions at this moment.
    pub holdings: Vec<HoldingValue>,
}

impl Performance {
    /// Joins a statement with the account as it stands in a view of its pool.
    ///
    /// # Errors
    /// [`NoPerformance::Gap`] where the history is not complete, or not of the same moment as the account; [`NoPerformance::Quote`] when a price is missing or
    /// refused.
    pub fn of(
        statement: &Statement,
        view: &PoolView,
        account: &MarginAccount,
    ) -> core::result::Result<Self, NoPerformance> {
        statement.check(account)?;
        let (quote, holdings) = (view.account(account)?, view.holdings(account)?);
        let fits = |amount: Option<i64>| amount.ok_or(QuoteError::from(MathError::Overflow));
        let losses = fits(view.opened(account)?.cash.checked_sub(account.cash))?;
        let owed = fits(i64::try_from(account.unpaid).ok())?;
        let mut unrealised = Unrealised { losses, funding: owed, ..Unrealised::default() };
        for value in &holdings {
            let cost = statement.holding(value.series).ok_or(Gap::Differs)?.cost;
            let gain = fits(value.value.checked_sub(cost))?;
            let sum = if value.ended { &mut unrealised.ended } else { &mut unrealised.positions };
            *sum = fits(sum.checked_add(gain))?;
            unrealised.funding = fits(unrealised.funding.checked_add(value.pending))?;
        }
        let moved = statement.moved();
        let performance = Self {
            deposits: moved.of(MovementKind::Deposit),
            withdrawals: -moved.of(MovementKind::Withdrawal),
            realised: *statement.realised(),
            unrealised,
            equity: quote.equity,
            set_aside: statement.set_aside(),
            holdings,
        };
        // Sums of a complete history that do not add up would be a fault of this library: better no figures than wrong ones.
        if performance.excess() == 0 { Ok(performance) } else { Err(Gap::Differs.into()) }
    }

    /// Returns equity and what is set aside less what they should be by the sums: zero.
    fn excess(&self) -> i128 {
        let wealth = i128::from(self.equity) + i128::from(self.set_aside);
        wealth - (self.deposits - self.withdrawals + self.realised.total() + self.unrealised.total())
    }

    /// Returns profit and loss, realised and not.
    pub fn profit(&self) -> i128 {
        self.realised.total() + self.unrealised.total()
    }
}
