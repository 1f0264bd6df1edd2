//! What an underlying is made from.

use super::UnderlyingParams;
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
