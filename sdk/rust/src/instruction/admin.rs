//! Administration: what sets up the protocol, its underlyings and its pools.

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
///
/// ```
/// use evergreen_sdk::{evergreen::state::Roles, instruction as build};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let roles = Roles { admin, guardian, fee_owner: owner };
/// let authority = payer;
/// // Only the program's upgrade authority can; here it pays as well, and signs once.
/// let initialize = build::initialize_protocol(payer, authority, roles);
/// assert!(signers(&initialize).iter().all(|signer| *signer == authority));
/// ```
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
///
/// ```
/// use evergreen_sdk::{instruction as build, presets::{self, BTC_FEED}, price::PushFeeds};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let price = PushFeeds::UPGRADED.address(&BTC_FEED);
/// let create = build::create_underlying(payer, admin, price, presets::btc(presets::PYTH_RECEIVER));
/// assert_eq!(signers(&create), [payer, admin]);
/// ```
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
///
/// ```
/// use evergreen_sdk::{address, instruction as build, presets::{self, BTC_FEED, ETH_FEED}};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // In this order: series and prices name underlyings by their place.
/// let underlyings = [BTC_FEED, ETH_FEED].map(|feed| address::underlying(&feed));
/// // A point pays a thousandth (10^-3) of a native unit per dollar.
/// let create = build::create_pool(payer, admin, &keys, 3, presets::pool_params(), &underlyings);
/// assert_eq!(signers(&create), [payer, admin]);
/// assert!(create.accounts.iter().rev().zip(underlyings.iter().rev()).all(|(meta, key)| meta.pubkey == *key));
/// ```
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
        main_mint: address::share_mint(&keys.pool, ShareClass::Main),
        insurance_mint: address::share_mint(&keys.pool, ShareClass::Insurance),
        token_program: keys.token_program,
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    let mut instruction = build(accounts, args::CreatePool { scale_exponent, params }, &[]);
    instruction.accounts.extend(underlyings.iter().map(|key| AccountMeta::new_readonly(*key, false)));
    instruction
}

/// Pauses an action for so many seconds; zero ends the pause.
///
/// ```
/// use evergreen_sdk::{evergreen::state::Action, instruction as build};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Guardian or admin: no new risk for an hour. Who wants out still gets out.
/// let pause = build::set_pause(guardian, Action::AddRisk, 3_600);
/// let resume = build::set_pause(guardian, Action::AddRisk, 0);
/// assert_eq!((signers(&pause), signers(&resume)), (vec![guardian], vec![guardian]));
/// ```
pub fn set_pause(guardian: Pubkey, action: Action, seconds: u32) -> Instruction {
    build(accounts::SetPause { guardian, protocol: address::protocol() }, args::SetPause { action, seconds }, &[])
}

/// Pays protocol fees to a token account of the fee owner.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Anyone may send it: the money can go to the fee owner alone, who is named in the protocol's account.
/// # let fee_owner = admin;
/// let collect = build::collect_fees(&keys, keys.wallet(&fee_owner));
/// assert!(signers(&collect).is_empty());
/// ```
pub fn collect_fees(keys: &PoolKeys, to: Pubkey) -> Instruction {
    let accounts = accounts::CollectFees {
        protocol: address::protocol(),
        pool: keys.pool,
        tokens: keys.tokens(ShareClass::Main, to),
    };
    build(accounts, args::CollectFees {}, &[])
}
