//! The command line: clap structures, and how single values are read. Nothing here knows the network.

pub mod account;
pub mod app;
pub mod chain;
pub mod close;
pub mod doctor;
pub mod examples;
pub mod fill;
pub mod global;
pub mod govern;
pub mod history;
pub mod identity;
pub mod keeper;
pub mod known;
pub mod legs;
pub mod localnet;
pub mod lp;
pub mod margin;
pub mod migrate;
pub mod operator;
pub mod option;
pub mod orders;
pub mod parse;
pub mod pool;
pub mod portfolio;
pub mod positions;
pub mod price;
pub mod referral;
pub mod series;
pub mod serve;
pub mod trade;
pub mod typed;
pub mod wrapped;

pub use evergreen_sdk::convert::number;

use clap::{ArgAction, Parser, Subcommand};
use global::Global;
use trade::{CommitArgs, TradeArgs, TradeSpec};

/// The command line.
#[derive(Parser)]
#[command(
    name = "evergreen",
    version,
    about = "Options on BTC and ETH, paid and settled in tokenized stocks. Begin with `evergreen localnet`, or `evergreen doctor`"
)]
#[command(after_long_help = crate::failure::help(), disable_version_flag = true, disable_help_flag = true)]
pub struct Cli {
    /// Print version
    // Not in the short help, which has to fit a screen.
    #[arg(short = 'V', long, action = ArgAction::Version, hide_short_help = true)]
    version: Option<bool>,
    /// Print help (see more with '--help')
    #[arg(short = 'h', long, action = ArgAction::Help, global = true, hide_short_help = true)]
    help: Option<bool>,
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

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
    /// The options of a tenor by strike, with bid, ask, volatility, delta, funding and room
    Chain(chain::ChainArgs),
    /// What an owner's accounts have made: deposits, realised and unrealised profit, positions with cost and break-even
    Portfolio(portfolio::PortfolioArgs),
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
    Quote(TradeSpec<TradeArgs>),
    /// Trade options: one, a strategy, or legs of one's own
    #[command(subcommand)]
    Trade(TradeSpec<CommitArgs>),
    /// Fill a committed trade, for instance after an interruption; anyone may
    Fill(fill::FillArgs),
    /// Close positions
    Close(close::Close),
    /// Provide liquidity, or take it out again
    #[command(subcommand)]
    Lp(lp::LpCommand),
    /// Conditional orders
    #[command(subcommand)]
    Orders(orders::OrdersCommand),
    /// What accounts owe their referrers: show, claim
    #[command(subcommand)]
    Referral(referral::ReferralCommand),
    /// What has happened to a margin account or a pool
    History(history::HistoryArgs),
    /// Prices of the underlyings
    #[command(subcommand)]
    Price(price::PriceCommand),
    /// Check configuration, network, program, prices and balances, and say what to do next
    Doctor(doctor::Doctor),
    /// Do what anyone may do for the markets, and be paid for it
    #[command(subcommand)]
    Keeper(keeper::KeeperCommand),
    /// Index all events of the program, and answer history, prices of shares, portfolios and a live stream over HTTP
    Serve(serve::Serve),
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
    /// The web app, served on this machine for the network and the pools of the configuration
    App(app::App),
    /// Write completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write manual pages, one for each command
    #[command(hide = true)]
    Man {
        /// They are written here
        folder: std::path::PathBuf,
    },
}
