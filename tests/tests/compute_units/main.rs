//! Compute units of every instruction on the compiled program, compared with budgets and with the tracked file.
//!
//! All keys are the same in every run, so that searches for bumps cost the same. `EVERGREEN_WRITE_BENCH=1` writes the
//! file; without it the test fails if a case takes over 3 % more than the file says.

mod dear;
mod largest;
mod memory;
mod orders;
mod trades;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts,
    evergreen::state::{Action, MAX_FUNDING_POINTS, NoticeCause, Notices, SeriesId, ShareClass},
    evergreen::{Leg, state::SeriesSpec},
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, Outcome, STOCK, Setup, World, chain::actor, trading, world::TOKEN};
use std::{collections::BTreeMap, path::Path};

/// Compute units by instruction and case.
type Table = BTreeMap<String, BTreeMap<String, u64>>;

/// Compute units that a case may take: instruction, case, units. Two budgets are above the design's figures, that of a series in
/// `refresh_pool` and that of four uncovered legs; `docs/budgets.md` says why.
const BUDGETS: &[(&str, &str, u64)] = &[
    ("commit_trade", "one leg", 16_000),
    ("commit_trade", "four legs", 16_000),
    ("fill_trade", "one leg, one position", 25_000),
    ("fill_trade", "four legs, twelve positions", 250_000),
    ("fill_trade", "four legs, twelve written positions", 250_000),
    ("commit_trade", "largest: four legs written", 250_000),
    ("fill_trade", "largest: four legs written, uncovered", 279_000),
    ("withdraw_margin", "largest: twelve written, uncovered", 241_000),
    ("fill_trade", "largest: four legs shrinking, uncertain prices", 303_000),
    ("liquidate", "one leg, two straddles", 120_000),
    ("refresh_pool", "per live series", 4_000),
    ("refresh_pool", "sixty-four series, five points", 1_240_000),
    ("accrue_funding", "sixty-four in the money, five points, the largest part", 1_100_000),
    ("liquidate", "one leg, four positions", 100_000),
    ("deposit_margin", "classic token", 11_000),
    ("deposit_margin", "Token-2022", 25_000),
    ("withdraw_margin", "no position, classic token", 25_000),
    ("withdraw_margin", "no position, Token-2022", 25_000),
    ("request_deposit", "classic token", 45_000),
    ("request_deposit", "Token-2022", 50_000),
    ("execute_deposit", "no series", 40_000),
];

/// Compute units that any other case may take, well below the 1,400,000 of a transaction.
const ANY: u64 = 800_000;

#[derive(Default)]
struct Bench {
    table: Table,
    /// Instruction, case and bytes of heap.
    heap: Vec<(String, String, usize)>,
    measure_heap: bool,
}

impl Bench {
    /// Sends an instruction and records its compute units, and its heap if heap is measured.
    fn case(&mut self, world: &mut World, instruction: &str, case: &str, send: Instruction) -> Outcome {
        if self.measure_heap {
            let heap = world.chain.least_heap(std::slice::from_ref(&send));
            self.heap.push((instruction.into(), case.into(), heap));
        }
        let outcome = world.send(send).ok();
        self.record(instruction, case, &outcome);
        outcome
    }

    fn record(&mut self, instruction: &str, case: &str, outcome: &Outcome) {
        self.put(instruction, case, outcome.units());
    }

    fn put(&mut self, instruction: &str, case: &str, units: u64) {
        let known = self.table.entry(instruction.into()).or_default().insert(case.into(), units);
        assert!(known.is_none(), "{instruction}, {case} was measured twice");
    }
}

fn token_name(pool: usize) -> &'static str {
    if pool == CLASSIC { "classic token" } else { "Token-2022" }
}

fn setup() -> Setup {
    // The preset has smile, spread and carry; the liquidity is enough for a full registry.
    Setup { liquidity: 100_000 * TOKEN, ..Setup::preset() }
}

/// Makes a world whose prices have a confidence and differ from the EMA prices.
fn world() -> World {
    let mut world = World::new(setup());
    for market in [BTC, ETH] {
        world.edit_price(market, |price| {
            price.conf = price.price.unsigned_abs() / 5_000;
            price.ema_price = price.price + price.price / 250;
        });
    }
    world
}

/// Lists twelve series, calls and puts on both underlyings.
fn twelve(world: &mut World, pool: usize) -> Vec<SeriesId> {
    let mut series = Vec::new();
    for step in 0..3 {
        series.push(world.list(pool, BTC, false, 100_000 + step * 2_000));
        series.push(world.list(pool, BTC, true, 100_000 - step * 2_000));
        series.push(world.list(pool, ETH, false, 4_000 + step * 100));
        series.push(world.list(pool, ETH, true, 4_000 - step * 100));
    }
    series
}

