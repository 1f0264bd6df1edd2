//! What an underlying is made from.

use super::UnderlyingParams;
use crate::ensure;
use anchor_lang::prelude::*;

/// Where the price comes from.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PriceSource {
    /// Pyth `PriceUpdateV2`, owned by the receiver program of either generation.
    PythUpdate,
    /// Pyth's legacy price account, owned by the oracle program; the feed id is the account's address.
    PythLegacy,
}

impl PriceSource {
    /// The programs whose accounts are prices of this kind. They are compiled in: nobody's proposal makes another program an
    /// oracle.
    pub const fn owners(self) -> &'static [Pubkey] {
        /// The receiver, upgraded and previous generation.
        const RECEIVERS: [Pubkey; 2] = [
            pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
            pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
        ];
        /// The oracle on mainnet and on devnet.
        const ORACLES: [Pubkey; 2] = [
            pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH"),
            pubkey!("gSbePebfvPy7tRqimPoVecS2UsBvYv46ynrzWocc92s"),
        ];
        match self {
            Self::PythUpdate => &RECEIVERS,
            Self::PythLegacy => &ORACLES,
        }
    }

    /// Errors: `InvalidParameter` for a program that is none of [`Self::owners`].
    pub fn check_owner(self, owner: &Pubkey) -> Result<()> {
        ensure!(self.owners().contains(owner), InvalidParameter, "price_owner {} is no oracle of this kind", owner);
        Ok(())
    }
}

/// What defines an underlying.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct UnderlyingConfig {
    /// Name, padded with zeros.
    pub symbol: [u8; 8],
    /// Feed id; the price account's address for [`PriceSource::PythLegacy`].
    pub feed_id: [u8; 32],
    /// Where the price comes from.
    pub source: PriceSource,
    /// Program that must own price accounts.
    pub price_owner: Pubkey,
    /// Parameters.
    pub params: UnderlyingParams,
}
