//! One builder per instruction. None of them sends; each returns a plain instruction.
//!
//! ```
//! use evergreen_sdk::{
//!     anchor_lang::prelude::Pubkey,
//!     address,
//!     evergreen::{Leg, state::{OrderTerms, SeriesId, ShareClass}},
//!     instruction::{self as build, PoolKeys, PriceFeed},
//!     presets::{self, BTC_FEED, ETH_FEED},
//!     price::PushFeeds,
//! };
//!
//! let (mint, me) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
//! let keys = PoolKeys::new(mint, anchor_spl::token::ID);
//! let feeds = [BTC_FEED, ETH_FEED].map(|feed| PriceFeed {
//!     underlying: address::underlying(&feed),
//!     price: PushFeeds::UPGRADED.address(&feed),
//! });
//! let (account, series) = (address::margin_account(&keys.pool, &me, 0), SeriesId { slot: 0, generation: 1 });
//! let legs = vec![Leg { series, points: 1_000 }];
//!
//! // A trader: opens, pays in, trades, takes out.
//! let trader = [
//!     build::open_margin_account(me, me, &keys, 0, None),
//!     build::deposit_margin(me, &keys, account, 100_000_000),
//!     build::trade(me, &keys, account, legs.clone(), -50_000, &feeds),
//!     build::withdraw_margin(me, &keys, account, 1_000, &feeds),
//! ];
//! // Orders: any keeper executes them.
//! let terms = OrderTerms {
//!     legs: legs.clone(),
//!     min_net: -40_000,
//!     trigger: None,
//!     reduce_only: false,
//!     expires_at: 1_800_000_000,
//!     tip: 5_000,
//! };
//! let order = build::place_order(me, me, &keys, account, 0, terms, &[]);
//! let cancel = build::cancel_order(me, &keys, account, 0, me);
//! // A provider of liquidity: in, and out by a ticket.
//! let deposit = build::deposit_liquidity(me, &keys, ShareClass::Main, 100_000_000, 1, &feeds);
//! let request = build::request_withdrawal(me, &keys, ShareClass::Main, 1_000, 0);
//! // A keeper.
//! let keeper = [
//!     build::sample_volatility(&feeds[0]),
//!     build::exercise_series(&keys, series, &feeds[0]),
//!     build::liquidate(me, &keys, Pubkey::new_from_array([3; 32]), account, legs, &feeds),
//!     build::execute_order(me, &keys, account, 0, me, None, &feeds),
//! ];
//! // Administration.
//! let underlying = build::create_underlying(me, me, feeds[0].price, presets::btc(presets::PYTH_RECEIVER));
//! let halt = build::halt_pool(me, keys.pool);
//! for instruction in trader.iter().chain(&keeper).chain([&order, &cancel, &deposit, &request, &underlying, &halt]) {
//!     assert_eq!(instruction.program_id, address::PROGRAM);
//! }
//! ```

mod governance;
mod liquidity;
mod names;
mod orders;

pub use governance::*;

use crate::address;
use anchor_lang::{
    InstructionData, ToAccountMetas,
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    Leg, accounts, instruction as args,
    instructions::{Roles, SeriesRequest, UnderlyingConfig},
    state::{Action, PoolParams, SeriesId, ShareClass},
};

pub use liquidity::{claim_withdrawal, deposit_liquidity, execute_withdrawal, request_withdrawal};
pub use names::name;
pub use orders::{cancel_order, claim_referral, execute_order, place_order};

/// The addresses of a pool that most instructions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolKeys {
    /// Collateral mint.
    pub mint: Pubkey,
    /// Token program of the collateral.
    pub token_program: Pubkey,
    /// The pool.
    pub pool: Pubkey,
    /// Its book.
    pub book: Pubkey,
    /// Its main vault.
    pub vault: Pubkey,
    /// Its insurance vault.
    pub insurance_vault: Pubkey,
}

impl PoolKeys {
    /// Addresses of the pool of a mint that belongs to this token program.
    pub fn new(mint: Pubkey, token_program: Pubkey) -> Self {
        let pool = address::pool(&mint);
        Self {
            mint,
            token_program,
            pool,
            book: address::book(&pool),
            vault: address::vault(&pool),
            insurance_vault: address::insurance_vault(&pool),
        }
    }

    /// Vault of a class.
    pub const fn vault_of(&self, class: ShareClass) -> Pubkey {
        match class {
            ShareClass::Main => self.vault,
            ShareClass::Insurance => self.insurance_vault,
        }
    }

