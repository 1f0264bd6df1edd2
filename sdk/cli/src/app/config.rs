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

#[cfg(test)]
mod tests {
    use super::network;

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
