//! Accounts in the place of others, in instructions that succeed with the right ones.

use super::scene::*;
use evergreen_sdk::evergreen::errors::EvergreenError;
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::{
        OptionLeg,
        state::{Change, OrderTerms, PoolParams, Proposal, ShareClass},
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World, assert_error,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};
use std::collections::BTreeMap;

const PEOPLE: [&str; 14] = [
    "alice", "bob", "mallory", "keeper", "lp", "insurer", "vera", "carol", "dora", "admin", "guardian", "fees", "rita",
    "issuer",
];

/// All accounts that an attacker could name.
fn candidates(world: &World) -> BTreeMap<Pubkey, String> {
    let mut all = BTreeMap::new();
    for (key, stored) in world.chain.owned_by(&address::PROGRAM) {
        all.insert(key, format!("program's of {} bytes", stored.data.len()));
    }
    for program in [anchor_spl::token::ID, anchor_spl::token_2022::ID] {
        for (key, stored) in world.chain.owned_by(&program) {
            all.insert(key, format!("token's of {} bytes", stored.data.len()));
        }
    }
    for (place, keys) in world.pools.iter().enumerate() {
        for class in [ShareClass::Main, ShareClass::Insurance] {
            all.insert(keys.share_mint(class), format!("share mint {class:?} {place}"));
        }
        for who in PEOPLE {
            all.insert(keys.wallet(&actor(who)), format!("wallet of {who} {place}"));
            all.insert(world.account_key(who, place), format!("account of {who} {place}"));
            for class in [ShareClass::Main, ShareClass::Insurance] {
                all.insert(keys.shares(&actor(who), class), format!("shares of {who} {class:?} {place}"));
            }
        }
    }
    for who in PEOPLE {
        all.insert(actor(who), format!("key of {who}"));
        all.insert(address::counter(&actor(who)), format!("counter of {who}"));
    }
    all.insert(address::protocol(), "protocol".into());
    all.insert(address::PROGRAM, "program".into());
    for (place, feed) in world.feeds.iter().enumerate() {
        all.insert(feed.accounts.underlying, format!("underlying {place}"));
        all.insert(feed.accounts.price, format!("price {place}"));
    }
    all
}

/// Where an account of another kind, pool or person may stand: the instruction, the place, and why.
const FREE: [(&str, usize, &str); 18] = [
    ("propose", 0, "who pays"),
    ("place_order", 0, "who pays"),
    ("take_number", 0, "who pays"),
    ("open_margin_account", 0, "who pays"),
    ("renew_shares", 0, "who pays"),
    ("cancel_proposal", 0, "the guardian, too"),
    ("tighten_pool", 0, "the guardian, too"),
    ("cancel_proposal", 3, "another one of the same queue"),
    ("execute_proposal", 2, "another one of the same queue"),
    ("request_deposit", 14, "any account for the shares"),
    ("cancel_withdrawal", 6, "any account for the shares"),
    ("execute_deposit", 10, "another account with the first price"),
    ("execute_withdrawal", 3, "the first one of the other class"),
    ("execute_withdrawal", 7, "another account with the first price"),
    ("redeem_retired", 7, "the owner signs for any receiver"),
    ("withdraw_margin", 8, "the owner signs for any receiver"),
    ("deposit_margin", 3, "anyone pays into anyone's account"),
    ("set_delegate", 1, "another account of the owner"),
];

/// What changes no claim, and so goes on while a loss of a vault is unassigned.
const UNTOUCHED: [&str; 10] = [
    "propose",
    "cancel_proposal",
    "execute_proposal",
    "accept_curator",
    "tighten_pool",
    "cancel_order",
    "set_delegate",
    "take_number",
    "open_margin_account",
    "sync_vault",
];

