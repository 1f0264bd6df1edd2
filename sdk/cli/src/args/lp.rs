//! `evergreen lp`.

use super::{
    option::Size,
    parse::{above_zero, address, basis_points, seconds, some_tokens, tokens},
};
use clap::{Args, Subcommand, ValueEnum};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::ShareClass};
use std::{path::PathBuf, str::FromStr};

/// What to do.
#[derive(Subcommand)]
pub enum LpCommand {
    /// Shares, their worth, withdrawals and deposits on their way of an owner
    Show(ShowProvided),
    /// What a pool and an owner's shares gain or lose where prices and volatilities move: delta, gamma, vega
    Exposure(Show),
    /// Keep the delta of an owner's shares within a band, on a venue that exists on paper only or at a URL, and tell what that costs
    Hedge(HedgeBands),
    /// Pay tokens into the pool for shares, which are minted after the next full minute, in the main class at the price published then
    Deposit(Deposit),
    /// Name a depositor of the keypair's private pool: sign what `lp deposit --offer` has written, and send it
    Name(Name),
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
    /// The pool: name, mint or address. Without it the only one of the market file that it can be
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// Share class
    #[arg(long, value_enum, ignore_case = true, default_value = "main")]
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

/// Whose, and how much of the past.
#[derive(Args)]
pub struct ShowProvided {
    /// Which shares.
    #[command(flatten)]
    pub show: Show,
    /// Also what the shares have cost and returned: reads all transactions of the pool that the network remembers, one request each
    #[arg(long)]
    pub history: bool,
}

/// What to hedge, where and how.
#[derive(Args)]
pub struct HedgeBands {
    /// Which shares.
    #[command(flatten)]
    pub show: Show,
    /// Coins by which the delta may be off: 0.05BTC; once for each underlying to hedge
    #[arg(long = "band", value_name = "SIZE", required = true)]
    pub bands: Vec<Size>,
    /// Go back to zero where the band is left; to its edge otherwise, which trades least
    #[arg(long)]
    pub to_zero: bool,
    /// Most coins of one order
    #[arg(long, value_name = "COINS", value_parser = tokens, default_value = "100")]
    pub most: Decimal,
    /// URL of a venue that takes orders; without it they exist on paper only, by the terms below
    #[arg(long, value_name = "URL")]
    pub venue: Option<String>,
    /// Environment variable with the key of the venue
    #[arg(long, value_name = "VARIABLE", requires = "venue")]
    pub venue_key_env: Option<String>,
    /// The venue's fee, of what is bought or sold
    #[arg(long, conflicts_with = "venue", value_parser = basis_points, default_value = "5bps")]
    pub fee: u16,
    /// Half of the venue's spread
    #[arg(long, conflicts_with = "venue", value_parser = basis_points, default_value = "1bps")]
    pub half_spread: u16,
    /// By how much more a fill is worse for each coin of its size
    #[arg(long, conflicts_with = "venue", value_parser = basis_points, default_value = "1bps")]
    pub impact: u16,
    /// Funding that long coins pay a year, and short ones receive
    #[arg(long, conflicts_with = "venue", value_parser = basis_points, default_value = "10%")]
    pub funding: u16,
    /// Time from an order to its fill, on the chain's clock
    #[arg(long, conflicts_with = "venue", value_name = "TIME", value_parser = seconds, default_value = "2s")]
    pub delay: u32,
    /// Least size of an order, and what sizes are multiples of, coins
    #[arg(long, conflicts_with = "venue", value_name = "COINS", value_parser = tokens, default_value = "0.001")]
    pub lot: Decimal,
    /// How often to look
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "5s")]
    pub every: u32,
    /// End after so many looks; on Ctrl-C otherwise
    #[arg(long, value_name = "NUMBER")]
    pub looks: Option<u64>,
}

/// How much to pay in.
#[derive(Args)]
pub struct Deposit {
    #[command(flatten)]
    pub which: Which,
    /// Tokens
    #[arg(value_parser = some_tokens)]
    pub amount: Decimal,
    /// Of a private pool: sign the deposit for its curator and write it to this file; the curator signs it, too, with `lp name`, and sends it
    #[arg(long, value_name = "FILE")]
    pub offer: Option<PathBuf>,
}

/// What a depositor has signed.
#[derive(Args)]
pub struct Name {
    /// The file that `lp deposit --offer` has written
    pub file: PathBuf,
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
        above_zero("number of shares", text, "a number, or all, or a part such as 50%").map(Self::Number)
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
