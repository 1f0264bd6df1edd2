//! `evergreen history`.

use super::parse::{Since, address, since};
use clap::{Args, builder::RangedU64ValueParser};
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// What has happened to a margin account or a pool
#[derive(Args)]
pub struct HistoryArgs {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
    /// The whole pool instead of one account
    #[arg(long)]
    pub whole: bool,
    /// Number of the margin account; 0 otherwise, or with --csv all that the owner has and has had
    #[arg(long)]
    pub account: Option<u16>,
    /// Its owner; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
    /// Only the newest so many events
    #[arg(long, default_value_t = 50, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub limit: usize,
    /// Only what is younger than this, or not before a day or a moment in UTC: 7d, 2026-01-01, 2026-01-01T12:00:00+02:00
    #[arg(long, value_parser = since, value_name = "SPAN|DATE")]
    pub since: Option<Since>,
    /// Only what is older than this, or before that day or moment: --since 2026-01-01 --until 2027-01-01 is a year
    #[arg(long, value_parser = since, value_name = "SPAN|DATE", conflicts_with = "follow")]
    pub until: Option<Since>,
    /// One row a movement of the accounts' wealth as comma-separated values, the oldest first: what came in and went out, premiums, fees, funding, payoffs,
    /// and what they realise. All that the network remembers is read; --since says which rows are shown
    #[arg(long, conflicts_with_all = ["whole", "limit", "follow", "json"])]
    pub csv: bool,
    /// Tell the carry in funding apart, in columns of its own: reads the transactions of the underlyings, too
    #[arg(long, requires = "csv")]
    pub carry: bool,
    /// Then go on with what happens, each once and in order, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
}
