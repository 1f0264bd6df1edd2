//! Several series become one path.

use super::{
    PriceFiles,
    fields::{moment, span},
    series::PriceSeries,
};
use crate::{
    error::{Error, Result},
    path::{PathSpec, PricePath, Tick},
};
use evergreen_sdk::presets::Asset;

/// Most ticks of a path; a longer one has fewer for each second.
const MOST_TICKS: i64 = 4_000_000;
/// Most ticks of a path that is made for an asset without a file.
const MOST_MADE: i64 = 500_000;

type Points = Vec<(i64, i64)>;

/// Merges series: over the time that all assets have, at each time of any of them.
pub fn merge(series: Vec<PriceSeries>, made: &PathSpec) -> Result<PriceFiles> {
    let mut notes: Vec<String> = Vec::new();
    let mut of: [Option<Points>; 2] = [None, None];
    for PriceSeries { asset, points, note } in series {
        // A note of several assets is said once.
        if !notes.contains(&note) {
            notes.push(note);
        }
        let place = &mut of[asset as usize];
        match place {
            Some(known) => joined(known, points),
            None => *place = Some(points),
        }
    }
    let spans: Vec<(Asset, i64, i64)> = Asset::ALL
        .into_iter()
        .filter_map(|asset| {
            let points = of[asset as usize].as_ref()?;
            Some((asset, points.first()?.0, points.last()?.0))
        })
        .collect();
    let Some(start) = spans.iter().map(|(_, first, _)| *first).max() else {
        return Err(Error::Path("no file has a price".into()));
    };
    let end = spans.iter().map(|(_, _, last)| *last).min().unwrap_or(start);
    if start > end {
        let told: Vec<String> = spans
            .iter()
            .map(|(asset, first, last)| {
                format!("{} has prices from {} to {}", asset.name(), moment(*first), moment(*last))
            })
            .collect();
        return Err(Error::Path(format!("the files have no time in common: {}", told.join(", "))));
    }
    if spans.iter().any(|(_, first, last)| *first < start || *last > end) {
        notes.push(format!(
            "of all assets there are prices from {} to {}: only these are used",
            moment(start),
            moment(end)
        ));
    }
    for asset in Asset::ALL {
        if of[asset as usize].is_none() {
            of[asset as usize] = Some(made_up(asset, start, end, made)?);
            notes.push(format!("{} has no file: it follows the path that --seed {} makes", asset.name(), made.seed));
        }
    }
    let [btc, eth] = of.map(Option::unwrap_or_default);
    let step = ((end - start) / MOST_TICKS + 1).max(1);
    if step > 1 {
        notes.push(format!("the path is long: it has one price every {}", span(step)));
    }
    let mut times: Vec<i64> =
        btc.iter().chain(&eth).map(|(at, _)| *at).filter(|at| (start..=end).contains(at)).collect();
    times.sort_unstable();
    // The last moment of each step, so that no price comes before its time.
    times.dedup_by(|next, kept| {
        let is_same = (*next - start) / step == (*kept - start) / step;
        if is_same {
            *kept = *next;
        }
        is_same
    });
    let (mut btc, mut eth) = (Last::of(&btc), Last::of(&eth));
    let ticks: Vec<Tick> = times
        .into_iter()
        .filter_map(|at| Some(Tick { time_seconds: at, btc: btc.at(at)?, eth: eth.at(at)? }))
        .collect();
    notes.push(format!("the path has {} prices of each and lasts {}", ticks.len(), span(end - start)));
    Ok(PriceFiles { path: PricePath { ticks }, notes })
}

/// Adds the points of another file of the same asset; where both have a time, the later file counts.
fn joined(known: &mut Points, more: Points) {
    known.extend(more);
    // Sorting is stable, so what came later stays behind.
    known.sort_by_key(|(at, _)| *at);
    known.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            *kept = *next;
        }
        is_same
    });
}

/// A made path over a span.
fn made_up(asset: Asset, start: i64, end: i64, made: &PathSpec) -> Result<Points> {
    let step = ((end - start) / MOST_MADE).max(made.step_seconds);
    let ticks = usize::try_from((end - start) / step).unwrap_or(0) + 1;
    let path = PathSpec { ticks, step_seconds: step, ..*made }.generate()?;
    let price = |tick: &Tick| if asset == Asset::Btc { tick.btc } else { tick.eth };
    Ok(path.ticks.iter().map(|tick| (start + tick.time_seconds, price(tick))).collect())
}

/// The last price at times that rise.
struct Last<'a> {
    points: &'a [(i64, i64)],
    next: usize,
}

impl<'a> Last<'a> {
    const fn of(points: &'a [(i64, i64)]) -> Self {
        Self { points, next: 0 }
    }

    fn at(&mut self, time: i64) -> Option<i64> {
        while self.points.get(self.next).is_some_and(|(at, _)| *at <= time) {
            self.next += 1;
        }
        self.points.get(self.next.checked_sub(1)?).map(|(_, price)| *price)
    }
}
