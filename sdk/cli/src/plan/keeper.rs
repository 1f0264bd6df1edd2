//! A keeper as it was asked for.

use crate::{
    act,
    args::keeper::Work,
    context::{Context, service},
    failure::advised,
    market::NamedPool,
};
use anyhow::{Context as _, Result};
use evergreen_keeper::{Config, Job, Keeper, Posting};
use evergreen_sdk::client::Journal;
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
/// [`Usage`](crate::failure::Usage), another keeper on the same journal, failures of the network.
pub async fn keeper(context: &Context, args: &Work) -> Result<(Keeper, PathBuf, Lock)> {
    let key = context.keypair()?;
    let mut config = Config::new(ws_url(context, args)?, context.shared_source());
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
    config.thresholds.report_silence_after = args.report_silence_after.into();
    config.send.priority = context.global.priority();
    config.dry_run = context.global.dry_run;
    config.posting = posting(context, args)?;
    if config.posting.is_some() {
        act::check_table(context, &[]).await?;
    }
    let state = args.state.clone().unwrap_or_else(|| context.state.join(format!("keeper-{}", key.pubkey())));
    let journal = Journal::open(&state)?;
    let lock = Lock::take(&state)?;
    Ok((Keeper::new(context.client.clone(), key, Some(journal), config), state, lock))
}

/// How prices are posted, if a price service was named.
fn posting(context: &Context, args: &Work) -> Result<Option<Posting>> {
    if context.global.hermes.is_none() {
        return Ok(None);
    }
    let (service, programs) = service::open(&context.global)?;
    let posting = Posting::new(Arc::new(service), programs, context.global.shard);
    let tables = context.global.table.into_iter().collect();
    Ok(Some(Posting { when_older: args.post_when_older, tables, ..posting }))
}

/// URL of the websocket that the keeper listens to.
///
/// # Errors
/// As [`Context::ws_url`].
pub fn ws_url(context: &Context, args: &Work) -> Result<String> {
    match &args.ws_url {
        Some(url) => Ok(url.clone()),
        None => context.ws_url(),
    }
}
