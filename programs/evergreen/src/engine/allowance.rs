//! What a delegate's commitments take off their allowance.

use super::{
    bonds::{fee_at, lapse_rate},
    commitments::CommitmentOutcome,
};
use crate::state::{Commitment, Leg, MAX_LEGS, MAX_POSITIONS, MarginAccount, Pool, PoolParams, SeriesRegistry};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Native};

/// Holds of the delegate's allowance what the commitment that has just been made for an account may cost it: the tip; twice the fee of the legs at the higher rate of opening and closing, at the farthest spots, which is at
/// least the bond where there is one, what a lapse costs at most, and more than the fee of the fill; and, as far as it was not counted before, the penalty on all that is then written, because any trade can bring about a
/// liquidation, which they may do themselves, and insure: in a curated pool at the largest rate that such a pool may have. `now` in unix seconds. Errors: `DelegateRests`, `AllowanceExceeded`, `Overflow`.
#[inline(never)]
pub fn charge_delegate(pool: &Pool, registry: &SeriesRegistry, account: &mut MarginAccount, now: i64) -> Result<()> {
    let params = &pool.params;
    let rate = BasisPoints(params.fee_open_bps.max(params.fee_close_bps));
    let Commitment { tip, closing, .. } = account.commitment;
    let legs = account.commitment.legs();
    let held = fee_at(lapse_rate(rate), true, pool, registry, &legs)?.0.saturating_add(tip);
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
    // Whoever curates the pool could raise it later, and be the delegate.
    let most = if pool.is_curated() { PoolParams::MAX_CURATED_PENALTY } else { params.penalty_bps };
    let penalty = fee_at(BasisPoints(most), true, pool, registry, &written)?.0;
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
