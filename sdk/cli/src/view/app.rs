//! Where the web app is.

use serde::Serialize;

/// What `evergreen app` tells.
#[derive(Debug, Serialize)]
pub struct Ready {
    /// Address of the page.
    pub app: String,
    /// Which network it is on.
    pub network: &'static str,
}

impl Ready {
    /// The text for people.
    pub fn text(&self) -> String {
        format!("the app is at {} ({}); it ends with Ctrl-C", self.app, self.network)
    }
}
