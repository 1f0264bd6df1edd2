//! What keepers can do for a pool: exercise series at their cap, give notices, close for cash and for a place, auto-deleverage, retire series.

use super::{MarketView, PoolView, Result, Scratch};
use crate::instruction::PriceFeed;
use evergreen::{
    engine::{Fill, PoolEngine, give_notice},
    oracle::{PriceUse, Publication},
    state::{MarginAccount, NoticeCause, Series, SeriesId, SeriesStatus},
};

/// Why notices are given; that of a buy-back is the pool's.
const CAUSES: [NoticeCause; 4] = [NoticeCause::Slot, NoticeCause::Capital, NoticeCause::Excess, NoticeCause::Buyback];

/// A notice whose moment is over and that is not void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenNotice {
    /// The series of which it was given.
    pub series: SeriesId,
    /// Why.
    pub cause: NoticeCause,
    /// Unix seconds; the first prices after it are those at which positions are closed.
    pub moment: i64,
}

/// A keeper finds what to do for a pool, besides liquidations and orders, like this:
///
/// ```
/// use evergreen_sdk::{anchor_lang::solana_program::instruction::Instruction, instruction, quote::PoolView};
///
/// fn round(view: &PoolView) -> Vec<Instruction> {
///     let keys = &view.keys;
///     let retire = view.retirable().into_iter().map(|series| instruction::retire_series(keys, series));
///     let exercise = view.exercisable().into_iter().filter_map(|series| {
///         let place = view.registry.series(series).ok()?.underlying;
///         Some(instruction::exercise_series(keys, series, &view.feeds(&[place])))
///     });
///     retire.chain(exercise).collect()
/// }
/// # use evergreen_sdk::testing::scene::Scene;
/// assert!(round(&Scene::new(1, 0)?.view).is_empty(), "there is nothing to do");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the series that `exercise_series` would accept: the price has reached their cap with its whole confidence interval, and
    /// with both ends of its band where it is not fresh. Series whose price is missing or refused are left out.
    pub fn exercisable(&self) -> Vec<SeriesId> {
        let (market, _) = self.market_as_known();
        self.in_registry().filter(|(_, s)| is_live(s) && market.check_capped(s).is_ok()).map(|(id, _)| id).collect()
    }

    /// Returns the series of an account whose bought options `close_for_cash` can sell, because it owes cash once its funding is settled: the one that loses least, and those that lose about as
    /// little. Samples that it waits for count as taken, as far as their prices are known ([`Self::samples_to_close_for_cash`]).
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) when no price of the account's live positions is usable, or one of them is not certain.
    pub fn closable_for_cash(&self, account: &MarginAccount) -> Result<Vec<SeriesId>> {
        let bought = || account.positions.iter().filter(|position| position.points > 0);
        if bought().next().is_none() {
            return Ok(Vec::new());
        }
        let places = self.priced(account)?;
        let view = self.with_samples(&self.samples_to_close_for_cash(account))?;
        let key = view.account_key(account);
        const AT: (Publication, PriceUse) = (Publication::Recent, PriceUse::ForcedClose);
        let (owes, ..) = view.on_account_of_others(AT, &places, account, |_, settled| Ok(settled.cash < 0))?;
        let mut found = Vec::new();
        for id in bought().map(|position| position.series()).filter(|_| owes) {
            let (closed, ..) = view.on_account_of_others(AT, &places, account, |engine, settled| {
                Ok(engine.close_for_cash(settled, &key, id).is_ok())
            })?;
            if closed {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Returns the feeds for `close_for_cash` or `liquidate` of an account: those of all its positions, the underlying in the place of a price that is not usable.
    ///
    /// # Errors
    /// As [`Self::priced`].
    pub fn feeds_to_close(&self, account: &MarginAccount) -> Result<Vec<PriceFeed>> {
        let (needed, priced) = (self.needed(account, [])?, self.priced(account)?);
        let mut feeds = self.feeds(&priced);
        let unpriced = needed.iter().filter(|place| !priced.contains(place));
        let unpriced = unpriced.filter_map(|place| self.markets.get(usize::from(*place)));
        feeds.extend(unpriced.map(|market| PriceFeed::without_price(market.feed.underlying)));
        Ok(feeds)
    }

    /// Returns the series of which `give_notice` can be given now, and why: those that have to give way to others who want their places, and those of
    /// which more is written than bought. No price is needed.
    pub fn notices_to_give(&self) -> Vec<(SeriesId, NoticeCause)> {
        let mut found = Vec::new();
        // The program asks for more than this; it is tried out only where it may say yes, because each trial is one on a copy of the registry.
        let (is_taken, is_full) = (self.registry.is_taken(), self.pool.is_at_capacity().unwrap_or(true));
        let may_hold = |cause: NoticeCause, series: &Series| match cause {
            NoticeCause::Slot => is_taken,
            NoticeCause::Capital => is_full,
            NoticeCause::Excess => series.excess_short().is_ok_and(|points| points > 0),
            // Its curator announces it.
            NoticeCause::Buyback => false,
        };
        for (id, series) in self.in_registry() {
            let Some(market) = self.markets.get(usize::from(series.underlying)) else { continue };
            for cause in CAUSES.into_iter().filter(|cause| may_hold(*cause, series)) {
                let mut registry = self.registry.clone();
                if give_notice(&self.pool, &mut registry, &market.underlying, id, cause, self.now).is_ok() {
                    found.push((id, cause));
                }
            }
        }
        found
    }

    /// Returns the notices whose moment is over and that are not void: positions of their series can be closed at the first prices after the
    /// moment, unix seconds. A buy-back that was announced is one of every series with open interest.
    pub fn notices(&self) -> Vec<OpenNotice> {
        let open = self.in_registry().flat_map(|(series, state)| {
            CAUSES.map(|cause| {
                if cause == NoticeCause::Buyback && !(is_live(state) && state.has_interest()) {
                    return None;
                }
                let moment = self.pool.notice(&self.registry, series, cause, self.now).ok()?;
                (moment < self.now).then_some(OpenNotice { series, cause, moment })
            })
        });
        open.flatten().collect()
    }

    /// Returns whether `close_for_place` can close the position of an account in a series of which notice was given for this cause. The prices of the view
    /// must be the first ones after the moment of the notice; samples that it waits for count as taken, as far as their prices are known ([`Self::samples_to_close_for`]).
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): `NoticeMissing`, and as [`Self::closable_for_cash`].
    pub fn closable_for_place(&self, account: &MarginAccount, series: SeriesId, cause: NoticeCause) -> Result<bool> {
        let key = self.account_key(account);
        let close = |engine: &mut PoolEngine, settled: &mut MarginAccount| {
            engine.close_for_place(settled, &key, (series, cause))
        };
        self.closes_after(account, (series, cause), close)
    }

    /// Returns the samples that have to be taken before positions in a series are closed after a notice of this moment, unix seconds, as [`Self::samples_to_close`].
    pub fn samples_to_close_for(&self, series: SeriesId, cause: NoticeCause, moment: i64) -> Vec<(u8, i64)> {
        match cause {
            NoticeCause::Buyback => Vec::new(),
            _ => self.samples_to_close(series, Publication::FirstAfter(moment)),
        }
    }

    /// Returns whether something closes of an account after a notice, at the prices of the view.
    fn closes_after(
        &self,
        account: &MarginAccount,
        (series, cause): (SeriesId, NoticeCause),
        close: impl FnOnce(&mut PoolEngine<'_>, &mut MarginAccount) -> anchor_lang::Result<Vec<Fill>>,
    ) -> Result<bool> {
        let moment = self.pool.notice(&self.registry, series, cause, self.now)?;
        if account.commitment.check_none_before(moment, self.now).is_err() {
            return Ok(false);
        }
        let wanted = Publication::FirstAfter(moment);
        let places = self.priced_with(account, wanted)?;
        let close = |engine: &mut PoolEngine<'_>, settled: &mut MarginAccount| Ok(close(engine, settled).is_ok());
        let view = self.with_samples(&self.samples_to_close_for(series, cause, moment))?;
        Ok(view.on_account_of_others((wanted, PriceUse::ForcedClose), &places, account, close)?.0)
    }

    /// Returns the series of which more is written than bought, and how many points of them `auto_deleverage` may close.
    pub fn excess_short(&self) -> Vec<(SeriesId, u64)> {
        let excess =
            |s: &Series| s.excess_short().ok().and_then(|points| u64::try_from(points).ok()).filter(|p| *p > 0);
        self.in_registry().filter(|(_, s)| is_live(s)).filter_map(|(id, s)| Some((id, excess(s)?))).collect()
    }

    /// Returns how many of up to `points` written options of a series `auto_deleverage` can close in an account: all of them, or the
    /// largest half, quarter and so on that leaves a healthy account above maintenance; zero if none. The prices of the view must be the
    /// first ones after the moment of the notice.
    ///
    /// # Errors
    /// As [`Self::closable_for_place`].
    pub fn deleverage(&self, account: &MarginAccount, series: SeriesId, points: u64) -> Result<u64> {
        let key = self.account_key(account);
        let mut size = points;
        while size > 0 {
            let close = |engine: &mut PoolEngine<'_>, settled: &mut MarginAccount| {
                engine.auto_deleverage(settled, &key, series, size)
            };
            if self.closes_after(account, (series, NoticeCause::Excess), close)? {
                break;
            }
            size /= 2;
        }
        Ok(size)
    }

    /// As [`Self::on_account`], for what others do to an account: funding is settled in whole units. `wanted` says which publication of each price.
    pub(crate) fn on_account_of_others<T>(
        &self,
        (wanted, usage): (Publication, PriceUse),
        places: &[u8],
        account: &MarginAccount,
        work: impl FnOnce(&mut PoolEngine<'_>, &mut MarginAccount) -> Result<T>,
    ) -> Result<(T, Box<MarginAccount>, Scratch)> {
        let mut opened = self.opened(account)?;
        let key = self.account_key(account);
        let mut scratch = self.scratch();
        let (pool, registry) = (&mut scratch.pool, &mut scratch.registry);
        let market = self.market_with(wanted, usage, places)?;
        let mut engine = PoolEngine::open_for_others(pool, registry, &market, &mut opened, &key)?;
        let done = work(&mut engine, &mut opened)?;
        Ok((done, opened, scratch))
    }

    /// Returns the places of the underlyings of which anyone can report that nobody has sampled them for a day. No price is needed.
    pub fn silences_to_report(&self) -> Vec<u8> {
        let places = (0u8..=u8::MAX).zip(&self.markets);
        let is_due = |market: &MarketView| market.underlying.clone().report_silence(self.now).is_ok();
        places.filter(|(_, market)| is_due(market)).map(|(place, _)| place).collect()
    }

    /// Returns the live series that `end_series` would end, because the silence of their underlying was reported seven days ago. No price is
    /// needed.
    pub fn endable(&self) -> Vec<SeriesId> {
        let ends = |series: &Series| {
            let market = self.markets.get(usize::from(series.underlying));
            market.is_some_and(|market| {
                market.underlying.check_ended(self.now).is_ok()
                    && market.underlying.last_value(&mut series.clone(), &self.pool).is_ok()
            })
        };
        self.in_registry().filter(|(_, series)| is_live(series) && ends(series)).map(|(id, _)| id).collect()
    }

    /// Returns the series without open interest, whose slots `retire_series` frees.
    pub fn retirable(&self) -> Vec<SeriesId> {
        self.in_registry().filter(|(_, series)| series.is_unused()).map(|(id, _)| id).collect()
    }

    fn in_registry(&self) -> impl Iterator<Item = (SeriesId, &Series)> {
        let slots = (0u8..=u8::MAX).zip(&self.registry.series);
        let used = slots.filter(|(_, series)| series.status() != SeriesStatus::Free);
        used.map(|(slot, series)| (SeriesId { slot, generation: series.generation }, series))
    }
}

fn is_live(series: &Series) -> bool {
    series.status() == SeriesStatus::Live
}

#[cfg(test)]
mod tests;
