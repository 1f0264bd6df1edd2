//! Withdrawals cancelled, passed over, claimed and redeemed in every order around seizures and renewals.

use super::scene::*;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::{OrderTerms, ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, DAY, STOCK, Setup, World,
    chain::actor,
    seizures::Seizure,
    trading,
    world::{TENTH, TOKEN},
};

/// When somebody cancels what waits of their withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    AtOnce,
    BeforeRenewal,
    AfterRenewal,
    AtTheEnd,
}

/// Where the request of somebody is, wherever in its queue.
fn request_at(world: &World, who: &str, class: ShareClass) -> Pubkey {
    let view = world.view(STOCK);
    let mut all = view.withdrawals.iter();
    all.find(|(_, w)| w.owner == actor(who) && w.share_class() == class).map_or_else(Pubkey::default, |(key, _)| *key)
}

/// Ann and ben have the same: each asks for half of their shares, and is paid as the limits allow. Then nearly all capital of the class is seized, the shares are renewed, and a part of the claims is seized, in two steps. What waits they
/// cancel at the moments named, and claim and redeem at the end, ann in the order named. Returns what each has then.
fn paid(class: ShareClass, [ann, ben]: [When; 2], claims_first: bool, parts: [u64; 2], passed: bool) -> [u64; 2] {
    let mut setup = Setup { liquidity: 60 * TOKEN, insurance: 60 * TOKEN, ..Setup::slow() };
    setup.pool.daily_outflow_bps = 2_500;
    let mut world = begin_world(setup);
    for who in ["ann", "ben"] {
        world.provide(who, STOCK, class, 100 * TOKEN).ok();
    }
    world.trader("erin", STOCK, 50 * TOKEN);
    let first = world.pools[STOCK].at(class, world.pools[STOCK].generations[class as usize]);
    let cancel = |world: &mut World, who: &str| {
        let key = request_at(world, who, class);
        world.send(build::cancel_withdrawal(actor(who), &first, class, key)).ok();
    };
    let mut numbers = Vec::new();
    for who in ["ann", "ben"] {
        let half = world.shares(who, STOCK, class) * 4 / 5;
        world.chain.give_lamports(&actor(who), 10_000_000_000);
        let (keys, id) = (world.pools[STOCK], world.next_number(who));
        let number = world.view(STOCK).pool.shares(class).next_withdrawal;
        let least = if passed { 79 * TOKEN } else { 1 };
        world.send(build::request_withdrawal(actor(who), &keys, class, id, half, least)).ok();
        numbers.push(number);
    }
    world.pass(8 * DAY);
    // A day's limit is a part of the first one.
    for number in numbers.clone() {
        world.pass_to(1);
        let execute = world.execute_instruction(STOCK, class, number);
        world.send(execute);
    }
    world.pass(DAY);
    let executed = ["ann", "ben"].map(|who| {
        let key = request_at(&world, who, class);
        let request = &world.view(STOCK).withdrawals[&key];
        (request.payable, request.shares)
    });
    for (who, when) in [("ann", ann), ("ben", ben)] {
        if when == When::AtOnce {
            cancel(&mut world, who);
        }
    }
    let vault = world.pools[STOCK].vault_of(class);
    let seize = |world: &mut World, amount: u64| {
        world.seize(STOCK, vault, amount, Seizure::Burn);
        for _ in 0..2 {
            world.sync(STOCK).ok();
        }
    };
    // Insurance bears losses of the main vault first.
    let pool = world.view(STOCK).pool;
    let capital = match class {
        ShareClass::Main => pool.pool_cash as u64 + pool.insurance_cash,
        ShareClass::Insurance => pool.insurance_cash,
    };
    seize(&mut world, capital - TOKEN / 20);
    for (who, when) in [("ann", ann), ("ben", ben)] {
        if when == When::BeforeRenewal {
            cancel(&mut world, who);
        }
    }
    // Withdrawals that wait are passed over, whose least amount is not met any more.
    for number in numbers.into_iter().filter(|_| passed) {
        world.pass_to(1);
        let execute = world.execute_instruction(STOCK, class, number);
        world.send(execute);
    }
    world.send(build::sweep_insurance(&world.pools[STOCK]));
    let renewed = world.send(build::renew_shares(world.chain.payer, &world.pools[STOCK], class));
    for (who, when) in [("ann", ann), ("ben", ben)] {
        if when == When::AfterRenewal {
            cancel(&mut world, who);
        }
    }
    for part in parts {
        let balance = world.chain.balance(&vault);
        if part > 0 {
            seize(&mut world, balance * part / 100);
        }
    }
    for (who, when) in [("ann", ann), ("ben", ben)] {
        if when == When::AtTheEnd {
            cancel(&mut world, who);
        }
    }
    let payer = world.chain.payer;
    let claim = |world: &mut World, who: &str| {
        let key = request_at(world, who, class);
        world.send(build::claim_liquidity(actor(who), &first, class, key));
    };
    let redeem = |world: &mut World, who: &str| {
        let shares = world.chain.balance(&first.shares(&actor(who), class));
        world.send(build::redeem_retired(actor(who), &first, class, payer, shares));
    };
    for who in ["ann", "ben"] {
        world.fund(who, STOCK, 0);
    }
    let before = ["ann", "ben"].map(|who| world.wallet(who, STOCK));
    if claims_first {
        claim(&mut world, "ann");
        redeem(&mut world, "ann");
    } else {
        redeem(&mut world, "ann");
        claim(&mut world, "ann");
    }
    redeem(&mut world, "ben");
    claim(&mut world, "ben");
    let paid = [("ann", 0), ("ben", 1)].map(|(who, i): (&str, usize)| world.wallet(who, STOCK) - before[i]);
    println!(
        "{class:?} ann {ann:?}, ben {ben:?}, claims first {claims_first}, {parts:?}, executed {executed:?}, renewed {:?}: paid {paid:?}",
        renewed.failure
    );
    paid
}

