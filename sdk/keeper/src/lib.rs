//! The keeper of Evergreen: one process finds all tasks that anyone may do for the markets, does each of them once, and earns
//! rewards in the pools' collateral.
//!
//! | step | where |
//! | --- | --- |
//! | look: subscriptions feed a cache; scans replace them while the websocket is away | `evergreen_sdk::client::Watch` |
//! | find: tasks follow from the snapshot by the program's own rules | `find` |
//! | rank: the most urgent job comes first; within a job, the account that lacks most, and the task with the highest reward | [`rank`] |
//! | do: a task is simulated, written to the journal and sent; then its outcome is awaited and the changed accounts are read | `executor` |
//! | prices: the keeper posts those that nobody keeps fresh, and the first ones that commitments wait for | [`Poster`], [`Posting`] |
//! | together: liquidations and settlements of a pool that fit into one transaction are done in one | `together` |
//! | never twice: a task under way is not begun again, in this run or the next | `in_flight`, `evergreen_sdk::client::Journal` |
//! | tell: metrics are in the format of Prometheus; structured logs go through `tracing` | [`Metrics`], [`MetricsServer`] |
//!
//! [`Keeper`] puts them together; the command `evergreen keeper run` runs it.

mod clock;
mod config;
mod executor;
mod find;
mod first;
mod in_flight;
mod keeper;
mod metrics;
mod post;
mod server;
mod size;
mod snapshot;
mod task;
mod together;

pub use config::{Config, Ladder, Thresholds, UnitPrices};
pub use keeper::{Keeper, KeeperError, KeeperSummary, look};
pub use metrics::Metrics;
pub use post::{PostError, Posted, Poster, Posting};
pub use server::MetricsServer;
pub use task::{Job, Key, Prices, Task, Wanted, rank};
