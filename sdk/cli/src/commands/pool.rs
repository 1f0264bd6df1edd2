//! `evergreen pool`: show one or all, collect what accounts owe, create one.

use super::operator;
use crate::{
    act,
    args::pool::{PoolCommand, Show},
    context::Context,
    output,
    plan::pool as plan,
    view::pool as view,
};
use anyhow::Result;

/// Runs it.
pub async fn run(context: &Context, command: &PoolCommand) -> Result<()> {
    match command {
        PoolCommand::List(args) => {
            let read = async {
                let mut pools = plan::all(context).await?;
                if args.returns {
                    plan::read_past(context, &mut pools).await?;
                }
                let symbols = plan::symbols(context, &pools).await?;
                anyhow::Ok((pools, symbols))
            };
            let (pools, symbols) = output::during("reading pools", read).await?;
            let lines = view::lines(&pools, &|key| symbols.get(key).cloned().unwrap_or_default());
            context.print(&lines, || view::text(&output::place(&context.url), &lines))
        }
        PoolCommand::Show(args) => {
            let pool = context.pool(&args.pool).await?;
            let report = view::PoolReport::of(&pool, plan::shown_for_one(context, &pool).await?);
            context.print_whole(&report, || report.text(), report.lacks())
        }
        PoolCommand::Collect(args) => collect(context, args).await,
        PoolCommand::Create(args) => operator::pool(context, args).await,
    }
}

async fn collect(context: &Context, args: &Show) -> Result<()> {
    let key = context.keypair()?;
    let (pool, parts) = plan::collect(context, args).await?;
    if parts.is_empty() {
        let nobody = format!("no account of {} owes it funding that can be collected now", pool.name);
        return act::already(context, "collect funding".into(), nobody);
    }
    for part in &parts {
        view::collected(&pool, part).perform_one(context, &key).await?;
    }
    Ok(())
}
