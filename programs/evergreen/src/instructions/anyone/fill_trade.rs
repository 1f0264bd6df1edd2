//! Fills a committed trade at the first price published after it.

use crate::{
    engine::{self, CommitmentOutcome, MarketContext, PoolEngine},
    ensure,
    errors::MathContext,
    events::{CommitmentCancelled, CommitmentFilled, OrderCancelled, OrderExecuted, PaymentCut, PaymentOwed},
    instructions::common::*,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::{error::ErrorCode, prelude::*};
use evergreen_math::Native;

/// Accounts of `fill_trade`; nobody but the payer of the transaction signs. Remaining accounts: for each underlying of the legs
/// and of the account's live positions the underlying and its price, the first one published after the commitment, and no other.
#[derive(Accounts)]
pub struct FillTrade<'info> {
    /// The commitment of this account of the pool is filled.
    pub market: MarketAccounts<'info>,
    /// The margin account of the filler in the same pool receives the tip. Without it the tip goes back. Of an order that somebody else has committed
    /// it is the account that has the stake.
    #[account(mut)]
    pub filler_account: Option<AccountLoader<'info, MarginAccount>>,
    /// It is the order that the commitment comes from, if it comes from one. It is closed unless it stays open.
    #[account(mut, dup)]
    pub order: Option<Box<Account<'info, Order>>>,
    /// CHECK: it is the payer of the order, compared with it, who gets the rent back.
    #[account(mut)]
    pub payer: Option<UncheckedAccount<'info>>,
}

/// 1. The prices are proven to be the first ones after the commitment; where its time is over, it is enough that they prove that the first ones have been known for half a minute.
/// 2. The trade is filled, or the commitment ends: [`PoolEngine::fill_commitment`].
/// 3. The filler gets the tip. An order stays open if its commitment ended for a reason of [`CancelReason::lets_order_wait`];
///    otherwise it is closed.
pub(crate) fn fill_trade<'info>(ctx: Context<'info, FillTrade<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let OpenedMarket { mut pool, mut registry, mut account, pool_key, key } = accounts.market.open()?;
    let commitment = account.commitment;
    let order = order_of(accounts, &commitment, &key)?;
    let outcome = attempt(accounts, &mut pool, &mut registry, &mut account, ctx.remaining_accounts, now)?;
    if let CommitmentOutcome::Filled(done) = &outcome {
        for fill in &done.fills {
            emit!(fill.event(key)?);
        }
        if !done.owed.is_zero() {
            emit!(PaymentOwed { account: key, amount: done.owed.to_delta().program()?.0 });
        }
        if !done.cut.is_zero() {
            emit!(PaymentCut { account: key, amount: done.cut.0 });
        }
        emit!(traded(key, account.owner, done.net.0, &account, &pool));
    }
    let reason = if let CommitmentOutcome::Cancelled { reason, .. } = &outcome { Some(*reason) } else { None };
    let forfeited =
        if let CommitmentOutcome::Cancelled { forfeited, .. } = &outcome { *forfeited } else { Native::ZERO };
    let kept = Native(commitment.stake).checked_sub(forfeited).program()?;
    let (filler_account, tip) = pay(accounts, &mut pool, &pool_key, &mut account, (&commitment, kept), reason)?;
    if commitment.held != 0 {
        let paid = if filler_account.is_some() { Native(tip) } else { Native::ZERO };
        engine::settle_allowance(&mut account, &commitment, &outcome, paid)?;
    }
    let waits_on = reason.is_some_and(CancelReason::lets_order_wait);
    let (bond, stake) = (commitment.bond, commitment.stake);
    let own_tip = if order.is_none() { tip } else { 0 };
    // The end of the order comes first: its tip may have gone back to the cash that the next event tells.
    if let (Some(order), Some(reason), false) = (order, reason, waits_on) {
        emit!(OrderCancelled { order, account: key, reason, keeper_account: filler_account, tip });
    }
    match &outcome {
        CommitmentOutcome::Filled(_) => {
            emit!(CommitmentFilled { account: key, filler_account, tip: own_tip, bond, stake })
        }
        CommitmentOutcome::Cancelled { reason, error, fee, arrears, .. } => emit!(CommitmentCancelled {
            account: key,
            reason: *reason,
            error: *error,
            bond,
            stake,
            forfeited: forfeited.0,
            fee: fee.0,
            arrears: arrears.0,
            filler_account,
            tip: own_tip,
            cash: account.cash,
        }),
    }
    let Some(order) = order else { return Ok(()) };
    if reason.is_none() {
        emit!(OrderExecuted { order, account: key, keeper_account: filler_account, tip });
    }
    drop((pool, registry, account));
    end_order(accounts, waits_on, now)
}

