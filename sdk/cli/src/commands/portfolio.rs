//! `evergreen portfolio`: what an owner's accounts have made.

use crate::{args::portfolio::PortfolioArgs, context::Context, plan, view::portfolio::PortfolioReport};
use anyhow::Result;

/// Reads and prints.
pub async fn run(context: &Context, args: &PortfolioArgs) -> Result<()> {
    let owner = context.owner(args.owner)?;
    let report = PortfolioReport::of(plan::portfolio::read(context, args, owner).await?, &owner, args);
    context.print_whole(&report, || report.text(), report.lacks())
}
