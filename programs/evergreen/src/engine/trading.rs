//! A whole trade: which rules apply, its legs, and what must hold when they are filled.

use super::{Execution, Fill, PoolEngine};
use crate::{
    ensure, error_with_context,
    errors::{EvergreenError, MathContext},
    oracle::PriceUse,
    state::{Action, Leg, MAX_POSITIONS, MarginAccount, Pool, Position, Protocol},
};
use anchor_lang::prelude::*;
use evergreen_math::{NativeDelta, margin::HealthLevel};

/// What a trade does to an account's positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Some position grows, or changes sides.
    Adding,
    /// Every leg only shrinks a position: an uncertain price will do, and health need only not fall.
    Reducing,
}

impl Direction {
    /// Of these legs.
    pub fn of(legs: &[Leg], account: &MarginAccount) -> Self {
        if legs.iter().all(|leg| account.is_shrunk_by(leg)) { Self::Reducing } else { Self::Adding }
    }

    /// Whether protocol and pool allow such trades now. Errors: `Paused`, `PoolHalted`.
    pub fn check_allowed(self, protocol: &Protocol, pool: &Pool, now: i64) -> Result<()> {
        match self {
            Self::Adding => {
                protocol.check_running(Action::AddRisk, now)?;
                pool.check_open_for_risk()
            }
            Self::Reducing => protocol.check_running(Action::ReduceRisk, now),
        }
    }

    /// Row of the price table.
    pub const fn price_use(self) -> PriceUse {
        match self {
            Self::Adding => PriceUse::AddRisk,
            Self::Reducing => PriceUse::ReduceRisk,
        }
    }
}

/// What a trade came to.
#[derive(Debug)]
pub struct TradeResult {
    /// Change of cash by all legs, fees included.
    pub net: NativeDelta,
    /// The legs.
    pub fills: Vec<Fill>,
}

/// The account after settlement and before the first leg.
struct Before {
    cash: i64,
    positions: [Position; MAX_POSITIONS],
}

impl PoolEngine<'_> {
    /// Closes a leg against the owner's will, at the mark and without fee. The account must not end below maintenance by it.
    ///
    /// Errors: those of [`PoolEngine::fill`], `HealthLowered`.
    #[inline(never)]
    pub fn force_close(&mut self, account: &mut MarginAccount, leg: &Leg) -> Result<Fill> {
        let before = self.health_of(account.cash(), &account.positions, HealthLevel::Maintenance)?;
        let fill = self.fill(account, leg, Execution::Mark)?;
        let after = self.health_of(account.cash(), &account.positions, HealthLevel::Maintenance)?;
        ensure!(
            !after.is_negative() || after >= before,
            HealthLowered,
            "health {} after, {} before",
            after.0,
            before.0
        );
        Ok(fill)
    }

    /// Trades for an account whose funding is settled: fills the legs at the quote, then checks the limit, sizes, reserves,
    /// cash and health. `direction` is what the prices of this engine's market were judged for. `min_net` is the least change of
    /// cash accepted, fees included (negative: the most to pay), native units.
    ///
    /// On an error the account, the pool and the series of the legs are left changed: the caller fails, or restores them.
    ///
    /// Errors: those of [`PoolEngine::fill`] and [`PoolEngine::check_sizes`], `ReserveLimit`, `InsufficientCash`, `InsufficientHealth`,
    /// `HealthLowered`, `LimitExceeded`.
    pub fn trade(
        &mut self,
        account: &mut MarginAccount,
        legs: &[Leg],
        direction: Direction,
        min_net: i64,
    ) -> Result<TradeResult> {
        let before = Before { cash: account.cash, positions: account.positions };
        let mut net = NativeDelta::ZERO;
        let mut fills = Vec::with_capacity(legs.len());
        for leg in legs {
            let fill = self.fill(account, leg, Execution::Quote)?;
            net = net.checked_add(fill.net()?).program()?;
            fills.push(fill);
        }
        ensure!(net.0 >= min_net, LimitExceeded, "net {}, limit {}", net.0, min_net);
        for leg in legs {
            self.check_sizes(account, leg)?;
        }
        if direction == Direction::Adding {
            self.pool.check_reserve()?;
        }
        self.check_health(account, &before, direction)?;
        Ok(TradeResult { net, fills })
    }

    /// Adding risk needs cash and initial health. A trade that only shrinks positions may instead leave maintenance
    /// health no lower than it was; with an uncertain price that is the only way. Cash must not end negative, unless the
    /// trade raised it (a sold option whose funding had eaten the cash).
    #[inline(never)]
    fn check_health(&mut self, account: &MarginAccount, before: &Before, direction: Direction) -> Result<()> {
        let reduces = direction == Direction::Reducing;
        let cash_holds = account.cash >= 0 || (reduces && account.cash >= before.cash);
        ensure!(cash_holds, InsufficientCash, "cash {} after the trade, {} before", account.cash, before.cash);
        let initial =
            if reduces && self.market.is_uncertain() { None } else { Some(self.initial_health_floor(account)?) };
        match initial {
            Some(health) if !health.is_negative() => return Ok(()),
            Some(health) if !reduces => {
                return Err(error_with_context!(
                    EvergreenError::InsufficientHealth,
                    "initial health {} after the trade",
                    health.0
                ));
            }
            _ => {}
        }
        let after = self.health_of(account.cash(), &account.positions, HealthLevel::Maintenance)?;
        let before = self.health_of(NativeDelta(before.cash), &before.positions, HealthLevel::Maintenance)?;
        ensure!(after >= before, HealthLowered, "maintenance health {} after, {} before", after.0, before.0);
        Ok(())
    }
}
