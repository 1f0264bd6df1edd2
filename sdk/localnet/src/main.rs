//! The command `evergreen-localnet` runs a local Solana network until Ctrl-C.

use std::{path::PathBuf, str::FromStr};

use anchor_lang::prelude::Pubkey;
use clap::{Parser, ValueEnum};
use evergreen_localnet::{Blocks, Network, Options};
use evergreen_sdk::convert::SOL;

/// Runs a Solana network on this machine that writes nothing to disk and uses no other network
#[derive(Parser)]
#[command(
    name = "evergreen-localnet",
    after_help = "Port 0 stands for any free port. The first two lines printed are the URLs; Ctrl-C stops the network."
)]
struct Arguments {
    /// Port of JSON-RPC over HTTP
    #[arg(long, value_name = "PORT", default_value_t = 8899)]
    rpc_port: u16,
    /// Port of the websocket
    #[arg(long, value_name = "PORT", default_value_t = 8900)]
    ws_port: u16,
    /// When blocks are made
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::Clock)]
    blocks: Kind,
    /// Put the program in an ELF file at an address; may be given several times
    #[arg(long = "program", value_name = "ID=PATH")]
    programs: Vec<Program>,
    /// Give an address 1,000 SOL; may be given several times
    #[arg(long = "fund", value_name = "ADDRESS", value_parser = address)]
    funded: Vec<Pubkey>,
}

/// When blocks are made.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Make a block every 400 ms
    Clock,
    /// Make a block when a transaction arrives
    Transaction,
}

/// A program's ELF file and the address that it is put at.
#[derive(Clone)]
struct Program {
    id: Pubkey,
    path: PathBuf,
}

impl FromStr for Program {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, path) = text.split_once('=').ok_or_else(|| format!("invalid program `{text}`: expected ID=PATH"))?;
        Ok(Self { id: address(id)?, path: path.into() })
    }
}

fn address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| format!("invalid address `{text}`: expected 32 bytes in base58"))
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let free = |port: u16| (port != 0).then_some(port);
    let network = Network::start(Options {
        rpc_port: free(arguments.rpc_port),
        ws_port: free(arguments.ws_port),
        blocks: match arguments.blocks {
            Kind::Clock => Blocks::Clock,
            Kind::Transaction => Blocks::Transaction,
        },
        ..Options::default()
    })?;
    for program in &arguments.programs {
        network.client().deploy(&program.id, &program.path, None)?;
    }
    for address in &arguments.funded {
        network.client().airdrop(address, 1_000 * SOL)?;
    }
    println!("rpc  {}", network.rpc_url());
    println!("ws   {}", network.ws_url());
    for program in &arguments.programs {
        println!("program {} from {}", program.id, program.path.display());
    }
    network.run_until_interrupted()?;
    Ok(())
}
