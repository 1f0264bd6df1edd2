//! What a commitment sets aside: tip, bond and stake.

use super::{Direction, arrears::clear, priced::free_cash, rents::SLOT_PARTS};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{DAY, Leg, MarginAccount, Pool, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Dollars, Native, Points, Rounding};

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

/// Takes off the delegate's allowance what the commitment that has just been made for an account may cost it: the tip; the fee of the legs at the higher rate of opening and closing, at
/// spots as far above their strikes as their caps are from them, which is at least the bond where there is one, and what the fee of the fill is at most, or of a lapse; and of what they write the
/// penalty, because they may liquidate it themselves, and insure. A fill gives nothing of it back. Errors: `AllowanceExceeded`, `Overflow`.
#[inline(never)]
pub fn charge_delegate(pool: &Pool, registry: &SeriesRegistry, account: &mut MarginAccount) -> Result<()> {
    let params = &pool.params;
    let rate = BasisPoints(params.fee_open_bps.max(params.fee_close_bps));
    let commitment = &account.commitment;
    let fee =
        fee_at(rate, Some((BasisPoints(params.penalty_bps), commitment.closing)), pool, registry, &commitment.legs())?;
    let cost = Native(commitment.tip).checked_add(fee).program()?;
    account.spend_allowance(cost)
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
    fee_at(BasisPoints(pool.params.fee_open_bps), None, pool, registry, legs)
}

/// As [`fee_at_strikes`], at another rate; of a delegate's legs at spots as far above the strikes as the caps are from them, and of those that may write at a rate that is higher by the first number, where the second
/// has the bits of those that only close.
#[inline(never)]
fn fee_at(
    rate: BasisPoints,
    of_delegate: Option<(BasisPoints, u8)>,
    pool: &Pool,
    registry: &SeriesRegistry,
    legs: &[Leg],
) -> Result<Native> {
    /// Seconds for which the share of a bond that is lost in vain pays the rent of a slot.
    const PAID: u64 = 10;
    const PARTS: u64 = SLOT_PARTS * (DAY.unsigned_abs() / PAID) * CAPACITY_FEE.0 as u64 / 10_000;
    let scale = pool.scale()?;
    let least = Native(pool.cash().0.div_ceil(PARTS));
    let mut fee = Native::ZERO;
    for (place, leg) in (0u32..).zip(legs) {
        let series = registry.series(leg.series)?;
        let (terms, held) = (series.terms()?, series.has_interest());
        let (mut spot, mut rate) = (terms.strike(), rate);
        if let Some((penalty, closing)) = of_delegate {
            let beyond = terms.cap_payoff().unwrap_or_default();
            spot = Dollars::from_bits(spot.to_bits().saturating_add(beyond.to_bits()));
            if leg.points < 0 && closing.wrapping_shr(place) & 1 == 0 {
                rate.0 = rate.0.saturating_add(penalty.0);
            }
        }
        let size = Points(leg.points).size().program()?;
        let notional = scale.native(size, spot, Rounding::Ceil).program()?.positive_part();
        let share = notional.share(rate, Rounding::Ceil).program()?;
        fee = fee.checked_add(if held { share } else { share.max(least) }).program()?;
    }
    Ok(fee)
}
