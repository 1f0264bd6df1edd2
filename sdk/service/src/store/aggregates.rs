//! What final transactions add up to: prices of shares, samples of volatility, open interest, and what accounts have made.

use super::{
    PLACES, Result, StoreError,
    keys::{Keys, insert},
};
use crate::events;
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    client::Transaction,
    events::Event,
    evergreen::state::SeriesId,
    portfolio::{MovementKind, SharePrice, Statement, main_shares_changed},
};
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

/// Seconds of a candle.
pub(super) const SPANS: [i64; 3] = [300, 3_600, 86_400];
/// Seconds of a row of open interest.
pub(super) const INTEREST_SPAN: i64 = 3_600;
/// Statements that are remembered.
const STATEMENTS: usize = 20_000;

/// A margin account and what its events make.
struct Account {
    key: i64,
    pool: i64,
    owner: i64,
    sub_account: i64,
    opened: i64,
    /// Points that were traded.
    traded: i64,
    statement: Statement,
}

/// A pool.
struct Pool {
    mint: i64,
    decimals: i64,
    scale: i64,
    shares: i64,
}

/// The price of a share over some time, in 2^−48 native units.
struct Candle {
    first: i64,
    high: i64,
    low: i64,
    last: i64,
    assets: i64,
    shares: i64,
}

/// A sample of volatility.
struct Sample {
    underlying: i64,
    id: i64,
    time: i64,
    /// Price, front, back, fast and slow: bits in 64.64.
    numbers: [String; 5],
}

/// What is remembered, and what is to be written.
#[derive(Default)]
pub(super) struct Aggregates {
    accounts: HashMap<Pubkey, Account>,
    pools: HashMap<i64, Pool>,
    series: HashMap<(i64, u8, u32), Option<i64>>,
    /// Points that all accounts hold and have written.
    interest: HashMap<(i64, i64), (i64, i64)>,
    changed_accounts: BTreeSet<Pubkey>,
    changed_pools: BTreeSet<i64>,
    new_series: Vec<(i64, SeriesId, i64)>,
    candles: BTreeMap<(i64, i64, i64), Candle>,
    samples: Vec<Sample>,
    /// Held and written points afterwards, and points that were traded.
    moved: BTreeMap<(i64, i64, i64), (i64, i64, i64)>,
}

impl Aggregates {
    /// Takes a final transaction with the time of its block, unix seconds, and its number.
    pub(super) async fn take(
        &mut self,
        change: &mut AnyConnection,
        keys: &mut Keys,
        (one, time): (&Transaction, i64),
        seq: i64,
    ) -> Result<()> {
        for (place, event) in (0i64..PLACES).zip(&one.events) {
            match event {
                Event::PoolCreated(e) => {
                    let key = keys.of(change, e.pool).await?;
                    let mint = keys.of(change, e.mint).await?;
                    let pool = Pool { mint, decimals: e.decimals.into(), scale: e.scale_exponent.into(), shares: 0 };
                    self.pools.insert(key, pool);
                    self.changed_pools.insert(key);
                }
                Event::SeriesListed(e) => {
                    let pool = keys.of(change, e.pool).await?;
                    self.new_series.push((pool, e.series, e.underlying.into()));
                    self.series.insert((pool, e.series.slot, e.series.generation), Some(e.underlying.into()));
                }
                Event::PoolRefreshed(e) => {
                    let key = keys.of(change, e.pool).await?;
                    if let Some(assets) = e.assets {
                        self.price(change, key, assets, time).await?;
                    }
                }
                Event::VolatilitySampled(e) => {
                    let underlying = keys.of(change, e.underlying).await?;
                    let numbers = [e.price, e.front_sigma, e.back_sigma, e.fast_variance, e.slow_variance];
                    self.samples.push(Sample {
                        underlying,
                        id: seq * PLACES + place,
                        time,
                        numbers: numbers.map(|number| number.to_string()),
                    });
                }
                Event::LegFilled(e) => {
                    let before = e.position.saturating_sub(e.points);
                    let (account, series) = (e.account, e.series);
                    self.position(change, keys, (account, series, time, seq), (before, e.position, e.points)).await?;
                }
                Event::PositionSettled(e) => {
                    self.position(change, keys, (e.account, e.series, time, seq), (e.points, 0, 0)).await?;
                }
                Event::MarginAccountOpened(e) => {
                    let (key, pool, owner) = (
                        keys.of(change, e.account).await?,
                        keys.of(change, e.pool).await?,
                        keys.of(change, e.owner).await?,
                    );
                    if self.account(change, keys, e.account, seq).await?.is_none() {
                        let account = Account {
                            key,
                            pool,
                            owner,
                            sub_account: e.sub_account.into(),
                            opened: time,
                            traded: 0,
                            statement: Statement::new(e.account),
                        };
                        self.accounts.insert(e.account, account);
                    }
                }
                _ => {}
            }
            if let (Some(pool), changed @ (i128::MIN..=-1 | 1..)) = (pool_of(event), main_shares_changed(event)) {
                let key = keys.of(change, pool).await?;
                if let Some(pool) = self.pool(change, key).await? {
                    let shares = i128::from(pool.shares) + changed;
                    pool.shares = i64::try_from(shares.max(0)).map_err(|_| wide("shares"))?;
                    self.changed_pools.insert(key);
                }
            }
        }
        let touched: BTreeSet<Pubkey> = one.events.iter().flat_map(events::accounts).collect();
        for address in touched {
            if let Some(account) = self.account(change, keys, address, seq).await? {
                account.statement.take(&one.events, Some(time), one.truncated);
                self.changed_accounts.insert(address);
            }
        }
        Ok(())
    }

