//! A venue that is made up: perpetual futures on whatever prices it is shown, with fees, a spread, impact, funding and delay.

use super::{CoinOrder, Hedge, HedgeAccount, HedgeCosts};
use crate::convert::Decimal;
use std::collections::BTreeMap;

/// Places after the point of every dollar of a paper account.
const PLACES: u32 = 8;
/// Seconds of a year.
const YEAR: i64 = 365 * 86_400;

/// What a venue takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaperTerms {
    /// Fee of a fill, as a share of what is bought or sold.
    pub fee: Decimal,
    /// Half of the spread, as a share of the price.
    pub half_spread: Decimal,
    /// By how much more a fill is worse, as a share of the price for each coin of its size.
    pub impact: Decimal,
    /// Funding that a long position pays a year, as a share of its worth, and a short one receives; negative the other way round.
    pub funding: Decimal,
    /// Seconds from an order to the first price at which it can be filled.
    pub delay: i64,
    /// The least size of an order, and what sizes are multiples of, coins.
    pub lot: Decimal,
}

impl Default for PaperTerms {
    /// Five basis points of fee, one of half spread, one more for each coin, funding of 10 % a year, two seconds, a thousandth of a coin.
    fn default() -> Self {
        let bps = |bps: i64| Decimal::new(bps, 4);
        Self {
            fee: bps(5),
            half_spread: bps(1),
            impact: bps(1),
            funding: bps(1_000),
            delay: 2,
            lot: Decimal::new(1, 3),
        }
    }
}

/// A paper account. Nothing of it exists anywhere else; it shows what hedging would have cost.
///
/// ```
/// use evergreen_sdk::hedge::{CoinOrder, Paper, PaperTerms};
///
/// let mut paper = Paper::new(PaperTerms::default());
/// paper.observe("BTC", 100, 100_000.into())?;
/// paper.take(&CoinOrder { number: 0, underlying: "BTC".into(), coins: "0.5".parse()?, at: 100 })?;
/// // It is filled at the first price two seconds later, for a fee of five basis points of 50,500 dollars.
/// paper.observe("BTC", 103, 101_000.into())?;
/// let account = paper.account_of("BTC");
/// assert_eq!((account.coins, account.costs.delay), ("0.5".parse()?, 500.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Paper {
    terms: PaperTerms,
    markets: BTreeMap<String, Market>,
    next_number: u64,
}

/// Reason why a paper venue refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// No price of the underlying was shown yet.
    #[error("there is no price of {0}")]
    NoPrice(String),
    /// A price is not above zero, or older than the one before.
    #[error("price {price} of {underlying} at {at}: it has to be above zero, and no older than the one before")]
    Price {
        /// Symbol of the underlying.
        underlying: String,
        /// Dollars.
        price: Decimal,
        /// Unix seconds.
        at: i64,
    },
    /// The number of an order is neither taken nor the next one.
    #[error("order {number}, the next one is {next}")]
    Number {
        /// Its number.
        number: u64,
        /// The next one.
        next: u64,
    },
    /// The size of an order is no multiple of the lot, or zero.
    #[error("{coins} coins, a lot is {lot}")]
    Lot {
        /// Coins of the order.
        coins: Decimal,
        /// The lot.
        lot: Decimal,
    },
    /// A number does not fit.
    #[error("a number does not fit")]
    Overflow,
}

#[derive(Clone, Debug, Default)]
struct Market {
    price: Decimal,
    at: i64,
    coins: Decimal,
    /// Dollars received less dollars paid.
    cash: Decimal,
    costs: HedgeCosts,
    under_way: Vec<Pending>,
}

/// An order with the price at which it was decided.
#[derive(Clone, Debug)]
struct Pending {
    coins: Decimal,
    at: i64,
    price: Decimal,
}

/// Rounds what is paid up, and what is received toward zero.
fn against(dollars: Decimal) -> Decimal {
    dollars.round_dp_with_strategy(PLACES, rust_decimal::RoundingStrategy::ToPositiveInfinity)
}

impl Paper {
    /// Makes an empty account.
    pub const fn new(terms: PaperTerms) -> Self {
        Self { terms, markets: BTreeMap::new(), next_number: 0 }
    }

