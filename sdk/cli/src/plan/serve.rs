//! The store of the data service, and what follows the chain into it.

use crate::context::Context;
use anyhow::{Context as _, Result};
use evergreen_sdk::client::{Client, Endpoints};
use evergreen_service::{Indexer, Store};

/// Opens the store that was asked for, and the index of the network into it. Returns the store's address without a password, too.
///
/// # Errors
/// A database that is not there, or that another version has written.
pub async fn open(context: &Context, database: Option<&str>) -> Result<(Store, Indexer, String)> {
    let address = match database {
        Some(address) => address.to_owned(),
        None => {
            std::fs::create_dir_all(&context.state).with_context(|| format!("making {}", context.state.display()))?;
            format!("sqlite://{}", context.state.join("events.db").display())
        }
    };
    let shown = shown(&address);
    let store = Store::open(&address).await.with_context(|| format!("opening the database {shown}"))?;
    let nodes = Endpoints::new(context.urls());
    let connect = move |commitment| Client::over_at(&nodes, commitment);
    let indexer = Indexer::open(&store, connect).await.with_context(|| format!("reading the database {shown}"))?;
    Ok((store, indexer, shown))
}

/// Returns an address without its password and its options.
fn shown(address: &str) -> String {
    let address = address.split('?').next().unwrap_or(address);
    match address.split_once("://").and_then(|(kind, rest)| Some((kind, rest.rsplit_once('@')?))) {
        Some((kind, (user, place))) => format!("{kind}://{}@{place}", user.split(':').next().unwrap_or(user)),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            shown("postgres://eve:secret@db.example/events?sslmode=require"),
            "postgres://eve@db.example/events"
        );
        assert_eq!(shown("sqlite:///var/lib/events.db?mode=rwc"), "sqlite:///var/lib/events.db");
    }
}
