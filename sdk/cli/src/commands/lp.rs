//! `evergreen lp`: provide liquidity, or take it out again.

mod withdrawals;

use crate::{
    act::{Submission, above_zero},
    amount::Amount,
    context::{Context, PoolContext},
    failure::{Usage, advised},
    output::{self, date, facts, span},
};
use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Account as TokenAccount};
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    convert::{self, Decimal},
    evergreen::state::{ShareClass, WithdrawalRequest},
    instruction as build,
    plan::Planner,
};
use serde::Serialize;
use solana_signer::Signer;

/// What to do.
#[derive(Subcommand)]
pub enum LpCommand {
    /// Shares, their worth and withdrawals of an owner
    Show(Show),
    /// Pay tokens into the pool for shares
    Deposit(Deposit),
    /// Ask for shares to be paid out: makes a withdrawal, which waits for the cooldown
    Request(Request),
    /// The withdrawals of everybody that wait or can be claimed, in the order of the queue
    Withdrawals(Which),
    /// Execute the first withdrawal of the queue; anyone may, after its cooldown
    Execute(Which),
    /// Pay out what withdrawals have been executed for: the keypair's, or those of others; anyone may
    Claim(withdrawals::Claim),
}

/// The two kinds of liquidity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Class {
    /// Takes the other side of every option
    Main,
    /// Covers what writers cannot pay
    Insurance,
}

impl Class {
    const fn share_class(self) -> ShareClass {
        match self {
            Self::Main => ShareClass::Main,
            Self::Insurance => ShareClass::Insurance,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Insurance => "insurance",
        }
    }
}

/// Which pool and class.
#[derive(Args)]
pub struct Which {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Share class
    #[arg(long, value_enum, default_value = "main")]
    class: Class,
}

/// Whose.
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    which: Which,
    /// The owner; the keypair's otherwise
    #[arg(long)]
    owner: Option<Pubkey>,
}

/// How much to pay in.
#[derive(Args)]
pub struct Deposit {
    #[command(flatten)]
    which: Which,
    /// Tokens
    amount: Decimal,
}

/// How many shares to ask for.
#[derive(Args)]
pub struct Request {
    #[command(flatten)]
    which: Which,
    /// Shares, or all, or a part of them: 50%
    shares: String,
}

#[derive(Serialize)]
struct ShowReport {
    pool: String,
    class: &'static str,
    shares: String,
    shares_native: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    worth: Option<Amount>,
    pool_worth: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    income_per_year: Option<String>,
    withdrawals: Vec<WithdrawalReport>,
}

#[derive(Serialize)]
struct WithdrawalReport {
    number: u64,
    shares: String,
    payable: Amount,
    ready_at: i64,
    first_in_queue: bool,
}

#[derive(Serialize)]
struct DepositReport {
    pool: String,
    class: &'static str,
    amount: Amount,
    shares: String,
    shares_native: u64,
}

#[derive(Serialize)]
struct WithdrawalAction {
    pool: String,
    class: &'static str,
    withdrawal: u64,
    shares: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    worth_now: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays: Option<Amount>,
}

impl LpCommand {
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Show(show) => show.run(context).await,
            Self::Deposit(deposit) => deposit.run(context).await,
            Self::Request(request) => request.run(context).await,
            Self::Withdrawals(which) => which.withdrawals(context).await,
            Self::Execute(which) => which.execute(context).await,
            Self::Claim(claim) => claim.run(context).await,
        }
    }
}

/// Shares in an owner's associated account.
async fn shares_of(context: &Context, pool: &PoolContext, owner: &Pubkey, class: ShareClass) -> Result<u64> {
    let found = context.client.raw(&[pool.keys().shares(owner, class)]).await?.value.into_iter().next().flatten();
    let state = found.as_ref().and_then(|raw| StateWithExtensions::<TokenAccount>::unpack(&raw.data).ok());
    Ok(state.map_or(0, |state| state.base.amount))
}

