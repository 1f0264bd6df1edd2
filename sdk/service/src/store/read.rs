//! Reads, page by page.

use super::{PLACES, Result, Store, StoreError, aggregates::INTEREST_SPAN};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::events::Event;
use sqlx::{AssertSqlSafe, Row as _, any::AnyRow};

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only what comes before this in the order of the list's key; the newest first.
    pub before: Option<i64>,
    /// Only what comes after this; the oldest first. It excludes `before`.
    pub after: Option<i64>,
    /// Most rows, at most 1,000.
    pub limit: i64,
}

/// An event with its place.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Number of the event: events are in the order of the chain by it.
    pub id: i64,
    /// Slot of its transaction.
    pub slot: i64,
    /// Signature of its transaction.
    pub signature: String,
    /// Place among the events of the transaction.
    pub place: i64,
    /// Unix seconds, where the network knew them.
    pub time: Option<i64>,
    /// Whether its transaction is final.
    pub is_final: bool,
    /// The event.
    pub event: Event,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// The price of a share over some time, in 2^−48 native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// Unix seconds at which it begins.
    pub start: i64,
    /// The first price.
    pub first: i64,
    /// The highest.
    pub high: i64,
    /// The lowest.
    pub low: i64,
    /// The last.
    pub last: i64,
    /// What all shares were worth at the last, native units.
    pub assets: i64,
    /// Their number.
    pub shares: i64,
}

/// A sample of an underlying's volatility; bits in 64.64 as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Number of the event.
    pub id: i64,
    /// Unix seconds.
    pub time: i64,
    /// Price, dollars.
    pub price: String,
    /// Volatility of marks of the shortest tenor, per √year.
    pub front: String,
    /// That of the longest.
    pub back: String,
    /// Fast average of squared returns, per year.
    pub fast: String,
    /// Slow average of the same.
    pub slow: String,
}

/// Open interest at the end of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Unix seconds at which the hour begins.
    pub start: i64,
    /// Points that all accounts hold.
    pub held: i64,
    /// Points that all accounts have written.
    pub written: i64,
    /// Points that were traded in the hour.
    pub traded: i64,
}

/// By what accounts are ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Realised profit.
    Realised,
    /// Points traded.
    Traded,
}

/// A margin account and what it has made, native units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Its address.
    pub address: String,
    /// Its pool.
    pub pool: String,
    /// Its owner.
    pub owner: String,
    /// Its number among the owner's.
    pub sub_account: i64,
    /// Unix seconds of its opening.
    pub opened: i64,
    /// Tokens that came in.
    pub deposits: i64,
    /// Tokens that went out.
    pub withdrawals: i64,
    /// Realised profit and loss.
    pub realised: i64,
    /// Fees of all legs.
    pub fees: i64,
    /// Funding; negative where more was paid.
    pub funding: i64,
    /// Points that were traded.
    pub traded: i64,
    /// Cash by the events.
    pub cash: i64,
    /// Why its history is not complete.
    pub gap: Option<String>,
}

/// What the store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSummary {
    /// The last transaction: signature and slot.
    pub newest: Option<(String, i64)>,
    /// The last final transaction.
    pub newest_final: Option<(String, i64)>,
    /// Unix seconds of the first transaction that is stored.
    pub begins: Option<i64>,
    /// Number of the last event; zero before any.
    pub last_event: i64,
}

/// Most accounts that a list of leaders leaves out in front of a page.
pub(crate) const MOST_SKIPPED: i64 = 10_000;

const EVENT: &str = "e.id, t.slot, t.signature, t.time, t.final, e.data";

impl Page {
    /// Returns the condition on a key, the direction, and the value of the condition.
    fn on(&self, key: &str, place: usize) -> (String, &'static str, i64) {
        match (self.after, self.before) {
            (Some(after), _) => (format!("{key} > ${place}"), "ASC", after),
            (None, Some(before)) => (format!("{key} < ${place}"), "DESC", before),
            (None, None) => (format!("{key} < ${place}"), "DESC", i64::MAX),
        }
    }

    fn limit(&self) -> i64 {
        self.limit.clamp(1, 1_000)
    }
}

