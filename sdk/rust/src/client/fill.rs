//! Filling of commitments: the first price after one is found, and the fill is sent.

#[cfg(feature = "hermes")]
mod posting;

#[cfg(feature = "hermes")]
pub use posting::FillPosting;
#[cfg(feature = "hermes")]
use posting::Posted;

use super::{
    Client, ClientError, Confirmed, Fetched, SendOptions,
    waiting::{FillError, LONGEST_WAIT, Tried, Waiting},
};
use crate::{
    instruction::PoolKeys,
    plan::Planner,
    price::PriceProvider,
    quote::{PoolView, PriceBytes},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    oracle::{self, Publication},
    state::{Commitment, MarginAccount, Order, Underlying},
};
use evergreen_math::UnixTime;
use solana_signer::Signer;
use std::time::Duration;

/// A commitment to fill, and how.
///
/// ```
/// # let (mint, account) = (Default::default(), Default::default());
/// use evergreen_sdk::{client::FillRequest, instruction::PoolKeys, price::PushFeeds};
///
/// let keys = PoolKeys::new(mint, anchor_spl::token::ID);
/// let request = FillRequest::new(keys, account, &PushFeeds::UPGRADED);
/// // A commitment that was made in slot 77: nodes that have not seen that slot are not believed.
/// let request = FillRequest { since: 77, ..request };
/// ```
#[derive(Clone, Copy)]
pub struct FillRequest<'a> {
    /// Addresses of the pool.
    pub keys: PoolKeys,
    /// The account whose commitment is filled.
    pub account: Pubkey,
    /// Where prices are read.
    pub source: &'a dyn PriceProvider,
    /// Margin account in the same pool that receives the tip.
    pub filler_account: Option<Pubkey>,
    /// Slot in which the commitment was made. Answers of nodes that have not seen it are not believed, because to them there is no
    /// commitment yet.
    pub since: u64,
    /// How the price is posted in the transaction of the fill where nobody else posts it in time.
    #[cfg(feature = "hermes")]
    pub posting: Option<&'a FillPosting<'a>>,
}

impl<'a> FillRequest<'a> {
    /// The commitment of an account, whenever it was made, at prices that others post.
    pub const fn new(keys: PoolKeys, account: Pubkey, source: &'a dyn PriceProvider) -> Self {
        Self {
            keys,
            account,
            source,
            filler_account: None,
            since: 0,
            #[cfg(feature = "hermes")]
            posting: None,
        }
    }
}

/// What a fill is sent with beside its own instructions.
#[derive(Default)]
struct Beside<'a> {
    /// Keys that sign besides the payer.
    signers: Vec<&'a (dyn Signer + Sync)>,
    /// Instructions after the fill.
    after: Vec<Instruction>,
    /// Lookup tables.
    tables: &'a [Pubkey],
}

/// Returns what has to be done about a refusal on a view because of these volatility samples: a price is waited for, or somebody else has taken
/// one meanwhile. Any other error stays one.
pub(super) fn sample_first<T>(view: &PoolView, samples: &[(u8, i64)], error: FillError) -> Result<Tried<T>, FillError> {
    if error.is_refused_with("SampleTooEarly") {
        return Ok(Tried::Again);
    }
    let unknown = view.unknown_sample(samples).filter(|_| error.is_refused_with("SampleDue"));
    let Some((place, moment)) = unknown else { return Err(error) };
    let feed = view.markets[usize::from(place)].underlying.feed_id;
    Ok(Tried::NoSample { now: view.now, moment, feed })
}

/// How a commitment ended.
#[derive(Debug)]
pub enum Filled {
    /// This client has sent what ended it.
    Here(Box<Confirmed>),
    /// Somebody else has, or there was none.
    Elsewhere,
}