    /// Takes the price of a pool's shares.
    async fn price(&mut self, change: &mut AnyConnection, key: i64, assets: i64, time: i64) -> Result<()> {
        let Some(pool) = self.pool(change, key).await? else { return Ok(()) };
        let shares = pool.shares;
        let price = SharePrice { time: Some(time), assets, shares: shares.unsigned_abs() };
        let Some(bits) = price.bits().and_then(|bits| i64::try_from(bits).ok()) else { return Ok(()) };
        for span in SPANS {
            let start = time.div_euclid(span) * span;
            let new = Candle { first: bits, high: bits, low: bits, last: bits, assets, shares };
            let candle = self.candles.entry((key, span, start)).or_insert(new);
            (candle.high, candle.low) = (candle.high.max(bits), candle.low.min(bits));
            (candle.last, candle.assets, candle.shares) = (bits, assets, shares);
        }
        Ok(())
    }

    /// Takes the change of a position, from points to points, and how many were traded.
    async fn position(
        &mut self,
        change: &mut AnyConnection,
        keys: &mut Keys,
        (address, series, time, seq): (Pubkey, SeriesId, i64, i64),
        (before, after, traded): (i64, i64, i64),
    ) -> Result<()> {
        let Some(account) = self.account(change, keys, address, seq).await? else { return Ok(()) };
        let size = traded.saturating_abs();
        account.traded = account.traded.saturating_add(size);
        let pool = account.pool;
        let Some(underlying) = self.underlying(change, pool, series).await? else { return Ok(()) };
        if let Entry::Vacant(vacant) = self.interest.entry((pool, underlying)) {
            let sql =
                "SELECT held, written FROM interest WHERE pool = $1 AND underlying = $2 ORDER BY start DESC LIMIT 1";
            let row = sqlx::query(sql).bind(pool).bind(underlying).fetch_optional(change).await?;
            let known = row.map(|row| Ok::<_, StoreError>((row.try_get(0)?, row.try_get(1)?))).transpose()?;
            vacant.insert(known.unwrap_or((0, 0)));
        }
        let open = self.interest.entry((pool, underlying)).or_default();
        open.0 = open.0.saturating_add(after.max(0)).saturating_sub(before.max(0));
        open.1 = open.1.saturating_add(before.min(0)).saturating_sub(after.min(0));
        let start = time.div_euclid(INTEREST_SPAN) * INTEREST_SPAN;
        let moved = self.moved.entry((pool, underlying, start)).or_default();
        *moved = (open.0, open.1, moved.2.saturating_add(size));
        Ok(())
    }

    async fn underlying(&mut self, change: &mut AnyConnection, pool: i64, series: SeriesId) -> Result<Option<i64>> {
        let name = (pool, series.slot, series.generation);
        if let Some(known) = self.series.get(&name) {
            return Ok(*known);
        }
        let sql = "SELECT underlying FROM series WHERE pool = $1 AND slot = $2 AND generation = $3";
        let query = sqlx::query(sql).bind(pool).bind(i64::from(series.slot)).bind(i64::from(series.generation));
        let found = query.fetch_optional(change).await?.map(|row| row.try_get(0)).transpose()?;
        self.series.insert(name, found);
        Ok(found)
    }

