//! Pays what a withdrawal's execution set aside to its owner; anyone may call it.

use crate::instructions::common::*;
use crate::{events::WithdrawalClaimed, state::*, token};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// Accounts of `claim_withdrawal`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct ClaimWithdrawal<'info> {
    /// CHECK: owner of the withdrawal, checked by `has_one`; gets the rent back when the withdrawal is done.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Executed in full or in part.
    #[account(mut, dup, has_one = pool, has_one = owner)]
    pub withdrawal: Box<Account<'info, WithdrawalRequest>>,
    /// Vault of the class, and a token account of the owner.
    pub tokens: VaultAccounts<'info>,
}

/// 1. Losses by seizure are applied to the amount, and the ledgers are debited.
/// 2. The tokens are transferred.
/// 3. A withdrawal without shares is closed, unless the queue has yet to pass it.
pub(crate) fn claim_withdrawal<'info>(ctx: Context<'info, ClaimWithdrawal<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.withdrawal.check()?;
    accounts.tokens.check_wallet_of(&accounts.owner.key())?;
    let class = accounts.withdrawal.share_class();
    let done = {
        let pool = accounts.pool.load()?;
        accounts.withdrawal.apply_losses(pool.loss_index_of(class))?;
        accounts.withdrawal.shares == 0 && accounts.withdrawal.number < pool.shares(class).first_withdrawal
    };
    let payment = accounts.tokens.begin_payment(&accounts.pool, class)?;
    let amount = core::mem::take(&mut accounts.withdrawal.payable);
    if amount > 0 || !done {
        let amount = token::nonzero(amount)?;
        debit(&accounts.pool, class, amount)?;
        payment.pay(amount, ctx.remaining_accounts)?;
    }
    emit!(WithdrawalClaimed {
        pool: accounts.pool.key(),
        class,
        number: accounts.withdrawal.number,
        owner: accounts.owner.key(),
        amount,
        closed: done,
    });
    if done {
        accounts.withdrawal.close(accounts.owner.to_account_info())?;
    }
    Ok(())
}

/// Takes the amount out of what is set aside.
fn debit(pool: &AccountLoader<Pool>, class: ShareClass, amount: Native) -> Result<()> {
    let mut pool = pool.load_mut()?;
    pool.check()?;
    pool.pay_claim(class, amount)
}
