//! Mints the shares of a deposit after its minute, in the main class at the first prices published after it; anyone may call it.

use crate::instructions::common::*;
use crate::{
    engine::{self, DepositOutcome},
    errors::EvergreenError,
    events::{DepositReturned, LiquidityDeposited},
    state::*,
    token,
};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;

/// Accounts of `execute_deposit`; nobody but the payer of the transaction signs. Remaining accounts, main class only: for each underlying of live series with
/// open interest now or at the request's minute the underlying and its price, the first one published after that minute.
#[derive(Accounts)]
pub struct ExecuteDeposit<'info> {
    /// CHECK: it is the owner of the request, checked by `has_one`; it gets the rent back when the shares are minted.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// It is a deposit.
    #[account(mut, dup, has_one = pool, has_one = owner, has_one = shares_to)]
    pub request: Box<Account<'info, LiquidityRequest>>,
    /// These are both vaults of the pool.
    pub vaults: Vaults<'info>,
    /// CHECK: it is the share mint of the class, compared with the pool's.
    #[account(mut, address = pool.load()?.share_mint(request.share_class()))]
    pub share_mint: UncheckedAccount<'info>,
    /// CHECK: it is the token account that receives the shares, as the request names it. Its owner may have closed it.
    #[account(mut)]
    pub shares_to: UncheckedAccount<'info>,
    /// This is the token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// 1. The prices are proven to be the first ones after the request's minute.
/// 2. Shares are minted at the upper bound less what is not earned yet, rounded down, and the request is closed; or the tokens are set aside for the owner, as
///    [`engine::execute_deposit`] says, who claims them.
pub(crate) fn execute_deposit<'info>(ctx: Context<'info, ExecuteDeposit<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let request = &accounts.request;
    let (pool, class, id, owner) = (accounts.pool.key(), request.share_class(), request.id, accounts.owner.key());
    match end(accounts, ctx.remaining_accounts)? {
        DepositOutcome::Executed { amount, assets, shares } => {
            let (mint, to) = (accounts.share_mint.to_account_info(), accounts.shares_to.to_account_info());
            token::mint_shares(&accounts.pool, mint, to, &accounts.share_program, shares)?;
            let (amount, assets) = (amount.0, assets.0);
            emit!(LiquidityDeposited { pool, class, provider: owner, id, amount, shares, assets });
            accounts.request.close(accounts.owner.to_account_info())
        }
        DepositOutcome::Returned { reason, amount, fee } => {
            emit!(DepositReturned { pool, class, id, owner, reason, amount: amount.0, fee: fee.0 });
            Ok(())
        }
    }
}

#[inline(never)]
fn end<'info>(
    accounts: &mut ExecuteDeposit<'info>,
    market_accounts: &'info [AccountInfo<'info>],
) -> Result<DepositOutcome> {
    let now = Clock::get()?.unix_timestamp;
    let mut pool = accounts.pool.load_mut()?;
    accounts.vaults.check(&pool)?;
    accounts.request.open(&pool)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let has_account = token::is_account_of(&accounts.shares_to, accounts.share_mint.key);
    let prices = |pool: &Pool, registry: &SeriesRegistry, minute| match prices_of_minute(
        pool,
        registry,
        market_accounts,
        minute,
        now,
    ) {
        Err(Error::AnchorError(error)) if error.error_code_number == u32::from(EvergreenError::PriceUncertain) => {
            Ok(None)
        }
        read => read.map(Some),
    };
    engine::execute_deposit(&mut pool, &mut registry, &mut accounts.request, (has_account, now), prices)
}
