//! Proposes a change.

use crate::{events::ProposalCreated, instructions::common::*, seeds, state::*};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

/// Accounts of `propose`. Remaining accounts: what is to change (protocol, pool or underlying); then, for parameters of a
/// pool, its underlyings in order; for a price source, a price account of it.
#[derive(Accounts)]
#[instruction(id: u64)]
pub struct Propose<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Admin.
    pub admin: Signer<'info>,
    /// Names the admin, counts proposals.
    #[account(mut, address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// Created; the number is the protocol's next one.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::PROPOSAL, &id.to_le_bytes()], bump)]
    pub proposal: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// `id` is the protocol's next number, so that nothing is proposed twice.
///
/// 1. The change is checked as if it were made now.
/// 2. The proposal is stored with the version of the configuration that it was made for.
pub(crate) fn propose<'info>(ctx: Context<'info, Propose<'info>>, id: u64, change: Change) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.protocol.load()?.check_admin(&accounts.admin.key())?;
    let now = Clock::get()?.unix_timestamp;
    let (target, account, others) = Target::open(&change, ctx.remaining_accounts)?;
    target.check(&change, others, UnixTime(now))?;
    let target_version = target.version()?;
    let ready_at = accounts.protocol.load_mut()?.open_proposal(id, now)?;
    let expires_at = ready_at.saturating_add(Proposal::LIFE);
    let (target, payer) = (*account.key, accounts.payer.key());
    let bump = ctx.bumps.proposal;
    let proposal = Proposal {
        version: LAYOUT_VERSION,
        bump,
        id,
        target,
        target_version,
        created_at: now,
        ready_at,
        expires_at,
        payer,
        change,
        reserved: [0; 32],
    };
    let seeds: &[&[u8]] = &[seeds::PROPOSAL, &id.to_le_bytes(), &[bump]];
    create_account(&accounts.payer, &accounts.proposal, Proposal::SPACE, seeds, &proposal)?;
    emit!(ProposalCreated { id, target, target_version, ready_at, expires_at, change });
    Ok(())
}
