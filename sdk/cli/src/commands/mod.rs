//! One file per command.

mod account;
mod close;
mod doctor;
mod govern;
mod history;
mod keeper;
mod localnet;
mod lp;
mod margin;
mod migrate;
mod operator;
mod orders;
mod pool;
mod positions;
mod post;
mod price;
mod quote;
mod referral;
mod series;
mod trade;

pub use close::series_id;
pub use quote::Intent;

use crate::{Global, context::Context, trade_spec::TradeSpec};
use anyhow::{Context as _, Result};
use clap::Subcommand;

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// A market on this machine: network, program, stocks, pools, users with keys, moving prices
    Localnet(localnet::Localnet),
    /// Pools: show one or all, create one
    #[command(subcommand)]
    Pool(pool::PoolCommand),
    /// The options of a pool
    #[command(subcommand)]
    Series(series::SeriesCommand),
    /// What an owner holds and has written
    Positions(positions::Positions),
    /// A margin account: show, open, close
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Pay tokens into a margin account
    Deposit(margin::Deposit),
    /// Take tokens out of a margin account
    Withdraw(margin::Withdraw),
    /// What a trade would cost, to the unit
    #[command(subcommand)]
    Quote(TradeSpec<quote::TradeArgs>),
    /// Trade options: one, a strategy, or legs of one's own
    #[command(subcommand)]
    Trade(TradeSpec<quote::TradeArgs>),
    /// Close positions
    Close(close::Close),
    /// Provide liquidity, or take it out again
    #[command(subcommand)]
    Lp(lp::LpCommand),
    /// Conditional orders
    #[command(subcommand)]
    Orders(orders::OrdersCommand),
    /// What accounts owe who referred them: show, claim
    #[command(subcommand)]
    Referral(referral::ReferralCommand),
    /// What has happened to a margin account or a pool
    History(history::History),
    /// Prices of the underlyings
    #[command(subcommand)]
    Price(price::PriceCommand),
    /// Check configuration, network, program, prices and balances, and say what to do next
    Doctor(doctor::Doctor),
    /// Do what anyone may do for the markets, and be paid for it
    #[command(subcommand)]
    Keeper(keeper::KeeperCommand),
    /// Create the protocol (upgrade authority)
    Init(operator::Init),
    /// Create an underlying (admin)
    #[command(subcommand)]
    Underlying(operator::UnderlyingCommand),
    /// Bring a cluster from deployed bytecode to a running protocol, and its accounts to this version's layout
    #[command(subcommand)]
    Migrate(migrate::MigrateCommand),
    /// Roles, timelock, proposals, pauses, caps, halts, fees
    #[command(subcommand)]
    Govern(govern::GovernCommand),
    /// Write completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs a command.
pub fn run(global: Global, command: Command) -> Result<()> {
    // The local network blocks its threads itself.
    let command = match command {
        Command::Localnet(start) => return start.run(&global),
        other => other,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        if let Command::Doctor(doctor) = command {
            return doctor.run(global).await;
        }
        let context = Context::new(global)?;
        match command {
            Command::Pool(pool) => pool.run(&context).await,
            Command::Series(series) => series.run(&context).await,
            Command::Positions(positions) => positions.run(&context).await,
            Command::Account(account) => account.run(&context).await,
            Command::Deposit(deposit) => deposit.run(&context).await,
            Command::Withdraw(withdraw) => withdraw.run(&context).await,
            Command::Quote(shape) => quote::run(&context, &shape).await,
            Command::Trade(shape) => trade::run(&context, &shape).await,
            Command::Close(close) => close.run(&context).await,
            Command::Lp(lp) => lp.run(&context).await,
            Command::Orders(orders) => orders.run(&context).await,
            Command::Referral(referral) => referral.run(&context).await,
            Command::History(history) => history.run(&context).await,
            Command::Price(price) => price.run(&context).await,
            Command::Keeper(keeper) => keeper.run(&context).await,
            Command::Init(init) => init.run(&context).await,
            Command::Underlying(underlying) => underlying.run(&context).await,
            Command::Migrate(migrate) => migrate.run(&context).await,
            Command::Govern(govern) => govern.run(&context).await,
            // Done before.
            Command::Localnet(_) | Command::Doctor(_) | Command::Completions { .. } => Ok(()),
        }
    })
}
