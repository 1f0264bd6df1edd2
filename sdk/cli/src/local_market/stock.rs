//! The stocks of a local market.

use serde::{Deserialize, Serialize};

/// A point pays 10^-3 native units a dollar.
pub const SCALE: u8 = 3;

/// A stock of the local market.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stock {
    /// Symbol, or what the market file calls a pool of a curator.
    pub name: String,
    /// Mint.
    pub mint: String,
    /// Token program, and whose pool it is.
    pub kind: String,
    /// Display price, dollars.
    pub price: u32,
    /// Its pool.
    pub pool: String,
}
