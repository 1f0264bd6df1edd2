//! One builder for each instruction of the program. A builder returns an instruction and sends nothing.
//!
//! ```
//! use evergreen_sdk::{
//!     anchor_lang::prelude::Pubkey,
//!     address,
//!     evergreen::{Leg, OptionLeg, TradeTerms, state::{OptionId, OrderTerms, SeriesId, ShareClass}},
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
//! // The option, which is bought: a 7-day call with a cap of 120 % of its strike.
//! let option = OptionId { underlying: 0, put: false, strike: 100_000, tenor: 7 * 86_400, cap_bps: 12_000 };
//! let legs = vec![OptionLeg { option, points: 1_000 }];
//! let trade = TradeTerms { legs: legs.clone(), closing: 0, min_net: -50_000 };
//!
//! // A trader: opens, pays in, commits a trade, and takes out once it is filled.
//! let trader = [
//!     build::open_margin_account(me, me, &keys, 0, None),
//!     build::deposit_margin(me, &keys, account, 100_000_000),
//!     build::commit_trade(me, &keys, account, 0, trade, &[]),
//!     build::withdraw_margin(me, &keys, account, 1_000, &feeds),
//! ];
//! // Orders: any keeper commits them.
//! let terms = OrderTerms {
//!     legs,
//!     min_net: -40_000,
//!     trigger: None,
//!     reduce_only: false,
//!     expires_at: 1_800_000_000,
//!     tip: 5_000,
//! };
//! let order = build::place_order(me, me, &keys, account, 1, terms, &[]);
//! let cancel = build::cancel_order(me, &keys, account, 1, me);
//! // A provider of liquidity: in, and out by a withdrawal.
//! let deposit = build::request_deposit(me, &keys, ShareClass::Main, 6, 100_000_000, 1);
//! let request = build::request_withdrawal(me, &keys, ShareClass::Main, 7, 1_000, 990);
//! // A keeper.
//! let keeper = [
//!     build::sample_volatility(&feeds[0]),
//!     build::exercise_series(&keys, series, &feeds[0]),
//!     build::liquidate(me, &keys, Pubkey::new_from_array([3; 32]), account, vec![Leg { series, points: -1_000 }], &feeds),
//!     build::fill_trade(&keys, account, None, None, &feeds[..1]),
//!     build::commit_order(me, &keys, account, 1, me, None, &feeds),
//! ];
//! // Administration.
//! let underlying = build::create_underlying(me, me, feeds[0].price, presets::btc(presets::PYTH_RECEIVER));
//! let halt = build::halt_pool(me, keys.pool);
//! for instruction in trader.iter().chain(&keeper).chain([&order, &cancel, &deposit, &request, &underlying, &halt]) {
//!     assert_eq!(instruction.program_id, address::PROGRAM);
//! }
//! ```

mod admin;
mod governance;
mod keeper;
mod liquidity;
mod margin;
mod names;
mod orders;
mod payments;

pub use admin::{
    collect_curator_fees, collect_fees, create_curated_pool, create_pool, create_underlying, initialize_protocol,
    set_pause,
};
pub use governance::*;
pub use keeper::{
    absorb_bad_debt, accrue_funding, auto_deleverage, close_for_cash, close_for_place, end_series, exercise_series,
    give_notice, liquidate, list_series, migrate_account, refresh_pool, report_silence, retire_series,
    sample_volatility, settle_for_less, settle_positions, sweep_insurance, sync_vault,
};
pub use liquidity::{
    cancel_withdrawal, claim_liquidity, deposit_at_once, execute_deposit, execute_withdrawal, execute_withdrawals,
    named_by, redeem_retired, renew_shares, request_deposit, request_withdrawal,
};
pub use margin::{
    close_margin_account, commit_trade, deposit_margin, fill_trade, open_margin_account, set_delegate, take_number,
    withdraw_margin,
};
pub use names::name;
pub use orders::{cancel_order, claim_referral, commit_order, place_order};
pub use payments::pays;

