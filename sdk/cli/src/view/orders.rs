//! Conditional orders: open ones, and those that are placed, cancelled, executed.

use crate::{
    act::Submission,
    amount::Amount,
    context::PoolContext,
    failure::{Incomplete, Report},
    output::{date, details, table},
    plan::orders::{CancelPlan, ExecutePlan, OpenOrders, PlacePlan, Placed},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::{OptionId, OrderTerms, Trigger},
    math::{Seconds, option::OptionKind},
    quote::OrderResolution,
    strategy::{Contract, ContractTerms},
};
use serde::Serialize;

/// An order.
#[derive(Serialize)]
pub struct OrderReport {
    pool: String,
    number: u64,
    address: String,
    legs: Vec<LegLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_net: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<TriggerLine>,
    /// Whether its price has been reached at the price of now; absent without one to wait for.
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger_met: Option<bool>,
    reduce_only: bool,
    expires_at: i64,
    tip: Amount,
}

/// Orders that are placed.
#[derive(Serialize)]
struct PlacedReport {
    #[serde(flatten)]
    order: Option<OrderReport>,
    /// The other one of a bracket.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<OrderReport>,
    /// Why its trade would be refused if it were committed now, and what would fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_now: Option<Report>,
}

/// The price that an order waits for.
#[derive(Serialize)]
struct TriggerLine {
    underlying: String,
    /// `at_or_above` or `at_or_below`.
    side: &'static str,
    dollars: String,
}

impl TriggerLine {
    fn words(&self) -> String {
        format!("{} {} ${}", self.underlying, self.side.replace('_', " "), self.dollars)
    }
}

#[derive(Serialize)]
struct LegLine {
    option: String,
    points: i64,
    size: String,
}

#[derive(Serialize)]
struct Executed {
    #[serde(flatten)]
    order: OrderReport,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tip_to: Option<String>,
    /// Whether its trade is committed, or the order cancelled and why.
    planned: String,
    /// Least change of the account's cash that its trade accepts; absent for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepts: Option<Amount>,
    /// The tip: that of a committed order is for whoever fills its trade.
    reward: Amount,
}

#[derive(Serialize)]
struct Cancelled {
    pool: String,
    number: u64,
}

fn report(pool: &PoolContext, terms: &OrderTerms, legs: Vec<LegLine>, number: u64, address: Pubkey) -> OrderReport {
    let trigger = terms.trigger.map(|trigger| {
        let side = if trigger.above { "at_or_above" } else { "at_or_below" };
        let dollars = Decimal::from_i128_with_scale(trigger.price.into(), 8).normalize().to_string();
        TriggerLine { underlying: pool.symbol(trigger.underlying), side, dollars }
    });
    let met = |trigger: &Trigger| {
        let spot = pool.view.price(trigger.underlying).ok()?.spot;
        trigger.is_met(spot).ok()
    };
    OrderReport {
        trigger_met: terms.trigger.as_ref().and_then(met),
        pool: pool.name.clone(),
        number,
        address: address.to_string(),
        legs,
        min_net: (terms.min_net != i64::MIN).then(|| pool.amount(terms.min_net)),
        trigger,
        reduce_only: terms.reduce_only,
        expires_at: terms.expires_at,
        tip: pool.unsigned(terms.tip),
    }
}

fn leg(pool: &PoolContext, contract: &Contract, points: i64) -> LegLine {
    LegLine { option: pool.words(contract), points, size: pool.size(points, contract.terms.underlying) }
}

/// The legs of terms; an order names options, whether they are listed or not.
fn legs_of(pool: &PoolContext, terms: &OrderTerms) -> Vec<LegLine> {
    terms.legs.iter().map(|l| leg(pool, &contract(&l.option), l.points)).collect()
}

/// The contract of an option.
fn contract(option: &OptionId) -> Contract {
    Contract {
        terms: ContractTerms { underlying: option.underlying, tenor: Seconds(option.tenor) },
        kind: if option.put { OptionKind::Put } else { OptionKind::Call },
        strike: option.strike,
    }
}

impl OrderReport {
    fn conditions(&self) -> String {
        let limit = self.min_net.as_ref().map(Amount::limit);
        let met = if self.trigger_met == Some(true) { ", which holds already" } else { "" };
        let trigger = self.trigger.as_ref().map(|trigger| format!("{}{met}", trigger.words()));
        let mut words: Vec<String> = [trigger, limit].into_iter().flatten().collect();
        if self.reduce_only {
            words.push("only reduces".into());
        }
        words.join(", ")
    }
}

impl LegLine {
    fn words(&self) -> String {
        let (verb, size) = match self.size.strip_prefix('-') {
            Some(size) => ("sell", size),
            None => ("buy", self.size.as_str()),
        };
        format!("{verb} {size} of the {}", self.option)
    }
}

/// The legs in words.
fn words(legs: &[LegLine]) -> String {
    legs.iter().map(LegLine::words).collect::<Vec<_>>().join(", ")
}

/// Open orders.
pub fn rows(open: &OpenOrders) -> Vec<OrderReport> {
    let pool = &open.pool;
    let orders = open.orders.iter();
    orders.map(|(key, order)| report(pool, &order.terms, legs_of(pool, &order.terms), order.number, *key)).collect()
}

