//! Deposits and withdrawals of margin, before they are sent.

use crate::{
    act::Submission,
    amount::Amount,
    output::{details, span},
    plan::margin::{DepositPlan, WithdrawPlan},
};
use serde::Serialize;

#[derive(Serialize)]
struct Moved {
    pool: String,
    account: String,
    amount: Amount,
    cash_before: Amount,
    /// How long what stays pays the funding of open positions; absent where they pay none.
    #[serde(skip_serializing_if = "Option::is_none")]
    runway: Option<Left>,
}

/// Cash that a withdrawal leaves behind.
#[derive(Serialize)]
struct Left {
    cash_after: Amount,
    funding_per_day: Amount,
    runway_seconds: u64,
    /// What has to stay for a week of funding, where less does.
    #[serde(skip_serializing_if = "Option::is_none")]
    for_a_week: Option<Amount>,
}

impl Left {
    fn of(plan: &WithdrawPlan) -> Option<Self> {
        let (pool, runway) = (&plan.pool, plan.runway.as_ref()?);
        Some(Self {
            cash_after: pool.amount(runway.cash),
            funding_per_day: pool.amount(runway.per_day),
            runway_seconds: runway.seconds,
            for_a_week: runway.for_a_week.map(|week| pool.amount(week)),
        })
    }

    /// For people.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let lasts = format!("{} at a funding of {} a day", span(self.runway_seconds), self.funding_per_day.tokens);
        let mut rows = vec![("stays", self.cash_after.to_string()), ("lasts", lasts)];
        if let Some(week) = &self.for_a_week {
            let words = "then anyone may sell what is bought; for 7 days leave";
            rows.push(("warning", format!("{words} {week}")));
        }
        rows
    }
}

/// A deposit.
pub fn deposit(plan: &DepositPlan) -> Submission<'_, impl Serialize> {
    let moved = Moved {
        pool: plan.pool.name.clone(),
        account: plan.address.to_string(),
        amount: plan.pool.unsigned(plan.amount),
        cash_before: plan.pool.amount(plan.cash_before),
        runway: None,
    };
    let whose = plan.other_owner.map_or_else(String::new, |owner| format!(" of {owner}"));
    let what = format!("deposit {} into account {}{whose}", moved.amount, plan.number);
    let opens = if plan.opens { ", which is opened" } else { "" };
    let shown = format!("{what}{opens}; its cash before: {}", moved.cash_before);
    Submission { what, shown, quote: moved, instructions: &plan.instructions }
}

/// A withdrawal.
pub fn withdraw(plan: &WithdrawPlan) -> Submission<'_, impl Serialize> {
    let moved = Moved {
        pool: plan.pool.name.clone(),
        account: plan.address.to_string(),
        amount: plan.pool.amount(plan.amount),
        cash_before: plan.pool.amount(plan.cash_before),
        runway: Left::of(plan),
    };
    let what = format!("withdraw {} from account {}", moved.amount, plan.number);
    let mut rows = vec![("cash before", moved.cash_before.to_string()), ("withdraws", moved.amount.to_string())];
    rows.extend(moved.runway.iter().flat_map(Left::rows));
    Submission { what, shown: details(&rows), quote: moved, instructions: &plan.instructions }
}
