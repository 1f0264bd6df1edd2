//! Deposits tokens as cash of an account.

use crate::{engine::collect_arrears_of_holder, events::MarginMoved, instructions::common::*, seeds, state::*, token};
use anchor_lang::prelude::*;

/// Accounts of `deposit_margin`.
#[derive(Accounts)]
pub struct DepositMargin<'info> {
    /// This is the owner or delegate of the token account `tokens.wallet`. Anyone may deposit in anyone's account.
    pub depositor: Signer<'info>,
    /// The protocol stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// It is the margin account that is credited.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// This is the main vault, and the tokens of the depositor.
    pub tokens: VaultAccounts<'info>,
}

/// 1. The ledgers are credited, and arrears collected.
/// 2. The tokens are transferred.
pub(crate) fn deposit_margin(ctx: Context<DepositMargin>, amount: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = token::nonzero(amount)?;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::DepositMargin, now)?;
    let cash = {
        let (mut pool, mut account) = open_pool_and_account(&accounts.pool, &accounts.account)?;
        pool.credit_margin(&mut account, amount)?;
        collect_arrears_of_holder(&mut pool, &mut account, &accounts.account.key(), now)?;
        account.cash
    };
    accounts.tokens.receive(&accounts.pool, ShareClass::Main, &accounts.depositor, amount)?;
    emit!(MarginMoved {
        account: accounts.account.key(),
        amount: amount.to_delta().map_err(crate::errors::math)?.0,
        cash
    });
    Ok(())
}
