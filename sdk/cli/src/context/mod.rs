//! The network, the keys and the pools that a command works on.

mod inner;
mod key;
mod named;
mod nodes;
mod past;
mod pool;
pub mod service;
pub mod sought;

pub use inner::Inner;
pub use pool::{Collateral, PoolContext, series_name, short, symbol};

use crate::{
    args::global::Global,
    failure::{Exit, Incomplete, Report, Usage, advised},
    market::Market,
    output, secrets,
};
use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Account as TokenAccount};
use anyhow::{Context as _, Result};
use evergreen_sdk::{
    accounts::Account,
    address::PROGRAM,
    anchor_lang::prelude::Pubkey,
    client::{Client, ClientError, Endpoints, Filter, RawAccount},
    price::PriceProvider,
};
use serde::{Deserialize, Serialize};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// The part of Solana's configuration file that is read.
#[derive(Debug, Default, Deserialize)]
struct SolanaConfig {
    json_rpc_url: Option<String>,
    websocket_url: Option<String>,
    keypair_path: Option<PathBuf>,
}

/// Options, files and client of one run.
pub struct Context {
    /// The options given.
    pub global: Global,
    /// URL of the network.
    pub url: String,
    /// URL of its websocket, where the configuration names one for this network.
    websocket: Option<String>,
    /// Further nodes, which are asked where that one fails.
    pub nodes: Vec<nodes::Node>,
    /// Folder of the state that a command leaves for the next one.
    pub state: PathBuf,
    /// File of the keypair.
    pub keypair_path: PathBuf,
    /// Names and stock prices.
    pub market: Market,
    /// The network.
    pub client: Client,
    source: Arc<dyn PriceProvider>,
    /// Of the pool that was read last.
    collateral: Mutex<Option<Collateral>>,
    /// The pool that was found out, because none was said.
    found_out: OnceLock<Pubkey>,
}

impl Context {
    /// Reads the files; the network is not asked yet.
    ///
    /// # Errors
    /// For files that were named and cannot be read.
    pub fn new(global: Global) -> Result<Self> {
        let home = std::env::home_dir().unwrap_or_default();
        let path = global.config.clone().unwrap_or_else(default_config);
        let config = match (path.exists(), &global.config) {
            (true, _) => read_config(&path)?,
            (false, None) => SolanaConfig::default(),
            (false, Some(_)) => {
                return Err(advised(
                    format!("there is no configuration file {}", path.display()),
                    "`evergreen localnet` writes one; `solana config set` another",
                ));
            }
        };
        // Another network has another websocket.
        let websocket = config.websocket_url.filter(|url| global.url.is_none() && !url.is_empty());
        let url = match (global.url.clone().or(config.json_rpc_url), path.exists()) {
            (Some(url), _) => full(&url)?,
            (None, false) => MAINNET.into(),
            // A slip of the pen must not end on mainnet.
            (None, true) => {
                return Err(advised(
                    format!("the configuration file {} names no network", path.display()),
                    "add `json_rpc_url: URL` to it, or give --url",
                ));
            }
        };
        global.hermes.as_deref().map(|hermes| url_of(hermes, "no price service", "--hermes")).transpose()?;
        websocket.iter().chain([&url]).chain(&global.hermes).for_each(|url| secrets::keep_url(url));
        // By the rule for these variables one that is empty or not absolute counts for nothing: a journal must not depend on where a command is called.
        let named = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let state = named.unwrap_or_else(|| home.join(".local/state"));
        let keypair = global.keypair.clone().or(config.keypair_path);
        let keypair_path = keypair.unwrap_or_else(|| home.join(".config/solana/id.json"));
        let beside = path.with_file_name("market.json");
        let market = match &global.market {
            Some(named) => Market::read(named)?,
            None if beside.exists() => Market::read(&beside)?,
            None => Market::default(),
        };
        let nodes = global.nodes.as_deref().map(nodes::read).transpose()?.unwrap_or_default();
        let all = std::iter::once(&url).chain(nodes.iter().map(|node| &node.url));
        let (client, state) = (Client::over(&Endpoints::new(all)), state.join("evergreen"));
        let source = global.prices.source(global.shard)?;
        let (collateral, found_out) = (Mutex::default(), OnceLock::new());
        Ok(Self { client, global, url, nodes, websocket, state, keypair_path, market, source, collateral, found_out })
    }

    /// URLs of all nodes, the preferred one first.
    pub fn urls(&self) -> Vec<String> {
        std::iter::once(&self.url).chain(self.nodes.iter().map(|node| &node.url)).cloned().collect()
    }

