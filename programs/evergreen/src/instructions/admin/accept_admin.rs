//! The pending admin takes over.

use crate::{events::AdminAccepted, instructions::common::open, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `accept_admin`.
#[derive(Accounts)]
pub struct AcceptAdmin<'info> {
    /// This is the pending admin. Its signature proves that somebody has the key.
    pub admin: Signer<'info>,
    /// This account is changed.
    #[account(mut, address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
}

/// Makes the pending admin the admin and voids all earlier proposals. Errors: `Unauthorized`, `ProposalExpired`.
pub(crate) fn accept_admin(ctx: Context<AcceptAdmin>) -> Result<()> {
    let admin = ctx.accounts.admin.key();
    let mut protocol = open(&ctx.accounts.protocol)?;
    protocol.accept_admin(&admin, Clock::get()?.unix_timestamp)?;
    emit!(AdminAccepted { admin, config_version: protocol.config_version });
    Ok(())
}