    async fn pool(&mut self, change: &mut AnyConnection, key: i64) -> Result<Option<&mut Pool>> {
        if let Entry::Vacant(vacant) = self.pools.entry(key) {
            let sql = "SELECT mint, decimals, scale, shares FROM pools WHERE address = $1";
            let Some(row) = sqlx::query(sql).bind(key).fetch_optional(change).await? else { return Ok(None) };
            let pool = Pool {
                mint: row.try_get(0)?,
                decimals: row.try_get(1)?,
                scale: row.try_get(2)?,
                shares: row.try_get(3)?,
            };
            vacant.insert(pool);
        }
        Ok(self.pools.get_mut(&key))
    }

    /// Returns an account with the statement of what is stored before the transaction of this number; `None` for one whose opening is not stored.
    async fn account(
        &mut self,
        change: &mut AnyConnection,
        keys: &mut Keys,
        address: Pubkey,
        seq: i64,
    ) -> Result<Option<&mut Account>> {
        if let Entry::Vacant(vacant) = self.accounts.entry(address) {
            let key = keys.of(change, address).await?;
            let sql = "SELECT pool, owner, sub_account, opened, traded FROM accounts WHERE address = $1";
            let Some(row) = sqlx::query(sql).bind(key).fetch_optional(&mut *change).await? else { return Ok(None) };
            let account = Account {
                key,
                pool: row.try_get(0)?,
                owner: row.try_get(1)?,
                sub_account: row.try_get(2)?,
                opened: row.try_get(3)?,
                traded: row.try_get(4)?,
                statement: statement(change, address, key, seq).await?,
            };
            vacant.insert(account);
        }
        Ok(self.accounts.get_mut(&address))
    }

    /// Writes what has changed.
    pub(super) async fn write(&mut self, change: &mut AnyConnection) -> Result<()> {
        for key in core::mem::take(&mut self.changed_pools) {
            let Some(pool) = self.pools.get(&key) else { continue };
            let sql = "INSERT INTO pools (address, mint, decimals, scale, shares) VALUES ($1, $2, $3, $4, $5) \
                       ON CONFLICT (address) DO UPDATE SET shares = excluded.shares";
            let query = sqlx::query(sql).bind(key).bind(pool.mint).bind(pool.decimals).bind(pool.scale);
            query.bind(pool.shares).execute(&mut *change).await?;
        }
        for (pool, series, underlying) in core::mem::take(&mut self.new_series) {
            let sql = "INSERT INTO series (pool, slot, generation, underlying) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (pool, slot, generation) DO NOTHING";
            let query = sqlx::query(sql).bind(pool).bind(i64::from(series.slot)).bind(i64::from(series.generation));
            query.bind(underlying).execute(&mut *change).await?;
        }
        for ((pool, span, start), candle) in core::mem::take(&mut self.candles) {
            let sql = "INSERT INTO candles (pool, span, start, first, high, low, last, assets, shares) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (pool, span, start) DO UPDATE SET \
                       high = CASE WHEN excluded.high > candles.high THEN excluded.high ELSE candles.high END, \
                       low = CASE WHEN excluded.low < candles.low THEN excluded.low ELSE candles.low END, \
                       last = excluded.last, assets = excluded.assets, shares = excluded.shares";
            let query = sqlx::query(sql).bind(pool).bind(span).bind(start).bind(candle.first).bind(candle.high);
            let query = query.bind(candle.low).bind(candle.last).bind(candle.assets).bind(candle.shares);
            query.execute(&mut *change).await?;
        }
        for some in core::mem::take(&mut self.samples).chunks(1_000) {
            let into = "samples (underlying, id, time, price, front, back, fast, slow)";
            let mut query = sqlx::query(insert(into, 8, some.len()));
            for one in some {
                query = query.bind(one.underlying).bind(one.id).bind(one.time);
                for number in &one.numbers {
                    query = query.bind(number);
                }
            }
            query.execute(&mut *change).await?;
        }
        for ((pool, underlying, start), (held, written, traded)) in core::mem::take(&mut self.moved) {
            let sql = "INSERT INTO interest (pool, underlying, start, held, written, traded) \
                       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (pool, underlying, start) DO UPDATE SET \
                       held = excluded.held, written = excluded.written, traded = interest.traded + excluded.traded";
            let query = sqlx::query(sql).bind(pool).bind(underlying).bind(start).bind(held).bind(written).bind(traded);
            query.execute(&mut *change).await?;
        }
        let changed: Vec<Pubkey> = core::mem::take(&mut self.changed_accounts).into_iter().collect();
        for some in changed.chunks(500) {
            self.write_accounts(change, some).await?;
        }
        Ok(())
    }