    /// The keypair that signs and pays.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn keypair(&self) -> Result<Keypair> {
        key::read(&self.keypair_path)
    }

    /// The owner asked about: the one named, or the keypair's.
    ///
    /// # Errors
    /// When there is neither.
    pub fn owner(&self, named: Option<Pubkey>) -> Result<Pubkey> {
        named.map_or_else(|| self.keypair().map(|key| key.pubkey()), Ok)
    }

    /// Where prices are read.
    pub fn source(&self) -> &dyn PriceProvider {
        &*self.source
    }

    /// As [`Self::source`], to be kept.
    pub fn shared_source(&self) -> Arc<dyn PriceProvider> {
        self.source.clone()
    }

    /// URL of the network's websocket: the configured one, or the one where Solana's tools look for it.
    ///
    /// # Errors
    /// [`Usage`] for an invalid URL.
    pub fn ws_url(&self) -> Result<String> {
        if let Some(url) = &self.websocket {
            return Ok(url.clone());
        }
        websocket_of(&self.url)
    }

    /// The error of a command that found something missing, where the whole program is: then the network is another one.
    pub async fn without_program(&self, error: anyhow::Error) -> anyhow::Error {
        if Report::of(&error, None).exit_code != Exit::Failed.code() {
            return error;
        }
        let Ok(None) = self.raw(PROGRAM).await else { return error };
        let genesis = self.client.rpc().get_genesis_hash().await;
        let genesis = genesis.map_or_else(|_| String::new(), |hash| format!(" (genesis {hash})"));
        let message = format!("{}{genesis} has no Evergreen program {PROGRAM}", output::place(&self.url));
        let next = "another network is meant? check --url, and json_rpc_url of the configuration file (--config); `evergreen localnet` starts one that has it";
        advised(message, next)
    }

    /// The error of a node with its host, so that a slip in the configuration is seen; where several are asked no single one is to blame.
    pub fn of_node(&self, error: anyhow::Error) -> anyhow::Error {
        let is_call = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(ClientError::Rpc { .. })));
        if !is_call || !self.nodes.is_empty() || Report::of(&error, None).exit_code != Exit::Network.code() {
            return error;
        }
        error.context(output::place(&self.url))
    }

    /// The collateral of the pool that was read last: what an error is about.
    pub fn collateral(&self) -> Option<Collateral> {
        self.collateral.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All accounts of a kind that a filter takes, in no order; a spinner says what is read.
    ///
    /// # Errors
    /// As [`Client::find`].
    pub async fn find_all<T: Account>(&self, what: &str, filter: Filter) -> Result<Vec<(Pubkey, Box<T>)>> {
        Ok(output::during(what, self.client.find::<T>(filter)).await?.value)
    }

    /// The bytes of an account and its owner, if it is there.
    ///
    /// # Errors
    /// As [`Client::raw`].
    pub async fn raw(&self, key: Pubkey) -> Result<Option<RawAccount>> {
        Ok(self.client.raw(&[key]).await?.value.into_iter().next().flatten())
    }

    /// Native units in a token account of either token program; nothing where there is none.
    ///
    /// # Errors
    /// As [`Client::raw`].
    pub async fn token_balance(&self, key: Pubkey) -> Result<u64> {
        Ok(self.raw(key).await?.map_or(0, |raw| tokens_in(&raw.data)))
    }

    /// Prints one JSON document, or text for people.
    ///
    /// # Errors
    /// As [`output::print`].
    pub fn print(&self, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        output::print(self.global.json, document, text)
    }

    /// Prints an answer, and fails with what it lacks.
    ///
    /// # Errors
    /// [`Incomplete`]; as [`output::print`].
    pub fn print_whole(
        &self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
        lacks: Option<Incomplete>,
    ) -> Result<()> {
        self.print(document, text)?;
        lacks.map_or(Ok(()), |lacks| Err(lacks.into()))
    }

    /// One account of the program, if it is there.
    ///
    /// # Errors
    /// As [`Client::get_many`].
    pub async fn find<T: Account>(&self, key: &Pubkey) -> Result<Option<Box<T>>> {
        Ok(self.client.get_many::<T>(&[*key]).await?.value.into_iter().next().flatten())
    }
}

/// Solana's configuration file, which is read where no other is named.
pub fn default_config() -> PathBuf {
    std::env::home_dir().unwrap_or_default().join(".config/solana/cli/config.yml")
}

/// Native units in a token account of either token program, by its bytes; nothing in what is none.
pub fn tokens_in(data: &[u8]) -> u64 {
    StateWithExtensions::<TokenAccount>::unpack(data).map_or(0, |state| state.base.amount)
}

/// URL of the websocket that belongs to a URL of JSON-RPC, where Solana's tools look for it.
///
/// # Errors
/// [`Usage`] for an invalid URL.
pub fn websocket_of(url: &str) -> Result<String> {
    let wrong = || Usage(format!("{} is no URL of a network", output::place(url)));
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let scheme = if scheme == "https" { "wss" } else { "ws" };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = if path == "/" { "" } else { path };
    // The websocket has the port after that of JSON-RPC; with the default port one serves both.
    let port = authority.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    Ok(match port {
        Some((host, port)) => format!("{scheme}://{host}:{}{path}", port.checked_add(1).ok_or_else(wrong)?),
        None => format!("{scheme}://{authority}{path}"),
    })
}

