//! Places a conditional order.

use crate::{
    engine::{Payer, pay_out},
    ensure,
    events::OrderPlaced,
    instructions::common::*,
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// Accounts of `place_order`. Remaining accounts, only for a tip out of an account with open positions: for each of their
/// underlyings the underlying and its price.
#[derive(Accounts)]
#[instruction(number: u64)]
pub struct PlaceOrder<'info> {
    /// It pays for the order's account and gets its rent back.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// This is the owner or delegate of the margin account.
    pub trader: Signer<'info>,
    /// The order is for this account of the pool.
    pub market: MarketAccounts<'info>,
    /// It is created; the number is the account's next one.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::ORDER, market.account.key().as_ref(), &number.to_le_bytes()], bump)]
    pub order: UncheckedAccount<'info>,
    /// It creates the order's account.
    pub system_program: Program<'info, System>,
}

/// `number` is the account's next one, so that no order is placed twice.
///
/// 1. The order is well-formed, its series are live.
/// 2. The tip is set aside; it leaves the account like a withdrawal, so a delegate cannot promise one.
/// 3. The order is stored.
pub(crate) fn place_order<'info>(ctx: Context<'info, PlaceOrder<'info>>, number: u64, terms: OrderTerms) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let OpenedMarket { mut pool, mut registry, mut account, pool_key, key: account_key } = accounts.market.open()?;
    account.check_trader(&accounts.trader.key())?;
    terms.check(now)?;
    check_legs(&registry.resolve(&terms.legs)?)?;
    if let Some(trigger) = &terms.trigger {
        ensure!(trigger.underlying < pool.underlying_count, UnknownUnderlying);
        trigger.dollars()?;
    }
    if terms.tip > 0 {
        ensure!(accounts.trader.key() == account.owner, TipByDelegate);
        account.commitment.check_none()?;
        accounts.market.check_running(Action::WithdrawMargin, now)?;
        let from = Payer { pool: &mut pool, registry: &mut registry, account: &mut account, key: &account_key };
        pay_out(from, ctx.remaining_accounts, now, |pool, account| pool.reserve_tip(account, Native(terms.tip)))?;
    }
    account.take_order_number(number)?;
    let loss_index = pool.loss_index;
    emit!(OrderPlaced {
        order: accounts.order.key(),
        account: account_key,
        number,
        terms: terms.clone(),
        cash: account.cash,
    });
    let bump = ctx.bumps.order;
    let order = Order {
        version: LAYOUT_VERSION,
        bump,
        number,
        pool: pool_key,
        account: account_key,
        payer: accounts.payer.key(),
        trader: accounts.trader.key(),
        committed: false,
        committer: Pubkey::default(),
        placed_at: now,
        terms,
        loss_factor: loss_index.factor,
        loss_epoch: loss_index.epoch,
        reserved: [0; 32],
    };
    let seeds: &[&[u8]] = &[seeds::ORDER, account_key.as_ref(), &number.to_le_bytes(), &[bump]];
    create_account(&accounts.payer, &accounts.order, Order::SPACE, seeds, &order)?;
    Ok(())
}