use crate::address;
use anchor_lang::{
    InstructionData, ToAccountMetas,
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    accounts,
    state::{Pool, ShareClass},
};

/// The addresses of a pool that most instructions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolKeys {
    /// Collateral mint.
    pub mint: Pubkey,
    /// Token program of the collateral.
    pub token_program: Pubkey,
    /// Who created the pool; the default key for one of the protocol.
    pub creator: Pubkey,
    /// Its number among the creator's pools of the mint.
    pub number: u16,
    /// The pool.
    pub pool: Pubkey,
    /// Series registry of the pool.
    pub registry: Pubkey,
    /// Main vault of the pool.
    pub vault: Pubkey,
    /// Insurance vault of the pool.
    pub insurance_vault: Pubkey,
    /// Generations of the shares of both classes, which the pool stores.
    pub generations: [u32; 2],
}

impl PoolKeys {
    /// Derives the addresses of a pool, as it is now.
    pub fn of(pool: &Pool) -> Self {
        let keys = Self::of_creator(pool.mint, pool.token_program, pool.creator, pool.number);
        Self { generations: pool.generations, ..keys }
    }

    /// Derives the addresses of the protocol's first pool of a mint that belongs to this token program. Its shares are those of the first generation:
    /// [`Self::of`] knows the present one.
    pub fn new(mint: Pubkey, token_program: Pubkey) -> Self {
        Self::of_creator(mint, token_program, Pubkey::default(), 0)
    }

    /// As [`Self::new`], of the pool that somebody has created under this number.
    pub fn of_creator(mint: Pubkey, token_program: Pubkey, creator: Pubkey, number: u16) -> Self {
        let pool = address::pool_of(&mint, &creator, number);
        Self {
            mint,
            token_program,
            creator,
            number,
            pool,
            registry: address::registry(&pool),
            vault: address::vault(&pool),
            insurance_vault: address::insurance_vault(&pool),
            generations: [0; 2],
        }
    }

    /// Returns the vault of a class.
    pub const fn vault_of(&self, class: ShareClass) -> Pubkey {
        match class {
            ShareClass::Main => self.vault,
            ShareClass::Insurance => self.insurance_vault,
        }
    }

    /// Returns the address of an owner's wallet: the associated token account of the collateral.
    pub fn wallet(&self, owner: &Pubkey) -> Pubkey {
        address::token_account(owner, &self.mint, &self.token_program)
    }

    /// Returns the present share mint of a class.
    pub fn share_mint(&self, class: ShareClass) -> Pubkey {
        address::share_mint(&self.pool, class, self.generations[class as usize])
    }

    /// Returns the same addresses with the shares of another generation of a class.
    #[must_use]
    pub const fn at(mut self, class: ShareClass, generation: u32) -> Self {
        self.generations[class as usize] = generation;
        self
    }

    /// Returns the address of an owner's share account of a class.
    pub fn shares(&self, owner: &Pubkey, class: ShareClass) -> Pubkey {
        address::token_account(owner, &self.share_mint(class), &anchor_spl::token::ID)
    }

    /// Returns the accounts of an instruction about a margin account of this pool.
    pub(crate) fn market(&self, account: Pubkey) -> accounts::MarketAccounts {
        accounts::MarketAccounts {
            protocol: address::protocol(),
            pool: self.pool,
            registry: self.registry,
            account,
            vaults: self.vaults(),
        }
    }

    /// Returns the vault of a class, and the token account with which it exchanges tokens.
    pub(crate) fn tokens(&self, class: ShareClass, wallet: Pubkey) -> accounts::VaultAccounts {
        accounts::VaultAccounts {
            vault: self.vault_of(class),
            wallet,
            mint: self.mint,
            token_program: self.token_program,
            other_vault: self.vault_of(class.other()),
        }
    }

