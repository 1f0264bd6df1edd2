//! Pays the protocol's fees to the fee owner; anyone may call it.

use crate::{events::FeesCollected, seeds, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Accounts of `collect_fees`.
#[derive(Accounts)]
pub struct CollectFees<'info> {
    /// Names the fee owner.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut, has_one = vault, has_one = mint, has_one = token_program)]
    pub pool: AccountLoader<'info, Pool>,
    /// Main vault.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Token account of the fee owner.
    #[account(mut, token::mint = mint, token::authority = protocol.load()?.fee_owner)]
    pub to: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Collateral.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
}

/// Pays all fees due.
pub(crate) fn collect_fees(ctx: Context<CollectFees>) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.protocol.load()?.check()?;
    let amount = {
        let mut pool = accounts.pool.load_mut()?;
        pool.check()?;
        let amount = core::mem::take(&mut pool.fees_due);
        token::nonzero(amount)?
    };
    token::VaultDoor {
        pool: &accounts.pool,
        class: ShareClass::Main,
        vault: &mut accounts.vault,
        outside: &mut accounts.to,
        mint: &accounts.mint,
        program: &accounts.token_program,
    }
    .pay(amount)?;
    emit!(FeesCollected { pool: accounts.pool.key(), amount: amount.0 });
    Ok(())
}
