//! Margin accounts, and trades of theirs.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{Leg, accounts, instruction as args, state::ShareClass};

/// Opens a margin account.
///
/// ```
/// use evergreen_sdk::{address, instruction as build};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Somebody else pays the rent; the owner signs, because naming a referrer is his to do, now or never.
/// # let referrer = keeper;
/// let open = build::open_margin_account(payer, owner, &keys, 0, Some(referrer));
/// assert_eq!(signers(&open), [payer, owner]);
/// assert!(open.accounts.iter().any(|meta| meta.pubkey == address::margin_account(&keys.pool, &owner, 0)));
/// ```
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
/// // In one transaction: what is left goes to the wallet, then the rent to the owner.
/// let leave = [
///     build::withdraw_margin(owner, &keys, account, u64::MAX, &[]),
///     build::close_margin_account(owner, &keys, account),
/// ];
/// assert!(leave.iter().all(|instruction| signers(instruction) == [owner]));
/// ```
pub fn close_margin_account(owner: Pubkey, keys: &PoolKeys, account: Pubkey) -> Instruction {
    build(accounts::CloseMarginAccount { owner, pool: keys.pool, account }, args::CloseMarginAccount {}, &[])
}

/// Names, or removes, a delegate.
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
/// // A bot's key may trade, never withdraw.
/// # let (bot, legs) = (keeper, Vec::new());
/// let allow = build::set_delegate(owner, account, Some(bot));
/// let trade = build::trade(bot, &keys, account, legs, -50_000, &[]);
/// assert_eq!((signers(&allow), signers(&trade)), (vec![owner], vec![bot]));
/// let forbid = build::set_delegate(owner, account, None);
/// # assert_ne!(allow.data, forbid.data);
/// ```
pub fn set_delegate(owner: Pubkey, account: Pubkey, delegate: Option<Pubkey>) -> Instruction {
    build(accounts::SetDelegate { owner, account }, args::SetDelegate { delegate }, &[])
}

/// Deposits margin from the depositor's associated account.
///
/// ```
/// use evergreen_sdk::{convert, instruction as build};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // 2.5 tokens of 8 decimals. Anyone may top up any account, out of a wallet of his own.
/// # let friend = payer;
/// let amount = convert::native("2.5".parse()?, 8)?;
/// let deposit = build::deposit_margin(friend, &keys, account, amount);
/// assert_eq!(signers(&deposit), [friend]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deposit_margin(depositor: Pubkey, keys: &PoolKeys, account: Pubkey, amount: u64) -> Instruction {
    let accounts = accounts::DepositMargin {
        depositor,
        protocol: address::protocol(),
        pool: keys.pool,
        account,
        tokens: keys.tokens(ShareClass::Main, keys.wallet(&depositor)),
    };
    build(accounts, args::DepositMargin { amount }, &[])
}

/// Withdraws margin to the owner's associated account. `feeds`: those of the underlyings of open positions.
///
/// ```
/// use evergreen_sdk::{address, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// let account = scene.account(4);
/// let view = &scene.view;
/// let key = address::margin_account(&account.pool, &account.owner, account.sub_account);
/// // With positions prices are read, since health must stay; without, `&[]` and no price can be in the way.
/// let feeds = view.feeds(&view.needed(&account, [])?);
/// let withdraw = build::withdraw_margin(account.owner, &view.keys, key, 1_000, &feeds);
/// assert!(withdraw.accounts.iter().any(|meta| meta.pubkey == feeds[0].price));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn withdraw_margin(
    owner: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    amount: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::WithdrawMargin {
        owner,
        market: keys.market(account),
        tokens: keys.tokens(ShareClass::Main, keys.wallet(&owner)),
    };
    build(accounts, args::WithdrawMargin { amount }, feeds)
}

/// Trades. `feeds`: those of the underlyings of legs and positions. `min_net`: least change of cash accepted.
///
/// ```
/// use evergreen_sdk::{address, evergreen::Leg, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let account = scene.account(0);
/// let (view, key) = (&scene.view, address::margin_account(&account.pool, &account.owner, 0));
/// let legs = vec![Leg { series: scene.series[0], points: 1_000 }];
/// let quote = view.trade(&account, &legs)?;
/// let feeds = view.feeds(&view.needed(&account, [scene.series[0]])?);
/// // At most one per cent more than quoted. (`Planner::trade` does all of this.)
/// let trade = build::trade(account.owner, &view.keys, key, legs, quote.net - quote.net.abs() / 100, &feeds);
/// assert_eq!(signers(&trade), [account.owner]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn trade(
    trader: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    legs: Vec<Leg>,
    min_net: i64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::Trade { trader, market: keys.market(account) };
    build(accounts, args::Trade { legs, min_net }, feeds)
}