/// Puts each account in the place of each of an instruction's, and two in each other's, leaves each signature away, and takes a unit out of each vault: nothing of it succeeds but what may.
#[track_caller]
fn probe(world: &World, name: &str, good: &Instruction) {
    world.chain.simulate(std::slice::from_ref(good)).ok();
    let all = candidates(world);
    for (_, keys) in world.pools.iter().enumerate().filter(|(place, keys)| {
        let named = [keys.pool, world.account_key("alice", *place)];
        good.accounts.iter().any(|meta| named.contains(&meta.pubkey))
    }) {
        for vault in [keys.vault, keys.insurance_vault] {
            let mut world = world.clone();
            let mut data = world.chain.data(&vault);
            let held = u64::from_le_bytes(data[64..72].try_into().expect("eight bytes"));
            data[64..72].copy_from_slice(&(held - held / 3).to_le_bytes());
            let owner = world.chain.account(&vault).expect("a vault").owner;
            world.chain.write(vault, owner, data);
            let sent = world.chain.simulate(std::slice::from_ref(good));
            let may = UNTOUCHED.contains(&name);
            assert_eq!(sent.succeeded(), may, "{name} while {vault} has lost a third: {:?}", sent.failure);
        }
    }
    let mut tried = 0;
    let mut refused = |bad: Instruction, places: [usize; 2], what: &str| {
        tried += 1;
        let free = places.iter().any(|place| FREE.iter().any(|(kind, at, _)| (*kind, at) == (name, place)));
        assert!(free || !world.chain.simulate(&[bad]).succeeded(), "{name}: {what} at {places:?} succeeds");
    };
    for place in 0..good.accounts.len() {
        let here = good.accounts[place].pubkey;
        for (key, what) in all.iter().filter(|(key, _)| **key != here) {
            let mut bad = good.clone();
            bad.accounts[place].pubkey = *key;
            refused(bad, [place; 2], what);
        }
        for other in (0..place).filter(|other| good.accounts[*other].pubkey != here) {
            let mut bad = good.clone();
            bad.accounts[place].pubkey = bad.accounts[other].pubkey;
            bad.accounts[other].pubkey = here;
            refused(bad, [place, other], "each in the other's place");
        }
        if good.accounts[place].is_signer {
            let mut bad = good.clone();
            bad.accounts[place].is_signer = false;
            refused(bad, [usize::MAX; 2], "no signature");
        }
    }
    println!("{name}: {tried} tried");
}

fn begin() -> World {
    let mut world = World::flat();
    (world.round_trip_every, world.checked) = (u32::MAX, false);
    world.replay = None;
    let params = PoolParams { curator_bps: 3_000, ..roomy() };
    let twin = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    world.provide("lp", twin, MAIN, 500 * TOKEN).ok();
    for who in PEOPLE {
        world.chain.give_lamports(&actor(who), 10_000_000_000);
        for pool in [CLASSIC, STOCK, twin] {
            world.fund(who, pool, 5 * TOKEN);
        }
    }
    for pool in [CLASSIC, STOCK, twin] {
        let keys = world.pools[pool];
        let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, Some(actor("rita")));
        world.send(open).ok();
        for who in ["alice", "bob", "mallory", "keeper"] {
            if who != "alice" {
                world.trader(who, pool, 0);
            }
            world.fund(who, pool, 20 * TOKEN);
            world.deposit(who, pool, 20 * TOKEN).ok();
        }
        for who in ["vera", "mallory", "keeper"] {
            for class in [ShareClass::Main, ShareClass::Insurance] {
                world.provide(who, pool, class, 2 * TOKEN).ok();
            }
        }
        let call = world.list(pool, BTC, false, 100_000);
        world.trade("alice", pool, &[(call, TENTH)]).ok();
        world.trade("bob", pool, &[(call, -TENTH / 2)]).ok();
        world.trade("mallory", pool, &[(call, TENTH / 10)]).ok();
    }
    world
}

