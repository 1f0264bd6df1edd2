//! `evergreen account`: show, open, close a margin account.

use crate::{
    act,
    args::account::{AccountCommand, Anyones},
    context::{
        Context,
        sought::{Sign, any},
    },
    plan::account::{self as plan, ToDo},
    view::account as view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Runs it.
pub async fn run(context: &Context, command: &AccountCommand) -> Result<()> {
    let key = || context.keypair();
    match command {
        AccountCommand::Show(args) => show(context, args).await,
        AccountCommand::Open(args) => {
            let key = key()?;
            act::settle(context, &key).await?;
            match plan::open(context, args, key.pubkey()).await? {
                ToDo::Send(plan) => view::open(&plan).perform(context, &key).await,
                ToDo::Done { action, note } => act::already(context, action, note),
            }
        }
        AccountCommand::Close(args) => {
            let key = key()?;
            act::settle(context, &key).await?;
            match plan::close(context, args, key.pubkey()).await? {
                ToDo::Send(plan) => view::close(&plan).perform(context, &key).await,
                ToDo::Done { action, note } => act::already(context, action, note),
            }
        }
        AccountCommand::Forgo(args) => {
            let key = key()?;
            act::settle(context, &key).await?;
            match plan::forgo(context, args, key.pubkey()).await? {
                (ToDo::Send(plan), owed) => view::forgo(&plan, owed).perform(context, &key).await,
                (ToDo::Done { action, note }, _) => act::already(context, action, note),
            }
        }
        AccountCommand::Delegate(args) => {
            let key = key()?;
            act::settle(context, &key).await?;
            let (plan, allowance) = plan::delegate(context, args, key.pubkey()).await?;
            view::delegate(&plan, args.key, allowance).perform(context, &key).await
        }
    }
}

async fn show(context: &Context, args: &Anyones) -> Result<()> {
    let owner = context.owner(args.owner)?;
    let sign = Sign::Account(owner, args.which.account, &any);
    let pool = context.pool_for(args.which.pool.as_deref(), &[sign]).await?;
    let account = pool.account(context, &owner, args.which.account).await?;
    let report = view::MarginReport::of(&pool, &account, &owner, args.which.account)?;
    context.print(&report, || report.text())
}