/// Shares have the decimals of the collateral.
fn shares(pool: &PoolContext, native: u64) -> String {
    convert::tokens(native, pool.view.pool.decimals).normalize().to_string()
}

impl Show {
    async fn run(&self, context: &Context) -> Result<()> {
        let owner = context.owner(self.owner)?;
        let pool = context.pool(&self.which.pool).await?;
        let class = self.which.class.share_class();
        let held = shares_of(context, &pool, &owner, class).await?;
        let value = pool.view.net_asset_value(class)?;
        let worth = pool.view.pool.shares(class).worth(held, evergreen_sdk::math::NativeDelta(value.lower));
        let income = pool.view.yield_estimate(class, 0)?;
        let cooldown = pool.view.pool.cooldown(class);
        let first = pool.view.pool.shares(class).first_withdrawal;
        let withdrawals = withdrawals::of(context, &pool, Some(owner), class).await?;
        let withdrawal = |withdrawal: &WithdrawalRequest| WithdrawalReport {
            number: withdrawal.number,
            shares: shares(&pool, withdrawal.shares),
            payable: pool.unsigned(withdrawal.payable),
            ready_at: withdrawal.requested_at.saturating_add(cooldown),
            first_in_queue: withdrawal.number == first,
        };
        let report = ShowReport {
            pool: pool.name.clone(),
            class: self.which.class.name(),
            shares: shares(&pool, held),
            shares_native: held,
            worth: worth.ok().map(|worth| pool.unsigned(worth.0)),
            pool_worth: pool.amount(value.lower),
            income_per_year: income.per_year.map(|year| format!("{:.2}%", year * Decimal::from(100))),
            withdrawals: withdrawals.iter().map(|known| withdrawal(known)).collect(),
        };
        if context.global.json {
            return output::print_json(&report);
        }
        let mut rows = vec![
            ("shares", format!("{} of the {} class of {}", report.shares, report.class, report.pool)),
            ("worth", report.worth.as_ref().map_or_else(|| "nothing now".into(), ToString::to_string)),
            ("all shares are worth", report.pool_worth.to_string()),
        ];
        if let Some(year) = &report.income_per_year {
            rows.push(("funding a year", format!("{year} at present prices; on average price moves cost as much")));
        }
        for withdrawal in &report.withdrawals {
            let when = format!("{} shares, may be executed from {}", withdrawal.shares, date(withdrawal.ready_at));
            rows.push(("withdrawal", format!("{}: {when}; to claim: {}", withdrawal.number, withdrawal.payable)));
        }
        println!("{}", facts(&rows));
        Ok(())
    }
}

impl Deposit {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.which.pool).await?;
        let amount = above_zero(pool.native(self.amount)?, "the amount")?;
        let planner = Planner::new(&pool.view, context.source(), key.pubkey());
        let plan = planner.provide(self.which.class.share_class(), amount)?;
        let report = DepositReport {
            pool: pool.name.clone(),
            class: self.which.class.name(),
            amount: pool.unsigned(amount),
            shares: shares(&pool, plan.quote.shares),
            shares_native: plan.quote.shares,
        };
        let what = format!("deposit {} into the {} class of {}", report.amount, report.class, report.pool);
        let assets = pool.amount(plan.quote.assets);
        let shown = format!("{what}\n for {} shares; all shares are worth {assets} before", report.shares);
        Submission { what, shown, quote: report, instructions: &plan.instructions }
            .perform(context, &key)
            .await
            .map(drop)
    }
}

