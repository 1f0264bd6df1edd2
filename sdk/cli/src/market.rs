//! The market file: names of pools and prices of stocks, which no account on chain holds.

use anyhow::{Context, Result};
use evergreen_sdk::convert::Decimal;
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
    /// Dollars that one token is worth, for sizes and displays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_price: Option<String>,
}

impl NamedPool {
    /// The stock's price, if it is a number.
    pub fn price(&self) -> Option<Decimal> {
        self.stock_price.as_deref()?.parse().ok()
    }
}

impl Market {
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
