//! Writes. All of a batch is one transaction of the database, so a process that is killed has written all of it or nothing.

use super::{
    Notice, PLACES, Result, Store, StoreError,
    aggregates::Aggregates,
    keys::{Keys, insert},
};
use crate::events;
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{client::Transaction, events::Event};
use solana_signature::Signature;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// Rows of one statement: both databases take at least 32,766 values in one.
const ROWS: usize = 2_000;
/// Addresses whose numbers are remembered.
const KEYS: usize = 200_000;

/// What a batch of final transactions has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether transactions that were only confirmed were withdrawn.
    pub withdrawn: bool,
}

/// The only writer of a store. After an error it takes nothing more: what it remembers may not be what is stored, and another one is opened.
pub struct Writer {
    store: Store,
    connection: AnyConnection,
    keys: Keys,
    pools: Pools,
    next: i64,
    /// Transactions that are confirmed and not final, in their order.
    confirmed: VecDeque<(i64, Signature, i64)>,
    newest_final: Option<(Signature, i64)>,
    aggregates: Aggregates,
    is_broken: bool,
}

/// Rows that are to be written.
#[derive(Default)]
struct Rows {
    transactions: Vec<(i64, String, i64, Option<i64>, i64, i64)>,
    events: Vec<(i64, Vec<u8>)>,
    mentions: Vec<(i64, i64, i64)>,
}

