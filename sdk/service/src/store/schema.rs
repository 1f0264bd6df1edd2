//! Tables. One text serves both databases: numbers are 64-bit, what is wider is decimal text, addresses are numbers of the table `keys`.

use super::{Database, Result, StoreError};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

/// Steps in order; a store of an older step is brought up. `{rowid}` says that a table is its primary key, which only SQLite has to be told, and
/// `{bytes}` is each one's name of bytes.
const STEPS: [&[&str]; 1] = [&[
    // Numbers of addresses, and of the kinds of events.
    "CREATE TABLE keys (id BIGINT PRIMARY KEY, address TEXT NOT NULL UNIQUE)",
    // The number of a transaction is never given twice, also where one is withdrawn.
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
    "INSERT INTO counters (name, value) VALUES ('transaction', 1)",
    "CREATE TABLE transactions (seq BIGINT PRIMARY KEY, signature TEXT NOT NULL UNIQUE, slot BIGINT NOT NULL, time BIGINT, truncated BIGINT NOT NULL, final BIGINT NOT NULL)",
    // The id is seq · 1024 + place in the transaction: so slot, signature and place name it, too.
    "CREATE TABLE events (id BIGINT PRIMARY KEY, data {bytes} NOT NULL)",
    // By what an event is found: each address that it names, and its kind. Some kinds are rare among all that name a pool.
    "CREATE TABLE mentions (address BIGINT NOT NULL, id BIGINT NOT NULL, kind BIGINT NOT NULL, PRIMARY KEY (address, id)){rowid}",
    "CREATE INDEX mentions_kind ON mentions (address, kind, id)",
    // What follows is of final transactions alone.
    "CREATE TABLE pools (address BIGINT PRIMARY KEY, mint BIGINT NOT NULL, decimals BIGINT NOT NULL, scale BIGINT NOT NULL, shares BIGINT NOT NULL)",
    "CREATE TABLE series (pool BIGINT NOT NULL, slot BIGINT NOT NULL, generation BIGINT NOT NULL, underlying BIGINT NOT NULL, PRIMARY KEY (pool, slot, generation)){rowid}",
    "CREATE TABLE candles (pool BIGINT NOT NULL, span BIGINT NOT NULL, start BIGINT NOT NULL, first BIGINT NOT NULL, high BIGINT NOT NULL, low BIGINT NOT NULL, last BIGINT NOT NULL, assets BIGINT NOT NULL, shares BIGINT NOT NULL, PRIMARY KEY (pool, span, start)){rowid}",
    "CREATE TABLE samples (underlying BIGINT NOT NULL, id BIGINT NOT NULL, time BIGINT NOT NULL, price TEXT NOT NULL, front TEXT NOT NULL, back TEXT NOT NULL, fast TEXT NOT NULL, slow TEXT NOT NULL, PRIMARY KEY (underlying, id)){rowid}",
    "CREATE TABLE interest (pool BIGINT NOT NULL, underlying BIGINT NOT NULL, start BIGINT NOT NULL, held BIGINT NOT NULL, written BIGINT NOT NULL, traded BIGINT NOT NULL, PRIMARY KEY (pool, underlying, start)){rowid}",
    "CREATE TABLE accounts (address BIGINT PRIMARY KEY, pool BIGINT NOT NULL, owner BIGINT NOT NULL, sub_account BIGINT NOT NULL, opened BIGINT NOT NULL, deposits BIGINT NOT NULL, withdrawals BIGINT NOT NULL, realised BIGINT NOT NULL, fees BIGINT NOT NULL, funding BIGINT NOT NULL, traded BIGINT NOT NULL, cash BIGINT NOT NULL, gap TEXT)",
    "CREATE INDEX accounts_owner ON accounts (owner)",
    "CREATE INDEX accounts_realised ON accounts (pool, realised, address)",
    "CREATE INDEX accounts_traded ON accounts (pool, traded, address)",
]];

/// Brings the tables up to the last step, in one transaction.
pub async fn migrate(connection: &mut AnyConnection, database: Database) -> Result<()> {
    sqlx::query("CREATE TABLE IF NOT EXISTS evergreen_schema (step BIGINT PRIMARY KEY)")
        .execute(&mut *connection)
        .await?;
    let mut change = connection.begin().await?;
    let done: i64 = sqlx::query("SELECT COUNT(*) FROM evergreen_schema").fetch_one(&mut *change).await?.try_get(0)?;
    let known = usize::try_from(done).ok().filter(|done| *done <= STEPS.len());
    let known = known.ok_or_else(|| {
        StoreError::Content(format!("tables of step {done}: this program knows those up to {}", STEPS.len()))
    })?;
    for (step, statements) in (1i64..).zip(STEPS).skip(known) {
        for statement in statements {
            let (rowid, bytes) = match database {
                Database::Sqlite => (" WITHOUT ROWID", "BLOB"),
                Database::Postgres => ("", "BYTEA"),
            };
            let statement = statement.replace("{rowid}", rowid).replace("{bytes}", bytes);
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *change).await?;
        }
        sqlx::query("INSERT INTO evergreen_schema (step) VALUES ($1)").bind(step).execute(&mut *change).await?;
    }
    change.commit().await?;
    Ok(())
}
