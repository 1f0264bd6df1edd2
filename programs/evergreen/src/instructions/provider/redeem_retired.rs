//! Burns shares of an earlier generation for their part of what is left.

use crate::instructions::common::*;
use crate::{events::RetiredRedeemed, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};

/// Accounts of `redeem_retired`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct RedeemRetired<'info> {
    /// This is the owner of the shares.
    pub owner: Signer<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// What is left for the shares.
    #[account(mut, dup, has_one = pool, has_one = payer)]
    pub retired: Box<Account<'info, RetiredShares>>,
    /// CHECK: it is who has paid for `retired`, checked by `has_one`; it gets the rent back with the last shares.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// This is the share mint of the generation.
    #[account(
        mut,
        dup,
        address = pool.load()?.share_mint_of(&pool.key(), retired.share_class(), retired.generation)
    )]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// These are the owner's shares.
    #[account(mut, dup, token::mint = share_mint, token::authority = owner)]
    pub shares_from: Box<InterfaceAccount<'info, TokenAccount>>,
    /// A token account receives tokens out of the vault of the class.
    pub tokens: VaultAccounts<'info>,
    /// This is the token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// No pause prevents it.
///
/// 1. The shares are burnt.
/// 2. Their part of what is left, less losses by seizure since, is paid, rounded down. It may be nothing.
/// 3. With the last shares the account of the generation is closed.
pub(crate) fn redeem_retired<'info>(ctx: Context<'info, RedeemRetired<'info>>, shares: u64) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.retired.open(&*accounts.pool.load()?)?;
    let shares = token::nonzero(shares)?.0;
    token::burn_shares(&accounts.share_mint, &accounts.shares_from, &accounts.owner, &accounts.share_program, shares)?;
    let class = accounts.retired.share_class();
    let payment = accounts.tokens.begin_payment(&accounts.pool, class)?;
    let amount = accounts.retired.redeem(shares)?;
    if !amount.is_zero() {
        accounts.pool.load_mut()?.pay_claim(class, amount)?;
        payment.pay(amount, ctx.remaining_accounts)?;
    }
    let closed = accounts.retired.shares == 0;
    emit!(RetiredRedeemed {
        pool: accounts.pool.key(),
        class,
        generation: accounts.retired.generation,
        owner: accounts.owner.key(),
        shares,
        amount: amount.0,
        closed,
    });
    if closed {
        accounts.retired.close(accounts.payer.to_account_info())?;
    }
    Ok(())
}
