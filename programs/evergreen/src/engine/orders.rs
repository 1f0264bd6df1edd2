//! Conditional orders: what is due of one now, and whether its condition is met, so that it is committed.

use super::{Direction, PoolEngine, commitments::series_of, restorable::Restorable};
use crate::{
    ensure,
    errors::DisplayDollars,
    state::{CancelReason, Commitment, Leg, MarginAccount, Order, Pool, SeriesRegistry},
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

/// What becomes of an order whose condition was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderCheck {
    /// Its condition is met: its trade is committed.
    Committed,
    /// It is over; nothing but settled funding has changed.
    Cancelled(CancelReason),
}

impl DueOrder {
    /// What is due of an order, before any price is read; a reason if it is over or has nothing to do any more.
    ///
    /// Errors: `OptionNotListed` while no series is an option of it: the order waits.
    #[inline(never)]
    pub fn of(
        order: &Order,
        registry: &SeriesRegistry,
        account: &MarginAccount,
        now: i64,
    ) -> Result<core::result::Result<Self, CancelReason>> {
        if now >= order.terms.expires_at {
            return Ok(Err(CancelReason::Expired));
        }
        if !order.is_of_trader(account) {
            return Ok(Err(CancelReason::DelegateDismissed));
        }
        let legs = registry.resolve(&order.terms.legs)?;
        let Some((legs, min_net)) = order.terms.for_account(legs, account)? else {
            return Ok(Err(CancelReason::NothingToReduce));
        };
        let direction = Direction::of(&legs, account);
        Ok(Ok(Self { legs, min_net, direction }))
    }

    /// The commitment of its trade. An order that only reduces must not open, whatever becomes of the position until its price
    /// is there.
    pub fn commitment(&self, order: &Order, now: i64) -> Result<Commitment> {
        let closing = u8::from(order.terms.reduce_only);
        let number = order.number.checked_add(1).ok_or(crate::errors::EvergreenError::Overflow)?;
        Ok(Commitment { order: number, ..Commitment::new(now, &self.legs, closing, self.min_net) })
    }
}

impl PoolEngine<'_> {
    /// Looks whether the condition of an order is met at the prices of now, `key` naming the account in events.
    ///
    /// 1. Prices were published after it was placed; the trigger.
    /// 2. Funding is settled, and the legs are tried: the limit must hold. All that they change is put back.
    /// 3. Where the account cannot bear the trade the order is over.
    ///
    /// Errors: `OrderPriceTooEarly`, `OrderNotTriggered`, those of [`PoolEngine::trade`] that leave the order open.
    #[inline(never)]
    pub fn check_order(
        &mut self,
        order: &Order,
        due: &DueOrder,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<OrderCheck> {
        self.market.check_published_after(order.placed_at)?;
        if let Some(trigger) = &order.terms.trigger {
            let spot = self.market.get(trigger.underlying)?.price.spot;
            let (met, wanted) = (trigger.is_met(spot)?, trigger.dollars()?);
            ensure!(met, OrderNotTriggered, "spot {}, trigger {}", DisplayDollars(spot), DisplayDollars(wanted));
        }
        self.settle(account, key)?;
        let before = Restorable::of(self, account, &series_of(&due.legs))?;
        let tried = self.trade(account, &due.legs, due.direction, due.min_net);
        before.restore(self, account)?;
        match tried {
            Ok(_) => Ok(OrderCheck::Committed),
            // At an uncertain price the stricter rule says nothing about what the account can bear: the order waits.
            Err(error) => match CancelReason::of(&error).filter(|_| !self.market.is_uncertain()) {
                Some(reason) => Ok(OrderCheck::Cancelled(reason)),
                None => Err(error),
            },
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
