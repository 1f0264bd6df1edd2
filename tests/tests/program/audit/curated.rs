//! Promises about curated pools, found broken by an attacker: who replaces a curator, whose their fees are, what parameters within the bounds are worth to whoever trades,
//! and what the issuer of a token chooses.

use crate::{
    attacks::withdraw_spare,
    pools::{curated_params, execute, propose, with_pool},
};
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::{
    token::spl_token::{self, native_mint},
    token_2022::spl_token_2022::{ID as TOKEN_2022, extension::pausable},
};
use evergreen_sdk::{
    convert::SOL,
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{CancelReason, Change, Pool, PoolCaps, PoolParams, ReturnReason, ShareClass},
    },
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World, assert_error,
    chain::actor,
    random::Random,
    tokens::issuer,
    world::{DOLLAR, TENTH, TOKEN},
};

/// Seconds that a proposal waits in a pool whose longest cooldown is a week.
const NOTICE: i64 = 10 * DAY;

fn worth(world: &World, pool: usize, who: &str) -> i64 {
    let key = world.account_key(who, pool);
    world.valued(pool, |view, markets| markets.equity(&view.accounts[&key]))
}

fn price(world: &mut World, dollars: f64) {
    world.edit_price(BTC, |price| {
        price.price = (dollars * DOLLAR as f64) as i64;
        price.ema_price = price.price;
    });
}

/// Lowers the cap of a series by a point.
fn lower(world: &World, pool: usize) -> PoolCaps {
    let params = world.view(pool).pool.params;
    PoolCaps {
        max_series_points: params.max_series_points - 1,
        max_account_points: params.max_account_points,
        max_pool_cash: params.max_pool_cash,
    }
}

#[test]
fn audit_curated_no_guardian_holds_a_curator_in_office() {
    let (mut world, pool) = with_pool();
    let key = world.pools[pool].pool;
    let [dora, eve] = ["dora", "eve"].map(|who| Change::Curator(actor(who)));
    let dearer = Change::PoolParams(PoolParams { fee_open_bps: 7, ..curated_params() });
    for change in [dora, eve, dearer] {
        propose(&mut world, "carol", pool, change).ok();
    }
    world.pass(NOTICE - 1);
    for stop in [
        build::tighten_pool(actor("guardian"), key, lower(&world, pool)),
        build::halt_pool(actor("guardian"), key),
        build::halt_pool(actor("guardian"), key),
    ] {
        world.send(stop).ok();
        world.chain.pass(1);
    }
    // A halt of a halted pool changes nothing: one for the caps, one for the halt.
    assert_eq!(world.view(pool).pool.config_version, 2);
    world.pass(1);
    assert_error(&execute(&mut world, pool, 2, &dearer), EvergreenError::ProposalOutdated);
    execute(&mut world, pool, 0, &dora).ok();
    // Of two replacements the second one is void, before and after the new curator has accepted.
    assert_error(&execute(&mut world, pool, 1, &eve), EvergreenError::ProposalOutdated);
    world.send(build::accept_curator(actor("dora"), key)).ok();
    assert_error(&execute(&mut world, pool, 1, &eve), EvergreenError::ProposalOutdated);
    let state = world.view(pool).pool;
    assert_eq!((state.curator, state.curator_version, state.flags), (actor("dora"), 2, Pool::HALTED));
}

#[test]
fn audit_curated_replacements_by_a_former_curator_die_with_him() {
    let (mut world, pool) = with_pool();
    let key = world.pools[pool].pool;
    let [dora, eve] = ["dora", "eve"].map(|who| Change::Curator(actor(who)));
    propose(&mut world, "carol", pool, dora).ok();
    world.pass(NOTICE);
    execute(&mut world, pool, 0, &dora).ok();
    // After dora is named, carol proposes eve, who would be named after dora has accepted.
    propose(&mut world, "carol", pool, eve).ok();
    world.send(build::accept_curator(actor("dora"), key)).ok();
    world.pass(NOTICE);
    assert_error(&execute(&mut world, pool, 1, &eve), EvergreenError::ProposalOutdated);
    assert_eq!(world.view(pool).pool.curator, actor("dora"));
}

