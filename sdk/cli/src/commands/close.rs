//! `evergreen close`: close positions.

use crate::{
    act::Submission,
    amount::Amount,
    context::{Context, PoolContext},
    failure::{Usage, advised},
    option::words,
    output::facts,
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{Leg, state::SeriesId},
    math::BasisPoints,
    plan::{Plan, Planner},
    quote::TradeQuote,
    strategy::Contract,
};
use serde::Serialize;
use solana_signer::Signer;

/// Close positions
#[derive(Args)]
pub struct Close {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// The positions, as `evergreen positions` names them: SLOT:GENERATION; up to four
    #[arg(long, value_name = "SERIES", required_unless_present = "all", conflicts_with = "all", num_args = 1..=4)]
    series: Vec<String>,
    /// Close everything and withdraw all cash
    #[arg(long)]
    all: bool,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    account: u16,
    /// The account's owner, of whom the keypair is the delegate
    #[arg(long, conflicts_with = "all")]
    owner: Option<Pubkey>,
    /// How much worse than its quote the result may be
    #[arg(long, default_value = "0.5%", value_parser = crate::amount::basis_points)]
    slippage: u16,
}

#[derive(Serialize)]
struct Report {
    pool: String,
    closed: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Amount>,
    withdraws: bool,
}

/// Reads a series: slot and generation.
pub fn series_id(text: &str) -> Result<SeriesId> {
    let parsed = text.split_once(':').and_then(|(slot, generation)| {
        Some(SeriesId { slot: slot.parse().ok()?, generation: generation.parse().ok()? })
    });
    parsed.ok_or_else(|| Usage(format!("`{text}` is no series; `evergreen positions` names them, as 0:1")).into())
}

impl Close {
    /// Plans, shows, asks, sends; everything in as many transactions as it takes.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let (me, owner) = (key.pubkey(), self.owner.unwrap_or_else(|| key.pubkey()));
        let account = pool.account(context, &owner, self.account).await?;
        let planner = Planner {
            payer: me,
            trader: (me != owner).then_some(me),
            sub_account: self.account,
            slippage: BasisPoints(self.slippage),
            ..Planner::new(&pool.view, context.source(), owner)
        };
        let plans: Vec<Plan<Option<TradeQuote>>> = if self.all {
            planner.leave(&account)?
        } else {
            let mut legs = Vec::new();
            for name in &self.series {
                let id = series_id(name)?;
                let Some(place) = account.find(id) else {
                    return Err(advised(format!("there is no position on series {name}"), "see `evergreen positions`"));
                };
                legs.push(Leg { series: id, points: account.positions[place].points.saturating_neg() });
            }
            let Plan { instructions, quote, signers, lookup_tables } = planner.trade_legs(&account, &legs)?;
            vec![Plan { instructions, quote: Some(quote), signers, lookup_tables }]
        };
        let last = plans.len().saturating_sub(1);
        for (number, plan) in plans.iter().enumerate() {
            let (what, report) = describe(&pool, plan.quote.as_ref(), self.all && number == last);
            let mut rows = vec![("closes", report.closed.join(", "))];
            if let (Some(net), Some(fee)) = (&report.net, &report.fee) {
                rows.extend([("fee", fee.to_string()), ("change of cash", net.to_string())]);
            }
            if report.withdraws {
                rows.push(("withdraws", "all cash that is left".into()));
            }
            let shown = facts(&rows);
            let submission = Submission { what, shown, quote: report, instructions: &plan.instructions };
            submission.perform(context, &key).await?;
            if context.global.dry_run && number < last {
                // The next plan builds on this one.
                break;
            }
        }
        Ok(())
    }
}

fn describe(pool: &PoolContext, quote: Option<&TradeQuote>, withdraws: bool) -> (String, Report) {
    let closed = quote.map_or_else(Vec::new, |quote| {
        let leg = |leg: &evergreen_sdk::quote::LegQuote| match Contract::of(&pool.view.registry, leg.leg.series) {
            Some(contract) => words(pool, &contract),
            None => "an option".into(),
        };
        quote.legs.iter().map(leg).collect()
    });
    let what = match (closed.is_empty(), withdraws) {
        (true, _) => "withdraw all cash".to_owned(),
        (false, true) => format!("close {} and withdraw all cash", closed.join(", ")),
        (false, false) => format!("close {}", closed.join(", ")),
    };
    let report = Report {
        pool: pool.name.clone(),
        closed,
        net: quote.map(|quote| pool.amount(quote.net)),
        fee: quote.map(|quote| pool.unsigned(quote.fee)),
        withdraws,
    };
    (what, report)
}