/// URL of Solana's public network.
const MAINNET: &str = "https://api.mainnet-beta.solana.com";

/// The URL of a network by its name, or as it was given.
///
/// # Errors
/// [`Usage`] for what is neither.
fn full(url: &str) -> Result<String> {
    Ok(match url {
        "mainnet" | "mainnet-beta" | "m" => MAINNET.into(),
        "devnet" | "d" => "https://api.devnet.solana.com".into(),
        "testnet" | "t" => "https://api.testnet.solana.com".into(),
        "localhost" | "localnet" | "l" => "http://127.0.0.1:8899".into(),
        other => url_of(other, "no network", "--url")?,
    })
}

/// A URL as it was given; of what is none it is told what it is, and never its text, which may hold a key.
///
/// # Errors
/// [`Usage`] for what is none.
fn url_of(given: &str, what: &str, option: &str) -> Result<String> {
    let host = given.strip_prefix("http://").or_else(|| given.strip_prefix("https://"));
    if host.is_some_and(|host| {
        !host.is_empty() && !host.starts_with(['/', '?', '#', ':']) && !host.contains(char::is_whitespace)
    }) {
        return Ok(given.to_owned());
    }
    let is_word = !given.is_empty() && given.len() < 20 && given.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (name, why) = match given.split_once("://") {
        _ if given.is_empty() => ("what is given", ": nothing"),
        Some(("ws" | "wss", _)) => ("what is given", ": it is the URL of a websocket, and that of JSON-RPC is meant"),
        Some(("http" | "https", _)) => ("what is given", ": a URL has a host and no blanks"),
        Some(_) => ("what is given", ": it begins with neither http:// nor https://"),
        None if is_word => (given, ""),
        None => ("what is given", ": http:// or https:// is missing in front of it"),
    };
    let name = if is_word { format!("`{name}`") } else { name.to_owned() };
    let names = if option == "--url" { ", or mainnet, devnet, testnet, localhost" } else { "" };
    Err(Usage(format!("{name} is {what}{why}; {option} takes http://… or https://…{names}")).into())
}

fn read_config(path: &Path) -> Result<SolanaConfig> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_yaml::from_str(&text).map_err(|error| {
        // Its first line alone: the rest may show what stands in the file.
        let why =
            error.to_string().replace("expected struct SolanaConfig", "expected lines such as `json_rpc_url: URL`");
        let next = "`evergreen localnet` writes one; `solana config set` another; --url and --keypair go before it";
        advised(format!("{} is no configuration file of Solana: {}", path.display(), in_line(&why)), next)
    })
}

fn in_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_is_told_without_its_text() {
        for (given, words) in [
            ("banana", "`banana` is no network; --url takes http://"),
            ("", "what is given is no network: nothing; --url"),
            ("127.0.0.1:8899", "http:// or https:// is missing in front of it"),
            ("ws://127.0.0.1:8900/SECRETKEY", "it is the URL of a websocket"),
            ("ftp://SECRETKEY", "neither http:// nor https://"),
            ("https://?SECRETKEY", "a URL has a host and no blanks"),
            ("https://one.example/a SECRETKEY", "a URL has a host and no blanks"),
            ("one.example/SECRETKEY", "is missing in front of it"),
        ] {
            let said = full(given).expect_err(given).to_string();
            assert!(said.contains(words) && !said.contains("SECRETKEY"), "{given}: {said}");
        }
        for (given, meant) in [("l", "http://127.0.0.1:8899"), ("https://one.example/KEY", "https://one.example/KEY")] {
            assert_eq!(full(given).expect(given), meant);
        }
    }

    #[test]
    fn a_websocket_has_the_path_and_the_next_port_of_its_node() {
        for (url, websocket) in [
            ("http://127.0.0.1:8899", "ws://127.0.0.1:8900"),
            ("http://127.0.0.1:8899/", "ws://127.0.0.1:8900"),
            ("http://127.0.0.1:8899/KEY", "ws://127.0.0.1:8900/KEY"),
            ("https://one.example/v2/KEY", "wss://one.example/v2/KEY"),
            ("https://one.example/?api-key=KEY", "wss://one.example/?api-key=KEY"),
            ("https://user:word@one.example", "wss://user:word@one.example"),
        ] {
            assert_eq!(websocket_of(url).expect("a URL"), websocket);
        }
        let wrong = websocket_of("https://one.example:65535/SECRET").expect_err("no next port").to_string();
        assert!(!wrong.contains("SECRET"), "{wrong}");
    }
}