#[test]
fn held_substituted_liquidity() {
    let mut world = begin();
    let keys = world.pools[CLASSIC];
    for pool in 0..3 {
        for who in ["vera", "mallory"] {
            for class in [MAIN, ShareClass::Insurance] {
                world.request(who, pool, class, TOKEN);
            }
        }
    }
    let number = world.next_number("vera");
    let deposit = build::request_deposit(actor("vera"), &keys, MAIN, number, TOKEN / 10, 0);
    probe(&world, "request_deposit", &deposit);
    probe(&world, "request_withdrawal", &build::request_withdrawal(actor("vera"), &keys, MAIN, number, TOKEN, 1));
    world.pass(8 * DAY);
    // Deposits of two people in both classes of all pools.
    let mut made = Vec::new();
    for pool in 0..3 {
        for who in ["vera", "mallory"] {
            for class in [MAIN, ShareClass::Insurance] {
                world.fund(who, pool, TOKEN);
                let id = world.next_number(who);
                world.send(build::request_deposit(actor(who), &world.pools[pool], class, id, TOKEN / 10, 0)).ok();
                made.push((pool, who, class, id));
            }
        }
    }
    let (_, who, class, id) = made[0];
    let minute = world.request_in(who, CLASSIC, class, id).minute;
    world.pass(minute + 1 - world.chain.now());
    for sample in world.due_samples() {
        world.send(sample);
    }
    let execute = world.execute_deposit_in(who, CLASSIC, class, id);
    probe(&world, "execute_deposit", &execute);
    world.send(execute).ok();
    let withdrawal = world.withdrawal(CLASSIC, MAIN, 0);
    let feeds = world.minute_markets(
        CLASSIC,
        MAIN,
        evergreen_sdk::evergreen::state::LiquidityRequest::grid_time(world.chain.now()),
    );
    let execute = build::execute_withdrawal(&keys, withdrawal, &feeds);
    probe(&world, "execute_withdrawal", &execute);
    let others = [0, 1].map(|n| world.withdrawal(CLASSIC, MAIN, n));
    // Of those that follow the first one each is named once, in the order of the queue.
    for list in [vec![0, 0], vec![0, 1, 0], vec![0, 1, 1], vec![1, 0]] {
        let list: Vec<_> = list.into_iter().map(|place: usize| others[place]).collect();
        let batch = build::execute_withdrawals(&keys, (list[0], &list[1..]), &feeds);
        assert_error(&world.chain.simulate(&[batch]), EvergreenError::WithdrawalNotFirst);
    }
    probe(&world, "cancel_withdrawal", &build::cancel_withdrawal(actor("vera"), &keys, MAIN, withdrawal));
    world.send(execute).ok();
    probe(&world, "claim_liquidity", &build::claim_liquidity(actor("vera"), &keys, MAIN, withdrawal));
}

#[test]
fn held_substituted_retired() {
    let mut world = begin();
    // Everybody leaves the stock's options.
    world.traders_leave(STOCK);
    let keys = world.pools[STOCK];
    for class in [ShareClass::Insurance, MAIN] {
        world.send(build::sweep_insurance(&keys));
        let pool = world.view(STOCK).pool;
        let capital = match class {
            ShareClass::Main => pool.pool_cash.unsigned_abs() + pool.fees_due,
            ShareClass::Insurance => pool.insurance_cash,
        };
        world.seize(STOCK, keys.vault_of(class), capital - TOKEN / 100, Seizure::Burn);
        for _ in 0..2 {
            world.sync(STOCK).ok();
        }
    }
    for class in [ShareClass::Insurance, MAIN] {
        let renewal = build::renew_shares(actor("mallory"), &world.pools[STOCK], class);
        // Somebody has sent lamports to where the next share mint and what is left of the old shares are made.
        for meta in &renewal.accounts {
            if world.chain.account(&meta.pubkey).is_none() {
                world.chain.give_lamports(&meta.pubkey, 1_000_000);
            }
        }
        probe(&world, "renew_shares", &renewal);
        world.send(renewal).ok();
    }
    let first = keys.at(MAIN, 0);
    let shares = world.chain.balance(&first.shares(&actor("vera"), MAIN));
    let redeem = build::redeem_retired(actor("vera"), &first, MAIN, actor("mallory"), shares / 2);
    probe(&world, "redeem_retired", &redeem);
    probe(&world, "sync_vault", &build::sync_vault(&keys));
}

