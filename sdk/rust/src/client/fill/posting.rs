//! The price and the fill in one transaction, for whoever does not want to wait for others to post the price.

use super::{Beside, Client, FillError, FillRequest, Filled, Tried};
use crate::{
    address,
    client::{Fetched, SendError, SendOptions},
    instruction::{self as build, PriceFeed},
    price::{
        Destination, FeedId, NoPrice, PostedUpdates, PriceBytes, PriceProvider, PythPrograms, Refresh, UpdateService,
    },
};
use anchor_lang::prelude::Pubkey;
use solana_signer::Signer;
use std::time::Duration;

/// How a client posts the price of a fill itself, in the transaction of the fill (`post_update_atomic`).
///
/// One price and a fill take about 1,140 of a transaction's 1,232 bytes with a lookup table that has the addresses of the pool
/// ([`lookup::addresses`](super::super::lookup::addresses)) and of postings ([`PostedUpdates::addresses`]), and do not fit without
/// one. Trades that need more than one price wait for prices that others post. A volatility sample that the fill has to wait for, and whose price nobody
/// has posted, is posted and taken in a transaction of its own before.
pub struct FillPosting<'a> {
    /// Where the signed price is fetched.
    pub service: &'a dyn UpdateService,
    /// Pyth's programs that the price is posted with.
    pub programs: PythPrograms,
    /// Key of the account that holds the price for the moment of the transaction. It must not exist; its rent comes back at once.
    pub account: &'a (dyn Signer + Sync),
    /// Lookup tables.
    pub tables: &'a [Pubkey],
    /// Number of the receiver's treasury account that gets the fee; it is in one of the tables.
    pub treasury: u8,
    /// How long others are waited for.
    pub patience: Duration,
}

impl FillPosting<'_> {
    /// Fetches the first price of a feed after `moment`, unix seconds, to be posted in the transaction that uses it; or returns why that cannot be done.
    async fn posted(&self, feed: FeedId, moment: i64, payer: Pubkey) -> Result<PostedUpdates, String> {
        let updates = self.service.first_after(&[feed], moment).await.map_err(|error| error.to_string())?;
        let update = updates.into_iter().find(|update| update.prices().any(|price| price.feed == feed));
        let update = update.ok_or("the price service has no price of it")?;
        let destination = Destination::Accounts(vec![(feed, self.account.pubkey())]);
        let posted = PostedUpdates::new(self.programs, update, payer, Pubkey::default(), destination);
        Ok(posted.with_treasury(self.treasury).atomic())
    }
}

/// What came of posting a price together with its fill.
pub(super) enum Posted {
    /// The commitment is over.
    Filled(Filled),
    /// A volatility sample was taken that the fill has waited for.
    Sampled,
    /// Nothing was done, for this reason.
    Not(String),
}

/// The price of one update, and all others of another source.
struct Alongside<'a> {
    posted: PostedUpdates,
    others: &'a dyn PriceProvider,
}

impl Alongside<'_> {
    fn of(&self, feed: &FeedId) -> &dyn PriceProvider {
        if self.posted.account(feed).is_ok() { &self.posted } else { self.others }
    }
}

impl PriceProvider for Alongside<'_> {
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice> {
        self.of(feed).account(feed)
    }

    fn refresh(&self, payer: &Pubkey, feeds: &[FeedId]) -> Result<Refresh, NoPrice> {
        let mut all = Refresh::default();
        for feed in feeds {
            let one = self.of(feed).refresh(payer, &[*feed])?;
            all.instructions.extend(one.instructions);
            all.signers.extend(one.signers);
        }
        Ok(all)
    }

    fn first_after(&self, feed: &FeedId, moment: i64) -> Result<Vec<Pubkey>, NoPrice> {
        self.others.first_after(feed, moment)
    }

    fn posted(&self, feed: &FeedId) -> Option<PriceBytes> {
        self.of(feed).posted(feed)
    }
}

