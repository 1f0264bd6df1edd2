//! Attacks on accounts, claims and governance.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::{instruction::Instruction, system_instruction},
};
use anchor_spl::token::spl_token;
use evergreen_sdk::{
    accounts, address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Change, NoticeCause, OrderTerms, PoolParams, SeriesId, ShareClass, Trigger},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, Outcome, Setup, World, assert_error,
    chain::actor,
    trading,
    world::{DOLLAR, TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

fn told(what: &str, outcome: &Outcome) {
    println!("{what}: {} units, {:?} code {:?}", outcome.units(), outcome.failure, outcome.code);
}

/// Errors by number.
fn last(outcome: &Outcome) -> String {
    outcome.logs.iter().rev().filter(|l| l.contains("rror")).take(2).cloned().collect::<Vec<_>>().join(" | ")
}

fn loader_program() -> Vec<u8> {
    // The state of a program of the upgradeable loader: type 2 and the address of its data.
    let mut data = vec![2, 0, 0, 0];
    data.extend_from_slice(actor("program data").as_ref());
    data
}

#[test]
fn t1_rent_payer_becomes_a_program() {
    let mut world = World::flat();
    world.checked = false;
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    let payer = actor("rent payer");
    world.chain.give_lamports(&payer, 10_000_000_000);
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(call, TENTH)]),
        min_net: -(50 * TOKEN as i64),
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: false,
        expires_at: world.chain.now() + DAY,
        tip: 5_000,
    };
    let (keys, account) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    let number = world.account("alice", CLASSIC).next_order;
    world.send(build::place_order(payer, actor("alice"), &keys, account, number, terms, &world.markets())).ok();
    for kind in ["loader", "system big", "sysvar-like"] {
        let mut world = world.clone();
        let (owner, data) = match kind {
            "loader" => (anchor_lang::prelude::pubkey!("BPFLoaderUpgradeab1e11111111111111111111111"), loader_program()),
            "system big" => (actor("some program"), vec![0; 1_000]),
            _ => (anchor_lang::prelude::pubkey!("Stake11111111111111111111111111111111111111"), vec![0; 200]),
        };
        world.chain.write(payer, owner, data);
        world.pass(30);
        let keeper = world.account_key("keeper", CLASSIC);
        let commit = build::commit_order(actor("keeper"), &keys, account, number, payer, Some(keeper), &world.markets());
        let done = world.chain.send(&[commit]);
        told(&format!("{kind} commit"), &done);
        world.wait_for_fill();
        let feeds = trading::feeds_to_fill(
            &world.view(CLASSIC).registry,
            &world.view(CLASSIC).pool.underlyings.iter().map(|u| u.key).collect::<Vec<_>>(),
            &world.account("alice", CLASSIC),
            &world.markets(),
        );
        let fill = build::fill_trade(&keys, account, Some(keeper), Some((number, payer)), &feeds);
        let samples: Vec<_> = world.due_samples().into_iter().chain([fill]).collect();
        let done = world.chain.send(&samples);
        told(&format!("{kind} fill"), &done);
    }
}

#[test]
fn t2_associated_account_with_another_owner() {
    let mut world = World::new(Setup::preset());
    world.checked = false;
    let (keys, mint) = (world.pools[CLASSIC], world.mints[CLASSIC]);
    let lp = actor("lp");
    let shares = world.shares("lp", CLASSIC, MAIN);
    let number = world.request("lp", CLASSIC, MAIN, shares / 4);
    world.pass(DAY + 60);
    world.execute(CLASSIC, MAIN, number).ok();
    let key = world.withdrawal(CLASSIC, MAIN, number);
    let claim = build::claim_liquidity(lp, &keys, MAIN, key);
    let ata = keys.wallet(&lp);
    let give = spl_token::instruction::set_authority(
        &mint.program, &ata, Some(&actor("mallory")), spl_token::instruction::AuthorityType::AccountOwner, &lp, &[],
    ).unwrap();
    world.chain.send(&[give]).ok();
    let done = world.chain.simulate(&[claim.clone()]);
    told("claim to an associated account of another owner", &done);
    println!("{}", last(&done));
    // With the signature of the owner.
    let mut signed = claim;
    for meta in &mut signed.accounts { meta.is_signer |= meta.pubkey == lp; }
    let done = world.chain.simulate(&[signed]);
    told("the same signed", &done);
    println!("{}", last(&done));
}