#[test]
fn held_substituted_orders() {
    let mut world = begin();
    let keys = world.pools[CLASSIC];
    let call = world
        .account("alice", CLASSIC)
        .positions
        .iter()
        .find(|p| p.points > 0)
        .map(|p| p.series())
        .expect("a position");
    let terms = |world: &World, tip| OrderTerms {
        legs: vec![OptionLeg {
            option: world.view(CLASSIC).registry.option(call).expect("an option"),
            points: TENTH / 10,
        }],
        min_net: -(TOKEN as i64),
        trigger: None,
        expires_at: world.chain.now() + 80 * 86_400,
        tip,
        reduce_only: false,
    };
    for who in ["alice", "mallory", "bob"] {
        let (key, number) = (world.account_key(who, CLASSIC), world.account(who, CLASSIC).next_order);
        let payer = if who == "alice" { "vera" } else { who };
        let place = build::place_order(
            actor(payer),
            actor(who),
            &keys,
            key,
            number,
            terms(&world, TOKEN / 100),
            &world.markets(),
        );
        if who == "alice" {
            probe(&world, "place_order", &place);
        }
        world.send(place).ok();
    }
    world.pass(1);
    let key = world.account_key("alice", CLASSIC);
    let number = world.account("alice", CLASSIC).next_order - 1;
    probe(&world, "cancel_order", &build::cancel_order(actor("alice"), &keys, key, number, actor("vera")));
    let with = Some(world.account_key("keeper", CLASSIC));
    let commit = build::commit_order(actor("keeper"), &keys, key, number, actor("vera"), with, &world.market(BTC));
    probe(&world, "commit_order", &commit);
    world.send(commit).ok();
    world.wait_for_fill();
    let feeds = world.markets_to_fill(CLASSIC, &key);
    let fill = build::fill_trade(&keys, key, with, Some((number, actor("vera"))), &feeds[..1]);
    probe(&world, "fill_trade", &fill);
    world.send(fill).ok();
    probe(&world, "claim_referral", &build::claim_referral(actor("rita"), &keys, key));
    probe(&world, "withdraw_margin", &build::withdraw_margin(actor("alice"), &keys, key, 1_000, &world.market(BTC)));
    probe(&world, "deposit_margin", &build::deposit_margin(actor("alice"), &keys, key, 1_000));
    probe(&world, "take_number", &build::take_number(actor("vera"), actor("alice"), world.next_number("alice")));
    probe(&world, "set_delegate", &build::set_delegate(actor("alice"), key, Some(actor("bob")), 5));
    probe(&world, "collect_fees", &build::collect_fees(&keys, keys.wallet(&actor("fees"))));
    probe(
        &world,
        "open_margin_account",
        &build::open_margin_account(actor("vera"), actor("alice"), &keys, 3, Some(actor("rita"))),
    );
    let twin = world.pools[2];
    probe(&world, "collect_curator_fees", &build::collect_curator_fees(&twin, twin.wallet(&actor("carol"))));
}

#[test]
fn held_substituted_governance() {
    let mut world = begin();
    let twin = 2;
    let params = PoolParams { curator_bps: 2_900, ..roomy() };
    let of = world.of_curated(twin);
    let change = Change::PoolParams(params);
    let propose = build::propose(actor("vera"), actor("carol"), 0, change, &of);
    probe(&world, "propose", &propose);
    world.send(propose).ok();
    let to_dora = ChangeAccounts { others: Vec::new(), ..of.clone() };
    world.send(build::propose(actor("vera"), actor("carol"), 1, Change::Curator(actor("dora")), &to_dora)).ok();
    let own = PoolParams { fee_open_bps: 6, ..world.view(CLASSIC).pool.params };
    let protocols = world.propose(Change::PoolParams(own), &world.of_pool(CLASSIC));
    let stock = world.propose(Change::PoolParams(own), &world.of_pool(STOCK));
    let guardian = world.propose(Change::Guardian(actor("dora")), &ChangeAccounts::protocol());
    assert!(stock > protocols);
    probe(&world, "cancel_proposal", &build::cancel_proposal_in(&of.queue, actor("carol"), 0, actor("vera")));
    probe(
        &world,
        "tighten_pool",
        &build::tighten_pool(actor("carol"), of.target, evergreen_tests::governance::caps(&params)),
    );
    world.pass(10 * DAY);
    for sample in world.due_samples() {
        world.send(sample);
    }
    let execute = |id: u64, payer: &str, changed: &ChangeAccounts| {
        let payer = if payer.is_empty() { world.chain.payer } else { actor(payer) };
        build::execute_proposal(id, payer, changed)
    };
    let all = [
        execute(0, "vera", &of),
        execute(1, "vera", &to_dora),
        execute(protocols, "", &world.of_pool(CLASSIC)),
        execute(guardian, "", &ChangeAccounts::protocol()),
    ];
    for execute in &all {
        probe(&world, "execute_proposal", execute);
        world.send(execute.clone()).ok();
    }
    world.pass(Proposal::NOTICE);
    for execute in &all {
        probe(&world, "execute_proposal", execute);
    }
    let name = build::execute_proposal(1, actor("vera"), &to_dora);
    world.send(name).ok();
    probe(&world, "accept_curator", &build::accept_curator(actor("dora"), of.target));
}
