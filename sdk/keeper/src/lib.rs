//! The keeper of Evergreen: one process that finds everything that anyone may do for its markets, does each thing once, and is
//! paid for it in the pools' own tokens.
//!
//! | step | where |
//! | --- | --- |
//! | look: a cache that subscriptions feed, and scans while those are away | `evergreen_sdk::client::Watch` |
//! | find: from the snapshot to tasks, by the program's own rules | `find` |
//! | rank: the most urgent first, of one kind what pays most | [`rank`] |
//! | do: simulate, write down, send, wait for the outcome, read what has changed | `executor` |
//! | prices: posted where nobody keeps them fresh | [`Poster`], [`Posting`] |
//! | never twice: what is under way is not begun again, in this run or the next | `in_flight`, `evergreen_sdk::client::Journal` |
//! | tell: metrics in the format of Prometheus, structured logs through `tracing` | [`Metrics`], [`Server`] |
//!
//! [`Keeper`] puts them together; the command `evergreen keeper run` runs it.

mod clock;
mod config;
mod executor;
mod find;
mod in_flight;
mod keeper;
mod metrics;
mod post;
mod server;
mod snapshot;
mod task;

pub use config::{Config, Thresholds};
pub use keeper::{Keeper, KeeperError, Summary, look};
pub use metrics::Metrics;
pub use post::{PostError, Posted, Poster, Posting};
pub use server::Server;
pub use task::{Job, Key, Prices, Task, rank};