#[test]
fn audit_curated_fees_are_those_of_the_curator_who_has_earned_them() {
    let (mut world, pool) = with_pool();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("erin", pool, 100 * TOKEN);
    world.trade("erin", pool, &[(call, 10 * TENTH)]).ok();
    let due = world.view(pool).pool.curator_due;
    assert!(due > 0);
    let change = Change::Curator(actor("dora"));
    propose(&mut world, "carol", pool, change).ok();
    world.pass(NOTICE);
    execute(&mut world, pool, 0, &change).ok();
    for who in ["carol", "dora"] {
        world.fund(who, pool, 1);
    }
    let keys = world.pools[pool];
    let collect = |who| build::collect_curator_fees(&keys, keys.wallet(&actor(who)));
    world.send(build::accept_curator(actor("dora"), keys.pool)).ok();
    world.refused(collect("dora"), EvergreenError::ZeroAmount);
    // Anybody pays the former curator, and what comes later is the new one's.
    let before = world.wallet("carol", pool);
    world.send(collect("carol")).ok();
    assert_eq!(world.wallet("carol", pool), before + due);
    world.trade("erin", pool, &[(call, -10 * TENTH)]).ok();
    let due = world.view(pool).pool.curator_due;
    assert!(due > 0);
    world.refused(collect("carol"), EvergreenError::Unauthorized);
    world.send(collect("dora")).ok();
    assert_eq!(world.wallet("dora", pool), 1 + due);
    // Where nothing is due at the acceptance, they are the new one's at once: of a pool of the protocol the fee owner's.
    let change = Change::Curator(actor("admin"));
    propose(&mut world, "dora", pool, change).ok();
    world.pass(NOTICE);
    execute(&mut world, pool, 1, &change).ok();
    world.send(build::accept_curator(actor("admin"), keys.pool)).ok();
    let call = world.list(pool, BTC, false, 101_000);
    world.trade("erin", pool, &[(call, 10 * TENTH)]).ok();
    let due = world.view(pool).pool.curator_due;
    world.fund("fees", pool, 1);
    assert!(due > 0);
    world.send(collect("fees")).ok();
    assert_eq!(world.wallet("fees", pool), 1 + due);
}

/// Lamports that lie at the address of a vault of wrapped SOL are tokens of it.
#[test]
fn audit_curated_lamports_sent_ahead_keep_no_pool_from_being_created() {
    /// Rent of a token account.
    const RENT: u64 = 2_039_280;
    let mut world = World::flat();
    let creator = actor("carol");
    let mint = spl_token::state::Mint { decimals: native_mint::DECIMALS, is_initialized: true, ..Default::default() };
    let mut data = vec![0; spl_token::state::Mint::LEN];
    mint.pack_into_slice(&mut data);
    world.chain.write(native_mint::ID, spl_token::ID, data);
    let wallet = world.chain.create_token_account(&creator, &native_mint::ID, &spl_token::ID);
    world.chain.give_lamports(&wallet, 100 * SOL);
    world.chain.send(&[spl_token::instruction::sync_native(&spl_token::ID, &wallet).expect("an instruction")]).ok();
    let (listed, payer) = (world.of_pool(CLASSIC).others, world.chain.payer);
    for (number, ahead) in [(0, 0), (1, 890_880), (2, RENT), (3, RENT + 60_720), (4, 5 * SOL)] {
        let keys = PoolKeys::of_creator(native_mint::ID, spl_token::ID, creator, number);
        for vault in [keys.vault, keys.insurance_vault] {
            if ahead > 0 {
                world.chain.give_lamports(&vault, ahead);
            }
        }
        world.chain.send(&[build::create_curated_pool(payer, &keys, 3, (false, SOL), curated_params(), &listed)]).ok();
        let vault = spl_token::state::Account::unpack(&world.chain.data(&keys.vault)).expect("a vault");
        assert_eq!(vault.amount, SOL + ahead.saturating_sub(RENT), "what was sent ahead is a donation");
    }
}

