//! Opening and closing margin accounts, and who may trade for them.

use crate::{
    args::account::{Delegate, Open, Which},
    context::{Context, PoolContext},
    failure::advised,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::MarginAccount,
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
    pub instructions: [Instruction; 1],
}

/// The instruction that opens an account.
///
/// # Errors
/// When it is already open with another referrer than the one named; failures of the network.
pub async fn open(context: &Context, args: &Open, me: Pubkey) -> Result<ToDo> {
    let pool = context.pool(&args.which.pool).await?;
    let number = args.which.account;
    let address = pool.account_key(&me, number);
    if let Some(there) = context.find::<MarginAccount>(&address).await? {
        let note = format!("account {number} is open already, at {address}");
        if args.referrer.is_some_and(|named| named != there.referrer) {
            let next = "a referrer cannot be changed: open another account with --account, or leave --referrer away";
            return Err(advised(format!("{note}, with another referrer"), next));
        }
        let next = format!("pay in: evergreen deposit --pool {} TOKENS; or open another with --account", pool.name);
        return Ok(ToDo::Done { action: format!("open account {number}"), note: format!("{note}; {next}") });
    }
    let open = build::open_margin_account(me, me, pool.keys(), number, args.referrer);
    Ok(ToDo::Send(Box::new(AccountPlan { pool, address, number, instructions: [open] })))
}

/// The instruction that closes an account.
///
/// # Errors
/// Failures of the network.
pub async fn close(context: &Context, args: &Which, me: Pubkey) -> Result<ToDo> {
    let pool = context.pool(&args.pool).await?;
    let (number, address) = (args.account, pool.account_key(&me, args.account));
    if context.find::<MarginAccount>(&address).await?.is_none() {
        let (action, note) = (format!("close account {number}"), format!("there is no account {number} of this key"));
        return Ok(ToDo::Done { action, note });
    }
    let close = build::close_margin_account(me, pool.keys(), address);
    Ok(ToDo::Send(Box::new(AccountPlan { pool, address, number, instructions: [close] })))
}

/// The instruction that names a delegate, or none.
///
/// # Errors
/// When the account is not there; failures of the network.
pub async fn delegate(context: &Context, args: &Delegate, me: Pubkey) -> Result<AccountPlan> {
    let (pool, address) = own(context, &args.which, me).await?;
    let set = build::set_delegate(me, address, args.key);
    Ok(AccountPlan { pool, address, number: args.which.account, instructions: [set] })
}

/// An account of a key's own that has to be there.
async fn own(context: &Context, args: &Which, me: Pubkey) -> Result<(PoolContext, Pubkey)> {
    let pool = context.pool(&args.pool).await?;
    pool.account(context, &me, args.account).await?;
    let address = pool.account_key(&me, args.account);
    Ok((pool, address))
}
