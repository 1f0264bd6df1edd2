//! `evergreen quote`: what a trade would cost, to the unit.

use crate::{
    args::trade::{TradeArgs, TradeSpec},
    context::Context,
    output,
    plan::{
        fits,
        offers::{self, Which},
    },
    view::{compare::CompareReport, trade::TradeReport},
};
use anyhow::Result;
use solana_signer::Signer;

/// Quotes; signs and sends nothing.
pub async fn run(context: &Context, spec: &TradeSpec<TradeArgs>) -> Result<()> {
    // A quote needs no key; without one it is for a new account without owner.
    let signer = context.keypair().map(|key| key.pubkey()).unwrap_or_default();
    let named = spec.account();
    if let Some(which) = Which::of(context, named.pool.as_deref()) {
        let comparison = offers::compare(context, spec, &which, signer, true);
        let comparison = output::during("asking the pools", comparison).await?;
        let report = CompareReport::of(&comparison);
        return context.print(&report, || report.text());
    }
    let intent = fits::read_in(context, spec, named.named()?, signer).await?;
    let mut report = TradeReport::of(context, &intent, &fits::quote(&intent, context)?, intent.is_real())?;
    if !intent.is_real() {
        let least = output::during("looking for the least deposit", async { intent.least_deposit(context) }).await;
        report.least_deposit = Some(intent.pool.unsigned(least));
    }
    context.print(&report, || report.text())
}
