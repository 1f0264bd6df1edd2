//! Liveness: from every state, once issuers relent and prices are published, everybody leaves within stated time, and nothing is left.

use crate::{edits::issuer_relents, scene::PEOPLE};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    evergreen::state::{Action, ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, World,
    chain::actor,
    tokens::{Mint, transfer_instruction},
    world::DOLLAR,
};

/// What has to be open for everybody to leave.
const EXITS: [Action; 5] =
    [Action::ReduceRisk, Action::WithdrawMargin, Action::WithdrawLiquidity, Action::Liquidate, Action::Settle];
/// Shares that may be worth next to nothing: a native unit has bought a thousand of them at first.
const DUST: u64 = 10_000_000;

/// Number and payer of an order, and the margin account of who has committed it.
type Ordered = ((u64, Pubkey), Option<Pubkey>);

/// Lets everybody leave a world. All positions are closed, all cash, liquidity and fees are withdrawn, all accounts are closed, and what is left is what roundings explain.
///
/// # Panics
/// If somebody cannot leave, or if more is left.
pub fn recover(mut world: World) {
    issuer_relents(&mut world);
    (world.sampled, world.lags, world.round_trip_every) = (true, false, u32::MAX);
    // Prices are published again; what is far from its average is at it.
    for market in 0..world.feeds.len() {
        let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
        world.edit_price(market, |price| {
            price.price = price.price.clamp(home / 2, home * 2);
            (price.ema_price, price.conf) = (price.price, 0);
        });
    }
    // A clock that went back is where it was.
    world.pass(700);
    for pool in 0..world.pools.len() {
        // What was seized is assigned first, in both vaults.
        for _ in 0..2 {
            let _ = world.sync(pool);
        }
    }
    for action in EXITS {
        world.send(build::set_pause(actor("guardian"), action, 0)).ok();
    }
    for pool in 0..world.pools.len() {
        // What is committed and unfilled after ten minutes is over.
        for (key, account) in world.view(pool).accounts {
            if account.commitment.is_open() {
                let order = order_of(&world, pool, &key, account.commitment.order_number());
                let (order, committer) = order.unzip();
                world.send(build::fill_trade(&world.pools[pool], key, committer.flatten(), order, &[])).ok();
            }
        }
        settle(&mut world, pool);
        world.traders_leave(pool);
        take_back(&mut world, pool);
    }
    // Who leaves a pool of shares gets shares of another one, and leaves that after it.
    for pool in (0..world.pools.len()).rev() {
        spent_leave(&mut world, pool);
        gather(&mut world, pool);
    }
    world.everybody_leaves();
}

/// Whoever waits to withdraw liquidity takes that back, with the limit that they have set, and asks again without one.
fn take_back(world: &mut World, pool: usize) {
    let keys = world.pools[pool];
    for (key, request) in world.view(pool).withdrawals {
        if request.shares > 0 {
            let class = request.share_class();
            let keys = keys.at(class, request.generation);
            world.send(build::cancel_withdrawal(request.owner, &keys, class, key)).ok();
        }
    }
}

/// The order that a commitment comes from, with who paid for it, and the account of who has committed it, if that is somebody else.
fn order_of(world: &World, pool: usize, account: &Pubkey, number: Option<u64>) -> Option<Ordered> {
    let view = world.view(pool);
    let order = view.orders.values().find(|o| o.account == *account && Some(o.number) == number && o.committed);
    order.map(|order| ((order.number, order.payer), order.committer()))
}

/// Series at their cap are exercised and paid. Where a pool cannot pay all, each takes what there is.
fn settle(world: &mut World, pool: usize) {
    let keys = world.pools[pool];
    for market in 0..world.feeds.len() {
        let feed = world.feeds[market].accounts;
        for id in world.view(pool).series().map(|(id, _)| id).collect::<Vec<_>>() {
            let _ = world.send(build::exercise_series(&keys, id, &feed));
        }
    }
    // Writers pay first.
    for written in [true, false] {
        for (key, account) in world.view(pool).accounts {
            if account.has_written() == written && !account.is_flat() {
                let settled = world.send(build::settle_positions(&keys, key)).succeeded();
                if !settled {
                    let _ = world.send(build::settle_for_less(account.owner, &keys, key));
                }
            }
        }
    }
}

/// Shares that are worth less than a native unit are paid to nobody, so they are given to somebody with more.
fn gather(world: &mut World, pool: usize) {
    let keys = world.pools[pool];
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let decimals = world.mints[pool].decimals;
        let mint = Mint { address: keys.share_mint(class), program: anchor_spl::token::ID, decimals };
        let to = mint.account_of(&actor("lp"));
        if world.chain.data(&to).is_empty() {
            continue;
        }
        for owner in PEOPLE.map(actor) {
            let from = mint.account_of(&owner);
            let held = world.chain.balance(&from);
            if from != to && (1..DUST).contains(&held) {
                let decimals = world.chain.data(&mint.address)[44];
                let mint = Mint { decimals, ..mint };
                world.send(transfer_instruction(&mint, &from, &to, &owner, held)).ok();
            }
        }
    }
}

/// Classes whose capital is spent begin anew, so that their shares, which are worth nothing or next to it, are redeemed for that.
fn spent_leave(world: &mut World, pool: usize) {
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let keys = world.pools[pool];
        let generation = keys.generations[class as usize];
        if world.view(pool).pool.shares(class).total == 0 {
            continue;
        }
        let payer = world.chain.payer;
        if !world.send(build::renew_shares(payer, &keys, class)).succeeded() {
            continue;
        }
        let old = keys.at(class, generation);
        for who in PEOPLE.into_iter().chain(["treasury"]) {
            let held = world.chain.balance(&old.shares(&actor(who), class));
            if held > 0 {
                let _ = world.send(build::redeem_retired(actor(who), &old, class, payer, held));
            }
        }
    }
}
