//! Reads from the chain what a keeper has left undone, judged by the program's own rules.

use crate::Market;
use evergreen_sdk::{
    accounts::Account,
    anchor_lang::prelude::Pubkey,
    client::{Client, Filter},
    evergreen::state::{LiquidityRequest, MarginAccount, Order, ShareClass},
    price::PushFeeds,
    quote::PoolView,
};
use std::collections::HashMap;

/// Something that waits for a keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Undone {
    /// A series in this slot that is live and at its cap.
    Capped(u8),
    /// An account whose commitment is open. Its price comes within seconds.
    Commitment(Pubkey),
    /// An account below maintenance.
    Unhealthy(Pubkey),
    /// An account without positions that has negative cash.
    InDebt(Pubkey),
    /// An account with positions of an exercised series.
    Unsettled(Pubkey),
    /// An order that could be committed, or that could be cancelled because it is over.
    Order(Pubkey),
    /// A withdrawal that could be executed.
    LiquidityRequest(Pubkey),
    /// A withdrawal that could be paid out.
    Unclaimed(Pubkey),
}

/// Counts for how many looks in a row each thing has been undone.
#[derive(Default)]
pub struct Inspection {
    waiting: HashMap<Undone, u32>,
    /// Every kind that was ever seen undone, with its longest wait in looks.
    pub longest: HashMap<String, u32>,
}

async fn all<T: Account>(client: &Client, pool: Pubkey) -> Vec<(Pubkey, Box<T>)> {
    client.find::<T>(Filter::of_pool(pool)).await.expect("accounts").value
}

/// Returns the pool and what is undone in it.
///
/// # Panics
/// If the network does not answer.
pub async fn look(market: &Market) -> (PoolView, Vec<Undone>) {
    let client = market.client();
    let pool = market.keys.pool;
    let accounts = all::<MarginAccount>(&client, pool).await;
    let orders = all::<Order>(&client, pool).await;
    let withdrawals = all::<LiquidityRequest>(&client, pool).await;
    let view = client.pool_view(market.keys, &PushFeeds::UPGRADED).await.expect("the pool").value;
    let mut undone: Vec<Undone> = view.exercisable().iter().map(|id| Undone::Capped(id.slot)).collect();
    for (key, account) in &accounts {
        let is_live = |id| view.registry.series(id).is_ok_and(|series| series.status == 1);
        let mut ids = account.open_positions().map(|place| account.positions[place].series());
        if account.commitment.is_open() {
            undone.push(Undone::Commitment(*key));
        }
        if ids.any(|id| !is_live(id)) {
            undone.push(Undone::Unsettled(*key));
        }
        if account.is_flat() && account.cash < 0 {
            undone.push(Undone::InDebt(*key));
        }
        // An account that cannot be valued now is left out: a price that has become stale is published again in a moment.
        if view.account(account).is_ok_and(|quote| quote.health.maintenance < 0) {
            undone.push(Undone::Unhealthy(*key));
        }
    }
    for (key, order) in &orders {
        let account = accounts.iter().find(|(key, _)| *key == order.account);
        if account.is_some_and(|(_, account)| view.order(order, account).is_ok()) {
            undone.push(Undone::Order(*key));
        }
    }
    let first = view.pool.shares(ShareClass::Main).first_withdrawal;
    for (key, withdrawal) in &withdrawals {
        let ready = withdrawal.ready(view.pool.cooldown(ShareClass::Main));
        if withdrawal.number == first && view.now >= ready && view.execution(withdrawal).is_ok() {
            undone.push(Undone::LiquidityRequest(*key));
        }
        if withdrawal.payable > 0 {
            undone.push(Undone::Unclaimed(*key));
        }
    }
    (view, undone)
}

impl Inspection {
    /// Records a look, and returns the longest wait in looks of what is undone now.
    pub fn take(&mut self, undone: &[Undone]) -> u32 {
        self.waiting.retain(|known, _| undone.contains(known));
        for one in undone {
            let waited = self.waiting.entry(*one).or_default();
            *waited += 1;
            let kind = format!("{one:?}").split('(').next().unwrap_or_default().to_owned();
            let longest = self.longest.entry(kind).or_default();
            *longest = (*longest).max(*waited);
        }
        self.waiting.values().copied().max().unwrap_or_default()
    }

    /// Describes what is undone and for how many looks, for messages.
    pub fn waiting(&self) -> String {
        format!("{:?}", self.waiting)
    }
}
