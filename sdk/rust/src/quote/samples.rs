//! Volatility samples that are due: a fill that adds risk or sells, what others close at the bid, and the execution of liquidity wait for them, and quotes of trades count them.

use super::{MarketView, PoolView, Result};
use crate::{
    instruction::{self as build, PriceFeed},
    price::PriceBytes,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    Leg,
    engine::Direction,
    oracle::{self, Publication},
    state::{LiquidityRequest, MarginAccount, SeriesId, ShareClass, Underlying},
};
use evergreen_math::UnixTime;
use std::borrow::Cow;

impl MarketView {
    /// Returns the grid time, unix seconds, whose first price can be sampled now; `None` where it has been, or has to wait.
    pub fn sample_moment(&self, now: i64) -> Option<i64> {
        self.underlying.unsampled_grid_time(now).filter(|moment| now > *moment)
    }

    /// Takes the first of these accounts, if any, that holds the price which can be sampled now.
    pub fn take_sample(&mut self, now: i64, candidates: impl IntoIterator<Item = (Pubkey, PriceBytes)>) {
        let wanted = self.sample_moment(now).map(Publication::FirstAfter);
        self.sample = wanted.and_then(|wanted| {
            let is_first = |(key, bytes): &(Pubkey, PriceBytes)| {
                oracle::read(&bytes.at(key), &self.underlying, wanted, UnixTime(now)).is_ok()
            };
            candidates.into_iter().find(is_first)
        });
    }

    /// Returns the underlying as the sample that can be taken now leaves it; as it is where there is none, or its price is not known.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): those of [`oracle::take_sample`].
    pub fn sampled(&self, now: i64) -> Result<Cow<'_, Underlying>> {
        let (Some((key, bytes)), Some(moment)) = (&self.sample, self.sample_moment(now)) else {
            return Ok(Cow::Borrowed(&self.underlying));
        };
        let wanted = Publication::FirstAfter(moment);
        let price = oracle::read(&bytes.at(key), &self.underlying, wanted, UnixTime(now))?;
        let mut sampled = *self.underlying;
        oracle::take_sample(&mut sampled, &price, now)?;
        Ok(Cow::Owned(sampled))
    }
}

