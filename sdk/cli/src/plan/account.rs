//! Opening and closing margin accounts, and who may trade for them.

use crate::{
    args::account::{Delegate, Open, Which},
    context::{
        Context, PoolContext,
        sought::{Sign, any},
    },
    failure::{Precluded, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::Filter,
    evergreen::state::{MarginAccount, Order, Pool},
    instruction as build,
};

/// What a command about an account as a whole comes to.
pub enum ToDo {
    /// A transaction.
    Send(Box<AccountPlan>),
    /// Nothing, because the chain's state is what was asked for.
    Done {
        /// What was asked for.
        action: String,
        /// What the state is.
        note: String,
    },
}

/// Something that is done to an account as a whole.
pub struct AccountPlan {
    /// The pool.
    pub pool: PoolContext,
    /// Address of the account.
    pub address: Pubkey,
    /// Number of the account.
    pub number: u16,
    /// To be sent.
    pub instructions: Vec<Instruction>,
}

/// The instruction that opens an account.
///
/// # Errors
/// When it is already open with another referrer than the one named; failures of the network.
pub async fn open(context: &Context, args: &Open, me: Pubkey) -> Result<ToDo> {
    let pool = context
        .pool_for(args.which.pool.as_deref(), &[Sign::Account(me, args.which.account, &any), Sign::Token(me)])
        .await?;
    let number = args.which.account;
    let address = pool.account_key(&me, number);
    if let Some(there) = context.find::<MarginAccount>(&address).await? {
        let note = format!("account {number} is open already, at {address}");
        if args.referrer.is_some_and(|named| named != there.referrer) {
            let next = "a referrer cannot be changed: open another account with --account, or leave --referrer away";
            return Err(advised(format!("{note}, with another referrer"), next));
        }
        let next = format!("pay in: `evergreen deposit --pool {} TOKENS`; or open another with --account", pool.name);
        return Ok(ToDo::Done { action: format!("open account {number}"), note: format!("{note}; {next}") });
    }
    let open = build::open_margin_account(me, me, pool.keys(), number, args.referrer);
    Ok(ToDo::Send(Box::new(AccountPlan { pool, address, number, instructions: vec![open] })))
}

/// The instructions that close an account: less than a thousandth of a token is paid out before, so that nobody keeps it open by paying something in.
///
/// # Errors
/// Failures of the network.
pub async fn close(context: &Context, args: &Which, me: Pubkey) -> Result<ToDo> {
    let (number, said) = (args.account, args.pool.as_deref());
    let gone = || ToDo::Done {
        action: format!("close account {number}"),
        note: format!("there is no account {number} of this key any more"),
    };
    if context.is_nowhere(said, me, number).await? {
        return Ok(gone());
    }
    let pool = context.pool_for(said, &[Sign::Account(me, number, &any)]).await?;
    let address = pool.account_key(&me, number);
    let account = match context.find::<MarginAccount>(&address).await? {
        Some(account) => account,
        None if context.had_account(me, number, Some(pool.keys().pool)).await? => return Ok(gone()),
        None => pool.account(context, &me, number).await?,
    };
    let (held, commands): (Vec<_>, Vec<_>) =
        in_the_way(context, &pool, &account, address, args).await?.into_iter().unzip();
    if !held.is_empty() {
        let message = format!("account {number} cannot be closed yet: {}", held.join("; "));
        return Err(Precluded::by_account(message, commands.join("; then ")).into());
    }
    let mut instructions = Vec::new();
    if account.cash > 0 {
        // Anybody pays into any account: what is there by then leaves it in the same transaction.
        instructions.push(build::withdraw_margin(me, pool.keys(), address, u64::MAX, &[]));
    }
    instructions.push(build::close_margin_account(me, pool.keys(), address));
    Ok(ToDo::Send(Box::new(AccountPlan { pool, address, number, instructions })))
}

/// The instruction that gives up what a pool owes an account and cannot pay, with what it owes, native units.
///
/// # Errors
/// When there is no such account; failures of the network.
pub async fn forgo(context: &Context, args: &Which, me: Pubkey) -> Result<(ToDo, u64)> {
    let pool = context.pool_for(args.pool.as_deref(), &[Sign::Account(me, args.account, &any)]).await?;
    let account = pool.account(context, &me, args.account).await?;
    let (number, address) = (args.account, pool.account_key(&me, args.account));
    if account.unpaid == 0 {
        let action = format!("give up what the pool {} owes account {number}", pool.name);
        return Ok((ToDo::Done { action, note: "it owes it nothing beside its positions".into() }, 0));
    }
    let instructions = vec![build::settle_for_less(me, pool.keys(), address)];
    Ok((ToDo::Send(Box::new(AccountPlan { pool, address, number, instructions })), account.unpaid))
}

/// All that keeps an account from being closed, in the order in which it is removed, each with the command that removes it.
async fn in_the_way(
    context: &Context,
    pool: &PoolContext,
    account: &MarginAccount,
    address: Pubkey,
    args: &Which,
) -> Result<Vec<(String, String)>> {
    let (name, number) = (&pool.name, args.account);
    let of = if number == 0 { format!("--pool {name}") } else { format!("--pool {name} --account {number}") };
    let mut found = Vec::new();
    if account.commitment.is_open() {
        found.push(("a trade is committed".into(), format!("`evergreen fill {of}` fills or ends it")));
    }
    if account.unpaid > 0 {
        let owed = pool.unsigned(account.unpaid);
        found.push((
            format!("the pool owes it {owed}"),
            format!(
                "`evergreen pool collect --pool {name}` pays it once the pool has the cash, `evergreen account forgo {of}` gives it up"
            ),
        ));
    }
    let positions = account.open_positions().count();
    if positions > 0 {
        let (what, them) = if positions == 1 { ("open position", "it") } else { ("open positions", "them") };
        found.push((format!("{positions} {what}"), format!("`evergreen close --all {of}` closes {them}")));
    }
    if account.open_orders > 0 {
        let filter = Filter::ALL;
        let orders = context.find_all::<Order>("reading orders", filter).await?;
        let mut numbers: Vec<u64> =
            orders.iter().filter(|(_, order)| order.account == address).map(|(_, order)| order.number).collect();
        numbers.sort_unstable();
        let cancel = |number: &u64| format!("`evergreen orders cancel {number} {of}`");
        let commands: Vec<String> = numbers.iter().map(cancel).collect();
        let words = format!("{} takes {} back", commands.join(", "), if numbers.len() == 1 { "it" } else { "them" });
        let what = if account.open_orders == 1 { "open order" } else { "open orders" };
        found.push((format!("{} {what}", account.open_orders), words));
    }
    if account.stakes > 0 {
        let words = "they come back when those trades are filled: `evergreen fill --owner OWNER` fills one".into();
        found.push((format!("stakes on {} orders of others that it has committed", account.stakes), words));
    }
    if account.cash >= i64::try_from(Pool::least_seed(pool.view.pool.decimals)).unwrap_or(i64::MAX) {
        found.push((
            format!("cash of {}", pool.amount(account.cash)),
            format!("`evergreen withdraw all {of}` takes it out"),
        ));
    }
    if account.cash < 0 {
        let owed = pool.amount(account.cash.saturating_neg());
        found.push((format!("it owes {owed}"), format!("`evergreen deposit {} {of}` pays it", owed.tokens)));
    }
    Ok(found)
}

/// The instruction that names a delegate, or none, and what its trades may cost, native units.
///
/// # Errors
/// When the account is not there; failures of the network.
pub async fn delegate(context: &Context, args: &Delegate, me: Pubkey) -> Result<(AccountPlan, u64)> {
    let (pool, address) = own(context, &args.which, me).await?;
    let allowance = args.allowance.map(|tokens| pool.native(tokens)).transpose()?.unwrap_or_default();
    let set = build::set_delegate(me, address, args.key, allowance);
    Ok((AccountPlan { pool, address, number: args.which.account, instructions: vec![set] }, allowance))
}

/// An account of a key's own that has to be there.
async fn own(context: &Context, args: &Which, me: Pubkey) -> Result<(PoolContext, Pubkey)> {
    let pool = context.pool_for(args.pool.as_deref(), &[Sign::Account(me, args.account, &any)]).await?;
    pool.account(context, &me, args.account).await?;
    let address = pool.account_key(&me, args.account);
    Ok((pool, address))
}
