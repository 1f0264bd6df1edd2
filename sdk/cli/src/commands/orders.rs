//! `evergreen orders`: conditional orders.

use crate::{args::orders::OrdersCommand, context::Context, plan::orders as plan, view::orders as view};
use anyhow::Result;
use solana_signer::Signer;

/// Runs it.
pub async fn run(context: &Context, command: &OrdersCommand) -> Result<()> {
    match command {
        OrdersCommand::List(args) => {
            let open = plan::list(context, args).await?;
            let rows = view::rows(&open);
            context.print(&rows, || view::text(&open, &rows))
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
        OrdersCommand::Execute(args) => {
            let key = context.keypair()?;
            let plan = plan::execute(context, args, key.pubkey()).await?;
            view::execute(&plan).perform(context, &key).await
        }
    }
}
