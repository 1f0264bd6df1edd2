//! Which series events are about.

use evergreen_sdk::{events::Event, evergreen::state::SeriesId};

/// The series that an event is about, if it is about one.
pub const fn series_of(event: &Event) -> Option<SeriesId> {
    match event {
        Event::SeriesListed(e) => Some(e.series),
        Event::SeriesRetired(e) => Some(e.series),
        Event::SeriesExercised(e) => Some(e.series),
        Event::SeriesEnded(e) => Some(e.series),
        Event::NoticeGiven(e) => Some(e.series),
        Event::FundingSettled(e) => Some(e.series),
        Event::PositionSettled(e) => Some(e.series),
        Event::LegFilled(e) => Some(e.series),
        _ => None,
    }
}

/// All series that an event names.
pub fn named(event: &Event) -> Vec<SeriesId> {
    match event {
        Event::TradeCommitted(e) => e.legs.iter().map(|leg| leg.series).collect(),
        event => series_of(event).into_iter().collect(),
    }
}
