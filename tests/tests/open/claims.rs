//! What a pool owes beside its positions, what others rely on meanwhile, and who is paid first.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{NoticeCause, Notices, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, STOCK, Setup, World, assert_error,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

fn show(world: &World, what: &str, people: &[&str]) {
    let pool = world.view(CLASSIC).pool;
    let ledgers = [pool.pool_cash, pool.reserved_collateral as i64, pool.unpaid as i64].map(tokens);
    println!("{what}: pool cash {:.3}, reserved {:.3}, unpaid {:.3}", ledgers[0], ledgers[1], ledgers[2]);
    for who in people {
        let account = world.account(who, CLASSIC);
        let [cash, unpaid] = [account.cash, account.unpaid as i64].map(tokens);
        println!("    {who}: cash {cash:.3}, unpaid {unpaid:.3}, is owed {:.3}", -owed(world, who));
    }
}

/// Mallory has written straddles of a day on half a BTC that holly held, who has left, and the provider leaves as far as it may. Alice holds, and ben has written, calls of a week on so many tenths of a BTC; they are settled every
/// day, and mallory for the first days alone.
fn emptied(days: usize, settled: usize, tenths: i64) -> (World, [SeriesId; 2]) {
    let mut world = world(1_000, &[("holly", 500), ("mallory", 400), ("alice", 400), ("ben", 400)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    if tenths > 0 {
        world.trade("alice", CLASSIC, &[(far, tenths * TENTH)]).ok();
        quiet(&mut world, 100_000.0, 4);
        world.trade("ben", CLASSIC, &[(far, -tenths * TENTH)]).ok();
    }
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &legs(both, -5)).ok();
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    leave(&mut world, days, |world, day| {
        for who in ["alice", "ben"] {
            collect(world, who);
        }
        if day < settled {
            collect(world, "mallory");
        }
    });
    (world, both)
}

/// Alice commits to straddles, for which the pool has room. Mallory, who is owed what is left, is settled before the fill, or after it. Then BTC rises and alice sells. Returns what the pool had for each unit that the fill
/// reserved, and what alice is paid.
fn committed(before: bool) -> (f64, f64) {
    let (mut world, _) = emptied(17, 0, 0);
    for dollars in [103_000.0, 106_000.0, 109_000.0, 112_000.0, 115_000.0, 118_000.0] {
        quiet(&mut world, dollars, 12);
    }
    touch(&mut world);
    let straddle = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 118_000, 7));
    let bought = straddle.map(|id| (id, TENTH * 6 / 10));
    let commit = world.commit_instruction("alice", CLASSIC, &bought);
    world.send(commit).ok();
    world.checked = false;
    if before {
        collect(&mut world, "mallory").ok();
    }
    world.wait_for_fill();
    println!("filled: {:?}", world.fill("alice", CLASSIC).failure);
    if !before {
        collect(&mut world, "mallory").ok();
    }
    show(&world, &format!("settled before {before}"), &["mallory", "alice"]);
    let pool = world.view(CLASSIC).pool;
    let covered = pool.pool_cash as f64 / (pool.reserved_collateral as f64).max(1.0);
    for dollars in [121_000.0, 125_000.0, 129_000.0, 133_000.0] {
        quiet(&mut world, dollars, 2);
    }
    let had = world.cash("alice", CLASSIC);
    collect(&mut world, "alice");
    println!("sold: {:?}", world.trade("alice", CLASSIC, &straddle.map(|id| (id, -TENTH * 6 / 10))).failure);
    let paid = tokens(world.cash("alice", CLASSIC) - had);
    show(&world, &format!("alice is paid {paid:.3}"), &["mallory", "alice"]);
    (covered, paid)
}

/// What is committed is reserved, also from funding that is owed: neither a settlement nor anything else pays it out before the fill.
#[test]
fn audit_claims_what_is_committed_is_not_paid_out_before_the_fill() {
    let (covered, paid) = committed(true);
    let (_, fair) = committed(false);
    assert!(
        covered >= 1.0,
        "the pool has {covered:.2} of what alice's options reserve; she is paid {paid:.2}, not {fair:.2}"
    );
}

