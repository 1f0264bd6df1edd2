//! Brings an account of an earlier layout version to this one, in place.

use crate::{events::AccountMigrated, state::*};
use anchor_lang::prelude::*;

/// Accounts of `migrate_account`.
#[derive(Accounts)]
pub struct MigrateAccount<'info> {
    /// CHECK: it is an account of this program, of any type; its first bytes name type and version.
    #[account(mut, owner = crate::ID)]
    pub account: UncheckedAccount<'info>,
}

/// The result depends only on the account, so anyone may call this instruction. Other instructions refuse an account of another
/// version. A margin account is enlarged, and the caller has to transfer the rent of the new bytes to it before.
pub(crate) fn migrate_account(ctx: Context<MigrateAccount>) -> Result<()> {
    let account = &ctx.accounts.account;
    migrate(account)?;
    emit!(AccountMigrated { account: account.key(), version: LAYOUT_VERSION });
    Ok(())
}
