//! Positions of an owner.

use super::{commitment::OpenCommitment, portfolio::Figures};
use crate::{
    context::{PoolContext, series_name},
    failure::Incomplete,
    output::{date, details, table},
    plan::positions::{Holdings, Kept},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::{NoticeCause, SeriesStatus},
    strategy::Contract,
};
use serde::Serialize;

/// A position.
#[derive(Serialize)]
pub struct HeldPosition {
    pool: String,
    account: u16,
    series: String,
    option: String,
    points: i64,
    size: String,
    /// live, exercised, or committed: what a trade that waits for its price changes; lapsed: what one would have changed that nobody has filled.
    status: &'static str,
    /// Unix seconds after which others can close the position, where notice of that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_after: Option<i64>,
    /// That trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<OpenCommitment>,
    /// What the position has cost and is worth; absent for a trade that waits.
    #[serde(flatten)]
    figures: Option<Figures>,
}

/// Days of funding after which break-even is told beside that of now.
const DAYS: u32 = 7;

/// All positions, in the order of pool, account and series.
pub fn rows(holdings: &[Holdings]) -> Vec<HeldPosition> {
    let mut rows = Vec::new();
    for Holdings { pool, accounts } in holdings {
        for kept in accounts {
            let Some(account) = &kept.account else { continue };
            let values = pool.view.holdings(account).unwrap_or_default();
            let commitment = OpenCommitment::find(pool, account);
            for leg in commitment.iter().flat_map(OpenCommitment::legs) {
                rows.push(HeldPosition {
                    pool: pool.name.clone(),
                    account: account.sub_account,
                    series: leg.series.clone(),
                    option: leg.option.clone(),
                    points: leg.points,
                    size: leg.size.clone(),
                    status: if commitment.as_ref().is_some_and(|open| open.state == "lapsed") {
                        "lapsed"
                    } else {
                        "committed"
                    },
                    closed_after: None,
                    commitment: commitment.clone(),
                    figures: None,
                });
            }
            for place in account.open_positions() {
                let position = &account.positions[place];
                let id = position.series();
                let Some(contract) = Contract::of(&pool.view.registry, id) else { continue };
                let live = pool.view.registry.series(id).is_ok_and(|s| s.status() == SeriesStatus::Live);
                // Only what is written is auto-deleveraged, and only what is bought reserves capital.
                let other = if position.points < 0 { NoticeCause::Excess } else { NoticeCause::Capital };
                let causes = [NoticeCause::Slot, NoticeCause::Buyback, other].into_iter();
                let view = &pool.view;
                let notices = causes.filter_map(|cause| view.pool.notice(&view.registry, id, cause, view.now).ok());
                rows.push(HeldPosition {
                    pool: pool.name.clone(),
                    account: account.sub_account,
                    series: series_name(id),
                    option: pool.words(&contract),
                    points: position.points,
                    size: pool.size(position.points, contract.terms.underlying),
                    status: if live { "live" } else { "exercised" },
                    closed_after: notices.filter(|_| live).min(),
                    commitment: None,
                    figures: Some(Figures::of(
                        pool,
                        values.iter().find(|value| value.series == id),
                        kept.statement().and_then(|statement| statement.holding(id)),
                        DAYS,
                    )),
                });
            }
        }
    }
    rows.sort_by(|a, b| (&a.pool, a.account, &a.series).cmp(&(&b.pool, b.account, &b.series)));
    rows
}

/// What is not known of an account with positions: the first one's.
pub fn lacks(holdings: &[Holdings]) -> Option<Incomplete> {
    let of = |pool: &PoolContext, kept: &Kept| {
        let account = kept.account.as_ref().filter(|account| !account.is_flat())?;
        let forgotten = kept.statement().and_then(|statement| statement.check(account).err());
        let unpriced = || pool.view.holdings(account).err().map(|error| Incomplete::unpriced(error.to_string()));
        let lacks = forgotten.map(|gap| Incomplete::forgotten(gap.to_string())).or_else(unpriced)?;
        Some(lacks.within(&format!("account {} in {}", kept.number, pool.name)))
    };
    holdings
        .iter()
        .flat_map(|held| held.accounts.iter().map(|kept| (&held.pool, kept)))
        .find_map(|(pool, kept)| of(pool, kept))
}

/// The text for people.
pub fn text(owner: &Pubkey, rows: &[HeldPosition]) -> String {
    if rows.is_empty() {
        return format!("{owner} has no positions; `evergreen quote buy` tells what one costs");
    }
    let mut shown = table(["pool", "account", "series", "option", "size", "points", "status"]);
    for row in rows {
        let (account, points, status) = (row.account.to_string(), row.points.to_string(), row.status.to_owned());
        let [pool, series, option, size] = [&row.pool, &row.series, &row.option, &row.size].map(Clone::clone);
        shown.add_row([pool, account, series, option, size, points, status]);
    }
    let mut text = shown.to_string();
    let figured = || rows.iter().filter_map(|row| Some((row, row.figures.as_ref()?)));
    if figured().next().is_some() {
        let mut shown = table(Figures::HEADING);
        for (row, figures) in figured() {
            shown.add_row(figures.row(format!("{} {}", row.series, row.option), row.size.clone()));
        }
        text += &format!("\n\n{shown}");
    }
    if figured().any(|(_, figures)| !figures.is_known()) {
        text +=
            "\nwhat was opened before the history begins that this network keeps has no entry here: nothing is guessed";
    }
    for row in rows {
        if let Some(moment) = row.closed_after {
            text += &format!(
                "\nnotice: series {} in {} can be closed by others at the first price after {}",
                row.series,
                row.pool,
                date(moment)
            );
        }
    }
    let mut told = None;
    for row in rows {
        let of = (&row.pool, row.account);
        if let (Some(commitment), true) = (&row.commitment, told != Some(of)) {
            told = Some(of);
            let what = if commitment.state == "lapsed" {
                "has a lapsed trade"
            } else {
                "waits for a price; `evergreen fill` fills it"
            };
            let heading = format!("account {} in {} {what}", row.account, row.pool);
            text += &format!("\n{heading}\n{}", details(&commitment.rows()));
        }
    }
    text
}
