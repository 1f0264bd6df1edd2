//! `evergreen account`: show, open, close a margin account.

use crate::{
    act::Submission,
    amount::{Amount, dollars},
    context::{Context, PoolContext},
    failure::advised,
    output::{self, facts, span},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey, evergreen::state::MarginAccount, instruction as build, quote::LiquidationPrices,
};
use serde::Serialize;
use solana_signer::Signer;

/// What to do.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Cash, equity, health, funding, and at which prices it is liquidated
    Show(Show),
    /// Open an account
    Open(Open),
    /// Close an empty account and get its rent back
    Close(Which),
    /// Name a key that may trade for the account and never withdraw, or nobody
    Delegate(Delegate),
}

/// Which account.
#[derive(Args)]
pub struct Which {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Number of the account
    #[arg(long, default_value_t = 0)]
    account: u16,
}

/// Whose account.
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    which: Which,
    /// Its owner; the keypair's otherwise
    #[arg(long)]
    owner: Option<Pubkey>,
}

/// Open an account.
#[derive(Args)]
pub struct Open {
    #[command(flatten)]
    which: Which,
    /// Who gets a part of the protocol's share of its fees
    #[arg(long)]
    referrer: Option<Pubkey>,
}

/// Who may trade for it.
#[derive(Args)]
pub struct Delegate {
    #[command(flatten)]
    which: Which,
    /// The key: it may trade, place and cancel orders; it cannot withdraw, and promises no tips
    #[arg(required_unless_present = "none", conflicts_with = "none")]
    key: Option<Pubkey>,
    /// Nobody any more
    #[arg(long)]
    none: bool,
}

#[derive(Serialize)]
struct Report {
    pool: String,
    address: String,
    owner: String,
    number: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    positions: usize,
    open_orders: u16,
    cash: Amount,
    equity: Amount,
    initial_health: Amount,
    maintenance_health: Amount,
    liquidatable: bool,
    funding_per_day: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    runway_seconds: Option<u64>,
    liquidation_prices: Vec<Bounds>,
}

#[derive(Serialize)]
struct Bounds {
    underlying: String,
    spot: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_or_below: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_or_above: Option<String>,
}

#[derive(Serialize)]
struct Named {
    pool: String,
    address: String,
}

#[derive(Serialize)]
struct Delegated {
    pool: String,
    address: String,
    delegate: Option<String>,
}

impl AccountCommand {
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Show(show) => show.run(context).await,
            Self::Open(open) => open.run(context).await,
            Self::Close(which) => which.close(context).await,
            Self::Delegate(delegate) => delegate.run(context).await,
        }
    }
}

impl Show {
    async fn run(&self, context: &Context) -> Result<()> {
        let owner = context.owner(self.owner)?;
        let pool = context.pool(&self.which.pool).await?;
        let account = pool.account(context, &owner, self.which.account).await?;
        let report = report(&pool, &account, &owner, self.which.account)?;
        if context.global.json {
            return output::print_json(&report);
        }
        let mut rows = vec![
            ("account", format!("{} of {}", report.number, report.owner)),
            ("address", report.address.clone()),
            ("delegate", report.delegate.clone().unwrap_or_else(|| "nobody".into())),
            ("cash", report.cash.to_string()),
            ("equity", report.equity.to_string()),
            ("initial health", report.initial_health.to_string()),
            ("maintenance health", report.maintenance_health.to_string()),
            ("funding a day", report.funding_per_day.to_string()),
            ("cash lasts", report.runway_seconds.map_or_else(|| "no funding to pay".into(), span)),
            ("positions", report.positions.to_string()),
            ("open orders", report.open_orders.to_string()),
        ];
        for bounds in &report.liquidation_prices {
            let (name, spot) = (&bounds.underlying, &bounds.spot);
            let now = match (&bounds.at_or_below, &bounds.at_or_above) {
                (None, None) => format!("at no price of {name}"),
                _ if report.liquidatable => format!("now, with {name} at ${spot}"),
                (Some(down), None) => format!("with {name} at ${down} or below; now ${spot}"),
                (None, Some(up)) => format!("with {name} at ${up} or above; now ${spot}"),
                (Some(down), Some(up)) => format!("with {name} at ${down} or below, ${up} or above; now ${spot}"),
            };
            rows.push(("liquidated", now));
        }
        if report.liquidatable {
            rows.push(("warning", "anyone may liquidate this account now: deposit, or close something".into()));
        }
        println!("{}", facts(&rows));
        Ok(())
    }
}

