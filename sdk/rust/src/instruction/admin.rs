//! Instructions of administration: they set up the protocol, its underlyings and its pools.

use super::{PoolKeys, build};
use crate::address;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    accounts, instruction as args,
    state::{Action, PoolParams, Roles, ShareClass, UnderlyingConfig},
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

/// Creates a pool on these underlyings.
pub fn create_pool(
    payer: Pubkey,
    admin: Pubkey,
    keys: &PoolKeys,
    scale_exponent: u8,
    params: PoolParams,
    underlyings: &[Pubkey],
) -> Instruction {
    let accounts = accounts::CreatePool {
        payer,
        admin,
        protocol: address::protocol(),
        mint: keys.mint,
        pool: keys.pool,
        registry: keys.registry,
        vault: keys.vault,
        insurance_vault: keys.insurance_vault,
        main_mint: keys.share_mint(ShareClass::Main),
        insurance_mint: keys.share_mint(ShareClass::Insurance),
        token_program: keys.token_program,
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    let mut instruction = build(accounts, args::CreatePool { scale_exponent, params }, &[]);
    instruction.accounts.extend(underlyings.iter().map(|key| AccountMeta::new_readonly(*key, false)));
    instruction
}

/// Pauses an action for `seconds` seconds; zero ends the pause.
pub fn set_pause(guardian: Pubkey, action: Action, seconds: u32) -> Instruction {
    build(accounts::SetPause { guardian, protocol: address::protocol() }, args::SetPause { action, seconds }, &[])
}

/// Pays protocol fees to a token account of the fee owner.
pub fn collect_fees(keys: &PoolKeys, to: Pubkey) -> Instruction {
    let accounts = accounts::CollectFees {
        protocol: address::protocol(),
        pool: keys.pool,
        tokens: keys.tokens(ShareClass::Main, to),
    };
    build(accounts, args::CollectFees {}, &[])
}