#[test]
fn t3_holes_in_the_queue() {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    let refresh = build::refresh_pool(&keys, &world.market(BTC));
    told("refresh", &world.chain.simulate(&[refresh]));
    world.provide("mallory", pool, MAIN, TOKEN).ok();
    world.chain.give_lamports(&actor("mallory"), 1_000_000_000_000);
    let mine = world.shares("mallory", pool, MAIN);
    let mut holes = Vec::new();
    for n in 0..60 {
        let id = world.next_number("mallory");
        let key = address::request(&keys.pool, MAIN, &actor("mallory"), id);
        let request = build::request_withdrawal(actor("mallory"), &keys, MAIN, id, mine, if n < 30 { 1 } else { TOKEN / 2 });
        let mut all = vec![request];
        if n < 30 {
            all.push(build::cancel_withdrawal(actor("mallory"), &keys, MAIN, key));
        } else {
            // Tiny ones.
            all = vec![build::request_withdrawal(actor("mallory"), &keys, MAIN, id, mine / 1_000, 1)];
        }
        let done = world.chain.send(&all).ok();
        if n == 0 {
            println!("rent {} lamports", world.chain.account(&key).unwrap().lamports);
            told("request and cancel", &done);
        }
        holes.push(key);
    }
    let shares = world.shares("victim", pool, MAIN);
    let number = world.request("victim", pool, MAIN, shares / 8);
    world.sample_half_hours(2);
    // Before the cooldown: can holes be passed?
    let feeds = world.markets_first_after(pool, world.chain.now() / 60 * 60);
    told("a hole before its cooldown", &world.chain.simulate(&[build::execute_withdrawal(&keys, holes[0], &feeds)]));
    world.sample_half_hours(48);
    for part in world.client_view(pool).accruals() {
        world.chain.send(&[part]).ok();
    }
    world.sample_half_hours(1);
    for part in world.client_view(pool).accruals() {
        world.chain.send(&[part]).ok();
    }
    world.pass_to(1);
    let execute = |world: &World, key| {
        let feeds = world.minute_markets(pool, MAIN, world.chain.now() / 60 * 60);
        build::execute_withdrawal(&keys, key, &feeds)
    };
    let victim = world.withdrawal(pool, MAIN, number);
    told("the victim's, at once", &world.chain.simulate(&[execute(&world, victim)]));
    told("a hole", &world.chain.simulate(&[execute(&world, holes[0])]));
    for count in [2, 4, 6, 8, 10, 12, 14] {
        let all: Vec<_> = holes[..count].iter().map(|key| execute(&world, *key)).collect();
        told(&format!("{count} holes"), &world.chain.simulate(&all));
    }
    let mut later = world.clone();
    later.pass_to(30);
    told("a hole at second 30", &later.chain.simulate(&[execute(&later, holes[0])]));
    for chunk in holes[..30].chunks(5) {
        let all: Vec<_> = chunk.iter().map(|key| execute(&world, *key)).collect();
        world.chain.send(&all).ok();
    }
    told("a tiny one", &world.chain.simulate(&[execute(&world, holes[30])]));
    for count in [2, 3, 4, 5, 6] {
        let all: Vec<_> = holes[30..30 + count].iter().map(|key| execute(&world, *key)).collect();
        told(&format!("{count} tiny"), &world.chain.simulate(&all));
    }
}

#[test]
fn t6_proposals_with_other_accounts() {
    let mut world = World::flat();
    world.checked = false;
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), PoolParams { curator_bps: 2_000, ..presets::pool_params() });
    let change = Change::PoolParams(PoolParams { fee_open_bps: 7, ..world.view(pool).pool.params });
    let right = world.of_curated(pool);
    let [btc, eth] = [BTC, ETH].map(|m| world.feeds[m].accounts.underlying);
    let id = 0;
    let payer = world.chain.payer;
    let variants = |world: &World| -> Vec<(&'static str, build::ChangeAccounts)> {
        let with = |others: Vec<Pubkey>| build::ChangeAccounts { others, ..right.clone() };
        let _ = world;
        vec![
            ("none", with(vec![])),
            ("one", with(vec![btc])),
            ("same twice", with(vec![btc, btc])),
            ("swapped", with(vec![eth, btc])),
            ("three", with(vec![btc, eth, btc])),
            ("pool", with(vec![right.target, eth])),
            ("right", with(vec![btc, eth])),
        ]
    };
    for (name, changed) in variants(&world) {
        let done = world.chain.simulate(&[build::propose(payer, actor("carol"), id, change, &changed)]);
        println!("propose {name}: {:?} {}", done.code, last(&done));
    }
    world.chain.send(&[build::propose(payer, actor("carol"), id, change, &right)]).ok();
    world.pass(10 * DAY + 1);
    for (name, changed) in variants(&world) {
        let done = world.chain.simulate(&[build::execute_proposal(id, payer, &changed)]);
        println!("announce {name}: {:?} {}", done.code, last(&done));
    }
    world.chain.send(&[build::execute_proposal(id, payer, &right)]).ok();
    world.pass(120);
    for (name, changed) in variants(&world) {
        let done = world.chain.simulate(&[build::execute_proposal(id, payer, &changed)]);
        println!("execute {name}: {:?} {}", done.code, last(&done));
    }
    for other in ["mallory", "carol"] {
        let mut wrong = build::execute_proposal(id, payer, &right);
        for meta in &mut wrong.accounts { if meta.pubkey == payer && !meta.is_signer { meta.pubkey = actor(other); } }
        let done = world.chain.simulate(&[wrong]);
        println!("rent to {other}: {:?} {}", done.code, last(&done));
    }
}

