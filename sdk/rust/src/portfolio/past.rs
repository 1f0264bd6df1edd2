//! What events of the past tell of series and underlyings: names of series that are no longer listed, and which part of past funding was carry.

mod replay;

use super::{HoldingValue, MovementKind, StatementRow};
use crate::{events::Event, quote::PoolView};
use anchor_lang::prelude::Pubkey;
use evergreen::state::{Change, OptionId, SeriesId, SeriesSpec, Underlying, UnderlyingConfig};
use evergreen_math::{Dollars, Ratio, UnixTime};
use replay::Replay;
use std::collections::BTreeMap;

/// A series by slot and generation.
type Key = (u8, u32);

/// What a series was, and when it ended.
#[derive(Clone, Copy, Debug)]
struct Listed {
    /// Place of the underlying in the pool's list.
    underlying: u8,
    spec: SeriesSpec,
    end: Option<End>,
}

/// How funding of a series has ended, unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was exercised then.
    Exercised(i64),
    /// Its feed has ended; funding did with the last sample before.
    Silent(i64),
}

/// A volatility sample.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Time of its transaction, unix seconds.
    at: i64,
    /// Whether it is the first one, with which its underlying was created: that one counts from its own time, others from their grid time.
    is_first: bool,
    price: Dollars,
    /// Volatility of marks of the shortest tenor.
    sigma: Ratio,
}

/// The samples of an underlying, the oldest first.
#[derive(Clone, Debug, Default)]
struct Samples {
    taken: Vec<Sample>,
    /// Time of the last change of its parameters: funding of before ran by others.
    changed: Option<i64>,
    /// Whether the network did not tell the time of a sample.
    is_untimed: bool,
}

impl Listed {
    /// The option, with the cap that its tenor has at present.
    fn option(&self, view: &PoolView) -> Option<OptionId> {
        let SeriesSpec { put, strike, tenor } = self.spec;
        let caps = view.markets.get(usize::from(self.underlying))?.underlying.tenor(tenor).ok()?;
        let cap_bps = if put { caps.put_cap_bps } else { caps.call_cap_bps };
        Some(OptionId { underlying: self.underlying, put, strike, tenor, cap_bps })
    }
}

impl Samples {
    fn take(&mut self, time: Option<i64>, price: Dollars, sigma: Ratio, is_first: bool) {
        match time {
            Some(at) => self.taken.push(Sample { at, is_first, price, sigma }),
            None => self.is_untimed = true,
        }
    }
}

/// The volatility with which an underlying is created.
fn first_sigma(config: &UnderlyingConfig, price: Dollars, time: Option<i64>) -> Option<Ratio> {
    let mut underlying: Box<Underlying> = Box::new(bytemuck::Zeroable::zeroed());
    underlying.params = config.params;
    underlying.volatility_params().start(price, UnixTime(time?)).ok().map(|state| state.front)
}

/// Events of pools and underlyings, as far as names of series and past carry need them.
///
/// Take transactions in the order of time. The transactions of an underlying's address are enough for everything; those of a pool's for names.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::{events::SeriesListed, state::SeriesId}, events::Event, portfolio::PastEvents};
///
/// let (pool, series) = (Pubkey::new_from_array([1; 32]), SeriesId { slot: 3, generation: 2 });
/// let listed = SeriesListed { pool, series, underlying: 0, kind: 1, strike: 95_000, tenor: 7 * 86_400 };
/// let mut past = PastEvents::default();
/// past.take(&[Event::SeriesListed(listed)], Some(1_790_000_000));
/// assert_eq!(past.listed(&pool, series).map(|(_, option)| option.strike), Some(95_000));
/// ```
#[derive(Clone, Debug, Default)]
pub struct PastEvents {
    series: BTreeMap<(Pubkey, Key), Listed>,
    samples: BTreeMap<Pubkey, Samples>,
    /// When series of a pool were brought up to date, unix seconds.
    refreshed: BTreeMap<Pubkey, Vec<i64>>,
    /// When series were traded, in whichever pool.
    traded: BTreeMap<Key, Vec<i64>>,
}

/// Which part of an account's funding was carry, native units; `None` where the events do not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastCarry {
    /// For each row of the statement the carry in it; `None` also for rows that are no funding.
    pub rows: Vec<Option<i64>>,
    settled: BTreeMap<Key, Option<i64>>,
    pending: BTreeMap<Key, Option<i64>>,
}

impl PastCarry {
    /// Returns the carry in all settled funding of a series; negative where more was paid.
    pub fn settled(&self, series: SeriesId) -> Option<i64> {
        self.settled.get(&(series.slot, series.generation)).copied().flatten()
    }

    /// Returns the carry in the funding of a position since its last settlement; negative where it is owed.
    pub fn pending(&self, series: SeriesId) -> Option<i64> {
        self.pending.get(&(series.slot, series.generation)).copied().flatten()
    }

    /// Returns the carry in all settled funding.
    pub fn total(&self) -> Option<i128> {
        self.settled.values().map(|carry| carry.map(i128::from)).sum()
    }

    /// Returns the carry in all funding since the last settlements.
    pub fn total_pending(&self) -> Option<i128> {
        self.pending.values().map(|carry| carry.map(i128::from)).sum()
    }
}

