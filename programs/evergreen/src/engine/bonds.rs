//! What a commitment sets aside: tip, bond and stake.

use super::{CommitmentOutcome, Direction, arrears::clear, priced::free_cash, rents::SLOT_PARTS};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{Commitment, DAY, Leg, MAX_LEGS, MAX_POSITIONS, MarginAccount, Pool, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, Native, Points, Rounding,
    option::{OptionKind, Terms},
};

/// Share of its bond that a commitment costs which ends in vain. It is the price of the capacity that was reserved: without it, trades that can
/// never be filled would keep others out for nothing.
pub(super) const CAPACITY_FEE: BasisPoints = BasisPoints(1_250);

/// Sets the stake of whoever is not the owner aside, out of an account of their own, who has just committed an order of `account`: the fee of its legs at their strikes,
/// out of cash that no written option of theirs can ever need. Returns it in native units. Errors: `CommitmentOpen`, `InsufficientCash`.
#[inline(never)]
pub fn stake(
    pool: &mut Pool,
    registry: &SeriesRegistry,
    account: &mut MarginAccount,
    committer: &mut MarginAccount,
) -> Result<Native> {
    committer.commitment.check_none()?;
    let stake = fee_at_strikes(pool, registry, &account.commitment.legs())?;
    let free = free_cash(pool.scale()?, registry, committer)?.positive_part();
    let free = Native(free.0.saturating_sub(committer.arrears));
    ensure!(stake <= free, InsufficientCash, "stake {}, free cash {}", stake.0, free.0);
    pool.reserve_tip(committer, stake)?;
    committer.stakes = committer.stakes.checked_add(1).ok_or(EvergreenError::Overflow)?;
    (account.commitment.stake, account.commitment.staked) = (stake.0, 1);
    Ok(stake)
}

/// What a commitment sets aside, native units.
#[derive(Clone, Copy, Debug)]
pub struct SetAside {
    /// Tip of the filler.
    pub tip: Native,
    /// What it costs if it is not filled: the fee of opening its legs at their strikes; zero for a trade that only reduces.
    pub bond: Native,
    /// Whether written options need more than the cash that is left.
    pub uncovered: bool,
    /// Arrears that were collected before.
    pub collected: Native,
}

/// Sets aside what a commitment of these legs may cost. It leaves the account like a withdrawal: where written options need more
/// than the cash that is left, a trade that adds risk has to be checked for health, and one that reduces promises no tip.
///
/// `now` in unix seconds. Arrears come first: all of them where the trade adds risk, otherwise as far as the same cash goes that a tip comes from.
///
/// Errors: `InArrears`, `InsufficientCash`, `UnknownSeries`, `Overflow`.
#[inline(never)]
pub fn set_aside(
    pool: &mut Pool,
    registry: &SeriesRegistry,
    account: &mut MarginAccount,
    legs: &[Leg],
    now: i64,
) -> Result<SetAside> {
    let adding = Direction::of(legs, account) == Direction::Adding;
    let collected = if adding {
        clear(pool, account, now)?
    } else {
        let free = free_cash(pool.scale()?, registry, account)?;
        pool.collect_arrears(account, free.positive_part(), now)?
    };
    let free = free_cash(pool.scale()?, registry, account)?;
    let bond = bond_of(pool, registry, account, legs)?;
    let available = if adding { account.cash() } else { free };
    let tip = Native(pool.params.fill_tip).min(available.positive_part());
    let both = tip.checked_add(bond).program()?;
    pool.reserve_tip(account, both)?;
    let left = free.checked_sub(both.to_delta().program()?).program()?;
    let written = account.has_written();
    Ok(SetAside { tip, bond, uncovered: adding && written && left.is_negative(), collected })
}