/// A funding history with trades that move the skew; mallory accrues or does not.
#[test]
fn t4_accruals_at_random() {
    use evergreen_tests::random::Random;
    let mut worst = 0i128;
    for seed in 0..6u64 {
        let mut random = Random(0x1234_5678_9abc + seed * 77_777);
        let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
        world.checked = false;
        world.replay = None;
        let ids: Vec<SeriesId> = [(false, 100_000), (true, 100_000), (false, 110_000), (true, 92_000)]
            .iter().map(|(put, k)| world.list_tenor(CLASSIC, BTC, *put, *k, 7)).collect();
        world.trader("alice", CLASSIC, 400 * TOKEN);
        world.trader("bob", CLASSIC, 400 * TOKEN);
        world.trade("alice", CLASSIC, &[(ids[0], TENTH), (ids[1], TENTH), (ids[2], TENTH), (ids[3], TENTH)]).ok();
        let mut lazy = world.clone();
        let mut eager = world.clone();
        let keys = world.pools[CLASSIC];
        let underlying = world.feeds[BTC].accounts.underlying;
        for step in 0..12 {
            // Next half-hour.
            let dollars = 100_000 + (random.word() % 4_000) as i64 - 2_000;
            let sampled = random.word() % 4 != 0;
            let size = (1 + (random.word() % 8) as i64) * TENTH / 2;
            let which = (random.word() % 2) as usize;
            let accrue: Vec<u8> = (0..4u8).filter(|_| random.word() % 2 == 0).collect();
            for (name, world) in [("lazy", &mut lazy), ("eager", &mut eager)] {
                world.chain.pass(1_800 - world.chain.now() % 1_800 - 1);
                world.set_price(BTC, dollars);
                world.set_price(ETH, 4_000);
                world.chain.pass(2);
                world.set_price(BTC, dollars);
                world.set_price(ETH, 4_000);
                if sampled || step % 3 == 0 {
                    for s in world.due_samples() { world.chain.send(&[s]); }
                }
                if name == "eager" {
                    for slot in &accrue {
                        world.chain.send(&[build::accrue_funding(&keys, underlying, *slot..*slot + 1)]).ok();
                    }
                }
                world.pass(30);
                // Bob trades one series only, which changes the skew.
                let held = world.view(CLASSIC).held(&world.account_key("bob", CLASSIC), ids[which]);
                let points = if held == 0 { size } else { -held };
                let done = world.trade("bob", CLASSIC, &[(ids[which], points)]);
                if !done.succeeded() { println!("{name} trade: {:?}", done.failure); }
                if name == "eager" {
                    for slot in &accrue {
                        world.chain.send(&[build::accrue_funding(&keys, underlying, *slot..*slot + 1)]).ok();
                    }
                }
                // Somebody touches everything, often enough.
                if step % 4 == 3 {
                    let refresh = build::refresh_pool(&keys, &world.markets());
                    world.chain.send(&[refresh]).ok();
                }
            }
            if step % 4 == 3 {
                let [a, b] = [&lazy, &eager].map(|w| {
                    let v = w.view(CLASSIC);
                    (v.registry.series[..4].iter().map(|s| s.funding_index.get()).collect::<Vec<i128>>(), v.pool.pool_cash, w.cash("alice", CLASSIC))
                });
                for (x, y) in a.0.iter().zip(&b.0) {
                    worst = worst.max((x - y).abs());
                }
                println!("seed {seed} step {step}: indices {:?} {:?}; differ {:?}; cash {} {}", a.0, b.0,
                    a.0.iter().zip(&b.0).map(|(x, y)| x - y).collect::<Vec<_>>(), a.1 - b.1, a.2 - b.2);
            }
        }
    }
    println!("worst {worst} of 2^-40 dollars");
}

fn names(prefix: &str) -> Vec<String> {
    (0..6).map(|n| format!("{prefix} {n}")).collect()
}

fn slots_of(n: usize) -> Vec<SeriesId> {
    (n * 12..(n * 12 + 12).min(64)).map(|slot| SeriesId { slot: slot as u8, generation: 1 }).collect()
}

fn trade_all(world: &mut World, pool: usize, who: &[String], points: i64) {
    for (n, name) in who.iter().enumerate() {
        for four in slots_of(n).chunks(4) {
            let legs: Vec<_> = four.iter().map(|id| (*id, points)).collect();
            let done = world.trade(name, pool, &legs);
            if !done.succeeded() {
                println!("{name} {points}: {:?} {}", done.failure, last(&done));
                return;
            }
        }
    }
}

