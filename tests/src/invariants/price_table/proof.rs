//! What a commitment ends as at prices that only prove that its first ones have been known for half a minute.

use super::{Check, Published};
use crate::snapshot::PoolView;
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::state::{CancelReason, Commitment},
};

/// Returns the commitment that an instruction fills, with its pool.
fn committed<'a>(before: &'a [PoolView], instruction: &Instruction) -> Option<(&'a PoolView, &'a Commitment)> {
    before.iter().find_map(|view| {
        // The account that is filled comes before that of the filler, who may have committed something themselves.
        let account = instruction.accounts.iter().find_map(|meta| view.accounts.get(&meta.pubkey))?;
        account.commitment.is_open().then_some((view, &account.commitment))
    })
}

/// Returns the moment after which the price is published that fills the commitment of an account of this instruction.
pub(super) fn first_moment(before: &[PoolView], instruction: &Instruction) -> Option<i64> {
    let (_, commitment) = committed(before, instruction)?;
    Some(commitment.committed_at + i64::from(commitment.fill_delay))
}

/// Returns whether an instruction has ended its commitment as it must end at a price that is not the first one: after its time, at a price that proves
/// that the first one has been known for half a minute, for a reason that no price is read for, and at the cost of that reason alone.
pub(super) fn ends(check: &Check, instruction: &Instruction, price: &Published) -> bool {
    let before = check.before.pools();
    let (view, commitment) = committed(&before, instruction).expect("a commitment that was open");
    let moment = commitment.committed_at + i64::from(commitment.fill_delay);
    let is_over = check.after.now > moment + i64::from(commitment.fill_window);
    if !is_over || !price.is_proof(moment, check.after.now) {
        return false;
    }
    let filled = instruction.accounts.iter().find(|meta| view.accounts.contains_key(&meta.pubkey));
    let ended = check.outcome.events().iter().find_map(|event| match event {
        Event::CommitmentCancelled(e) if filled.is_some_and(|meta| meta.pubkey == e.account) => Some(e.clone()),
        _ => None,
    });
    let Some(ended) = ended else { return false };
    let staked = ended.stake > 0;
    let all = if staked { ended.stake } else { ended.bond };
    let (eighth, costs) = (all.div_ceil(8), ended.fee);
    let (halted, distressed) = (view.pool.is_halted(), view.pool.is_distressed());
    match ended.reason {
        // A trade without a bond pays twice the fee of its legs at their strikes, and is in arrears with what it has not.
        CancelReason::Lapsed => all == 0 || costs == all,
        CancelReason::Stopped => halted && costs == 0,
        CancelReason::Distressed => distressed && !halted && costs == eighth,
        CancelReason::NothingToReduce => all == 0 || costs == if staked { eighth } else { all },
        CancelReason::Exercised => costs == if commitment.legs().len() > 1 { all } else { eighth },
        _ => false,
    }
}
