//! `evergreen deposit`, `evergreen withdraw`: tokens into and out of a margin account.

use crate::{
    act::{Deed, above_zero},
    amount::Amount,
    context::Context,
    failure::{Usage, advised},
    output::facts,
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{convert::Decimal, evergreen::state::MarginAccount, instruction as build};
use serde::Serialize;
use solana_signer::Signer;

/// Pay tokens into a margin account
#[derive(Args)]
pub struct Deposit {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Tokens
    amount: Decimal,
    /// Number of the margin account; opened if it is not there
    #[arg(long, default_value_t = 0)]
    account: u16,
}

/// Take tokens out of a margin account
#[derive(Args)]
pub struct Withdraw {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Tokens, or all (for an account without positions)
    amount: String,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    account: u16,
}

#[derive(Serialize)]
struct Moved {
    pool: String,
    account: String,
    amount: Amount,
    cash_before: Amount,
}

impl Deposit {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let amount = above_zero(pool.native(self.amount)?, "the amount")?;
        let address = pool.account_key(&key.pubkey(), self.account);
        let account = context.find::<MarginAccount>(&address).await?;
        let mut instructions = Vec::new();
        if account.is_none() {
            let open = build::open_margin_account(key.pubkey(), key.pubkey(), pool.keys(), self.account, None);
            instructions.push(open);
        }
        instructions.push(build::deposit_margin(key.pubkey(), pool.keys(), address, amount));
        let moved = Moved {
            pool: pool.name.clone(),
            account: address.to_string(),
            amount: pool.unsigned(amount),
            cash_before: pool.amount(account.as_ref().map_or(0, |account| account.cash)),
        };
        let what = format!("deposit {} into account {}", moved.amount, self.account);
        let opens = if account.is_none() { ", which is opened" } else { "" };
        let shown = format!("{what}{opens}; its cash before: {}", moved.cash_before);
        Deed { what, shown, quote: moved, instructions: &instructions }.perform(context, &key).await.map(drop)
    }
}

impl Withdraw {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let address = pool.account_key(&key.pubkey(), self.account);
        let account = pool.account(context, &key.pubkey(), self.account).await?;
        let all = self.amount.eq_ignore_ascii_case("all");
        if all && !account.is_flat() {
            return Err(advised(
                "all can leave only an account without positions",
                format!("name an amount, or close everything: evergreen close --all --pool {}", pool.name),
            ));
        }
        let native = if all {
            u64::MAX
        } else {
            let tokens = self.amount.parse::<Decimal>();
            let tokens = tokens.map_err(|_| Usage(format!("`{}` is no amount; say tokens, or all", self.amount)))?;
            above_zero(pool.native(tokens)?, "the amount")?
        };
        let feeds = pool.view.feeds(&pool.view.needed(&account, [])?);
        let instructions = [build::withdraw_margin(key.pubkey(), pool.keys(), address, native, &feeds)];
        let moved = Moved {
            pool: pool.name.clone(),
            account: address.to_string(),
            amount: if all { pool.amount(account.cash) } else { pool.unsigned(native) },
            cash_before: pool.amount(account.cash),
        };
        let what = format!("withdraw {} from account {}", moved.amount, self.account);
        let rows = [("cash before", moved.cash_before.to_string()), ("withdraws", moved.amount.to_string())];
        let shown = facts(&rows);
        Deed { what, shown, quote: moved, instructions: &instructions }.perform(context, &key).await.map(drop)
    }
}
