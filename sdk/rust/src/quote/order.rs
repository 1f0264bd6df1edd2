//! Quotes of the execution of orders.

use super::{AccountQuote, PoolView, Result};
use evergreen::{
    Leg,
    engine::{self, Direction, DueOrder, OrderCheck, PoolEngine},
    state::{CancelReason, MarginAccount, Order, Pool, SeriesRegistry},
};

/// What becomes of an order whose condition is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderResolution {
    /// Its condition is met: its trade is committed, and the first price after that fills it.
    Committed {
        /// The legs; of an order that only reduces, as much as closes the position.
        legs: Vec<Leg>,
        /// Least change of cash accepted, native units.
        min_net: i64,
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
/// /// Returns what a keeper can earn who commits the order now and fills it, native units.
/// fn earned(quote: &OrderQuote) -> u64 {
///     match &quote.resolution {
///         OrderResolution::Committed { .. } => quote.tip,
///         OrderResolution::Cancelled(_) => 0,
///     }
/// }
/// ```
#[derive(Clone)]
pub struct OrderQuote {
    /// Whether the order is committed or cancelled, and how.
    pub resolution: OrderResolution,
    /// Tip after losses by seizure, native units.
    pub tip: u64,
    /// What a keeper has to stake who is not the owner, native units; zero where nothing is committed.
    pub stake: u64,
    /// The account afterwards; `None` for an order that is cancelled before prices are read.
    pub after: Option<AccountQuote>,
    /// The margin account afterwards, byte for byte.
    pub account_after: Box<MarginAccount>,
    /// The pool afterwards, byte for byte, for a keeper whose cash is not negative.
    pub pool_after: Box<Pool>,
    /// The registry afterwards, byte for byte.
    pub registry_after: Box<SeriesRegistry>,
}

/// A keeper finds out whether an order can be executed like this:
///
/// ```
/// use evergreen_sdk::{evergreen::state::{MarginAccount, Order}, quote::{OrderQuote, PoolView, QuoteError}};
///
/// /// Returns `None` while the order's conditions are not met.
/// fn due(view: &PoolView, order: &Order, account: &MarginAccount) -> Result<Option<OrderQuote>, QuoteError> {
///     const WAITING: [&str; 4] = ["OrderNotTriggered", "LimitExceeded", "OrderPriceTooEarly", "DelegateRests"];
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
    /// `LimitExceeded`, `OrderPriceTooEarly` and `DelegateRests` mean that the order's conditions are not met yet.
    pub fn order(&self, order: &Order, account: &MarginAccount) -> Result<OrderQuote> {
        let mut scratch = self.scratch();
        let key = self.account_key(account);
        order.check()?;
        order.check_waiting()?;
        let mut changed = self.opened(account)?;
        changed.commitment.check_none()?;
        let (mut after, mut stake) = (None, 0);
        let resolution = match DueOrder::of(order, &scratch.registry, &changed, self.now)? {
            Err(reason) => OrderResolution::Cancelled(reason),
            Ok(due) => {
                self.check_allowed(due.direction)?;
                let places = self.needed_by(order, &changed)?;
                let market = self.market(due.direction.price_use(), &places)?;
                let mut engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
                let check = engine.check_order(order, &due, &mut changed, &key)?;
                if check == OrderCheck::Committed {
                    due.commit(&mut engine, &mut changed, order)?;
                    let mut keeper = self.empty_account();
                    keeper.cash = i64::MAX;
                    stake = engine::stake(engine.pool, engine.registry, &mut changed, &mut keeper)?.0;
                }
                after = Some(AccountQuote::on(&mut engine, &changed)?);
                match check {
                    OrderCheck::Cancelled(reason) => OrderResolution::Cancelled(reason),
                    OrderCheck::Committed => OrderResolution::Committed {
                        legs: due.legs,
                        min_net: changed.commitment.min_net,
                        direction: due.direction,
                    },
                }
            }
        };
        let tip = order.tip(scratch.pool.loss_index)?.0;
        if matches!(resolution, OrderResolution::Cancelled(_)) {
            scratch.pool.close_order(order, &mut changed, None)?;
        }
        Ok(OrderQuote {
            resolution,
            tip,
            stake,
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
        let listed = order.terms.legs.iter().filter_map(|leg| self.registry.find(&leg.option).ok());
        let mut places = self.needed(account, listed)?;
        places.extend(order.terms.trigger.map(|trigger| trigger.underlying));
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }
}

#[cfg(test)]
mod tests;
