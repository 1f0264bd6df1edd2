//! Creates the protocol account.

use crate::{ensure, events::ProtocolInitialized, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `initialize_protocol`.
#[derive(Accounts)]
pub struct InitializeProtocol<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Upgrade authority of the program: nobody else can be first.
    pub authority: Signer<'info>,
    /// Created.
    #[account(init, payer = payer, space = Protocol::SPACE, seeds = [seeds::PROTOCOL], bump)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This program.
    #[account(constraint = code_address(&program)? == Some(program_data.key()))]
    pub program: Program<'info, crate::program::Evergreen>,
    /// Its data, which names the upgrade authority.
    pub program_data: Account<'info, Deployment>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// 1. The signer must be the program's upgrade authority.
/// 2. Roles are stored.
pub(crate) fn initialize_protocol(ctx: Context<InitializeProtocol>, roles: Roles) -> Result<()> {
    let accounts = ctx.accounts;
    ensure!(accounts.program_data.upgrade_authority == Some(accounts.authority.key()), Unauthorized);
    for role in [roles.admin, roles.guardian, roles.fee_owner] {
        ensure!(role != Pubkey::default(), InvalidParameter, "a role cannot be the default key");
    }
    let mut protocol = accounts.protocol.load_init()?;
    protocol.version = LAYOUT_VERSION;
    protocol.bump = ctx.bumps.protocol;
    protocol.admin = roles.admin;
    protocol.guardian = roles.guardian;
    protocol.fee_owner = roles.fee_owner;
    protocol.timelock = Protocol::DEFAULT_TIMELOCK;
    emit!(ProtocolInitialized {
        admin: roles.admin,
        guardian: roles.guardian,
        fee_owner: roles.fee_owner,
        timelock: protocol.timelock,
    });
    Ok(())
}
