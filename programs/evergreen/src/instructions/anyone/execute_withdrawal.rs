//! Executes the first withdrawal of a queue, in full or as far as reserves and the daily limit allow; anyone may call it.

use crate::{
    engine::{NavBound, check_writers_settled, net_assets, withdrawal_minute},
    ensure,
    errors::{EvergreenError, MathContext},
    events::{WithdrawalExecuted, WithdrawalPassed},
    instructions::common::*,
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta};

/// Accounts of `execute_withdrawal`. Remaining accounts: in the main class for each underlying of live series with open interest now or at the last full
/// minute the underlying and its price, the first one published after that minute; then the withdrawals that follow in the queue.
#[derive(Accounts)]
pub struct ExecuteWithdrawal<'info> {
    /// The protocol stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// This is the first of its queue.
    #[account(mut, dup, has_one = pool)]
    pub withdrawal: Box<Account<'info, LiquidityRequest>>,
    /// These are the vaults of the pool.
    pub vaults: Vaults<'info>,
}

/// Writers of exercised series have to be settled before, which anyone may do: what they cannot pay is then a debt that everybody bears. `more` withdrawals are executed
/// after the first one, each as if by itself: what all shares are worth is valued once, so many small ones hold up nobody for long.
///
/// 1. The withdrawal must be first, and cooled down at the last full minute; a cancelled one is passed.
/// 2. Soon after that minute all series are valued (main class), at the first prices after it and with the ledgers of it: nobody chooses among prices,
///    or among orders of transactions ([`withdrawal_minute`]).
/// 3. Shares are paid at the lower bound less what is not earned yet, rounded down, as far as free cash and the daily limit go. The amount is
///    set aside for the owner: their frozen token account cannot hold up the queue.
/// 4. A withdrawal whose shares are worth less than its least amount goes to the end of the queue, and after
///    [`LiquidityRequest::MOST_PASSES`] leaves it: its owner cancels it.
/// 5. So it goes on with those that follow, up to the first one that cannot be executed yet, or of which a part is left.
pub(crate) fn execute_withdrawal<'info>(ctx: Context<'info, ExecuteWithdrawal<'info>>, more: u8) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::WithdrawLiquidity, now)?;
    let withdrawal = &mut accounts.withdrawal;
    let mut pool = accounts.pool.load_mut()?;
    accounts.vaults.check(&pool)?;
    withdrawal.open(&pool)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let prices = ctx.remaining_accounts.len().checked_sub(more.into()).ok_or(ErrorCode::AccountNotEnoughKeys)?;
    let (prices, others) = ctx.remaining_accounts.split_at(prices);
    let key = accounts.pool.key();
    let mut queue = Queue {
        pool: &mut pool,
        registry: &mut registry,
        key,
        class: withdrawal.share_class(),
        prices,
        now,
        worth: None,
        owed: None,
    };
    let mut goes_on = queue.execute(withdrawal)?;
    for account in others {
        if !goes_on {
            break;
        }
        let mut further = Box::new(Account::<LiquidityRequest>::try_from(account)?);
        further.open(queue.pool)?;
        require_keys_eq!(further.pool, key, ErrorCode::ConstraintHasOne);
        ensure!(
            further.share_class() == queue.class,
            WithdrawalNotFirst,
            "withdrawal {} of another class",
            further.number
        );
        goes_on = match queue.execute(&mut further) {
            Ok(goes_on) => goes_on,
            Err(error) if waits(&error) => break,
            Err(error) => return Err(error),
        };
        further.exit(&crate::ID)?;
    }
    Ok(())
}

/// Returns whether an error says that a withdrawal cannot be executed yet. Nothing has changed by it but the copy of the withdrawal, which is not stored.
fn waits(error: &Error) -> bool {
    use EvergreenError::{BelowMinimum, NothingPayable, OffGrid, WithdrawalCooling};
    let of_wait = [WithdrawalCooling, OffGrid, NothingPayable, BelowMinimum].map(u32::from);
    matches!(error, Error::AnchorError(error) if of_wait.contains(&error.error_code_number))
}

