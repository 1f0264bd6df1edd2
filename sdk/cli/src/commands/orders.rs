//! `evergreen orders`: conditional orders.

use crate::{
    act::{QuotedTrade, Resumed, Trade, resume},
    args::orders::{Execute, OrdersCommand},
    context::Context,
    plan::orders as plan,
    view::orders as view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Runs it.
pub async fn run(context: &Context, command: &OrdersCommand) -> Result<()> {
    match command {
        OrdersCommand::List(args) => {
            let open = plan::list(context, args).await?;
            let rows = view::rows(&open);
            context.print_whole(&rows, || view::text(&open, &rows), view::lacks(&open, &rows))
        }
        OrdersCommand::Place(spec) => {
            plan::can_be_ordered(spec)?;
            let key = context.keypair()?;
            let plan = plan::place(context, spec, key.pubkey()).await?;
            view::place(&plan).perform(context, &key).await
        }
        OrdersCommand::Cancel(args) => {
            let key = context.keypair()?;
            let plan = plan::cancel(context, args, key.pubkey()).await?;
            view::cancel(&plan).perform(context, &key).await
        }
        OrdersCommand::Execute(args) => execute(context, args).await,
    }
}

/// Commits an order's trade and fills it; one that is committed already is filled.
async fn execute(context: &Context, args: &Execute) -> Result<()> {
    let key = context.keypair()?;
    let accounts = plan::accounts_of(context, args, key.pubkey()).await?;
    let (keys, own) = (*accounts.pool.keys(), accounts.own);
    let trade = |keys, account| Trade { tip_to: own, commits_only: args.no_fill, ..Trade::of(keys, account) };
    if resume(context, &key, Some(&keys.pool.to_string()), trade).await? != Resumed::Nothing {
        return Ok(());
    }
    match plan::execute(context, args, accounts, key.pubkey()).await? {
        plan::OrderPlan::Due(plan) => {
            let submission = view::execute(&plan);
            let quoted = plan.trade.as_ref().map(QuotedTrade::of);
            let trade = Trade { tip_to: plan.tip_to, quoted, ..trade(keys, args.of) };
            if plan.commits() {
                submission.perform_trade(context, &key, &trade).await
            } else {
                submission.perform(context, &key).await
            }
        }
        plan::OrderPlan::Committed(plan) => super::fill::perform(context, &key, &plan).await,
    }
}
