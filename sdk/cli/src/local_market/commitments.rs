//! What waits for a price on a local network: trades that are committed, and notices after which positions are closed.

use anyhow::{Context, Result};
use evergreen_sdk::{
    client::{Client, Filter},
    evergreen::state::{MarginAccount, NoticeCause, Pool, SeriesRegistry},
};
use tokio::runtime::{Builder, Runtime};

/// Reads the commitments of a network.
pub struct Commitments {
    client: Client,
    runtime: Runtime,
}

impl Commitments {
    /// Those of the network at a URL.
    ///
    /// # Errors
    /// When the system gives no resources for it.
    pub fn of(url: &str) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
        Ok(Self { client: Client::new(url), runtime })
    }

    /// The first second, Unix seconds, whose price fills the newest commitment; `None` where no trade can be filled any more.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn waiting(&self) -> Result<Option<i64>> {
        self.runtime.block_on(async {
            let accounts = self.client.find::<MarginAccount>(Filter::ALL).await?.value;
            let newest =
                accounts.iter().map(|(_, account)| account).max_by_key(|account| account.commitment.committed_at);
            let Some(account) = newest.filter(|account| account.commitment.is_open()) else { return Ok(None) };
            let now = self.client.clock().await?.value;
            let after = account.commitment.price_after()?;
            let is_over = now > after.saturating_add(account.commitment.fill_window.into());
            Ok((!is_over).then_some(after.saturating_add(1)))
        })
    }

    /// Whether the moment of a notice is over and positions can be closed at the prices after it.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn is_closing(&self) -> Result<bool> {
        self.runtime.block_on(async {
            let pools = self.client.find::<Pool>(Filter::ALL).await?.value;
            let registries = self.client.find::<SeriesRegistry>(Filter::ALL).await?.value;
            let now = self.client.clock().await?.value;
            let is_open = |registry: &SeriesRegistry| {
                let Some((_, pool)) = pools.iter().find(|(key, _)| *key == registry.pool) else { return false };
                let mut ids = registry.ids();
                ids.any(|id| {
                    let moment =
                        |cause| registry.notice(id, cause, now, &pool.params).is_ok_and(|moment| moment <= now);
                    [NoticeCause::Slot, NoticeCause::Capital, NoticeCause::Excess].into_iter().any(moment)
                })
            };
            Ok(registries.iter().any(|(_, registry)| is_open(registry)))
        })
    }
}
