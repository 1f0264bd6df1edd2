//! Pools share no account that a transaction writes, so that they trade in parallel.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        state::{
            LiquidityRequest, LossIndex, NoticeCause, OptionId, OrderTerms, PoolCaps, SeriesId, SeriesSpec, ShareClass,
        },
    },
    instruction as build, presets,
};
use evergreen_tests::{BTC, CLASSIC, STOCK, World, chain::actor};
use std::{collections::BTreeSet, fs, path::Path};

/// Builders of instructions on no pool: they set up or govern the protocol, or belong to an underlying.
const WITHOUT_POOL: [&str; 11] = [
    "initialize_protocol",
    "create_underlying",
    "set_pause",
    "sample_volatility",
    "report_silence",
    "propose",
    "execute_proposal",
    "cancel_proposal",
    "cancel_proposal_in",
    "accept_admin",
    "take_number",
];

/// Returns every instruction on a pool with its name; each pool has people of its own.
fn on(world: &World, pool: usize) -> Vec<(&'static str, Instruction)> {
    let (keys, feeds, btc) = (world.pools[pool], world.markets(), world.feeds[BTC].accounts);
    let one = |name: &str| actor(&format!("{name} {pool}"));
    let account = |name: &str| evergreen_sdk::address::margin_account(&keys.pool, &one(name), 0);
    let series = SeriesId { slot: 0, generation: 1 };
    let legs = || vec![Leg { series, points: 1 }];
    let request = SeriesSpec { put: false, strike: 100_000, tenor: 604_800 };
    let underlyings = [btc.underlying];
    let caps = PoolCaps { max_series_points: 1, max_account_points: 1, max_pool_cash: 1 };
    let mut all = vec![
        ("create_pool", build::create_pool(one("payer"), one("admin"), &keys, 3, presets::pool_params(), &underlyings)),
        (
            "create_curated_pool",
            build::create_curated_pool(one("payer"), &keys, 3, (false, 1), presets::pool_params(), &underlyings),
        ),
        ("accept_curator", build::accept_curator(one("carol"), keys.pool)),
        ("collect_curator_fees", build::collect_curator_fees(&keys, keys.wallet(&one("carol")))),
        ("collect_fees", build::collect_fees(&keys, keys.wallet(&one("fees")))),
        ("open_margin_account", build::open_margin_account(one("payer"), one("alice"), &keys, 0, None)),
        ("close_margin_account", build::close_margin_account(one("alice"), &keys, account("alice"))),
        ("set_delegate", build::set_delegate(one("alice"), account("alice"), None, 0)),
        ("deposit_margin", build::deposit_margin(one("alice"), &keys, account("alice"), 1)),
        ("withdraw_margin", build::withdraw_margin(one("alice"), &keys, account("alice"), 1, &feeds)),
        ("commit_trade", build::commit_trade(one("alice"), &keys, account("alice"), 0, trade(), &[])),
        (
            "fill_trade",
            build::fill_trade(&keys, account("alice"), Some(account("bob")), Some((0, one("payer"))), &feeds),
        ),
        ("list_series", build::list_series(&keys, &btc, request)),
        ("retire_series", build::retire_series(&keys, series)),
        ("exercise_series", build::exercise_series(&keys, series, &btc)),
        ("end_series", build::end_series(&keys, series, btc.underlying)),
        ("settle_positions", build::settle_positions(&keys, account("alice"))),
        ("settle_for_less", build::settle_for_less(actor("alice"), &keys, account("alice"))),
        ("liquidate", build::liquidate(one("bob"), &keys, account("alice"), account("bob"), legs(), &feeds)),
        ("absorb_bad_debt", build::absorb_bad_debt(&keys, account("alice"))),
        ("auto_deleverage", build::auto_deleverage(one("bob"), &keys, account("alice"), series, 1, &feeds)),
        ("place_order", build::place_order(one("payer"), one("alice"), &keys, account("alice"), 0, order(), &feeds)),
        ("cancel_order", build::cancel_order(one("alice"), &keys, account("alice"), 0, one("payer"))),
        (
            "commit_order",
            build::commit_order(one("bob"), &keys, account("alice"), 0, one("payer"), Some(account("bob")), &feeds),
        ),
        ("claim_referral", build::claim_referral(one("rita"), &keys, account("alice"))),
        ("close_for_cash", build::close_for_cash(one("bob"), &keys, account("alice"), series, &feeds)),
        (
            "close_for_place",
            build::close_for_place(one("bob"), &keys, account("alice"), (series, NoticeCause::Slot), &feeds),
        ),
        ("announce_buyback", build::announce_buyback(one("carol"), keys.pool)),
        ("give_notice", build::give_notice(&keys, btc.underlying, series, NoticeCause::Slot)),
        ("migrate_account", build::migrate_account(keys.pool)),
        ("accrue_funding", build::accrue_funding(&keys, btc.underlying, 0..64)),
        ("refresh_pool", build::refresh_pool(&keys, &feeds)),
        ("sweep_insurance", build::sweep_insurance(&keys)),
        ("sync_vault", build::sync_vault(&keys)),
        ("tighten_pool", build::tighten_pool(one("guardian"), keys.pool, caps)),
        ("halt_pool", build::halt_pool(one("guardian"), keys.pool)),
    ];
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let withdrawal = address::request(&keys.pool, class, &one("vera"), 0);
        let new = LiquidityRequest::new(keys.pool, class, 0, LossIndex::NONE, 0);
        let deposit = LiquidityRequest { owner: one("vera"), shares_to: keys.shares(&one("vera"), class), ..new };
        all.extend([
            ("request_deposit", build::request_deposit(one("vera"), &keys, class, 0, 1, 0)),
            ("named_by", build::named_by(one("carol"), build::request_deposit(one("vera"), &keys, class, 0, 1, 0))),
            ("execute_deposit", build::execute_deposit(&keys, &deposit, &feeds)),
            ("request_withdrawal", build::request_withdrawal(one("vera"), &keys, class, 0, 1, 1)),
            ("execute_withdrawal", build::execute_withdrawal(&keys, withdrawal, &feeds)),
            ("execute_withdrawals", build::execute_withdrawals(&keys, (withdrawal, &[withdrawal]), &feeds)),
            ("cancel_withdrawal", build::cancel_withdrawal(one("vera"), &keys, class, withdrawal)),
            ("claim_liquidity", build::claim_liquidity(one("vera"), &keys, class, withdrawal)),
            ("redeem_retired", build::redeem_retired(one("vera"), &keys, class, one("payer"), 1)),
            ("renew_shares", build::renew_shares(one("payer"), &keys, class)),
        ]);
    }
    all
}

