//! Commitments: filling a committed trade at the first price after it, and ending one that cannot be filled.

use super::{
    Direction, PoolEngine, TradeResult,
    arrears::tell,
    bonds::{CAPACITY_FEE, SetAside, lapse_at_strikes, lapse_of, set_aside},
    capacity::{release_capacity, reserve_capacity},
    priced::free_cash,
    restorable::Restorable,
    trading::Before,
};
use crate::{
    emit_event, ensure,
    errors::{EvergreenError, MathContext},
    events::SeriesRetired,
    state::{
        CancelReason, Commitment, Leg, MAX_UNDERLYINGS, MarginAccount, Pool, SeriesId, SeriesRegistry, SeriesStatus,
        check_legs, in_proportion,
    },
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, Rounding};

/// Result of an attempt to fill a commitment.
#[derive(Debug)]
pub enum CommitmentOutcome {
    /// The commitment was filled. Its tip and its bond have yet to be paid.
    Filled(TradeResult),
    /// The commitment ended without a fill. No position has changed.
    Cancelled {
        /// Why.
        reason: CancelReason,
        /// Number of the error that a trade would have been refused with; zero where no rule of a trade was broken.
        error: u32,
        /// The fee that it cost, native units: twice that of its trade where [`CancelReason::costs_fee`], an eighth of the bond
        /// where [`CancelReason::is_in_vain`], otherwise nothing; of a stake where there is one.
        fee: Native,
        /// The part of that which the account could not pay, native units. It is in arrears with it.
        arrears: Native,
        /// How much of the stake has paid the fee, native units; the account pays the rest.
        forfeited: Native,
    },
}

/// Commits a trade of an account: capacity is reserved, what its commitment may cost is set aside, and its series are held. Until the commitment ends, the
/// account cannot withdraw, trade or be closed. Returns whether the caller has to check initial health, because written options
/// need more than the cash that is left.
///
/// Arrears of the account are collected first. `key` names it in events.
///
/// Errors: `CommitmentOpen`, those of [`check_legs`] and [`reserve_capacity`], `LegNotReducing`, `SeriesExercised`, `InArrears`, `InsufficientCash`.
pub fn commit_trade(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    (account, key): (&mut MarginAccount, &Pubkey),
    trade: &TradeRequest,
    now: i64,
) -> Result<bool> {
    let TradeRequest { legs, closing, min_net } = trade;
    account.commitment.check_none()?;
    check_legs(legs)?;
    account.check_closing(legs, *closing)?;
    let openings = reserve_capacity(pool, registry, account, legs, now)?;
    let SetAside { tip, bond, uncovered, collected } = set_aside(pool, registry, account, legs, now)?;
    tell(account, key, collected);
    if Direction::of(legs, account) == Direction::Adding {
        let most = NativeDelta((*min_net).min(0)).negative_part();
        let cash = account.cash().positive_part();
        ensure!(cash >= most, InsufficientCash, "cash {} beside tip and bond, the most to pay {}", cash.0, most.0);
    }
    registry.hold(legs)?;
    let closing = *closing | account.closing_bits(legs);
    account.commitment = Commitment {
        tip: tip.0,
        bond: bond.0,
        ..Commitment::new(now, &pool.params, legs, openings, closing, *min_net)?
    };
    Ok(uncovered)
}

/// Returns the limit for the legs that are left, native units: of one leg that was cut in proportion, rounded up.
fn limit_of(commitment: &Commitment, committed: &[Leg], legs: &[Leg]) -> Result<i64> {
    match (committed, legs) {
        ([whole], [part]) if whole.points != part.points && commitment.min_net != i64::MIN => {
            in_proportion(commitment.min_net, part.points, whole.points)
        }
        _ => Ok(commitment.min_net),
    }
}

