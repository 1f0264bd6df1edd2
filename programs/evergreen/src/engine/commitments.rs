//! Commitments: filling a committed trade at the first price after it, and ending one that cannot be filled.

use super::{Direction, PoolEngine, TradeResult, pool_engine::cap_payoff, restorable::Restorable, trading::Before};
use crate::{
    emit_event, ensure,
    errors::MathContext,
    events::SeriesRetired,
    state::{
        CancelReason, Commitment, FeeShares, Leg, MAX_UNDERLYINGS, MarginAccount, Pool, Protocol, SeriesId,
        SeriesRegistry, SeriesStatus, check_legs,
    },
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Native, NativeDelta, Points, Rounding, margin::HealthLevel};

/// Result of an attempt to fill a commitment.
#[derive(Debug)]
pub enum CommitmentOutcome {
    /// The commitment was filled.
    Filled(TradeResult),
    /// The commitment ended without a fill. No position has changed.
    Cancelled {
        /// Why.
        reason: CancelReason,
        /// Number of the error that a trade would have been refused with; zero where no rule of a trade was broken.
        error: u32,
        /// The fee that it cost, native units: that of its trade where [`CancelReason::costs_fee`], otherwise nothing.
        fee: FeeShares,
    },
}

/// Commits a trade of an account, sets the tip of its filler aside and holds its series. If the trade adds risk, the account's cash
/// has to cover the larger of two amounts: the most to pay within the limit, and the fee of opening the legs at their strikes. A
/// failing commitment can therefore pay its fee. Until the commitment ends, the account cannot withdraw, trade or be closed.
///
/// Errors: `CommitmentOpen`, those of [`check_legs`], `LegNotReducing`, `InsufficientCash`, `UnknownSeries`, `SeriesExercised`.
pub fn commit_trade(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    account: &mut MarginAccount,
    trade: &TradeRequest,
    now: i64,
) -> Result<()> {
    let TradeRequest { legs, closing, min_net } = trade;
    account.commitment.check_none()?;
    check_legs(legs)?;
    account.check_closing(legs, *closing)?;
    let tip = pool.reserve_fill_tip(account)?;
    if Direction::of(legs, account) == Direction::Adding {
        let fee = fee_at_strikes(pool, registry, legs)?;
        let most = fee.max(NativeDelta((*min_net).min(0)).negative_part());
        let cash = account.cash().positive_part();
        ensure!(cash >= most, InsufficientCash, "cash {}, the most to pay {}", cash.0, most.0);
    }
    registry.hold(legs)?;
    account.commitment = Commitment { tip: tip.0, ..Commitment::new(now, legs, *closing, *min_net) };
    Ok(())
}

/// The series of legs.
pub(super) fn series_of(legs: &[Leg]) -> Vec<SeriesId> {
    legs.iter().map(|leg| leg.series).collect()
}

/// The fee of opening legs at their strikes, native units, rounded up: about that of the trade, told without a price.
#[inline(never)]
fn fee_at_strikes(pool: &Pool, registry: &SeriesRegistry, legs: &[Leg]) -> Result<Native> {
    let (rate, scale) = (BasisPoints(pool.params.fee_open_bps), pool.scale()?);
    let mut fee = Native::ZERO;
    for leg in legs {
        let strike = registry.series(leg.series)?.terms()?.strike();
        let size = Points(leg.points).size().program()?;
        let notional = scale.native(size, strike, Rounding::Ceil).program()?.positive_part();
        fee = fee.checked_add(notional.share(rate, Rounding::Ceil).program()?).program()?;
    }
    Ok(fee)
}

/// A trade to commit.
#[derive(Clone, Debug)]
pub struct TradeRequest {
    /// One to four legs.
    pub legs: Vec<Leg>,
    /// The bit of each leg that must only make a position smaller.
    pub closing: u8,
    /// Least change of cash accepted, fees included (negative: the most to pay), native units.
    pub min_net: i64,
}

