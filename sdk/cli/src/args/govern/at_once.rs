//! What takes effect at once: pauses, lower caps, halts.

use crate::args::parse::{seconds, tokens};
use clap::{Args, ValueEnum};
use evergreen_sdk::{convert::Decimal, evergreen::state::Action};

/// What can be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pausable {
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
    /// Liquidations; what closes others without a penalty goes on
    Liquidate,
    /// Settlement of exercised positions by others than their owners
    Settle,
    /// Listing of series
    List,
}

/// What, and for how long.
#[derive(Args)]
pub struct Pause {
    /// What
    #[arg(value_enum, ignore_case = true)]
    pub action: Pausable,
    /// 12h, 3d: at most 7 days, exits at most 24 hours in 7 days
    #[arg(value_parser = seconds)]
    pub by: u32,
}

/// What.
#[derive(Args)]
pub struct Unpause {
    /// What
    #[arg(value_enum, ignore_case = true)]
    pub action: Pausable,
}

/// Which pool, which caps; the others stay.
#[derive(Args)]
pub struct Tighten {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    /// Most points of long, and of short, open interest in one series
    #[arg(long, value_name = "POINTS")]
    pub max_series_points: Option<u64>,
    /// Most points of one account in one series
    #[arg(long, value_name = "POINTS")]
    pub max_account_points: Option<u64>,
    /// Most tokens of pool cash after a deposit of liquidity
    #[arg(long, value_name = "TOKENS", value_parser = tokens)]
    pub max_pool_cash: Option<Decimal>,
}

/// Which pool.
#[derive(Args)]
pub struct Halt {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
}

impl Pausable {
    /// As the program knows it.
    pub const fn action(self) -> Action {
        match self {
            Self::AddRisk => Action::AddRisk,
            Self::ReduceRisk => Action::ReduceRisk,
            Self::DepositMargin => Action::DepositMargin,
            Self::WithdrawMargin => Action::WithdrawMargin,
            Self::DepositLiquidity => Action::DepositLiquidity,
            Self::WithdrawLiquidity => Action::WithdrawLiquidity,
            Self::Liquidate => Action::Liquidate,
            Self::Settle => Action::Settle,
            Self::List => Action::List,
        }
    }
}
