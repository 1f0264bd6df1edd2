//! Addresses of every account of the protocol.

use anchor_lang::prelude::Pubkey;
use evergreen::{seeds, state::ShareClass};

/// Address of the program.
pub const PROGRAM: Pubkey = evergreen::ID;

fn find(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &PROGRAM).0
}

/// The protocol account.
pub fn protocol() -> Pubkey {
    find(&[seeds::PROTOCOL])
}

/// The underlying of a feed.
pub fn underlying(feed_id: &[u8; 32]) -> Pubkey {
    find(&[seeds::UNDERLYING, feed_id])
}

/// The pool of a collateral mint.
pub fn pool(mint: &Pubkey) -> Pubkey {
    find(&[seeds::POOL, mint.as_ref()])
}

/// The book of a pool.
pub fn book(pool: &Pubkey) -> Pubkey {
    find(&[seeds::BOOK, pool.as_ref()])
}

/// The main vault of a pool.
pub fn vault(pool: &Pubkey) -> Pubkey {
    find(&[seeds::VAULT, pool.as_ref()])
}

/// The insurance vault of a pool.
pub fn insurance_vault(pool: &Pubkey) -> Pubkey {
    find(&[seeds::INSURANCE, pool.as_ref()])
}

/// The share mint of a class.
pub fn share_mint(pool: &Pubkey, class: ShareClass) -> Pubkey {
    find(&[seeds::SHARES, pool.as_ref(), &[class as u8]])
}

/// A margin account.
pub fn margin_account(pool: &Pubkey, owner: &Pubkey, sub_account: u16) -> Pubkey {
    find(&[seeds::MARGIN, pool.as_ref(), owner.as_ref(), &sub_account.to_le_bytes()])
}

/// A withdrawal ticket.
pub fn ticket(pool: &Pubkey, class: ShareClass, number: u64) -> Pubkey {
    find(&[seeds::TICKET, pool.as_ref(), &[class as u8], &number.to_le_bytes()])
}

/// A proposal.
pub fn proposal(id: u64) -> Pubkey {
    find(&[seeds::PROPOSAL, &id.to_le_bytes()])
}

/// An order of a margin account.
pub fn order(account: &Pubkey, number: u64) -> Pubkey {
    find(&[seeds::ORDER, account.as_ref(), &number.to_le_bytes()])
}

/// The account that names the program's upgrade authority.
pub fn program_data() -> Pubkey {
    Pubkey::find_program_address(&[PROGRAM.as_ref()], &anchor_lang::solana_program::bpf_loader_upgradeable::ID).0
}

/// The associated token account of an owner.
pub fn token_account(owner: &Pubkey, mint: &Pubkey, token_program: &Pubkey) -> Pubkey {
    anchor_spl::associated_token::get_associated_token_address_with_program_id(owner, mint, token_program)
}