#[test]
fn t7_worst_registry() {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    let (hold, write) = (names("hold"), names("write"));
    for name in hold.iter().chain(&write) {
        world.trader(name, pool, 10 * TOKEN);
    }
    trade_all(&mut world, pool, &hold, 5_000);
    trade_all(&mut world, pool, &write, -10_000);
    let shares = world.shares("victim", pool, MAIN);
    let number = world.request("victim", pool, MAIN, shares / 8);
    world.provide("vera", pool, MAIN, TOKEN).ok();
    // A burst.
    for n in 0..52 {
        world.chain.pass(1_800 - world.chain.now() % 1_800 - 1);
        world.set_price(BTC, 100_000);
        world.chain.pass(2);
        world.set_price(BTC, if n % 2 == 0 { 101_500 } else { 100_000 });
        let sample = world.sample_instruction(BTC);
        world.chain.send(&[sample]);
        for part in world.client_view(pool).accruals() { world.chain.send(&[part]).ok(); }
    }
    trade_all(&mut world, pool, &hold, -5_000);
    let view = world.view(pool);
    let excess = view.registry.series.iter().filter(|s| s.short_points > s.long_points).count();
    println!("series with an excess: {excess}");
    for waits in [0, 1, 2, 3, 5] {
        let mut world = world.clone();
        for part in world.client_view(pool).accruals() { world.chain.send(&[part]).ok(); }
        world.pass(300);
        let refresh = build::refresh_pool(&keys, &world.market(BTC));
        world.chain.send(&[refresh.clone()]).ok();
        if waits > 0 { world.sample_half_hours(waits); }
        world.pass_to(1);
        let minute = world.chain.now() / 60 * 60;
        println!("--- {waits} points wait");
        told("refresh", &world.chain.simulate(&[build::refresh_pool(&keys, &world.market(BTC))]));
        let feeds = world.minute_markets(pool, MAIN, minute);
        let key = world.withdrawal(pool, MAIN, number);
        let done = world.chain.simulate(&[build::execute_withdrawal(&keys, key, &feeds)]);
        told("execute_withdrawal", &done);
        if waits == 0 && done.succeeded() { println!("heap {}", world.chain.least_heap(&[build::execute_withdrawal(&keys, key, &feeds)])); }
        told("sync_vault", &world.chain.simulate(&[build::sync_vault(&keys)]));
        let w0 = world.account_key("write 0", pool);
        told("withdraw writer", &world.chain.simulate(&[build::withdraw_margin(actor("write 0"), &keys, w0, 1, &world.market(BTC))]));
        for cause in [NoticeCause::Slot, NoticeCause::Excess, NoticeCause::Capital] {
            told("notice", &world.chain.simulate(&[build::give_notice(&keys, world.feeds[BTC].accounts.underlying, SeriesId { slot: 60, generation: 1 }, cause)]));
        }
        // The commitment of a trade, and its fill, while all points wait.
        let commit = world.commit_instruction("write 1", pool, &slots_of(1)[..4].iter().map(|id| (*id, 10_000)).collect::<Vec<_>>());
        told("commit buy back", &world.chain.simulate(&[commit.clone()]));
        world.chain.send(&[commit]).ok();
        world.wait_for_fill();
        let fill = world.fill_instruction("write 1", pool);
        let all: Vec<_> = world.due_samples().into_iter().chain([fill]).collect();
        told("fill", &world.chain.simulate(&all));
    }
    // Excess closed after notice.
    let id = SeriesId { slot: 60, generation: 1 };
    let moment = world.chain.now() + 600;
    let done = world.chain.send(&[build::give_notice(&keys, world.feeds[BTC].accounts.underlying, id, NoticeCause::Excess)]);
    told("notice of excess", &done);
    world.pass(601);
    world.sample_half_hours(0);
    let feeds = world.markets_after(moment);
    let account = world.account_key("write 5", pool);
    let close = build::auto_deleverage(actor("keeper"), &keys, account, id, 5_000, &feeds[..1]);
    let all: Vec<_> = world.due_samples().into_iter().chain([close]).collect();
    told("deleverage", &world.chain.simulate(&all));
}

#[test]
fn t10_lamports_ahead() {
    // Proposal, next generation, order, counter, retired.
    let mut world = World::flat();
    world.checked = false;
    let payer = world.chain.payer;
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), PoolParams { curator_bps: 2_000, ..presets::pool_params() });
    let keys = world.pools[pool];
    let change = Change::PoolParams(PoolParams { fee_open_bps: 7, ..world.view(pool).pool.params });
    let of = world.of_curated(pool);
    for n in 0..3 {
        world.chain.give_lamports(&address::proposal_in(&of.queue, n), 1_000_000 + 10_000_000_000 * n);
        told("propose", &world.chain.send(&[build::propose(payer, actor("carol"), n, change, &of)]));
    }
    world.trader("alice", pool, 10 * TOKEN);
    let call = world.list(pool, BTC, false, 100_000);
    let account = world.account_key("alice", pool);
    world.chain.give_lamports(&address::order(&account, 0), 1_000_000);
    let terms = OrderTerms {
        legs: trading::named(&world.view(pool).registry, &[(call, TENTH / 100)]),
        min_net: -(5 * TOKEN as i64),
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: false,
        expires_at: world.chain.now() + DAY,
        tip: 0,
    };
    told("order", &world.chain.send(&[build::place_order(payer, actor("alice"), &keys, account, 0, terms, &[])]));
    told("cancel", &world.chain.send(&[build::cancel_order(actor("alice"), &keys, account, 0, payer)]));
    world.chain.give_lamports(&address::counter(&actor("zoe")), 1_500_000);
    told("number", &world.chain.send(&[build::take_number(payer, actor("zoe"), 0)]));
    let next = keys.at(MAIN, 1).share_mint(MAIN);
    println!("next share mint {next}, present {}", keys.share_mint(MAIN));
}

