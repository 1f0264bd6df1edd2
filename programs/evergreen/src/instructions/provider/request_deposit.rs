//! Pays tokens in for shares, which are minted after the next full minute.

use crate::instructions::common::*;
use crate::{events::DepositRequested, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount};

/// Accounts of `request_deposit`. Remaining accounts: in a private pool its curator, who signs, unless they are the owner.
#[derive(Accounts)]
#[instruction(id: u64, class: ShareClass)]
pub struct RequestDeposit<'info> {
    /// It is what every request needs. The owner is also owner or delegate of the token account `tokens.wallet`.
    pub common: RequestAccounts<'info>,
    /// This is the vault of the class, and the tokens of the owner.
    pub tokens: VaultAccounts<'info>,
    /// This is the share mint of the class.
    #[account(address = common.pool.load()?.share_mint(class))]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// It is the token account that will receive the shares.
    #[account(token::mint = share_mint)]
    pub shares_to: Box<InterfaceAccount<'info, TokenAccount>>,
}

/// `id` is the owner's next number. Nothing is decided yet: the minute and its prices are still to come
/// ([`execute_deposit`](crate::instructions::execute_deposit)), and the owner cannot take the deposit back. That holds for the insurance class, too: who
/// sees that a liquidation is due would otherwise deposit before it and share its penalty.
///
/// 1. The request is stored, with the minute that the pool's delay of now gives.
/// 2. The tokens are transferred. They are a claim on the vault of the class, and no capital yet.
pub(crate) fn request_deposit(
    ctx: Context<RequestDeposit>,
    id: u64,
    class: ShareClass,
    amount: u64,
    min_shares: u64,
) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = token::nonzero(amount)?;
    let (common, shares_to) = (&accounts.common, accounts.shares_to.key());
    let now = common.check_running(Action::DepositLiquidity)?;
    let request = {
        let mut pool = common.pool.load_mut()?;
        common.vaults.check(&pool)?;
        pool.check_open_for_risk()?;
        pool.check_provider(&*common.protocol.load()?, &common.owner.key(), ctx.remaining_accounts)?;
        pool.begin_deposit(class, amount)?;
        let new =
            LiquidityRequest::new(common.pool.key(), class, pool.generation(class), pool.loss_index_of(class), now);
        let first = u8::from(pool.shares(class).total == 0);
        let mut request = LiquidityRequest { id, least: min_shares, deposit: amount.0, shares_to, first, ..new };
        request.set_minute(&pool.params);
        request
    };
    let minute = request.minute;
    common.create(request)?;
    accounts.tokens.receive(&common.pool, class, &common.owner, amount)?;
    let (pool, owner) = (common.pool.key(), common.owner.key());
    emit!(DepositRequested { pool, class, id, owner, amount: amount.0, min_shares, shares_to, minute });
    Ok(())
}
