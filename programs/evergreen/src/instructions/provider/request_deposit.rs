//! Pays tokens in for shares of the main class, which are minted at a price that is published afterwards.

use crate::instructions::common::*;
use crate::{events::DepositRequested, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount};

/// Accounts of `request_deposit`.
#[derive(Accounts)]
pub struct RequestDeposit<'info> {
    /// What every request needs. The owner is also owner or delegate of the token account `tokens.wallet`.
    pub common: RequestAccounts<'info>,
    /// Main vault, and the tokens of the owner.
    pub tokens: VaultAccounts<'info>,
    /// Share mint of the main class.
    #[account(address = common.pool.load()?.main_mint)]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that will receive the shares.
    #[account(token::mint = share_mint)]
    pub shares_to: Box<InterfaceAccount<'info, TokenAccount>>,
}

/// `id` is a number that the owner has used for no other open request of the class. Nothing is decided yet: the price is published later
/// ([`execute_deposit`](crate::instructions::execute_deposit)), and the owner cannot take the deposit back.
///
/// 1. The request is stored, with the pool's delay and window of now.
/// 2. The tokens are transferred. They are a claim on the main vault, and no capital yet.
pub(crate) fn request_deposit(ctx: Context<RequestDeposit>, id: u64, amount: u64, min_shares: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = token::nonzero(amount)?;
    let (common, shares_to) = (&accounts.common, accounts.shares_to.key());
    let now = common.check_running(Action::DepositLiquidity)?;
    let request = {
        let mut pool = common.pool.load_mut()?;
        common.vaults.check(&pool)?;
        pool.check_open_for_risk()?;
        pool.begin_deposit(amount)?;
        let class = ShareClass::Main;
        let new =
            LiquidityRequest::new(common.pool.key(), class, pool.generation(class), pool.loss_index_of(class), now);
        let mut request = LiquidityRequest { id, least: min_shares, deposit: amount.0, shares_to, ..new };
        request.set_times(&pool.params)?;
        request
    };
    common.create(request)?;
    accounts.tokens.receive(&common.pool, ShareClass::Main, &common.owner, amount)?;
    let (pool, owner) = (common.pool.key(), common.owner.key());
    emit!(DepositRequested { pool, id, owner, amount: amount.0, min_shares, shares_to });
    Ok(())
}
