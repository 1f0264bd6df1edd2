//! Withdraws a proposal.

use crate::{events::ProposalCancelled, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `cancel_proposal`.
#[derive(Accounts)]
pub struct CancelProposal<'info> {
    /// Guardian or admin.
    pub guardian: Signer<'info>,
    /// Names them.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// CHECK: who paid for the proposal, checked by `has_one`; gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// Closed.
    #[account(mut, dup, close = payer, has_one = payer)]
    pub proposal: Box<Account<'info, Proposal>>,
}

/// At any time, also after it has expired.
pub(crate) fn cancel_proposal(ctx: Context<CancelProposal>) -> Result<()> {
    let by = ctx.accounts.guardian.key();
    ctx.accounts.protocol.load()?.check_guardian(&by)?;
    ctx.accounts.proposal.check()?;
    emit!(ProposalCancelled { id: ctx.accounts.proposal.id, by });
    Ok(())
}
