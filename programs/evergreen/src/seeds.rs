//! Seeds of every program-derived address, in one place.

#![warn(missing_docs)]

use anchor_lang::prelude::{Pubkey, pubkey};

/// The [`Protocol`](crate::state::Protocol) account.
pub const PROTOCOL: &[u8] = b"protocol";
/// An [`Underlying`](crate::state::Underlying), followed by its feed id.
pub const UNDERLYING: &[u8] = b"underlying";
/// A [`Pool`](crate::state::Pool), followed by the collateral mint, the creator (the default key for a pool of the protocol) and the creator's number of
/// it (u16 LE).
pub const POOL: &[u8] = b"pool";
/// A [`SeriesRegistry`](crate::state::SeriesRegistry), followed by the pool.
pub const REGISTRY: &[u8] = b"registry";
/// The main vault, followed by the pool.
pub const VAULT: &[u8] = b"vault";
/// The insurance vault, followed by the pool.
pub const INSURANCE: &[u8] = b"insurance";
/// A share mint, followed by the pool, the class (one byte) and the generation (u32 LE).
pub const SHARES: &[u8] = b"shares";
/// A [`RetiredShares`](crate::state::RetiredShares), followed by the pool, the class (one byte) and the generation (u32 LE).
pub const RETIRED: &[u8] = b"retired";
/// A [`MarginAccount`](crate::state::MarginAccount), followed by the pool, the owner and the sub-account (u16 LE).
pub const MARGIN: &[u8] = b"margin";
/// A [`LiquidityRequest`](crate::state::LiquidityRequest), followed by the pool, the class (one byte), the owner and the owner's
/// number of it (u64 LE).
pub const REQUEST: &[u8] = b"request";
/// A [`Proposal`](crate::state::Proposal), followed by what counts it, the protocol or a curated pool, and its number (u64 LE).
pub const PROPOSAL: &[u8] = b"proposal";
/// A [`Counter`](crate::state::Counter), followed by its owner.
pub const COUNTER: &[u8] = b"counter";
/// An [`Order`](crate::state::Order), followed by the margin account and the number (u64 LE).
pub const ORDER: &[u8] = b"order";

/// Address of the [`Protocol`](crate::state::Protocol) account. It is a constant, because deriving it costs 1,500 compute units
/// in each instruction.
pub const PROTOCOL_ADDRESS: Pubkey = pubkey!("6nif5N23RJG4STAxNCTNkH65YpbcNT8YNwVRnGUpQ7ZW");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_address_is_derived_from_its_seed() {
        assert_eq!(Pubkey::find_program_address(&[PROTOCOL], &crate::ID).0, PROTOCOL_ADDRESS);
    }
}