fn margin(bench: &mut Bench) {
    for pool in [CLASSIC, STOCK] {
        let mut world = world();
        let (keys, name) = (world.pools[pool], token_name(pool));
        let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, None);
        let opened = world.send(open).ok();
        world.fund("alice", pool, 10 * TOKEN);
        bench.record("deposit_margin", name, &world.deposit("alice", pool, 10 * TOKEN).ok());
        let account = world.account_key("alice", pool);
        let take = build::withdraw_margin(actor("alice"), &keys, account, u64::MAX, &[]);
        bench.record("withdraw_margin", &format!("no position, {name}"), &world.send(take).ok());
        if pool == CLASSIC {
            bench.record("open_margin_account", "", &opened);
            let delegate = build::set_delegate(actor("alice"), account, Some(actor("dora")), u64::MAX);
            bench.record("set_delegate", "", &world.send(delegate).ok());
            let close = build::close_margin_account(actor("alice"), &keys, account);
            bench.record("close_margin_account", "", &world.send(close).ok());
        }
    }
}

fn liquidity(bench: &mut Bench) {
    for pool in [CLASSIC, STOCK] {
        let mut world = world();
        let name = token_name(pool);
        for (class, label) in [(ShareClass::Main, "main"), (ShareClass::Insurance, "insurance")] {
            let keys = world.pools[pool];
            world.provide("vera", pool, class, TOKEN).ok();
            world.fund("vera", pool, TOKEN);
            world.chain.give_lamports(&actor("vera"), 10_000_000_000);
            let number = world.next_number("vera");
            let request = build::request_deposit(actor("vera"), &keys, class, number, TOKEN, 0);
            let requested = world.send(request).ok();
            let minute = world.request_in("vera", pool, class, number).minute;
            world.pass(minute + 1 - world.chain.now());
            // There is no series, so no price is needed.
            let execute = world.execute_deposit_in("vera", pool, class, number);
            let executed = world.send(execute).ok();
            if class == ShareClass::Main {
                bench.record("request_deposit", name, &requested);
            }
            if pool == CLASSIC {
                let case = if class == ShareClass::Main { "no series" } else { "insurance" };
                bench.record("execute_deposit", case, &executed);
            }
            let shares = world.shares("vera", pool, class);
            world.chain.give_lamports(&actor("vera"), 10_000_000_000);
            let number = world.view(pool).pool.shares(class).next_withdrawal;
            let request = build::request_withdrawal(actor("vera"), &keys, class, world.next_number("vera"), shares, 1);
            let requested = world.send(request).ok();
            world.pass(8 * DAY);
            world.pass_to(1);
            let executed =
                world.send(build::execute_withdrawal(&keys, world.withdrawal(pool, class, number), &[])).ok();
            let claimed = world.claim("vera", pool, class, number).ok();
            bench.record("claim_liquidity", &format!("{label}, {name}"), &claimed);
            if pool == CLASSIC {
                bench.record("request_withdrawal", label, &requested);
                bench.record("execute_withdrawal", &format!("{label}, no series"), &executed);
            }
        }
    }
}

