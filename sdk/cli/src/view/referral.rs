//! What accounts owe their referrers, and its payment.

use crate::{act::Submission, amount::Amount, context::PoolContext, output::table, plan::referral::Claim};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::MarginAccount};
use serde::Serialize;

/// An account with what it owes.
#[derive(Serialize)]
pub struct Row {
    pool: String,
    account: String,
    owner: String,
    number: u16,
    due: Amount,
}

#[derive(Serialize)]
struct Claimed {
    pool: String,
    referrer: String,
    accounts: Vec<String>,
    amount: Amount,
}

/// Accounts with what they owe.
pub fn rows(pool: &PoolContext, accounts: &[(Pubkey, Box<MarginAccount>)]) -> Vec<Row> {
    let row = |(key, account): &(Pubkey, Box<MarginAccount>)| Row {
        pool: pool.name.clone(),
        account: key.to_string(),
        owner: account.owner.to_string(),
        number: account.sub_account,
        due: pool.unsigned(account.referral_due),
    };
    accounts.iter().map(row).collect()
}

/// The text for people.
pub fn text(pool: &PoolContext, referrer: &Pubkey, rows: &[Row]) -> String {
    if rows.is_empty() {
        let name = &pool.name;
        return format!(
            "{referrer} has referred no account of {name}; accounts name a referrer with account open --referrer"
        );
    }
    let mut shown = table(["account", "owner", "number", "due"]);
    for row in rows {
        shown.add_row([row.account.clone(), row.owner.clone(), row.number.to_string(), row.due.to_string()]);
    }
    shown.to_string()
}

/// A payment.
pub fn claim<'a>(pool: &PoolContext, referrer: &Pubkey, claim: &'a Claim) -> Submission<'a, impl Serialize + use<>> {
    let report = Claimed {
        pool: pool.name.clone(),
        referrer: referrer.to_string(),
        accounts: claim.accounts.iter().map(ToString::to_string).collect(),
        amount: pool.unsigned(claim.due),
    };
    let accounts = if claim.accounts.len() == 1 { "account" } else { "accounts" };
    let what = format!("pay {referrer} {} for {} {accounts}", report.amount, claim.accounts.len());
    Submission { shown: what.clone(), what, quote: report, instructions: &claim.instructions }
}
