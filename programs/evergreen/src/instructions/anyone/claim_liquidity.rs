//! Pays what a withdrawal, or a deposit that was given back, has set aside to its owner; anyone may call it.

use crate::instructions::common::*;
use crate::{events::LiquidityClaimed, state::*, token};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// Accounts of `claim_liquidity`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct ClaimLiquidity<'info> {
    /// CHECK: it is the owner of the request, checked by `has_one`; it gets the rent back when the request is over. It signs to be paid to another token account than the associated one.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// It is executed in full or in part, or given back.
    #[account(mut, dup, has_one = pool, has_one = owner)]
    pub request: Box<Account<'info, LiquidityRequest>>,
    /// This is the vault of the class, and a token account of the owner.
    pub tokens: VaultAccounts<'info>,
}

/// 1. Losses by seizure are applied to the amount, and the ledgers are debited.
/// 2. The tokens are transferred.
/// 3. A request of which nothing waits is closed ([`LiquidityRequest::is_over`]).
pub(crate) fn claim_liquidity<'info>(ctx: Context<'info, ClaimLiquidity<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let has_signed = accounts.owner.is_signer;
    accounts.tokens.check_wallet_of(accounts.owner.key, has_signed)?;
    let class = accounts.request.share_class();
    let done = {
        let pool = accounts.pool.load()?;
        accounts.request.open(&pool)?;
        accounts.request.is_over(pool.shares(class).first_withdrawal)
    };
    let payment = accounts.tokens.begin_payment(&accounts.pool, class)?;
    let amount = core::mem::take(&mut accounts.request.payable);
    if amount > 0 || !done {
        let amount = token::nonzero(amount)?;
        debit(&accounts.pool, class, amount)?;
        payment.pay_due(amount, ctx.remaining_accounts, has_signed)?;
    }
    emit!(LiquidityClaimed {
        pool: accounts.pool.key(),
        class,
        number: accounts.request.place(),
        id: accounts.request.id,
        owner: accounts.owner.key(),
        amount,
        closed: done,
    });
    if done {
        accounts.request.close(accounts.owner.to_account_info())?;
    }
    Ok(())
}

/// Takes the amount out of what is set aside.
fn debit(pool: &AccountLoader<Pool>, class: ShareClass, amount: Native) -> Result<()> {
    let mut pool = open(pool)?;
    pool.pay_claim(class, amount)
}