#[test]
fn t5_accrual_of_what_has_ended() {
    let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
    world.checked = false;
    world.replay = None;
    let keys = world.pools[CLASSIC];
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let other = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    for who in ["alice", "bob"] { world.trader(who, CLASSIC, 400 * TOKEN); }
    world.trade("alice", CLASSIC, &[(call, 3 * TENTH), (other, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    world.pass(3_600);
    // Points that wait at the exercise.
    world.sample_half_hours(3);
    world.chain.pass(40);
    world.set_price(BTC, 110_500);
    let mut direct = world.clone();
    let mut accrued = world.clone();
    accrued.chain.send(&[build::accrue_funding(&keys, world.feeds[BTC].accounts.underlying, 0..2)]).ok();
    for (name, world) in [("direct", &mut direct), ("accrued", &mut accrued)] {
        let done = world.chain.send(&[build::exercise_series(&keys, call, world.market(BTC).as_slice())]);
        told("exercise", &done);
        println!("{}", last(&done));
        let before = world.view(CLASSIC).registry.series[0];
        for n in 0..3 {
            world.chain.pass(1_800 - world.chain.now() % 1_800 - 1);
            world.set_price(BTC, 110_500);
            world.chain.pass(2);
            world.set_price(BTC, 100_000 + 3_000 * n);
            let sample = world.sample_instruction(BTC);
            told("sample", &world.chain.send(&[sample]));
            told("accrue", &world.chain.send(&[build::accrue_funding(&keys, world.feeds[BTC].accounts.underlying, 0..64)]));
        }
        let after = world.view(CLASSIC).registry.series[0];
        println!("{name}: index {} {} rate {} {} touched {} {}", before.funding_index.get(), after.funding_index.get(), before.funding_rate.get(), after.funding_rate.get(), before.funding_touched, after.funding_touched);
        let [a, b] = ["alice", "bob"].map(|w| world.account_key(w, CLASSIC));
        told("settle", &world.chain.send(&[build::settle_positions(&keys, a), build::settle_positions(&keys, b)]));
        println!("{name}: alice {} bob {}", world.cash("alice", CLASSIC), world.cash("bob", CLASSIC));
        // The slot is used again.
        let again = world.list_tenor(CLASSIC, BTC, false, 120_000, 1);
        println!("listed in {again:?}: {} touched {}", world.view(CLASSIC).registry.series[0].funding_index.get(), world.view(CLASSIC).registry.series[0].funding_touched as i64 - world.chain.now());
        told("accrue", &world.chain.send(&[build::accrue_funding(&keys, world.feeds[BTC].accounts.underlying, 0..64)]));
        println!("after: {} touched {}", world.view(CLASSIC).registry.series[0].funding_index.get(), world.view(CLASSIC).registry.series[0].funding_touched as i64 - world.chain.now());
    }
}

/// The series that can be given notice of for a cause.
fn can_be_noticed(world: &World, pool: usize, cause: NoticeCause) -> Vec<SeriesId> {
    let view = world.view(pool);
    let live: Vec<SeriesId> = (0..64u8)
        .map(|slot| SeriesId { slot, generation: view.registry.series[usize::from(slot)].generation })
        .filter(|id| view.registry.series[usize::from(id.slot)].has_interest())
        .collect();
    live.into_iter().filter(|id| world.chain.simulate(&[world.notice_instruction(pool, *id, cause)]).succeeded()).collect()
}

fn half_hour(world: &mut World) {
    world.chain.pass(1_800 - world.chain.now() % 1_800 - 1);
    for m in [BTC, ETH] { world.edit_price(m, |_| {}); }
    world.chain.pass(2);
    for m in [BTC, ETH] { world.edit_price(m, |_| {}); }
    for s in world.due_samples() { world.chain.send(&[s]).ok(); }
}

fn hog(decoys: bool) -> (World, SeriesId, Vec<SeriesId>) {
    let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
    world.checked = false;
    world.replay = None;
    let h = world.list_tenor(CLASSIC, BTC, true, 70_000, 30);
    let ds: Vec<_> = [60_000, 56_000, 52_000, 50_000].iter().map(|k| world.list_tenor(CLASSIC, BTC, true, *k, 30)).collect();
    world.trader("mallory", CLASSIC, 50 * TOKEN);
    half_hour(&mut world);
    // 0.1 BTC reserves 0.1 * 28,000 dollars: 9.33 tokens.
    for n in 0..16 {
        world.pass(30);
        let done = world.trade("mallory", CLASSIC, &[(h, 55 * TENTH / 10)]);
        if !done.succeeded() { println!("hog {n}: {:?} {}", done.failure, last(&done)); }
        half_hour(&mut world);
        if world.view(CLASSIC).pool.is_at_capacity().unwrap() { break; }
    }
    if decoys {
        for (n, d) in ds.iter().enumerate() {
            let who = format!("decoy {n}");
            world.trader(&who, CLASSIC, TOKEN / 100);
            world.pass(30);
            let done = world.trade(&who, CLASSIC, &[(*d, 1_000)]);
            if !done.succeeded() { println!("{who}: {:?} {}", done.failure, last(&done)); }
        }
    }
    half_hour(&mut world);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.chain.send(&[refresh]).ok();
    (world, h, ds)
}

#[test]
fn t12_a_decoy_keeps_capital() {
    for decoys in [false, true] {
        let (mut world, h, ds) = hog(decoys);
        let pool = world.view(CLASSIC).pool;
        println!("decoys {decoys}: reserved {} of {} at capacity {:?}", pool.reserved_collateral as f64 / TOKEN as f64, pool.pool_cash as f64 / TOKEN as f64, pool.is_at_capacity());
        println!("h {h:?} decoys {ds:?}; can be noticed: {:?}", can_be_noticed(&world, CLASSIC, NoticeCause::Capital));
        for id in [h].iter().chain(&ds) {
            let s = &world.view(CLASSIC).registry.series[usize::from(id.slot)];
            println!("  {id:?} strike {} long {} time value {:.6} $ = {:.6} of its rent", s.strike, s.long_points,
                s.time_value as f64 / 2f64.powi(32) * s.strike as f64,
                s.time_value as f64 / 2f64.powi(32) * s.strike as f64 / 30.0 / (0.4 * s.strike as f64 / 1_000.0));
        }
        let done = world.chain.simulate(&[world.notice_instruction(CLASSIC, h, NoticeCause::Capital)]);
        println!("notice of h: {:?} {}", done.code, last(&done));
        if !decoys { continue; }
        // A notice of the first decoy that gives way; while it runs, is another one allowed?
        let first = can_be_noticed(&world, CLASSIC, NoticeCause::Capital)[0];
        let moment = world.give_notice(CLASSIC, first, NoticeCause::Capital);
        println!("noticed {first:?}; now can be noticed: {:?}", can_be_noticed(&world, CLASSIC, NoticeCause::Capital));
        world.pass(601);
        let n = ds.iter().position(|d| *d == first).unwrap();
        let done = world.close_for_place(&format!("decoy {n}"), CLASSIC, (first, NoticeCause::Capital), moment);
        println!("closed: {:?} {}", done.code, last(&done));
        println!("after it: {:?}", can_be_noticed(&world, CLASSIC, NoticeCause::Capital));
    }
}

#[test]
fn t13_scan() {
    let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
    world.checked = false;
    world.replay = None;
    let mut ids = Vec::new();
    for days in [1, 2] {
        for k in [106, 110, 114, 118, 122, 126, 130, 140, 149] {
            ids.push((days, false, k, world.list_tenor(CLASSIC, BTC, false, k * 1_000, days)));
        }
        for k in [94, 90, 86, 82, 78, 74, 70, 60, 50] {
            ids.push((days, true, k, world.list_tenor(CLASSIC, BTC, true, k * 1_000, days)));
        }
    }
    for (n, chunk) in ids.chunks(12).enumerate() {
        let who = format!("holder {n}");
        world.trader(&who, CLASSIC, TOKEN);
        for four in chunk.chunks(4) {
            world.pass(30);
            let done = world.trade(&who, CLASSIC, &four.iter().map(|x| (x.3, 1_000)).collect::<Vec<_>>());
            if !done.succeeded() { println!("{:?} {}", done.failure, last(&done)); }
        }
    }
    half_hour(&mut world);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.chain.send(&[refresh]).ok();
    for (days, put, k, id) in ids {
        let s = &world.view(CLASSIC).registry.series[usize::from(id.slot)];
        let reserve = (f64::from(s.cap_bps) / 10_000.0 - 1.0).abs() * s.strike as f64;
        let tv = s.time_value as f64 / 2f64.powi(32) * s.strike as f64;
        println!("{days} d put {put} {k}: raw {} tv {tv:.9} part of rent {:.9}", s.time_value, tv / f64::from(days) / (reserve / 1_000.0));
    }
}

/// Lets time pass until a moment, and takes each half-hour's sample at a price that swings.
fn pass_until(world: &mut World, moment: i64) {
    loop {
        let now = world.chain.now();
        let next = (now / 1_800 + 1) * 1_800;
        if next >= moment { break; }
        world.chain.pass(next - 1 - now);
        for m in [BTC, ETH] { world.edit_price(m, |_| {}); }
        world.chain.pass(2);
        let dollars = if next / 1_800 % 2 == 0 { 100_000 } else { 100_400 };
        world.set_price(BTC, dollars);
        world.set_price(ETH, dollars / 25);
        for s in world.due_samples() { world.chain.send(&[s]).ok(); }
    }
    let now = world.chain.now();
    if moment > now { world.chain.pass(moment - now); }
    for m in [BTC, ETH] { world.edit_price(m, |_| {}); }
}

/// Whoever holds all capital of a pool in options of next to no value is given no notice while he holds a few points of others that pay still less: notices are of one series
/// at a time, and of the one that pays the smallest part of its rent.
#[test]
fn found_a_few_points_shield_all_capital_from_notice() {
    let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
    world.checked = false;
    world.replay = None;
    let hog = world.list_tenor(CLASSIC, BTC, false, 128_000, 1);
    let decoys = [140_000, 149_000].map(|k| world.list_tenor(CLASSIC, BTC, false, k, 1));
    let wanted = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trader("mallory", CLASSIC, 20 * TOKEN);
    world.trader("trader", CLASSIC, 100 * TOKEN);
    for n in 0..2 { world.trader(&format!("decoy {n}"), CLASSIC, TOKEN / 10); }
    let now = world.chain.now();
    pass_until(&mut world, now + 4 * 3_600);
    let start = ["mallory", "decoy 0", "decoy 1"].map(|w| world.cash(w, CLASSIC)).iter().sum::<i64>();
    // Each hour sells a quarter: mallory takes what she can.
    let mut sent = 0u32;
    for _ in 0..40 {
        let done = world.trade("mallory", CLASSIC, &[(hog, 6 * TENTH)]);
        sent += 2;
        if !done.succeeded() {
            let now = world.chain.now();
            pass_until(&mut world, now + 900);
        }
        let pool = world.view(CLASSIC).pool;
        if pool.reserved_collateral as f64 > 0.775 * pool.pool_cash as f64 { break; }
    }
    for (n, d) in decoys.iter().enumerate() {
        world.trade(&format!("decoy {n}"), CLASSIC, &[(*d, 1_000)]).ok();
        sent += 2;
    }
    let pool = world.view(CLASSIC).pool;
    let invested = world.cash("mallory", CLASSIC) + world.cash("decoy 0", CLASSIC) + world.cash("decoy 1", CLASSIC) - start;
    println!("reserved {:.2} of {:.2}, capacity {:?}; paid {:.6} tokens with {sent} transactions", pool.reserved_collateral as f64 / TOKEN as f64, pool.pool_cash as f64 / TOKEN as f64, pool.is_at_capacity(), -invested as f64 / TOKEN as f64);
    let shares = world.shares("lp", CLASSIC, MAIN);
    let number = world.request("lp", CLASSIC, MAIN, shares / 2);
    let now = world.chain.now();
    pass_until(&mut world, now + 1_800);
    // A day in which a keeper gives notice of whatever can be given notice of, and closes all that it may at the moment.
    let begin = world.chain.now();
    let at = ["mallory", "decoy 0", "decoy 1"].map(|w| world.cash(w, CLASSIC)).iter().sum::<i64>();
    let (mut notices, mut closed, mut of_hog, mut opened, mut refused) = (0, 0, 0, 0, 0);
    while world.chain.now() < begin + DAY {
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
        world.chain.send(&[refresh]).ok();
        let can = can_be_noticed(&world, CLASSIC, NoticeCause::Capital);
        if can.contains(&hog) { of_hog += 1; println!("the hog at {}", world.chain.now() - begin); }
        let Some(id) = can.first().copied() else { panic!("nothing gives way") };
        let moment = world.give_notice(CLASSIC, id, NoticeCause::Capital);
        notices += 1;
        let now = world.chain.now();
        pass_until(&mut world, moment.max(now) + 1);
        for s in world.due_samples() { world.chain.send(&[s]).ok(); }
        let who = if id == hog { "mallory".into() } else { format!("decoy {}", decoys.iter().position(|d| *d == id).unwrap()) };
        let done = world.close_for_place(&who, CLASSIC, (id, NoticeCause::Capital), moment);
        if done.succeeded() { closed += 1; } else { println!("not closed: {:?} {}", done.code, last(&done)); }
        // What is freed is wanted by a trader at once.
        let done = world.trade("trader", CLASSIC, &[(wanted, 6 * TENTH / 10 * 3)]);
        if done.succeeded() { println!("trader got in"); world.trade("trader", CLASSIC, &[(wanted, -6 * TENTH / 10 * 3)]).ok(); } else { refused += 1; }
        // And mallory opens a few points again.
        if id != hog {
            let done = world.trade(&who, CLASSIC, &[(id, 1_000)]);
            if done.succeeded() { opened += 1; } else { println!("not opened: {:?} {}", done.failure, last(&done)); }
        }
    }
    world.withdraw("mallory", CLASSIC, 1).ok();
    let end = ["mallory", "decoy 0", "decoy 1"].map(|w| world.cash(w, CLASSIC)).iter().sum::<i64>();
    println!("a day: {notices} notices, {closed} closed, {of_hog} of the hog, {opened} opened again, trader refused {refused} times; costs {:.6} tokens and {} transactions",
        (at - end) as f64 / TOKEN as f64, 2 * opened);
    world.pass_to(1);
    world.pass_to_grid(CLASSIC);
    let done = world.execute(CLASSIC, MAIN, number);
    println!("withdrawal of half: {:?} {}", done.code, last(&done));
    for event in done.events() { if let Event::WithdrawalExecuted(e) = event { println!("paid {:.4} tokens", e.amount as f64 / TOKEN as f64); } }
    println!("hog's part: {:?}", {
        let s = world.view(CLASSIC).registry.series[usize::from(hog.slot)];
        s.time_value as f64 / 2f64.powi(32) * s.strike as f64 / (0.1 * s.strike as f64 / 1_000.0)
    });
    assert_eq!(of_hog, 0);
}

fn bump(world: &mut World) {
    for s in world.due_samples() { world.chain.send(&[s]).ok(); }
}

#[test]
fn t14_a_point_that_brings_nothing() {
    for (points, strike) in [(0, 3_900), (1, 3_900), (1, 3_600), (3, 3_900), (10, 3_900)] {
        let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
        world.checked = false;
        world.replay = None;
        half_hour(&mut world);
        let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
        let decoy = world.list_tenor(CLASSIC, ETH, false, strike, 7);
        world.trader("bob", CLASSIC, 500 * TOKEN);
        world.trade("bob", CLASSIC, &[(put, 9 * TENTH)]).ok();
        if points > 0 { world.trade("bob", CLASSIC, &[(decoy, points)]).ok(); }
        half_hour(&mut world);
        world.withdraw("bob", CLASSIC, 1).ok();
        let spare = world.cash("bob", CLASSIC).unsigned_abs();
        world.withdraw("bob", CLASSIC, spare).ok();
        world.pass(900);
        bump(&mut world);
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
        world.chain.send(&[refresh]).ok();
        world.set_price(BTC, 103_000);
        let bob = world.account_key("bob", CLASSIC);
        let state = |world: &World| world.valued(CLASSIC, |view, markets| {
            let a = &view.accounts[&bob];
            (a.cash - markets.owed(a), world.client_view(CLASSIC).closable_for_cash(a).ok())
        });
        println!("{points} of {strike}: {:?}", state(&world));
        for n in 0..4 {
            let a = world.close_for_cash("bob", CLASSIC, put);
            println!("  {n} put: {:?} {}", a.code, last(&a));
            let b = if points > 0 { world.close_for_cash("bob", CLASSIC, decoy) } else { a.clone() };
            println!("  {n} decoy: {:?} {}", b.code, last(&b));
            println!("  {:?} decoy held {}", state(&world), world.view(CLASSIC).held(&bob, decoy));
            world.pass(5);
            if a.succeeded() { break; }
        }
        // A liquidation in its place.
        world.trader("keeper", CLASSIC, TOKEN);
        let keeper = world.account_key("keeper", CLASSIC);
        let legs = vec![evergreen_sdk::evergreen::Leg { series: put, points: -9 * TENTH }];
        world.pass(60);
        let l = build::liquidate(actor("keeper"), &world.pools[CLASSIC], bob, keeper, legs, &world.markets());
        let done = world.chain.simulate(&[l]);
        println!("  liquidate: {:?} {}", done.code, last(&done));
    }
}

#[test]
fn t15_announced_again() {
    let mut world = World::flat();
    world.checked = false;
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), PoolParams { curator_bps: 2_000, ..presets::pool_params() });
    let change = Change::PoolParams(PoolParams { fee_open_bps: 7, ..world.view(pool).pool.params });
    let of = world.of_curated(pool);
    let payer = world.chain.payer;
    world.chain.send(&[build::propose(payer, actor("carol"), 0, change, &of)]).ok();
    world.pass(10 * DAY + 1);
    let e = build::execute_proposal(0, payer, &of);
    told("announce", &world.chain.send(&[e.clone()]));
    for at in [1, 58, 60, 1, 58, 5] {
        world.pass(at);
        let done = world.chain.simulate(&[e.clone()]);
        println!("+{at}: {:?} {}", done.code, last(&done));
    }
}

#[test]
fn t9_caps_that_fall() {
    let mut world = World::new(Setup::preset());
    world.checked = false;
    let call = world.list(CLASSIC, BTC, false, 105_000);
    for who in ["alice", "bob"] { world.trader(who, CLASSIC, 500 * TOKEN); }
    world.trade("alice", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -8 * TENTH)]).ok();
    // A deposit on its way.
    let keys = world.pools[CLASSIC];
    world.fund("vera", CLASSIC, 100 * TOKEN);
    world.chain.create_token_account(&actor("vera"), &keys.share_mint(MAIN), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    world.chain.send(&[build::request_deposit(actor("vera"), &keys, MAIN, 0, 100 * TOKEN, 0)]).ok();
    let least = evergreen_sdk::evergreen::state::PoolCaps { max_series_points: 1, max_account_points: 1, max_pool_cash: 1 };
    let done = world.chain.send(&[build::tighten_pool(actor("guardian"), keys.pool, least)]);
    told("tighten", &done);
    let shares = world.shares("lp", CLASSIC, MAIN);
    let number = world.request("lp", CLASSIC, MAIN, shares / 10);
    for (who, points) in [("bob", TENTH), ("alice", -TENTH), ("bob", 7 * TENTH), ("alice", -9 * TENTH)] {
        let done = world.trade(who, CLASSIC, &[(call, points)]);
        println!("{who} {points}: {:?} {}", done.failure, last(&done));
    }
    let minute = world.request_in("vera", CLASSIC, MAIN, 0).minute;
    let now = world.chain.now();
    if minute + 1 > now { world.pass(minute + 1 - now); }
    let execute = world.execute_deposit_in("vera", CLASSIC, MAIN, 0);
    let done = world.send(execute);
    println!("deposit {:?} {}", done.code, last(&done));
    for e in done.events() { if let Event::DepositReturned(e) = e { println!("returned {:?} fee {}", e.reason, e.fee); } }
    world.pass(DAY + 60);
    let done = world.execute(CLASSIC, MAIN, number);
    println!("withdrawal {:?} {}", done.code, last(&done));
}