fn full_registry(bench: &mut Bench) {
    let mut world = world();
    world.trader("alice", CLASSIC, 20_000 * TOKEN);
    let keys = world.pools[CLASSIC];
    let mut sub_account = 1;
    let mut live = 0;
    let mut one = 0;
    let strikes = (0..16u64).flat_map(|step| [(BTC, 92_000 + step * 1_000), (ETH, 3_650 + step * 50)]);
    for (market, strike) in strikes {
        for put in [false, true] {
            // An account holds at most twelve positions.
            if live > 0 && live % 12 == 0 {
                let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, sub_account, None);
                world.send(open).ok();
                let account = evergreen_sdk::address::margin_account(&keys.pool, &actor("alice"), sub_account);
                world.fund("alice", CLASSIC, 2_000 * TOKEN);
                world.send(build::deposit_margin(actor("alice"), &keys, account, 2_000 * TOKEN)).ok();
                sub_account += 1;
            }
            let request = SeriesSpec { put, strike, tenor: 7 * 86_400 };
            let listed = world.send(build::list_series(&keys, &world.feeds[market].accounts, request)).ok();
            let id = SeriesId { slot: live, generation: 1 };
            let account = evergreen_sdk::address::margin_account(&keys.pool, &actor("alice"), sub_account - 1);
            buy(&mut world, account, id);
            live += 1;
            if live == 1 {
                bench.record("list_series", "first", &listed);
                world.pass(60);
                let refreshed = world.send(build::refresh_pool(&keys, &world.markets())).ok();
                one = refreshed.units();
                bench.record("refresh_pool", "one series", &refreshed);
            }
            if live == 64 {
                bench.record("list_series", "sixty-fourth", &listed);
            }
        }
    }
    world.pass(60);
    let refresh = build::refresh_pool(&keys, &world.markets());
    let refreshed = bench.case(&mut world, "refresh_pool", "sixty-four series", refresh);
    let notices = (0..64).map(|slot| SeriesId { slot, generation: 1 });
    let mut notices = notices.map(|id| world.notice_instruction(CLASSIC, id, NoticeCause::Slot));
    let notice = notices.find(|notice| world.chain.simulate(std::slice::from_ref(notice)).succeeded());
    bench.case(&mut world, "give_notice", "place, sixty-four series", notice.expect("one gives way"));
    bench.put("refresh_pool", "per live series", (refreshed.units() - one) / 63);
    world.pass(60);
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    world.fund("vera", CLASSIC, TOKEN);
    let number = world.next_number("vera");
    world.pass_to_grid(CLASSIC);
    world.send_before_minute(build::request_deposit(actor("vera"), &keys, ShareClass::Main, number, TOKEN, 0)).ok();
    let execute = world.execute_deposit_instruction("vera", CLASSIC, number);
    bench.case(&mut world, "execute_deposit", "sixty-four series", execute);
    let shares = world.shares("vera", CLASSIC, ShareClass::Main);
    let number = world.request("vera", CLASSIC, ShareClass::Main, shares);
    world.pass(DAY + 60);
    world.pass_to_grid(CLASSIC);
    let execute = world.execute_instruction(CLASSIC, ShareClass::Main, number);
    bench.case(&mut world, "execute_withdrawal", "main, sixty-four series", execute);
    // The most that a refresh can be asked to replay: every point that is kept.
    for _ in 0..MAX_FUNDING_POINTS {
        world.pass(1_800);
        for market in [BTC, ETH] {
            world.send(world.sample_instruction(market)).ok();
        }
    }
    let refresh = build::refresh_pool(&keys, &world.markets());
    bench.case(&mut world, "refresh_pool", "sixty-four series, five points", refresh);
}

/// Buys a million points for one of the accounts of "alice".
fn buy(world: &mut World, account: Pubkey, id: SeriesId) {
    let keys = world.pools[CLASSIC];
    let (view, state) =
        (world.view(CLASSIC), accounts::margin_account(&world.chain.data(&account)).expect("an account"));
    let terms = trading::at_any_price(&view.pool, &view.registry, &state, &[(id, 1_000_000)]);
    world.send(build::commit_trade(actor("alice"), &keys, account, state.next_order, terms, &world.markets())).ok();
    world.wait_for_fill();
    let fill = trading::fill(&world.chain, &keys, &account, &world.markets());
    trading::as_trade(world.send(fill)).ok();
}

