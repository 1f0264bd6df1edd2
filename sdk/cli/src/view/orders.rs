//! Conditional orders: open ones, and those that are placed, cancelled, executed.

use crate::{
    act::Submission,
    amount::Amount,
    context::PoolContext,
    output::{date, facts, table},
    plan::orders::{CancelPlan, ExecutePlan, OpenOrders, PlacePlan},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::OrderTerms, quote::OrderResolution,
    strategy::Contract,
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
    trigger: Option<String>,
    reduce_only: bool,
    expires_at: i64,
    tip: Amount,
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
    /// Whether it is traded, or cancelled and why.
    outcome: String,
    /// Change of the account's cash if it is traded.
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Amount>,
    /// What the tip comes to for whoever executes it.
    reward: Amount,
}

#[derive(Serialize)]
struct Cancelled {
    pool: String,
    number: u64,
}

fn report(pool: &PoolContext, terms: &OrderTerms, legs: Vec<LegLine>, number: u64, address: Pubkey) -> OrderReport {
    let trigger = terms.trigger.map(|trigger| {
        let side = if trigger.above { "at or above" } else { "at or below" };
        let price = Decimal::from_i128_with_scale(trigger.price.into(), 8).normalize();
        format!("{} {side} ${price}", pool.symbol(trigger.underlying))
    });
    OrderReport {
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

fn leg(pool: &PoolContext, contract: Option<&Contract>, points: i64) -> LegLine {
    let option = contract.map_or_else(|| "an option that is gone".into(), |contract| pool.words(contract));
    let size = contract.map_or_else(|| format!("{points} points"), |c| pool.size(points, c.terms.underlying));
    LegLine { option, points, size }
}

/// The legs of terms, as far as the registry still knows them.
fn legs_of(pool: &PoolContext, terms: &OrderTerms) -> Vec<LegLine> {
    let legs = terms.legs.iter();
    legs.map(|l| leg(pool, Contract::of(&pool.view.registry, l.series).as_ref(), l.points)).collect()
}

impl OrderReport {
    fn conditions(&self) -> String {
        let limit = self.min_net.as_ref().map(|net| format!("change of cash at least {net}"));
        let mut words: Vec<String> = [self.trigger.clone(), limit].into_iter().flatten().collect();
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

/// An order that is placed.
pub fn place(plan: &PlacePlan) -> Submission<'_, impl Serialize> {
    let (pool, number) = (&plan.pool, plan.number);
    let parts = plan.strategy.legs.iter();
    let legs: Vec<LegLine> = parts.map(|part| leg(pool, Some(&part.contract), part.points.0)).collect();
    let what = format!("place order {number}: {}", words(&legs));
    let report = report(pool, &plan.terms, legs, number, plan.address);
    let rows = [
        ("order", what.clone()),
        ("conditions", report.conditions()),
        ("expires", date(plan.terms.expires_at)),
        ("tip", report.tip.to_string()),
    ];
    Submission { what, shown: facts(&rows), quote: report, instructions: &plan.instructions }
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
    let (outcome, net) = match &plan.quote.fate {
        OrderResolution::Executed { net, .. } => ("executed".into(), Some(pool.amount(*net))),
        OrderResolution::Cancelled(reason) => (format!("cancelled: {reason:?}"), None),
    };
    let executed = Executed {
        order: report(pool, &order.terms, legs, order.number, plan.address),
        account: plan.of.to_string(),
        tip_to: plan.tip_to.map(|key| key.to_string()),
        outcome,
        net,
        reward: pool.unsigned(plan.quote.reward()),
    };
    let what = format!("execute order {} of {}", order.number, plan.of);
    let mut rows =
        vec![("order", wanted), ("conditions", executed.order.conditions()), ("outcome", executed.outcome.clone())];
    rows.extend(executed.net.as_ref().map(|net| ("change of cash", net.to_string())));
    rows.push(("you get", executed.reward.to_string()));
    let shown = format!("{what}\n{}", facts(&rows));
    Submission { what, shown, quote: executed, instructions: &plan.instructions }
}