impl PoolView {
    /// Returns the view as these samples leave it, as far as their prices are known.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): those of [`MarketView::sampled`].
    pub fn with_samples(&self, samples: &[(u8, i64)]) -> Result<Cow<'_, Self>> {
        let mut sampled = Cow::Borrowed(self);
        for (place, _) in samples {
            let Some(market) = self.markets.get(usize::from(*place)) else { continue };
            if let Cow::Owned(underlying) = market.sampled(self.now)? {
                let market = &mut sampled.to_mut().markets[usize::from(*place)];
                (*market.underlying, market.sample) = (underlying, None);
            }
        }
        Ok(sampled)
    }

    /// Returns the samples that have to be taken before a trade that is committed now can be filled: place of the underlying in the pool's list, and grid time in
    /// unix seconds. None where it only buys back what is written.
    pub fn samples_to_trade(&self, account: &MarginAccount, legs: &[Leg]) -> Vec<(u8, i64)> {
        let legs = waiting(legs, account);
        // Between this and the fill the next grid time may begin, of which no price is known yet.
        let filled = self.now.saturating_add(self.pool.params.fill_delay.into()).saturating_add(1);
        let due = |place: u8| {
            let market = self.markets.get(usize::from(place))?;
            let moment = market.sample_moment(self.now)?;
            (market.underlying.sampling_time(filled) == moment).then_some((place, moment))
        };
        self.places(&legs).into_iter().filter_map(due).collect()
    }

    /// Returns the samples that have to be taken before the commitment of an account can be filled, at the prices here: place of the underlying in the pool's list, and
    /// grid time in unix seconds. None where it only buys back what is written, or its time is over.
    pub fn samples_to_fill(&self, account: &MarginAccount) -> Vec<(u8, i64)> {
        let Ok(legs) = account.committed_legs() else { return Vec::new() };
        if account.commitment.is_over(self.now).is_ok_and(|is_over| is_over) {
            return Vec::new();
        }
        self.due(Publication::FirstAfter(self.price_moment(&account.commitment)), self.places(&waiting(&legs, account)))
    }

    /// Places of the underlyings of these legs in the pool's list.
    fn places(&self, legs: &[Leg]) -> Vec<u8> {
        let series = legs.iter().filter_map(|leg| self.registry.series(leg.series).ok());
        let mut places: Vec<u8> = series.map(|series| series.underlying).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Returns the samples that have to be taken before a deposit can be executed, as [`Self::samples_of_minute`]; none where its time is over, so that it is given
    /// back.
    pub fn samples_of_deposit(&self, request: &LiquidityRequest) -> Vec<(u8, i64)> {
        if self.now > request.deadline() {
            return Vec::new();
        }
        self.samples_of_minute(request.share_class(), request.minute)
    }

    /// Returns the samples that have to be taken before liquidity of a class of a full minute, unix seconds, can be executed, at the prices here: place of
    /// the underlying in the pool's list, and grid time in unix seconds.
    pub fn samples_of_minute(&self, class: ShareClass, minute: i64) -> Vec<(u8, i64)> {
        self.due(Publication::FirstAfter(minute), self.needed_for(class, minute))
    }

    /// Returns the samples that have to be taken before somebody sells bought options of an account for its cash: those of all that are compared. Place of the underlying in the pool's list,
    /// and grid time in unix seconds.
    pub fn samples_to_close_for_cash(&self, account: &MarginAccount) -> Vec<(u8, i64)> {
        let bought = account.positions.iter().filter(|position| position.points > 0);
        let legs: Vec<Leg> =
            bought.map(|position| Leg { series: position.series(), points: -position.points }).collect();
        self.due(Publication::Recent, self.places(&legs))
    }

    /// Returns the samples that have to be taken before somebody closes positions of others in a series after a notice, at the first prices after its moment. Place of the underlying in the
    /// pool's list, and grid time in unix seconds. A buy-back waits for none.
    pub fn samples_to_close(&self, series: SeriesId, wanted: Publication) -> Vec<(u8, i64)> {
        let place = self.registry.series(series).map(|series| series.underlying);
        self.due(wanted, place.into_iter().collect())
    }

    fn due(&self, wanted: Publication, places: Vec<u8>) -> Vec<(u8, i64)> {
        let due = |place: u8| {
            let price = self.publication(place, wanted).ok()?;
            let underlying = &self.markets.get(usize::from(place))?.underlying;
            Some((place, oracle::sample_due(underlying, wanted, price.published, UnixTime(self.now))?))
        };
        places.into_iter().filter_map(due).collect()
    }

    /// Returns the instructions that take these samples, as far as their prices are known. They come in front of what waits for them.
    pub fn take_samples(&self, samples: &[(u8, i64)]) -> Vec<Instruction> {
        let markets = samples.iter().filter_map(|(place, _)| self.markets.get(usize::from(*place)));
        let feeds = markets.filter_map(|market| Some(PriceFeed { price: market.sample.as_ref()?.0, ..market.feed }));
        feeds.map(|feed| build::sample_volatility(&feed)).collect()
    }

    /// Returns the first of these samples whose price is not known.
    pub fn unknown_sample(&self, samples: &[(u8, i64)]) -> Option<(u8, i64)> {
        let is_known = |place: u8| self.markets.get(usize::from(place)).is_some_and(|market| market.sample.is_some());
        samples.iter().copied().find(|(place, _)| !is_known(*place))
    }
}

/// Returns the legs that wait for samples: all of a trade that adds risk, and those that sell.
fn waiting(legs: &[Leg], account: &MarginAccount) -> Vec<Leg> {
    let adds = Direction::of(legs, account) == Direction::Adding;
    legs.iter().filter(|leg| adds || leg.points < 0).copied().collect()
}
