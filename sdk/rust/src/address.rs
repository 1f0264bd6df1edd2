//! Addresses of the protocol's accounts.
//!
//! ```
//! use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::ShareClass};
//!
//! let (mint, owner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
//! let pool = address::pool(&mint);
//! let account = address::margin_account(&pool, &owner, 0);
//! let all = [
//!     address::protocol(),
//!     address::underlying(&evergreen_sdk::presets::BTC_FEED),
//!     pool,
//!     address::pool_of(&mint, &owner, 0),
//!     address::registry(&pool),
//!     address::vault(&pool),
//!     address::insurance_vault(&pool),
//!     address::share_mint(&pool, ShareClass::Main, 0),
//!     address::retired(&pool, ShareClass::Main, 0),
//!     account,
//!     address::order(&account, 0),
//!     address::request(&pool, ShareClass::Main, &owner, 0),
//!     address::proposal(0),
//!     address::proposal_in(&pool, 0),
//!     address::counter(&owner),
//! ];
//! // Each address derives from the program and its seeds, and no two are equal.
//! assert!(all.iter().all(|key| !key.is_on_curve()));
//! assert!((1..all.len()).all(|place| !all[..place].contains(&all[place])));
//! // The wallet of an owner is the associated token account.
//! let wallet = address::token_account(&owner, &mint, &anchor_spl::token::ID);
//! assert_ne!(wallet, address::token_account(&owner, &mint, &anchor_spl::token_2022::ID));
//! ```

use anchor_lang::prelude::Pubkey;
use evergreen::{seeds, state::ShareClass};

/// Address of the program.
pub const PROGRAM: Pubkey = evergreen::ID;

fn find(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &PROGRAM).0
}

/// Returns the address of the protocol account.
pub fn protocol() -> Pubkey {
    find(&[seeds::PROTOCOL])
}

/// Returns the address of the underlying of a price feed.
pub fn underlying(feed_id: &[u8; 32]) -> Pubkey {
    find(&[seeds::UNDERLYING, feed_id])
}

/// Returns the address of the protocol's first pool of a collateral mint.
pub fn pool(mint: &Pubkey) -> Pubkey {
    pool_of(mint, &Pubkey::default(), 0)
}

/// Returns the address of the pool of a collateral mint that somebody has created under this number; the default key stands for the protocol.
pub fn pool_of(mint: &Pubkey, creator: &Pubkey, number: u16) -> Pubkey {
    find(&[seeds::POOL, mint.as_ref(), creator.as_ref(), &number.to_le_bytes()])
}

/// Returns the address of the series registry of a pool.
pub fn registry(pool: &Pubkey) -> Pubkey {
    find(&[seeds::REGISTRY, pool.as_ref()])
}

/// Returns the address of the main vault of a pool.
pub fn vault(pool: &Pubkey) -> Pubkey {
    find(&[seeds::VAULT, pool.as_ref()])
}

/// Returns the address of the insurance vault of a pool.
pub fn insurance_vault(pool: &Pubkey) -> Pubkey {
    find(&[seeds::INSURANCE, pool.as_ref()])
}

/// Returns the address of the share mint of a generation of a class.
pub fn share_mint(pool: &Pubkey, class: ShareClass, generation: u32) -> Pubkey {
    find(&[seeds::SHARES, pool.as_ref(), &[class as u8], &generation.to_le_bytes()])
}

/// Returns the address of what is left for the shares of an earlier generation of a class.
pub fn retired(pool: &Pubkey, class: ShareClass, generation: u32) -> Pubkey {
    find(&[seeds::RETIRED, pool.as_ref(), &[class as u8], &generation.to_le_bytes()])
}

/// Returns the address of the margin account with this number of an owner.
pub fn margin_account(pool: &Pubkey, owner: &Pubkey, sub_account: u16) -> Pubkey {
    find(&[seeds::MARGIN, pool.as_ref(), owner.as_ref(), &sub_account.to_le_bytes()])
}

/// Returns the address of the request of liquidity, a deposit or a withdrawal, for which its owner has chosen this number.
pub fn request(pool: &Pubkey, class: ShareClass, owner: &Pubkey, id: u64) -> Pubkey {
    find(&[seeds::REQUEST, pool.as_ref(), &[class as u8], owner.as_ref(), &id.to_le_bytes()])
}

/// Returns the address of the proposal with this number among those that the protocol counts.
pub fn proposal(id: u64) -> Pubkey {
    proposal_in(&protocol(), id)
}

/// Returns the address of the proposal with this number among those that a queue counts: the protocol, or a curated pool.
pub fn proposal_in(queue: &Pubkey, id: u64) -> Pubkey {
    find(&[seeds::PROPOSAL, queue.as_ref(), &id.to_le_bytes()])
}

/// Returns the address of the order with this number of a margin account.
pub fn order(account: &Pubkey, number: u64) -> Pubkey {
    find(&[seeds::ORDER, account.as_ref(), &number.to_le_bytes()])
}

/// Returns the address of the counter of a key's transfers.
pub fn counter(owner: &Pubkey) -> Pubkey {
    find(&[seeds::COUNTER, owner.as_ref()])
}

/// Returns the address of the account that names the program's upgrade authority.
pub fn program_data() -> Pubkey {
    Pubkey::find_program_address(&[PROGRAM.as_ref()], &anchor_lang::solana_program::bpf_loader_upgradeable::ID).0
}

/// Returns the address of the associated token account of an owner.
pub fn token_account(owner: &Pubkey, mint: &Pubkey, token_program: &Pubkey) -> Pubkey {
    anchor_spl::associated_token::get_associated_token_address_with_program_id(owner, mint, token_program)
}