/// The series of legs.
pub(super) fn series_of(legs: &[Leg]) -> Vec<SeriesId> {
    legs.iter().map(|leg| leg.series).collect()
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

/// Why a commitment was not filled, the number of the broken rule's error, twice the fee of its trade, and how much of it the account can pay out of its cash
/// without falling below maintenance, native units.
struct Unfilled {
    reason: CancelReason,
    error: u32,
    fee: Native,
    payable: Native,
}

impl Unfilled {
    const fn because(reason: CancelReason) -> Self {
        Self { reason, error: 0, fee: Native::ZERO, payable: Native::ZERO }
    }
}

impl PoolEngine<'_> {
    /// Ends the commitment of an account, at prices that are the first ones after it; where its time is over, also at later ones that prove that the first ones have been known for half a minute
    /// ([`MarketContext::is_proof`](super::MarketContext::is_proof)), as a lapse. `key` names the account in events.
    ///
    /// 1. Its capacity is released. One that opens something and has an exercised option is over; one that only closes goes on without it, since it is paid.
    ///    Otherwise just those prices are here that legs and positions need; without any, a
    ///    commitment of at least ten minutes ago is abandoned.
    /// 2. Funding is settled, unless the time is over.
    /// 3. Obstacles end the commitment: a price that was published too late or is uncertain, nothing left to close, a halt, distress.
    /// 4. Where risk is added, volatility samples that are due have to be taken first. The legs are filled, and the rules of a trade are checked.
    /// 5. If a rule fails, or the time is over, only twice the fee of the trade is paid ([`CancelReason::costs_fee`]). A trader therefore
    ///    cannot gain by letting a commitment lapse or making it fail.
    ///
    /// Errors: `NothingCommitted`, `MarketAccountUnneeded`, `UnderlyingSilent`, `SampleDue`, `FundingUncollected`, those of settlement and of a valuation.
    #[inline(never)]
    pub fn fill_commitment(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<CommitmentOutcome> {
        account.commitment.check_open()?;
        let commitment = account.commitment;
        let committed = commitment.legs();
        release_capacity(self.pool, self.registry, &commitment)?;
        // What was reserved for it lies free for all claims, and pays its own premium before it pays those.
        self.begin_anew()?;
        let now = self.market.now().0;
        let are_live = self.are_live(&committed)?;
        if !are_live && !commitment.only_closes() {
            return self.end(account, &committed, Unfilled::because(CancelReason::Exercised));
        }
        if commitment.is_abandoned(now) && self.market.last_published().is_none() {
            let unfilled = self.without_price(account, &committed, CancelReason::Abandoned)?;
            return self.end(account, &committed, unfilled);
        }
        self.check_needed(account, &committed)?;
        let lapsed = commitment.is_over(now)?;
        if !lapsed {
            self.settle(account, key)?;
        }
        let mut legs = account.committed_legs()?;
        if !are_live {
            // What was exercised is paid, or will be; the other legs go on.
            legs.retain(|leg| self.is_live(leg));
            if legs.is_empty() {
                self.owe(account, key)?;
                return self.end(account, &committed, Unfilled::because(CancelReason::Exercised));
            }
        }
        if !lapsed && Direction::of(&legs, account) == Direction::Adding {
            self.market.check_sampled(commitment.committed_at)?;
        }
        let direction = Direction::of(&legs, account);
        let mut commitment = Commitment { min_net: limit_of(&commitment, &committed, &legs)?, ..commitment };
        if !lapsed && direction == Direction::Adding {
            // Whoever settles the account before decides nothing: what it cannot pay beside funding is beyond its limit.
            commitment.min_net = commitment.least_net(account.cash);
        }
        let unfilled = match self.obstacle(&commitment, &legs, direction)? {
            Some(reason) => Unfilled::because(reason),
            None if self.market.is_proof() => self.without_price(account, &legs, CancelReason::Lapsed)?,
            None if lapsed => self.lapse(account, &commitment, &legs)?,
            None => match self.try_sampled(account, &commitment, &legs, direction)? {
                Ok(result) => {
                    self.take_off(account, &committed)?;
                    self.collect_arrears(account, key)?;
                    return Ok(CommitmentOutcome::Filled(result));
                }
                Err(unfilled) => unfilled,
            },
        };
        // Where only settlement has happened, nobody has agreed to go without a part of it.
        self.owe(account, key)?;
        self.end(account, &committed, unfilled)
    }

    /// Ends a commitment whose first price nobody shows, for twice the fee of its trade at its strikes: no price says what it would have been, so none is chosen.
    fn without_price(&self, account: &MarginAccount, legs: &[Leg], reason: CancelReason) -> Result<Unfilled> {
        let fee = lapse_at_strikes(self.pool, self.registry, legs)?;
        let payable = free_cash(self.scale, self.registry, account)?.positive_part();
        Ok(Unfilled { reason, error: 0, fee, payable })
    }

    /// Ends a commitment whose time is over. Its price may be old, so it determines only the fee and changes nothing else, in
    /// particular no funding. A limit that its price is beyond costs nothing, as in time.
    #[inline(never)]
    fn lapse(&mut self, account: &mut MarginAccount, commitment: &Commitment, legs: &[Leg]) -> Result<Unfilled> {
        let mut touched = series_of(legs);
        touched.extend(account.open_positions().map(|place| account.positions[place].series()));
        let kept = Restorable::of(self, account, &touched)?;
        let payable = self.payable(account).unwrap_or(Native::ZERO);
        let result = self.fill_legs(account, legs);
        kept.restore(self, account)?;
        let result = result.ok();
        if result.as_ref().is_some_and(|result| result.net.0 < commitment.min_net) {
            return Ok(Unfilled::because(CancelReason::Limit));
        }
        let fee = lapse_of(self.pool, self.registry, legs, result.as_ref())?;
        Ok(Unfilled { reason: CancelReason::Lapsed, error: 0, fee, payable })
    }

    /// Ends a commitment that was not filled. Where its reason costs a fee, that is the bond; of a trade without one, which only
    /// reduces, it is twice that of its trade, and what the account cannot pay of it is in arrears. Where somebody else has committed an order, their stake pays and never the owner: all of it for a
    /// lapse, an eighth for what the price or other people have brought about.
    #[inline(never)]
    fn end(&mut self, account: &mut MarginAccount, legs: &[Leg], unfilled: Unfilled) -> Result<CommitmentOutcome> {
        let Unfilled { reason, error, fee, payable } = unfilled;
        let (bond, stake) = (Native(account.commitment.bond), Native(account.commitment.stake));
        let is_staked = account.commitment.is_staked();
        self.take_off(account, legs)?;
        self.pool.pay_tip(account, bond)?;
        let pays = if is_staked { stake } else { bond };
        // One of several legs can be chosen next to its cap, where an exercise is likely and the price of the others is not told by it.
        let is_chosen = reason == CancelReason::Exercised && legs.len() > 1;
        let costs_all = (reason.costs_fee() || is_chosen) && (!is_staked || reason.is_of_moment());
        let mut arrears = Native::ZERO;
        let due = if costs_all && pays.is_zero() && !is_staked {
            let paid = fee.min(payable);
            arrears = fee.checked_sub(paid).program()?;
            paid
        } else if costs_all {
            pays
        } else if reason.costs_fee() || reason.is_in_vain() {
            pays.share(CAPACITY_FEE, Rounding::Ceil).program()?
        } else {
            Native::ZERO
        };
        let forfeited = if is_staked { due } else { Native::ZERO };
        self.pool.pay_tip(account, forfeited)?;
        if !due.is_zero() {
            self.pool.charge_income(account, due, self.market.now().0)?;
        }
        account.arrears = account.arrears.saturating_add(arrears.0);
        Ok(CommitmentOutcome::Cancelled { reason, error, fee: due, arrears, forfeited })
    }

    /// Takes the commitment off the account, and lets go of its series.
    fn take_off(&mut self, account: &mut MarginAccount, legs: &[Leg]) -> Result<()> {
        account.commitment = Commitment::default();
        let (pool, now) = (&*self.pool, self.market.now().0);
        for series in self.registry.let_go(legs, |slot| pool.is_slot_valued(slot, now))? {
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
            let priced = u8::try_from(place).is_ok_and(|place| self.market.has(place));
            ensure!(priced || !needed, MarketAccountMissing, "underlying {}", place);
            ensure!(needed || !priced, MarketAccountUnneeded, "underlying {}", place);
        }
        Ok(())
    }

    /// Returns whether all series of these legs are live. Another one has been exercised, because commitments hold their series.
    /// Errors: `UnknownSeries`.
    fn are_live(&self, legs: &[Leg]) -> Result<bool> {
        legs.iter().try_for_each(|leg| self.registry.series(leg.series).map(|_| ()))?;
        Ok(legs.iter().all(|leg| self.is_live(leg)))
    }

    /// Returns whether the series of a leg is live.
    fn is_live(&self, leg: &Leg) -> bool {
        self.registry.series(leg.series).is_ok_and(|series| series.status() == SeriesStatus::Live)
    }

    /// Returns the reason that ends the commitment before its legs are filled, if there is one. A pause is none: it stops commitments, and each of them is
    /// older than a pause that it meets. Whoever pauses could otherwise take their own trades back when they have seen their price. Prices that only prove that the first ones are known say nothing.
    fn obstacle(&self, commitment: &Commitment, legs: &[Leg], direction: Direction) -> Result<Option<CancelReason>> {
        let is_first = !self.market.is_proof();
        Ok(if is_first && self.market.last_published() > Some(commitment.fill_deadline()?) {
            Some(CancelReason::PriceTooLate)
        } else if is_first && direction == Direction::Adding && !self.market.is_fresh() {
            Some(CancelReason::PriceUncertain)
        } else if legs.is_empty() {
            Some(CancelReason::NothingToReduce)
        } else if direction == Direction::Adding && self.pool.is_halted() {
            Some(CancelReason::Stopped)
        } else if direction == Direction::Adding && self.pool.is_distressed() {
            Some(CancelReason::Distressed)
        } else {
            None
        })
    }

    /// Fills the legs once the samples that are due of their underlyings are taken. To buy back what is written waits for none.
    fn try_sampled(
        &mut self,
        account: &mut MarginAccount,
        commitment: &Commitment,
        legs: &[Leg],
        direction: Direction,
    ) -> Result<core::result::Result<TradeResult, Unfilled>> {
        for leg in legs.iter().filter(|leg| direction == Direction::Adding || leg.points < 0) {
            self.market.check_sample_taken(self.registry.series(leg.series)?.underlying)?;
        }
        self.try_fill(account, commitment, legs, direction)
    }

    #[inline(never)]
    fn try_fill(
        &mut self,
        account: &mut MarginAccount,
        commitment: &Commitment,
        legs: &[Leg],
        direction: Direction,
    ) -> Result<core::result::Result<TradeResult, Unfilled>> {
        let restorable = Restorable::of(self, account, &series_of(legs))?;
        let before = Before::of(account);
        let filled = self.fill_legs(account, legs);
        let (reason, error, fee) = match filled {
            Ok(mut result) => {
                match self.check_trade(account, legs, direction, &before, &mut result, commitment) {
                    Ok(()) => return Ok(Ok(result)),
                    // Anyone collects first, and then it can be filled.
                    Err(error) if number_of(&error) == u32::from(EvergreenError::FundingUncollected) => {
                        return Err(error);
                    }
                    // At an uncertain price the rules are stricter, so their failure does not show that the account cannot bear it.
                    Err(error) if self.market.is_uncertain() && CancelReason::of(&error).is_some() => {
                        (CancelReason::PriceUncertain, number_of(&error), Native::ZERO)
                    }
                    Err(error) => {
                        let fee = lapse_of(self.pool, self.registry, legs, Some(&result))?;
                        (CancelReason::of_fill(&error), number_of(&error), fee)
                    }
                }
            }
            Err(error) => (CancelReason::of_fill(&error), number_of(&error), Native::ZERO),
        };
        restorable.restore(self, account)?;
        let reason = if reason.costs_fee() && self.is_configured_since(commitment.committed_at) {
            CancelReason::RulesChanged
        } else {
            reason
        };
        let is_bonded = fee.is_zero() || commitment.bond > 0;
        let payable = if is_bonded { Native::ZERO } else { self.payable(account)? };
        Ok(Err(Unfilled { reason, error, fee, payable }))
    }

    /// Returns whether parameters that judge a trade were changed at `moment` or later, in unix seconds. No trader can make such a change at will.
    #[inline(never)]
    fn is_configured_since(&self, moment: i64) -> bool {
        self.pool.configured_at >= moment || self.market.is_configured_since(moment)
    }

    /// Checks that an account has initial health beside what a commitment has set aside. Errors: `InsufficientHealth`.
    pub fn check_initial_health(&mut self, account: &MarginAccount) -> Result<()> {
        let health = self.initial_health(account)?;
        ensure!(!health.is_negative(), InsufficientHealth, "initial health {} beside tip and bond", health.0);
        Ok(())
    }
}

/// Number of an error of the program or of Anchor; zero for any other.
const fn number_of(error: &Error) -> u32 {
    match error {
        Error::AnchorError(error) => error.error_code_number,
        Error::ProgramError(_) => 0,
    }
}
