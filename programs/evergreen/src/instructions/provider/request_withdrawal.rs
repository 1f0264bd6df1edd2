//! Burns shares and makes a withdrawal request, which waits for its cooldown and its turn.

use crate::instructions::common::*;
use crate::{ensure, errors::MathContext, events::WithdrawalRequested, seeds, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount},
};

/// Accounts of `request_withdrawal`.
#[derive(Accounts)]
#[instruction(class: ShareClass, id: u64)]
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
    /// Created; the number is the owner's choice.
    #[account(
        init,
        payer = owner,
        space = WithdrawalRequest::SPACE,
        seeds = [
            seeds::WITHDRAWAL,
            pool.key().as_ref(),
            &[class as u8],
            owner.key().as_ref(),
            &id.to_le_bytes()
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

/// `id` is a number that the owner has chosen at random: what is sent twice is made once, and two requests never collide. `least` is the
/// least amount, in native units, that all shares must be worth to be executed; it bounds what somebody else's choice of the moment can cost.
///
/// 1. The shares are burnt.
/// 2. The withdrawal request is stored. In the insurance class it keeps the part of the capital that its shares have now.
///
/// Errors: `BelowMinimum` where the least amount can never be met, because an insurance request pays no later gains.
pub(crate) fn request_withdrawal(
    ctx: Context<RequestWithdrawal>,
    class: ShareClass,
    id: u64,
    shares: u64,
    least: u64,
) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::WithdrawLiquidity, now)?;
    let shares = token::nonzero(shares)?.0;
    let least = token::nonzero(least)?.0;
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
    ensure!(worth_at_request >= least, BelowMinimum, "worth {} now, at least {} asked", worth_at_request, least);
    let loss_index = pool.loss_index_of(class);
    let number = pool.shares_mut(class).enqueue(shares)?;
    accounts.withdrawal.set_inner(WithdrawalRequest {
        version: LAYOUT_VERSION,
        bump: ctx.bumps.withdrawal,
        class: class as u8,
        number,
        id,
        pool: accounts.pool.key(),
        owner: accounts.owner.key(),
        shares,
        worth_at_request,
        least,
        payable: 0,
        requested_at: now,
        loss_factor: loss_index.factor,
        loss_epoch: loss_index.epoch,
        ready_at: now.saturating_add(pool.cooldown(class)),
        generation: pool.generation(class),
        reserved: [0; 8],
    });
    emit!(WithdrawalRequested {
        pool: accounts.pool.key(),
        class,
        number,
        id,
        owner: accounts.owner.key(),
        shares,
        least
    });
    Ok(())
}
