//! Execution of an order: what is due of it now, and what comes of that.

use super::{Direction, PoolEngine, TradeResult};
use crate::{
    ensure,
    errors::DisplayDollars,
    state::{CancelReason, Leg, MarginAccount, Order, OrderTerms, Pool, Series, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// What an order asks for at this moment.
#[derive(Debug)]
pub struct DueOrder {
    /// Its legs; of an order that only reduces, as much as closes the position.
    pub legs: Vec<Leg>,
    /// Least change of cash accepted, native units.
    pub min_net: i64,
    /// Whether they add risk: names the row of the price table and what may be paused.
    pub direction: Direction,
}

/// What came of an order.
#[derive(Debug)]
pub enum OrderOutcome {
    /// It was traded.
    Executed(TradeResult),
    /// It is over; nothing but settled funding has changed.
    Cancelled(CancelReason),
}

impl OrderOutcome {
    /// Whether whoever called earns the tip.
    pub const fn pays_keeper(&self) -> bool {
        match self {
            Self::Executed(_) => true,
            Self::Cancelled(reason) => reason.pays_keeper(),
        }
    }
}

impl DueOrder {
    /// What is due of an order, before any price is read; a reason if it is over or has nothing to do any more.
    #[inline(never)]
    pub fn of(
        terms: &OrderTerms,
        registry: &mut SeriesRegistry,
        account: &MarginAccount,
        now: i64,
    ) -> Result<core::result::Result<Self, CancelReason>> {
        if now >= terms.expires_at {
            return Ok(Err(CancelReason::Expired));
        }
        if terms.legs.iter().any(|leg| registry.live_mut(leg.series).is_err()) {
            return Ok(Err(CancelReason::SeriesGone));
        }
        let Some((legs, min_net)) = terms.for_account(account)? else {
            return Ok(Err(CancelReason::NothingToReduce));
        };
        let direction = Direction::of(&legs, account);
        Ok(Ok(Self { legs, min_net, direction }))
    }
}

impl PoolEngine<'_> {
    /// Tries what is due of an order, `key` naming the account in events.
    ///
    /// 1. Prices published after it was placed; the trigger.
    /// 2. Funding is settled, the legs are traded.
    /// 3. An account that cannot bear the trade keeps what it had, and the order is over.
    ///
    /// Errors: `OrderPriceTooEarly`, `OrderNotTriggered`, those of [`PoolEngine::trade`] that leave the order open.
    #[inline(never)]
    pub fn execute_order(
        &mut self,
        order: &Order,
        due: &DueOrder,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<OrderOutcome> {
        self.market.check_published_after(order.placed_at)?;
        if let Some(trigger) = &order.terms.trigger {
            let spot = self.market.get(trigger.underlying)?.price.spot;
            let (met, wanted) = (trigger.is_met(spot)?, trigger.dollars()?);
            ensure!(met, OrderNotTriggered, "spot {}, trigger {}", DisplayDollars(spot), DisplayDollars(wanted));
        }
        self.settle(account, key)?;
        let before = Box::new(Restorable::of(self, account, &due.legs)?);
        match self.trade(account, &due.legs, due.direction, due.min_net) {
            Ok(done) => Ok(OrderOutcome::Executed(done)),
            Err(error) => {
                // At an uncertain price the stricter rule says nothing about what the account can bear: the order waits.
                let reason = CancelReason::of(&error).filter(|_| !self.market.is_uncertain()).ok_or(error)?;
                before.restore(self, account, &due.legs)?;
                Ok(OrderOutcome::Cancelled(reason))
            }
        }
    }
}

impl Pool {
    /// Counts an order out of its account, whose tip is then `keeper`'s, or goes back to the account where there is no keeper
    /// to be paid. Returns the tip, native units.
    pub fn close_order(
        &mut self,
        order: &Order,
        account: &mut MarginAccount,
        keeper: Option<&mut MarginAccount>,
    ) -> Result<Native> {
        account.release_order()?;
        let tip = order.tip(self)?;
        self.pay_tip(keeper.unwrap_or(account), tip)?;
        Ok(tip)
    }
}

/// Everything that a trade changes, as it was.
struct Restorable {
    pool: Box<Pool>,
    account: Box<MarginAccount>,
    series: Vec<Series>,
}

impl Restorable {
    #[inline(never)]
    fn of(engine: &PoolEngine, account: &MarginAccount, legs: &[Leg]) -> Result<Self> {
        let mut series = Vec::with_capacity(legs.len());
        for leg in legs {
            series.push(*engine.registry.series(leg.series)?);
        }
        Ok(Self { pool: Box::new(*engine.pool), account: Box::new(*account), series })
    }

    #[inline(never)]
    fn restore(&self, engine: &mut PoolEngine, account: &mut MarginAccount, legs: &[Leg]) -> Result<()> {
        *engine.pool = *self.pool;
        *account = *self.account;
        for (leg, series) in legs.iter().zip(&self.series) {
            *engine.registry.series_mut(leg.series)? = *series;
        }
        Ok(())
    }
}
