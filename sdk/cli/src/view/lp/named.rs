//! A deposit that two people sign.

use crate::{
    act::Submission,
    amount::{Amount, as_text},
    context::short,
    plan::lp::{Named, Offered, class_of},
};
use serde::Serialize;

/// What a depositor signs.
#[derive(Serialize)]
pub struct OfferReport {
    /// What it does.
    action: String,
    pool: String,
    class: &'static str,
    amount: Amount,
    shares: String,
    curator: String,
    /// The number that it takes of the depositor; another transfer or request of that number voids it.
    #[serde(serialize_with = "as_text")]
    number: u64,
    /// Where it was written; absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl OfferReport {
    /// Makes the report.
    pub fn of(offered: &Offered) -> Self {
        let (pool, deposit) = (&offered.pool, &offered.deposit);
        let amount = pool.unsigned(deposit.amount);
        let class = class_of(deposit).name();
        Self {
            action: format!("sign a deposit of {amount} into the {class} class of {} for its curator", pool.name),
            pool: pool.name.clone(),
            class,
            amount,
            shares: pool.shares(offered.shares),
            curator: deposit.curator.to_string(),
            number: deposit.id,
            file: None,
        }
    }

    /// The same, written to a file.
    pub fn written(self, file: String) -> Self {
        Self { file: Some(file), ..self }
    }

    /// What is asked before it is signed.
    pub fn question(&self) -> &str {
        &self.action
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let Self { action, shares, curator, number, file, .. } = self;
        let done = file.as_ref().map_or_else(String::new, |file| {
            format!("\nwritten to {file}: send it to the curator, who signs and sends it with `evergreen lp name {file}`\nyour next deposit, withdrawal or request voids it")
        });
        format!("{action}\n for about {shares} shares; it takes your number {number}; curator {curator}{done}")
    }
}

/// What opens the depositor's nonce account.
pub fn opening<'a>(
    offered: &Offered,
    instructions: &'a [evergreen_sdk::anchor_lang::solana_program::instruction::Instruction],
) -> Submission<'a, impl Serialize + use<>> {
    #[derive(Serialize)]
    struct Opening {
        lamports: u64,
    }
    let what = format!(
        "open a nonce account for {} SOL of rent, so that what is signed stays valid until it is used",
        evergreen_sdk::convert::tokens(offered.rent, 9).normalize()
    );
    Submission { shown: what.clone(), what, quote: Opening { lamports: offered.rent }, instructions }
}

/// What a curator signs.
#[derive(Serialize)]
pub struct NamedReport {
    action: String,
    pool: String,
    class: &'static str,
    depositor: String,
    amount: Amount,
    min_shares: String,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<u64>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl NamedReport {
    /// Makes the report.
    pub fn of(named: &Named, dry_run: bool) -> Self {
        let (pool, deposit) = (&named.pool, &named.deposit);
        let (amount, class) = (pool.unsigned(deposit.amount), class_of(deposit).name());
        let who = short(&deposit.depositor);
        Self {
            action: format!("name {who}, who pays {amount} into the {class} class of {}", pool.name),
            pool: pool.name.clone(),
            class,
            depositor: deposit.depositor.to_string(),
            amount,
            min_shares: pool.shares(deposit.min_shares),
            dry_run,
            signature: None,
            slot: None,
            note: None,
        }
    }

    /// The same when it has landed.
    pub fn landed(self, signature: String, slot: u64, note: String) -> Self {
        Self { signature: Some(signature), slot: Some(slot), note: Some(note), ..self }
    }

    /// What is asked before it is signed.
    pub fn question(&self) -> &str {
        &self.action
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let Self { action, depositor, min_shares, .. } = self;
        let what = format!(
            "{action}\n {depositor} takes no fewer than {min_shares} shares; you pay nothing, and nothing else is signed"
        );
        match (&self.signature, &self.note) {
            (Some(signature), Some(note)) => format!("done: {signature}\n{note}"),
            _ if self.dry_run => format!("{what}\ndry run, nothing was signed or sent"),
            _ => what,
        }
    }
}
