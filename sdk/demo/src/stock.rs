//! The collaterals of the pools, and how amounts of them are written.

use anchor_lang::prelude::Pubkey;
use anchor_spl::token;
use anyhow::{Result, anyhow};
use evergreen::state::ShareClass;
use evergreen_localnet::{Mint, STOCK_DECIMALS};
use evergreen_math::{PointScale, Points};
use evergreen_sdk::{
    address,
    convert::{self, Decimal},
    instruction::PoolKeys,
};
use solana_signer::Signer;

use crate::{
    cast::{Who, fixed_key},
    narration::{dollars, thousands},
};

/// Exponent of the pools of stocks: a point pays a thousandth of a native unit per dollar.
pub const SCALE_EXPONENT: u8 = 3;
const UNIT: f64 = 1e8;
/// A dollar has so many of the units of a price.
const BILLIONTHS: u64 = 1_000_000_000;

/// A tokenized stock with its pool, or shares of one with theirs. What it trades at is for the reader's eyes and for sizing trades; the program never
/// learns it.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    /// For instance `TSLA.M`.
    pub symbol: &'static str,
    /// What its pool is called; several pools may take one token.
    pub pool_name: &'static str,
    /// What it trades at, billionths of a dollar.
    price: u64,
    /// Exponent of the pool.
    pub scale_exponent: u8,
    /// The pool whose main shares it is.
    pub shares_of: Option<Pubkey>,
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
        let keys = PoolKeys::new(address, token_program);
        let (price, scale_exponent) = (u64::from(price) * BILLIONTHS, SCALE_EXPONENT);
        Self { symbol, pool_name: symbol, price, scale_exponent, shares_of: None, mint, keys }
    }

    /// The same stock with a pool of somebody's own.
    pub fn of_creator(self, creator: Pubkey) -> Self {
        Self { keys: PoolKeys::of_creator(self.mint.address, self.mint.token_program, creator, 0), ..self }
    }

    /// Another pool of the same token, of somebody else, with a name of its own.
    pub fn in_pool_of(self, creator: Pubkey, pool_name: &'static str) -> Self {
        Self { pool_name, ..self.of_creator(creator) }
    }

    /// The main shares of its pool, with a pool of somebody's own on them; `worth` is what a whole one is worth, native units of the stock. A share begins
    /// at a thousandth of a token, so the exponent is three less.
    pub fn shares(&self, symbol: &'static str, worth: u64, creator: Pubkey) -> Self {
        let address = self.keys.share_mint(ShareClass::Main);
        let mint = Mint { address, token_program: token::ID, decimals: self.mint.decimals };
        let price = u64::try_from(u128::from(self.price) * u128::from(worth) / u128::from(self.units(1))).unwrap_or(0);
        let (scale_exponent, shares_of) = (self.scale_exponent - 3, Some(self.keys.pool));
        Self { symbol, pool_name: symbol, price, scale_exponent, shares_of, mint, ..*self }.of_creator(creator)
    }

    /// What it trades at, dollars.
    pub fn dollars(&self) -> Decimal {
        Decimal::from_i128_with_scale(self.price.into(), 9).normalize()
    }

    /// Scale of points of its pool.
    pub fn scale(&self) -> Result<PointScale> {
        PointScale::new(self.scale_exponent).map_err(|error| anyhow!("scale: {error:?}"))
    }

    /// Native units of whole tokens.
    pub fn units(&self, whole: u32) -> u64 {
        u64::from(whole) * 10_u64.pow(STOCK_DECIMALS.into())
    }

    /// What native units are worth in dollars.
    pub fn worth(&self, native: i64) -> f64 {
        native as f64 / UNIT * (self.price as f64 / BILLIONTHS as f64)
    }

    /// An amount with four decimals and its worth: `0.9402 TSLA.M ($282.06)`.
    pub fn amount(&self, native: i64) -> String {
        format!("{} {} ({})", tokens(native), self.symbol, dollars(self.worth(native)))
    }

    /// Points of an option on `thousandths` of a coin, at the price of the stock now.
    pub fn points(&self, thousandths: u64) -> Result<Points> {
        convert::points(thousandths * 1_000_000, self.price, self.mint.decimals, self.scale()?)
            .map_err(|error| anyhow!("sizing {thousandths} thousandths: {error:?}"))
    }

    /// Address of a player's margin account.
    pub fn margin_account(&self, who: Who) -> Pubkey {
        address::margin_account(&self.keys.pool, &who.id(), 0)
    }
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