/// Alice holds and ben has written calls. Mallory's excess is closed, and what it has cost stays owed to her. Alice goes on to pay for what ben has written, for sixty days; mallory and ben are settled in this order. Returns
/// what each of them is paid.
fn paid_in(order: [&str; 2]) -> [f64; 2] {
    let (mut world, both) = emptied(24, 14, 4);
    let moment = world.chain.now() + Notices::PERIOD;
    for id in both {
        world.give_notice(CLASSIC, id, NoticeCause::Excess);
    }
    world.pass(Notices::PERIOD + 1);
    for sample in world.due_samples() {
        world.send(sample);
    }
    for id in both {
        world.deleverage("mallory", CLASSIC, id, 5 * TENTH, moment).ok();
    }
    for who in ["alice", "ben", "mallory"] {
        collect(&mut world, who);
    }
    show(&world, "the excess is closed", &["mallory", "alice", "ben"]);
    let had = ["mallory", "ben", "alice"].map(|who| world.cash(who, CLASSIC));
    for _ in 0..60 {
        quiet(&mut world, 100_000.0, 48);
        collect(&mut world, "alice");
        for who in order {
            let settle = build::settle_positions(&world.pools[CLASSIC], world.account_key(who, CLASSIC));
            world.send(settle);
        }
    }
    let [mallory, ben, alice] = [("mallory", 0), ("ben", 1), ("alice", 2)]
        .map(|(who, i): (&str, usize)| tokens(world.cash(who, CLASSIC) - had[i]));
    println!("{order:?}: alice {alice:+.2}, mallory {mallory:+.2}, ben {ben:+.2}");
    show(&world, "sixty days later", &["mallory", "alice", "ben"]);
    [mallory, ben]
}

/// What comes in pays all who are owed the same part, whoever settles first.
#[test]
fn audit_claims_what_comes_in_pays_whoever_is_owed_by_his_part() {
    let [first, last] = [paid_in(["mallory", "ben"]), paid_in(["ben", "mallory"])];
    assert!((first[1] - last[1]).abs() < 0.1, "ben is paid {:.2} or {:.2}, by who is settled first", first[1], last[1]);
}