/// The queue of a class at one moment.
struct Queue<'a, 'info> {
    pool: &'a mut Pool,
    registry: &'a mut SeriesRegistry,
    /// This is the pool.
    key: Pubkey,
    class: ShareClass,
    prices: &'info [AccountInfo<'info>],
    /// This is in unix seconds.
    now: i64,
    /// What all shares of the main class are worth at the lower bound, native units, once they are valued. What is executed is taken off, as valuing them again would.
    worth: Option<NativeDelta>,
    /// The funding that is owed to accounts, native units, once it is known: withdrawals do not change it.
    owed: Option<Native>,
}

impl Queue<'_, '_> {
    /// Executes a withdrawal, which must be the first one, or passes it. Returns whether another one is first now. Errors: those of the instruction.
    #[inline(never)]
    fn execute(&mut self, withdrawal: &mut LiquidityRequest) -> Result<bool> {
        let (class, pool_key) = (self.class, self.key);
        let first = self.pool.shares(class).first_withdrawal;
        ensure!(withdrawal.number == first, WithdrawalNotFirst, "withdrawal {}, first {}", withdrawal.number, first);
        if withdrawal.shares == 0 {
            self.pool.shares_mut(class).pass_first()?;
            emit!(WithdrawalPassed { pool: pool_key, class, number: first, place: None });
            return Ok(true);
        }
        let minute = withdrawal_minute(self.pool, withdrawal, self.now)?;
        check_writers_settled(self.pool, self.registry, minute)?;
        let (assets, free) = match class {
            ShareClass::Main => (self.assets(minute)?, self.free_to_leave()?),
            ShareClass::Insurance => (self.pool.insurance_balance_at(minute)?, self.pool.free_insurance()?),
        };
        let (assets, part) = size_of_leaving(self.pool, withdrawal, assets, Some(minute), (free, self.now))?;
        let Some(fill) = part else {
            let stays = withdrawal.pass(self.now);
            let place = self.pool.shares_mut(class).rotate(stays)?;
            withdrawal.number = place.unwrap_or(first);
            emit!(WithdrawalPassed { pool: pool_key, class, number: first, place });
            return Ok(true);
        };
        withdrawal.execute(fill.shares, fill.amount)?;
        let done = withdrawal.shares == 0;
        self.pool.execute_shares(class, fill.shares, fill.amount, done)?;
        if class == ShareClass::Main {
            self.pool.limit_unearned(assets, fill.amount, Some(minute), self.now)?;
            self.pool.check_reserve()?;
        }
        if let Some(worth) = &mut self.worth {
            *worth = worth.checked_sub(fill.amount.to_delta().program()?).program()?;
        }
        emit!(WithdrawalExecuted {
            pool: pool_key,
            class,
            number: withdrawal.number,
            shares: fill.shares,
            amount: fill.amount.0,
            assets: assets.0,
        });
        Ok(done)
    }

    /// Returns what all shares of the main class are worth at the lower bound, in native units. Errors: those of [`prices_of_minute`] and [`net_assets`].
    #[inline(never)]
    fn assets(&mut self, minute: i64) -> Result<NativeDelta> {
        let worth = match self.worth {
            Some(known) => known,
            None => {
                let market = prices_of_minute(self.pool, self.registry, self.prices, minute, self.now)?;
                net_assets(self.pool, self.registry, &market, NavBound::Lower)?
            }
        };
        self.worth = Some(worth);
        Ok(worth)
    }

    /// Returns how much of pool cash may be withdrawn, as [`Pool::free_to_leave`] does. Errors: `Overflow`.
    fn free_to_leave(&mut self) -> Result<Native> {
        let owed = match self.owed {
            Some(known) => known,
            None => self.pool.owed_to_accounts(self.registry, self.now)?,
        };
        self.owed = Some(owed);
        self.pool.free_beside(owed)
    }
}