impl PoolEngine<'_> {
    /// Ends the commitment of an account, at prices that are the first ones after it. `key` names the account in events.
    ///
    /// 1. One with an exercised option is over. Otherwise just those prices are here that legs and positions need; without any, a
    ///    commitment of at least ten minutes ago is abandoned.
    /// 2. Funding is settled, unless the time is over.
    /// 3. Obstacles end the commitment without a fee: a price that was published too late or is uncertain, nothing left to close, a
    ///    pause.
    /// 4. The legs are filled, and the rules of a trade are checked.
    /// 5. If a rule fails, or the time is over, only the fee of the trade is paid ([`CancelReason::costs_fee`]). A trader therefore
    ///    cannot gain by letting a commitment lapse or making it fail.
    ///
    /// Errors: `NothingCommitted`, `MarketAccountUnneeded`, those of settlement and of a valuation.
    #[inline(never)]
    pub fn fill_commitment(
        &mut self,
        protocol: Option<&Protocol>,
        account: &mut MarginAccount,
        key: &Pubkey,
    ) -> Result<CommitmentOutcome> {
        account.commitment.check_open()?;
        let commitment = account.commitment;
        let legs = commitment.legs();
        if !self.are_live(&legs)? {
            self.end(account, &legs)?;
            return Ok(CommitmentOutcome::Cancelled {
                reason: CancelReason::Exercised,
                error: 0,
                fee: FeeShares::NONE,
            });
        }
        if commitment.is_abandoned(self.market.now().0) && self.market.last_published().is_none() {
            return self.abandon(account, &legs);
        }
        self.check_needed(account, &legs)?;
        let lapsed = self.market.now().0 > self.fill_deadline(&commitment)?;
        if !lapsed {
            self.settle(account, key)?;
        }
        let direction = Direction::of(&legs, account);
        let outcome = match self.obstacle(protocol, account, &commitment, &legs, direction)? {
            Some(reason) => CommitmentOutcome::Cancelled { reason, error: 0, fee: FeeShares::NONE },
            None if lapsed => self.lapse(account, &commitment, &legs)?,
            None => self.try_fill(account, &commitment, &legs, direction)?,
        };
        self.end(account, &legs)?;
        Ok(outcome)
    }

    /// Ends a commitment whose time is over. Its price may be old, so it determines only the fee and changes nothing else, in
    /// particular no funding. A limit that its price is beyond costs nothing, as in time.
    #[inline(never)]
    fn lapse(
        &mut self,
        account: &mut MarginAccount,
        commitment: &Commitment,
        legs: &[Leg],
    ) -> Result<CommitmentOutcome> {
        let mut touched = series_of(legs);
        touched.extend(account.open_positions().map(|place| account.positions[place].series()));
        let kept = Restorable::of(self, account, &touched)?;
        let spare = self.spare(account).unwrap_or(Native::ZERO);
        let result = self.fill_legs(account, legs);
        kept.restore(self, account)?;
        let (reason, fee) = match result {
            Ok(result) if result.net.0 >= commitment.min_net => (CancelReason::Lapsed, result.fee()?),
            Ok(_) => (CancelReason::Limit, Native::ZERO),
            Err(_) => (CancelReason::Lapsed, Native::ZERO),
        };
        let fee = self.pool.charge_fee(account, fee.min(spare))?;
        Ok(CommitmentOutcome::Cancelled { reason, error: 0, fee })
    }

    /// Ends a commitment without a price. It costs the fee of opening its legs at their strikes, rounded up, limited to the cash that
    /// no written option can ever need. A trader therefore cannot gain by waiting for this.
    #[inline(never)]
    fn abandon(&mut self, account: &mut MarginAccount, legs: &[Leg]) -> Result<CommitmentOutcome> {
        let fee = fee_at_strikes(self.pool, self.registry, legs)?;
        let mut spare = account.cash();
        for position in account.positions.iter().filter(|position| position.points < 0) {
            let cap = cap_payoff(&self.registry.series(position.series())?.terms()?)?;
            let size = position.points().size().program()?;
            spare = spare.checked_sub(self.scale.native(size, cap, Rounding::Ceil).program()?).program()?;
        }
        let fee = self.pool.charge_fee(account, fee.min(spare.positive_part()))?;
        self.end(account, legs)?;
        Ok(CommitmentOutcome::Cancelled { reason: CancelReason::Abandoned, error: 0, fee })
    }

    /// Takes the commitment off the account, and lets go of its series.
    fn end(&mut self, account: &mut MarginAccount, legs: &[Leg]) -> Result<()> {
        account.commitment = Commitment::default();
        for series in self.registry.let_go(legs)? {
            emit_event!(SeriesRetired { pool: self.registry.pool, series });
        }
        Ok(())
    }

    /// Checks that the prices are exactly those that legs and live positions need. A filler could otherwise choose the prices that
    /// judge the trade, or make it fail. Errors: `MarketAccountMissing`, `MarketAccountUnneeded`.
    fn check_needed(&self, account: &MarginAccount, legs: &[Leg]) -> Result<()> {
        let mut needed = [false; MAX_UNDERLYINGS];
        let positions = account.open_positions().map(|place| account.positions[place].series());
        for id in legs.iter().map(|leg| leg.series).chain(positions) {
            let series = self.registry.series(id)?;
            if let (SeriesStatus::Live, Some(place)) = (series.status(), needed.get_mut(usize::from(series.underlying)))
            {
                *place = true;
            }
        }
        for (place, needed) in needed.into_iter().enumerate() {
            let priced = u8::try_from(place).is_ok_and(|place| self.market.get(place).is_ok());
            ensure!(priced || !needed, MarketAccountMissing, "underlying {}", place);
            ensure!(needed || !priced, MarketAccountUnneeded, "underlying {}", place);
        }
        Ok(())
    }

    /// Returns whether all series of these legs are live. Another one has been exercised, because commitments hold their series.
    fn are_live(&self, legs: &[Leg]) -> Result<bool> {
        for leg in legs {
            if self.registry.series(leg.series)?.status() != SeriesStatus::Live {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the reason that ends the commitment before its legs are filled, if there is one.
    fn obstacle(
        &self,
        protocol: Option<&Protocol>,
        account: &MarginAccount,
        commitment: &Commitment,
        legs: &[Leg],
        direction: Direction,
    ) -> Result<Option<CancelReason>> {
        Ok(if self.market.last_published() > Some(self.fill_deadline(commitment)?) {
            Some(CancelReason::PriceTooLate)
        } else if direction == Direction::Adding && self.market.is_uncertain() {
            Some(CancelReason::PriceUncertain)
        } else if account.check_closing(legs, commitment.closing).is_err() {
            Some(CancelReason::NothingToReduce)
        } else if direction.check_allowed(protocol, self.pool, self.market.now().0).is_err() {
            Some(CancelReason::Stopped)
        } else {
            None
        })
    }

    /// Unix seconds until which the price has to be published, and the commitment to be filled.
    fn fill_deadline(&self, commitment: &Commitment) -> Result<i64> {
        let after = commitment.price_after(self.pool.params.fill_delay)?;
        Ok(after.saturating_add(self.pool.params.fill_window.into()))
    }

    #[inline(never)]
    fn try_fill(
        &mut self,
        account: &mut MarginAccount,
        commitment: &Commitment,
        legs: &[Leg],
        direction: Direction,
    ) -> Result<CommitmentOutcome> {
        let restorable = Restorable::of(self, account, &series_of(legs))?;
        let before = Before::of(account);
        let filled = self.fill_legs(account, legs);
        let (reason, error, fee) = match filled {
            Ok(result) => {
                let limits = (result.net, commitment.min_net);
                match self.check_trade(account, legs, direction, &before, limits) {
                    Ok(()) => return Ok(CommitmentOutcome::Filled(result)),
                    // At an uncertain price the rules are stricter, so their failure does not show that the account cannot bear it.
                    Err(error) if self.market.is_uncertain() && CancelReason::of(&error).is_some() => {
                        (CancelReason::PriceUncertain, number_of(&error), Native::ZERO)
                    }
                    Err(error) => (CancelReason::of_fill(&error), number_of(&error), result.fee()?),
                }
            }
            Err(error) => (CancelReason::of_fill(&error), number_of(&error), Native::ZERO),
        };
        restorable.restore(self, account)?;
        let fee = if reason.costs_fee() { self.charge_forfeit(account, fee)? } else { FeeShares::NONE };
        Ok(CommitmentOutcome::Cancelled { reason, error, fee })
    }

    /// Takes the fee of a trade that was not filled, no more than leaves the account at maintenance: a fee makes no bad debt, and puts
    /// nobody up for liquidation.
    fn charge_forfeit(&mut self, account: &mut MarginAccount, fee: Native) -> Result<FeeShares> {
        let written = account.positions.iter().any(|position| position.points < 0);
        let bearable = if written || account.cash().positive_part() < fee { self.spare(account)? } else { fee };
        self.pool.charge_fee(account, fee.min(bearable))
    }

    /// What an account has beyond maintenance, native units, rounded down.
    #[inline(never)]
    fn spare(&mut self, account: &MarginAccount) -> Result<Native> {
        Ok(self.health_of(account.cash(), &account.positions, HealthLevel::Maintenance)?.positive_part())
    }
}

/// Number of an error of the program or of Anchor; zero for any other.
const fn number_of(error: &Error) -> u32 {
    match error {
        Error::AnchorError(error) => error.error_code_number,
        Error::ProgramError(_) => 0,
    }
}
