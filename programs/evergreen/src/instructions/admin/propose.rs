//! Proposes a change.

use crate::{events::ProposalCreated, instructions::common::*, seeds, state::*};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

/// Accounts of `propose`. Remaining accounts: what is to change (protocol, pool or underlying), writable where it is the queue; then, for parameters of a
/// pool, its underlyings in order; for a price source, a price account of it.
#[derive(Accounts)]
#[instruction(id: u64)]
pub struct Propose<'info> {
    /// It pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The admin signs, or the curator of the pool that is to change.
    pub proposer: Signer<'info>,
    /// It names the admin and the timelock.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// CHECK: it is what counts the proposals, compared by the handler: the protocol, or the pool that is to change where that is curated.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// It is created; the number is the queue's next one.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::PROPOSAL, queue.key().as_ref(), &id.to_le_bytes()], bump)]
    pub proposal: UncheckedAccount<'info>,
    /// It creates the account.
    pub system_program: Program<'info, System>,
}

/// `id` is the queue's next number, so that nothing is proposed twice.
///
/// 1. The change is checked as if it were made now.
/// 2. The proposal is stored with the version of the configuration that it was made for.
pub(crate) fn propose<'info>(ctx: Context<'info, Propose<'info>>, id: u64, change: Change) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let (target, account, others) = Target::open(&change, ctx.remaining_accounts)?;
    let (proposer, queue) = (accounts.proposer.key(), accounts.queue.key());
    let ready_at = now.saturating_add(accounts.protocol.load()?.wait_for(&change));
    target.open_proposal(&accounts.protocol, (&proposer, &queue), (id, ready_at, now))?;
    target.check(&change, others, Step::Proposal, UnixTime(now))?;
    let target_version = target.version(&change)?;
    let expires_at = ready_at.saturating_add(Proposal::LIFE);
    let (target, payer) = (*account.key, accounts.payer.key());
    let bump = ctx.bumps.proposal;
    let proposal = Proposal {
        version: LAYOUT_VERSION,
        bump,
        id,
        queue,
        proposer,
        target,
        target_version,
        created_at: now,
        ready_at,
        expires_at,
        payer,
        change,
        announced_at: 0,
        reserved: [0; 24],
    };
    let seeds: &[&[u8]] = &[seeds::PROPOSAL, queue.as_ref(), &id.to_le_bytes(), &[bump]];
    create_account(&accounts.payer, &accounts.proposal, Proposal::SPACE, seeds, &proposal)?;
    emit!(ProposalCreated { id, queue, target, target_version, ready_at, expires_at, change });
    Ok(())
}