/// Returns the order that the commitment comes from. Errors: `OrderMissing` unless exactly that order is passed.
fn order_of(accounts: &FillTrade, commitment: &Commitment, account: &Pubkey) -> Result<Option<Pubkey>> {
    commitment.check_order(accounts.order.as_ref().map(|order| order.number))?;
    let Some(order) = &accounts.order else { return Ok(None) };
    order.check()?;
    ensure!(order.account == *account, OrderMissing, "order of {}", order.account);
    let payer = accounts.payer.as_ref().ok_or(ErrorCode::AccountNotEnoughKeys)?;
    ensure!(payer.key() == order.payer, Unauthorized);
    // Whoever has a stake on the commitment gets it back with the tip, so nobody else takes the work off them for it.
    let filler = accounts.filler_account.as_ref().map(|loader| loader.key());
    ensure!(order.committer().is_none_or(|key| filler == Some(key)), KeeperAccountMissing);
    Ok(Some(order.key()))
}

#[inline(never)]
fn attempt<'info>(
    accounts: &FillTrade<'info>,
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    account: &mut MarginAccount,
    markets: &'info [AccountInfo<'info>],
    now: i64,
) -> Result<CommitmentOutcome> {
    account.commitment.check_open()?;
    let moment = account.commitment.price_after()?;
    // Whether an uncertain price will do is judged with the direction, once the positions are settled.
    const USE: PriceUse = PriceUse::ReduceRisk;
    let market = match MarketContext::load_first_after(pool, markets, USE, moment, now) {
        // Who has written a kept price over must not shut a trader in: once the first prices have been known for half a minute, nobody needs them to end what nobody has filled.
        Err(_) if account.commitment.is_over(now)? => {
            match MarketContext::load_known_after(pool, markets, USE, moment, now) {
                Ok(known) => known,
                // Once more, so that the numbers that are told last are of the first price.
                Err(_) => MarketContext::load_first_after(pool, markets, USE, moment, now)?,
            }
        }
        read => read?,
    };
    accounts.market.protocol.load()?.check()?;
    PoolEngine::new(pool, registry, &market)?.fill_commitment(account, &accounts.market.account.key())
}

/// Gives the bond of a filled commitment back, and what is left of a stake, and pays the tip of the commitment, or of its order if the order is over. Returns the account that earned the tip, and the tip in
/// native units.
#[inline(never)]
fn pay(
    accounts: &FillTrade,
    pool: &mut Pool,
    pool_key: &Pubkey,
    account: &mut MarginAccount,
    (commitment, stake): (&Commitment, Native),
    reason: Option<CancelReason>,
) -> Result<(Option<Pubkey>, u64)> {
    if reason.is_none() {
        pool.pay_tip(account, Native(commitment.bond))?;
    }
    let mut filler = match &accounts.filler_account {
        Some(loader) => {
            ensure!(loader.key() != accounts.market.account.key(), SameAccount);
            Some(open_account(pool, pool_key, loader)?)
        }
        None => None,
    };
    if let (Some(keeper), true) = (&mut filler, commitment.is_staked()) {
        pool.pay_tip(keeper, stake)?;
        keeper.stakes = keeper.stakes.saturating_sub(1);
    }
    // What ends for nothing pays nobody, nor does what somebody else has committed and not filled.
    let earned = match reason {
        None => true,
        Some(reason) => !commitment.is_staked() && reason.pays_filler(accounts.order.is_some()),
    };
    let tip = match &accounts.order {
        None => {
            let tip = Native(commitment.tip);
            pool.pay_tip(filler.as_deref_mut().filter(|_| earned).unwrap_or(account), tip)?;
            tip
        }
        Some(_) if reason.is_some_and(CancelReason::lets_order_wait) => Native::ZERO,
        Some(order) => pool.close_order(order, account, filler.as_deref_mut().filter(|_| earned))?,
    };
    let paid = !tip.is_zero() && earned;
    let earner = accounts.filler_account.as_ref().filter(|_| paid).map(|loader| loader.key());
    Ok((earner, tip.0))
}

/// Closes the order, or leaves it open for a later price.
fn end_order(accounts: &mut FillTrade, waits_on: bool, now: i64) -> Result<()> {
    let (Some(order), Some(payer)) = (&mut accounts.order, &accounts.payer) else { return Ok(()) };
    if waits_on {
        (order.committed, order.committer) = (false, Pubkey::default());
        // Only later prices commit it again, so that nobody holds its account by an order that is near its limit again and again.
        order.placed_at = now.saturating_add(Commitment::REST);
        return Ok(());
    }
    order.close(payer.to_account_info())
}
