//! The queue of withdrawals, and how each of them stands.

use crate::{
    amount::{Amount, as_text},
    args::lp::Which,
    context::PoolContext,
    failure::Incomplete,
    output::{date, table},
};
use evergreen_sdk::{evergreen::state::LiquidityRequest, math::NativeDelta};
use serde::Serialize;

/// How a withdrawal stands.
#[derive(Serialize)]
pub(super) struct Standing {
    pub state: State,
    /// The least that its waiting shares must be worth; absent where none waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<Amount>,
    /// What they are worth at the prices of now; absent where none waits or a price is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    worth_now: Option<Amount>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It has shares that wait for their turn.
    Waiting,
    /// The queue has passed it too often, and its owner has to cancel it.
    LeftQueue,
    /// What it has to pay can be claimed, and none of its shares waits any more.
    Executed,
    /// Its shares went back; its place in the queue is empty.
    Cancelled,
}

impl Standing {
    pub fn of(pool: &PoolContext, withdrawal: &LiquidityRequest) -> Self {
        let class = withdrawal.share_class();
        let state = match withdrawal.shares {
            0 if withdrawal.payable > 0 => State::Executed,
            0 => State::Cancelled,
            _ if withdrawal.has_left(pool.view.pool.shares(class).first_withdrawal) => State::LeftQueue,
            _ => State::Waiting,
        };
        let waits = withdrawal.shares > 0;
        let value = pool.view.net_asset_value(class).ok().filter(|_| waits);
        let worth = value.and_then(|value| {
            let worth = pool.view.pool.shares(class).worth(withdrawal.shares, NativeDelta(value.lower)).ok()?.0;
            Some(pool.unsigned(worth.min(withdrawal.worth_at_request)))
        });
        Self { state, least: waits.then(|| pool.unsigned(withdrawal.least)), worth_now: worth }
    }

    /// Whether nothing would be executed at the worth of now.
    fn is_too_low(&self) -> bool {
        matches!((&self.least, &self.worth_now), (Some(least), Some(worth)) if worth.native < least.native)
    }

    /// Least and worth, for people.
    pub fn words(&self) -> String {
        let (Some(least), Some(worth)) = (&self.least, &self.worth_now) else { return String::new() };
        let too_low = if self.is_too_low() { ", so nothing would be executed now" } else { "" };
        format!("worth {worth} now, at least {} wanted{too_low}", least.tokens)
    }
}

/// A withdrawal that waits or can be claimed.
#[derive(Serialize)]
pub struct Row {
    number: u64,
    owner: String,
    shares: String,
    #[serde(serialize_with = "as_text")]
    shares_native: u64,
    payable: Amount,
    ready_at: i64,
    first_in_queue: bool,
    #[serde(flatten)]
    standing: Standing,
}

/// The queue.
pub fn rows(pool: &PoolContext, which: &Which, withdrawals: &[LiquidityRequest]) -> Vec<Row> {
    let class = which.class.share_class();
    let (cooldown, first) = (pool.view.pool.cooldown(class), pool.view.pool.shares(class).first_withdrawal);
    let row = |withdrawal: &LiquidityRequest| Row {
        number: withdrawal.number,
        owner: withdrawal.owner.to_string(),
        shares: pool.shares(withdrawal.shares),
        shares_native: withdrawal.shares,
        payable: pool.unsigned(withdrawal.payable),
        ready_at: withdrawal.ready(cooldown),
        first_in_queue: withdrawal.number == first,
        standing: Standing::of(pool, withdrawal),
    };
    withdrawals.iter().map(row).collect()
}

/// What is not known of the queue for want of a price.
pub fn lacks(pool: &PoolContext, which: &Which, rows: &[Row]) -> Option<Incomplete> {
    let is_unknown = |row: &Row| row.standing.least.is_some() && row.standing.worth_now.is_none();
    let priced = pool.view.net_asset_value(which.class.share_class()).err().filter(|_| rows.iter().any(is_unknown));
    priced.map(|error| Incomplete::unpriced(error.to_string()).within(&pool.name))
}

/// The text for people.
pub fn text(pool: &PoolContext, which: &Which, rows: &[Row]) -> String {
    if rows.is_empty() {
        return format!("no withdrawal waits in the {} class of {}", which.class.name(), pool.name);
    }
    let mut shown = table(["withdrawal", "owner", "shares", "least", "worth now", "to be executed from", "to claim"]);
    for row in rows {
        let turn = if row.first_in_queue { ", first in the queue" } else { "" };
        let when = match row.standing.state {
            State::Executed => "executed".to_owned(),
            State::Cancelled => "cancelled".to_owned(),
            State::LeftQueue => "has left the queue".to_owned(),
            State::Waiting if row.standing.is_too_low() => format!("{}{turn}, worth too little", date(row.ready_at)),
            State::Waiting => format!("{}{turn}", date(row.ready_at)),
        };
        let amount = |amount: &Option<Amount>| amount.as_ref().map_or_else(|| "–".into(), |a| a.tokens.clone());
        let (owner, shares) = (row.owner.clone(), row.shares.clone());
        let (least, worth) = (amount(&row.standing.least), amount(&row.standing.worth_now));
        shown.add_row([row.number.to_string(), owner, shares, least, worth, when, row.payable.tokens.clone()]);
    }
    shown.to_string()
}