fn option_legs() -> Vec<OptionLeg> {
    let option = OptionId { underlying: 0, put: false, strike: 100_000, tenor: 604_800, cap_bps: 12_000 };
    vec![OptionLeg { option, points: 1 }]
}

fn trade() -> TradeTerms {
    TradeTerms { legs: option_legs(), closing: 0, min_net: 0 }
}

fn order() -> OrderTerms {
    OrderTerms { legs: option_legs(), min_net: 0, trigger: None, reduce_only: false, expires_at: 1, tip: 1 }
}

fn written(instructions: &[(&'static str, Instruction)]) -> BTreeSet<Pubkey> {
    let metas = instructions.iter().flat_map(|(_, instruction)| &instruction.accounts);
    metas.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect()
}

#[test]
fn two_pools_share_no_account_that_is_written() {
    let world = World::flat();
    let [classic, stock] = [CLASSIC, STOCK].map(|pool| written(&on(&world, pool)));
    assert!(classic.len() > 15, "{} accounts", classic.len());
    let shared: Vec<_> = classic.intersection(&stock).collect();
    assert!(shared.is_empty(), "both pools write {shared:?}");
    // The accounts that pools do share, such as underlyings and their prices, are only read.
    for (name, instruction) in on(&world, CLASSIC) {
        for feed in world.markets() {
            let shared = [feed.underlying, feed.price, evergreen_sdk::address::protocol()];
            let writes = instruction.accounts.iter().any(|meta| meta.is_writable && shared.contains(&meta.pubkey));
            assert!(!writes, "{name} writes what all pools share");
        }
    }
}

#[test]
fn no_builder_is_missing_here() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/rust/src");
    let mut files = vec![source.join("instruction.rs")];
    if let Ok(folder) = fs::read_dir(source.join("instruction")) {
        files.extend(folder.map(|entry| entry.expect("a file").path()));
    }
    let mut builders = BTreeSet::new();
    for text in files.iter().filter_map(|file| fs::read_to_string(file).ok()) {
        // A builder stands alone, not in an `impl`, and returns an instruction.
        for function in text.split("\npub fn ").skip(1) {
            let signature = function.split('{').next().unwrap_or_default();
            if signature.contains("-> Instruction") {
                builders.insert(signature.split(['(', '<']).next().unwrap_or_default().to_owned());
            }
        }
    }
    let here = on(&World::flat(), CLASSIC);
    let known: BTreeSet<_> = here.iter().map(|(name, _)| *name).chain(WITHOUT_POOL).map(str::to_owned).collect();
    assert!(builders.len() >= 20, "{builders:?}");
    assert_eq!(builders, known);
}
