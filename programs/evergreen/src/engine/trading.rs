//! A whole trade: its direction, its legs, and the rules after they are filled.

use super::{Execution, Fill, PoolEngine, restorable::Restorable};
use crate::{
    ensure, error_with_context,
    errors::{EvergreenError, MathContext},
    oracle::PriceUse,
    state::{Action, Commitment, FeeShares, Leg, MAX_POSITIONS, MarginAccount, Pool, Position, Protocol},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, margin::HealthLevel};

/// Effect of a trade on the positions of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Some position becomes larger or changes its sign.
    Adding,
    /// Every leg only makes a position smaller. An uncertain price suffices, and health must only not fall.
    Reducing,
}

impl Direction {
    /// Returns the direction of these legs.
    pub fn of(legs: &[Leg], account: &MarginAccount) -> Self {
        if legs.iter().all(|leg| account.is_shrunk_by(leg)) { Self::Reducing } else { Self::Adding }
    }

    /// Checks that protocol and pool allow such trades at `now`. Off chain, where pauses may be unknown, the protocol may be `None`.
    /// Errors: `WrongVersion`, `Paused`, `PoolHalted`, `PoolDistressed`.
    pub fn check_allowed(self, protocol: Option<&Protocol>, pool: &Pool, now: i64) -> Result<()> {
        let action = if self == Self::Adding { Action::AddRisk } else { Action::ReduceRisk };
        if let Some(protocol) = protocol {
            protocol.check_running(action, now)?;
        }
        if self == Self::Adding { pool.check_open_for_risk() } else { Ok(()) }
    }

    /// Returns the use of the price.
    pub const fn price_use(self) -> PriceUse {
        match self {
            Self::Adding => PriceUse::AddRisk,
            Self::Reducing => PriceUse::ReduceRisk,
        }
    }
}

/// Result of a trade.
#[derive(Debug)]
pub struct TradeResult {
    /// Change of cash by all legs, fees included, in native units.
    pub net: NativeDelta,
    /// The legs.
    pub fills: Vec<Fill>,
    /// What a distressed pool could not pay for the legs, in native units. It is not part of `net`.
    pub cut: Native,
    /// What was settled before and stays owed because the pool may not pay it, in native units.
    pub owed: Native,
}

impl TradeResult {
    /// Returns the fees of all legs, in native units. Errors: `Overflow`.
    #[inline(never)]
    pub fn fee(&self) -> Result<Native> {
        self.fills.iter().try_fold(Native::ZERO, |sum, fill| sum.checked_add(fill.fee.total()?).program())
    }

    /// Returns whether a leg has no fee, because it was filled at its cap.
    pub(super) fn is_free_for_a_leg(&self) -> bool {
        self.fills.iter().any(|fill| fill.fee.total().is_ok_and(Native::is_zero))
    }
}

/// The account after settlement and before the first leg.
pub(super) struct Before {
    cash: i64,
    positions: [Position; MAX_POSITIONS],
}

impl Before {
    pub(super) const fn of(account: &MarginAccount) -> Self {
        Self { cash: account.cash, positions: account.positions }
    }
}

