//! Pays what an account owes its referrer; anyone may call it.

use crate::{events::ReferralClaimed, instructions::common::*, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Accounts of `claim_referral`.
#[derive(Accounts)]
pub struct ClaimReferral<'info> {
    /// CHECK: the account's referrer, checked by `has_one`.
    pub referrer: UncheckedAccount<'info>,
    /// The pool.
    #[account(mut, has_one = vault, has_one = mint, has_one = token_program)]
    pub pool: AccountLoader<'info, Pool>,
    /// Whose fees were shared.
    #[account(mut, has_one = pool, has_one = referrer)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Main vault.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// A token account of the referrer.
    #[account(mut, token::mint = mint, token::authority = referrer)]
    pub to: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Collateral.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
}

/// 1. Ledger.
/// 2. Transfer.
pub(crate) fn claim_referral(ctx: Context<ClaimReferral>) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = {
        let (mut pool, mut account) = open_pool_and_account(&accounts.pool, &accounts.account)?;
        pool.take_referral(&mut account)?
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
    emit!(ReferralClaimed { account: accounts.account.key(), referrer: accounts.referrer.key(), amount: amount.0 });
    Ok(())
}
