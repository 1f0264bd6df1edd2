//! The market file: names of pools and prices of stocks, which no account on chain holds.

use anyhow::{Context, Result};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, convert::Decimal};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A market file. `evergreen localnet` writes one; for public networks it is written by hand.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Market {
    /// Pools that have names.
    #[serde(default)]
    pub pools: Vec<NamedPool>,
}

/// A pool with a name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NamedPool {
    /// Name for people: the stock's symbol.
    pub name: String,
    /// Collateral mint.
    pub mint: String,
    /// The pool, where it is not the protocol's first one of the mint. Who writes it here vouches for its curator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Dollars that one token is worth, for sizes and displays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_price: Option<String>,
}

impl NamedPool {
    /// Its address.
    ///
    /// # Errors
    /// For an invalid address in the file.
    pub fn address(&self) -> Result<Pubkey> {
        let wrong = || format!("the market file's address of {}", self.name);
        match &self.pool {
            Some(pool) => pool.parse().with_context(wrong),
            None => Ok(address::pool(&self.mint.parse().with_context(wrong)?)),
        }
    }

    /// The stock's price, if it is a number.
    pub fn price(&self) -> Option<Decimal> {
        self.stock_price.as_deref()?.parse().ok()
    }
}

impl Market {
    /// The entry of a pool.
    pub fn named(&self, pool: &Pubkey) -> Option<&NamedPool> {
        self.pools.iter().find(|named| named.address().is_ok_and(|address| address == *pool))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no market file.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading the market file {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no market file", path.display()))
    }
}