/// What is not known of the orders for want of a price.
pub fn lacks(open: &OpenOrders, rows: &[OrderReport]) -> Option<Incomplete> {
    let view = &open.pool.view;
    let is_unknown = |row: &OrderReport| row.trigger.is_some() && row.trigger_met.is_none();
    let unknown = open.orders.iter().zip(rows).filter(|(_, row)| is_unknown(row));
    let mut triggers = unknown.filter_map(|((_, order), _)| order.terms.trigger.as_ref());
    let error = triggers.find_map(|trigger| view.price(trigger.underlying).err())?;
    Some(Incomplete::unpriced(error.to_string()).within(&open.pool.name))
}

/// The text for people.
pub fn text(open: &OpenOrders, rows: &[OrderReport]) -> String {
    if rows.is_empty() {
        return format!("no open orders in account {} of {}", open.account, open.pool.name);
    }
    let mut shown = table(["number", "option", "size", "conditions", "expires", "tip"]);
    for row in rows {
        let join = |pick: fn(&LegLine) -> &str| row.legs.iter().map(pick).collect::<Vec<_>>().join("\n");
        let (options, sizes) = (join(|leg| &leg.option), join(|leg| &leg.size));
        let (number, when) = (row.number.to_string(), date(row.expires_at));
        shown.add_row([number, options, sizes, row.conditions(), when, row.tip.to_string()]);
    }
    shown.to_string()
}

/// An order that is placed, or the two of a bracket.
pub fn place(plan: &PlacePlan) -> Submission<'_, impl Serialize> {
    let pool = &plan.pool;
    let legs =
        || -> Vec<LegLine> { plan.strategy.legs.iter().map(|part| leg(pool, &part.contract, part.points.0)).collect() };
    let of = |order: &Placed| report(pool, &order.terms, legs(), order.number, order.address);
    let mut reports: Vec<OrderReport> = plan.orders.iter().map(of).collect();
    let numbers: Vec<String> = plan.orders.iter().map(|order| order.number.to_string()).collect();
    let name = if numbers.len() > 1 { "orders" } else { "order" };
    let what = format!("place {name} {}: {}", numbers.join(" and "), words(&legs()));
    let mut rows = vec![(name, what.clone())];
    for report in &reports {
        rows.push(("conditions", report.conditions()));
    }
    if let Some(report) = reports.first() {
        rows.push(("expires", date(report.expires_at)));
        rows.push(("tip", if reports.len() > 1 { format!("{} each", report.tip) } else { report.tip.to_string() }));
    }
    rows.push((
        "filled at",
        "the first price published after it is committed, which is when its conditions hold".into(),
    ));
    if reports.len() > 1 {
        let words = "whichever is filled first closes; the other one can only reduce what is left then, and waits on until a keeper cancels it or it expires";
        rows.push(("bracket", words.into()));
    }
    if reports.iter().any(|report| report.trigger_met == Some(true)) {
        let words =
            "the price that it waits for is there already: it is committed at the first price after it is placed";
        rows.push(("warning", words.into()));
    }
    let sells = plan.strategy.legs.iter().any(|leg| leg.points.0 < 0);
    if sells && plan.orders.iter().any(|order| order.terms.trigger.is_some() && !order.terms.reduce_only) {
        let words = "it writes what is not held when its time comes: with --reduce-only it never does more than close";
        rows.push(("warning", words.into()));
    }
    if let Some(refused) = &plan.refused_now {
        let next = refused.next.as_ref().map(|next| format!("; {next}")).unwrap_or_default();
        rows.push(("warning", format!("as of now its trade would be refused: {}{next}", refused.error)));
    }
    let other = (reports.len() > 1).then(|| reports.pop()).flatten();
    let quote = PlacedReport { order: reports.pop(), other, refused_now: plan.refused_now.clone() };
    Submission { what, shown: details(&rows), quote, instructions: &plan.instructions }
}

/// An order that is cancelled.
pub fn cancel(plan: &CancelPlan) -> Submission<'_, impl Serialize> {
    let what = format!("cancel order {} of account {}", plan.number, plan.account);
    let quote = Cancelled { pool: plan.pool.name.clone(), number: plan.number };
    Submission { shown: what.clone(), what, quote, instructions: &plan.instructions }
}

/// An order that is executed.
pub fn execute(plan: &ExecutePlan) -> Submission<'_, impl Serialize> {
    let (pool, order) = (&plan.pool, &plan.order);
    let legs = legs_of(pool, &order.terms);
    let wanted = words(&legs);
    let (planned, accepts) = match &plan.quote.resolution {
        OrderResolution::Committed { min_net, .. } => ("committed".into(), Some(*min_net)),
        OrderResolution::Cancelled(reason) => (format!("cancelled: {reason:?}"), None),
    };
    let accepts = accepts.filter(|net| *net != i64::MIN).map(|net| pool.amount(net));
    let reward = if plan.commits() { plan.quote.tip } else { 0 };
    let executed = Executed {
        order: report(pool, &order.terms, legs, order.number, plan.address),
        account: plan.of.to_string(),
        tip_to: plan.tip_to.map(|key| key.to_string()),
        planned,
        accepts,
        reward: pool.unsigned(reward),
    };
    let what = format!("execute order {} of {}", order.number, plan.of);
    let mut rows =
        vec![("order", wanted), ("conditions", executed.order.conditions()), ("outcome", executed.planned.clone())];
    rows.push(("you get", executed.reward.to_string()));
    let mut shown = format!("{what}\n{}", details(&rows));
    if plan.commits() {
        shown += match &executed.accepts {
            Some(min_net) => format!("\n{}", super::trade::filled_at(min_net)),
            None => "\nfilled at the first price published after the commitment".into(),
        }
        .as_str();
    }
    Submission { what, shown, quote: executed, instructions: &plan.instructions }
}