impl PastEvents {
    /// Takes the events of the next transaction, at its time in unix seconds.
    pub fn take(&mut self, events: &[Event], time: Option<i64>) {
        for event in events {
            match event {
                Event::SeriesListed(e) => {
                    let spec = SeriesSpec { put: e.kind != 0, strike: e.strike, tenor: e.tenor };
                    self.series.insert((e.pool, key(e.series)), Listed { underlying: e.underlying, spec, end: None });
                }
                Event::SeriesExercised(e) => self.end(e.pool, e.series, time.map(End::Exercised)),
                Event::SeriesEnded(e) => self.end(e.pool, e.series, time.map(End::Silent)),
                Event::PoolRefreshed(e) => self.refreshed.entry(e.pool).or_default().extend(time),
                Event::LegFilled(e) => self.traded.entry(key(e.series)).or_default().extend(time),
                Event::UnderlyingCreated(e) => {
                    let price = Dollars::from_bits(e.price);
                    if let Some(sigma) = first_sigma(&e.config, price, time) {
                        self.samples.entry(e.underlying).or_default().take(time, price, sigma, true);
                    }
                }
                Event::VolatilitySampled(e) => {
                    let (price, sigma) = (Dollars::from_bits(e.price), Ratio::from_bits(e.front_sigma));
                    self.samples.entry(e.underlying).or_default().take(time, price, sigma, false);
                }
                Event::ProposalExecuted(e) if matches!(e.change, Change::UnderlyingParams(_)) => {
                    self.samples.entry(e.target).or_default().changed = Some(time.unwrap_or(i64::MAX));
                }
                _ => {}
            }
        }
    }

    /// Notes that a series has ended. One whose listing is not known needs no end.
    fn end(&mut self, pool: Pubkey, series: SeriesId, end: Option<End>) {
        if let Some(listed) = self.series.get_mut(&(pool, key(series))) {
            listed.end = end;
        }
    }

    /// Returns what a series of a pool is or was, with the place of its underlying in the pool's list; `None` where its listing is not among the events.
    pub fn listed(&self, pool: &Pubkey, series: SeriesId) -> Option<(u8, SeriesSpec)> {
        self.series.get(&(*pool, key(series))).map(|listed| (listed.underlying, listed.spec))
    }

    /// Tells the carry apart in the funding of an account: from its rows with their times, the oldest first, and what it holds.
    ///
    /// The program settles time value and carry in one amount. What the time value was follows from the volatility samples, by the program's own code; carry is what
    /// is left, so both add up to the amount, and each settlement rounds both by a unit at most. Nothing is told of a series whose samples, from its first row on, are not
    /// among the events, or whose underlying has had other parameters since.
    ///
    /// A series knows five samples since it was last brought up to date; where that was longer ago the program takes an average over the gap, and so does this: it knows refreshes and trades
    /// from the events, and no other touches.
    pub fn carry(&self, view: &PoolView, rows: &[(Option<i64>, StatementRow)], holdings: &[HoldingValue]) -> PastCarry {
        let mut found = PastCarry::default();
        let mut replays: BTreeMap<Key, Option<Replay<'_>>> = BTreeMap::new();
        for (time, row) in rows {
            let is_funding = row.kind == MovementKind::Funding;
            let Some(id) = row.series.filter(|_| is_funding || row.points != 0) else {
                found.rows.push(None);
                continue;
            };
            let replay = replays.entry(key(id)).or_insert_with(|| self.replay(view, id, *time));
            let amount = if is_funding { row.amount } else { 0 };
            let carry = replay.as_mut().zip(*time).and_then(|(replay, time)| replay.settle(time, amount, row.points));
            if carry.is_none() {
                *replay = None;
            }
            found.rows.push(carry.filter(|_| is_funding));
            let total = found.settled.entry(key(id)).or_insert(Some(0));
            *total = total.zip(carry).and_then(|(total, carry)| total.checked_add(carry));
        }
        for holding in holdings {
            let replay = replays.get_mut(&key(holding.series)).and_then(Option::as_mut);
            let carry = replay.and_then(|replay| replay.settle(view.now, holding.pending, 0));
            found.pending.insert(key(holding.series), carry);
        }
        found
    }

    /// The funding of a series without carry, from a moment on.
    fn replay(&self, view: &PoolView, id: SeriesId, from: Option<i64>) -> Option<Replay<'_>> {
        let listed = self.series.get(&(view.keys.pool, key(id)));
        let option = match (view.registry.option(id), listed) {
            (Ok(option), _) => option,
            (Err(_), Some(listed)) => listed.option(view)?,
            (Err(_), None) => return None,
        };
        let market = view.markets.get(usize::from(option.underlying))?;
        let samples = self.samples.get(&market.feed.underlying)?;
        let from = from?;
        if samples.is_untimed || samples.changed.is_some_and(|changed| changed >= from) {
            return None;
        }
        // What has ended has done so with an event of its underlying.
        let end = listed.and_then(|listed| listed.end);
        let refreshed = self.refreshed.get(&view.keys.pool).into_iter().flatten();
        let traded = self.traded.get(&key(id)).into_iter().flatten();
        let mut touches: Vec<i64> = refreshed.chain(traded).copied().filter(|time| *time > from).collect();
        touches.sort_unstable();
        Replay::new(view, (&samples.taken, touches), option, (from, end))
    }
}

const fn key(series: SeriesId) -> Key {
    (series.slot, series.generation)
}
