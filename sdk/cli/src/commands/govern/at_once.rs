//! What takes effect at once: pauses, lower caps, halts.

use super::{perform, show::ACTIONS};
use crate::{context::Context, failure::Usage, output::span};
use anyhow::Result;
use clap::{Args, ValueEnum};
use evergreen_sdk::{
    evergreen::state::{Action, PoolCaps},
    instruction as build,
};
use solana_signer::Signer;

/// What can be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pausable {
    /// Trades that add risk
    AddRisk,
    /// Trades that only shrink positions
    ReduceRisk,
    /// Margin deposits
    DepositMargin,
    /// Margin withdrawals
    WithdrawMargin,
    /// Liquidity deposits
    DepositLiquidity,
    /// Withdrawals of liquidity
    WithdrawLiquidity,
    /// Liquidations, and auto-deleveraging of writers
    Liquidate,
    /// Exercise at the cap, and settlement
    Exercise,
    /// Listing of series
    List,
    /// Volatility samples
    SampleVolatility,
}

impl Pausable {
    const fn action(self) -> Action {
        ACTIONS[self as usize]
    }
}

/// What, and for how long.
#[derive(Args)]
pub struct Pause {
    /// What
    #[arg(value_enum)]
    action: Pausable,
    /// 12h, 3d: at most 7 days, exits at most 24 hours in 7 days
    #[arg(value_parser = crate::amount::seconds)]
    by: u32,
}

/// What.
#[derive(Args)]
pub struct Unpause {
    /// What
    #[arg(value_enum)]
    action: Pausable,
}

/// Which pool, which caps; the others stay.
#[derive(Args)]
pub struct Tighten {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Most points of long, and of short, open interest in one series
    #[arg(long, value_name = "POINTS")]
    max_series_points: Option<u64>,
    /// Most points of one account in one series
    #[arg(long, value_name = "POINTS")]
    max_account_points: Option<u64>,
    /// Most tokens of pool cash after a deposit of liquidity
    #[arg(long, value_name = "TOKENS")]
    max_pool_cash: Option<evergreen_sdk::convert::Decimal>,
}

/// Which pool.
#[derive(Args)]
pub struct Halt {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
}

impl Pause {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let me = context.keypair()?.pubkey();
        let what = format!("pause {:?} for {}", self.action, span(self.by.into()));
        perform(context, what, build::set_pause(me, self.action.action(), self.by)).await
    }
}

impl Unpause {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let me = context.keypair()?.pubkey();
        let what = format!("end the pause of {:?}", self.action);
        perform(context, what, build::set_pause(me, self.action.action(), 0)).await
    }
}

impl Tighten {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let present = pool.view.pool.params;
        let max_pool_cash = self.max_pool_cash.map(|tokens| pool.native(tokens)).transpose()?;
        if (self.max_series_points, self.max_account_points, max_pool_cash) == (None, None, None) {
            let caps = "--max-series-points, --max-account-points or --max-pool-cash";
            return Err(Usage(format!("say what to lower: {caps}")).into());
        }
        let caps = PoolCaps {
            max_series_points: self.max_series_points.unwrap_or(present.max_series_points),
            max_account_points: self.max_account_points.unwrap_or(present.max_account_points),
            max_pool_cash: max_pool_cash.unwrap_or(present.max_pool_cash),
        };
        let changes = [
            ("max_series_points", present.max_series_points, caps.max_series_points),
            ("max_account_points", present.max_account_points, caps.max_account_points),
            ("max_pool_cash", present.max_pool_cash, caps.max_pool_cash),
        ];
        let changes = changes.iter().filter(|(_, present, new)| present != new);
        let changes: Vec<String> = changes.map(|(name, present, new)| format!("{name} {present} → {new}")).collect();
        let what = format!("tighten the pool {}: {}", pool.name, changes.join(", "));
        let me = context.keypair()?.pubkey();
        perform(context, what, build::tighten_pool(me, pool.keys().pool, caps)).await
    }
}

impl Halt {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let me = context.keypair()?.pubkey();
        let what = format!("halt the pool {}; only a proposal ends that", pool.name);
        perform(context, what, build::halt_pool(me, pool.keys().pool)).await
    }
}
