//! Cancels a proposal.

use crate::{ensure, errors::EvergreenError, events::ProposalCancelled, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `cancel_proposal`.
#[derive(Accounts)]
pub struct CancelProposal<'info> {
    /// This is the guardian or admin; in a curated pool guardian or proposer.
    pub guardian: Signer<'info>,
    /// The protocol names guardian and admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// CHECK: it is who paid for the proposal, checked by `has_one`; it gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// This account is closed.
    #[account(mut, dup, close = payer, has_one = payer)]
    pub proposal: Box<Account<'info, Proposal>>,
}

/// A proposal can be cancelled at any time, also after it has expired, by the guardian and by the admin, in a curated pool by who proposed it. Only the admin
/// can cancel a change of the guardian, and only the proposer one of the curator.
pub(crate) fn cancel_proposal(ctx: Context<CancelProposal>) -> Result<()> {
    let by = ctx.accounts.guardian.key();
    ctx.accounts.proposal.check()?;
    let protocol = ctx.accounts.protocol.load()?;
    let proposal = &ctx.accounts.proposal;
    let is_own = proposal.queue != ctx.accounts.protocol.key() && proposal.proposer == by;
    if !is_own {
        match proposal.change {
            Change::Guardian(_) => protocol.check_admin(&by)?,
            _ if proposal.queue == ctx.accounts.protocol.key() => protocol.check_guardian(&by)?,
            Change::Curator(_) => return err!(EvergreenError::Unauthorized),
            _ => ensure!(by == protocol.guardian, Unauthorized),
        }
    }
    emit!(ProposalCancelled { id: proposal.id, queue: proposal.queue, by });
    Ok(())
}
