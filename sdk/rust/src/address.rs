//! Addresses of every account of the protocol.
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
//!     address::registry(&pool),
//!     address::vault(&pool),
//!     address::insurance_vault(&pool),
//!     address::share_mint(&pool, ShareClass::Main),
//!     account,
//!     address::order(&account, 0),
//!     address::withdrawal(&pool, ShareClass::Main, 0),
//!     address::proposal(0),
//! ];
//! // Every one derives from the program and its seeds, and no two are alike.
//! assert!(all.iter().all(|key| !key.is_on_curve()));
//! assert!((1..all.len()).all(|place| !all[..place].contains(&all[place])));
//! // The wallet of an owner: his associated token account.
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

/// The protocol account.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey};
///
/// // One for the whole program.
/// let derived = Pubkey::find_program_address(&[b"protocol"], &address::PROGRAM).0;
/// assert_eq!(address::protocol(), derived);
/// ```
pub fn protocol() -> Pubkey {
    find(&[seeds::PROTOCOL])
}

/// The underlying of a feed.
///
/// ```
/// use evergreen_sdk::{address, presets};
///
/// // All pools on BTC share this account, and with it one volatility.
/// assert_ne!(address::underlying(&presets::BTC_FEED), address::underlying(&presets::ETH_FEED));
/// ```
pub fn underlying(feed_id: &[u8; 32]) -> Pubkey {
    find(&[seeds::UNDERLYING, feed_id])
}

/// The pool of a collateral mint.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, instruction::PoolKeys};
///
/// let mint = Pubkey::new_from_array([1; 32]);
/// // The mint alone decides, whichever of the token programs it belongs to.
/// let keys = PoolKeys::new(mint, anchor_spl::token_2022::ID);
/// assert_eq!(address::pool(&mint), keys.pool);
/// ```
pub fn pool(mint: &Pubkey) -> Pubkey {
    find(&[seeds::POOL, mint.as_ref()])
}

/// The registry of a pool.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, instruction::PoolKeys};
///
/// let keys = PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token::ID);
/// assert_eq!(address::registry(&keys.pool), keys.registry);
/// ```
pub fn registry(pool: &Pubkey) -> Pubkey {
    find(&[seeds::REGISTRY, pool.as_ref()])
}

/// The main vault of a pool.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::ShareClass, instruction::PoolKeys};
///
/// // The token account with margin, main capital and fees due: what to watch for its balance.
/// let keys = PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token::ID);
/// assert_eq!(address::vault(&keys.pool), keys.vault_of(ShareClass::Main));
/// ```
pub fn vault(pool: &Pubkey) -> Pubkey {
    find(&[seeds::VAULT, pool.as_ref()])
}

/// The insurance vault of a pool.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::ShareClass, instruction::PoolKeys};
///
/// let keys = PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token::ID);
/// assert_eq!(address::insurance_vault(&keys.pool), keys.vault_of(ShareClass::Insurance));
/// ```
pub fn insurance_vault(pool: &Pubkey) -> Pubkey {
    find(&[seeds::INSURANCE, pool.as_ref()])
}

/// The share mint of a class.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::ShareClass};
///
/// let (pool, owner) = (address::pool(&Pubkey::new_from_array([1; 32])), Pubkey::new_from_array([2; 32]));
/// // Shares are classic tokens, whatever program the collateral is of.
/// let shares = address::share_mint(&pool, ShareClass::Main);
/// println!("balance of {}", address::token_account(&owner, &shares, &anchor_spl::token::ID));
/// assert_ne!(shares, address::share_mint(&pool, ShareClass::Insurance));
/// ```
pub fn share_mint(pool: &Pubkey, class: ShareClass) -> Pubkey {
    find(&[seeds::SHARES, pool.as_ref(), &[class as u8]])
}

/// A margin account.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey};
///
/// let (pool, owner) = (address::pool(&Pubkey::new_from_array([1; 32])), Pubkey::new_from_array([2; 32]));
/// // Sub-accounts keep risks apart: what one of them owes no other pays.
/// let [hedge, bets] = [0, 1].map(|number| address::margin_account(&pool, &owner, number));
/// assert_ne!(hedge, bets);
/// ```
pub fn margin_account(pool: &Pubkey, owner: &Pubkey, sub_account: u16) -> Pubkey {
    find(&[seeds::MARGIN, pool.as_ref(), owner.as_ref(), &sub_account.to_le_bytes()])
}

/// A withdrawal request.
///
/// ```
/// use evergreen_sdk::{address, evergreen::state::ShareClass, testing::scene::Scene};
///
/// let view = Scene::new(1, 0)?.view;
/// // The next request of the class will make this one: numbers count up by class.
/// let number = view.pool.shares(ShareClass::Main).next_withdrawal;
/// let next = address::withdrawal(&view.keys.pool, ShareClass::Main, number);
/// assert_ne!(next, address::withdrawal(&view.keys.pool, ShareClass::Insurance, number));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn withdrawal(pool: &Pubkey, class: ShareClass, number: u64) -> Pubkey {
    find(&[seeds::WITHDRAWAL, pool.as_ref(), &[class as u8], &number.to_le_bytes()])
}

/// A proposal.
///
/// ```
/// use evergreen_sdk::{address, evergreen::state::Protocol};
///
/// /// Addresses of all proposals that were ever made; those executed or withdrawn are closed.
/// fn all(protocol: &Protocol) -> Vec<evergreen_sdk::anchor_lang::prelude::Pubkey> {
///     (0..protocol.next_proposal).map(address::proposal).collect()
/// }
/// ```
pub fn proposal(id: u64) -> Pubkey {
    find(&[seeds::PROPOSAL, &id.to_le_bytes()])
}

/// An order of a margin account.
///
/// ```
/// use evergreen_sdk::{address, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(2);
/// let key = address::margin_account(&account.pool, &account.owner, account.sub_account);
/// // Where the account's next order will lie.
/// println!("{}", address::order(&key, account.next_order));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn order(account: &Pubkey, number: u64) -> Pubkey {
    find(&[seeds::ORDER, account.as_ref(), &number.to_le_bytes()])
}

/// The account that names the program's upgrade authority.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, instruction};
/// # use evergreen_sdk::evergreen::state::Roles;
/// # let (payer, authority) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
/// # let roles = Roles { admin: payer, guardian: payer, fee_owner: payer };
///
/// // It proves to the program that `authority` may set it up.
/// let initialize = instruction::initialize_protocol(payer, authority, roles);
/// assert!(initialize.accounts.iter().any(|meta| meta.pubkey == address::program_data()));
/// ```
pub fn program_data() -> Pubkey {
    Pubkey::find_program_address(&[PROGRAM.as_ref()], &anchor_lang::solana_program::bpf_loader_upgradeable::ID).0
}

/// The associated token account of an owner.
///
/// ```
/// use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, instruction::PoolKeys};
///
/// let (mint, owner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
/// // Deposits are taken from here, withdrawals paid to here.
/// let keys = PoolKeys::new(mint, anchor_spl::token_2022::ID);
/// assert_eq!(keys.wallet(&owner), address::token_account(&owner, &mint, &anchor_spl::token_2022::ID));
/// ```
pub fn token_account(owner: &Pubkey, mint: &Pubkey, token_program: &Pubkey) -> Pubkey {
    anchor_spl::associated_token::get_associated_token_address_with_program_id(owner, mint, token_program)
}
