//! `evergreen price`.

use clap::{Args, Subcommand};

/// What to do.
#[derive(Subcommand)]
pub enum PriceCommand {
    /// Price, its age and quality, volatility, tenors of every underlying
    Show,
    /// Fetch signed prices from Pyth's price service and post those that are newer to the push feeds of --shard, once
    Post(Post),
}

/// Where signed prices come from.
#[derive(Args, Clone, Debug)]
pub struct Service {
    /// Base URL of Pyth's price service (Hermes); of the service for --prices otherwise, where a command needs one
    #[arg(long, value_name = "URL")]
    pub hermes: Option<String>,
    /// Environment variable with the key of the price service
    #[arg(long, value_name = "VARIABLE")]
    pub hermes_token_env: Option<String>,
}

/// What to post.
#[derive(Args)]
pub struct Post {
    /// Symbols of underlyings, such as BTC ETH; all of the protocol otherwise
    pub symbols: Vec<String>,
    #[command(flatten)]
    pub service: Service,
}
