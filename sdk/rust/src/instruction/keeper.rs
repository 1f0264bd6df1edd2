//! What anyone may send to keep the market in order.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{Leg, accounts, instruction as args, state::SeriesId, state::SeriesSpec};

/// Lists a series.
///
/// ```
/// use evergreen_sdk::{instruction as build, math::{Seconds, option::OptionKind}, strategy::{Contract, Market}};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let market = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let put = Contract { market, kind: OptionKind::Put, strike: 92_000 };
/// assert!(put.find(&scene.view.registry).is_none(), "not listed yet");
/// // Anyone may list what the strike grid has near the price; whoever trades first usually does, in one transaction with it.
/// let list = build::list_series(&scene.view.keys, &scene.view.markets[0].feed, put.request());
/// assert!(signers(&list).is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn list_series(keys: &PoolKeys, feed: &PriceFeed, request: SeriesSpec) -> Instruction {
    let accounts = accounts::ListSeries {
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        underlying: feed.underlying,
        price: feed.price,
    };
    build(accounts, args::ListSeries { request }, &[])
}

/// Retires a series without open interest.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// // Nobody holds or has written the first series any more.
/// let series = scene.view.registry.series_mut(scene.series[0])?;
/// (series.long_points, series.short_points) = (0, 0);
/// let keys = scene.view.keys;
/// let retire: Vec<_> = scene.view.retirable().into_iter().map(|series| build::retire_series(&keys, series)).collect();
/// assert_eq!(retire.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn retire_series(keys: &PoolKeys, series: SeriesId) -> Instruction {
    build(accounts::RetireSeries { registry: keys.registry }, args::RetireSeries { series }, &[])
}

/// Exercises a series at its cap.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// // BTC at 105,000 dollars is beyond the cap of the lowest weekly call: 1.2 times 86,000.
/// scene.set_price(0, 105_000, 2)?;
/// let view = &scene.view;
/// let due = view.exercisable();
/// assert!(due.contains(&scene.series[0]));
/// let feed = view.markets[usize::from(view.registry.series(due[0])?.underlying)].feed;
/// let exercise = build::exercise_series(&view.keys, due[0], &feed);
/// assert!(exercise.accounts.iter().any(|meta| meta.pubkey == feed.price));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn exercise_series(keys: &PoolKeys, series: SeriesId, feed: &PriceFeed) -> Instruction {
    let accounts = accounts::ExerciseSeries { protocol: address::protocol(), pool: keys.pool, registry: keys.registry };
    build(accounts, args::ExerciseSeries { series }, &[*feed])
}

/// Pays an account's positions of exercised series.
///
/// ```
/// use evergreen_sdk::{address, evergreen::state::SeriesStatus, instruction as build, testing::scene::Scene};
///
/// // Every second series has been exercised.
/// let mut scene = Scene::new(1, 2)?;
/// let account = scene.account(4);
/// let (registry, keys) = (&scene.view.registry, scene.view.keys);
/// let mut held = account.open_positions().map(|place| account.positions[place].series());
/// if held.any(|id| registry.series(id).is_ok_and(|series| series.status() == SeriesStatus::Exercised)) {
///     let key = address::margin_account(&keys.pool, &account.owner, account.sub_account);
///     let settle = build::settle_positions(&keys, key);
///     assert!(settle.accounts.iter().all(|meta| !meta.is_signer), "anyone may, for anyone, and no price is needed");
/// }
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn settle_positions(keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::SettlePositions { market: keys.market(account) };
    build(accounts, args::SettlePositions {}, &[])
}

/// Liquidates. `feeds`: those of the underlyings of the account's positions.
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
/// # let liquidator = keeper;
/// let mut account = scene.account(4);
/// let view = &scene.view;
/// # account.cash -= view.account(&account)?.health.maintenance + 1_000_000;
/// if let Some(best) = view.best_liquidation(&account)? {
///     let key = address::margin_account(&account.pool, &account.owner, account.sub_account);
///     // The reward is paid into an account of the liquidator's in the same pool.
///     let his = address::margin_account(&view.keys.pool, &liquidator, 0);
///     let feeds = view.feeds(&view.needed(&account, [])?);
///     let liquidate = build::liquidate(liquidator, &view.keys, key, his, best.asked, &feeds);
///     assert_eq!(signers(&liquidate), [liquidator]);
/// }
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
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
        market: keys.market(account),
        liquidator_account,
        insurance: keys.insurance(),
    };
    build(accounts, args::Liquidate { legs }, feeds)
}

/// Makes good the negative cash of an account without positions.
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
/// let mut account = scene.account(0);
/// # account.cash = -5;
/// let keys = scene.view.keys;
/// // What a liquidation could not bring in. Insurance pays, then the pool.
/// if account.cash < 0 && account.open_positions().next().is_none() {
///     let key = address::margin_account(&keys.pool, &account.owner, account.sub_account);
///     let absorb = build::absorb_bad_debt(&keys, key);
///     assert!(signers(&absorb).is_empty());
/// }
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn absorb_bad_debt(keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::AbsorbBadDebt { pool: keys.pool, account, insurance: keys.insurance() };
    build(accounts, args::AbsorbBadDebt {}, &[])
}

