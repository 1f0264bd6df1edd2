//! What a commitment sets aside: tip, bond and stake.

use super::{Direction, TradeResult, arrears::clear, priced::free_cash, rents::SLOT_PARTS};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{DAY, Leg, MarginAccount, Pool, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, Native, Points, Rounding,
    option::{OptionKind, Terms},
};

/// Share of its bond that a commitment costs which ends in vain. It is the price of the capacity that was reserved: without it, trades that can
/// never be filled would keep others out for nothing.
pub(super) const CAPACITY_FEE: BasisPoints = BasisPoints(1_250);

/// What a lapse costs, in fees of the trade, of what opens and of what closes: the least at which nobody gains who alone could fill their commitments and waits for
/// prices that suit them, however much prices move (`cargo xtask choice`).
pub const LAPSE_FEES: u16 = 2;

/// Returns what a lapse costs of legs, native units: twice the fee of the trade; at their strikes where no fill says it, or one of them is at its cap, where a fill costs nothing.
#[inline(never)]
pub(super) fn lapse_of(
    pool: &Pool,
    registry: &SeriesRegistry,
    legs: &[Leg],
    result: Option<&TradeResult>,
) -> Result<Native> {
    match result {
        Some(result) if !result.is_free_for_a_leg() => Ok(Native(result.fee()?.0.saturating_mul(LAPSE_FEES.into()))),
        _ => lapse_at_strikes(pool, registry, legs),
    }
}

/// Sets the stake of whoever is not the owner aside, out of an account of their own, who has just committed an order of `account`: twice the fee of its legs at their strikes,
/// out of cash that no written option of theirs can ever need. Returns it in native units. Errors: `CommitmentOpen`, `InsufficientCash`.
#[inline(never)]
pub fn stake(
    pool: &mut Pool,
    registry: &SeriesRegistry,
    account: &mut MarginAccount,
    committer: &mut MarginAccount,
) -> Result<Native> {
    committer.commitment.check_none()?;
    let stake = lapse_at_strikes(pool, registry, &account.commitment.legs())?;
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
    /// What it costs if it is not filled: twice the fee of opening its legs at their strikes; zero for a trade that only reduces.
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

/// Returns the bond of a commitment of these legs, native units: see [`SetAside::bond`]. Errors: `UnknownSeries`, `Overflow`.
pub(super) fn bond_of(pool: &Pool, registry: &SeriesRegistry, account: &MarginAccount, legs: &[Leg]) -> Result<Native> {
    match Direction::of(legs, account) {
        Direction::Adding => lapse_at_strikes(pool, registry, legs),
        Direction::Reducing => Ok(Native::ZERO),
    }
}

/// What a lapse of legs costs, by the fee of opening at their strikes, native units, rounded up: about twice the fee of the trade, told without a price. A leg on a series that only
/// commitments hold pays at least so much that the eighth of it which a trade costs that ends in vain is the rent of a slot for ten seconds.
#[inline]
pub(super) fn lapse_at_strikes(pool: &Pool, registry: &SeriesRegistry, legs: &[Leg]) -> Result<Native> {
    fee_at(lapse_rate(BasisPoints(pool.params.fee_open_bps)), false, pool, registry, legs)
}

/// Returns the rate at which a lapse costs legs, of the rate of their fee.
pub(super) const fn lapse_rate(fee: BasisPoints) -> BasisPoints {
    BasisPoints(fee.0.saturating_mul(LAPSE_FEES))
}

/// The farthest spot for which what a delegate's trade may cost is counted: the cap of a call, at which it ends, and twice the strike of a put, above which its fee is next to nothing.
fn farthest(terms: &Terms) -> Dollars {
    let double = || Dollars::from_bits(terms.strike().to_bits().saturating_mul(2));
    match terms.kind() {
        OptionKind::Call => terms.cap_price().unwrap_or_else(double),
        OptionKind::Put => double(),
    }
}

/// What legs cost at a rate of their notional, native units, rounded up, as [`lapse_at_strikes`]: at their strikes, or at the [`farthest`] spots where it is asked for.
#[inline(never)]
pub(super) fn fee_at(
    rate: BasisPoints,
    far: bool,
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
