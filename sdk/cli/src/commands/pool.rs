//! `evergreen pool`: show one or all, create one.

use super::operator;
use crate::{args::pool::PoolCommand, context::Context, output, plan::pool as plan, view::pool as view};
use anyhow::Result;

/// Runs it.
pub async fn run(context: &Context, command: &PoolCommand) -> Result<()> {
    match command {
        PoolCommand::List => {
            let lines = view::lines(&output::during("reading pools", plan::all(context)).await?);
            context.print(&lines, || view::text(&output::place(&context.url), &lines))
        }
        PoolCommand::Show(args) => {
            let pool = context.pool(&args.pool).await?;
            let report = view::PoolReport::of(&pool, plan::shown_for_one(context, &pool).await?);
            context.print(&report, || report.text())
        }
        PoolCommand::Create(args) => operator::pool(context, args).await,
    }
}
