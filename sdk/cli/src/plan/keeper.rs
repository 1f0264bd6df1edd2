//! A keeper as it was asked for.

use crate::{
    act,
    args::keeper::KeeperArgs,
    context::{Context, service},
    failure::{Usage, advised},
    market::NamedPool,
    secrets,
};
use anyhow::{Context as _, Result};
use evergreen_keeper::{Config, Job, Keeper, Posting, UnitPrices};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Client, Endpoints, Journal},
    convert::{self, Decimal},
    evergreen::state::Pool,
};
use solana_signer::Signer;
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Held while a keeper with a key runs.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Two keepers with one journal would both take up what the other has under way.
    fn take(folder: &Path) -> Result<Self> {
        let path = folder.join("keeper.lock");
        let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(advised(
                format!("another keeper runs with the journal {}", folder.display()),
                "end it first, or give this one another --state folder and another key",
            )),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
        }
    }
}

/// The keeper, its folder, and the lock on it.
///
/// # Errors
/// [`Usage`], another keeper on the same journal, failures of the network.
pub async fn keeper(context: &Context, args: &KeeperArgs) -> Result<(Keeper, PathBuf, Lock)> {
    let key = context.keypair()?;
    // A keeper has to react soon, also where a node falls silent.
    let nodes = Endpoints::new(context.urls()).reacting_soon();
    let client = Client::over(&nodes);
    let mut config = Config::new("", context.shared_source());
    (config.ws_urls, config.nodes) = (ws_urls(context, args)?, Some(nodes));
    config.low_lamports = convert::native(args.low_sol, 9).map_err(|error| Usage(format!("--low-sol: {error}")))?;
    config.valuation = valuation(context, args).await?;
    for name in &args.pool {
        config.pools.push(context.pool_address(name).await?);
    }
    config.strangers = args.strangers;
    config.verified = context.market.pools.iter().map(NamedPool::address).collect::<Result<_>>()?;
    if !args.jobs.is_empty() {
        config.jobs = args.jobs.iter().copied().chain([Job::OpenAccount]).collect();
    }
    config.jobs.retain(|job| !args.without.contains(job));
    config.interval = Duration::from_millis(args.interval.max(1));
    config.parallel = args.parallel.max(1);
    config.sub_account = args.account;
    config.thresholds.min_tip = args.min_tip;
    config.ladders.clone_from(&args.ladders);
    config.thresholds.report_silence_after = args.report_silence_after.into();
    config.send.priority = context.global.priority();
    config.dry_run = context.global.dry_run;
    config.providers.clone_from(&args.providers);
    config.posting = posting(context, args)?;
    if config.posting.is_some() {
        act::check_table(context, &[]).await?;
    }
    let state = args.state.clone().unwrap_or_else(|| context.state.join(format!("keeper-{}", key.pubkey())));
    let journal = Journal::open(&state)?;
    let lock = Lock::take(&state)?;
    Ok((Keeper::new(client, key, Some(journal), config), state, lock))
}

/// How prices are posted, if a price service was named.
fn posting(context: &Context, args: &KeeperArgs) -> Result<Option<Posting>> {
    if context.global.hermes.is_none() {
        return Ok(None);
    }
    let (service, programs) = service::open(&context.global)?;
    let posting = Posting::new(Arc::new(service), programs, context.global.shard);
    let tables = context.global.table.into_iter().collect();
    Ok(Some(Posting { when_older: args.post_when_older, tables, ..posting }))
}

/// A number for metrics.
fn float(number: &Decimal) -> Option<f64> {
    number.to_string().parse().ok()
}

/// What rewards and fees are worth, as far as prices are named.
async fn valuation(context: &Context, args: &KeeperArgs) -> Result<UnitPrices> {
    let mut valuation = UnitPrices { sol: args.sol_price.as_ref().and_then(float), ..UnitPrices::default() };
    let priced = context.market.pools.iter().filter_map(|pool| Some((pool.address(), pool.price()?)));
    let priced: Vec<(Pubkey, Decimal)> = priced.map(|(address, price)| Ok((address?, price))).collect::<Result<_>>()?;
    let keys: Vec<Pubkey> = priced.iter().map(|(key, _)| *key).collect();
    // Without an answer the keeper works all the same.
    let found = context.client.get_many::<Pool>(&keys).await.map(|found| found.value).unwrap_or_default();
    for ((key, price), pool) in priced.iter().zip(found) {
        if let (Some(pool), Some(price)) = (pool, float(price)) {
            valuation.collateral.insert(*key, price / 10_f64.powi(pool.decimals.into()));
        }
    }
    Ok(valuation)
}

/// URLs of the websockets that the keeper listens to, the preferred one first.
///
/// # Errors
/// As [`Context::ws_url`].
pub fn ws_urls(context: &Context, args: &KeeperArgs) -> Result<Vec<String>> {
    let first = match &args.ws_url {
        Some(url) => url.clone(),
        None => context.ws_url()?,
    };
    secrets::keep_url(&first);
    Ok(std::iter::once(first).chain(context.nodes.iter().map(|node| node.websocket.clone())).collect())
}
