//! Mints the shares of a deposit in the main class at the first prices published after its request; anyone may call it.

use crate::instructions::common::*;
use crate::{
    engine::{self, DepositOutcome, MarketContext},
    events::{DepositReturned, LiquidityDeposited},
    oracle::PriceUse,
    state::*,
    token,
};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;

/// Accounts of `execute_deposit`; nobody but the payer of the transaction signs. Remaining accounts: for each underlying of live series with
/// open interest or commitments the underlying and its price, the first one published after the request and its delay.
#[derive(Accounts)]
pub struct ExecuteDeposit<'info> {
    /// CHECK: owner of the request, checked by `has_one`; gets the rent back when the shares are minted.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// A deposit.
    #[account(mut, dup, has_one = pool, has_one = owner, has_one = shares_to)]
    pub request: Box<Account<'info, LiquidityRequest>>,
    /// Both vaults of the pool.
    pub vaults: Vaults<'info>,
    /// CHECK: share mint of the main class, compared with the pool's.
    #[account(mut, address = pool.load()?.main_mint)]
    pub share_mint: UncheckedAccount<'info>,
    /// CHECK: token account that receives the shares, as the request names it. Its owner may have closed it.
    #[account(mut)]
    pub shares_to: UncheckedAccount<'info>,
    /// Token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// 1. The prices are proven to be the first ones after the request and its delay.
/// 2. Shares are minted at the upper bound, rounded down, and the request is closed; or the tokens are set aside for the owner, as
///    [`engine::execute_deposit`] says, who claims them.
pub(crate) fn execute_deposit<'info>(ctx: Context<'info, ExecuteDeposit<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.request.check()?;
    let (pool, id, owner) = (accounts.pool.key(), accounts.request.id, accounts.owner.key());
    let (outcome, signer) = end(accounts, ctx.remaining_accounts)?;
    match outcome {
        DepositOutcome::Executed { amount, assets, shares } => {
            token::mint_shares(
                &accounts.pool.to_account_info(),
                (&signer.0, signer.1),
                &accounts.share_mint.to_account_info(),
                &accounts.shares_to.to_account_info(),
                &accounts.share_program,
                shares,
            )?;
            let (amount, assets, class) = (amount.0, assets.0, ShareClass::Main);
            emit!(LiquidityDeposited { pool, class, provider: owner, id: Some(id), amount, shares, assets });
            accounts.request.close(accounts.owner.to_account_info())
        }
        DepositOutcome::Returned { error, amount, fee } => {
            emit!(DepositReturned { pool, id, owner, error, amount: amount.0, fee: fee.0 });
            Ok(())
        }
    }
}

#[inline(never)]
fn end<'info>(
    accounts: &mut ExecuteDeposit<'info>,
    market_accounts: &'info [AccountInfo<'info>],
) -> Result<(DepositOutcome, (Pubkey, u8))> {
    let now = Clock::get()?.unix_timestamp;
    let mut pool = accounts.pool.load_mut()?;
    accounts.vaults.check(&pool)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let has_account = token::is_account_of(&accounts.shares_to, accounts.share_mint.key);
    let prices = |pool: &Pool, registry: &SeriesRegistry, moment| {
        for underlying in market_accounts.iter().step_by(2) {
            engine::check_needed(pool, registry, underlying.key)?;
        }
        MarketContext::load_first_after(pool, market_accounts, PriceUse::AddRisk, moment, now)
    };
    let request = &mut accounts.request;
    let outcome = engine::execute_deposit(&mut pool, &mut registry, request, (has_account, now), prices)?;
    Ok((outcome, (pool.mint, pool.bump)))
}