impl Store {
    /// Returns what the store holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn summary(&self) -> Result<StoreSummary> {
        let newest = |filter: &str| {
            let sql = format!("SELECT signature, slot FROM transactions {filter} ORDER BY seq DESC LIMIT 1");
            sqlx::query(AssertSqlSafe(sql)).fetch_optional(&self.read)
        };
        let pair = |row: Option<AnyRow>| -> Result<_> {
            Ok(row.map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?)
        };
        let begins = sqlx::query("SELECT time FROM transactions ORDER BY seq LIMIT 1").fetch_optional(&self.read);
        let last = sqlx::query("SELECT MAX(id) FROM events").fetch_one(&self.read).await?;
        Ok(StoreSummary {
            newest: pair(newest("").await?)?,
            newest_final: pair(newest("WHERE final = 1").await?)?,
            begins: begins.await?.map(|row| row.try_get(0)).transpose()?.flatten(),
            last_event: last.try_get::<Option<i64>, _>(0)?.unwrap_or(0),
        })
    }

    /// Returns events: of an address, of a kind, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events(&self, address: Option<Pubkey>, kind: Option<&str>, page: Page) -> Result<Vec<Stored>> {
        let joined = "JOIN transactions t ON t.seq = e.id / 1024";
        let mut keys = Vec::new();
        for named in address.map(|address| address.to_string()).into_iter().chain(kind.map(str::to_owned)) {
            let Some(key) = self.key_of(&named).await? else { return Ok(Vec::new()) };
            keys.push(key);
        }
        let sql = match &keys[..] {
            [] => {
                let (condition, order, _) = page.on("e.id", 1);
                format!("SELECT {EVENT} FROM events e {joined} WHERE {condition} ORDER BY e.id {order} LIMIT $2")
            }
            named => {
                let (condition, order, _) = page.on("m.id", 1);
                let of_kind = if named.len() > 1 { "AND m.kind = $4" } else { "" };
                format!(
                    "SELECT {EVENT} FROM mentions m JOIN events e ON e.id = m.id {joined} \
                     WHERE m.address = $3 AND {condition} {of_kind} ORDER BY m.id {order} LIMIT $2"
                )
            }
        };
        let (_, _, value) = page.on("", 1);
        let query = sqlx::query(AssertSqlSafe(sql)).bind(value).bind(page.limit());
        let query = keys.into_iter().fold(query, |query, key| query.bind(key));
        query.fetch_all(&self.read).await?.iter().map(stored).collect()
    }

    /// Returns prices of a pool's shares, of final transactions; the key of the list is the time. Spans are 300, 3,600 and 86,400 seconds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn candles(&self, pool: Pubkey, span: i64, page: Page) -> Result<Vec<Candle>> {
        let Some(key) = self.key(pool).await? else { return Ok(Vec::new()) };
        let (condition, order, value) = page.on("start", 3);
        let sql = format!(
            "SELECT start, first, high, low, last, assets, shares FROM candles \
             WHERE pool = $1 AND span = $2 AND {condition} ORDER BY start {order} LIMIT $4"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(key).bind(span).bind(value).bind(page.limit());
        let candle = |row: &AnyRow| {
            Ok(Candle {
                start: row.try_get(0)?,
                first: row.try_get(1)?,
                high: row.try_get(2)?,
                low: row.try_get(3)?,
                last: row.try_get(4)?,
                assets: row.try_get(5)?,
                shares: row.try_get(6)?,
            })
        };
        query.fetch_all(&self.read).await?.iter().map(candle).collect()
    }

    /// Returns samples of an underlying's volatility, of final transactions; the key of the list is the event's number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn samples(&self, underlying: Pubkey, page: Page) -> Result<Vec<Sample>> {
        let Some(key) = self.key(underlying).await? else { return Ok(Vec::new()) };
        let (condition, order, value) = page.on("id", 2);
        let sql = format!(
            "SELECT id, time, price, front, back, fast, slow FROM samples \
             WHERE underlying = $1 AND {condition} ORDER BY id {order} LIMIT $3"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(key).bind(value).bind(page.limit());
        let sample = |row: &AnyRow| {
            Ok(Sample {
                id: row.try_get(0)?,
                time: row.try_get(1)?,
                price: row.try_get(2)?,
                front: row.try_get(3)?,
                back: row.try_get(4)?,
                fast: row.try_get(5)?,
                slow: row.try_get(6)?,
            })
        };
        query.fetch_all(&self.read).await?.iter().map(sample).collect()
    }

    /// Returns open interest of a pool on the underlying at a place of its list, by the hour, of final transactions; the key of the list is the time. Hours in which
    /// nothing happened are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn interest(&self, pool: Pubkey, underlying: u8, page: Page) -> Result<Vec<Interest>> {
        let Some(key) = self.key(pool).await? else { return Ok(Vec::new()) };
        let (condition, order, value) = page.on("start", 3);
        let sql = format!(
            "SELECT start, held, written, traded FROM interest \
             WHERE pool = $1 AND underlying = $2 AND {condition} ORDER BY start {order} LIMIT $4"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(key).bind(i64::from(underlying));
        let row = |row: &AnyRow| {
            let start: i64 = row.try_get(0)?;
            debug_assert_eq!(start % INTEREST_SPAN, 0);
            Ok(Interest { start, held: row.try_get(1)?, written: row.try_get(2)?, traded: row.try_get(3)? })
        };
        query.bind(value).bind(page.limit()).fetch_all(&self.read).await?.iter().map(row).collect()
    }

    /// Returns the margin accounts of an owner, in the order of their opening, of final transactions.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accounts_of(&self, owner: Pubkey, limit: i64) -> Result<Vec<Ranked>> {
        let Some(key) = self.key(owner).await? else { return Ok(Vec::new()) };
        let sql = format!("{ACCOUNTS} WHERE a.owner = $1 ORDER BY a.address LIMIT $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(key).bind(limit.clamp(1, 1_000));
        query.fetch_all(&self.read).await?.iter().map(ranked).collect()
    }

    /// Returns the accounts of a pool with the most, after so many others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn leaders(&self, pool: Pubkey, by: Rank, skip: i64, limit: i64) -> Result<Vec<Ranked>> {
        let Some(key) = self.key(pool).await? else { return Ok(Vec::new()) };
        let column = match by {
            Rank::Realised => "realised",
            Rank::Traded => "traded",
        };
        let sql = format!("{ACCOUNTS} WHERE a.pool = $1 ORDER BY a.{column} DESC, a.address DESC LIMIT $2 OFFSET $3");
        let query =
            sqlx::query(AssertSqlSafe(sql)).bind(key).bind(limit.clamp(1, 1_000)).bind(skip.clamp(0, MOST_SKIPPED));
        query.fetch_all(&self.read).await?.iter().map(ranked).collect()
    }

    async fn key(&self, address: Pubkey) -> Result<Option<i64>> {
        self.key_of(&address.to_string()).await
    }

    /// The number of an address, or of a kind of events.
    async fn key_of(&self, text: &str) -> Result<Option<i64>> {
        let query = sqlx::query("SELECT id FROM keys WHERE address = $1").bind(text.to_owned());
        Ok(query.fetch_optional(&self.read).await?.map(|row| row.try_get(0)).transpose()?)
    }
}

