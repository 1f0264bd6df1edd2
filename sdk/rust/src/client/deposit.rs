//! Prices of liquidity, and deposits: the first prices after a full minute are found, and the deposit is executed.

use super::{
    Client, ClientError, Confirmed, Fetched, Filter, SendOptions,
    fill::sample_first,
    waiting::{FillError, LONGEST_WAIT, Tried, Waiting},
};
use crate::{
    instruction::{self as build, PoolKeys},
    plan::Planner,
    price::PriceProvider,
    quote::PoolView,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    engine::check_writers_settled,
    state::{LiquidityRequest, MarginAccount, SeriesStatus, ShareClass},
};
use solana_signer::Signer;

/// A deposit to execute, and how.
#[derive(Clone, Copy)]
pub struct DepositRequest<'a> {
    /// Addresses of the pool.
    pub keys: PoolKeys,
    /// Address of the request.
    pub request: Pubkey,
    /// Where prices are read.
    pub source: &'a dyn PriceProvider,
    /// Slot in which the request was made. Answers of nodes that have not seen it are not believed.
    pub since: u64,
}

/// What came of a deposit.
#[derive(Debug)]
pub enum Deposited {
    /// This client has executed it: its shares are minted, or its tokens are set aside for its owner, as the events say.
    Here(Box<Confirmed>),
    /// Somebody else has executed it, and its shares are minted.
    Elsewhere,
    /// Its tokens are set aside for its owner to claim.
    Returned(Box<LiquidityRequest>),
}