/// Whoever cancels, claims and redeems in another order is paid no unit more.
#[test]
fn held_the_order_of_cancelling_and_redeeming_around_seizures_gains_nothing() {
    use When::{AfterRenewal, AtOnce, AtTheEnd, BeforeRenewal};
    let mut most = 0;
    for class in [ShareClass::Main, ShareClass::Insurance] {
        for parts in [[30, 0], [30, 50], [99, 20]] {
            for passed in [false, true] {
                for ann in [AtOnce, BeforeRenewal, AfterRenewal, AtTheEnd] {
                    let own = paid(class, [ann, AtTheEnd], ann == AtOnce, parts, passed);
                    let same = paid(class, [AtTheEnd, AtTheEnd], false, parts, passed);
                    most = most.max(own[0].abs_diff(same[0])).max(own[1].abs_diff(same[1]));
                }
            }
        }
    }
    println!("at most {most} units of difference");
    assert!(most <= 3, "{most} units by the order");
}

/// Ann and ben have fifty tokens each, and an order each with a tip of ten. All capital and a part of all claims are seized, in two steps, before, between and after which ann cancels her order; ben does at the end. Returns what both withdraw.
fn tips(ann: usize, parts: [u64; 2]) -> [u64; 2] {
    let mut world = begin_world(Setup { liquidity: 100 * TOKEN, insurance: 10 * TOKEN, ..Setup::slow() });
    let call = world.list_tenor(STOCK, BTC, false, 100_000, 7);
    let keys = world.pools[STOCK];
    let payer = world.chain.payer;
    let mut numbers = Vec::new();
    for who in ["ann", "ben"] {
        let key = world.trader(who, STOCK, 50 * TOKEN);
        let terms = OrderTerms {
            legs: trading::named(&world.view(STOCK).registry, &[(call, TENTH)]),
            min_net: -1,
            trigger: None,
            expires_at: world.chain.now() + 80 * DAY,
            tip: 10 * TOKEN,
            reduce_only: false,
        };
        let number = world.account(who, STOCK).next_order;
        world.send(build::place_order(payer, actor(who), &keys, key, number, terms, &[])).ok();
        numbers.push(number);
    }
    let cancel = |world: &mut World, who: &str, number: u64| {
        let key = world.account_key(who, STOCK);
        world.send(build::cancel_order(actor(who), &keys, key, number, payer)).ok();
    };
    for (step, part) in parts.into_iter().enumerate() {
        if ann == step {
            cancel(&mut world, "ann", numbers[0]);
        }
        let pool = world.view(STOCK).pool;
        let capital = pool.pool_cash as u64 + pool.fees_due + if step == 0 { pool.insurance_cash } else { 0 };
        let claims = pool.margin_cash as u64 + pool.tips_due;
        world.seize(STOCK, keys.vault, capital + claims * part / 100, Seizure::Burn);
        for _ in 0..2 {
            world.sync(STOCK).ok();
        }
        world.send(build::sweep_insurance(&keys));
    }
    if ann >= parts.len() {
        cancel(&mut world, "ann", numbers[0]);
    }
    cancel(&mut world, "ben", numbers[1]);
    let paid = ["ann", "ben"].map(|who| {
        let before = world.wallet(who, STOCK);
        world.withdraw(who, STOCK, u64::MAX).ok();
        world.wallet(who, STOCK) - before
    });
    println!("ann cancels after {ann} seizures of {parts:?}: {paid:?}");
    paid
}

/// A tip that waits in an order bears what cash bears, whenever the order is cancelled.
#[test]
fn held_a_tip_bears_the_losses_of_cash() {
    for parts in [[10, 30], [50, 90], [80, 99]] {
        for ann in 0..3 {
            let [one, other] = tips(ann, parts);
            assert!(one.abs_diff(other) <= 3, "ann is paid {one}, ben {other}");
        }
    }
}
