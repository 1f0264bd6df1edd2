//! Tokens into and out of a margin account.

use crate::{
    amount::above_zero,
    args::margin::{Deposit, DepositAmount, Withdraw, WithdrawAmount},
    context::{
        Context, PoolContext,
        sought::{Sign, any},
    },
    failure::{Precluded, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::MarginAccount,
    instruction as build,
};

/// Days of funding that the largest withdrawal leaves behind: options of an account whose cash is used up may be sold by anyone.
const SPARE_DAYS: i128 = 1;
/// Days for which a withdrawal should leave funding behind; one that leaves less is warned of.
const WARNED_DAYS: i128 = 7;

/// A deposit.
pub struct DepositPlan {
    /// The pool.
    pub pool: PoolContext,
    /// Address of the account.
    pub address: Pubkey,
    /// Number of the account.
    pub number: u16,
    /// Its owner, where another key pays.
    pub other_owner: Option<Pubkey>,
    /// Native units.
    pub amount: u64,
    /// Cash before, with funding settled, native units.
    pub cash_before: i64,
    /// Why nothing can be paid in, where that is so.
    pub nothing: Option<String>,
    /// Whether the account is opened first.
    pub opens: bool,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

/// A withdrawal.
pub struct WithdrawPlan {
    /// The pool.
    pub pool: PoolContext,
    /// Address of the account.
    pub address: Pubkey,
    /// Number of the account.
    pub number: u16,
    /// Native units; for `all` the cash that the account holds now.
    pub amount: i64,
    /// Cash before, with funding settled, native units.
    pub cash_before: i64,
    /// Why nothing can leave now, where that is so.
    pub nothing: Option<String>,
    /// What the cash that stays is for; absent where positions pay no funding.
    pub runway: Option<Runway>,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

/// How long cash lasts that a withdrawal leaves behind.
pub struct Runway {
    /// Cash afterwards, native units.
    pub cash: i64,
    /// Funding a day at present prices, native units, above zero.
    pub per_day: i64,
    /// Seconds that it lasts at that.
    pub seconds: u64,
    /// What has to stay for a week of that, native units, where less does.
    pub for_a_week: Option<i64>,
}

impl Runway {
    /// Of an account with so much cash that pays so much a day; `None` where it pays nothing.
    fn of(cash: i64, per_day: i64) -> Option<Self> {
        let paid = u128::try_from(per_day).ok().filter(|paid| *paid > 0)?;
        let held = u128::try_from(cash).unwrap_or(0);
        let week = i128::from(per_day) * WARNED_DAYS;
        let for_a_week = (i128::from(cash) < week).then(|| i64::try_from(week).unwrap_or(i64::MAX));
        let seconds = u64::try_from(held * 86_400 / paid).unwrap_or(u64::MAX);
        Some(Self { cash, per_day, seconds, for_a_week })
    }
}

/// The transaction of a deposit by a key.
///
/// # Errors
/// [`Usage`](crate::failure::Usage), an empty wallet, failures of the network.
pub async fn deposit(context: &Context, args: &Deposit, me: Pubkey) -> Result<DepositPlan> {
    let pool = context
        .pool_for(args.pool.as_deref(), &[Sign::Token(me), Sign::Account(args.owner.unwrap_or(me), args.account, &any)])
        .await?;
    let mut nothing = None;
    let amount = match args.amount {
        DepositAmount::All => {
            let held = context.token_balance(pool.keys().wallet(&me)).await?;
            if held == 0 {
                nothing = Some(format!("the wallet holds no {}, so nothing is left to pay in", pool.name));
            }
            held
        }
        DepositAmount::Tokens(tokens) => above_zero(pool.native(tokens)?, "the amount")?,
    };
    let owner = args.owner.unwrap_or(me);
    let address = pool.account_key(&owner, args.account);
    let account = match args.owner {
        // An account of another owner has to exist.
        Some(_) => Some(pool.account(context, &owner, args.account).await?),
        None => context.find::<MarginAccount>(&address).await?,
    };
    let mut instructions = Vec::new();
    if account.is_none() {
        instructions.push(build::open_margin_account(me, me, pool.keys(), args.account, None));
    }
    instructions.push(build::deposit_margin(me, pool.keys(), address, amount));
    let (opens, cash_before) = (account.is_none(), account.map_or(0, |account| settled(&pool, &account)));
    let (number, other_owner) = (args.account, args.owner);
    Ok(DepositPlan { pool, address, number, other_owner, amount, cash_before, nothing, opens, instructions })
}

/// The transaction of a withdrawal by the owner.
///
/// # Errors
/// [`Usage`](crate::failure::Usage), positions that spare nothing, failures of the network.
pub async fn withdraw(context: &Context, args: &Withdraw, me: Pubkey) -> Result<WithdrawPlan> {
    let pool = context.pool_for(args.pool.as_deref(), &[Sign::Account(me, args.account, &any)]).await?;
    let address = pool.account_key(&me, args.account);
    let wanted = args.amount.unwrap_or(WithdrawAmount::All);
    let account = match context.find::<MarginAccount>(&address).await? {
        Some(account) => account,
        // What is not there any more holds nothing, and whoever wants all of that has it.
        None if !matches!(wanted, WithdrawAmount::Tokens(_))
            && context.had_account(me, args.account, Some(pool.keys().pool)).await? =>
        {
            let nothing = Some(format!(
                "there is no account {} of this key in the pool {} any more, so nothing is in it",
                args.account, pool.name
            ));
            let (number, instructions) = (args.account, Vec::new());
            return Ok(WithdrawPlan {
                pool,
                address,
                number,
                amount: 0,
                cash_before: 0,
                nothing,
                runway: None,
                instructions,
            });
        }
        None => pool.account(context, &me, args.account).await?,
    };
    let mut nothing = None;
    let native = match wanted {
        WithdrawAmount::All if !account.is_flat() => {
            return Err(advised(
                "all can leave only an account without positions",
                format!(
                    "say max for what positions spare, or close everything: `evergreen close --all --pool {}`",
                    pool.name
                ),
            ));
        }
        WithdrawAmount::Max if !account.is_flat() => match spared(&pool, &account)? {
            Ok(spare) => Some(spare),
            Err(why) => {
                nothing = Some(why);
                Some(0)
            }
        },
        WithdrawAmount::All | WithdrawAmount::Max => None,
        WithdrawAmount::Tokens(tokens) => {
            let wanted = above_zero(pool.native(tokens)?, "the amount")?;
            check(&pool, &account, args.account, wanted)?;
            Some(wanted)
        }
    };
    let feeds = pool.view.feeds(&pool.view.needed(&account, [])?);
    let withdraw = build::withdraw_margin(me, pool.keys(), address, native.unwrap_or(u64::MAX), &feeds);
    let spare = account.cash.saturating_sub_unsigned(account.arrears);
    let amount = native.map_or(spare, |native| i64::try_from(native).unwrap_or(i64::MAX));
    let (number, cash_before) = (args.account, settled(&pool, &account));
    if nothing.is_none() && amount == 0 {
        nothing = Some(format!("account {number} holds no cash"));
    }
    let per_day = pool.view.account(&account).map_or(0, |quote| quote.funding_per_day);
    let runway = Runway::of(cash_before.saturating_sub(amount), per_day);
    Ok(WithdrawPlan { pool, address, number, amount, cash_before, nothing, runway, instructions: vec![withdraw] })
}

/// Checks, as the program would, that an account has what is to leave it.
///
/// # Errors
/// [`Precluded`] with what can leave.
fn check(pool: &PoolContext, account: &MarginAccount, number: u16, wanted: u64) -> Result<()> {
    // Without a price the program decides.
    let Ok(quote) = pool.view.account(account) else { return Ok(()) };
    let (amount, of) = (|native| pool.amount(native), account_words(&pool.name, number));
    let free = i128::from(quote.cash) - i128::from(account.arrears);
    let most = if account.is_flat() { free } else { free.min(i128::from(quote.health.initial)) };
    if i128::from(wanted) <= most || account.commitment.is_open() {
        return Ok(());
    }
    let can = i64::try_from(most.max(0)).unwrap_or(i64::MAX);
    let asked = pool.unsigned(wanted);
    let (cause, why) = if i128::from(wanted) > free {
        ("InsufficientCash", format!("the account holds {}", amount(quote.cash)))
    } else {
        (
            "InsufficientHealth",
            format!("its initial health is {}, which open positions need", amount(quote.health.initial)),
        )
    };
    let next = match (can, account.is_flat()) {
        (0, _) => format!("nothing can leave now: `evergreen account show {of}`"),
        (_, true) => format!("`evergreen withdraw all {of}` takes out all of it, {}", amount(can)),
        (_, false) => format!(
            "at most {} can leave now; `evergreen withdraw max {of}` leaves a day of funding behind",
            amount(can)
        ),
    };
    let refusal = Precluded::by(cause, format!("{asked} cannot leave account {number}: {why}"), next);
    Err(refusal.with_most(&amount(can)).into())
}

/// Pool and account as commands take them.
fn account_words(pool: &str, number: u16) -> String {
    if number == 0 { format!("--pool {pool}") } else { format!("--pool {pool} --account {number}") }
}

/// Cash with funding settled and exercised positions paid, as `account show` tells it. Without a price it is the cash as it was settled last.
fn settled(pool: &PoolContext, account: &MarginAccount) -> i64 {
    pool.view.account(account).map_or(account.cash, |quote| quote.cash)
}

/// The most that can leave an account with positions, or why that is nothing: arrears are paid, and cash and initial health stay at zero or above. It leaves a day
/// of funding behind. What is less than an hour of funding beyond that is not worth a transaction, so that a second withdrawal finds nothing.
fn spared(pool: &PoolContext, account: &MarginAccount) -> Result<Result<u64, String>> {
    let quote = pool.view.account(account)?;
    let per_day = i128::from(quote.funding_per_day.max(0));
    let left = i128::from(quote.cash) - per_day * SPARE_DAYS;
    // Health is judged when the transaction lands, with a minute's funding less.
    let healthy = i128::from(quote.health.initial) - per_day / 1_440 - 1;
    let spare = left.min(healthy) - i128::from(account.arrears);
    let spare = u64::try_from(spare).ok().filter(|spare| i128::from(*spare) > per_day / 24);
    Ok(spare.ok_or_else(|| {
        let (cash, health) = (pool.amount(quote.cash), pool.amount(quote.health.initial));
        let per_day = pool.amount(quote.funding_per_day.max(0));
        format!("open positions spare nothing beyond a day of funding, {per_day}: cash {cash}, initial health {health}")
    }))
}
