//! Conditional orders: the trade that is due now, and the check of the condition.

use super::{
    Direction, PoolEngine,
    allowance::charge_delegate,
    arrears::{clear, tell},
    bonds::bond_of,
    capacity::reserve_capacity,
    commitments::series_of,
    priced::free_cash,
    restorable::Restorable,
};
use crate::{
    ensure,
    errors::DisplayDollars,
    state::{CancelReason, Commitment, Leg, MarginAccount, Order, Pool, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// The trade of an order at this moment.
#[derive(Debug)]
pub struct DueOrder {
    /// Legs of the trade. A reducing order is cut to the position.
    pub legs: Vec<Leg>,
    /// Least change of cash accepted, native units.
    pub min_net: i64,
    /// Whether the legs add risk. It determines the use of the price and the action that can be paused.
    pub direction: Direction,
}

/// Result of the check of an order's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderCheck {
    /// The condition is met, and the trade is to be committed.
    Committed,
    /// The order is over. Only funding was settled.
    Cancelled(CancelReason),
}

impl DueOrder {
    /// Returns the trade that is due, or the reason if the order is over. No price is read.
    ///
    /// Errors: `OptionNotListed` while one of its options has no live series; the order then waits.
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

    /// Commits the trade, reserves its capacity and sets its bond aside. Where it adds risk the limit is at most what the cash beside the bond pays, so that
    /// at a worse price the order waits on; and where written options need more than that cash, the account needs initial health beside the bond, as for a
    /// trade that is committed directly. What a delegate has placed is held of their allowance. Errors: those of [`reserve_capacity`], `DelegateRests`, `AllowanceExceeded`, `InsufficientCash`, `SeriesExercised`, `InsufficientHealth`.
    pub fn commit(&self, engine: &mut PoolEngine, account: &mut MarginAccount, order: &Order) -> Result<()> {
        let (pool, registry, now) = (&mut *engine.pool, &mut *engine.registry, engine.market.now().0);
        let openings = reserve_capacity(pool, registry, account, &self.legs, now)?;
        let (bond, collected) = self.reserve_bond(pool, registry, account, now)?;
        tell(account, &order.account, collected);
        registry.hold(&self.legs)?;
        let min_net = match self.direction {
            Direction::Adding => self.min_net.max(account.cash.max(0).saturating_neg()),
            Direction::Reducing => self.min_net,
        };
        let closing = u8::from(order.terms.reduce_only) | account.closing_bits(&self.legs);
        let number = order.number.checked_add(1).ok_or(crate::errors::EvergreenError::Overflow)?;
        let commitment = Commitment::new(now, &pool.params, &self.legs, openings, closing, min_net)?;
        account.commitment = Commitment { bond: bond.0, order: number, ..commitment };
        if order.trader != account.owner {
            charge_delegate(pool, registry, account, now)?;
        }
        let written = account.has_written();
        let is_adding = self.direction == Direction::Adding;
        if is_adding && written && free_cash(engine.scale, engine.registry, account)?.is_negative() {
            engine.check_initial_health(account)?;
        }
        Ok(())
    }

    /// Sets the bond of the trade aside, and returns it with the arrears that were collected before a trade that adds risk, at `now` in unix seconds. Errors: `InArrears`,
    /// `InsufficientCash`, `UnknownSeries`, `Overflow`.
    fn reserve_bond(
        &self,
        pool: &mut Pool,
        registry: &SeriesRegistry,
        account: &mut MarginAccount,
        now: i64,
    ) -> Result<(Native, Native)> {
        let collected = if self.direction == Direction::Adding { clear(pool, account, now)? } else { Native::ZERO };
        let bond = bond_of(pool, registry, account, &self.legs)?;
        pool.reserve_tip(account, bond)?;
        Ok((bond, collected))
    }
}

impl PoolEngine<'_> {
    /// Checks whether the condition of an order is met at the present prices. `key` names the account in events.
    ///
    /// 1. Prices must be published after the order was placed, and the trigger must be met.
    /// 2. Funding is settled, and what the pool may not pay of it stays owed. The trade is tried beside its bond, its limit must hold, and all its changes are undone.
    /// 3. If the account cannot bear the trade, the order is over.
    ///
    /// Errors: `OrderPriceTooEarly`, `OrderNotTriggered`, `UnderlyingSilent`, `PoolExhausted`, those of [`PoolEngine::trade`] that leave the order open.
    #[inline(never)]
    pub fn check_order(
        &mut self,
        order: &Order,
        due: &DueOrder,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<OrderCheck> {
        self.market.check_published_after(order.placed_at)?;
        if due.direction == Direction::Adding {
            self.market.check_sampled(i64::MAX)?;
        }
        if let Some(trigger) = &order.terms.trigger {
            let spot = self.market.get(trigger.underlying)?.price.spot;
            let (met, wanted) = (trigger.is_met(spot)?, trigger.dollars()?);
            ensure!(met, OrderNotTriggered, "spot {}, trigger {}", DisplayDollars(spot), DisplayDollars(wanted));
        }
        self.settle(account, key)?;
        // Whoever commits chooses the moment, and nothing else of this is paid.
        self.owe(account, key)?;
        // What is restored is touched, so that the commitment knows what the legs pay for their places.
        for leg in &due.legs {
            self.mark(leg.series)?;
        }
        let before = Restorable::of(self, account, &series_of(&due.legs))?;
        // What stays owed is settled again by the fill.
        self.take_up(account, None)?;
        self.count_collected()?;
        let tried = match due.reserve_bond(self.pool, self.registry, account, self.market.now().0) {
            Ok(_) => self.trade(account, &due.legs, due.direction, due.min_net).map(drop),
            Err(error) => Err(error),
        };
        before.restore(self, account)?;
        match tried {
            Ok(()) => Ok(OrderCheck::Committed),
            // At an uncertain price the rules are stricter, so the order waits if they fail.
            Err(error) => match CancelReason::of(&error).filter(|_| !self.market.is_uncertain()) {
                Some(reason) => Ok(OrderCheck::Cancelled(reason)),
                None => Err(error),
            },
        }
    }
}
