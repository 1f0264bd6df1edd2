//! Cancels a proposal.

use crate::{events::ProposalCancelled, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `cancel_proposal`.
#[derive(Accounts)]
pub struct CancelProposal<'info> {
    /// Guardian or admin.
    pub guardian: Signer<'info>,
    /// The protocol, which names guardian and admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// CHECK: who paid for the proposal, checked by `has_one`; gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// The account that is closed.
    #[account(mut, dup, close = payer, has_one = payer)]
    pub proposal: Box<Account<'info, Proposal>>,
}

/// A proposal can be cancelled at any time, also after it has expired. Only the admin can cancel a change of the guardian.
pub(crate) fn cancel_proposal(ctx: Context<CancelProposal>) -> Result<()> {
    let by = ctx.accounts.guardian.key();
    ctx.accounts.proposal.check()?;
    let protocol = ctx.accounts.protocol.load()?;
    if matches!(ctx.accounts.proposal.change, Change::Guardian(_)) {
        protocol.check_admin(&by)?;
    } else {
        protocol.check_guardian(&by)?;
    }
    emit!(ProposalCancelled { id: ctx.accounts.proposal.id, by });
    Ok(())
}
