//! Transactions that close positions, before they are sent.

use super::trade::filled_at;
use crate::{
    act::{QuotedTrade, Submission},
    amount::Amount,
    output::details,
    plan::close::ClosePlan,
};
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
    /// Least change of cash that the trade accepts.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_net: Option<Amount>,
    withdraws: bool,
    /// Orders of the account, which stay open.
    open_orders: u16,
}

/// What is said of orders that stay open.
pub fn orders_stay(plan: &ClosePlan) -> Option<String> {
    let (orders, name) = (plan.orders, &plan.pool.name);
    (plan.withdraws && orders > 0).then(|| {
        format!("orders that stay open: {orders}; `evergreen orders list --pool {name}` shows them, `evergreen orders cancel NUMBER --pool {name}` \
                 takes one back")
    })
}

/// The transactions one by one, and of a trade, to be filled, its quote.
pub fn close(plan: &ClosePlan) -> Vec<(Submission<'_, impl Serialize>, Option<QuotedTrade>)> {
    let mut steps = Vec::new();
    for (one, limit) in plan.plans.iter().zip(&plan.limits) {
        let mut step = step(plan, one, *limit, plan.withdraws && one.quote.is_none());
        step.quote.open_orders = plan.orders;
        step.shown.extend(orders_stay(plan).map(|words| format!("\n{words}")));
        steps.push((step, one.quote.as_ref().map(QuotedTrade::of)));
    }
    steps
}

fn step<'a>(
    all: &ClosePlan,
    plan: &'a Plan<Option<TradeQuote>>,
    limit: Option<i64>,
    withdraws: bool,
) -> Submission<'a, Report> {
    let (what, report) = describe(all, plan.quote.as_ref(), limit, withdraws);
    let mut rows = Vec::new();
    if !report.closed.is_empty() {
        rows.push(("closes", report.closed.join(", ")));
    }
    if let (Some(net), Some(fee)) = (&report.net, &report.fee) {
        rows.extend([("fee", fee.cost()), ("altogether", net.flow())]);
    }
    if report.withdraws {
        rows.push(("withdraws", "all cash that is left".into()));
    }
    let mut shown = details(&rows);
    if let Some(min_net) = &report.min_net {
        shown += &format!("\n{}", filled_at(min_net));
    }
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}

fn describe(all: &ClosePlan, quote: Option<&TradeQuote>, limit: Option<i64>, withdraws: bool) -> (String, Report) {
    let pool = &all.pool;
    let closed = quote.map_or_else(Vec::new, |quote| {
        let leg = |leg: &LegQuote| match Contract::of(&pool.view.registry, leg.leg.series) {
            Some(contract) if all.is_part => {
                let size = pool.size(leg.leg.points.saturating_abs(), contract.terms.underlying);
                format!("{size} of {}", pool.words(&contract))
            }
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
        min_net: limit.map(|limit| pool.amount(limit)),
        withdraws,
        open_orders: 0,
    };
    (what, report)
}
