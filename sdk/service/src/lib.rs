//! Data service: it indexes all events of the program, and answers over HTTP.
//!
//! [`Indexer`] follows the chain. What is confirmed is stored at once and told as such; what is final is compared with it, and where the chain has gone another way, what was only
//! confirmed is withdrawn. An event is named by slot, signature and place, and is stored once. A process that is killed goes on where it was, because each batch is one transaction of
//! the database together with its position. [`Store`] answers page by page, and [`DataServer`] tells it in JSON: events as the package `@evergreen/sdk` types them.
//!
//! What adds up (prices of shares, volatility, open interest, accounts) is of final transactions alone.

mod events;
mod index;
mod server;
mod store;
pub mod testing;

pub use index::{IndexError, Indexer};
pub use server::DataServer;
pub use store::{
    Applied, Candle, Database, Interest, Notice, Page, Rank, Ranked, Sample, Store, StoreError, StoreSummary, Stored,
    Writer,
};