/// A deposit is executed by whoever comes first, so its owner depends on nobody:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client, mint: anchor_lang::prelude::Pubkey, request: anchor_lang::prelude::Pubkey)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{client::{DepositRequest, Deposited, SendOptions}, price::PushFeeds};
///
/// // Any key does: executing needs no signature of the owner.
/// let payer = solana_keypair::Keypair::new();
/// let keys = client.pool_keys(mint).await?;
/// let deposit = DepositRequest { keys, request, source: &PushFeeds::UPGRADED, since: 0 };
/// if let Deposited::Returned(request) = client.finish_deposit(&payer, &deposit, &SendOptions::default()).await? {
///     println!("{} units can be claimed", request.payable);
/// }
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Reads a pool with the prices at which withdrawals of a class are executed now, those after the last full minute. The view is `None` while one of them
    /// has not been posted.
    ///
    /// # Errors
    /// As [`Client::pool_view`].
    pub async fn view_for_withdrawals(
        &self,
        keys: PoolKeys,
        class: ShareClass,
        source: &dyn PriceProvider,
    ) -> Result<Fetched<Option<PoolView>>, ClientError> {
        self.view_after_minute(keys, class, source, LiquidityRequest::grid_time).await
    }

    /// Reads a pool with the prices that execute a deposit. The view is `None` while one of them has not been posted.
    ///
    /// # Errors
    /// As [`Client::pool_view`].
    pub async fn view_for_deposit(
        &self,
        keys: PoolKeys,
        request: &LiquidityRequest,
        source: &dyn PriceProvider,
    ) -> Result<Fetched<Option<PoolView>>, ClientError> {
        self.view_after_minute(keys, request.share_class(), source, |_| request.minute).await
    }

    /// Reads a pool with the first prices after a full minute, unix seconds, that execute liquidity of a class.
    async fn view_after_minute(
        &self,
        keys: PoolKeys,
        class: ShareClass,
        source: &dyn PriceProvider,
        minute: impl Fn(i64) -> i64,
    ) -> Result<Fetched<Option<PoolView>>, ClientError> {
        let Fetched { slot, value: mut view } = self.pool_view(keys, source).await?;
        let (now, minute) = (view.now, minute(view.now));
        for place in view.needed_for(class, minute) {
            let market = &mut view.markets[usize::from(place)];
            let Some((key, bytes)) = self.first_price(&market.underlying, minute, now, source).await? else {
                return Ok(Fetched { slot, value: None });
            };
            (market.feed.price, market.price, market.earlier) = (key, Some(bytes), None);
        }
        Ok(Fetched { slot, value: Some(view) })
    }

    /// Executes a deposit once its minute is over and its prices are there, or finds that somebody else has. One that nobody has executed in time is given back, less
    /// what that costs.
    ///
    /// # Errors
    /// [`FillError`].
    pub async fn finish_deposit(
        &self,
        payer: &(dyn Signer + Sync),
        deposit: &DepositRequest<'_>,
        options: &SendOptions,
    ) -> Result<Deposited, FillError> {
        let mut waiting = Waiting::new(options, deposit.since, LONGEST_WAIT);
        loop {
            let tried = self.try_deposit(payer, deposit, options).await;
            if let Some(done) = waiting.after(tried).await? {
                return Ok(done);
            }
        }
    }

    async fn try_deposit(
        &self,
        payer: &(dyn Signer + Sync),
        deposit: &DepositRequest<'_>,
        options: &SendOptions,
    ) -> Result<Tried<Deposited>, FillError> {
        let Fetched { slot, value } = self.get_many::<LiquidityRequest>(&[deposit.request]).await?;
        if slot < deposit.since {
            return Ok(Tried::Behind);
        }
        let Some(request) = value.into_iter().next().flatten() else {
            return Ok(Tried::Ended(Deposited::Elsewhere));
        };
        if request.deposit == 0 {
            return Ok(Tried::Ended(Deposited::Returned(request)));
        }
        let (keys, source) = (deposit.keys, deposit.source);
        let now = self.pool_view(keys, source).await?.value;
        let is_first = now.is_first_deposit(request.share_class());
        if now.now < request.minute && !is_first {
            // No deposit is executed of a minute at which a writer is unsettled.
            if check_writers_settled(&now.pool, &now.registry, request.minute).is_err() {
                self.settle_writers(payer, &now, options).await?;
            }
            return Ok(Tried::Early { now: now.now, due: request.minute });
        }
        // One that has lapsed is given back by the same prices, which tell why; after a day without any.
        let view = match self.view_for_deposit(keys, &request, source).await?.value {
            Some(view) => view,
            None if !is_first && now.is_price_awaited(&request) => {
                return Ok(Tried::NoPrice { now: now.now, moment: request.minute });
            }
            None => now,
        };
        let is_unsettled = || check_writers_settled(&view.pool, &view.registry, request.minute).is_err();
        if view.now <= request.deadline() && is_unsettled() {
            self.settle_writers(payer, &view, options).await?;
            return Ok(Tried::Again);
        }
        let accruals = view.accruals();
        if !accruals.is_empty() && view.now <= request.deadline() {
            self.accrue(payer, &accruals, options).await;
            return Ok(Tried::Again);
        }
        let has_account = self.raw(&[request.shares_to]).await?.value.iter().all(Option::is_some);
        let planner = Planner::new(&view, source, payer.pubkey());
        let sent = match planner.finish_deposit(&request, has_account) {
            Ok(plan) => self.execute(&plan, payer, &[], options).await.map_err(FillError::from),
            Err(error) => Err(error.into()),
        };
        match sent {
            Ok(confirmed) => Ok(Tried::Ended(Deposited::Here(Box::new(confirmed)))),
            // Somebody else may have been faster, in which case the refusal means nothing.
            Err(error) => {
                let now =
                    self.get_many::<LiquidityRequest>(&[deposit.request]).await?.value.into_iter().next().flatten();
                match now {
                    Some(open) if open.deposit > 0 => sample_first(&view, &view.samples_of_deposit(&open), error),
                    Some(open) => Ok(Tried::Ended(Deposited::Returned(open))),
                    None => Ok(Tried::Ended(Deposited::Elsewhere)),
                }
            }
        }
    }

    /// Applies points of funding that wait, in transactions of their own ([`PoolView::accruals`]). Where one fails, what still waits is found again.
    async fn accrue(&self, payer: &(dyn Signer + Sync), accruals: &[Instruction], options: &SendOptions) {
        for accrual in accruals {
            drop(self.send(payer, std::slice::from_ref(accrual), &[], &[], options).await);
        }
    }

    /// Settles whoever has written an option of an exercised series and has yet to pay: until then nobody deposits or withdraws, and a deposit of a minute at which one has comes back. Anyone may, and somebody else
    /// may have been faster.
    async fn settle_writers(
        &self,
        payer: &(dyn Signer + Sync),
        view: &PoolView,
        options: &SendOptions,
    ) -> Result<(), FillError> {
        let filter = Filter::of_pool(view.keys.pool);
        for (key, account) in self.find::<MarginAccount>(filter).await?.value {
            let has_ended = |place: usize| {
                let position = &account.positions[place];
                let series = view.registry.series(position.series());
                position.points < 0 && series.is_ok_and(|series| series.status() == SeriesStatus::Exercised)
            };
            if account.open_positions().any(has_ended) {
                let settle = build::settle_positions(&view.keys, key);
                // One that somebody else has settled is refused; what still stands in the way is found again.
                drop(self.send(payer, &[settle], &[], &[], options).await);
            }
        }
        Ok(())
    }
}
