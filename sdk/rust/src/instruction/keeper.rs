//! Instructions that anyone may call.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    Leg, accounts, instruction as args,
    state::{NoticeCause, SeriesId, SeriesSpec},
};
use std::ops::Range;

/// Lists a series.
pub fn list_series(keys: &PoolKeys, feed: &PriceFeed, request: SeriesSpec) -> Instruction {
    let accounts = accounts::ListSeries {
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        underlying: feed.underlying,
        price: feed.price,
    };
    build(accounts, args::ListSeries { request }, &[])
}

/// Retires a series without open interest.
pub fn retire_series(keys: &PoolKeys, series: SeriesId) -> Instruction {
    build(accounts::RetireSeries { pool: keys.pool, registry: keys.registry }, args::RetireSeries { series }, &[])
}

/// Exercises a series at its cap. `feeds` are that of its underlying and, where the price is far from its average, an earlier price.
pub fn exercise_series(keys: &PoolKeys, series: SeriesId, feeds: &(impl AsRef<[PriceFeed]> + ?Sized)) -> Instruction {
    let accounts = accounts::ExerciseSeries { pool: keys.pool, registry: keys.registry };
    build(accounts, args::ExerciseSeries { series }, feeds.as_ref())
}

/// Reports that nobody has sampled an underlying for a day. The price is not read.
pub fn report_silence(feed: &PriceFeed) -> Instruction {
    build(accounts::ReportSilence { underlying: feed.underlying }, args::ReportSilence {}, &[])
}

/// Ends a series of an underlying whose silence was reported seven days ago, at its value at the last sample.
pub fn end_series(keys: &PoolKeys, series: SeriesId, underlying: Pubkey) -> Instruction {
    let accounts = accounts::ExerciseSeries { pool: keys.pool, registry: keys.registry };
    let mut end = build(accounts, args::EndSeries { series }, &[]);
    end.accounts.push(AccountMeta::new_readonly(underlying, false));
    end
}

/// Pays an account's positions of exercised series, where the pool can pay all of them.
pub fn settle_positions(keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::SettlePositions { market: keys.market(account), owner: None };
    build(accounts, args::SettlePositions {}, &[])
}

/// Settles an account for what its pool has: what it cannot pay is given up, also what stayed owed before. The owner signs.
pub fn settle_for_less(owner: Pubkey, keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::SettlePositions { market: keys.market(account), owner: Some(owner) };
    build(accounts, args::SettlePositions {}, &[])
}

/// Liquidates an account. `feeds` are those of the underlyings of the account's positions.
pub fn liquidate(
    liquidator: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    liquidator_account: Pubkey,
    legs: Vec<Leg>,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::Liquidate { liquidator, market: keys.market(account), liquidator_account };
    build(accounts, args::Liquidate { legs }, feeds)
}

/// Covers the bad debt of an account: its negative cash, when it has no positions.
pub fn absorb_bad_debt(keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::AbsorbBadDebt { pool: keys.pool, account, vaults: keys.vaults() };
    build(accounts, args::AbsorbBadDebt {}, &[])
}

/// Gives notice that positions of a series can be closed in ten minutes; `underlying` is the address of its underlying.
pub fn give_notice(keys: &PoolKeys, underlying: Pubkey, series: SeriesId, cause: NoticeCause) -> Instruction {
    let accounts = accounts::GiveNotice { pool: keys.pool, registry: keys.registry, underlying };
    build(accounts, args::GiveNotice { series, cause }, &[])
}

/// Closes `points` written options of an account in a series of which more is written than bought, after notice. `feeds` are those of the
/// underlyings of the account's positions, with the first prices after the moment of the notice.
pub fn auto_deleverage(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    series: SeriesId,
    points: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::ForcedClose { keeper, market: keys.market(account) };
    build(accounts, args::AutoDeleverage { series, points }, feeds)
}

/// Sells bought options of an account, as many as make its negative cash good. `feeds` are those of the underlyings of its positions; one that stands still is shown without its
/// price ([`PriceFeed::without_price`]).
pub fn close_for_cash(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    series: SeriesId,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::ForcedClose { keeper, market: keys.market(account) };
    build(accounts, args::CloseForCash { series }, feeds)
}

/// Closes an account's position in a series that pays too little for a place that others want, after notice for this cause. `feeds` are those of the underlyings
/// of the account's positions, with the first prices after the moment of the notice.
pub fn close_for_place(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    (series, cause): (SeriesId, NoticeCause),
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::ForcedClose { keeper, market: keys.market(account) };
    build(accounts, args::CloseForPlace { series, cause }, feeds)
}

/// Samples volatility.
pub fn sample_volatility(feed: &PriceFeed) -> Instruction {
    let accounts = accounts::SampleVolatility { underlying: feed.underlying, price: feed.price };
    build(accounts, args::SampleVolatility {}, &[])
}

/// Applies the points of funding of an underlying to its series in these slots of a registry.
pub fn accrue_funding(keys: &PoolKeys, underlying: Pubkey, slots: Range<u8>) -> Instruction {
    let accounts = accounts::AccrueFunding { pool: keys.pool, registry: keys.registry, underlying };
    let count = slots.end.saturating_sub(slots.start);
    build(accounts, args::AccrueFunding { first: slots.start, count }, &[])
}

/// Values all series of a registry.
pub fn refresh_pool(keys: &PoolKeys, feeds: &[PriceFeed]) -> Instruction {
    build(accounts::RefreshPool { pool: keys.pool, registry: keys.registry }, args::RefreshPool {}, feeds)
}

/// Moves between the vaults what one owes the other: insurance's income, or what insurance has paid.
pub fn sweep_insurance(keys: &PoolKeys) -> Instruction {
    build(accounts::SweepInsurance { pool: keys.pool, insurance: keys.insurance() }, args::SweepInsurance {}, &[])
}

/// Compares vaults and mint with ledgers and policy, and assigns what was seized.
pub fn sync_vault(keys: &PoolKeys) -> Instruction {
    build(
        accounts::SyncVault { pool: keys.pool, registry: keys.registry, insurance: keys.insurance() },
        args::SyncVault {},
        &[],
    )
}

/// Migrates an account to the present layout version.
pub fn migrate_account(account: Pubkey) -> Instruction {
    build(accounts::MigrateAccount { account }, args::MigrateAccount {}, &[])
}
