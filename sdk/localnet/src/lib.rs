//! A local Solana network inside this process, with the helpers that tests and demonstrations need.
//!
//! [`Network::start`] brings up a [Surfpool](https://docs.rs/surfpool-core) network on 127.0.0.1 in a fraction of a
//! second. It has real JSON-RPC, a real websocket and the real token programs; it writes nothing to disk and uses no other network.
//! [`Network::client`] returns a blocking [`Client`] with a payer. Its methods come in groups:
//!
//! | purpose | methods |
//! | --- | --- |
//! | transactions | [`Client::send`], [`Client::send_as`], [`Client::send_transaction`], [`Client::simulate`], [`Client::transaction`], [`Client::send_batch`] of [`packed`] ones |
//! | programs | [`Client::deploy`], [`Client::deploy_elf`] |
//! | accounts | [`Client::account`], [`Client::set_account`], [`Client::airdrop`], [`Client::lamports`] |
//! | time | [`Client::clock`], [`Client::time_travel_to`], [`Client::advance`], [`Pace`] |
//! | tokens | [`Client::create_mint`], [`Client::create_stock_mint`], [`Client::mint_to`], [`Client::token_balance`] |
//! | a stock's issuer | [`Client::set_multiplier`], [`Client::pause_mint`], [`Client::freeze`], [`Client::seize`], [`Client::set_transfer_hook`] |
//! | prices | [`Client::set_price`], [`Publisher`], [`PathSpec::generate`], [`PriceFiles::read`], [`Player`] |
//! | a state to begin with | [`Client::snapshot`], [`Options::snapshot`] |
//!
//! ```no_run
//! use evergreen_localnet::{DOLLAR, PythGeneration, Network, Options, Publisher, StockSpec, feeds};
//! use solana_keypair::Keypair;
//! use solana_signer::Signer;
//!
//! # fn main() -> evergreen_localnet::Result<()> {
//! let network = Network::start(Options::fast())?;
//! let chain = network.client();
//! let (issuer, trader) = (Keypair::new(), Keypair::new());
//! chain.airdrop(&trader.pubkey(), 10_000_000_000)?;
//!
//! let stock = chain.create_stock_mint(&StockSpec::new("Tesla xStock", "TSLAx"), &issuer)?;
//! chain.mint_to(&stock, &issuer, &trader.pubkey(), 100_0000_0000)?;
//!
//! let mut btc = Publisher::new(PythGeneration::Previous, feeds::BTC_USD);
//! let now = chain.clock()?.unix_timestamp;
//! btc.publish(chain, 100_000 * DOLLAR, now)?;
//!
//! let now = chain.advance(86_400)?.unix_timestamp;
//! btc.publish(chain, 103_000 * DOLLAR, now)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Which blocks
//! [`Blocks::Clock`] behaves as the public networks do and confirms in about half a second; the clock runs by itself. This suits
//! demonstrations that people watch. [`Blocks::Transaction`] confirms at once. Its clock stands still between transactions, and every
//! transaction moves it by a third of a second, so a price written a moment before is always fresh. This suits tests.
//!
//! # Time
//! The clock starts at the wall clock's time and only moves forward; [`Network::pace`] pauses it. A jump makes every price older by the
//! length of the jump. Every [`Client::send`] asks for a new blockhash.
//!
//! # Prices
//! [`Publisher`] publishes one feed as a sponsor does, with its previous publish time and EMA price. [`Player`] plays a path of BTC and
//! ETH: every tick moves the clock and publishes both prices, and between ticks transactions are sent as usual.
//!
//! ```no_run
//! # use evergreen_localnet::{PythGeneration, Network, Options, PathSpec, Player};
//! # fn main() -> evergreen_localnet::Result<()> {
//! # let network = Network::start(Options::fast())?;
//! let mut player = Player::new(network.client(), PythGeneration::Previous)?;
//! let hourly = PathSpec { seed: 7, ticks: 24, step_seconds: 3_600, ..PathSpec::default() };
//! for tick in hourly.generate()?.ticks {
//!     player.play(network.client(), &tick)?;
//!     // Here the market reacts.
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A program that accepts prices up to ten seconds old needs [`Player::refresh`] before a transaction that is sent later than that.
//!
//! # Errors
//! A transaction that fails gives [`Error::Transaction`] with the program's logs in its message;
//! [`Error::program_error_code`] and [`FailedTransaction::anchor_error_name`] say which error it was.

mod batch;
mod blocks;
mod cheats;
mod client;
mod error;
mod files;
mod interrupts;
mod network;
mod pace;
mod path;
mod player;
mod pyth;
mod snapshot;
mod stock;
mod token;

pub use batch::packed;
pub use blocks::Blocks;
pub use cheats::{CLOCK_SYSVAR, ChainClock};
pub use client::{AccountData, Client, Confirmed};
pub use error::{Error, FailedTransaction, Result};
pub use files::{Column, Columns, PriceFile, PriceFiles};
pub use interrupts::Signals;
pub use network::{Network, Options};
pub use pace::Pace;
pub use path::{CSV_HEADER, DOLLAR, PathSpec, PricePath, Tick};
pub use player::Player;
pub use pyth::{EXPONENT, FeedId, Price, Publisher, PythGeneration, feeds};
pub use snapshot::Snapshot;
pub use stock::StockSpec;
pub use token::{Mint, STOCK_DECIMALS};
