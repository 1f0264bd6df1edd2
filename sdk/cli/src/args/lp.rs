//! `evergreen lp`.

use super::{
    number::number,
    parse::{address, basis_points, tokens},
};
use clap::{Args, Subcommand, ValueEnum};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::ShareClass};
use std::str::FromStr;

/// What to do.
#[derive(Subcommand)]
pub enum LpCommand {
    /// Shares, their worth, withdrawals and deposits on their way of an owner
    Show(Show),
    /// Pay tokens into the pool for shares, which are minted after the next full minute, in the main class at the price published then
    Deposit(Deposit),
    /// Ask for shares to be paid out: makes a withdrawal, which waits for the cooldown
    Request(Request),
    /// The withdrawals of everybody that wait or can be claimed, in the order of the queue
    Withdrawals(Which),
    /// Execute the first withdrawal of the queue after the next full minute; anyone may, after its cooldown
    Execute(Which),
    /// Cancel a withdrawal of the keypair: its shares come back
    Cancel(Cancel),
    /// Pay out executed withdrawals and deposits that were given back or have lapsed: the keypair's, or those of others; anyone may
    Claim(Claim),
    /// Retire the shares of a class whose capital is gone, and begin new ones; anyone may
    Renew(Which),
    /// Get what is left for the keypair's shares of an earlier generation
    Redeem(Which),
}

/// The two kinds of liquidity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Class {
    /// Takes the other side of every option
    Main,
    /// Covers what writers cannot pay
    Insurance,
}

/// Which pool and class.
#[derive(Args)]
pub struct Which {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
    /// Share class
    #[arg(long, value_enum, default_value = "main")]
    pub class: Class,
}

/// Whose.
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    pub which: Which,
    /// The owner; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
}

/// How much to pay in.
#[derive(Args)]
pub struct Deposit {
    #[command(flatten)]
    pub which: Which,
    /// Tokens
    #[arg(value_parser = tokens)]
    pub amount: Decimal,
}

/// How many shares to ask for.
#[derive(Args)]
pub struct Request {
    #[command(flatten)]
    pub which: Which,
    /// Shares, or all, or a part of them: 50%
    pub shares: WantedShares,
    /// The least that they must be worth together when they are paid out, tokens; otherwise 90 % of what they are worth now
    #[arg(long, value_parser = tokens)]
    pub least: Option<Decimal>,
}

/// Which withdrawal to cancel.
#[derive(Args)]
pub struct Cancel {
    #[command(flatten)]
    pub which: Which,
    /// Its number, as `lp show` prints it
    pub number: u64,
}

/// Whose withdrawals to pay out.
#[derive(Args)]
pub struct Claim {
    #[command(flatten)]
    pub which: Which,
    /// The owner of the withdrawals, who is paid; the keypair's otherwise
    #[arg(long, conflicts_with = "everybody", value_parser = address)]
    pub owner: Option<Pubkey>,
    /// Those of all owners
    #[arg(long)]
    pub everybody: bool,
}

/// How many shares to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedShares {
    /// All that are held.
    All,
    /// A part of them, basis points.
    Part(u16),
    /// So many.
    Number(Decimal),
}

impl FromStr for WantedShares {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        if text.ends_with('%') {
            return basis_points(text).map(Self::Part);
        }
        number("number of shares", text, "a number, or all, or a part such as 50%").map(Self::Number)
    }
}

impl Class {
    /// As the program knows it.
    pub const fn share_class(self) -> ShareClass {
        match self {
            Self::Main => ShareClass::Main,
            Self::Insurance => ShareClass::Insurance,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Insurance => "insurance",
        }
    }
}
