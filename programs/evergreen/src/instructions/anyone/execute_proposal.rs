//! Makes a proposed change whose time has come; anyone may call it.

use crate::{events::ProposalExecuted, instructions::common::*, seeds, state::*};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

/// Accounts of `execute_proposal`. Remaining accounts: as for `propose`, the first one writable.
#[derive(Accounts)]
pub struct ExecuteProposal<'info> {
    /// Names the admin's first proposal.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// CHECK: who paid for the proposal, checked by `has_one`; gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// Executed and closed.
    #[account(mut, dup, close = payer, has_one = payer)]
    pub proposal: Box<Account<'info, Proposal>>,
}

/// 1. Time, target and configuration must be the proposal's.
/// 2. The change is checked again in full, against the present state.
/// 3. The change is made.
pub(crate) fn execute_proposal<'info>(ctx: Context<'info, ExecuteProposal<'info>>) -> Result<()> {
    let proposal = &ctx.accounts.proposal;
    let now = Clock::get()?.unix_timestamp;
    proposal.check_time(now)?;
    // A new curator voids the proposals of the one before by the version of the pool's configuration.
    if proposal.queue == ctx.accounts.protocol.key() {
        ctx.accounts.protocol.load()?.check_proposer(proposal.id)?;
    }
    let change = proposal.change;
    let (target, account, others) = Target::open(&change, ctx.remaining_accounts)?;
    proposal.check_target(account.key, target.version()?)?;
    let max_ages = target.check(&change, others, UnixTime(now))?;
    target.make(&change, max_ages, UnixTime(now))?;
    emit!(ProposalExecuted {
        id: proposal.id,
        queue: proposal.queue,
        target: proposal.target,
        config_version: target.version()?,
        change,
        max_ages,
    });
    Ok(())
}
