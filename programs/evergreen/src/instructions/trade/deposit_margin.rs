//! Tokens into an account's cash.

use crate::{events::MarginMoved, seeds, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Accounts of `deposit_margin`.
#[derive(Accounts)]
pub struct DepositMargin<'info> {
    /// Owner of `from`: anyone may top up anyone's account.
    pub depositor: Signer<'info>,
    /// Names what is paused.
    #[account(seeds = [seeds::PROTOCOL], bump = protocol.load()?.bump)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut, has_one = vault, has_one = mint, has_one = token_program)]
    pub pool: AccountLoader<'info, Pool>,
    /// Credited.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Main vault.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The depositor's tokens.
    #[account(mut, token::mint = mint)]
    pub from: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Collateral.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
}

/// 1. Transfer.
/// 2. Credit.
pub(crate) fn deposit_margin(ctx: Context<DepositMargin>, amount: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = token::nonzero(amount)?;
    accounts.protocol.load()?.check_running(Action::DepositMargin, Clock::get()?.unix_timestamp)?;
    token::Movement {
        from: &mut accounts.from,
        to: &mut accounts.vault,
        authority: accounts.depositor.to_account_info(),
        mint: &accounts.mint,
        program: &accounts.token_program,
    }
    .deposit(amount)?;
    let mut pool = accounts.pool.load_mut()?;
    let mut account = accounts.account.load_mut()?;
    pool.apply_losses(&mut account, &accounts.pool.key())?;
    pool.credit_margin(&mut account, amount)?;
    pool.check_class_vault(ShareClass::Main, &accounts.vault)?;
    emit!(MarginMoved {
        account: accounts.account.key(),
        amount: amount.to_delta().map_err(crate::errors::math)?.0,
        cash: account.cash
    });
    Ok(())
}
