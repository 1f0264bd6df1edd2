//! Orders and referrals.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    accounts, instruction as args,
    state::{OrderTerms, ShareClass},
};

/// Places an order; `number` is the account's next one (`MarginAccount::next_order`). `feeds`: only for a tip out of an
/// account with open positions, those of their underlyings.
///
/// ```
/// use evergreen_sdk::{
///     address,
///     evergreen::{Leg, state::{OrderTerms, Trigger}},
///     instruction as build,
/// };
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// let account = scene.account(1);
/// let (keys, key) = (scene.view.keys, address::margin_account(&account.pool, &account.owner, 0));
/// let held = account.positions[0];
/// // A stop: closes the position, whatever it brings, once BTC is at 95,000 dollars or below.
/// let terms = OrderTerms {
///     legs: vec![Leg { series: held.series(), points: -held.points }],
///     min_net: i64::MIN,
///     trigger: Some(Trigger { underlying: 0, above: false, price: 95_000 * 100_000_000 }),
///     reduce_only: true,
///     expires_at: scene.view.now + 7 * 86_400,
///     tip: 0,
/// };
/// let place = build::place_order(account.owner, account.owner, &keys, key, account.next_order, terms, &[]);
/// assert!(place.accounts.iter().any(|meta| meta.pubkey == address::order(&key, account.next_order)));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn place_order(
    payer: Pubkey,
    trader: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    number: u64,
    terms: OrderTerms,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::PlaceOrder {
        payer,
        trader,
        market: keys.market(account),
        order: address::order(&account, number),
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::PlaceOrder { terms }, feeds)
}

/// Cancels an order. `payer`: who paid for it.
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
/// // Owner or delegate, at any time; rent goes back to whoever paid it.
/// # let number = 3;
/// let cancel = build::cancel_order(owner, &keys, account, number, payer);
/// assert_eq!(signers(&cancel), [owner]);
/// assert!(cancel.accounts.iter().any(|meta| meta.pubkey == payer && meta.is_writable));
/// ```
pub fn cancel_order(trader: Pubkey, keys: &PoolKeys, account: Pubkey, number: u64, payer: Pubkey) -> Instruction {
    let order = address::order(&account, number);
    build(accounts::CancelOrder { trader, pool: keys.pool, account, order, payer }, args::CancelOrder {}, &[])
}

/// Executes an order. `payer`: who paid for it; `keeper_account`: a margin account of the keeper in the same pool, for an
/// order with a tip; `feeds`: those of the underlyings of legs, trigger and positions.
///
/// ```
/// use evergreen_sdk::{
///     anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
///     evergreen::state::{MarginAccount, Order},
///     instruction as build,
///     quote::{PoolView, QuoteError},
/// };
///
/// /// What a keeper sends for an order that pays a tip into his margin account.
/// fn execute(
///     view: &PoolView,
///     (order, account): (&Order, &MarginAccount),
///     (keeper, his): (Pubkey, Pubkey),
/// ) -> Result<Instruction, QuoteError> {
///     let feeds = view.feeds(&view.needed_by(order, account)?);
///     let keys = &view.keys;
///     Ok(build::execute_order(keeper, keys, order.account, order.number, order.payer, Some(his), &feeds))
/// }
/// ```
pub fn execute_order(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    number: u64,
    payer: Pubkey,
    keeper_account: Option<Pubkey>,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::ExecuteOrder {
        keeper,
        market: keys.market(account),
        order: address::order(&account, number),
        payer,
        keeper_account,
    };
    build(accounts, args::ExecuteOrder {}, feeds)
}

/// Pays an account's referrer to his associated account.
///
/// ```
/// use evergreen_sdk::{address, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let mut account = scene.account(1);
/// # account.referrer = owner;
/// # account.referral_due = 7;
/// // Anyone may, for anyone. Nothing due would be refused.
/// if account.referral_due > 0 {
///     let key = address::margin_account(&account.pool, &account.owner, account.sub_account);
///     let claim = build::claim_referral(account.referrer, &scene.view.keys, key);
///     assert!(signers(&claim).is_empty());
/// }
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn claim_referral(referrer: Pubkey, keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::ClaimReferral {
        referrer,
        pool: keys.pool,
        account,
        tokens: keys.tokens(ShareClass::Main, keys.wallet(&referrer)),
    };
    build(accounts, args::ClaimReferral {}, &[])
}
