//! Pays the protocol's fees to the fee owner, and the curator's to whom they are due; anyone may call it.

use crate::instructions::common::*;
use crate::{
    errors::EvergreenError,
    events::{CuratorFeesCollected, FeesCollected},
    seeds,
    state::*,
    token,
};
use anchor_lang::prelude::*;

/// Accounts of `collect_fees` and `collect_curator_fees`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct CollectFees<'info> {
    /// The protocol names the fee owner.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the main vault, and a token account of the fee owner or the curator.
    pub tokens: VaultAccounts<'info>,
    /// It is whom the fees are due to; they sign to be paid to another token account than the associated one.
    pub owner: Option<Signer<'info>>,
}

/// Pays all fees due.
pub(crate) fn collect_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<()> {
    let pool = ctx.accounts.pool.key();
    let take = |pool: &mut Pool, protocol: &Protocol, owner: &Pubkey| {
        require_keys_eq!(*owner, protocol.fee_owner, EvergreenError::Unauthorized);
        Ok(core::mem::take(&mut pool.fees_due))
    };
    let (_, amount) = pay(ctx, take)?;
    emit!(FeesCollected { pool, amount });
    Ok(())
}

/// Pays all fees due to the curator, or to the one before them, by whose the token account is.
pub(crate) fn collect_curator_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<()> {
    let pool = ctx.accounts.pool.key();
    let (owner, amount) = pay(ctx, Pool::take_curator_fees)?;
    emit!(CuratorFeesCollected { pool, owner, amount });
    Ok(())
}

/// Pays a ledger out to whose the token account is, if `take` finds that it is due to them, and returns them and the amount, in native units.
#[inline(never)]
fn pay<'info>(
    ctx: Context<'info, CollectFees<'info>>,
    take: fn(&mut Pool, &Protocol, &Pubkey) -> Result<u64>,
) -> Result<(Pubkey, u64)> {
    let accounts = ctx.accounts;
    let owner = accounts.tokens.wallet.owner;
    let has_signed = accounts.owner.as_ref().is_some_and(|signer| signer.key() == owner);
    let amount = {
        let (protocol, mut pool) = (accounts.protocol.load()?, accounts.pool.load_mut()?);
        protocol.check()?;
        pool.check()?;
        take(&mut pool, &protocol, &owner)?
    };
    accounts.tokens.check_wallet_of(&owner, has_signed)?;
    let payment = accounts.tokens.begin_payment(&accounts.pool, ShareClass::Main)?;
    let amount = token::nonzero(amount)?;
    payment.pay_due(amount, ctx.remaining_accounts, has_signed)?;
    Ok((owner, amount.0))
}
