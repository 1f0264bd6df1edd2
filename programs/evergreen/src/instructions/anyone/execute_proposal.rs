//! Announces a proposed change whose time has come, and makes it two minutes later; anyone may call it.

use crate::{
    events::{ProposalAnnounced, ProposalExecuted},
    instructions::common::*,
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

/// Accounts of `execute_proposal`. Remaining accounts: as for `propose`, the first one writable; for parameters of an underlying, then its price account.
#[derive(Accounts)]
pub struct ExecuteProposal<'info> {
    /// It names the admin's first proposal.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// CHECK: it is who paid for the proposal, checked by `has_one`; it gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// It is announced, or executed and closed.
    #[account(mut, dup, has_one = payer)]
    pub proposal: Box<Account<'info, Proposal>>,
}

/// The first call announces the change, the second one, [`Proposal::NOTICE`] seconds later, makes it. Nobody can trade on choosing the moment: what was
/// committed before is over by then, and who commits later can know of it. [`Proposal::TURN`] seconds later the change has to be announced again.
///
/// 1. Time, target and configuration must be the proposal's.
/// 2. The change is checked again in full, against the present state, both times; parameters of an underlying at its present price, once the sample that is due is taken.
/// 3. The change is announced, or made.
pub(crate) fn execute_proposal<'info>(ctx: Context<'info, ExecuteProposal<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let is_due = accounts.proposal.step(now)?;
    let proposal = &accounts.proposal;
    // A new curator voids the proposals of the one before by the versions of the pool.
    if proposal.queue == accounts.protocol.key() {
        accounts.protocol.load()?.check_proposer(proposal.id)?;
    }
    let (id, queue, change) = (proposal.id, proposal.queue, proposal.change);
    let (target, account, others) = Target::open(&change, ctx.remaining_accounts)?;
    proposal.check_target(account.key, target.version(&change)?)?;
    let max_ages = target.check(&change, others, Step::Execution, UnixTime(now))?;
    let key = *account.key;
    if !is_due {
        let from = now.saturating_add(Proposal::NOTICE);
        emit!(ProposalAnnounced { id, queue, target: key, from, until: from.saturating_add(Proposal::TURN) });
        return Ok(());
    }
    target.make(&change, max_ages, UnixTime(now))?;
    accounts.proposal.close(accounts.payer.to_account_info())?;
    emit!(ProposalExecuted { id, queue, target: key, config_version: target.version(&change)?, change, max_ages });
    Ok(())
}
