//! Withdrawals of everybody: the queue, and paying out.

use super::{Which, WithdrawalAction, shares};
use crate::{
    act::Submission,
    amount::Amount,
    context::{Context, PoolContext, short},
    failure::advised,
    output::{self, date, table},
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::state::{ShareClass, WithdrawalRequest},
    instruction as build,
};
use serde::Serialize;
use solana_signer::Signer;

/// Whose withdrawals to pay out.
#[derive(Args)]
pub struct Claim {
    #[command(flatten)]
    which: Which,
    /// The owner of the withdrawals, who is paid; the keypair's otherwise
    #[arg(long, conflicts_with = "everybody")]
    owner: Option<Pubkey>,
    /// Those of all owners
    #[arg(long)]
    everybody: bool,
}

#[derive(Serialize)]
struct Row {
    number: u64,
    owner: String,
    shares: String,
    shares_native: u64,
    payable: Amount,
    ready_at: i64,
    first_in_queue: bool,
}

/// Withdrawals of a class, of one owner or of everybody, the oldest first.
pub async fn of(
    context: &Context,
    pool: &PoolContext,
    owner: Option<Pubkey>,
    class: ShareClass,
) -> Result<Vec<Box<WithdrawalRequest>>> {
    let filter = Filter { pool: Some(pool.keys().pool), owner };
    let bar = output::progress("reading withdrawals");
    let found = context.client.find::<WithdrawalRequest>(filter).await;
    bar.finish_and_clear();
    let mut withdrawals: Vec<_> = found?.value.into_iter().map(|(_, withdrawal)| withdrawal).collect();
    withdrawals.retain(|withdrawal| withdrawal.share_class() == class);
    withdrawals.sort_by_key(|withdrawal| withdrawal.number);
    Ok(withdrawals)
}

impl Which {
    /// The queue.
    pub(super) async fn withdrawals(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let class = self.class.share_class();
        let (cooldown, first) = (pool.view.pool.cooldown(class), pool.view.pool.shares(class).first_withdrawal);
        let row = |withdrawal: &WithdrawalRequest| Row {
            number: withdrawal.number,
            owner: withdrawal.owner.to_string(),
            shares: shares(&pool, withdrawal.shares),
            shares_native: withdrawal.shares,
            payable: pool.unsigned(withdrawal.payable),
            ready_at: withdrawal.requested_at.saturating_add(cooldown),
            first_in_queue: withdrawal.number == first,
        };
        let rows: Vec<Row> = of(context, &pool, None, class).await?.iter().map(|withdrawal| row(withdrawal)).collect();
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("no withdrawal waits in the {} class of {}", self.class.name(), pool.name);
            return Ok(());
        }
        let mut shown = table(["withdrawal", "owner", "shares", "to be executed from", "to claim"]);
        for row in rows {
            let turn = if row.first_in_queue { ", first in the queue" } else { "" };
            let when =
                if row.shares_native == 0 { "executed".to_owned() } else { format!("{}{turn}", date(row.ready_at)) };
            shown.add_row([row.number.to_string(), row.owner, row.shares, when, row.payable.to_string()]);
        }
        println!("{shown}");
        Ok(())
    }
}

impl Claim {
    /// Shows, asks, sends: a transaction a withdrawal.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.which.pool).await?;
        let class = self.which.class.share_class();
        let owner = (!self.everybody).then(|| self.owner.unwrap_or_else(|| key.pubkey()));
        let mut withdrawals = of(context, &pool, owner, class).await?;
        withdrawals.retain(|withdrawal| withdrawal.payable > 0);
        if withdrawals.is_empty() {
            let whose = owner.map_or_else(|| "anybody".into(), |owner| owner.to_string());
            let message = format!("no withdrawal of {whose} has been executed in {}", pool.name);
            return Err(advised(
                message,
                "see `evergreen lp withdrawals`; `evergreen lp execute` when its time has come",
            ));
        }
        for withdrawal in withdrawals {
            let (mint, program) = (pool.keys().mint, pool.keys().token_program);
            // The owner may have closed his token account meanwhile.
            let create = create_associated_token_account_idempotent(&key.pubkey(), &withdrawal.owner, &mint, &program);
            let claim = build::claim_withdrawal(withdrawal.owner, pool.keys(), class, withdrawal.number);
            let report = WithdrawalAction {
                pool: pool.name.clone(),
                class: self.which.class.name(),
                withdrawal: withdrawal.number,
                shares: shares(&pool, withdrawal.shares),
                worth_now: None,
                pays: Some(pool.unsigned(withdrawal.payable)),
            };
            let payable = pool.unsigned(withdrawal.payable);
            let whom = if withdrawal.owner == key.pubkey() {
                String::new()
            } else {
                format!(" for {}", short(&withdrawal.owner))
            };
            let what = format!("claim {payable} of withdrawal {}{whom}", withdrawal.number);
            let submission = Submission { shown: what.clone(), what, quote: report, instructions: &[create, claim] };
            submission.perform(context, &key).await?;
        }
        Ok(())
    }
}