/// Closes written options of a series of which more is written than bought.
///
/// ```
/// use evergreen_sdk::{address, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// let account = scene.account(1);
/// let held = account.positions[0].series();
/// // More is written than bought: bought options were closed.
/// scene.view.registry.series_mut(held)?.long_points -= 500;
/// let view = &scene.view;
/// let (series, points) = view.excess_short()[0];
/// assert_eq!((series, points), (held, 500));
/// let key = address::margin_account(&account.pool, &account.owner, account.sub_account);
/// let feeds = view.feeds(&view.needed(&account, [])?);
/// let close = build::auto_deleverage(keeper, &view.keys, key, series, points, &feeds);
/// assert_eq!(close.accounts.last().map(|meta| meta.pubkey), feeds.last().map(|feed| feed.price));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn auto_deleverage(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    series: SeriesId,
    points: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::AutoDeleverage { keeper, market: keys.market(account) };
    build(accounts, args::AutoDeleverage { series, points }, feeds)
}

/// Buys back a worthless option while the pool is at capacity or its registry is full.
///
/// ```
/// use evergreen_sdk::{address, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// let account = scene.account(12);
/// let view = &scene.view;
/// let key = address::margin_account(&account.pool, &account.owner, account.sub_account);
/// let feeds = view.feeds(&view.needed(&account, [])?);
/// let worthless = view.worthless(&account)?.into_iter();
/// let close: Vec<_> = worthless.map(|series| build::close_worthless(keeper, &view.keys, key, series, &feeds)).collect();
/// println!("{} options keep others from the pool's capacity", close.len());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn close_worthless(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    series: SeriesId,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::CloseWorthless { keeper, market: keys.market(account) };
    build(accounts, args::CloseWorthless { series }, feeds)
}

/// Samples volatility.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let market = &scene.view.markets[0];
/// let since = scene.view.now - market.underlying.sample_time;
/// // Sooner would be refused with `SampleTooEarly`.
/// if since >= i64::from(market.underlying.params.vol_min_interval) {
///     let sample = build::sample_volatility(&market.feed);
///     assert!(signers(&sample).is_empty());
/// }
/// # assert_eq!(since, 60);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn sample_volatility(feed: &PriceFeed) -> Instruction {
    let accounts =
        accounts::SampleVolatility { protocol: address::protocol(), underlying: feed.underlying, price: feed.price };
    build(accounts, args::SampleVolatility {}, &[])
}

/// Values all series of a registry.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let view = &scene.view;
/// // Funding and the depth of the inventory follow prices again. Deposits and withdrawals do the same by themselves.
/// let refresh = build::refresh_pool(&view.keys, &view.feeds(&view.needed_for_registry()));
/// assert!(signers(&refresh).is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn refresh_pool(keys: &PoolKeys, feeds: &[PriceFeed]) -> Instruction {
    build(accounts::RefreshPool { pool: keys.pool, registry: keys.registry }, args::RefreshPool {}, feeds)
}

/// Moves insurance's income to its vault.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Its part of fees and penalties has been gathering in the main vault.
/// if scene.view.pool.insurance_due > 0 {
///     let sweep = build::sweep_insurance(&scene.view.keys);
///     assert!(signers(&sweep).is_empty());
/// }
/// # assert!(scene.view.pool.insurance_due > 0);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn sweep_insurance(keys: &PoolKeys) -> Instruction {
    build(accounts::SweepInsurance { pool: keys.pool, insurance: keys.insurance() }, args::SweepInsurance {}, &[])
}

/// Compares vaults and mint with ledgers and policy, and assigns what was seized.
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
/// // After the issuer has taken tokens out of a vault, or changed the mint: the loss is assigned, the pool marked as distressed.
/// // Sent again when all is well, it lifts the mark.
/// let sync = build::sync_vault(&keys);
/// assert!(signers(&sync).is_empty());
/// assert!([keys.vault, keys.insurance_vault].iter().all(|vault| sync.accounts.iter().any(|meta| meta.pubkey == *vault)));
/// ```
pub fn sync_vault(keys: &PoolKeys) -> Instruction {
    build(accounts::SyncVault { pool: keys.pool, insurance: keys.insurance() }, args::SyncVault {}, &[])
}

/// Brings an account to the present layout version. `underlyings`: those of a pool, in order; none for other accounts.
///
/// ```
/// use evergreen_sdk::{evergreen::state::LAYOUT_VERSION, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let view = &scene.view;
/// assert_eq!(view.pool.version, LAYOUT_VERSION, "an older one would be refused by everything but this:");
/// let underlyings: Vec<_> = view.markets.iter().map(|market| market.feed.underlying).collect();
/// let migrate = [
///     build::migrate_account(view.keys.pool, &underlyings),
///     build::migrate_account(view.keys.registry, &[]),
/// ];
/// assert!(migrate.iter().all(|instruction| signers(instruction).is_empty()), "anyone may");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn migrate_account(account: Pubkey, underlyings: &[Pubkey]) -> Instruction {
    let mut instruction = build(accounts::MigrateAccount { account }, args::MigrateAccount {}, &[]);
    instruction.accounts.extend(underlyings.iter().map(|key| AccountMeta::new_readonly(*key, false)));
    instruction
}
