//! `evergreen app`.

use super::{
    parse::{Explorer, explorer},
    serve::Look,
};
use clap::Args;
use std::path::PathBuf;

/// The web app, served on this machine for the network and the pools of the configuration
#[derive(Args)]
pub struct App {
    /// Port of the page, on 127.0.0.1 alone; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// A data service, which tells the page the past: the address that `evergreen serve` prints
    #[arg(long, value_name = "URL", conflicts_with = "database")]
    pub history: Option<String>,
    /// Keeps the past itself, in this database, and tells the page: `sqlite://` with a path, or `postgres://user@host/name`
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Where the page's links to transactions and addresses lead: an address with `{kind}` (`tx` or `address`) and `{id}` in it, or `none`; explorer.solana.com otherwise
    #[arg(long, value_name = "URL", value_parser = explorer)]
    pub explorer: Option<Explorer>,
    #[command(flatten)]
    pub look: Look,
    #[command(flatten)]
    pub files: Files,
}

/// Where the files of the app are.
#[derive(Args)]
pub struct Files {
    /// Folder with the built app, instead of the one inside this command; `cargo xtask app` makes target/app
    #[arg(hide_short_help = true, long = "app-files", env = "EVERGREEN_APP", value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}
