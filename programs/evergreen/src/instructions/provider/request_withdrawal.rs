//! Burns shares and makes a withdrawal request, which waits for its cooldown and its turn.

use crate::instructions::common::*;
use crate::{ensure, errors::MathContext, events::WithdrawalRequested, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};

/// Accounts of `request_withdrawal`.
#[derive(Accounts)]
#[instruction(id: u64, class: ShareClass)]
pub struct RequestWithdrawal<'info> {
    /// It is what every request needs.
    pub common: RequestAccounts<'info>,
    /// This is the share mint of the class.
    #[account(mut, dup, address = common.pool.load()?.share_mint(class))]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// These are the owner's shares.
    #[account(mut, dup, token::mint = share_mint, token::authority = common.owner)]
    pub shares_from: Box<InterfaceAccount<'info, TokenAccount>>,
    /// This is the token program of the shares.
    pub share_program: Program<'info, Token>,
}

/// `id` is the owner's next number: what is sent twice is made once. `least` is the
/// least amount, in native units, that all shares must be worth to be executed; it bounds what somebody else's choice of the moment can cost.
///
/// 1. The shares are burnt.
/// 2. The withdrawal request is stored. In the insurance class it keeps the part of the capital that its shares have now.
///
/// Errors: `BelowMinimum` where the least amount can never be met, because an insurance request pays no later gains.
pub(crate) fn request_withdrawal(
    ctx: Context<RequestWithdrawal>,
    id: u64,
    class: ShareClass,
    shares: u64,
    least: u64,
) -> Result<()> {
    let accounts = ctx.accounts;
    let common = &accounts.common;
    let now = common.check_running(Action::WithdrawLiquidity)?;
    let shares = token::nonzero(shares)?.0;
    let least = token::nonzero(least)?.0;
    token::burn_shares(&accounts.share_mint, &accounts.shares_from, &common.owner, &accounts.share_program, shares)?;
    let mut pool = common.pool.load_mut()?;
    common.vaults.check(&pool)?;
    let worth_at_request = match class {
        ShareClass::Main => u64::MAX,
        ShareClass::Insurance => {
            let assets = pool.insurance_assets()?.to_delta().program()?;
            if assets.0 > 0 { pool.insurance.worth(shares, assets)?.0 } else { 0 }
        }
    };
    ensure!(worth_at_request >= least, BelowMinimum, "worth {} now, at least {} asked", worth_at_request, least);
    let number = pool.shares_mut(class).enqueue(shares)?;
    let new = LiquidityRequest::new(common.pool.key(), class, pool.generation(class), pool.loss_index_of(class), now);
    let ready_at = now.saturating_add(pool.cooldown(class));
    drop(pool);
    let request = LiquidityRequest { id, number, shares, worth_at_request, least, ready_at, ..new };
    common.create(request)?;
    let owner = common.owner.key();
    emit!(WithdrawalRequested { pool: common.pool.key(), class, number, id, owner, shares, least });
    Ok(())
}