#[test]
fn t16_listing_and_retiring_in_an_untouched_pool() {
    for touched in [false, true] {
        let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
        world.checked = false;
        world.replay = None;
        let keys = world.pools[CLASSIC];
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
        let put = world.list_tenor(CLASSIC, BTC, true, 80_000, 30);
        for who in ["alice", "bob", "zed"] { world.trader(who, CLASSIC, 500 * TOKEN); }
        for _ in 0..3 { world.pass(30); world.trade("alice", CLASSIC, &[(call, 6 * TENTH)]).ok(); half_hour(&mut world); half_hour(&mut world); }
        world.trade("zed", CLASSIC, &[(put, TENTH)]).ok();
        half_hour(&mut world);
        world.trade("zed", CLASSIC, &[(put, -TENTH)]).ok();
        for _ in 0..20 { half_hour(&mut world); }
        world.pass(900);
        if touched {
            let refresh = build::refresh_pool(&keys, &world.markets());
            world.chain.send(&[refresh]).ok();
        }
        world.chain.send(&[build::retire_series(&keys, put)]).ok();
        let new = world.list_tenor(CLASSIC, BTC, false, 95_000, 30);
        let done = world.trade("bob", CLASSIC, &[(new, 3 * TENTH)]);
        println!("bob: {:?} {}", done.failure, last(&done));
        let [a, b] = [&world, &world].map(|w| w.cash("bob", CLASSIC));
        let _ = (a, b);
        let before = world.cash("bob", CLASSIC);
        world.pass(5);
        world.withdraw("bob", CLASSIC, 1).ok();
        println!("touched {touched}: new {new:?} bob {} then {}", before, before - world.cash("bob", CLASSIC));
        half_hour(&mut world);
        half_hour(&mut world);
        world.withdraw("bob", CLASSIC, 1).ok();
        println!("  later {}", before - world.cash("bob", CLASSIC));
        world.withdraw("alice", CLASSIC, 1).ok();
        println!("  alice {}", world.cash("alice", CLASSIC));
    }
}
