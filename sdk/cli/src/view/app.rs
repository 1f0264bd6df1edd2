//! Where the web app is.

use serde::Serialize;

/// What `evergreen app` tells.
#[derive(Debug, Serialize)]
pub struct Ready {
    /// Address of the page.
    pub app: String,
    /// Which network it is on.
    pub network: &'static str,
    /// Address of the data service that it asks, where there is one.
    pub history: Option<String>,
    /// Database of the past that it keeps itself, without a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

impl Ready {
    /// The text for people.
    pub fn text(&self) -> String {
        let kept = self.database.iter().map(|database| format!("; the past is kept in {database}"));
        format!("the app is at {} ({}){}; it ends with Ctrl-C", self.app, self.network, kept.collect::<String>())
    }
}