impl PoolEngine<'_> {
    /// Closes legs of a healthy account, which `key` names in events, against its owner's will, without fee, in the first of these ways that leaves it healthy. What is closed at the bid waits for
    /// the volatility samples that are due of its underlyings: otherwise whoever closes others would choose whether the bid counts them. A buy-back is done at the mark,
    /// which no sample moves at once.
    ///
    /// Errors: `SampleDue`; of the last way, those of closing the legs together.
    #[inline(never)]
    pub fn force_close(
        &mut self,
        (account, key): (&mut MarginAccount, &Pubkey),
        ways: &[&[Leg]],
        execution: Execution,
    ) -> Result<Vec<Fill>> {
        let touched: Vec<_> = ways.iter().flat_map(|legs| legs.iter().map(|leg| leg.series)).collect();
        for series in &touched {
            if execution == Execution::Forced {
                self.market.check_sample_taken(self.registry.series(*series)?.underlying)?;
            }
            self.settle_rest(account, key, *series)?;
        }
        let before = Restorable::of(self, account, &touched)?;
        let mut closed = Ok(Vec::new());
        for (number, legs) in ways.iter().enumerate() {
            if number > 0 {
                before.restore(self, account)?;
            }
            closed = self.close_legs(account, legs, execution);
            let is_unhealthy = matches!(&closed, Err(Error::AnchorError(error))
                if error.error_code_number == u32::from(EvergreenError::HealthLowered));
            if !is_unhealthy {
                break;
            }
        }
        closed
    }

    /// Closes legs against the owner's will, without fee. Maintenance health, which counts marks, must not be negative afterwards, whatever
    /// the prices are that were not passed, unless it did not fall.
    ///
    /// Errors: those of [`PoolEngine::fill`], `HealthLowered`.
    #[inline(never)]
    fn close_legs(&mut self, account: &mut MarginAccount, legs: &[Leg], execution: Execution) -> Result<Vec<Fill>> {
        let before = self.health_of(account.cash(), &self.priced(account)?.positions, HealthLevel::Maintenance)?;
        let mut fills = Vec::with_capacity(legs.len());
        for leg in legs {
            fills.push(self.fill(account, leg, execution)?);
        }
        let priced = self.priced(account)?;
        let after = self.health_of(account.cash(), &priced.positions, HealthLevel::Maintenance)?;
        ensure!(
            !after.checked_add(priced.least).program()?.is_negative() || after >= before,
            HealthLowered,
            "health {} after, {} before",
            after.0,
            before.0
        );
        Ok(fills)
    }

    /// Trades for an account whose funding is settled: fills the legs at the quote, then checks the limit, sizes, reserves,
    /// cash and health. `direction` is the one for which the prices of the engine's market were read. `min_net` is the least change of
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
        let before = Before::of(account);
        let mut result = self.fill_legs(account, legs)?;
        let least_points = self.pool.params.min_account_points;
        let terms = Commitment { min_net, least_points, ..Commitment::default() };
        self.check_trade(account, legs, direction, &before, &mut result, &terms)?;
        Ok(result)
    }

    /// Fills the legs at the quote; [`Self::check_trade`] checks the rules afterwards. Errors: those of [`PoolEngine::fill`].
    pub(super) fn fill_legs(&mut self, account: &mut MarginAccount, legs: &[Leg]) -> Result<TradeResult> {
        let mut net = NativeDelta::ZERO;
        let mut fills = Vec::with_capacity(legs.len());
        for leg in legs {
            let fill = self.fill(account, leg, Execution::Quote)?;
            net = net.checked_add(fill.net()?).program()?;
            fills.push(fill);
        }
        Ok(TradeResult { net, fills, cut: Native::ZERO, owed: Native::ZERO })
    }

    /// Takes back what the pool may not pay: funding stays owed, and of what the legs bring a distressed pool pays a part. Where that leaves a debt, the fees of the trade would be paid by nobody, and their shares out of the cash of other
    /// accounts: they are given back, and the pool pays what it has without them. Errors: `FundingUncollected`, `Overflow`.
    #[inline(never)]
    fn cut_trade(&mut self, account: &mut MarginAccount, direction: Direction, result: &mut TradeResult) -> Result<()> {
        (result.owed, result.cut) = self.set_aside(account, None, direction == Direction::Reducing)?;
        if result.owed.is_zero() && result.cut.is_zero() {
            return Ok(());
        }
        self.cut(account, None, result.cut)?;
        if account.cash >= 0 {
            return Ok(());
        }
        let capital = self.pool.capital()?;
        for fill in &mut result.fills {
            let fee = core::mem::replace(&mut fill.fee, FeeShares::NONE);
            self.pool.give_back_fee(account, &fee)?;
            result.net = result.net.checked_add(fee.total()?.to_delta().program()?).program()?;
        }
        self.pool.record_capital(self.market.done_at(), capital)?;
        // Whom the pool owes more is owed what it cannot give back of a fee; who has sold goes without.
        let missing = self.pool.overpaid(&self.found)?;
        let (owed, cut) = if result.owed.is_zero() { (Native::ZERO, missing) } else { (missing, Native::ZERO) };
        self.pool.record_claim(account, owed)?;
        self.cut(account, None, cut)?;
        result.owed = result.owed.checked_add(owed).program()?;
        result.cut = result.cut.checked_add(cut).program()?;
        Ok(())
    }

    /// Takes back what a distressed pool cannot pay, and checks the rules after the legs are filled: the limit, sizes, reserves, cash and
    /// health. Sizes and reserves need no check where the commitment has reserved the capacity. Errors: those of [`Self::trade`].
    pub(super) fn check_trade(
        &mut self,
        account: &mut MarginAccount,
        legs: &[Leg],
        direction: Direction,
        before: &Before,
        result: &mut TradeResult,
        commitment: &Commitment,
    ) -> Result<()> {
        self.cut_trade(account, direction, result)?;
        let net = result.net.checked_sub(result.cut.to_delta().program()?).program()?;
        ensure!(net.0 >= commitment.min_net, LimitExceeded, "net {}, limit {}", net.0, commitment.min_net);
        let mut is_reserved = true;
        for leg in legs {
            is_reserved &= self.check_sizes(account, leg, commitment)?;
        }
        if direction == Direction::Adding && !is_reserved {
            self.pool.check_reserve()?;
        }
        self.check_health(account, before, direction, result.owed)
    }

    /// Checks cash and health after a trade. Adding risk needs initial health. A reducing trade may instead leave maintenance health
    /// no lower than before; at an uncertain price it has to. Cash must not be negative, unless a reducing trade has not lowered it. What stays `owed` counts at neither end.
    #[inline(never)]
    fn check_health(
        &mut self,
        account: &MarginAccount,
        before: &Before,
        direction: Direction,
        owed: Native,
    ) -> Result<()> {
        let reduces = direction == Direction::Reducing;
        let had = before.cash.saturating_sub_unsigned(owed.0);
        let cash_holds = account.cash >= 0 || (reduces && account.cash >= had);
        ensure!(cash_holds, InsufficientCash, "cash {} after the trade, {} before", account.cash, had);
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
        let before = self.health_of(NativeDelta(had), &before.positions, HealthLevel::Maintenance)?;
        ensure!(after >= before, HealthLowered, "maintenance health {} after, {} before", after.0, before.0);
        Ok(())
    }
}
