//! The store: SQLite, or PostgreSQL, with the same tables.

mod aggregates;
mod keys;
mod read;
mod schema;
mod write;

pub use read::{Candle, Interest, Page, Rank, Ranked, Sample, StoreSummary, Stored};
pub use write::{Applied, Writer};

pub(crate) use read::MOST_SKIPPED;

use solana_signature::Signature;
use sqlx::{AnyConnection, AnyPool, Connection as _, any::AnyPoolOptions};
use tokio::sync::broadcast;

/// Reason why the store does not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// What is stored is not what this program stores.
    #[error("the store holds what this program did not write: {0}")]
    Content(String),
    /// What final transactions add up to is by their time, so one without it is not taken.
    #[error("transaction {0} of slot {1} is final and comes without the time of its block")]
    Timeless(Signature, u64),
    /// The address names no database that is known.
    #[error("`{0}` is no database: expected `sqlite://` with a path, or `postgres://`")]
    Address(String),
}

/// Result of the store.
pub type Result<T> = core::result::Result<T, StoreError>;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// What has changed in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// There are more events.
    More,
    /// Events from this id on were withdrawn, because the network took their transactions back.
    Withdrawn(i64),
}

/// The number of events of one transaction is below this.
pub(crate) const PLACES: i64 = 1_024;

/// Reads of the store. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    address: String,
    database: Database,
    read: AnyPool,
    notices: broadcast::Sender<Notice>,
}

impl Store {
    /// Opens the store and brings its tables up: `sqlite://` with a path, which is made if it is missing, or `postgres://user@host/name`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(address: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let database = match address.split_once("://") {
            Some(("sqlite", _)) => Database::Sqlite,
            Some(("postgres" | "postgresql", _)) => Database::Postgres,
            _ => return Err(StoreError::Address(address.to_owned())),
        };
        let address = match database {
            Database::Sqlite if !address.contains('?') => format!("{address}?mode=rwc"),
            _ => address.to_owned(),
        };
        let mut connection = AnyConnection::connect(&address).await?;
        if database == Database::Sqlite {
            // Readers do not wait for the writer, and a crash loses no consistency.
            sqlx::query("PRAGMA journal_mode = WAL").execute(&mut connection).await?;
        }
        schema::migrate(&mut connection, database).await?;
        connection.close().await?;
        let options = AnyPoolOptions::new().max_connections(8);
        let read = options.after_connect(move |connection, _| Box::pin(tune(connection, database))).connect(&address);
        let read = read.await?;
        Ok(Self { address, database, read, notices: broadcast::Sender::new(1_024) })
    }

    /// Returns which database it is.
    pub const fn database(&self) -> Database {
        self.database
    }

    /// Returns notices of what changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    pub(crate) async fn connect(&self) -> Result<AnyConnection> {
        let mut connection = AnyConnection::connect(&self.address).await?;
        tune(&mut connection, self.database).await?;
        Ok(connection)
    }

    /// Returns how a writing transaction begins: SQLite's waits for its turn there, and not where it first writes, which it may not be able to do any more.
    pub(crate) const fn begins(&self) -> &'static str {
        match self.database {
            Database::Sqlite => "BEGIN IMMEDIATE",
            Database::Postgres => "BEGIN",
        }
    }

    pub(crate) fn tell(&self, notice: Notice) {
        // Nobody may be listening.
        let _ = self.notices.send(notice);
    }
}

async fn tune(connection: &mut AnyConnection, database: Database) -> core::result::Result<(), sqlx::Error> {
    if database == Database::Sqlite {
        for pragma in ["PRAGMA synchronous = NORMAL", "PRAGMA busy_timeout = 10000", "PRAGMA cache_size = -65536"] {
            sqlx::query(pragma).execute(&mut *connection).await?;
        }
    }
    Ok(())
}