/// Mallory has written calls of a day on a hundredth of a BTC that holly held, who has left, and the provider leaves as far as it may. BTC falls, and her excess is closed. A little stays owed to her, which keeps everybody
/// out. A stranger sends the vault a part of it, and then more than the rest: both are hers, and no more of it is credited. Shares that are worth nothing are renewed, and a newcomer brings 1,000 tokens.
#[test]
fn audit_claims_anybody_pays_what_an_emptied_pool_owes() {
    let mut world = world(1_000, &[("holly", 50), ("mallory", 50), ("stranger", 50)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trade("holly", CLASSIC, &[(call, TENTH / 10)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &[(call, -TENTH / 10)]).ok();
    world.trade("holly", CLASSIC, &[(call, -TENTH / 10)]).ok();
    leave(&mut world, 40, |_, _| {});
    show(&world, "forty days", &["mallory"]);
    collect(&mut world, "mallory");
    for dollars in [98_000.0, 96_000.0, 94_000.0, 92_000.0] {
        quiet(&mut world, dollars, 24);
    }
    collect(&mut world, "mallory");
    show(&world, "fallen", &["mallory"]);
    let moment = world.pass_notice(CLASSIC, call, NoticeCause::Excess);
    for sample in world.due_samples() {
        world.send(sample);
    }
    world.deleverage("mallory", CLASSIC, call, TENTH / 10, moment).ok();
    collect(&mut world, "mallory");
    show(&world, "closed", &["mallory"]);
    let keys = world.pools[CLASSIC];
    world.send(build::retire_series(&keys, call));
    let renew = build::renew_shares(world.chain.payer, &keys, MAIN);
    world.refused(renew.clone(), EvergreenError::PoolInUse);
    let unpaid = world.view(CLASSIC).pool.unpaid;
    assert!(unpaid > 0);
    assert_error(&world.provide("newcomer", CLASSIC, MAIN, 1_000 * TOKEN), EvergreenError::SharesSpent);

    // A third, and then three times as much as the whole.
    let had = world.cash("mallory", CLASSIC);
    world.fund("stranger", CLASSIC, 4 * unpaid);
    for (sent, due) in [(unpaid / 3, unpaid / 3), (3 * unpaid, unpaid)] {
        world.donate("stranger", CLASSIC, keys.vault, sent);
        let sync = build::sync_vault(&keys);
        world.send(sync.clone()).ok();
        world.send(sync).ok();
        collect(&mut world, "mallory").ok();
        let paid = (world.cash("mallory", CLASSIC) - had) as u64;
        show(&world, &format!("sent {sent}"), &["mallory"]);
        assert!((due - 1..=due).contains(&paid), "she is paid {paid} of {due}");
    }
    assert_eq!(world.view(CLASSIC).pool.unpaid, 0);
    world.send(renew).ok();
    let done = world.provide("newcomer", CLASSIC, MAIN, 1_000 * TOKEN);
    assert!(done.succeeded(), "{:?}", done.failure);
    assert!(worth_of(&world, "newcomer") > 999.999);
}

/// An issuer burns all that lies in the vault of a pool beside a straddle that is held, and sends it back. What covers what is held is the pool's again, and its distress is over; the rest is nobody's.
#[test]
fn audit_claims_what_an_issuer_sends_back_covers_what_is_held() {
    let mut world = begin_world(Setup { liquidity: 1_000 * TOKEN, insurance: 0, ..Setup::slow() });
    world.checked = false;
    let both = [false, true].map(|put| world.list_tenor(STOCK, BTC, put, 100_000, 1));
    world.trader("alice", STOCK, 900 * TOKEN);
    world.trade("alice", STOCK, &legs(both, 5)).ok();
    let (keys, pool) = (world.pools[STOCK], world.view(STOCK).pool);
    let all = pool.pool_cash as u64 - pool.reserved_collateral / 2;
    world.seize(STOCK, keys.vault, all, Seizure::Burn);
    world.sync(STOCK).ok();
    let pool = world.view(STOCK).pool;
    assert!(pool.is_distressed() && (pool.pool_cash as u64) < pool.reserved_collateral);
    let short = pool.reserved_collateral - pool.pool_cash as u64;
    world.fund("issuer", STOCK, all);
    world.donate("issuer", STOCK, keys.vault, all);
    world.sync(STOCK).ok();
    let after = world.view(STOCK).pool;
    assert!(!after.is_distressed());
    let credited = (after.pool_cash - pool.pool_cash) as u64;
    assert!((short..short + TOKEN).contains(&credited), "{credited} for {short}");
    // Once it is short of nothing, nothing more is credited.
    world.sync(STOCK).ok();
    assert_eq!(world.view(STOCK).pool.pool_cash, after.pool_cash);
}

/// Alice and cat hold, and ben and mallory have written, straddles of a day on 2 BTC each. An issuer seizes the capital and half of what is reserved. Everybody is settled every day for twenty days, in this order. Returns what
/// ben and mallory are paid.
fn distressed(order: [&str; 4]) -> [f64; 2] {
    let mut world = begin_world(Setup { liquidity: 1_000 * TOKEN, insurance: 0, ..Setup::slow() });
    world.checked = false;
    let both = [false, true].map(|put| world.list_tenor(STOCK, BTC, put, 100_000, 1));
    for who in order {
        world.trader(who, STOCK, 900 * TOKEN);
    }
    for _ in 0..4 {
        for (who, sign) in [("alice", 1), ("cat", 1), ("ben", -1), ("mallory", -1)] {
            world.trade(who, STOCK, &legs(both, 5 * sign)).ok();
        }
        quiet(&mut world, 100_000.0, 4);
    }
    let keys = world.pools[STOCK];
    let settle = |world: &mut World| {
        let refresh = build::refresh_pool(&keys, &world.markets());
        world.send(refresh).ok();
        for who in order {
            let key = world.account_key(who, STOCK);
            world.send(build::settle_positions(&keys, key));
        }
    };
    settle(&mut world);
    let pool = world.view(STOCK).pool;
    world.seize(STOCK, keys.vault, pool.pool_cash as u64 - pool.reserved_collateral / 2, Seizure::Burn);
    world.sync(STOCK).ok();
    let had = ["ben", "mallory"].map(|who| world.cash(who, STOCK));
    for _ in 0..20 {
        quiet(&mut world, 100_000.0, 48);
        settle(&mut world);
    }
    let paid = [("ben", 0), ("mallory", 1)].map(|(who, i): (&str, usize)| tokens(world.cash(who, STOCK) - had[i]));
    let pool = world.view(STOCK).pool;
    let [cash, unpaid] = [pool.pool_cash, pool.unpaid as i64].map(tokens);
    println!("{order:?}: ben is paid {:.2}, mallory {:.2}; pool cash {cash:.2}, unpaid {unpaid:.2}", paid[0], paid[1]);
    paid
}

/// Of two who have written the same nobody is paid more because they are settled first.
#[test]
fn audit_claims_of_two_writers_in_a_distressed_pool_both_are_paid_the_same() {
    let paid = distressed(["alice", "cat", "mallory", "ben"]);
    distressed(["alice", "cat", "ben", "mallory"]);
    assert!((paid[0] - paid[1]).abs() < 1.0, "ben is paid {:.2}, mallory {:.2}", paid[0], paid[1]);
}

/// Whoever brings capital to a pool that owes more than lies free pays none of it: it is off what shares are worth before they come, settled or not.
#[test]
fn held_a_deposit_pays_no_older_claims() {
    let (begun, _) = emptied(16, 0, 4);
    for (amount, settled) in [(10, false), (1_000, false), (10, true), (1_000, true)] {
        let mut world = begun.clone();
        if settled {
            collect(&mut world, "mallory").ok();
        }
        let done = world.provide("newcomer", CLASSIC, MAIN, amount * TOKEN);
        assert!(done.succeeded(), "{:?}", done.failure);
        let before = worth_of(&world, "newcomer");
        collect(&mut world, "mallory");
        let after = worth_of(&world, "newcomer");
        show(&world, &format!("{amount}, settled {settled}: worth {before:.4}, {after:.4}"), &["mallory"]);
        assert!(after > amount as f64 - 0.001, "a deposit of {amount} is worth {after}");
    }
}

/// A holder owes funding, and what she holds is worth nothing any more: it is sold for nothing, and what is left is absorbed, so that nobody waits for it.
#[test]
fn audit_claims_options_without_a_bid_are_sold_for_a_debt() {
    let mut world = world(1_000, &[("mallory", 40)]);
    let calls = [1, 2, 7].map(|days| world.list_tenor(CLASSIC, BTC, false, 104_000, days));
    for call in calls {
        world.trade("mallory", CLASSIC, &[(call, 2 * TENTH)]).ok();
        quiet(&mut world, 100_000.0, 2);
    }
    collect(&mut world, "mallory");
    let cash = world.cash("mallory", CLASSIC);
    world.withdraw("mallory", CLASSIC, cash as u64 - 100).ok();
    for i in 1..=24 {
        step(&mut world, if i % 2 == 0 { 100_000.0 } else { 100_208.0 });
    }
    for dollars in [96_000.0, 91_000.0, 86_000.0, 80_000.0, 72_000.0, 64_000.0, 57_000.0] {
        step(&mut world, dollars);
    }
    collect(&mut world, "mallory");
    let key = world.account_key("mallory", CLASSIC);
    println!("cash {}, debts {}", world.cash("mallory", CLASSIC), world.view(CLASSIC).pool.debts);
    // The one that still brings something comes first.
    for call in calls.into_iter().chain(calls) {
        let done = world.close_for_cash("mallory", CLASSIC, call);
        println!(
            "sold: {:?}, {} left, cash {}",
            done.failure,
            world.view(CLASSIC).held(&key, call),
            world.cash("mallory", CLASSIC)
        );
    }
    println!("absorbed: {:?}", world.send(build::absorb_bad_debt(&world.pools[CLASSIC], key)).failure);
    println!("cash {}, debts {}", world.cash("mallory", CLASSIC), world.view(CLASSIC).pool.debts);
    assert_eq!(world.view(CLASSIC).pool.debts, 0);
}
