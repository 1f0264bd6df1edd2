//! `evergreen chain`: the options of a tenor by strike.

use crate::{args::chain::ChainArgs, context::Context, output, plan, view::chain::ChainReport};
use anyhow::Result;

/// Reads and prints.
pub async fn run(context: &Context, args: &ChainArgs) -> Result<()> {
    let chain = output::during("asking for prices", plan::chain::read(context, args)).await?;
    let report = ChainReport::of(&chain);
    context.print(&report, || report.text())
}