impl Client {
    /// Posts the one price that is missing and fills, in one transaction, if that can be done.
    pub(super) async fn post_and_fill(
        &self,
        payer: &(dyn Signer + Sync),
        request: &FillRequest<'_>,
        posting: &FillPosting<'_>,
        moment: i64,
        options: &SendOptions,
    ) -> Result<Posted, FillError> {
        let not = |why: &str| Ok(Posted::Not(why.into()));
        let feed = match self.missing_price(request, moment).await {
            Ok(Some(feed)) => feed,
            Ok(None) => return not("not exactly one price is missing"),
            Err(error) if error.is_passing() => return not(&error.to_string()),
            Err(error) => return Err(error),
        };
        let posted = match posting.posted(feed, moment, payer.pubkey()).await {
            Ok(posted) => posted,
            Err(why) => return Ok(Posted::Not(why)),
        };
        let after = posted.close().instructions;
        let source = Alongside { posted, others: request.source };
        let beside = Beside { signers: vec![posting.account], after, tables: posting.tables };
        match self.fill_now(payer, &FillRequest { source: &source, ..*request }, &beside, options).await {
            Ok(Tried::Ended(filled)) => Ok(Posted::Filled(filled)),
            Ok(Tried::Behind) => not("the node has not seen the commitment"),
            // The sample is posted by itself before.
            Ok(Tried::NoSample { feed, moment, .. }) => {
                self.post_and_sample(payer, posting, (feed, moment), options).await
            }
            Ok(_) => not("the price service does not have the first price after the moment"),
            Err(error @ FillError::Send(SendError::TooLarge { .. })) => not(&error.to_string()),
            Err(error) if error.is_passing() => not(&error.to_string()),
            Err(error) => Err(error),
        }
    }

    /// Posts the price of a feed's volatility sample and takes the sample, in one transaction; `moment` is its grid time, unix seconds.
    pub(super) async fn post_and_sample(
        &self,
        payer: &(dyn Signer + Sync),
        posting: &FillPosting<'_>,
        (feed, moment): (FeedId, i64),
        options: &SendOptions,
    ) -> Result<Posted, FillError> {
        let posted = match posting.posted(feed, moment, payer.pubkey()).await {
            Ok(posted) => posted,
            Err(why) => return Ok(Posted::Not(why)),
        };
        let feeds = PriceFeed { underlying: address::underlying(&feed), price: posting.account.pubkey() };
        let mut instructions = match posted.refresh(&payer.pubkey(), &[feed]) {
            Ok(refresh) => refresh.instructions,
            Err(error) => return Ok(Posted::Not(error.to_string())),
        };
        instructions.push(build::sample_volatility(&feeds));
        instructions.extend(posted.close().instructions);
        let tables = self.lookup_tables(posting.tables).await?;
        match self.send(payer, &instructions, &[posting.account], &tables, options).await {
            Ok(_) => Ok(Posted::Sampled),
            // Somebody else has taken it.
            Err(error) if error.refusal().is_some_and(|refusal| refusal.is("SampleTooEarly")) => Ok(Posted::Sampled),
            Err(error @ (SendError::TooLarge { .. } | SendError::Refused { .. })) => Ok(Posted::Not(error.to_string())),
            Err(error) => {
                let error = FillError::Send(error);
                if error.is_passing() { Ok(Posted::Not(error.to_string())) } else { Err(error) }
            }
        }
    }

    /// Returns the feed of the one first price after `moment` that nobody has posted; `None` for none or several.
    async fn missing_price(&self, request: &FillRequest<'_>, moment: i64) -> Result<Option<FeedId>, FillError> {
        let Some(state) = self.margin_account(request.account).await?.value else { return Ok(None) };
        let Fetched { value: view, .. } = self.pool_view(request.keys, request.source).await?;
        let Ok(places) = view.needed_to_fill(&state) else { return Ok(None) };
        let mut missing = Vec::new();
        for place in places {
            let underlying = &view.markets[usize::from(place)].underlying;
            if self.first_price(underlying, moment, view.now, request.source).await?.is_none() {
                missing.push(underlying.feed_id);
            }
        }
        Ok(missing.first().copied().filter(|_| missing.len() == 1))
    }
}
