//! The two stocks, and how amounts of them are written.

use anchor_lang::prelude::Pubkey;
use anyhow::{Result, anyhow};
use evergreen_localnet::{Mint, STOCK_DECIMALS};
use evergreen_math::{PointScale, Points};
use evergreen_sdk::{address, convert, instruction::PoolKeys};
use solana_signer::Signer;

use crate::{
    cast::{Who, fixed_key},
    narration::{dollars, thousands},
};

/// Exponent of both pools: a point pays a thousandth of a native unit per dollar.
pub const SCALE_EXPONENT: u8 = 3;
const UNIT: f64 = 1e8;

/// A tokenized stock with its pool. What it trades at is for the reader's eyes and for sizing trades; the program never
/// learns it.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    /// For instance `TSLA.M`.
    pub symbol: &'static str,
    /// What it trades at, whole dollars.
    pub price: u32,
    /// Its mint.
    pub mint: Mint,
    /// Addresses of its pool.
    pub keys: PoolKeys,
}

impl Stock {
    /// A stock whose mint has a fixed address.
    pub fn new(symbol: &'static str, price: u32, token_program: Pubkey) -> Self {
        let address = fixed_key(symbol).pubkey();
        let mint = Mint { address, token_program, decimals: STOCK_DECIMALS };
        Self { symbol, price, mint, keys: PoolKeys::new(address, token_program) }
    }

    /// The same stock with a pool of somebody's own.
    pub fn of_creator(self, creator: Pubkey) -> Self {
        Self { keys: PoolKeys::of_creator(self.mint.address, self.mint.token_program, creator, 0), ..self }
    }

    /// Native units of whole tokens.
    pub fn units(&self, whole: u32) -> u64 {
        u64::from(whole) * 10_u64.pow(STOCK_DECIMALS.into())
    }

    /// What native units are worth in dollars.
    pub fn worth(&self, native: i64) -> f64 {
        native as f64 / UNIT * f64::from(self.price)
    }

    /// An amount with four decimals and its worth: `0.9402 TSLA.M ($282.06)`.
    pub fn amount(&self, native: i64) -> String {
        format!("{} {} ({})", tokens(native), self.symbol, dollars(self.worth(native)))
    }

    /// Points of an option on `thousandths` of a coin, at the price of the stock now.
    pub fn points(&self, thousandths: u64) -> Result<Points> {
        let scale = scale()?;
        convert::points(thousandths * 1_000_000, u64::from(self.price) * 1_000_000_000, self.mint.decimals, scale)
            .map_err(|error| anyhow!("sizing {thousandths} thousandths: {error:?}"))
    }

    /// Address of a player's margin account.
    pub fn margin_account(&self, who: Who) -> Pubkey {
        address::margin_account(&self.keys.pool, &who.id(), 0)
    }
}

/// Scale of points of both pools.
pub fn scale() -> Result<PointScale> {
    PointScale::new(SCALE_EXPONENT).map_err(|error| anyhow!("scale: {error:?}"))
}

/// Native units as tokens with four decimals.
pub fn tokens(native: i64) -> String {
    let rounded = (i128::from(native.unsigned_abs()) + 5_000) / 10_000;
    let sign = if native < 0 && rounded != 0 { "−" } else { "" };
    format!("{sign}{}.{:04}", thousands(rounded / 10_000), rounded % 10_000)
}

/// Native units as tokens, to the last unit.
pub fn exact(native: i128) -> String {
    let size = native.abs();
    let sign = if native < 0 { "−" } else { "" };
    format!("{sign}{}.{:08}", thousands(size / 100_000_000), size % 100_000_000)
}