impl Writer {
    /// Begins to write. What is only confirmed is forgotten, because nobody knows whether it still is; the network tells it again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(store: &Store) -> Result<Self> {
        let mut connection = store.connect().await?;
        let mut change = connection.begin_with(store.begins()).await?;
        let next: i64 = sqlx::query("SELECT value FROM counters WHERE name = 'transaction'")
            .fetch_one(&mut *change)
            .await?
            .try_get(0)?;
        let first = sqlx::query("SELECT MIN(seq) FROM transactions WHERE final = 0").fetch_one(&mut *change).await?;
        let first: Option<i64> = first.try_get(0)?;
        if let Some(first) = first {
            withdraw(&mut change, first).await?;
        }
        let next_key = sqlx::query("SELECT MAX(id) FROM keys").fetch_one(&mut *change).await?;
        let next_key: Option<i64> = next_key.try_get(0)?;
        let newest = sqlx::query("SELECT signature, slot FROM transactions ORDER BY seq DESC LIMIT 1");
        let newest = newest.fetch_optional(&mut *change).await?;
        let newest_final = match newest {
            Some(row) => Some((signature(&row.try_get::<String, _>(0)?)?, row.try_get(1)?)),
            None => None,
        };
        change.commit().await?;
        if let Some(first) = first {
            store.tell(Notice::Withdrawn(first * PLACES));
        }
        let keys = Keys { next: next_key.unwrap_or(0) + 1, ..Keys::default() };
        Ok(Self {
            store: store.clone(),
            connection,
            keys,
            pools: Pools::default(),
            next,
            confirmed: VecDeque::new(),
            newest_final,
            aggregates: Aggregates::default(),
            is_broken: false,
        })
    }

    /// Returns the last final transaction that is stored, and its slot.
    pub const fn newest_final(&self) -> Option<(Signature, i64)> {
        self.newest_final
    }

    /// Returns the transactions that are stored and only confirmed, in their order.
    pub fn confirmed(&self) -> impl ExactSizeIterator<Item = Signature> + '_ {
        self.confirmed.iter().map(|(_, signature, _)| *signature)
    }

    /// Stores final transactions, the next ones in the order of the chain, each with the time of its block. Those that are stored already are left as they are; those that were confirmed become
    /// final. Where the chain has gone another way, what was confirmed since is withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of the batch is stored then. After [`StoreError::Timeless`] the writer goes on.
    pub async fn finalize(&mut self, batch: &[Transaction]) -> Result<Applied> {
        let timed = |one| Ok::<_, StoreError>((one, time_of(one)?));
        let batch_timed: Vec<(&Transaction, i64)> = batch.iter().map(timed).collect::<Result<_>>()?;
        self.begin()?;
        let mut change = self.connection.begin_with(self.store.begins()).await?;
        let mut known = known(&mut change, batch).await?;
        let (mut rows, mut finals, mut withdrawn) = (Rows::default(), None::<(i64, i64)>, None);
        for (one, time) in batch_timed {
            let slot = slot_of(one)?;
            let front = self.confirmed.front().copied();
            let seq = match front {
                Some((seq, signature, at)) if (signature, at) == (one.signature, slot) => {
                    self.confirmed.pop_front();
                    finals = Some((finals.map_or(seq, |(first, _)| first), seq));
                    // A node may not have known the time of a block that was only just made.
                    let sql = "UPDATE transactions SET time = $1 WHERE seq = $2 AND time IS NULL";
                    sqlx::query(sql).bind(time).bind(seq).execute(&mut *change).await?;
                    seq
                }
                _ => {
                    let is_confirmed = self.confirmed.iter().any(|(_, signature, _)| *signature == one.signature);
                    if known.contains(&one.signature) && !is_confirmed {
                        continue;
                    }
                    if let Some((first, ..)) = front {
                        // The chain has gone another way than what was confirmed.
                        withdraw(&mut change, first).await?;
                        for (_, signature, _) in self.confirmed.drain(..) {
                            known.remove(&signature);
                        }
                        withdrawn = Some(first);
                    }
                    rows.add(&mut change, (&mut self.keys, &mut self.pools), (self.next, one, slot), true).await?;
                    self.next += 1;
                    self.next - 1
                }
            };
            self.newest_final = Some((one.signature, slot));
            self.aggregates.take(&mut change, &mut self.keys, (one, time), seq).await?;
        }
        rows.write(&mut change, &mut self.keys).await?;
        if let Some((first, last)) = finals {
            sqlx::query("UPDATE transactions SET final = 1 WHERE final = 0 AND seq >= $1 AND seq <= $2")
                .bind(first)
                .bind(last)
                .execute(&mut *change)
                .await?;
        }
        self.aggregates.write(&mut change).await?;
        counted(&mut change, self.next).await?;
        change.commit().await?;
        self.done();
        if let Some(first) = withdrawn {
            self.store.tell(Notice::Withdrawn(first * PLACES));
        }
        if !rows.transactions.is_empty() {
            self.store.tell(Notice::More);
        }
        Ok(Applied { withdrawn: withdrawn.is_some() })
    }

    /// Stores confirmed transactions that follow those that are stored.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of the batch is stored then.
    pub async fn confirm(&mut self, batch: &[Transaction]) -> Result<()> {
        self.begin()?;
        let mut change = self.connection.begin_with(self.store.begins()).await?;
        let known = known(&mut change, batch).await?;
        let mut rows = Rows::default();
        for one in batch.iter().filter(|one| !known.contains(&one.signature)) {
            let slot = slot_of(one)?;
            rows.add(&mut change, (&mut self.keys, &mut self.pools), (self.next, one, slot), false).await?;
            self.confirmed.push_back((self.next, one.signature, slot));
            self.next += 1;
        }
        rows.write(&mut change, &mut self.keys).await?;
        counted(&mut change, self.next).await?;
        change.commit().await?;
        self.done();
        if !rows.transactions.is_empty() {
            self.store.tell(Notice::More);
        }
        Ok(())
    }

    /// Withdraws all confirmed transactions but the first `keep`: the network does not tell them any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw_after(&mut self, keep: usize) -> Result<()> {
        let Some((first, ..)) = self.confirmed.get(keep).copied() else { return Ok(()) };
        self.begin()?;
        let mut change = self.connection.begin_with(self.store.begins()).await?;
        withdraw(&mut change, first).await?;
        change.commit().await?;
        self.confirmed.truncate(keep);
        self.done();
        self.store.tell(Notice::Withdrawn(first * PLACES));
        Ok(())
    }

    fn begin(&mut self) -> Result<()> {
        if self.is_broken {
            return Err(StoreError::Content("a writer has failed before".to_owned()));
        }
        self.is_broken = true;
        Ok(())
    }

    fn done(&mut self) {
        self.is_broken = false;
        if self.keys.known.len() > KEYS {
            self.keys.known.clear();
        }
        // An account whose opening is not final yet is known here alone.
        if self.pools.0.len() > KEYS && self.confirmed.is_empty() {
            self.pools.0.clear();
        }
        self.aggregates.forget_some();
    }
}

/// Pools of margin accounts, as numbers of addresses. Most events name an account and no pool, and are told to whoever asks for the pool's.
#[derive(Default)]
struct Pools(HashMap<Pubkey, i64>);

impl Pools {
    /// Returns the pool of the accounts of an event; `None` where it has none, or the opening of none is stored.
    async fn of(&mut self, change: &mut AnyConnection, keys: &mut Keys, event: &Event) -> Result<Option<i64>> {
        if let Event::MarginAccountOpened(e) = event {
            self.0.insert(e.account, keys.of(change, e.pool).await?);
        }
        for address in events::accounts(event) {
            if let Some(pool) = self.0.get(&address) {
                return Ok(Some(*pool));
            }
            let query =
                sqlx::query("SELECT pool FROM accounts WHERE address = $1").bind(keys.of(change, address).await?);
            if let Some(row) = query.fetch_optional(&mut *change).await? {
                let pool = row.try_get(0)?;
                self.0.insert(address, pool);
                return Ok(Some(pool));
            }
        }
        Ok(None)
    }
}

