//! `evergreen deposit`, `evergreen withdraw`: tokens into and out of a margin account.

use crate::{
    act,
    args::margin::{Deposit, DepositAmount, Withdraw, WithdrawAmount},
    context::Context,
    plan, view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Shows, asks, sends.
pub async fn deposit(context: &Context, args: &Deposit) -> Result<()> {
    let key = context.keypair()?;
    if matches!(args.amount, DepositAmount::All) {
        act::settle(context, &key).await?;
    }
    let plan = plan::margin::deposit(context, args, key.pubkey()).await?;
    if let Some(note) = &plan.nothing {
        return act::already(context, format!("deposit into account {}", plan.number), note.clone());
    }
    view::margin::deposit(&plan).perform(context, &key).await
}

/// Shows, asks, sends; nothing where all has left.
pub async fn withdraw(context: &Context, args: &Withdraw) -> Result<()> {
    let key = context.keypair()?;
    let all = !matches!(args.amount, Some(WithdrawAmount::Tokens(_)));
    if all {
        act::settle(context, &key).await?;
    }
    if all && context.is_nowhere(args.pool.as_deref(), key.pubkey(), args.account).await? {
        let note = format!("there is no account {} of this key any more, so nothing is in it", args.account);
        return act::already(context, format!("withdraw from account {}", args.account), note);
    }
    let plan = plan::margin::withdraw(context, args, key.pubkey()).await?;
    if let (true, Some(note)) = (all, &plan.nothing) {
        return act::already(context, format!("withdraw from account {}", plan.number), note.clone());
    }
    view::margin::withdraw(&plan).perform(context, &key).await
}
