//! Pays the protocol's fees to the fee owner; anyone may call it.

use crate::instructions::common::*;
use crate::{events::FeesCollected, seeds, state::*, token};
use anchor_lang::prelude::*;

/// Accounts of `collect_fees`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct CollectFees<'info> {
    /// The protocol, which names the fee owner.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Main vault, and a token account of the fee owner.
    pub tokens: VaultAccounts<'info>,
}

/// Pays all fees due.
pub(crate) fn collect_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let fee_owner = {
        let protocol = accounts.protocol.load()?;
        protocol.check()?;
        protocol.fee_owner
    };
    accounts.tokens.check_wallet_of(&fee_owner)?;
    let payment = accounts.tokens.begin_payment(&accounts.pool, ShareClass::Main)?;
    let amount = {
        let mut pool = accounts.pool.load_mut()?;
        pool.check()?;
        let amount = core::mem::take(&mut pool.fees_due);
        token::nonzero(amount)?
    };
    payment.pay(amount, ctx.remaining_accounts)?;
    emit!(FeesCollected { pool: accounts.pool.key(), amount: amount.0 });
    Ok(())
}