impl Rows {
    /// Adds a transaction with its number and its slot.
    async fn add(
        &mut self,
        change: &mut AnyConnection,
        (keys, pools): (&mut Keys, &mut Pools),
        (seq, one, slot): (i64, &Transaction, i64),
        is_final: bool,
    ) -> Result<()> {
        let text = one.signature.to_string();
        self.transactions.push((seq, text, slot, one.block_time, one.truncated.into(), is_final.into()));
        for (place, event) in (0i64..PLACES).zip(&one.events) {
            let id = seq * PLACES + place;
            self.events.push((id, events::bytes(event)));
            let kind = keys.of_kind(change, events::name(event)).await?;
            let mut mentioned = BTreeSet::from([kind]);
            for address in events::addresses(event) {
                mentioned.insert(keys.of(change, address).await?);
            }
            if let Some(pool) = pools.of(change, keys, event).await? {
                mentioned.insert(pool);
            }
            self.mentions.extend(mentioned.into_iter().map(|address| (address, id, kind)));
        }
        Ok(())
    }

    async fn write(&self, change: &mut AnyConnection, keys: &mut Keys) -> Result<()> {
        for some in core::mem::take(&mut keys.new).chunks(ROWS) {
            let sql = insert("keys (id, address)", 2, some.len());
            let mut query = sqlx::query(sql);
            for (id, address) in some {
                query = query.bind(*id).bind(address);
            }
            query.execute(&mut *change).await?;
        }
        for some in self.transactions.chunks(ROWS) {
            let sql = insert("transactions (seq, signature, slot, time, truncated, final)", 6, some.len());
            let mut query = sqlx::query(sql);
            for (seq, signature, slot, time, truncated, is_final) in some {
                query = query.bind(*seq).bind(signature).bind(*slot).bind(*time).bind(*truncated).bind(*is_final);
            }
            query.execute(&mut *change).await?;
        }
        for some in self.events.chunks(ROWS) {
            let mut query = sqlx::query(insert("events (id, data)", 2, some.len()));
            for (id, data) in some {
                query = query.bind(*id).bind(data.as_slice());
            }
            query.execute(&mut *change).await?;
        }
        for some in self.mentions.chunks(ROWS) {
            let mut query = sqlx::query(insert("mentions (address, id, kind)", 3, some.len()));
            for (address, id, kind) in some {
                query = query.bind(*address).bind(*id).bind(*kind);
            }
            query.execute(&mut *change).await?;
        }
        Ok(())
    }
}

/// Returns which of the signatures of a batch are stored.
async fn known(change: &mut AnyConnection, batch: &[Transaction]) -> Result<HashSet<Signature>> {
    let mut found = HashSet::new();
    for some in batch.chunks(ROWS) {
        let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT signature FROM transactions WHERE signature IN ({})", places.join(","));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for one in some {
            query = query.bind(one.signature.to_string());
        }
        for row in query.fetch_all(&mut *change).await? {
            found.insert(signature(&row.try_get::<String, _>(0)?)?);
        }
    }
    Ok(found)
}

/// Takes the transactions from a number on out of the tables that hold confirmed ones.
async fn withdraw(change: &mut AnyConnection, first: i64) -> Result<()> {
    for statement in ["DELETE FROM mentions WHERE id >= $1", "DELETE FROM events WHERE id >= $1"] {
        sqlx::query(statement).bind(first * PLACES).execute(&mut *change).await?;
    }
    sqlx::query("DELETE FROM transactions WHERE seq >= $1").bind(first).execute(&mut *change).await?;
    Ok(())
}

async fn counted(change: &mut AnyConnection, next: i64) -> Result<()> {
    sqlx::query("UPDATE counters SET value = $1 WHERE name = 'transaction'").bind(next).execute(change).await?;
    Ok(())
}

fn time_of(one: &Transaction) -> Result<i64> {
    one.block_time.ok_or(StoreError::Timeless(one.signature, one.slot))
}

fn slot_of(one: &Transaction) -> Result<i64> {
    i64::try_from(one.slot).map_err(|_| StoreError::Content(format!("slot {}", one.slot)))
}

fn signature(text: &str) -> Result<Signature> {
    text.parse().map_err(|_| StoreError::Content(format!("signature {text}")))
}
