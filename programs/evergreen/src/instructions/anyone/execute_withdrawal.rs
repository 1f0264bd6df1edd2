//! Executes the first withdrawal of a queue, in full or as far as reserves and the daily limit allow; anyone may call it.

use crate::{
    engine::{assets_for_leaving, check_writers_settled, withdrawal_minute},
    ensure,
    events::{WithdrawalExecuted, WithdrawalPassed},
    instructions::common::*,
    seeds,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `execute_withdrawal`. Remaining accounts, main class only: for each underlying of live series with open interest now or at the last full
/// minute the underlying and its price, the first one published after that minute.
#[derive(Accounts)]
pub struct ExecuteWithdrawal<'info> {
    /// The protocol, which stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// First of its queue.
    #[account(mut, dup, has_one = pool)]
    pub withdrawal: Box<Account<'info, LiquidityRequest>>,
    /// Vaults of the pool.
    pub vaults: Vaults<'info>,
}

/// Writers of exercised series have to be settled before, which anyone may do: what they cannot pay is then a debt that everybody bears.
///
/// 1. The withdrawal must be first, and cooled down at the last full minute; a cancelled one is passed.
/// 2. Soon after that minute all series are valued (main class), at the first prices after it and with the ledgers of it: nobody chooses among prices,
///    or among orders of transactions ([`withdrawal_minute`]).
/// 3. Shares are paid at the lower bound, rounded down, as far as free cash and the daily limit go. The amount is
///    set aside for the owner: their frozen token account cannot hold up the queue.
/// 4. A withdrawal whose shares are worth less than its least amount goes to the end of the queue, and after
///    [`LiquidityRequest::MOST_PASSES`] leaves it: its owner cancels it.
pub(crate) fn execute_withdrawal<'info>(ctx: Context<'info, ExecuteWithdrawal<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::WithdrawLiquidity, now)?;
    let withdrawal = &mut accounts.withdrawal;
    withdrawal.check()?;
    let mut pool = accounts.pool.load_mut()?;
    accounts.vaults.check(&pool)?;
    let class = withdrawal.share_class();
    let first = pool.shares(class).first_withdrawal;
    ensure!(withdrawal.number == first, WithdrawalNotFirst, "withdrawal {}, first {}", withdrawal.number, first);
    if withdrawal.shares == 0 {
        pool.shares_mut(class).pass_first()?;
        emit!(WithdrawalPassed { pool: accounts.pool.key(), class, number: first, place: None });
        return Ok(());
    }
    let minute = withdrawal_minute(&pool, withdrawal, now)?;

    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    check_writers_settled(&pool, &registry, minute)?;
    let (assets, free) = match class {
        ShareClass::Main => {
            let market = prices_of_minute(&pool, &registry, ctx.remaining_accounts, minute, now)?;
            let assets = assets_for_leaving(&mut pool, &mut registry, &market, withdrawal.shares)?;
            (assets, pool.free_to_leave(&registry, now)?)
        }
        ShareClass::Insurance => (pool.insurance_balance_at(minute)?, pool.free_insurance()?),
    };
    let Some(fill) = size_of_execution(&mut pool, withdrawal, assets, free, now)? else {
        let stays = withdrawal.pass(now);
        let place = pool.shares_mut(class).rotate(stays)?;
        withdrawal.number = place.unwrap_or(first);
        emit!(WithdrawalPassed { pool: accounts.pool.key(), class, number: first, place });
        return Ok(());
    };
    withdrawal.apply_losses(pool.loss_index_of(class))?;
    withdrawal.execute(fill.shares, fill.amount)?;
    let done = withdrawal.shares == 0;
    pool.execute_shares(class, fill.shares, fill.amount, done)?;
    if class == ShareClass::Main {
        pool.check_reserve()?;
    }
    emit!(WithdrawalExecuted {
        pool: accounts.pool.key(),
        class,
        number: withdrawal.number,
        shares: fill.shares,
        amount: fill.amount.0,
        assets: assets.0,
    });
    Ok(())
}
