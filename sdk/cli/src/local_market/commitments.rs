//! What waits for a price on a local network: committed trades, notices after which positions are closed, buy-backs, and requests of liquidity; and announced changes.

use anyhow::{Context, Result};
use evergreen_sdk::{
    client::{Client, Filter},
    evergreen::state::{LiquidityRequest, MarginAccount, NoticeCause, Notices, Pool, Proposal, SeriesRegistry},
};
use tokio::runtime::{Builder, Runtime};

/// What waits for prices, committed trades and deposits of liquidity together, or for its turn, an announced change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The first second to come whose price is waited for, Unix seconds.
    pub next: Option<i64>,
    /// Whether something has its price and is not filled or executed yet, so that it would be too late if the clock jumped.
    pub is_priced: bool,
}

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
        Ok(Self { client: Client::new(url).trusting(), runtime })
    }

    /// What waits now. What can be filled or executed no more does not count.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn waiting(&self) -> Result<Waiting> {
        self.runtime.block_on(async {
            let accounts = self.client.find::<MarginAccount>(Filter::ALL).await?.value;
            let requests = self.client.find::<LiquidityRequest>(Filter::ALL).await?.value;
            let proposals = self.client.find::<Proposal>(Filter::ALL).await?.value;
            // When it began to wait, after which second its price is published, and until when that is of use.
            let mut all = Vec::new();
            for commitment in accounts.iter().map(|(_, account)| account.commitment).filter(|open| open.is_open()) {
                let after = commitment.price_after()?;
                all.push((commitment.committed_at, after, after.saturating_add(commitment.fill_window.into())));
            }
            for (_, request) in requests.iter().filter(|(_, request)| request.deposit > 0) {
                all.push((request.requested_at, request.minute, request.deadline()));
            }
            let now = self.client.clock().await?.value;
            // A buy-back waits for as long as options are left.
            for (_, pool) in self.client.find::<Pool>(Filter::ALL).await?.value {
                if let Some((moment, _)) = pool.buyback(now).filter(|_| pool.reserved_collateral > 0) {
                    let until = moment.saturating_add(Notices::window(&pool.params));
                    all.push((moment.saturating_sub(Pool::BUYBACK_NOTICE), moment, until));
                }
            }
            // A change that was announced waits for its turn.
            let due = |proposal: &Proposal| Some((proposal.announced_at, proposal.due_from(now)?));
            for (since, from) in proposals.iter().filter_map(|(_, proposal)| due(proposal)) {
                all.push((since, from.saturating_sub(1), from.saturating_add(Proposal::TURN).saturating_sub(1)));
            }
            let open = all.into_iter().filter(|(since, _, until)| (*since..=*until).contains(&now));
            let seconds: Vec<i64> = open.map(|(_, after, _)| after.saturating_add(1)).collect();
            let next = seconds.iter().copied().filter(|second| *second > now).min();
            Ok(Waiting { next, is_priced: seconds.iter().any(|second| *second <= now) })
        })
    }

    /// The second after the next full minute, Unix seconds, if a withdrawal has cooled down, which is executed after it.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn next_minute(&self) -> Result<Option<i64>> {
        self.runtime.block_on(async {
            let requests = self.client.find::<LiquidityRequest>(Filter::ALL).await?.value;
            let now = self.client.clock().await?.value;
            let is_due = |request: &LiquidityRequest| request.shares > 0 && request.ready_at <= now;
            let grid = i64::try_from(LiquidityRequest::GRID)?;
            let minute = (now + grid - 1).div_euclid(grid) * grid;
            Ok(requests.iter().any(|(_, request)| is_due(request)).then_some(minute + 1))
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
                    let moment = |cause| pool.notice(registry, id, cause, now).is_ok_and(|moment| moment <= now);
                    // What the pool buys back is of every series, but there is nothing to wait for where nothing is left.
                    let is_held = registry.series(id).is_ok_and(|series| series.has_interest());
                    [NoticeCause::Slot, NoticeCause::Capital, NoticeCause::Excess].into_iter().any(moment)
                        || (is_held && moment(NoticeCause::Buyback))
                })
            };
            Ok(registries.iter().any(|(_, registry)| is_open(registry)))
        })
    }
}