const ACCOUNTS: &str = "SELECT k.address, p.address, o.address, a.sub_account, a.opened, a.deposits, a.withdrawals, a.realised, a.fees, a.funding, a.traded, \
                        a.cash, a.gap FROM accounts a JOIN keys k ON k.id = a.address JOIN keys p ON p.id = a.pool JOIN keys o ON o.id = a.owner";

fn ranked(row: &AnyRow) -> Result<Ranked> {
    Ok(Ranked {
        address: row.try_get(0)?,
        pool: row.try_get(1)?,
        owner: row.try_get(2)?,
        sub_account: row.try_get(3)?,
        opened: row.try_get(4)?,
        deposits: row.try_get(5)?,
        withdrawals: row.try_get(6)?,
        realised: row.try_get(7)?,
        fees: row.try_get(8)?,
        funding: row.try_get(9)?,
        traded: row.try_get(10)?,
        cash: row.try_get(11)?,
        gap: row.try_get(12)?,
    })
}

fn stored(row: &AnyRow) -> Result<Stored> {
    let (id, data): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(5)?);
    let event = Event::decode(&data).ok_or_else(|| StoreError::Content(format!("event {id}")))?;
    Ok(Stored {
        id,
        slot: row.try_get(1)?,
        signature: row.try_get(2)?,
        place: id % PLACES,
        time: row.try_get(3)?,
        is_final: row.try_get::<i64, _>(4)? != 0,
        event,
        data,
    })
}