    /// Shows the venue a price in dollars, published at so many unix seconds: funding is paid up to then, and orders whose delay is over are filled.
    ///
    /// # Errors
    /// `Price`, `Overflow`.
    pub fn observe(&mut self, underlying: &str, at: i64, price: Decimal) -> Result<(), PaperError> {
        let terms = self.terms;
        let market = self.markets.entry(underlying.to_owned()).or_default();
        if price <= Decimal::ZERO || at < market.at {
            return Err(PaperError::Price { underlying: underlying.to_owned(), price, at });
        }
        let done = market.advance(&terms, at, price);
        done.ok_or(PaperError::Overflow)
    }

    /// Takes an order, once.
    ///
    /// # Errors
    /// `NoPrice`, `Number`, `Lot`.
    pub fn take(&mut self, order: &CoinOrder) -> Result<(), PaperError> {
        if order.number < self.next_number {
            return Ok(());
        }
        if order.number > self.next_number {
            return Err(PaperError::Number { number: order.number, next: self.next_number });
        }
        let lot = self.terms.lot;
        let is_whole = order.coins.checked_rem(lot).is_some_and(|rest| rest.is_zero());
        if order.coins.is_zero() || !is_whole {
            return Err(PaperError::Lot { coins: order.coins, lot });
        }
        let market = self.markets.get_mut(&order.underlying);
        let market = market.ok_or_else(|| PaperError::NoPrice(order.underlying.clone()))?;
        market.under_way.push(Pending { coins: order.coins, at: order.at.max(market.at), price: market.price });
        self.next_number += 1;
        Ok(())
    }

    /// Returns the account, as far as it is about one underlying; an empty one for an underlying that was never shown.
    pub fn account_of(&self, underlying: &str) -> HedgeAccount {
        let (next_number, lot) = (self.next_number, self.terms.lot);
        let Some(market) = self.markets.get(underlying) else {
            return HedgeAccount { next_number, lot, ..HedgeAccount::default() };
        };
        HedgeAccount {
            coins: market.coins.normalize(),
            under_way: market.under_way.iter().map(|pending| pending.coins).sum(),
            next_number,
            lot,
            profit: (market.cash + market.coins * market.price).normalize(),
            costs: market.costs,
        }
    }
}

impl Market {
    fn advance(&mut self, terms: &PaperTerms, at: i64, price: Decimal) -> Option<()> {
        let seconds = Decimal::from(at - self.at);
        if !self.coins.is_zero() {
            let worth = self.coins.checked_mul(self.price)?;
            let funding = worth.checked_mul(terms.funding)?.checked_mul(seconds)?.checked_div(Decimal::from(YEAR))?;
            self.pay(against(funding), |costs| &mut costs.funding)?;
        }
        (self.at, self.price) = (at, price);
        let (due, waiting) = std::mem::take(&mut self.under_way)
            .into_iter()
            .partition::<Vec<_>, _>(|pending| pending.at.saturating_add(terms.delay) <= at);
        self.under_way = waiting;
        for pending in due {
            self.fill(terms, &pending)?;
        }
        Some(())
    }

    fn fill(&mut self, terms: &PaperTerms, order: &Pending) -> Option<()> {
        let (size, price) = (order.coins.abs(), self.price);
        self.cash = self.cash.checked_sub(order.coins.checked_mul(price)?)?;
        self.coins = self.coins.checked_add(order.coins)?;
        let moved = order.coins.checked_mul(price.checked_sub(order.price)?)?;
        self.costs.delay = self.costs.delay.checked_add(moved)?;
        let worth = size.checked_mul(price)?;
        let worse = terms.half_spread.checked_add(terms.impact.checked_mul(size)?)?;
        self.pay(against(worth.checked_mul(worse)?), |costs| &mut costs.slippage)?;
        self.pay(against(worth.checked_mul(terms.fee)?), |costs| &mut costs.fees)
    }

    fn pay(&mut self, dollars: Decimal, cost: impl Fn(&mut HedgeCosts) -> &mut Decimal) -> Option<()> {
        self.cash = self.cash.checked_sub(dollars)?;
        let cost = cost(&mut self.costs);
        *cost = cost.checked_add(dollars)?;
        Some(())
    }
}

impl Hedge for Paper {
    type Error = PaperError;

    async fn account(&mut self, underlying: &str) -> Result<HedgeAccount, PaperError> {
        Ok(self.account_of(underlying))
    }

    async fn order(&mut self, order: &CoinOrder) -> Result<(), PaperError> {
        self.take(order)
    }

    async fn show(&mut self, underlying: &str, published: i64, price: Decimal) -> Result<(), PaperError> {
        self.observe(underlying, published, price)
    }
}
