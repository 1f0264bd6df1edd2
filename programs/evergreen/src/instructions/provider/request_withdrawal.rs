//! Burns shares and makes a withdrawal request, which waits for its cooldown and its turn.

use crate::instructions::common::*;
use crate::{errors::MathContext, events::WithdrawalRequested, seeds, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};

/// Accounts of `request_withdrawal`.
#[derive(Accounts)]
#[instruction(class: ShareClass, number: u64)]
pub struct RequestWithdrawal<'info> {
    /// Owner of the shares; pays for the withdrawal and gets its rent back when it is claimed.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The protocol, which stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Vaults of the pool.
    pub vaults: Vaults<'info>,
    /// Created; the number is the pool's next one.
    #[account(
        init,
        payer = owner,
        space = WithdrawalRequest::SPACE,
        seeds = [
            seeds::WITHDRAWAL,
            pool.key().as_ref(),
            &[class as u8],
            &number.to_le_bytes()
        ],
        bump
    )]
    pub withdrawal: Box<Account<'info, WithdrawalRequest>>,
    /// Share mint of the class.
    #[account(mut, dup, address = pool.load()?.share_mint(class))]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// The owner's shares.
    #[account(mut, dup, token::mint = share_mint, token::authority = owner)]
    pub shares_from: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Token program of the shares.
    pub share_program: Program<'info, Token>,
    /// Creates the withdrawal.
    pub system_program: Program<'info, System>,
}

/// `number` has to be the next one of the class, so that no request is made twice.
///
/// 1. The shares are burnt.
/// 2. The withdrawal request is stored. In the insurance class it keeps the part of the capital that its shares have now.
pub(crate) fn request_withdrawal(
    ctx: Context<RequestWithdrawal>,
    class: ShareClass,
    number: u64,
    shares: u64,
) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::WithdrawLiquidity, now)?;
    let shares = token::nonzero(shares)?.0;
    token::burn_shares(&accounts.share_mint, &accounts.shares_from, &accounts.owner, &accounts.share_program, shares)?;
    let mut pool = accounts.pool.load_mut()?;
    accounts.vaults.check(&pool)?;
    let worth_at_request = match class {
        ShareClass::Main => u64::MAX,
        ShareClass::Insurance => {
            let assets = pool.insurance_assets()?.to_delta().program()?;
            pool.insurance.worth(shares, assets).map(|w| w.0).unwrap_or(0)
        }
    };
    let loss_index = pool.loss_index_of(class);
    pool.shares_mut(class).enqueue(number, shares)?;
    accounts.withdrawal.set_inner(WithdrawalRequest {
        version: LAYOUT_VERSION,
        bump: ctx.bumps.withdrawal,
        class: class as u8,
        number,
        pool: accounts.pool.key(),
        owner: accounts.owner.key(),
        shares,
        worth_at_request,
        payable: 0,
        requested_at: now,
        loss_factor: loss_index.factor,
        loss_epoch: loss_index.epoch,
        ready_at: now.saturating_add(pool.cooldown(class)),
        reserved: [0; 12],
    });
    emit!(WithdrawalRequested { pool: accounts.pool.key(), class, number, owner: accounts.owner.key(), shares });
    Ok(())
}
