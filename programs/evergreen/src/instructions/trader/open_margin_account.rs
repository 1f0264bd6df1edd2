//! Opens a margin account (or a further sub-account) on a pool.

use crate::{events::MarginAccountOpened, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `open_margin_account`.
#[derive(Accounts)]
#[instruction(sub_account: u16)]
pub struct OpenMarginAccount<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Owner.
    pub owner: Signer<'info>,
    /// The pool.
    pub pool: AccountLoader<'info, Pool>,
    /// The account that is created.
    #[account(
        init,
        payer = payer,
        space = MarginAccount::SPACE,
        seeds = [seeds::MARGIN, pool.key().as_ref(), owner.key().as_ref(), &sub_account.to_le_bytes()],
        bump
    )]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// The referrer cannot be changed later. An owner who names their own key gets no referrer.
pub(crate) fn open_margin_account(
    ctx: Context<OpenMarginAccount>,
    sub_account: u16,
    referrer: Option<Pubkey>,
) -> Result<()> {
    let owner = ctx.accounts.owner.key();
    let mut account = ctx.accounts.account.load_init()?;
    account.version = LAYOUT_VERSION;
    account.bump = ctx.bumps.account;
    account.sub_account = sub_account;
    account.pool = ctx.accounts.pool.key();
    account.owner = owner;
    let pool = ctx.accounts.pool.load()?;
    pool.check()?;
    account.loss_index = pool.loss_index;
    account.referrer = referrer.filter(|r| *r != owner).unwrap_or_default();
    emit!(MarginAccountOpened {
        pool: account.pool,
        account: ctx.accounts.account.key(),
        owner,
        sub_account,
        referrer: account.referrer
    });
    Ok(())
}
