//! `evergreen price`: prices of the underlyings.

use super::post;
use crate::{
    args::price::{MakeTable, PriceCommand},
    context::Context,
    output,
    plan::price as plan,
    view::price::{self as view, PriceReport},
};
use anyhow::Result;
use solana_signer::Signer;

/// Reads and prints, or posts.
pub async fn run(context: &Context, command: &PriceCommand) -> Result<()> {
    match command {
        PriceCommand::Show => {}
        PriceCommand::Post(args) => return post::run(context, args).await,
        PriceCommand::Table(args) => return table(context, args).await,
    }
    let judged = output::during("reading prices", plan::all(context)).await?;
    let reports: Vec<PriceReport> = judged.iter().map(PriceReport::of).collect();
    context.print(&reports, || view::text(&reports))
}

/// Shows, asks, makes the table.
async fn table(context: &Context, args: &MakeTable) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::table(context, args, key.pubkey()).await?;
    view::table_of(&plan).perform(context, &key).await
}