    pub(crate) const fn vaults(&self) -> accounts::Vaults {
        accounts::Vaults { vault: self.vault, insurance_vault: self.insurance_vault }
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

/// Addresses of an underlying and of its price account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceFeed {
    /// Address of the underlying.
    pub underlying: Pubkey,
    /// Address of its price account.
    pub price: Pubkey,
}

impl PriceFeed {
    /// An underlying that is shown without a price: its feed stands still.
    pub const fn without_price(underlying: Pubkey) -> Self {
        Self { underlying, price: underlying }
    }
}

impl AsRef<[Self]> for PriceFeed {
    fn as_ref(&self) -> &[Self] {
        core::slice::from_ref(self)
    }
}

fn build(accounts: impl ToAccountMetas, data: impl InstructionData, feeds: &[PriceFeed]) -> Instruction {
    let mut metas = accounts.to_account_metas(None);
    for feed in feeds {
        metas.push(AccountMeta::new_readonly(feed.underlying, false));
        metas.push(AccountMeta::new_readonly(feed.price, false));
    }
    Instruction { program_id: address::PROGRAM, accounts: metas, data: data.data() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address;
    use evergreen::state::{Change, PriceSource};

    #[test]
    fn keys_of_a_pool_are_derived_from_its_mint() {
        let [mint, owner] = [1, 2].map(|byte| Pubkey::new_from_array([byte; 32]));
        let keys = PoolKeys::new(mint, anchor_spl::token_2022::ID);
        assert_eq!((keys.mint, keys.token_program), (mint, anchor_spl::token_2022::ID));
        assert_eq!((keys.pool, keys.registry), (address::pool(&mint), address::registry(&keys.pool)));
        let vaults = [address::vault(&keys.pool), address::insurance_vault(&keys.pool)];
        assert_eq!([ShareClass::Main, ShareClass::Insurance].map(|class| keys.vault_of(class)), vaults);
        assert_eq!(keys.wallet(&owner), address::token_account(&owner, &mint, &anchor_spl::token_2022::ID));
        // Shares belong to the classic token program, whatever the token program of the collateral.
        let shares = keys.share_mint(ShareClass::Insurance);
        let account = address::token_account(&owner, &shares, &anchor_spl::token::ID);
        assert_eq!(keys.shares(&owner, ShareClass::Insurance), account);
    }

    #[test]
    fn other_seeds_give_other_addresses() {
        let [pool, owner] = [1, 2].map(|byte| Pubkey::new_from_array([byte; 32]));
        assert_ne!(address::margin_account(&pool, &owner, 0), address::margin_account(&pool, &owner, 1));
        let withdrawal = |class, id| address::request(&pool, class, &owner, id);
        assert_ne!(withdrawal(ShareClass::Main, 7), withdrawal(ShareClass::Insurance, 7));
        assert_ne!(withdrawal(ShareClass::Main, 7), withdrawal(ShareClass::Main, 8));
        assert_ne!(address::order(&owner, 1), address::order(&owner, 2));
        assert_ne!(address::proposal(1), address::proposal(2));
        assert_eq!(address::protocol(), Pubkey::find_program_address(&[b"protocol"], &address::PROGRAM).0);
    }

    #[test]
    fn the_accounts_of_a_change_come_last() {
        let [payer, admin, guardian, price] = [1, 2, 3, 4].map(|byte| Pubkey::new_from_array([byte; 32]));
        let pool = address::pool(&payer);
        let underlying = address::underlying(&crate::presets::BTC_FEED);
        let last = |change, accounts: &ChangeAccounts| {
            propose(payer, admin, 0, change, accounts).accounts.last().map(|meta| meta.pubkey)
        };
        assert_eq!(last(Change::Guardian(guardian), &ChangeAccounts::protocol()), Some(address::protocol()));
        assert_eq!(last(Change::ResumePool, &ChangeAccounts::pool(pool, Vec::new())), Some(pool));
        let source = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: guardian };
        assert_eq!(last(source, &ChangeAccounts::underlying(underlying, price)), Some(price));
    }
}
