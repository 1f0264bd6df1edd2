//! `evergreen orders`.

use super::{
    account::Anyones,
    parse::{address, dollars, seconds, tokens},
    trade::TradeSpec,
};
use clap::{Args, Subcommand};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal};

/// What to do.
#[derive(Subcommand)]
pub enum OrdersCommand {
    /// Open orders of an account
    List(Anyones),
    /// Place an order: with a limit, a price to wait for, or both
    #[command(subcommand)]
    Place(Box<TradeSpec<OrderArgs>>),
    /// Cancel an order
    Cancel(Cancel),
    /// Commit somebody's order once its conditions hold, and fill it; anyone may, and gets its tip
    Execute(Execute),
}

/// What an order waits for.
#[derive(Args, Clone, Debug)]
pub struct OrderArgs {
    /// Of buy and sell: tokens in all, fees included, the most to pay, or the least to get
    #[arg(long, value_name = "TOKENS", conflicts_with = "min_net", value_parser = tokens)]
    pub limit: Option<Decimal>,
    /// Of buy and sell: the same for each coin of the size, as a limit that stays right when the size changes
    #[arg(long, value_name = "TOKENS", conflicts_with_all = ["min_net", "limit"], value_parser = tokens)]
    pub limit_a_coin: Option<Decimal>,
    /// Least change of cash accepted, all legs and fees together: -1.5 pays 1.5 tokens at most
    #[arg(long, value_name = "TOKENS", allow_hyphen_values = true, value_parser = tokens)]
    pub min_net: Option<Decimal>,
    /// Wait until the underlying is at or above so many dollars; with --at-or-below and --reduce-only two orders, of which the first one
    /// that is filled leaves nothing for the other (a bracket)
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub at_or_above: Option<Decimal>,
    /// Wait until the underlying is at or below so many dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub at_or_below: Option<Decimal>,
    /// Which underlying's price to wait for; that of the first leg otherwise
    #[arg(long, value_name = "SYMBOL")]
    pub trigger: Option<String>,
    /// Never more than closes the position; one leg only
    #[arg(long)]
    pub reduce_only: bool,
    /// How long it stays open, 90 days at most
    #[arg(long, default_value = "7d", value_parser = seconds)]
    pub expires: u32,
    /// Tokens for whoever executes it, set aside now
    #[arg(long, value_name = "TOKENS", value_parser = tokens)]
    pub tip: Option<Decimal>,
}

/// Which order.
#[derive(Args)]
pub struct Cancel {
    /// Its number, as `evergreen orders list` shows it
    pub number: u64,
    /// The pool: name, mint or address. Without it the only one of the market file with that account
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Its owner, of whom the keypair is the delegate
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
}

/// Which order.
#[derive(Args)]
pub struct Execute {
    /// Its number
    pub number: u64,
    /// Address of the margin account that it is of, as `evergreen account show` tells
    #[arg(long, value_name = "ACCOUNT", value_parser = address)]
    pub of: Pubkey,
    /// Number of the keypair's own margin account, which gets the tip; opened if it is not there
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Only commit its trade and leave filling it to keepers, or to `evergreen fill`
    #[arg(long)]
    pub no_fill: bool,
}
