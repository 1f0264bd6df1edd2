//! Pools as they are on the chain.

use crate::{
    args::pool::Show,
    context::{Context, PoolContext, symbol},
    market::NamedPool,
    names::look_alike,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::Filter,
    convert::{Decimal, ScaledUiAmount},
    evergreen::state::{MarginAccount, Pool, ShareClass, Underlying},
    instruction as build,
    portfolio::ShareHistory,
    quote::Collection,
};
use std::collections::{BTreeMap, btree_map::Entry};

/// Settlements of one transaction.
const AT_ONCE: usize = 6;

/// Accounts whose funding is settled in one transaction.
pub struct Collected {
    /// What each of them pays.
    pub accounts: Vec<Collection>,
    /// To be sent.
    pub instructions: Vec<Instruction>,
}

/// The transactions that collect what accounts owe a pool, the largest debts first. There are none where nobody owes anything that can be collected now.
///
/// # Errors
/// Failures of the network.
pub async fn collect(context: &Context, args: &Show) -> Result<(PoolContext, Vec<Collected>)> {
    let pool = context.pool(&args.pool).await?;
    let filter = Filter::of_pool(pool.keys().pool);
    let accounts = context.find_all::<MarginAccount>("reading accounts", filter).await?;
    let mut owing = pool.view.collections(accounts.iter().map(|(key, account)| (key, &**account)))?;
    // Those who owe nothing are settled where they are paid what stayed owed to them.
    let waits = |key: &Pubkey| accounts.iter().any(|(known, account)| known == key && account.unpaid > 0);
    owing.retain(|collection| collection.collected > 0 || waits(&collection.account));
    let part = |some: &[Collection]| {
        let mut instructions = pool.view.touch_all();
        instructions.extend(some.iter().map(|owing| build::settle_positions(pool.keys(), owing.account)));
        Collected { accounts: some.to_vec(), instructions }
    };
    let parts = owing.chunks(AT_ONCE).map(part).collect();
    Ok((pool, parts))
}

/// A pool and its name, if it has one.
pub struct KnownPool {
    /// Its name: that of the market file, for a pool of the protocol otherwise the symbol that its mint carries.
    pub name: Option<String>,
    /// What the mint calls itself.
    pub symbol: Option<String>,
    /// The name of another pool that this symbol may pass for.
    pub passes_for: Option<String>,
    /// Whether the market file has it.
    pub verified: bool,
    /// Its address.
    pub address: Pubkey,
    /// Dollars a token, where the market file tells.
    pub stock_price: Option<Decimal>,
    /// What its shares have returned, where that was read.
    pub past: Option<PastShares>,
    /// The pool.
    pub pool: Box<Pool>,
}

/// Prices of a pool's shares.
pub struct PastShares {
    /// Of the main class.
    pub shares: ShareHistory,
    /// Whether the network remembers all transactions of the pool.
    pub complete: bool,
    /// Unix seconds of the newest one.
    pub now: i64,
}

/// Reads the returns of the pools that the market file names: all transactions of each.
///
/// # Errors
/// Failures of the network. Where a price is missing a pool has none.
pub async fn read_past(context: &Context, pools: &mut [KnownPool]) -> Result<()> {
    for known in pools.iter_mut().filter(|known| known.verified) {
        let pool = context.pool(&known.address.to_string()).await?;
        if pool.view.net_asset_value(ShareClass::Main).is_ok() {
            let (shares, complete) = super::lp::share_history(context, &pool).await?;
            known.past = Some(PastShares { shares, complete, now: pool.view.now });
        }
    }
    Ok(())
}

/// Symbols of the underlyings of pools, by address.
///
/// # Errors
/// Failures of the network.
pub async fn symbols(context: &Context, pools: &[KnownPool]) -> Result<BTreeMap<Pubkey, String>> {
    let mut found = BTreeMap::new();
    for pool in pools.iter().map(|known| &known.pool) {
        for entry in pool.underlyings.iter().take(usize::from(pool.underlying_count)) {
            if let Entry::Vacant(place) = found.entry(entry.key) {
                let underlying = context.find::<Underlying>(&entry.key).await?;
                place.insert(underlying.map_or_else(|| "?".into(), |found| symbol(&found.symbol)));
            }
        }
    }
    Ok(found)
}

/// All pools, by name.
///
/// # Errors
/// Failures of the network.
pub async fn all(context: &Context) -> Result<Vec<KnownPool>> {
    let mut found = Vec::new();
    for (address, pool) in context.client.find::<Pool>(Filter::ALL).await?.value {
        let (name, verified) = (context.name(&address, &pool).await?, context.market.named(&address).is_some());
        let symbol = context.symbol(&pool.mint).await?;
        let passes_for = symbol.as_deref().filter(|_| !verified).and_then(|symbol| context.passes_for(symbol));
        let passes_for = passes_for.map(str::to_owned);
        let stock_price = context.market.named(&address).and_then(NamedPool::price);
        found.push(KnownPool { name, symbol, passes_for, verified, address, stock_price, past: None, pool });
    }
    without_doubles(&mut found);
    found.sort_by_key(|pool| (pool.name.is_none(), pool.name.clone(), pool.address.to_string()));
    Ok(found)
}

/// Takes the names of pools whose mints call themselves alike: none of them is told from the other by it.
fn without_doubles(pools: &mut [KnownPool]) {
    let names: Vec<Option<String>> = pools.iter().map(|pool| pool.name.clone()).collect();
    for (place, pool) in pools.iter_mut().enumerate().filter(|(_, pool)| !pool.verified) {
        let Some(own) = pool.name.as_deref() else { continue };
        let others = names.iter().enumerate().filter(|(other, _)| *other != place);
        let double = others.filter_map(|(_, name)| name.as_deref()).find(|name| look_alike(name, own));
        if let Some(double) = double {
            (pool.passes_for, pool.name) = (Some(double.to_owned()), None);
        }
    }
}

/// What wallets show for one token of a pool's collateral, if that is not one.
///
/// # Errors
/// For a mint that cannot be read; failures of the network.
pub async fn shown_for_one(context: &Context, pool: &PoolContext) -> Result<Option<Decimal>> {
    let state = &pool.view.pool;
    let mint = context.raw(state.mint).await?;
    let scaled = mint.map(|mint| ScaledUiAmount::of_mint(&mint.data)).transpose()?.flatten();
    let multiplier = scaled.map(|scaled| scaled.at(pool.view.now)).transpose()?;
    let one = 10u64.pow(u32::from(state.decimals));
    Ok(multiplier.map(|multiplier| multiplier.ui_amount(one, state.decimals)).transpose()?)
}