impl Request {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.which.pool).await?;
        let class = self.which.class.share_class();
        let held = shares_of(context, &pool, &key.pubkey(), class).await?;
        let wanted = above_zero(self.wanted(&pool, held)?, "the number of shares")?;
        if wanted > held {
            let message = format!("{} shares are held, {} asked for", shares(&pool, held), shares(&pool, wanted));
            return Err(advised(message, "see `evergreen lp show`"));
        }
        let number = pool.view.pool.shares(class).next_withdrawal;
        // What could be paid at once is nothing when all is locked; asking is possible all the same.
        let worth = pool.view.withdrawal(class, wanted).ok().map(|quote| pool.unsigned(quote.worth));
        let request = build::request_withdrawal(key.pubkey(), pool.keys(), class, wanted, number);
        let report = WithdrawalAction {
            pool: pool.name.clone(),
            class: self.which.class.name(),
            withdrawal: number,
            shares: shares(&pool, wanted),
            worth_now: worth,
            pays: None,
        };
        let what = format!("ask for {} {} shares of {} to be paid out", report.shares, report.class, report.pool);
        let cooldown = span(u64::try_from(pool.view.pool.cooldown(class)).unwrap_or(0));
        let worth = report.worth_now.as_ref().map_or_else(String::new, |worth| format!(", worth {worth} now"));
        let shown = format!("{what}{worth}\n withdrawal {number}; it can be executed after {cooldown}");
        Submission { what, shown, quote: report, instructions: &[request] }.perform(context, &key).await.map(drop)
    }

    fn wanted(&self, pool: &PoolContext, held: u64) -> Result<u64> {
        if self.shares.eq_ignore_ascii_case("all") {
            return Ok(held);
        }
        if self.shares.ends_with('%') {
            let part = evergreen_sdk::math::BasisPoints(crate::amount::basis_points(&self.shares)?);
            let part = evergreen_sdk::math::Native(held).share(part, evergreen_sdk::math::Rounding::Floor);
            return part.map(|part| part.0).map_err(|error| Usage(error.to_string()).into());
        }
        let number = self.shares.parse::<Decimal>();
        pool.native(number.map_err(|_| Usage(format!("`{}` is no number of shares", self.shares)))?)
    }
}

impl Which {
    async fn execute(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let class = self.class.share_class();
        let number = pool.view.pool.shares(class).first_withdrawal;
        let Some(withdrawal) =
            context.find::<WithdrawalRequest>(&address::withdrawal(&pool.keys().pool, class, number)).await?
        else {
            return Err(advised(format!("no withdrawal waits in {}", pool.name), "make one: evergreen lp request"));
        };
        let quote = pool.view.execution(&withdrawal)?;
        let feeds = match class {
            ShareClass::Main => pool.view.feeds(&pool.view.needed_for_registry()),
            ShareClass::Insurance => Vec::new(),
        };
        let execute = build::execute_withdrawal(pool.keys(), class, number, &feeds);
        let report = WithdrawalAction {
            pool: pool.name.clone(),
            class: self.class.name(),
            withdrawal: number,
            shares: shares(&pool, quote.shares_now),
            worth_now: Some(pool.unsigned(quote.worth)),
            pays: Some(pool.unsigned(quote.amount_now)),
        };
        let what = format!("execute withdrawal {number} of {}", pool.name);
        let ready = date(withdrawal.requested_at.saturating_add(quote.cooldown));
        let paid = pool.unsigned(quote.amount_now);
        let shown = format!("{what}: {} shares for {paid}; possible from {ready}", report.shares);
        Submission { what, shown, quote: report, instructions: &[execute] }.perform(context, &key).await.map(drop)
    }
}

/// What the pool shows of a class, in words.
pub fn class_words(pool: &PoolContext, class: ShareClass) -> Result<String> {
    let value = pool.view.net_asset_value(class)?;
    let price = value.share_price_lower().and_then(|price| crate::amount::number(price).ok());
    let worth = pool.amount(value.lower);
    Ok(match price {
        Some(price) => {
            let price = price.round_dp(9).normalize();
            format!("{worth}; {} shares of {price} {} each", shares(pool, value.shares), pool.name)
        }
        None => format!("{worth}; no shares"),
    })
}