/// Holds of the delegate's allowance what the commitment that has just been made for an account may cost it: the tip; the fee of the legs at the higher rate of opening and closing, at [`farthest`] spots, which is at
/// least the bond where there is one, and what the fee of the fill is at most, or of a lapse; and, as far as it was not counted before, the penalty on all that is then written, because any trade can bring about a
/// liquidation, which they may do themselves, and insure. `now` in unix seconds. Errors: `DelegateRests`, `AllowanceExceeded`, `Overflow`.
#[inline(never)]
pub fn charge_delegate(pool: &Pool, registry: &SeriesRegistry, account: &mut MarginAccount, now: i64) -> Result<()> {
    let params = &pool.params;
    let rate = BasisPoints(params.fee_open_bps.max(params.fee_close_bps));
    let Commitment { tip, closing, .. } = account.commitment;
    let legs = account.commitment.legs();
    let held = fee_at(rate, true, pool, registry, &legs)?.0.saturating_add(tip);
    // What is bought back counts, too: it may not be filled.
    let mut written = Vec::with_capacity(MAX_POSITIONS + MAX_LEGS);
    for position in account.positions.iter().filter(|position| position.points < 0) {
        written.push(Leg { series: position.series(), points: position.points });
    }
    for (place, leg) in (0u32..).zip(legs) {
        if leg.points < 0 && closing.wrapping_shr(place) & 1 == 0 {
            written.push(leg);
        }
    }
    let penalty = fee_at(BasisPoints(params.penalty_bps), true, pool, registry, &written)?.0;
    account.hold_allowance(held, penalty, now)
}

/// Gives a delegate's allowance back what was held of it for `commitment`, which has just ended, beyond what it has cost: fees, what is in arrears of them, and `tip`, what the filler has got. What has ended at somebody
/// else's stake has left the account as it was, so the penalty that was counted with it comes back, too.
///
/// Errors: `Overflow`.
#[inline(never)]
pub fn settle_allowance(
    account: &mut MarginAccount,
    commitment: &Commitment,
    outcome: &CommitmentOutcome,
    tip: Native,
) -> Result<()> {
    let (fees, undone) = match outcome {
        CommitmentOutcome::Filled(done) => (done.fee()?.0, false),
        CommitmentOutcome::Cancelled { fee, arrears, forfeited, .. } => {
            (fee.0.saturating_sub(forfeited.0).saturating_add(arrears.0), commitment.is_staked())
        }
    };
    account.release_allowance(commitment, fees.saturating_add(tip.0), undone);
    Ok(())
}

/// Returns the bond of a commitment of these legs, native units: see [`SetAside::bond`]. Errors: `UnknownSeries`, `Overflow`.
pub(super) fn bond_of(pool: &Pool, registry: &SeriesRegistry, account: &MarginAccount, legs: &[Leg]) -> Result<Native> {
    match Direction::of(legs, account) {
        Direction::Adding => fee_at_strikes(pool, registry, legs),
        Direction::Reducing => Ok(Native::ZERO),
    }
}

/// The fee of opening legs at their strikes, native units, rounded up: about that of the trade, told without a price. A leg on a series that only
/// commitments hold pays at least so much that the eighth of it which a trade costs that ends in vain is the rent of a slot for ten seconds.
#[inline]
pub(super) fn fee_at_strikes(pool: &Pool, registry: &SeriesRegistry, legs: &[Leg]) -> Result<Native> {
    fee_at(BasisPoints(pool.params.fee_open_bps), false, pool, registry, legs)
}

/// The farthest spot for which what a delegate's trade may cost is counted: the cap of a call, at which it ends, and twice the strike of a put, above which its fee is next to nothing.
fn farthest(terms: &Terms) -> Dollars {
    let double = || Dollars::from_bits(terms.strike().to_bits().saturating_mul(2));
    match terms.kind() {
        OptionKind::Call => terms.cap_price().unwrap_or_else(double),
        OptionKind::Put => double(),
    }
}

/// As [`fee_at_strikes`], at another rate, and at the [`farthest`] spots where it is asked for.
#[inline(never)]
fn fee_at(rate: BasisPoints, far: bool, pool: &Pool, registry: &SeriesRegistry, legs: &[Leg]) -> Result<Native> {
    /// Seconds for which the share of a bond that is lost in vain pays the rent of a slot.
    const PAID: u64 = 10;
    const PARTS: u64 = SLOT_PARTS * (DAY.unsigned_abs() / PAID) * CAPACITY_FEE.0 as u64 / 10_000;
    let scale = pool.scale()?;
    let least = Native(pool.cash().0.div_ceil(PARTS));
    let mut fee = Native::ZERO;
    for leg in legs {
        let series = registry.series(leg.series)?;
        let (terms, held) = (series.terms()?, series.has_interest());
        let spot = if far { farthest(&terms) } else { terms.strike() };
        let size = Points(leg.points).size().program()?;
        let notional = scale.native(size, spot, Rounding::Ceil).program()?.positive_part();
        let share = notional.share(rate, Rounding::Ceil).program()?;
        fee = fee.checked_add(if held { share } else { share.max(least) }).program()?;
    }
    Ok(fee)
}
