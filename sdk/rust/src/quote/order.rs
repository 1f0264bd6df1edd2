//! Quotes of the execution of orders.

use super::{AccountQuote, LegQuote, PoolView, Result};
use evergreen::{
    engine::{Direction, DueOrder, OrderOutcome, PoolEngine},
    state::{CancelReason, MarginAccount, Order, Pool, SeriesId, SeriesRegistry},
};

/// Result of the execution of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderResolution {
    /// The order is traded.
    Executed {
        /// Change of cash by all legs, fees included, native units; negative if the account pays.
        net: i64,
        /// The legs.
        legs: Vec<LegQuote>,
        /// Whether the trade adds risk or only reduces it.
        direction: Direction,
    },
    /// The order is cancelled, because it can no longer be executed or the account cannot bear it. No position changes.
    Cancelled(CancelReason),
}

/// Result of executing an order, and the accounts afterwards.
///
/// ```
/// use evergreen_sdk::quote::{OrderResolution, OrderQuote};
///
/// /// Returns the change of the trader's claims, native units: the trade, and the tip that was set aside for the keeper.
/// fn change(quote: &OrderQuote) -> i64 {
///     let net = match &quote.fate {
///         OrderResolution::Executed { net, .. } => *net,
///         OrderResolution::Cancelled(_) => 0,
///     };
///     net - quote.reward() as i64
/// }
/// ```
#[derive(Clone)]
pub struct OrderQuote {
    /// Whether the order is executed or cancelled, and how.
    pub fate: OrderResolution,
    /// Tip after losses by seizure, native units.
    pub tip: u64,
    /// Whether the keeper gets the tip. Otherwise the tip goes back to the account.
    pub keeper_paid: bool,
    /// The account afterwards; `None` for an order that is cancelled before prices are read.
    pub after: Option<AccountQuote>,
    /// The margin account afterwards, byte for byte.
    pub account_after: Box<MarginAccount>,
    /// The pool afterwards, byte for byte, for a keeper whose cash is not negative.
    pub pool_after: Box<Pool>,
    /// The registry afterwards, byte for byte.
    pub registry_after: Box<SeriesRegistry>,
}

impl OrderQuote {
    /// Returns what the keeper who executes the order gets, native units.
    pub const fn reward(&self) -> u64 {
        if self.keeper_paid { self.tip } else { 0 }
    }
}

/// A keeper finds out whether an order can be executed like this:
///
/// ```
/// use evergreen_sdk::{evergreen::state::{MarginAccount, Order}, quote::{OrderQuote, PoolView, QuoteError}};
///
/// /// Returns `None` while the order's conditions are not met.
/// fn due(view: &PoolView, order: &Order, account: &MarginAccount) -> Result<Option<OrderQuote>, QuoteError> {
///     const WAITING: [&str; 3] = ["OrderNotTriggered", "LimitExceeded", "OrderPriceTooEarly"];
///     match view.order(order, account) {
///         Err(QuoteError::Refused(refusal)) if WAITING.iter().any(|name| refusal.is(name)) => Ok(None),
///         quote => quote.map(Some),
///     }
/// }
/// ```
impl PoolView {
    /// Returns the result of executing an order now. `account` is the margin account of the order.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) with the refusal that the program would make; the order then stays open. `OrderNotTriggered`,
    /// `LimitExceeded` and `OrderPriceTooEarly` mean that the order's conditions are not met yet.
    pub fn order(&self, order: &Order, account: &MarginAccount) -> Result<OrderQuote> {
        let mut scratch = self.scratch();
        let key = self.account_key(account);
        order.check()?;
        let mut changed = self.opened(account)?;
        let due = DueOrder::of(&order.terms, &mut scratch.registry, &changed, self.now)?;
        let mut keeper = self.empty_account();
        let mut close = |pool: &mut Pool, account: &mut MarginAccount, outcome: &OrderOutcome| -> Result<(u64, bool)> {
            let earner = outcome.pays_keeper().then_some(&mut keeper);
            let tip = pool.close_order(order, account, earner)?.0;
            Ok((tip, outcome.pays_keeper() && tip > 0))
        };
        let (fate, (tip, keeper_paid), after) = match due {
            Err(reason) => {
                let closed = close(&mut scratch.pool, &mut changed, &OrderOutcome::Cancelled(reason))?;
                (OrderResolution::Cancelled(reason), closed, None)
            }
            Ok(due) => {
                self.check_allowed(due.direction)?;
                let places = self.needed_by(order, &changed)?;
                let market = self.market(&mut scratch.pool, due.direction.price_use(), &places)?;
                let mut engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
                let outcome = engine.execute_order(order, &due, &mut changed, &key)?;
                let fate = OrderResolution::of(&engine, account, &due, &outcome)?;
                let closed = close(engine.pool, &mut changed, &outcome)?;
                (fate, closed, Some(AccountQuote::on(&mut engine, &changed)?))
            }
        };
        Ok(OrderQuote {
            fate,
            tip,
            keeper_paid,
            after,
            account_after: changed,
            pool_after: scratch.pool,
            registry_after: scratch.registry,
        })
    }

    /// Returns the places of the underlyings whose prices the execution of an order needs, in rising order: those of its legs, of
    /// its trigger and of the account's live positions.
    ///
    /// # Errors
    /// [`QuoteError::Refused`](super::QuoteError::Refused) with `UnknownSeries`.
    pub fn needed_by(&self, order: &Order, account: &MarginAccount) -> Result<Vec<u8>> {
        let known = |id: &SeriesId| self.registry.series(*id).is_ok();
        let mut places = self.needed(account, order.terms.legs.iter().map(|leg| leg.series).filter(known))?;
        places.extend(order.terms.trigger.map(|trigger| trigger.underlying));
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }
}

impl OrderResolution {
    /// Converts the outcome of an execution; `account` is the account as it was before.
    fn of(engine: &PoolEngine<'_>, account: &MarginAccount, due: &DueOrder, outcome: &OrderOutcome) -> Result<Self> {
        Ok(match outcome {
            OrderOutcome::Cancelled(reason) => Self::Cancelled(*reason),
            OrderOutcome::Executed(done) => Self::Executed {
                net: done.net.0,
                legs: done.fills.iter().map(|fill| LegQuote::of(engine, account, fill)).collect::<Result<_>>()?,
                direction: due.direction,
            },
        })
    }
}

#[cfg(test)]
mod tests;