    async fn write_accounts(&self, change: &mut AnyConnection, changed: &[Pubkey]) -> Result<()> {
        let changed: Vec<&Account> = changed.iter().filter_map(|address| self.accounts.get(address)).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let columns = "address, pool, owner, sub_account, opened, deposits, withdrawals, realised, fees, funding, traded, cash, gap";
        let updated = columns.split(", ").skip(5).map(|column| format!("{column} = excluded.{column}"));
        let updated: Vec<String> = updated.collect();
        let AssertSqlSafe(values) = insert(&format!("accounts ({columns})"), 13, changed.len());
        let sql = format!("{values} ON CONFLICT (address) DO UPDATE SET {}", updated.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for account in changed {
            let (moved, realised) = (account.statement.moved(), account.statement.realised());
            let narrow = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
            query = query.bind(account.key).bind(account.pool).bind(account.owner).bind(account.sub_account);
            query = query.bind(account.opened).bind(narrow(moved.of(MovementKind::Deposit)));
            query = query.bind(narrow(-moved.of(MovementKind::Withdrawal))).bind(narrow(realised.total()));
            query = query.bind(narrow(-moved.of(MovementKind::Fee))).bind(narrow(moved.of(MovementKind::Funding)));
            query = query.bind(account.traded).bind(account.statement.cash());
            query = query.bind(account.statement.gap().map(|gap| gap.to_string()));
        }
        query.execute(change).await?;
        Ok(())
    }

    /// Lets go of what can be read again.
    pub(super) fn forget_some(&mut self) {
        if self.accounts.len() > STATEMENTS {
            self.accounts.clear();
        }
        if self.series.len() > STATEMENTS {
            self.series.clear();
        }
    }
}

/// Makes the statement of what is stored of an account before the transaction of this number.
async fn statement(change: &mut AnyConnection, address: Pubkey, key: i64, seq: i64) -> Result<Statement> {
    let sql = "SELECT m.id, t.time, t.truncated, e.data FROM mentions m JOIN events e ON e.id = m.id \
               JOIN transactions t ON t.seq = m.id / 1024 WHERE m.address = $1 AND m.id < $2 ORDER BY m.id";
    let before = seq.saturating_mul(PLACES);
    let rows = sqlx::query(sql).bind(key).bind(before).fetch_all(change).await?;
    let mut statement = Statement::new(address);
    let (mut at, mut events, mut of) = (None, Vec::new(), (None, false));
    for row in rows {
        let transaction = row.try_get::<i64, _>(0)? / PLACES;
        if at.is_some_and(|at| at != transaction) {
            statement.take(&core::mem::take(&mut events), of.0, of.1);
        }
        (at, of) = (Some(transaction), (row.try_get(1)?, row.try_get::<i64, _>(2)? != 0));
        let data: Vec<u8> = row.try_get(3)?;
        events.push(Event::decode(&data).ok_or_else(|| StoreError::Content("bytes are no event".to_owned()))?);
    }
    if at.is_some() {
        statement.take(&events, of.0, of.1);
    }
    Ok(statement)
}

/// Returns the pool whose shares an event changes.
const fn pool_of(event: &Event) -> Option<Pubkey> {
    match event {
        Event::PoolCreated(e) => Some(e.pool),
        Event::LiquidityDeposited(e) => Some(e.pool),
        Event::WithdrawalExecuted(e) => Some(e.pool),
        Event::WithdrawalCancelled(e) => Some(e.pool),
        Event::SharesRenewed(e) => Some(e.pool),
        _ => None,
    }
}

fn wide(what: &str) -> StoreError {
    StoreError::Content(format!("{what} beyond 64 bits"))
}
