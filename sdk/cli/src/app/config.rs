//! What the page is told: `config.json`.

use crate::market::NamedPool;
use anyhow::Result;
use serde::Serialize;

/// The network and the pools of the page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageConfig {
    /// URL of JSON-RPC.
    pub rpc: String,
    /// URL of the websocket.
    pub websocket: String,
    /// `mainnet`, `devnet`, `testnet`, `localnet`, as wallets name chains.
    pub network: &'static str,
    /// Address of the program.
    pub program: String,
    /// The pools, in the order of the market file.
    pub pools: Vec<PagePool>,
    /// Address of a data service, which tells the past; without one the page asks the network.
    pub history: Option<String>,
    /// Where transactions and addresses are looked up: an address with `{kind}` (`tx` or `address`) and `{id}` in it.
    pub explorer: Option<String>,
    /// Whether the server gives tokens of the local market away.
    pub faucet: bool,
}

/// A pool of the page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PagePool {
    /// Name of its stock.
    pub name: String,
    /// Its address.
    pub pool: String,
    /// Dollars that a token is worth.
    pub stock_price: Option<String>,
}

impl PagePool {
    /// Of an entry of the market file.
    ///
    /// # Errors
    /// For an invalid address in the file.
    pub fn of(named: &NamedPool) -> Result<Self> {
        let pool = named.address()?.to_string();
        Ok(Self { name: named.name.clone(), pool, stock_price: named.stock_price.clone() })
    }
}

/// Name of the network of a URL. An unknown host is taken for mainnet's: what is real is never taken for a toy.
pub fn network(url: &str) -> &'static str {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    match name {
        "127.0.0.1" | "localhost" | "[::1]" => "localnet",
        _ if name.contains("devnet") => "devnet",
        _ if name.contains("testnet") => "testnet",
        _ => "mainnet",
    }
}

/// Where the transactions and addresses of a network are looked up, unless something else is named. A local network is told to the explorer's page, which asks it from
/// the same browser.
pub fn explorer(network: &str, rpc: &str) -> String {
    let cluster = match network {
        "mainnet" => String::new(),
        "localnet" => format!("?cluster=custom&customUrl={}", escaped(rpc)),
        other => format!("?cluster={other}"),
    };
    format!("https://explorer.solana.com/{{kind}}/{{id}}{cluster}")
}

/// Text as a part of an address.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{explorer, network};

    #[test]
    fn each_network_is_looked_up_as_itself() {
        assert_eq!(explorer("mainnet", "https://secret.example.com"), "https://explorer.solana.com/{kind}/{id}");
        assert_eq!(explorer("devnet", "https://d"), "https://explorer.solana.com/{kind}/{id}?cluster=devnet");
        let local = "https://explorer.solana.com/{kind}/{id}?cluster=custom&customUrl=http%3A%2F%2F127.0.0.1%3A8899";
        assert_eq!(explorer("localnet", "http://127.0.0.1:8899"), local);
    }

    #[test]
    fn only_this_machine_is_a_local_network() {
        for (url, name) in [
            ("http://127.0.0.1:8899", "localnet"),
            ("http://localhost:1/x", "localnet"),
            ("https://api.devnet.solana.com", "devnet"),
            ("https://localhost.example.com", "mainnet"),
            ("https://user@127.0.0.1:8899/key", "localnet"),
            ("https://127.0.0.1@example.com", "mainnet"),
            ("https://api.mainnet-beta.solana.com/?devnet", "mainnet"),
        ] {
            assert_eq!(network(url), name, "{url}");
        }
    }
}