/// Commits to 1 BTC of calls deep in the money, again and again, waits to the end of the window, and fills only where the price has moved further than the fee of
/// closing. What is filled is sold at the price of that moment. Nobody else fills. Returns what the trader and the main class gain, tokens, and the number of fills.
fn waiting(params: PoolParams, (sigma, seed): (f64, u64), cycles: u32) -> (f64, f64, u32) {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    world.replay = None;
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    world.provide("lp", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    world.trader("mallory", pool, 900 * TOKEN);
    let call = world.list_tenor(pool, BTC, false, 82_000, 2);
    let n = 10 * TENTH;
    let (delay, window) = (i64::from(params.fill_delay), i64::from(params.fill_window));
    let mut random = Random(seed);
    let (mut filled, start) = (0, worth(&world, pool, "mallory"));
    let nav = |world: &World| world.valued(pool, |_, markets| markets.net_assets_at_mark());
    let before = nav(&world);
    for _ in 0..cycles {
        let commit = world.commit_instruction("mallory", pool, &[(call, n)]);
        world.send(commit).ok();
        let moment = world.chain.now() + delay;
        world.pass(delay + 1);
        let feed = world.first_after(BTC, moment).expect("the first price");
        // A normal number, out of twelve uniform ones.
        let sum: i64 = (0..12).map(|_| random.range(0, 1_000_000)).sum();
        let normal = sum as f64 / 1e6 - 6.0;
        let wait = window - 1;
        let moved = normal * sigma * (wait as f64 / 31_557_600.0).sqrt();
        world.chain.pass(wait);
        price(&mut world, 100_000.0 * (1.0 + moved));
        let pays = moved * 1e4 > f64::from(params.fee_close_bps);
        if !pays {
            world.pass(2);
        }
        for sample in world.due_samples() {
            world.chain.send(&[sample]).ok();
        }
        let fill = build::fill_trade(&world.pools[pool], world.account_key("mallory", pool), None, None, &[feed]);
        let outcome = world.chain.send(&[fill]).ok();
        let done = outcome.events().iter().any(|e| matches!(e, Event::LegFilled(_)));
        assert_eq!(done, pays, "{:?}", outcome.events());
        if done {
            filled += 1;
            // Closed at a price that is as likely above as below: the same one.
            world.trade("mallory", pool, &[(call, -n)]).ok();
        }
        price(&mut world, 100_000.0);
        world.pass(1);
    }
    let gain = (worth(&world, pool, "mallory") - start) as f64 / TOKEN as f64;
    let loss = (nav(&world) - before) as f64 / TOKEN as f64;
    (gain, loss, filled)
}

/// Whoever trades where nobody else fills pays for it with the lowest fees that a curated pool may have, with either window.
#[test]
fn audit_curated_waiting_does_not_pay_at_the_lowest_fees() {
    let with = |open, close, window| PoolParams {
        fee_open_bps: open,
        fee_close_bps: close,
        fill_tip: 0,
        fill_window: window,
        carry_bps: 30_000,
        direction_limit_bps: [10_000; 4],
        ..curated_params()
    };
    let mut world = World::flat();
    for (open, close, window) in [(3, 5, 10), (6, 2, 10), (5, 5, 20), (6, 3, 20), (1, 50, 5), (50, 1, 20)] {
        let create = world.create_curated("carol", CLASSIC, (false, TOKEN), with(open, close, window));
        world.pools.pop();
        world.mints.pop();
        assert_error(&world.send(create), EvergreenError::FeeBelowWaitingFloor);
    }
    for (open, close, window) in [(5, 3, 10), (6, 4, 20)] {
        for sigma in [0.66, 1.0] {
            let (gain, earned, filled) = waiting(with(open, close, window), (sigma, 1), 60);
            println!(
                "fees of {open} and {close}, {window} s, {sigma}: of 60 commitments {filled} filled, the trader {gain:+.2}, the main class {earned:+.2}"
            );
            assert!(gain < 0.0 && earned > 0.0);
        }
    }
}

/// The written leg of a spread is exercised next to its cap; the long one is left with a debt, and whoever sells it off when nothing is left of the account is paid by insurance. Half a per cent
/// of its notional was more than opening both accounts had cost, one basis point; now it is a hundredth of a token at most, and no more than that fee.
#[test]
fn audit_curated_liquidations_that_are_made_do_not_pay() {
    let params = PoolParams {
        fee_open_bps: 5,
        fee_close_bps: 50,
        fee_value_cap_bps: 1_500,
        min_liquidation_reward: TOKEN / 100,
        vol_stress_bps: 12_500,
        extreme_weight_bps: 2_500,
        short_charge_bps: 25,
        carry_bps: 30_000,
        direction_limit_bps: [10_000; 4],
        ..curated_params()
    };
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    world.provide("lp", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 100 * TOKEN).ok();
    for who in ["a", "b"] {
        world.trader(who, pool, 400 * TOKEN);
    }
    world.trader("keeper", pool, 0);
    let near = world.list_tenor(pool, BTC, false, 91_000, 1);
    let long = world.list_tenor(pool, BTC, false, 92_000, 1);
    let n = 20 * TENTH;
    let all = |world: &World| ["a", "b", "keeper"].map(|who| worth(world, pool, who)).iter().sum::<i64>();
    let start = all(&world);
    world.trade("b", pool, &[(near, n)]).ok();
    world.trade("a", pool, &[(long, n), (near, -n)]).ok();
    let opened = start - all(&world);
    withdraw_spare(&mut world, "a", pool);
    // The price rises by a tenth of a per cent.
    world.pass(60);
    price(&mut world, 100_100.0);
    world.send(build::exercise_series(&world.pools[pool], near, &world.markets())).ok();
    for who in ["a", "b"] {
        world.send(build::settle_positions(&world.pools[pool], world.account_key(who, pool))).ok();
    }
    world.pass(60);
    price(&mut world, 99_300.0);
    let left = worth(&world, pool, "a");
    let legs = vec![Leg { series: long, points: -n }];
    let (key, keeper) = (world.account_key("a", pool), world.account_key("keeper", pool));
    let close = build::liquidate(actor("keeper"), &world.pools[pool], key, keeper, legs, &world.markets());
    let outcome = world.send(close).ok();
    let told = outcome.event(|e| if let Event::Liquidated(e) = e { Some(e.reward) } else { None });
    println!("{left} left of the account, reward {told}, opening cost {opened}");
    assert!(left < 0 && told == TOKEN / 100 && opened > 50 * told as i64, "{left} {told} {opened}");
}

/// While an issuer has paused a token the pool is distressed. They end their own commitment by that for an eighth of its bond, as in vain, and a deposit for the fee of a lapse.
#[test]
fn audit_curated_an_issuer_pays_for_what_he_takes_back() {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let pool = world.add_curated_pool("carol", STOCK, (false, TOKEN), curated_params());
    world.provide("lp", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    for who in ["carol", "erin"] {
        world.trader(who, pool, 200 * TOKEN);
    }
    let call = world.list_tenor(pool, BTC, false, 82_000, 2);
    world.trade("erin", pool, &[(call, 5 * TENTH)]).ok();
    let (mint, sync) = (world.mints[pool].address, build::sync_vault(&world.pools[pool]));
    let pause = || pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[]).expect("an instruction");
    let resume = || pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[]).expect("an instruction");
    let commit = world.commit_instruction("carol", pool, &[(call, 5 * TENTH)]);
    let before = world.cash("carol", pool);
    world.send(commit).ok();
    let bond = world.account("carol", pool).commitment.bond;
    world.wait_for_fill();
    let fill = world.fill_instruction("carol", pool);
    let outcome = world.send_all(&[pause(), sync.clone(), fill, resume(), sync.clone()]).ok();
    let ended = outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some((e.reason, e.fee)) } else { None });
    assert_eq!(ended, (CancelReason::Distressed, bond.div_ceil(8)));
    assert_eq!(world.cash("carol", pool), before - bond.div_ceil(8) as i64);
    assert!(bond > 1_000_000, "bond {bond}");
    world.pass(5);
    // A deposit of five times the pool, after its minute.
    let amount = 5_000 * TOKEN;
    world.fund("carol", pool, amount);
    let (keys, main) = (world.pools[pool], ShareClass::Main);
    world.chain.create_token_account(&actor("carol"), &keys.share_mint(main), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("carol"), 10_000_000_000);
    world.pass_to(50);
    let id = world.next_number("carol");
    world.send(build::request_deposit(actor("carol"), &keys, main, id, amount, 0)).ok();
    world.pass_to(2);
    world.pass(10);
    let execute = world.execute_deposit_in("carol", pool, main, id);
    let outcome = world.send_all(&[pause(), sync.clone(), execute, resume(), sync]).ok();
    let came = outcome.event(|e| match e {
        Event::DepositReturned(e) => Some((e.reason, e.amount, e.fee)),
        _ => None,
    });
    assert_eq!(came, (ReturnReason::Distressed, amount - amount / 1_000, amount / 1_000));
}
