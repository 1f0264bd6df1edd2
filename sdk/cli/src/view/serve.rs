//! What the data service says when it starts and ends.

use crate::output::details;
use serde::Serialize;

/// A service that runs.
#[derive(Serialize)]
pub struct Started {
    /// URL under which it answers; it lists what.
    pub address: String,
    /// Its database, without a password.
    pub database: String,
    /// Its network.
    pub url: String,
}

impl Started {
    /// The text for people.
    pub fn text(&self) -> String {
        details(&[
            ("answers at", self.address.clone()),
            ("database", self.database.clone()),
            ("network", self.url.clone()),
        ])
    }
}

/// A service that has ended.
#[derive(Serialize)]
pub struct Ended {
    /// Number of the last event that it has stored.
    pub last_event: i64,
}

impl Ended {
    /// The text for people.
    pub fn text(&self) -> String {
        format!("ended; the last event is {}, and the next run goes on behind it", self.last_event)
    }
}
