//! `evergreen deposit`, `evergreen withdraw`.

use super::parse::{above_zero, address};
use clap::Args;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal};
use std::str::FromStr;

/// Pay tokens into a margin account
#[derive(Args)]
pub struct Deposit {
    /// The pool: name, mint or address. Without it the only one of the market file whose token the wallet holds
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// Tokens, or all that the wallet holds
    pub amount: DepositAmount,
    /// Number of the margin account; opened if it is not there
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Pay into the account of this owner, who alone can withdraw it
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
}

/// Take tokens out of a margin account
#[derive(Args)]
pub struct Withdraw {
    /// The pool: name, mint or address. Without it the only one of the market file with that account
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// Tokens; or all, of an account without positions; or max, as much as open positions spare
    #[arg(required_unless_present = "all")]
    pub amount: Option<WithdrawAmount>,
    /// The same as the amount all
    #[arg(long, conflicts_with = "amount")]
    pub all: bool,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
}

/// How much to pay in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositAmount {
    /// All that the wallet holds.
    All,
    /// So many tokens.
    Tokens(Decimal),
}

impl FromStr for DepositAmount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        above_zero("amount", text, "a number of tokens, or all").map(Self::Tokens)
    }
}

/// How much to take out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawAmount {
    /// All, of an account without positions.
    All,
    /// As much as open positions spare.
    Max,
    /// So many tokens.
    Tokens(Decimal),
}

impl FromStr for WithdrawAmount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        if text.eq_ignore_ascii_case("max") {
            return Ok(Self::Max);
        }
        above_zero("amount", text, "a number of tokens, or all, or max").map(Self::Tokens)
    }
}
