//! Transactions that close positions, before they are sent.

use crate::{act::Submission, amount::Amount, context::PoolContext, output::facts, plan::close::ClosePlan};
use evergreen_sdk::{
    plan::Plan,
    quote::{LegQuote, TradeQuote},
    strategy::Contract,
};
use serde::Serialize;

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

/// The transactions one by one.
pub fn close(plan: &ClosePlan) -> Vec<Submission<'_, impl Serialize>> {
    let last = plan.plans.len().saturating_sub(1);
    let one = |(number, one): (usize, _)| step(&plan.pool, one, plan.withdraws && number == last);
    plan.plans.iter().enumerate().map(one).collect()
}

fn step<'a>(pool: &PoolContext, plan: &'a Plan<Option<TradeQuote>>, withdraws: bool) -> Submission<'a, Report> {
    let (what, report) = describe(pool, plan.quote.as_ref(), withdraws);
    let mut rows = vec![("closes", report.closed.join(", "))];
    if let (Some(net), Some(fee)) = (&report.net, &report.fee) {
        rows.extend([("fee", fee.to_string()), ("change of cash", net.to_string())]);
    }
    if report.withdraws {
        rows.push(("withdraws", "all cash that is left".into()));
    }
    Submission { what, shown: facts(&rows), quote: report, instructions: &plan.instructions }
}

fn describe(pool: &PoolContext, quote: Option<&TradeQuote>, withdraws: bool) -> (String, Report) {
    let closed = quote.map_or_else(Vec::new, |quote| {
        let leg = |leg: &LegQuote| match Contract::of(&pool.view.registry, leg.leg.series) {
            Some(contract) => pool.words(&contract),
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