    /// Collateral account of an owner.
    pub fn wallet(&self, owner: &Pubkey) -> Pubkey {
        address::token_account(owner, &self.mint, &self.token_program)
    }

    /// Share account of an owner.
    pub fn shares(&self, owner: &Pubkey, class: ShareClass) -> Pubkey {
        address::token_account(owner, &address::share_mint(&self.pool, class), &anchor_spl::token::ID)
    }

    fn insurance(&self) -> accounts::InsuranceVaults {
        accounts::InsuranceVaults {
            vault: self.vault,
            insurance_vault: self.insurance_vault,
            mint: self.mint,
            token_program: self.token_program,
        }
    }
}

/// An underlying and the account its price is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceFeed {
    /// The underlying.
    pub underlying: Pubkey,
    /// Its price account.
    pub price: Pubkey,
}

fn build(accounts: impl ToAccountMetas, data: impl InstructionData, feeds: &[PriceFeed]) -> Instruction {
    let mut metas = accounts.to_account_metas(None);
    for feed in feeds {
        metas.push(AccountMeta::new_readonly(feed.underlying, false));
        metas.push(AccountMeta::new_readonly(feed.price, false));
    }
    Instruction { program_id: address::PROGRAM, accounts: metas, data: data.data() }
}

/// Creates the protocol; `authority` is the program's upgrade authority.
pub fn initialize_protocol(payer: Pubkey, authority: Pubkey, roles: Roles) -> Instruction {
    let accounts = accounts::InitializeProtocol {
        payer,
        authority,
        protocol: address::protocol(),
        program: address::PROGRAM,
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
        book: keys.book,
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
pub fn set_pause(guardian: Pubkey, action: Action, seconds: u32) -> Instruction {
    build(accounts::SetPause { guardian, protocol: address::protocol() }, args::SetPause { action, seconds }, &[])
}

/// Pays protocol fees to a token account of the fee owner.
pub fn collect_fees(keys: &PoolKeys, to: Pubkey) -> Instruction {
    let accounts = accounts::CollectFees {
        protocol: address::protocol(),
        pool: keys.pool,
        vault: keys.vault,
        to,
        mint: keys.mint,
        token_program: keys.token_program,
    };
    build(accounts, args::CollectFees {}, &[])
}

/// Opens a margin account.
pub fn open_margin_account(
    payer: Pubkey,
    owner: Pubkey,
    keys: &PoolKeys,
    sub_account: u16,
    referrer: Option<Pubkey>,
) -> Instruction {
    let accounts = accounts::OpenMarginAccount {
        payer,
        owner,
        pool: keys.pool,
        account: address::margin_account(&keys.pool, &owner, sub_account),
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::OpenMarginAccount { sub_account, referrer }, &[])
}

/// Closes an empty margin account.
pub fn close_margin_account(owner: Pubkey, keys: &PoolKeys, account: Pubkey) -> Instruction {
    build(accounts::CloseMarginAccount { owner, pool: keys.pool, account }, args::CloseMarginAccount {}, &[])
}

/// Names, or removes, a delegate.
pub fn set_delegate(owner: Pubkey, account: Pubkey, delegate: Option<Pubkey>) -> Instruction {
    build(accounts::SetDelegate { owner, account }, args::SetDelegate { delegate }, &[])
}

/// Deposits margin from the depositor's associated account.
pub fn deposit_margin(depositor: Pubkey, keys: &PoolKeys, account: Pubkey, amount: u64) -> Instruction {
    let accounts = accounts::DepositMargin {
        depositor,
        protocol: address::protocol(),
        pool: keys.pool,
        account,
        vault: keys.vault,
        from: keys.wallet(&depositor),
        mint: keys.mint,
        token_program: keys.token_program,
    };
    build(accounts, args::DepositMargin { amount }, &[])
}

/// Withdraws margin to the owner's associated account. `feeds`: those of the underlyings of open positions.
pub fn withdraw_margin(
    owner: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    amount: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::WithdrawMargin {
        owner,
        protocol: address::protocol(),
        pool: keys.pool,
        book: keys.book,
        account,
        vault: keys.vault,
        to: keys.wallet(&owner),
        mint: keys.mint,
        token_program: keys.token_program,
    };
    build(accounts, args::WithdrawMargin { amount }, feeds)
}

/// Trades. `feeds`: those of the underlyings of legs and positions. `min_net`: least change of cash accepted.
pub fn trade(
    trader: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    legs: Vec<Leg>,
    min_net: i64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::Trade { trader, protocol: address::protocol(), pool: keys.pool, book: keys.book, account };
    build(accounts, args::Trade { legs, min_net }, feeds)
}

/// Lists a series.
pub fn list_series(keys: &PoolKeys, feed: &PriceFeed, request: SeriesRequest) -> Instruction {
    let accounts = accounts::ListSeries {
        protocol: address::protocol(),
        pool: keys.pool,
        book: keys.book,
        underlying: feed.underlying,
        price: feed.price,
    };
    build(accounts, args::ListSeries { request }, &[])
}

/// Retires a series without open interest.
pub fn retire_series(keys: &PoolKeys, series: SeriesId) -> Instruction {
    build(accounts::RetireSeries { book: keys.book }, args::RetireSeries { series }, &[])
}

/// Exercises a series at its cap.
pub fn exercise_series(keys: &PoolKeys, series: SeriesId, feed: &PriceFeed) -> Instruction {
    let accounts = accounts::ExerciseSeries { protocol: address::protocol(), pool: keys.pool, book: keys.book };
    build(accounts, args::ExerciseSeries { series }, &[*feed])
}

/// Pays an account's positions of exercised series.
pub fn settle_positions(keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts =
        accounts::SettlePositions { protocol: address::protocol(), pool: keys.pool, book: keys.book, account };
    build(accounts, args::SettlePositions {}, &[])
}

/// Liquidates. `feeds`: those of the underlyings of the account's positions.
pub fn liquidate(
    liquidator: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    liquidator_account: Pubkey,
    legs: Vec<Leg>,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::Liquidate {
        liquidator,
        protocol: address::protocol(),
        pool: keys.pool,
        book: keys.book,
        account,
        liquidator_account,
        insurance: keys.insurance(),
    };
    build(accounts, args::Liquidate { legs }, feeds)
}

/// Makes good the negative cash of an account without positions.
pub fn absorb_bad_debt(keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::AbsorbBadDebt { pool: keys.pool, account, insurance: keys.insurance() };
    build(accounts, args::AbsorbBadDebt {}, &[])
}

/// Closes written options of an unbalanced series.
pub fn close_unbalanced(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    series: SeriesId,
    points: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts =
        accounts::CloseUnbalanced { keeper, protocol: address::protocol(), pool: keys.pool, book: keys.book, account };
    build(accounts, args::CloseUnbalanced { series, points }, feeds)
}

/// Brings an account to the present layout version. `underlyings`: those of a pool, in order; none for other accounts.
pub fn migrate_account(account: Pubkey, underlyings: &[Pubkey]) -> Instruction {
    let mut instruction = build(accounts::MigrateAccount { account }, args::MigrateAccount {}, &[]);
    instruction.accounts.extend(underlyings.iter().map(|key| AccountMeta::new_readonly(*key, false)));
    instruction
}

/// Buys back an idle option while the pool is crowded or its book is full.
pub fn close_idle(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    series: SeriesId,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts =
        accounts::CloseIdle { keeper, protocol: address::protocol(), pool: keys.pool, book: keys.book, account };
    build(accounts, args::CloseIdle { series }, feeds)
}

/// Samples volatility.
pub fn sample_volatility(feed: &PriceFeed) -> Instruction {
    let accounts =
        accounts::SampleVolatility { protocol: address::protocol(), underlying: feed.underlying, price: feed.price };
    build(accounts, args::SampleVolatility {}, &[])
}

/// Values all series of a book.
pub fn refresh_book(keys: &PoolKeys, feeds: &[PriceFeed]) -> Instruction {
    build(accounts::RefreshBook { pool: keys.pool, book: keys.book }, args::RefreshBook {}, feeds)
}

/// Moves insurance's income to its vault.
pub fn sweep_insurance(keys: &PoolKeys) -> Instruction {
    build(accounts::SweepInsurance { pool: keys.pool, insurance: keys.insurance() }, args::SweepInsurance {}, &[])
}

/// Compares vaults and mint with ledgers and policy, and assigns what was seized.
pub fn sync_vault(keys: &PoolKeys) -> Instruction {
    build(accounts::SyncVault { pool: keys.pool, insurance: keys.insurance() }, args::SyncVault {}, &[])
}
