//! Pays what an account owes its referrer; anyone may call it.

use crate::{events::ReferralClaimed, instructions::common::*, state::*};
use anchor_lang::prelude::*;

/// Accounts of `claim_referral`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct ClaimReferral<'info> {
    /// CHECK: it is the account's referrer, checked by `has_one`. It signs to be paid to another token account than the associated one.
    pub referrer: UncheckedAccount<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// It is the margin account whose fees are shared.
    #[account(mut, has_one = pool, has_one = referrer)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// This is the main vault, and a token account of the referrer.
    pub tokens: VaultAccounts<'info>,
}

/// 1. The ledgers are debited.
/// 2. The tokens are transferred.
pub(crate) fn claim_referral<'info>(ctx: Context<'info, ClaimReferral<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let has_signed = accounts.referrer.is_signer;
    accounts.tokens.check_wallet_of(accounts.referrer.key, has_signed)?;
    let payment = accounts.tokens.begin_payment(&accounts.pool, ShareClass::Main)?;
    let amount = {
        let (mut pool, mut account) = open_pool_and_account(&accounts.pool, &accounts.account)?;
        pool.take_referral(&mut account)?
    };
    payment.pay_due(amount, ctx.remaining_accounts, has_signed)?;
    emit!(ReferralClaimed { account: accounts.account.key(), referrer: accounts.referrer.key(), amount: amount.0 });
    Ok(())
}
