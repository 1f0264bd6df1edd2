//! `evergreen series`: the options of pools.

use crate::{args::series::SeriesCommand, context::Context, plan::series as plan, view::series as view};
use anyhow::Result;

/// Runs it.
pub async fn run(context: &Context, command: &SeriesCommand) -> Result<()> {
    match command {
        SeriesCommand::List(args) => {
            let rows = view::rows(&plan::pools(context, args).await?);
            context.print(&rows, || view::text(&rows))
        }
        SeriesCommand::Add(args) => {
            let key = context.keypair()?;
            let plan = plan::add(context, args).await?;
            view::add(&plan).perform(context, &key).await
        }
        SeriesCommand::Retire(args) => {
            let key = context.keypair()?;
            let plan = plan::retire(context, args).await?;
            view::retire(&plan).perform(context, &key).await
        }
        SeriesCommand::Silent(args) => {
            let key = context.keypair()?;
            let plan = plan::silent(context, args).await?;
            view::silent(&plan).perform(context, &key).await
        }
        SeriesCommand::End(args) => {
            let key = context.keypair()?;
            let plan = plan::end(context, args).await?;
            view::end(&plan).perform(context, &key).await
        }
    }
}
