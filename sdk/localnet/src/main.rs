//! `evergreen-localnet`: a local Solana network until Ctrl-C.

use std::path::{Path, PathBuf};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, bail};
use evergreen_localnet::{Blocks, Network, Options};

const HELP: &str = "\
evergreen-localnet: a Solana network on this machine, with nothing on disk and nothing from outside

usage: evergreen-localnet [options]

  --rpc-port PORT      JSON-RPC over HTTP (default 8899)
  --ws-port PORT       websocket (default 8900)
  --blocks KIND        clock: a block every 400 ms (default); transaction: a block when one is wanted
  --program ID=PATH    put the program in an ELF file at an address; may be given again
  --fund ADDRESS       give an address 1,000 SOL; may be given again
  --help               this text

A port of 0 takes a free one. The first two lines printed are the URLs; stop with Ctrl-C.";

const SOL: u64 = 1_000_000_000;

struct Arguments {
    rpc_port: u16,
    ws_port: u16,
    blocks: Blocks,
    programs: Vec<(Pubkey, PathBuf)>,
    funded: Vec<Pubkey>,
}

fn main() -> anyhow::Result<()> {
    let Some(arguments) = parse(std::env::args().skip(1))? else {
        println!("{HELP}");
        return Ok(());
    };
    let free = |port: u16| (port != 0).then_some(port);
    let network = Network::start(Options {
        rpc_port: free(arguments.rpc_port),
        ws_port: free(arguments.ws_port),
        blocks: arguments.blocks,
        ..Options::default()
    })?;
    for (program, path) in &arguments.programs {
        network.client().deploy(program, path, None)?;
    }
    for address in &arguments.funded {
        network.client().airdrop(address, 1_000 * SOL)?;
    }
    println!("rpc  {}", network.rpc_url());
    println!("ws   {}", network.ws_url());
    for (program, path) in &arguments.programs {
        println!("program {program} from {}", path.display());
    }
    network.run_until_interrupted()?;
    Ok(())
}

/// Reads the command line; `None` when it asks for help.
fn parse(mut words: impl Iterator<Item = String>) -> anyhow::Result<Option<Arguments>> {
    let mut arguments =
        Arguments { rpc_port: 8899, ws_port: 8900, blocks: Blocks::Clock, programs: Vec::new(), funded: Vec::new() };
    while let Some(option) = words.next() {
        if matches!(option.as_str(), "--help" | "-h") {
            return Ok(None);
        }
        let mut value = || words.next().with_context(|| format!("{option} wants a value; see --help"));
        match option.as_str() {
            "--rpc-port" => arguments.rpc_port = port(&value()?)?,
            "--ws-port" => arguments.ws_port = port(&value()?)?,
            "--blocks" => {
                arguments.blocks = match value()?.as_str() {
                    "clock" => Blocks::Clock,
                    "transaction" => Blocks::Transaction,
                    other => bail!("--blocks is clock or transaction, not {other}"),
                }
            }
            "--program" => {
                let pair = value()?;
                let (id, path) = pair.split_once('=').with_context(|| format!("--program is ID=PATH, not {pair}"))?;
                arguments.programs.push((address(id)?, Path::new(path).to_owned()));
            }
            "--fund" => arguments.funded.push(address(&value()?)?),
            other => bail!("unknown option {other}; see --help"),
        }
    }
    Ok(Some(arguments))
}

fn port(text: &str) -> anyhow::Result<u16> {
    text.parse().with_context(|| format!("{text} is not a port"))
}

fn address(text: &str) -> anyhow::Result<Pubkey> {
    text.parse().with_context(|| format!("{text} is not an address"))
}
