//! Instructions of administration: they set up the protocol, its underlyings and its pools.

use super::{PoolKeys, build};
use crate::address;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    accounts, instruction as args,
    state::{Action, PoolParams, PoolTerms, Roles, ShareClass, UnderlyingConfig},
};

/// Creates the protocol; `authority` is the program's upgrade authority.
pub fn initialize_protocol(payer: Pubkey, authority: Pubkey, roles: Roles) -> Instruction {
    let accounts = accounts::InitializeProtocol {
        payer,
        authority,
        protocol: address::protocol(),
        program_data: address::program_data(),
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::InitializeProtocol { roles }, &[])
}

/// Creates an underlying, whose price account must be fresh.
pub fn create_underlying(payer: Pubkey, admin: Pubkey, price: Pubkey, config: UnderlyingConfig) -> Instruction {
    let accounts = accounts::CreateUnderlying {
        payer,
        admin,
        protocol: address::protocol(),
        underlying: address::underlying(&config.feed_id),
        price,
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::CreateUnderlying { config }, &[])
}

/// Creates a pool of the protocol on these underlyings, under the number of its keys.
pub fn create_pool(
    payer: Pubkey,
    admin: Pubkey,
    keys: &PoolKeys,
    scale_exponent: u8,
    params: PoolParams,
    underlyings: &[Pubkey],
) -> Instruction {
    let terms = PoolTerms { creator: keys.creator, number: keys.number, scale_exponent, private: false, seed: 0 };
    create(payer, admin, keys, terms, params, underlyings)
}

/// Creates a pool of its creator, which the keys name, on these underlyings. The creator signs, pays the first deposit of `seed` native units out of its
/// wallet, and is the curator; where it is `private` only the curator, and whom it signs for, provide liquidity.
pub fn create_curated_pool(
    payer: Pubkey,
    keys: &PoolKeys,
    scale_exponent: u8,
    (private, seed): (bool, u64),
    params: PoolParams,
    underlyings: &[Pubkey],
) -> Instruction {
    let terms = PoolTerms { creator: keys.creator, number: keys.number, scale_exponent, private, seed };
    create(payer, keys.creator, keys, terms, params, underlyings)
}

fn create(
    payer: Pubkey,
    curator: Pubkey,
    keys: &PoolKeys,
    terms: PoolTerms,
    params: PoolParams,
    underlyings: &[Pubkey],
) -> Instruction {
    let accounts = accounts::CreatePool {
        payer,
        curator,
        protocol: address::protocol(),
        mint: keys.mint,
        pool: keys.pool,
        registry: keys.registry,
        vault: keys.vault,
        insurance_vault: keys.insurance_vault,
        main_mint: keys.share_mint(ShareClass::Main),
        insurance_mint: keys.share_mint(ShareClass::Insurance),
        wallet: keys.wallet(&curator),
        token_program: keys.token_program,
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    let mut instruction = build(accounts, args::CreatePool { terms, params }, &[]);
    instruction.accounts.extend(underlyings.iter().map(|key| AccountMeta::new_readonly(*key, false)));
    instruction
}

/// Pauses an action for `seconds` seconds; zero ends the pause.
pub fn set_pause(guardian: Pubkey, action: Action, seconds: u32) -> Instruction {
    build(accounts::SetPause { guardian, protocol: address::protocol() }, args::SetPause { action, seconds }, &[])
}

/// Pays protocol fees to a token account of the fee owner: the associated one, or any other where the fee owner signs as the last account of the instruction.
pub fn collect_fees(keys: &PoolKeys, to: Pubkey) -> Instruction {
    build(fees(keys, to), args::CollectFees {}, &[])
}

/// Pays the curator's fees to a token account of the curator, in a pool of the protocol to one of the fee owner, as [`collect_fees`].
pub fn collect_curator_fees(keys: &PoolKeys, to: Pubkey) -> Instruction {
    build(fees(keys, to), args::CollectCuratorFees {}, &[])
}

fn fees(keys: &PoolKeys, to: Pubkey) -> accounts::CollectFees {
    accounts::CollectFees {
        protocol: address::protocol(),
        pool: keys.pool,
        tokens: keys.tokens(ShareClass::Main, to),
        owner: None,
    }
}
