//! Retires the shares of a class whose capital is spent, and begins new ones; anyone may call it.

use crate::instructions::common::*;
use crate::{errors::EvergreenError, events::SharesRenewed, seeds, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;

/// Accounts of `renew_shares`.
#[derive(Accounts)]
pub struct RenewShares<'info> {
    /// It pays for the accounts; it gets the rent of `retired` back when the last retired shares are redeemed.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// These are the vaults of the pool.
    pub vaults: Vaults<'info>,
    /// CHECK: it is created at the address of the present generation, which the handler derives.
    #[account(mut)]
    pub retired: UncheckedAccount<'info>,
    /// CHECK: it is the share mint of the next generation, created at its address, which the handler derives.
    #[account(mut)]
    pub share_mint: UncheckedAccount<'info>,
    /// This is the token program of the shares.
    pub share_program: Program<'info, Token>,
    /// It creates the accounts.
    pub system_program: Program<'info, System>,
}

/// The caller chooses nothing but the moment, and nothing can rebound at any: see [`Pool::renew_shares`].
///
/// 1. The class must be spent, by its cash and not by a valuation.
/// 2. What is left is set aside for the holders of its shares.
/// 3. The share mint of the next generation is created.
pub(crate) fn renew_shares(ctx: Context<RenewShares>, class: ShareClass) -> Result<()> {
    let accounts = ctx.accounts;
    let (key, kind) = (accounts.pool.key(), [class as u8]);
    let (generation, decimals, shares, amount, loss_index) = {
        let mut pool = accounts.pool.load_mut()?;
        accounts.vaults.check(&pool)?;
        let registry = accounts.registry.load()?;
        registry.check(&key)?;
        let generation = pool.generation(class);
        let (shares, amount) = pool.renew_shares(class, &registry, accounts.share_mint.key())?;
        (generation, pool.decimals, shares, amount, pool.loss_index_of(class))
    };
    let next = generation.checked_add(1).ok_or(EvergreenError::Overflow)?.to_le_bytes();
    let bump = token::derive(&accounts.share_mint, &[seeds::SHARES, key.as_ref(), &kind, &next])?;
    let mint_seeds: &[&[u8]] = &[seeds::SHARES, key.as_ref(), &kind, &next, &[bump]];
    token::create_share_mint(&accounts.payer, &accounts.share_mint, &key, decimals, mint_seeds)?;

    let present = generation.to_le_bytes();
    let bump = token::derive(&accounts.retired, &[seeds::RETIRED, key.as_ref(), &kind, &present])?;
    let retired_seeds: &[&[u8]] = &[seeds::RETIRED, key.as_ref(), &kind, &present, &[bump]];
    token::create_address(&accounts.payer, &accounts.retired, RetiredShares::SPACE, &crate::ID, retired_seeds)?;
    let retired = RetiredShares {
        version: LAYOUT_VERSION,
        bump,
        class: class as u8,
        generation,
        pool: key,
        payer: accounts.payer.key(),
        shares,
        amount: amount.0,
        loss_factor: loss_index.factor,
        loss_epoch: loss_index.epoch,
        reserved: [0; 32],
    };
    retired.try_serialize(&mut &mut accounts.retired.try_borrow_mut_data()?[..])?;
    emit!(SharesRenewed { pool: key, class, generation, shares, amount: amount.0 });
    Ok(())
}
