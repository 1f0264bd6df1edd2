//! `evergreen localnet`: a market on this machine.

mod control;
mod remote;
mod setup;
mod sponsor;

use crate::{
    Global,
    failure::Usage,
    output::{self, facts},
};
use anyhow::{Context as _, Result};
use clap::Args;
use evergreen_localnet::{Blocks, Network, Options, PathSpec, PricePath};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A market on this machine: network, program, stocks, pools, users with keys, moving prices
#[derive(Args)]
pub struct Localnet {
    #[command(subcommand)]
    action: Option<remote::Action>,
    #[command(flatten)]
    start: Start,
}

/// How to start.
#[derive(Args)]
struct Start {
    /// Keys, configuration and market file are written here
    #[arg(long, default_value = "evergreen-localnet", value_name = "FOLDER")]
    dir: PathBuf,
    /// Port of JSON-RPC; 0 takes a free one
    #[arg(long, default_value_t = 8899)]
    rpc_port: u16,
    /// Port of the websocket; 0 takes a free one
    #[arg(long, default_value_t = 8900)]
    ws_port: u16,
    /// The compiled program; `cargo xtask build` makes it
    #[arg(long, env = "EVERGREEN_PROGRAM", default_value = "target/deploy/evergreen.so", value_name = "FILE")]
    program: PathBuf,
    /// A CSV of prices (time_seconds,btc,eth) instead of a made path
    #[arg(long, value_name = "FILE")]
    path: Option<PathBuf>,
    /// Seed of the made path
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds that pass on the chain in one second
    #[arg(long, default_value_t = 1)]
    speed: u32,
    /// Network, program, stocks and prices only: no protocol, no pools
    #[arg(long)]
    bare: bool,
}

/// What a start tells.
#[derive(Debug, Serialize)]
struct Ready {
    rpc_url: String,
    ws_url: String,
    program: String,
    folder: String,
    config: String,
    stocks: Vec<setup::Stock>,
    users: Vec<setup::User>,
}

impl Localnet {
    /// Starts a market and keeps it until Ctrl-C, or acts on one that runs.
    pub fn run(self, global: &Global) -> Result<()> {
        match self.action {
            Some(action) => action.run(global, &self.start.folder(global)),
            None => self.start.run(global),
        }
    }
}

impl Start {
    /// The folder of a market that runs: where the configuration is, otherwise where it would be written.
    fn folder(&self, global: &Global) -> PathBuf {
        match global.config.as_deref().and_then(Path::parent) {
            Some(folder) => folder.to_owned(),
            None => self.dir.clone(),
        }
    }

    fn run(&self, global: &Global) -> Result<()> {
        if self.speed == 0 {
            return Err(Usage("--speed has to be above 0".into()).into());
        }
        let path = match &self.path {
            Some(file) => PricePath::read_csv(file)?,
            // Thirty days in minutes.
            None => PathSpec { seed: self.seed, ticks: 30 * 1_440 + 1, ..PathSpec::default() }.generate()?,
        };
        let bar = output::progress("starting the network");
        let free = |port: u16| (port != 0).then_some(port);
        let network = Network::start(Options {
            rpc_port: free(self.rpc_port),
            ws_port: free(self.ws_port),
            blocks: Blocks::Clock,
            ..Options::default()
        })
        .context("starting the network; another one on these ports? --rpc-port 0 --ws-port 0 takes free ones")?;
        let (control, calls) = control::listen()?;
        let sponsor = sponsor::Sponsor::start(&network.rpc_url(), path, self.speed, network.pace(), calls)?;
        bar.set_message("setting the market up");
        let market = setup::Setup { chain: network.client(), folder: &self.dir, bare: self.bare };
        let (stocks, users) = market.play(&program(&self.program))?;
        let config = market.write_files(&network.rpc_url(), &network.ws_url(), &stocks)?;
        let announced = control::announce(&self.dir, &control, &network.rpc_url())?;
        bar.finish_and_clear();
        let ready = Ready {
            rpc_url: network.rpc_url(),
            ws_url: network.ws_url(),
            program: evergreen_sdk::address::PROGRAM.to_string(),
            folder: self.dir.display().to_string(),
            config: config.display().to_string(),
            stocks,
            users,
        };
        if global.json {
            output::print_json(&ready)?;
        } else {
            ready.tell(self.bare);
        }
        network.run_until_interrupted()?;
        drop((sponsor, announced));
        Ok(())
    }
}

/// The program: where it was said to be, or where this project's own build leaves it.
fn program(named: &Path) -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/evergreen.so");
    if !named.exists() && named == Path::new("target/deploy/evergreen.so") && built.exists() {
        return built;
    }
    named.to_owned()
}

impl Ready {
    fn tell(&self, bare: bool) {
        let mut rows = vec![
            ("JSON-RPC", self.rpc_url.clone()),
            ("websocket", self.ws_url.clone()),
            ("program", self.program.clone()),
            ("files", self.folder.clone()),
        ];
        for stock in &self.stocks {
            rows.push(("stock", format!("{} at {} (${}), {}", stock.name, stock.mint, stock.price, stock.kind)));
        }
        for user in &self.users {
            rows.push(("user", format!("{}: {}, {}", user.name, user.address, user.keypair)));
        }
        println!("{}\n\nIn another terminal:\n", facts(&rows));
        println!("  export EVERGREEN_CONFIG={}", self.config);
        println!("  evergreen doctor");
        if bare {
            println!("  evergreen init --keypair {}/admin.json", self.folder);
        } else {
            println!("  evergreen quote buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC");
            println!(
                "  evergreen trade buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC --deposit 5"
            );
        }
        println!("\nIt ends with Ctrl-C.");
    }
}
