//! `evergreen deposit`, `evergreen withdraw`: tokens into and out of a margin account.

use crate::{
    act::{Submission, above_zero},
    amount::Amount,
    context::{Context, PoolContext},
    failure::{Usage, advised},
    output::facts,
};
use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Account as TokenAccount};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::MarginAccount, instruction as build,
};
use serde::Serialize;
use solana_signer::Signer;

/// Pay tokens into a margin account
#[derive(Args)]
pub struct Deposit {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Tokens, or all that the wallet holds
    amount: String,
    /// Number of the margin account; opened if it is not there
    #[arg(long, default_value_t = 0)]
    account: u16,
    /// Pay into the account of this owner, who alone can withdraw it
    #[arg(long)]
    owner: Option<Pubkey>,
}

/// Take tokens out of a margin account
#[derive(Args)]
pub struct Withdraw {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Tokens; or all, of an account without positions; or max, as much as open positions spare
    #[arg(required_unless_present = "all")]
    amount: Option<String>,
    /// The same as the amount all
    #[arg(long, conflicts_with = "amount")]
    all: bool,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    account: u16,
}

/// Most that the wallet's account holds, native units.
async fn wallet(context: &Context, pool: &PoolContext, owner: &Pubkey) -> Result<u64> {
    let found = context.client.raw(&[pool.keys().wallet(owner)]).await?.value.into_iter().next().flatten();
    let state = found.as_ref().and_then(|raw| StateWithExtensions::<TokenAccount>::unpack(&raw.data).ok());
    Ok(state.map_or(0, |state| state.base.amount))
}

/// Reads an amount of tokens.
fn tokens(pool: &PoolContext, text: &str, or: &str) -> Result<u64> {
    let tokens = text.parse::<Decimal>().map_err(|_| Usage(format!("`{text}` is no amount; say tokens, or {or}")))?;
    above_zero(pool.native(tokens)?, "the amount")
}

/// Seconds of funding that a withdrawal of the most leaves behind: it goes on until the transaction lands.
const SPARE_SECONDS: i64 = 60;

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
        let amount = if self.amount.eq_ignore_ascii_case("all") {
            let held = wallet(context, &pool, &key.pubkey()).await?;
            if held == 0 {
                let next = "`evergreen doctor` shows what it holds";
                return Err(advised(format!("the wallet holds no {}", pool.name), next));
            }
            held
        } else {
            tokens(&pool, &self.amount, "all")?
        };
        let owner = self.owner.unwrap_or_else(|| key.pubkey());
        let address = pool.account_key(&owner, self.account);
        let account = match self.owner {
            // Of others it has to be there.
            Some(_) => Some(pool.account(context, &owner, self.account).await?),
            None => context.find::<MarginAccount>(&address).await?,
        };
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
        let whose = if self.owner.is_some() { format!(" of {owner}") } else { String::new() };
        let what = format!("deposit {} into account {}{whose}", moved.amount, self.account);
        let opens = if account.is_none() { ", which is opened" } else { "" };
        let shown = format!("{what}{opens}; its cash before: {}", moved.cash_before);
        Submission { what, shown, quote: moved, instructions: &instructions }.perform(context, &key).await.map(drop)
    }
}

impl Withdraw {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let address = pool.account_key(&key.pubkey(), self.account);
        let account = pool.account(context, &key.pubkey(), self.account).await?;
        let wanted = self.amount.as_deref().unwrap_or("all");
        let most = wanted.eq_ignore_ascii_case("max");
        let all = wanted.eq_ignore_ascii_case("all") || (most && account.is_flat());
        if all && !account.is_flat() {
            return Err(advised(
                "all can leave only an account without positions",
                format!(
                    "say max for what positions spare, or close everything: evergreen close --all --pool {}",
                    pool.name
                ),
            ));
        }
        let native = if all {
            u64::MAX
        } else if most {
            spared(&pool, &account)?
        } else {
            tokens(&pool, wanted, "all, or max")?
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
        Submission { what, shown, quote: moved, instructions: &instructions }.perform(context, &key).await.map(drop)
    }
}

/// The most that can leave an account with positions: cash and initial health may not fall below nought. Some funding that
/// it pays until then is left.
fn spared(pool: &PoolContext, account: &MarginAccount) -> Result<u64> {
    let quote = pool.view.account(account)?;
    let funding = i128::from(quote.funding_per_day.max(0)) * i128::from(SPARE_SECONDS) / 86_400 + 1;
    let spare = i128::from(quote.cash.min(quote.health.initial)) - funding;
    u64::try_from(spare).ok().filter(|spare| *spare > 0).ok_or_else(|| {
        let message = format!("open positions spare nothing: initial health {}", pool.amount(quote.health.initial));
        advised(message, "close something first: evergreen close")
    })
}
