//! Opens a margin account (or a further sub-account) on a pool.

use crate::{events::MarginAccountOpened, instructions::common::*, seeds, state::*};
use anchor_lang::prelude::*;
use core::cell::RefMut;

/// Accounts of `open_margin_account`.
#[derive(Accounts)]
#[instruction(sub_account: u16)]
pub struct OpenMarginAccount<'info> {
    /// It pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// This is the owner.
    pub owner: Signer<'info>,
    /// This is the pool.
    pub pool: AccountLoader<'info, Pool>,
    /// It is created.
    /// CHECK: created by the handler at this address.
    #[account(
        mut,
        seeds = [seeds::MARGIN, pool.key().as_ref(), owner.key().as_ref(), &sub_account.to_le_bytes()],
        bump
    )]
    pub account: UncheckedAccount<'info>,
    /// It creates the account.
    pub system_program: Program<'info, System>,
}

/// The referrer cannot be changed later. An owner who names their own key gets no referrer.
pub(crate) fn open_margin_account(
    ctx: Context<OpenMarginAccount>,
    sub_account: u16,
    referrer: Option<Pubkey>,
) -> Result<()> {
    let (accounts, bump) = (ctx.accounts, ctx.bumps.account);
    let (owner, pool_key) = (accounts.owner.key(), accounts.pool.key());
    let pool = read(&accounts.pool)?;
    let seeds: &[&[u8]] = &[seeds::MARGIN, pool_key.as_ref(), owner.as_ref(), &sub_account.to_le_bytes(), &[bump]];
    let mut account: RefMut<MarginAccount> =
        create_zeroed(&accounts.payer, &accounts.account, MarginAccount::SPACE, seeds)?;
    account.version = LAYOUT_VERSION;
    account.bump = bump;
    account.sub_account = sub_account;
    account.pool = pool_key;
    account.owner = owner;
    account.loss_index = pool.loss_index;
    account.referrer = referrer.filter(|r| *r != owner).unwrap_or_default();
    emit!(MarginAccountOpened {
        pool: account.pool,
        account: accounts.account.key(),
        owner,
        sub_account,
        referrer: account.referrer
    });
    Ok(())
}