fn report(pool: &PoolContext, account: &MarginAccount, owner: &Pubkey, number: u16) -> Result<Report> {
    let quote = pool.view.account(account)?;
    let bounds = |prices: &LiquidationPrices| Bounds {
        underlying: pool.symbol(prices.underlying),
        spot: dollars(prices.spot),
        at_or_below: prices.down.map(dollars),
        at_or_above: prices.up.map(dollars),
    };
    Ok(Report {
        pool: pool.name.clone(),
        address: pool.account_key(owner, number).to_string(),
        owner: owner.to_string(),
        number,
        delegate: named(account.delegate),
        referrer: named(account.referrer),
        positions: account.open_positions().count(),
        open_orders: account.open_orders,
        cash: pool.amount(quote.cash),
        equity: pool.amount(quote.equity),
        initial_health: pool.amount(quote.health.initial),
        maintenance_health: pool.amount(quote.health.maintenance),
        liquidatable: pool.view.is_liquidatable(account)?,
        funding_per_day: pool.amount(quote.funding_per_day),
        runway_seconds: quote.runway(),
        liquidation_prices: pool.view.liquidation_prices(account)?.iter().map(bounds).collect(),
    })
}

/// A key, unless it stands for nobody.
fn named(key: Pubkey) -> Option<String> {
    (key != Pubkey::default()).then(|| key.to_string())
}

impl Delegate {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.which.pool).await?;
        pool.account(context, &key.pubkey(), self.which.account).await?;
        let address = pool.account_key(&key.pubkey(), self.which.account);
        let set = build::set_delegate(key.pubkey(), address, self.key);
        let of = format!("account {} in the pool {}", self.which.account, pool.name);
        let what = match self.key {
            Some(delegate) => format!("let {delegate} trade for {of}"),
            None => format!("let nobody else trade for {of}"),
        };
        let delegate = self.key.map(|key| key.to_string());
        let quote = Delegated { pool: pool.name.clone(), address: address.to_string(), delegate };
        Submission { shown: what.clone(), what, quote, instructions: &[set] }.perform(context, &key).await.map(drop)
    }
}

impl Open {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.which.pool).await?;
        let number = self.which.account;
        let address = pool.account_key(&key.pubkey(), number);
        if context.find::<MarginAccount>(&address).await?.is_some() {
            let next = format!("pay in: evergreen deposit --pool {} TOKENS; or open another with --account", pool.name);
            return Err(advised(format!("account {number} is open already, at {address}"), next));
        }
        let open = build::open_margin_account(key.pubkey(), key.pubkey(), pool.keys(), number, self.referrer);
        let what = format!("open account {number} in the pool {}", pool.name);
        let quote = Named { pool: pool.name.clone(), address: address.to_string() };
        let shown = format!("{what}, at {address}");
        Submission { what, shown, quote, instructions: &[open] }.perform(context, &key).await.map(drop)
    }
}

impl Which {
    async fn close(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        pool.account(context, &key.pubkey(), self.account).await?;
        let address = pool.account_key(&key.pubkey(), self.account);
        let close = build::close_margin_account(key.pubkey(), pool.keys(), address);
        let what = format!("close account {} in the pool {}", self.account, pool.name);
        let quote = Named { pool: pool.name.clone(), address: address.to_string() };
        Submission { shown: what.clone(), what, quote, instructions: &[close] }.perform(context, &key).await.map(drop)
    }
}
