//! `evergreen pool`: show one or all, create one.

use crate::{
    amount::{Amount, percent},
    context::{Context, symbol},
    output::{self, facts, table},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    client::Filter,
    convert::ScaledUiAmount,
    evergreen::state::{Pool, ShareClass},
    math::BasisPoints,
};
use serde::Serialize;

/// What to do.
#[derive(Subcommand)]
pub enum PoolCommand {
    /// All pools
    List,
    /// One pool: worth, locks, fees, underlyings, state
    Show(Show),
    /// Create a pool (admin)
    Create(super::operator::CreatePool),
}

/// Which pool.
#[derive(Args)]
pub struct Show {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
}

#[derive(Serialize)]
struct Line {
    name: Option<String>,
    pool: String,
    mint: String,
    decimals: u8,
    cash: String,
}

#[derive(Serialize)]
struct Report {
    name: String,
    pool: String,
    mint: String,
    token_program: String,
    decimals: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet_multiplier: Option<String>,
    halted: bool,
    distressed: bool,
    pool_cash: Amount,
    margin_cash: Amount,
    insurance_cash: Amount,
    locks: Amount,
    main: String,
    insurance: String,
    fee_open: String,
    fee_close: String,
    series: usize,
    underlyings: Vec<String>,
}

impl PoolCommand {
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::List => list(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Create(create) => create.run(context).await,
        }
    }
}

async fn list(context: &Context) -> Result<()> {
    let bar = output::progress("reading pools");
    let lines = lines(context).await;
    bar.finish_and_clear();
    let lines = lines?;
    if context.global.json {
        return output::print_json(&lines);
    }
    if lines.is_empty() {
        println!("there are no pools on {}", context.url);
        return Ok(());
    }
    let mut shown = table(["name", "liquidity", "mint", "pool"]);
    for line in lines {
        shown.add_row([line.name.unwrap_or_else(|| "–".into()), line.cash, line.mint, line.pool]);
    }
    println!("{shown}");
    Ok(())
}

async fn lines(context: &Context) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (key, pool) in context.client.find::<Pool>(Filter::ALL).await?.value {
        let mint = pool.mint.to_string();
        let named = context.market.pools.iter().find(|named| named.mint == mint).map(|named| named.name.clone());
        let name = match named {
            Some(name) => Some(name),
            None => context.symbol(&pool.mint).await?,
        };
        let cash = evergreen_sdk::convert::tokens(pool.pool_cash, pool.decimals).normalize().to_string();
        lines.push(Line { name, pool: key.to_string(), mint, decimals: pool.decimals, cash });
    }
    lines.sort_by(|a, b| (&a.name, &a.pool).cmp(&(&b.name, &b.pool)));
    Ok(lines)
}

impl Show {
    async fn run(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let state = &pool.view.pool;
        let mint = context.client.raw(&[state.mint]).await?.value.into_iter().next().flatten();
        let scaled = mint.map(|mint| ScaledUiAmount::of_mint(&mint.data)).transpose()?.flatten();
        let multiplier = scaled.map(|scaled| scaled.at(pool.view.now)).transpose()?;
        // One token as a wallet shows it.
        let one = 10u64.pow(u32::from(state.decimals));
        let shown_as = multiplier.map(|multiplier| multiplier.ui_amount(one, state.decimals)).transpose()?;
        let class = |class| super::lp::class_words(&pool, class).unwrap_or_else(|error| error.to_string());
        let fee = |bps: u16| percent(BasisPoints(bps).to_ratio());
        let report = Report {
            name: pool.name.clone(),
            pool: pool.keys().pool.to_string(),
            mint: state.mint.to_string(),
            token_program: state.token_program.to_string(),
            decimals: state.decimals,
            wallet_multiplier: shown_as.map(|shown| shown.normalize().to_string()),
            halted: state.flags & Pool::HALTED != 0,
            distressed: state.flags & Pool::DISTRESSED != 0,
            pool_cash: pool.amount(state.pool_cash),
            margin_cash: pool.amount(state.margin_cash),
            insurance_cash: pool.unsigned(state.insurance_cash),
            locks: pool.unsigned(state.locks),
            main: class(ShareClass::Main),
            insurance: class(ShareClass::Insurance),
            fee_open: fee(state.params.fee_open_bps),
            fee_close: fee(state.params.fee_close_bps),
            series: pool.view.registry.series.iter().filter(|series| series.status != 0).count(),
            underlyings: pool.view.markets.iter().map(|market| symbol(&market.underlying.symbol)).collect(),
        };
        if context.global.json {
            return output::print_json(&report);
        }
        let condition = match (report.halted, report.distressed) {
            (false, false) => "open",
            (true, _) => "halted: no new risk, no new liquidity",
            (false, true) => "distressed: no new risk, no new liquidity",
        };
        let mut rows = vec![
            ("pool", report.name.clone()),
            ("state", condition.into()),
            ("main class", report.main.clone()),
            ("insurance class", report.insurance.clone()),
            ("locked for options", report.locks.to_string()),
            ("margin of traders", report.margin_cash.to_string()),
            ("fees of notional", format!("{} to open, {} to close", report.fee_open, report.fee_close)),
            ("underlyings", report.underlyings.join(", ")),
            ("series listed", report.series.to_string()),
            ("mint", report.mint.clone()),
            ("address", report.pool.clone()),
        ];
        if let Some(multiplier) = &report.wallet_multiplier {
            rows.push(("wallets show", format!("{multiplier} for one token here")));
        }
        println!("{}", facts(&rows));
        Ok(())
    }
}
