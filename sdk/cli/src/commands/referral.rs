//! `evergreen referral`: what accounts owe who referred them.

use crate::{
    act::Submission,
    amount::Amount,
    context::{Context, PoolContext},
    failure::advised,
    output::{self, table},
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey, client::Filter, evergreen::state::MarginAccount, instruction as build,
};
use serde::Serialize;
use solana_signer::Signer;

/// What to do.
#[derive(Subcommand)]
pub enum ReferralCommand {
    /// Accounts that a referrer has brought to a pool, and what each owes him
    Show(Which),
    /// Pay a referrer what all his accounts in a pool owe him; anyone may
    Claim(Which),
}

/// Whose, and where.
#[derive(Args)]
pub struct Which {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// The referrer; the keypair's otherwise
    #[arg(long)]
    referrer: Option<Pubkey>,
}

/// Claims of one transaction.
const AT_ONCE: usize = 8;

#[derive(Serialize)]
struct Row {
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

impl ReferralCommand {
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Show(which) => which.show(context).await,
            Self::Claim(which) => which.claim(context).await,
        }
    }
}

/// Accounts that a key has referred, with what they owe it: losses by seizure borne, native units.
async fn referred(context: &Context, pool: &PoolContext, by: &Pubkey) -> Result<Vec<(Pubkey, Box<MarginAccount>)>> {
    let bar = output::progress("reading accounts");
    let found = context.client.find::<MarginAccount>(Filter::of_pool(pool.keys().pool)).await;
    bar.finish_and_clear();
    let mut accounts = found?.value;
    accounts.retain(|(_, account)| account.referrer == *by);
    for (_, account) in &mut accounts {
        *account = pool.view.opened(account)?;
    }
    // Who owes most comes first.
    accounts.sort_by_key(|(key, account)| (std::cmp::Reverse(account.referral_due), *key));
    Ok(accounts)
}

impl Which {
    async fn show(&self, context: &Context) -> Result<()> {
        let referrer = context.owner(self.referrer)?;
        let pool = context.pool(&self.pool).await?;
        let row = |(key, account): &(Pubkey, Box<MarginAccount>)| Row {
            pool: pool.name.clone(),
            account: key.to_string(),
            owner: account.owner.to_string(),
            number: account.sub_account,
            due: pool.unsigned(account.referral_due),
        };
        let rows: Vec<Row> = referred(context, &pool, &referrer).await?.iter().map(row).collect();
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("{referrer} has referred no account of {}; accounts name him: account open --referrer", pool.name);
            return Ok(());
        }
        let mut shown = table(["account", "owner", "number", "due"]);
        for row in rows {
            shown.add_row([row.account, row.owner, row.number.to_string(), row.due.to_string()]);
        }
        println!("{shown}");
        Ok(())
    }

    async fn claim(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let referrer = self.referrer.unwrap_or_else(|| key.pubkey());
        let pool = context.pool(&self.pool).await?;
        let mut accounts = referred(context, &pool, &referrer).await?;
        accounts.retain(|(_, account)| account.referral_due > 0);
        if accounts.is_empty() {
            let message = format!("no account of {} owes {referrer} anything", pool.name);
            return Err(advised(message, "see `evergreen referral show`"));
        }
        for some in accounts.chunks(AT_ONCE) {
            let (mint, program) = (pool.keys().mint, pool.keys().token_program);
            let create = create_associated_token_account_idempotent(&key.pubkey(), &referrer, &mint, &program);
            let mut instructions = vec![create];
            instructions.extend(some.iter().map(|(account, _)| build::claim_referral(referrer, pool.keys(), *account)));
            let due = some.iter().map(|(_, account)| account.referral_due).fold(0, u64::saturating_add);
            let report = Claimed {
                pool: pool.name.clone(),
                referrer: referrer.to_string(),
                accounts: some.iter().map(|(account, _)| account.to_string()).collect(),
                amount: pool.unsigned(due),
            };
            let accounts = if some.len() == 1 { "account" } else { "accounts" };
            let what = format!("pay {referrer} {} for {} {accounts}", report.amount, some.len());
            let submission = Submission { shown: what.clone(), what, quote: report, instructions: &instructions };
            submission.perform(context, &key).await?;
        }
        Ok(())
    }
}
