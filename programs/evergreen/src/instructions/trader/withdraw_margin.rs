//! Pays cash of an account to its owner.

use crate::{
    engine::{Payer, clear_arrears, pay_out},
    errors::MathContext,
    events::MarginMoved,
    instructions::common::*,
    state::*,
    token::{self, split_hook},
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// Accounts of `withdraw_margin`. Remaining accounts, only with open positions: for each of their underlyings the
/// underlying and its price. Then those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct WithdrawMargin<'info> {
    /// This is the owner of the account; a delegate cannot withdraw.
    pub owner: Signer<'info>,
    /// The account of this pool is debited.
    pub market: MarketAccounts<'info>,
    /// The token account receives out of the main vault.
    pub tokens: VaultAccounts<'info>,
}

/// The account must have no commitment. `u64::MAX` withdraws all cash of an account without positions.
///
/// 1. Arrears are collected. If the account has positions, prices must be fresh, funding is settled, and initial health must not be negative afterwards.
/// 2. The cash is debited.
/// 3. The tokens are transferred.
pub(crate) fn withdraw_margin<'info>(ctx: Context<'info, WithdrawMargin<'info>>, amount: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::WithdrawMargin, now)?;
    let mint = accounts.tokens.mint.to_account_info();
    let payment = accounts.tokens.begin_payment(&accounts.market.pool, ShareClass::Main)?;
    let (markets, hook) = split_hook(&mint, ctx.remaining_accounts);
    let (amount, cash) = debit(&accounts.market, &accounts.owner.key(), markets, amount, now)?;
    payment.pay(amount, hook)?;
    let amount = amount.to_delta().and_then(|a| a.checked_neg()).program()?;
    emit!(MarginMoved { account: accounts.market.account.key(), amount: amount.0, cash });
    Ok(())
}

/// Takes the amount out of the ledgers. Returns what is paid, and the cash that is left, native units.
#[inline(never)]
fn debit<'info>(
    accounts: &MarketAccounts<'info>,
    owner: &Pubkey,
    market_accounts: &'info [AccountInfo<'info>],
    amount: u64,
    now: i64,
) -> Result<(Native, i64)> {
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.open()?;
    account.check_owner(owner)?;
    account.commitment.check_none()?;
    let all = account.is_flat() && amount == u64::MAX;
    if all {
        clear_arrears(&mut pool, &mut account, &key, now)?;
    }
    let amount = token::nonzero(if all { account.cash().positive_part().0 } else { amount })?;
    let from = Payer { pool: &mut pool, registry: &mut registry, account: &mut account, key: &key };
    pay_out(from, market_accounts, now, |pool, account| pool.pay_owner(account, amount))?;
    Ok((amount, account.cash))
}
