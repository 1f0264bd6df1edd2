//! `evergreen positions`: what an owner holds and has written.

use crate::{args::positions::Positions, context::Context, plan, view};
use anyhow::Result;

/// Reads and prints.
pub async fn run(context: &Context, args: &Positions) -> Result<()> {
    let owner = context.owner(args.owner)?;
    let rows = view::positions::rows(&plan::positions::read(context, args, owner).await?);
    context.print(&rows, || view::positions::text(&owner, &rows))
}
