//! `evergreen trade`: buy or sell an option, in one transaction with all it needs.

use super::quote::Wish;
use crate::{act::Deed, context::Context};
use anyhow::Result;
use clap::Subcommand;
use solana_signer::Signer;

/// Which side.
#[derive(Subcommand)]
pub enum TradeCommand {
    /// Buy; opens the account, pays in and lists the series where that is missing
    Buy(Wish),
    /// Sell what is held, write beyond that
    Sell(Wish),
}

impl TradeCommand {
    /// Plans, shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let (wish, sell) = match self {
            Self::Buy(wish) => (wish, false),
            Self::Sell(wish) => (wish, true),
        };
        let key = context.keypair()?;
        let intent = wish.intent(context, key.pubkey(), sell).await?;
        let plan = wish.planner(context, &intent).trade(intent.account.as_deref(), &intent.strategy())?;
        let title = intent.title(&plan.quote);
        let report = intent.report(&plan.quote, true);
        let mut shown = report.text(&title);
        if intent.deposit > 0 {
            shown += &format!("\n first pays in {}", intent.pool.unsigned(intent.deposit));
        }
        let deed = Deed { what: title, shown, quote: report, instructions: &plan.instructions };
        deed.perform(context, &key).await.map(drop)
    }
}
