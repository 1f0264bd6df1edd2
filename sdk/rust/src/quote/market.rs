//! One underlying of a pool with its prices.

use super::{QuoteError, Result};
use crate::{instruction::PriceFeed, price::PriceBytes};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    oracle::{self, CONFIRMED_AFTER, CONFIRMED_BEFORE, OraclePrice, Publication, Quality},
    state::{PriceSource, Underlying},
};
use evergreen_math::UnixTime;

/// One underlying of a pool at one moment.
#[derive(Clone)]
pub struct MarketView {
    /// The underlying.
    pub underlying: Box<Underlying>,
    /// Addresses of the underlying and of its price account.
    pub feed: PriceFeed,
    /// The price account, if it is known.
    pub price: Option<PriceBytes>,
    /// An account with an earlier price of the same feed. It is needed only where the price is far from its average
    /// ([`Quality::Far`](evergreen::oracle::Quality)), and says whether that is so for more than a moment.
    pub earlier: Option<(Pubkey, PriceBytes)>,
    /// The account with the price of the volatility sample that can be taken now ([`Self::sample_moment`]), if it is known. Quotes of trades count it, because
    /// a fill that adds risk comes after it.
    pub sample: Option<(Pubkey, PriceBytes)>,
}

impl MarketView {
    /// Judges the price by the program's own rules, beside the earlier one if it is known.
    ///
    /// # Errors
    /// [`QuoteError::NoPrice`]; [`QuoteError::Refused`] with one of the program's price errors.
    pub fn publication(&self, wanted: Publication, now: i64) -> Result<OraclePrice> {
        let bytes = self.price.as_ref().ok_or(QuoteError::NoPrice(self.feed.underlying))?;
        let price = oracle::read(&bytes.at(&self.feed.price), &self.underlying, wanted, UnixTime(now))?;
        let earlier = self.earlier.as_ref().map(|(key, bytes)| bytes.at(key));
        Ok(oracle::confirm(price, earlier.as_ref(), &self.underlying, wanted)?)
    }

    /// Takes the first of these accounts, if any, whose price confirms the market's or contradicts it.
    pub fn take_earlier(
        &mut self,
        wanted: Publication,
        now: i64,
        candidates: impl IntoIterator<Item = (Pubkey, PriceBytes)>,
    ) {
        for candidate in candidates {
            self.earlier = Some(candidate);
            if self.publication(wanted, now).is_ok() {
                return;
            }
        }
        self.earlier = None;
    }

    /// The moment, unix seconds, after which the first price is one that can be compared with the market's; `None` where its price
    /// needs no other.
    pub fn earlier_moment(&self, wanted: Publication, now: i64) -> Option<i64> {
        let bytes = self.price.as_ref()?;
        let price = oracle::read(&bytes.at(&self.feed.price), &self.underlying, wanted, UnixTime(now)).ok()?;
        let has_earlier = self.underlying.price_source().ok()? == PriceSource::PythUpdate;
        if price.quality != Quality::Far || !has_earlier {
            return None;
        }
        match wanted {
            // One price in half a minute serves everybody.
            Publication::Recent => Some((price.published.0 - CONFIRMED_AFTER - 1).div_euclid(30) * 30),
            Publication::FirstAfter(moment) => Some(moment - CONFIRMED_BEFORE),
            Publication::KnownAfter(_) => None,
        }
    }

    /// The addresses of the underlying and of its price account, and those with the earlier price if there is one.
    pub fn feeds(&self) -> impl Iterator<Item = PriceFeed> {
        let earlier = self.earlier.as_ref().map(|(key, _)| PriceFeed { price: *key, ..self.feed });
        core::iter::once(self.feed).chain(earlier)
    }
}
