//! The path of prices is played: clock, prices, volatility, funding.

use anyhow::{Context, Result};
use evergreen::state::SeriesId;
use evergreen_math::Seconds;
use evergreen_sdk::instruction as ix;

use crate::{
    cast::Who,
    milestones::Milestone,
    narration::{Table, dollars},
    stock::{Stock, tokens},
    story::Story,
    view::{percent, plain},
};

/// A line is written every so many ticks, and for the last one.
const TICKS_PER_LINE: i64 = 3;

/// The tenor whose volatility is shown.
const WEEK: Seconds = Seconds(7 * Seconds::DAY.0);

/// Most positions whose worth and funding are shown.
const MOST_WATCHED: usize = 2;

/// A position that is followed along the path.
struct Watched {
    name: String,
    stock: Stock,
    who: Who,
    series: SeriesId,
}

/// Plays ticks until a condition holds. At every tick keepers sample volatility and accrue the funding of both books.
pub fn play_until(story: &mut Story, mut done: impl FnMut(&Story) -> Result<bool>) -> Result<()> {
    let watched = watched(story)?;
    let mut heading = vec!["day", "BTC", "vol", "ETH", "vol"];
    for position in &watched {
        heading.extend([position.name.as_str(), "funding/day", "so far"]);
    }
    let mut table = Table::new(0, heading);
    let before = plain(story.sigma(0, WEEK)?.to_bits());
    loop {
        story.next_tick()?;
        accrue(story)?;
        let ended = done(story)?;
        let tick = story.tick.time_seconds / crate::story::PATH.step_seconds;
        if ended || tick % TICKS_PER_LINE == 0 {
            table.row(line(story, &watched)?);
        }
        if ended {
            break;
        }
    }
    story.tell.table(&table);
    let moved = plain(story.sigma(0, WEEK)?.to_bits()) / before - 1.0;
    if moved.abs() > 0.005 {
        story.happened(Milestone::VolatilityMoved);
    }
    Ok(())
}

/// The first positions of the cast that are open.
fn watched(story: &Story) -> Result<Vec<Watched>> {
    let (tsla, crcl, series) = (story.tsla, story.crcl, story.series()?);
    let all =
        [(tsla, Who::Alice, series.week_call), (crcl, Who::Bob, series.eth_put), (tsla, Who::Erin, series.month_call)];
    let mut open = Vec::new();
    for (stock, who, series) in all {
        let held = !story.position(&stock, who, series)?.is_zero();
        if held && open.len() < MOST_WATCHED {
            let name = format!("{}'s {}s", who.name(), story.kind_of(&stock, series)?);
            open.push(Watched { name, stock, who, series });
        }
    }
    Ok(open)
}

fn accrue(story: &mut Story) -> Result<()> {
    let both = [story.tsla, story.crcl];
    refresh(story, &both)
}

/// Keepers accrue the funding of these pools.
fn refresh(story: &mut Story, stocks: &[Stock]) -> Result<()> {
    let feeds = story.feeds();
    let all: Vec<_> = stocks.iter().map(|stock| ix::refresh_pool(&stock.keys, &feeds)).collect();
    story.send_quietly(Who::Kim, &all).context("accruing funding")?;
    Ok(())
}

/// Plays so many ticks without a line; keepers sample volatility and accrue the funding of these pools.
pub fn pass_ticks(story: &mut Story, ticks: usize, stocks: &[Stock]) -> Result<()> {
    for _ in 0..ticks {
        story.next_tick()?;
        refresh(story, stocks)?;
    }
    Ok(())
}

fn line(story: &Story, watched: &[Watched]) -> Result<Vec<String>> {
    let mut cells = vec![format!("{:.1}", story.day())];
    for place in [0, 1] {
        cells.push(dollars(plain(story.spot(place).to_bits())));
        cells.push(percent(plain(story.sigma(place, WEEK)?.to_bits())));
    }
    for Watched { stock, who, series, .. } in watched {
        let points = story.position(stock, *who, *series)?;
        let mark = story.mark(stock, *series)?;
        cells.push(tokens(mark.worth(points)?));
        cells.push(tokens(mark.funding_per_day(points)?));
        cells.push(tokens(story.unsettled_funding(stock, *who, *series)?));
    }
    Ok(cells)
}
