//! Deposits tokens in the insurance class for shares.

use crate::instructions::common::*;
use crate::{engine::check_writers_settled, ensure, events::LiquidityDeposited, seeds, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};

/// Accounts of `deposit_insurance`.
#[derive(Accounts)]
pub struct DepositInsurance<'info> {
    /// Owner or delegate of the token account `tokens.wallet`.
    pub provider: Signer<'info>,
    /// The protocol, which stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Series registry of the pool.
    #[account(has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// Both vaults of the pool.
    pub vaults: Vaults<'info>,
    /// Insurance vault, and the tokens of the provider.
    pub tokens: VaultAccounts<'info>,
    /// Share mint of the insurance class.
    #[account(mut, dup, address = pool.load()?.insurance_mint)]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that receives the shares.
    #[account(mut, dup, token::mint = share_mint)]
    pub shares_to: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// The class is worth its cash, so no price is read, and shares are minted at once.
///
/// 1. Shares are rounded down.
/// 2. Tokens are transferred, and shares are minted.
///
/// Errors: `WritersUnsettled`, `BelowMinimum` when fewer than `min_shares` would be minted.
pub(crate) fn deposit_insurance(ctx: Context<DepositInsurance>, amount: u64, min_shares: u64) -> Result<()> {
    const CLASS: ShareClass = ShareClass::Insurance;
    let accounts = ctx.accounts;
    let amount = token::nonzero(amount)?;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::DepositLiquidity, now)?;
    let (assets, shares, signer) = {
        let mut pool = accounts.pool.load_mut()?;
        accounts.vaults.check(&pool)?;
        pool.check_open_for_risk()?;
        let registry = accounts.registry.load()?;
        registry.check(&accounts.pool.key())?;
        check_writers_settled(&registry)?;
        let assets = pool.insurance_balance()?;
        let shares = pool.insurance.for_deposit(amount, assets)?;
        pool.add_shares(CLASS, amount, shares)?;
        (assets, shares, (pool.mint, pool.bump))
    };
    ensure!(shares >= min_shares, BelowMinimum, "{} shares, at least {} asked", shares, min_shares);
    accounts.tokens.receive(&accounts.pool, CLASS, &accounts.provider, amount)?;
    token::mint_shares(
        &accounts.pool.to_account_info(),
        (&signer.0, signer.1),
        &accounts.share_mint.to_account_info(),
        &accounts.shares_to.to_account_info(),
        &accounts.share_program,
        shares,
    )?;
    emit!(LiquidityDeposited {
        pool: accounts.pool.key(),
        class: CLASS,
        provider: accounts.provider.key(),
        id: None,
        amount: amount.0,
        shares,
        assets: assets.0,
    });
    Ok(())
}