/// A trade is filled by whoever comes first, so its trader depends on nobody:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client, mint: anchor_lang::prelude::Pubkey, account: anchor_lang::prelude::Pubkey)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{client::{FillRequest, Filled, SendOptions}, events::Event, price::PushFeeds};
///
/// // Any key does: filling needs no signature of the trader.
/// let payer = solana_keypair::Keypair::new();
/// let keys = client.pool_keys(mint).await?;
/// let request = FillRequest::new(keys, account, &PushFeeds::UPGRADED);
/// if let Filled::Here(done) = client.fill(&payer, &request, &SendOptions::default()).await? {
///     println!("{:?}", done.events());
/// }
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Reads a pool with the prices that fill the commitment of an account. The view is `None` while one of them has not been posted.
    ///
    /// # Errors
    /// As [`Client::pool_view`].
    pub async fn view_to_fill(
        &self,
        keys: PoolKeys,
        account: &MarginAccount,
        source: &dyn PriceProvider,
    ) -> Result<Fetched<Option<PoolView>>, ClientError> {
        let Fetched { slot, value: mut view } = self.pool_view(keys, source).await?;
        let moment = view.price_moment(&account.commitment);
        let places = view.needed_to_fill(account).map_err(|error| ClientError::Answer(error.to_string()))?;
        for place in places {
            let now = view.now;
            let market = &mut view.markets[usize::from(place)];
            match self.first_price(&market.underlying, moment, now, source).await? {
                Some((key, bytes)) => {
                    (market.feed.price, market.price, market.earlier) = (key, Some(bytes), None);
                    self.read_earlier(market, Publication::FirstAfter(moment), now, source).await?;
                    // A price far from its average is not enough: the one before the commitment is needed, too.
                    if market.publication(Publication::FirstAfter(moment), now).is_err() {
                        return Ok(Fetched { slot, value: None });
                    }
                }
                // After ten minutes it is ended without a price.
                None if account.commitment.is_abandoned(view.now) => {}
                // Its first price was written over: where its time is over a later one ends it.
                None if account.commitment.is_over(now).is_ok_and(|is_over| is_over) => {
                    let proof = Publication::KnownAfter(moment);
                    let Some((key, bytes)) = self.price_after(&market.underlying, (proof, moment), now, source).await?
                    else {
                        return Ok(Fetched { slot, value: None });
                    };
                    (market.feed.price, market.price, market.earlier) = (key, Some(bytes), None);
                }
                None => return Ok(Fetched { slot, value: None }),
            }
        }
        Ok(Fetched { slot, value: Some(view) })
    }

    /// Finds the account that holds the first price of an underlying published after `moment`, if anybody has posted it: the price of a fill,
    /// or that of a volatility sample, whose moment is [`MarketView::sample_moment`](crate::quote::MarketView::sample_moment). `now` is the chain's time. Both are
    /// unix seconds.
    ///
    /// # Errors
    /// [`ClientError::Answer`] for a feed that the source does not have, and those of [`Client::raw`].
    pub async fn first_price(
        &self,
        underlying: &Underlying,
        moment: i64,
        now: i64,
        source: &dyn PriceProvider,
    ) -> Result<Option<(Pubkey, PriceBytes)>, ClientError> {
        self.price_after(underlying, (Publication::FirstAfter(moment), moment), now, source).await
    }

    /// Finds an account that holds a price of an underlying, of which this publication is wanted, among those that may hold the first one after `moment`.
    async fn price_after(
        &self,
        underlying: &Underlying,
        (publication, moment): (Publication, i64),
        now: i64,
        source: &dyn PriceProvider,
    ) -> Result<Option<(Pubkey, PriceBytes)>, ClientError> {
        let is_wanted = |key: &Pubkey, bytes: &PriceBytes| {
            oracle::read(&bytes.at(key), underlying, publication, UnixTime(now)).is_ok()
        };
        if let (Some(bytes), Ok(key)) = (source.posted(&underlying.feed_id), source.account(&underlying.feed_id))
            && is_wanted(&key, &bytes)
        {
            return Ok(Some((key, bytes)));
        }
        let wanted = source.first_after(&underlying.feed_id, moment);
        let wanted = wanted.map_err(|error| ClientError::Answer(error.to_string()))?;
        let found = self.raw(&wanted).await?.value;
        Ok(wanted.into_iter().zip(found).find_map(|(key, raw)| {
            let bytes = PriceBytes::from(&raw?);
            is_wanted(&key, &bytes).then_some((key, bytes))
        }))
    }

    /// Fills the commitment of an account once its price is there, or finds that somebody else has.
    ///
    /// # Errors
    /// [`FillError`]; [`FillError::NoPrice`] when the price has not been posted within half a minute after the time for it.
    pub async fn fill(
        &self,
        payer: &(dyn Signer + Sync),
        request: &FillRequest<'_>,
        options: &SendOptions,
    ) -> Result<Filled, FillError> {
        self.fill_within(payer, request, options, LONGEST_WAIT).await
    }

    /// The same with another patience for the price. What was sent is not left before its outcome is known, however long that takes.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub async fn fill_within(
        &self,
        payer: &(dyn Signer + Sync),
        request: &FillRequest<'_>,
        options: &SendOptions,
        patience: Duration,
    ) -> Result<Filled, FillError> {
        let mut waiting = Waiting::new(options, request.since, patience);
        loop {
            let tried = self.fill_now(payer, request, &Beside::default(), options).await;
            #[cfg(feature = "hermes")]
            if let (Ok(Tried::NoPrice { moment, .. }), Some(posting)) = (&tried, request.posting)
                && waiting.priceless() >= posting.patience
            {
                match self.post_and_fill(payer, request, posting, *moment, options).await? {
                    Posted::Filled(filled) => return Ok(filled),
                    Posted::Sampled => continue,
                    Posted::Not(why) => waiting.own = Some(why),
                }
            }
            #[cfg(feature = "hermes")]
            if let (Ok(Tried::NoSample { feed, moment, .. }), Some(posting)) = (&tried, request.posting)
                && waiting.priceless() >= posting.patience
            {
                match self.post_and_sample(payer, posting, (*feed, *moment), options).await? {
                    Posted::Not(why) => waiting.own = Some(why),
                    _ => continue,
                }
            }
            if let Some(filled) = waiting.after(tried).await? {
                return Ok(filled);
            }
        }
    }

    /// Fills the commitment if its price is there.
    async fn fill_now(
        &self,
        payer: &(dyn Signer + Sync),
        request: &FillRequest<'_>,
        beside: &Beside<'_>,
        options: &SendOptions,
    ) -> Result<Tried<Filled>, FillError> {
        let FillRequest { keys, account, source, since, .. } = *request;
        let Fetched { slot, value } = self.margin_account(account).await?;
        if slot < since {
            return Ok(Tried::Behind);
        }
        let Some(state) = value.filter(|state| state.commitment.is_open()) else {
            return Ok(Tried::Ended(Filled::Elsewhere));
        };
        let Some(view) = self.view_to_fill(keys, &state, source).await?.value else {
            let clock = self.pool_view(keys, source).await?.value;
            return Ok(Tried::NoPrice { now: clock.now, moment: clock.price_moment(&state.commitment) });
        };
        match self.send_fill(payer, &view, &state, request, beside, options).await {
            Ok(confirmed) => Ok(Tried::Ended(Filled::Here(Box::new(confirmed)))),
            // Somebody else may have been faster, in which case the refusal means nothing.
            Err(error) => {
                let Fetched { slot, value } = self.margin_account(account).await?;
                if slot < since {
                    return Ok(Tried::Behind);
                }
                match value.map(|state| state.commitment).filter(Commitment::is_open) {
                    Some(open) if open == state.commitment => sample_first(&view, &view.samples_to_fill(&state), error),
                    _ => Ok(Tried::Ended(Filled::Elsewhere)),
                }
            }
        }
    }

    async fn margin_account(&self, key: Pubkey) -> Result<Fetched<Option<Box<MarginAccount>>>, ClientError> {
        let Fetched { slot, value } = self.get_many::<MarginAccount>(&[key]).await?;
        Ok(Fetched { slot, value: value.into_iter().next().flatten() })
    }

    async fn send_fill(
        &self,
        payer: &(dyn Signer + Sync),
        view: &PoolView,
        account: &MarginAccount,
        request: &FillRequest<'_>,
        beside: &Beside<'_>,
        options: &SendOptions,
    ) -> Result<Confirmed, FillError> {
        let key = request.account;
        let order = match account.commitment.order_number() {
            Some(number) => Some(self.get::<Order>(&crate::address::order(&key, number)).await?.value),
            None => None,
        };
        let planner = Planner::new(view, request.source, payer.pubkey());
        let mut plan = planner.fill(key, account, order.as_deref(), request.filler_account)?;
        plan.instructions.extend_from_slice(&beside.after);
        plan.lookup_tables.extend_from_slice(beside.tables);
        Ok(self.execute(&plan, payer, &beside.signers, options).await?)
    }
}
