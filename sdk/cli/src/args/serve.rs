//! `evergreen serve`.

use clap::Args;
use std::{net::SocketAddr, time::Duration};

/// Where events are kept and told.
#[derive(Args)]
pub struct Serve {
    /// Database: `sqlite://` with a path, or `postgres://user@host/name`; a file in the folder of this command's state otherwise
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Address that is listened at; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8788")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub look: Look,
}

/// How often the network is asked for what is new.
#[derive(Args)]
pub struct Look {
    /// Longest time between two looks at the network, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..))]
    interval: u64,
}

impl Look {
    /// The time between two of them.
    pub const fn interval(&self) -> Duration {
        Duration::from_millis(self.interval)
    }
}
