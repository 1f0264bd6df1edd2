//! Deposits tokens in a class of liquidity for shares.

use crate::instructions::common::*;
use crate::{
    engine::{MarketContext, PoolEngine},
    ensure,
    events::LiquidityDeposited,
    oracle::PriceUse,
    seeds,
    state::*,
    token,
};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};
use evergreen_math::{Native, NativeDelta};

/// Accounts of `deposit_liquidity`. Remaining accounts, main class only: for each underlying with listed series the
/// underlying and its price.
#[derive(Accounts)]
#[instruction(class: ShareClass)]
pub struct DepositLiquidity<'info> {
    /// Owner or delegate of the token account `tokens.wallet`.
    pub provider: Signer<'info>,
    /// The protocol, which stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// Both vaults of the pool.
    pub vaults: Vaults<'info>,
    /// Vault of the class, and the tokens of the provider.
    pub tokens: VaultAccounts<'info>,
    /// Share mint of the class.
    #[account(mut, dup, address = pool.load()?.share_mint(class))]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that receives the shares.
    #[account(mut, dup, token::mint = share_mint)]
    pub shares_to: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// 1. All series are valued (main class).
/// 2. Shares are priced at the upper bound and rounded down.
/// 3. Tokens are transferred, and shares are minted.
///
/// Errors: `BelowMinimum` when fewer than `min_shares` would be minted.
pub(crate) fn deposit_liquidity<'info>(
    ctx: Context<'info, DepositLiquidity<'info>>,
    class: ShareClass,
    amount: u64,
    min_shares: u64,
) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = token::nonzero(amount)?;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::DepositLiquidity, now)?;
    let (assets, shares, signer) = record_deposit(accounts, ctx.remaining_accounts, class, amount, now)?;
    ensure!(shares >= min_shares, BelowMinimum, "{} shares, at least {} asked", shares, min_shares);
    accounts.tokens.receive(&accounts.pool, class, &accounts.provider, amount)?;
    token::mint_shares(
        &accounts.pool.to_account_info(),
        (&signer.0, signer.1),
        &accounts.share_mint,
        &accounts.shares_to,
        &accounts.share_program,
        shares,
    )?;
    emit!(LiquidityDeposited {
        pool: accounts.pool.key(),
        class,
        provider: accounts.provider.key(),
        amount: amount.0,
        shares,
        assets: assets.0,
    });
    Ok(())
}

#[inline(never)]
fn record_deposit<'info>(
    accounts: &DepositLiquidity<'info>,
    market_accounts: &'info [AccountInfo<'info>],
    class: ShareClass,
    amount: Native,
    now: i64,
) -> Result<(NativeDelta, u64, (Pubkey, u8))> {
    let mut pool = accounts.pool.load_mut()?;
    accounts.vaults.check(&pool)?;
    pool.check_open_for_risk()?;
    let assets = match class {
        ShareClass::Insurance => pool.insurance_balance()?,
        ShareClass::Main => {
            let mut registry = accounts.registry.load_mut()?;
            registry.check(&accounts.pool.key())?;
            let market = MarketContext::load(&pool, market_accounts, PriceUse::AddRisk, now)?;
            PoolEngine::new(&mut pool, &mut registry, &market)?.net_assets()?.upper
        }
    };
    let shares = pool.shares(class).for_deposit(amount, assets)?;
    pool.add_shares(class, amount, shares)?;
    Ok((assets, shares, (pool.mint, pool.bump)))
}
