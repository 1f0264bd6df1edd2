//! Deposits and withdrawals of margin, before they are sent.

use crate::{
    act::Submission,
    amount::Amount,
    output::facts,
    plan::margin::{DepositPlan, WithdrawPlan},
};
use serde::Serialize;

#[derive(Serialize)]
struct Moved {
    pool: String,
    account: String,
    amount: Amount,
    cash_before: Amount,
}

/// A deposit.
pub fn deposit(plan: &DepositPlan) -> Submission<'_, impl Serialize> {
    let moved = Moved {
        pool: plan.pool.name.clone(),
        account: plan.address.to_string(),
        amount: plan.pool.unsigned(plan.amount),
        cash_before: plan.pool.amount(plan.cash_before),
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
    };
    let what = format!("withdraw {} from account {}", moved.amount, plan.number);
    let rows = [("cash before", moved.cash_before.to_string()), ("withdraws", moved.amount.to_string())];
    Submission { what, shown: facts(&rows), quote: moved, instructions: &plan.instructions }
}
