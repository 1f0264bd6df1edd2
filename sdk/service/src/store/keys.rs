//! Numbers in the place of addresses, and statements that insert many rows.

use super::Result;
use anchor_lang::prelude::Pubkey;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::collections::HashMap;

/// Numbers of addresses.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) known: HashMap<Pubkey, i64>,
    pub(super) kinds: HashMap<&'static str, i64>,
    pub(super) next: i64,
    pub(super) new: Vec<(i64, String)>,
}

impl Keys {
    /// Returns the number of an address, a new one if it has none.
    pub(super) async fn of(&mut self, change: &mut AnyConnection, address: Pubkey) -> Result<i64> {
        if let Some(id) = self.known.get(&address) {
            return Ok(*id);
        }
        let id = self.read(change, address.to_string()).await?;
        self.known.insert(address, id);
        Ok(id)
    }

    /// Returns the number of a kind of events, likewise.
    pub(super) async fn of_kind(&mut self, change: &mut AnyConnection, kind: &'static str) -> Result<i64> {
        if let Some(id) = self.kinds.get(kind) {
            return Ok(*id);
        }
        let id = self.read(change, kind.to_owned()).await?;
        self.kinds.insert(kind, id);
        Ok(id)
    }

    async fn read(&mut self, change: &mut AnyConnection, text: String) -> Result<i64> {
        let found = sqlx::query("SELECT id FROM keys WHERE address = $1").bind(&text).fetch_optional(change).await?;
        if let Some(row) = found {
            return Ok(row.try_get(0)?);
        }
        self.new.push((self.next, text));
        self.next += 1;
        Ok(self.next - 1)
    }
}

/// Returns a statement that inserts so many rows of so many columns.
pub(super) fn insert(into: &str, columns: usize, rows: usize) -> AssertSqlSafe<String> {
    let row = |row: usize| {
        let columns: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", columns.join(","))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    AssertSqlSafe(format!("INSERT INTO {into} VALUES {}", rows.join(",")))
}