fn keepers(bench: &mut Bench) {
    let mut world = world();
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    let series: Vec<_> = (0..4).map(|step| world.list(CLASSIC, BTC, false, 106_000 + step * 2_000)).collect();
    world.trader("alice", CLASSIC, 1_000 * TOKEN);
    world.trader("bob", CLASSIC, 100 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    let all = |points| series.iter().map(|s| (*s, points)).collect::<Vec<_>>();
    world.trade("alice", CLASSIC, &all(TENTH)).ok();
    world.trade("bob", CLASSIC, &all(-TENTH)).ok();
    let (bob, reward) = (world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let spare = world.valued(CLASSIC, |view, markets| {
        markets.health(&view.accounts[&bob], evergreen_math::margin::HealthLevel::Initial)
    });
    world.withdraw("bob", CLASSIC, spare as u64).ok();
    world.pass(60);
    // The next minute but one: an underlying is first sampled a whole interval after its creation.
    world.pass_to(2);
    world.pass(60);
    let sample = world.sample_instruction(BTC);
    bench.record("sample_volatility", "", &world.send(sample).ok());
    world.set_price(BTC, 109_000);
    let liquidate = |place: usize| {
        let legs = vec![Leg { series: series[place], points: TENTH }];
        build::liquidate(actor("keeper"), &keys, bob, reward, legs, &[btc])
    };
    bench.record("liquidate", "one leg, four positions", &world.send(liquidate(0)).ok());
    world.trade("alice", CLASSIC, &[(series[1], -TENTH)]).ok();
    let notice = world.notice_instruction(CLASSIC, series[1], NoticeCause::Excess);
    bench.record("give_notice", "too much written", &world.send(notice).ok());
    world.pass(Notices::PERIOD + 1);
    let overwritten = build::auto_deleverage(actor("keeper"), &keys, bob, series[1], 1_000_000, &[btc]);
    bench.record("auto_deleverage", "four positions", &world.send(overwritten).ok());
    bench.record("sweep_insurance", "classic token", &world.send(build::sweep_insurance(&keys)).ok());
    world.fund("fees", CLASSIC, 1);
    let collect = build::collect_fees(&keys, keys.wallet(&actor("fees")));
    bench.record("collect_fees", "classic token", &world.send(collect).ok());
    world.set_price(BTC, 140_000);
    for id in &series {
        let exercised = world.send(build::exercise_series(&keys, *id, &btc)).ok();
        if *id == series[0] {
            bench.record("exercise_series", "", &exercised);
        }
    }
    let settle = build::settle_positions(&keys, world.account_key("alice", CLASSIC));
    bench.record("settle_positions", "three positions", &world.send(settle).ok());
    let settle = build::settle_positions(&keys, bob);
    world.send(settle).ok();
    if world.cash("bob", CLASSIC) < 0 {
        let absorb = build::absorb_bad_debt(&keys, bob);
        bench.record("absorb_bad_debt", "classic token", &world.send(absorb).ok());
    }
    world.set_price(BTC, 140_000);
    let unused = world.list(CLASSIC, BTC, false, 140_000);
    bench.record("retire_series", "", &world.send(build::retire_series(&keys, unused)).ok());
    let pause = build::set_pause(actor("guardian"), Action::AddRisk, 60);
    bench.record("set_pause", "", &world.send(pause).ok());
}

fn tracked() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compute-units.json")
}

#[test]
fn no_instruction_has_become_dearer() {
    let mut bench = Bench::default();
    trades::measure(&mut bench);
    margin(&mut bench);
    liquidity(&mut bench);
    full_registry(&mut bench);
    keepers(&mut bench);
    largest::largest(&mut bench);
    dear::in_the_money(&mut bench);
    orders::measure(&mut bench);
    let table = bench.table;

    for (instruction, cases) in &table {
        for (case, units) in cases {
            let budget = BUDGETS.iter().find(|b| (b.0, b.1) == (instruction, case)).map(|b| b.2);
            let verdict = budget
                .map_or(String::new(), |b| format!("  budget {b:>7}{}", if *units > b { "  EXCEEDED" } else { "" }));
            println!("{instruction:<22}{case:<42}{units:>9}{verdict}");
        }
    }
    let budget =
        |instruction: &str, case: &str| BUDGETS.iter().find(|b| (b.0, b.1) == (instruction, case)).map_or(ANY, |b| b.2);
    let cases =
        table.iter().flat_map(|(instruction, cases)| cases.iter().map(move |(case, units)| (instruction, case, units)));
    let over: Vec<_> = cases.filter(|(instruction, case, units)| **units > budget(instruction, case)).collect();
    assert!(over.is_empty(), "above budget: {over:?}");
    for (instruction, case, _) in BUDGETS {
        assert!(table[*instruction].contains_key(*case), "{instruction}, {case} is not measured");
    }
    if std::env::var_os("EVERGREEN_WRITE_BENCH").is_some_and(|v| v == "1") {
        let json = serde_json::to_string_pretty(&table).expect("a table");
        std::fs::write(tracked(), json + "\n").expect("the file can be written");
        return;
    }
    let text = std::fs::read_to_string(tracked())
        .expect("tests/compute-units.json is missing: EVERGREEN_WRITE_BENCH=1 writes it");
    let known: Table = serde_json::from_str(&text).expect("instruction → case → units");
    let mut dearer = Vec::new();
    for (instruction, cases) in &table {
        for (case, units) in cases {
            match known.get(instruction).and_then(|cases| cases.get(case)) {
                Some(before) if units * 100 <= before * 103 => {}
                before => dearer.push(format!("{instruction}, {case}: {units}, tracked {before:?}")),
            }
        }
    }
    assert!(dearer.is_empty(), "more than 3 % dearer, or new:\n{}", dearer.join("\n"));
}

/// Whoever deploys the program pays rent for every byte.
#[test]
fn the_program_stays_small() {
    let path = evergreen_test_support::elf::elf_path("evergreen");
    let bytes = std::fs::metadata(&path).expect("the program is built").len();
    assert!(bytes <= 1_199_000, "{bytes} bytes, at most 1,199,000");
}
