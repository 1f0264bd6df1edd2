//! Tokens into and out of a margin account.

use crate::{
    amount::above_zero,
    args::margin::{Deposit, DepositAmount, Withdraw, WithdrawAmount},
    context::{Context, PoolContext},
    failure::advised,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::MarginAccount,
    instruction as build,
};

/// Seconds of funding that the largest withdrawal leaves behind, since funding accrues until the transaction lands.
const SPARE_SECONDS: i64 = 60;

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
    /// To be sent in one transaction.
    pub instructions: [Instruction; 1],
}

/// The transaction of a deposit by a key.
///
/// # Errors
/// [`Usage`](crate::failure::Usage), an empty wallet, failures of the network.
pub async fn deposit(context: &Context, args: &Deposit, me: Pubkey) -> Result<DepositPlan> {
    let pool = context.pool(&args.pool).await?;
    let amount = match args.amount {
        DepositAmount::All => {
            let held = context.token_balance(pool.keys().wallet(&me)).await?;
            if held == 0 {
                let next = "`evergreen doctor` shows what it holds";
                return Err(advised(format!("the wallet holds no {}", pool.name), next));
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
    Ok(DepositPlan { pool, address, number, other_owner, amount, cash_before, opens, instructions })
}

/// The transaction of a withdrawal by the owner.
///
/// # Errors
/// [`Usage`](crate::failure::Usage), positions that spare nothing, failures of the network.
pub async fn withdraw(context: &Context, args: &Withdraw, me: Pubkey) -> Result<WithdrawPlan> {
    let pool = context.pool(&args.pool).await?;
    let address = pool.account_key(&me, args.account);
    let account = pool.account(context, &me, args.account).await?;
    let mut nothing = None;
    let native = match args.amount.unwrap_or(WithdrawAmount::All) {
        WithdrawAmount::All if !account.is_flat() => {
            return Err(advised(
                "all can leave only an account without positions",
                format!(
                    "say max for what positions spare, or close everything: evergreen close --all --pool {}",
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
        WithdrawAmount::Tokens(tokens) => Some(above_zero(pool.native(tokens)?, "the amount")?),
    };
    let feeds = pool.view.feeds(&pool.view.needed(&account, [])?);
    let withdraw = build::withdraw_margin(me, pool.keys(), address, native.unwrap_or(u64::MAX), &feeds);
    let spare = account.cash.saturating_sub_unsigned(account.arrears);
    let amount = native.map_or(spare, |native| i64::try_from(native).unwrap_or(i64::MAX));
    let (number, cash_before) = (args.account, settled(&pool, &account));
    if nothing.is_none() && amount == 0 {
        nothing = Some(format!("account {number} holds no cash"));
    }
    Ok(WithdrawPlan { pool, address, number, amount, cash_before, nothing, instructions: [withdraw] })
}

/// Cash with funding settled and exercised positions paid, as `account show` tells it. Without a price it is the cash as it was settled last.
fn settled(pool: &PoolContext, account: &MarginAccount) -> i64 {
    pool.view.account(account).map_or(account.cash, |quote| quote.cash)
}

/// The most that can leave an account with positions, or why that is nothing: arrears are paid, and cash and initial health stay at zero or above. It leaves some cash
/// for the funding until the transaction lands.
fn spared(pool: &PoolContext, account: &MarginAccount) -> Result<Result<u64, String>> {
    let quote = pool.view.account(account)?;
    let funding = i128::from(quote.funding_per_day.max(0)) * i128::from(SPARE_SECONDS) / 86_400 + 1;
    let spare = i128::from(quote.cash.min(quote.health.initial)) - funding - i128::from(account.arrears);
    let spare = u64::try_from(spare).ok().filter(|spare| *spare > 0);
    Ok(spare.ok_or_else(|| {
        let (cash, health) = (pool.amount(quote.cash), pool.amount(quote.health.initial));
        format!("open positions spare nothing beyond a minute of funding: cash {cash}, initial health {health}")
    }))
}
