//! `evergreen price`: prices of the underlyings.

use super::post;
use crate::{
    args::price::PriceCommand,
    context::Context,
    output,
    plan::price as plan,
    view::price::{self as view, PriceReport},
};
use anyhow::Result;

/// Reads and prints, or posts.
pub async fn run(context: &Context, command: &PriceCommand) -> Result<()> {
    if let PriceCommand::Post(args) = command {
        return post::run(context, args).await;
    }
    let judged = output::during("reading prices", plan::all(context)).await?;
    let reports: Vec<PriceReport> = judged.iter().map(PriceReport::of).collect();
    context.print(&reports, || view::text(&reports))
}
