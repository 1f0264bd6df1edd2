//! `evergreen positions`: what an owner holds and has written.

use crate::{args::positions::Positions, context::Context, plan, view};
use anyhow::Result;

/// Reads and prints.
pub async fn run(context: &Context, args: &Positions) -> Result<()> {
    let owner = context.owner(args.owner)?;
    let held = plan::positions::read(context, args, owner).await?;
    let rows = view::positions::rows(&held);
    context.print_whole(&rows, || view::positions::text(&owner, &rows), view::positions::lacks(&held))
}
