//! An order before somebody executes it.

use super::{AccountQuote, LegQuote, PoolView, Result};
use evergreen::{
    engine::{Direction, DueOrder, OrderOutcome, PoolEngine},
    state::{CancelReason, MarginAccount, Order, Pool, SeriesId, SeriesRegistry},
};

/// What would come of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderResolution {
    /// It is traded.
    Executed {
        /// Change of cash by all legs, fees included, native units; negative is paid.
        net: i64,
        /// The legs.
        legs: Vec<LegQuote>,
        /// Whether it adds risk or only reduces it.
        direction: Direction,
    },
    /// It is cancelled: it is over, or the account cannot bear it. Positions stay as they are.
    Cancelled(CancelReason),
}

/// What executing an order comes to, and how account and pool stand afterwards.
///
/// ```
/// use evergreen_sdk::quote::{OrderResolution, OrderQuote};
///
/// /// What it all comes to for the trader, the tip included that he had set aside.
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
    /// What would come of it.
    pub fate: OrderResolution,
    /// Tip, native units, losses by seizure taken off.
    pub tip: u64,
    /// Whether the keeper gets it; otherwise it goes back to the account.
    pub keeper_paid: bool,
    /// The account afterwards; `None` for an order that is over before prices are read.
    pub after: Option<AccountQuote>,
    /// The margin account afterwards, byte for byte.
    pub account_after: Box<MarginAccount>,
    /// The pool afterwards, byte for byte, for a keeper whose cash is not negative.
    pub pool_after: Box<Pool>,
    /// The registry afterwards, byte for byte.
    pub registry_after: Box<SeriesRegistry>,
}

impl OrderQuote {
    /// What whoever executes it gets, native units.
    pub const fn reward(&self) -> u64 {
        if self.keeper_paid { self.tip } else { 0 }
    }
}

/// A keeper's look at an order:
///
/// ```
/// use evergreen_sdk::{evergreen::state::{MarginAccount, Order}, quote::{OrderQuote, PoolView, QuoteError}};
///
/// /// `None` while its time has not come.
/// fn due(view: &PoolView, order: &Order, account: &MarginAccount) -> Result<Option<OrderQuote>, QuoteError> {
///     const WAITING: [&str; 3] = ["OrderNotTriggered", "LimitExceeded", "OrderPriceTooEarly"];
///     match view.order(order, account) {
///         Err(QuoteError::Refused(refusal)) if WAITING.iter().any(|name| refusal.is(name)) => Ok(None),
///         quote => quote.map(Some),
///     }
/// }
/// ```
impl PoolView {
    /// What executing an order now comes to, `account` being the margin account that it is for.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): whatever the program would refuse; the order stays open then. `OrderNotTriggered`, `LimitExceeded` and
    /// `OrderPriceTooEarly` say that its time has not come.
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

    /// Places of the underlyings whose prices the execution of an order needs: of its legs, its trigger and the account's
    /// live positions; in rising order.
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
    /// `account` as it was before.
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
