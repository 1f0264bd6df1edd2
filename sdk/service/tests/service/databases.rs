//! Databases for tests: a file, and a server of PostgreSQL.

use evergreen_service::Store;
use evergreen_test_support::postgres::Postgres;
use tempfile::TempDir;

/// A database that goes with it.
pub struct StoreServer {
    /// The store.
    pub store: Store,
    _server: Option<Postgres>,
    _folder: TempDir,
}

/// Opens an empty store in a file.
pub async fn file() -> StoreServer {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite://{}/events.db", folder.path().display())).await.expect("a store");
    StoreServer { store, _server: None, _folder: folder }
}

/// Opens an empty store on a server; `None` where the tests of it are skipped.
pub async fn server() -> Option<StoreServer> {
    let server = Postgres::start()?;
    let store = Store::open(&server.url()).await.expect("a store");
    Some(StoreServer { store, _server: Some(server), _folder: tempfile::tempdir().expect("a folder") })
}
