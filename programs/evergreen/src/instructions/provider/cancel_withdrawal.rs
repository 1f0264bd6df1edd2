//! Cancels a withdrawal request: its shares come back.

use crate::instructions::common::*;
use crate::{events::WithdrawalCancelled, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};

/// Accounts of `cancel_withdrawal`.
#[derive(Accounts)]
pub struct CancelWithdrawal<'info> {
    /// This is the owner of the withdrawal.
    pub owner: Signer<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// These are the vaults of the pool.
    pub vaults: Vaults<'info>,
    /// What is cancelled.
    #[account(mut, dup, has_one = pool, has_one = owner)]
    pub withdrawal: Box<Account<'info, LiquidityRequest>>,
    /// This is the share mint of the class, of the generation of the withdrawal.
    #[account(mut, dup, address = pool.load()?.share_mint_of(&pool.key(), withdrawal.share_class(), withdrawal.generation))]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// It is the token account that receives the shares.
    #[account(mut, dup, token::mint = share_mint)]
    pub shares_to: Box<InterfaceAccount<'info, TokenAccount>>,
    /// This is the token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// No pause prevents it. What is executed stays to be claimed. The place in the queue is passed in its turn.
///
/// 1. Shares that are not executed come back. In the insurance class no more come back than are worth what the request could have
///    paid: gains since then stay with the others ([`Pool::cancel_withdrawal`]).
/// 2. They are minted.
///
/// Errors: `ZeroShares` where all are executed.
pub(crate) fn cancel_withdrawal(ctx: Context<CancelWithdrawal>) -> Result<()> {
    let accounts = ctx.accounts;
    let class = accounts.withdrawal.share_class();
    let (shares, back) = {
        let mut pool = accounts.pool.load_mut()?;
        accounts.vaults.check(&pool)?;
        accounts.withdrawal.open(&pool)?;
        pool.cancel_withdrawal(&mut accounts.withdrawal)?
    };
    let (mint, to) = (accounts.share_mint.to_account_info(), accounts.shares_to.to_account_info());
    token::mint_shares(&accounts.pool, mint, to, &accounts.share_program, back)?;
    emit!(WithdrawalCancelled {
        pool: accounts.pool.key(),
        class,
        number: accounts.withdrawal.number,
        owner: accounts.owner.key(),
        shares,
        back
    });
    Ok(())
}
