//! Administration: roles, double creation, pauses.

use super::{case, refuse_all, scene::Scene, unsigned, with};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    address,
    evergreen::{
        errors::EvergreenError,
        state::{Action, Roles, ShareClass, UnderlyingConfig},
    },
    instruction::{self as build, PoolKeys},
    presets,
};
use evergreen_tests::{BTC, CLASSIC, Setup, World, chain::actor};

const ROLES: fn() -> Roles = || Roles { admin: actor("admin"), guardian: actor("guardian"), fee_owner: actor("fees") };

fn solana() -> UnderlyingConfig {
    UnderlyingConfig { feed_id: evergreen_sdk::testing::pyth::feeds::SOL_USD, ..presets::btc(presets::PYTH_RECEIVER) }
}

/// Creates a classic mint and returns the keys of a pool on it.
fn fresh(world: &mut World, decimals: u8) -> PoolKeys {
    let mint = world.chain.create_classic_mint("fresh", decimals);
    PoolKeys::new(mint.address, mint.program)
}

#[test]
fn a05_nobody_but_the_upgrade_authority_initializes() {
    let mut world = World::bare();
    let (payer, authority) = (world.chain.payer, world.chain.upgrade_authority);
    let good = build::initialize_protocol(payer, authority, ROLES());
    let no_one = |edit: fn(&mut Roles)| {
        let mut roles = ROLES();
        edit(&mut roles);
        build::initialize_protocol(payer, authority, roles)
    };
    let fake = actor("fake program data");
    let data = world.chain.data(&address::program_data());
    world.chain.write(fake, anchor_lang::solana_program::bpf_loader_upgradeable::ID, data);
    let cases = vec![
        case("user", build::initialize_protocol(payer, actor("mallory"), ROLES()), EvergreenError::Unauthorized),
        case("unsigned", unsigned(&good, 1), ErrorCode::AccountNotSigner),
        case("other program data", with(&good, address::program_data(), fake), ErrorCode::ConstraintSeeds),
        case("other address", with(&good, address::protocol(), actor("protocol")), ErrorCode::ConstraintSeeds),
        case("no admin", no_one(|r| r.admin = Pubkey::default()), EvergreenError::InvalidParameter),
        case("no guardian", no_one(|r| r.guardian = Pubkey::default()), EvergreenError::InvalidParameter),
        case("no fee owner", no_one(|r| r.fee_owner = Pubkey::default()), EvergreenError::InvalidParameter),
    ];
    refuse_all(&mut world, cases);
    world.send(good.clone()).ok();
    // a11: the protocol is initialized once.
    world.chain.pass(1);
    let again = case("again", good, System::AccountAlreadyInUse);
    refuse_all(&mut world, vec![again]);
}

/// Errors of the system program.
#[derive(Debug)]
enum System {
    AccountAlreadyInUse = 0,
}

impl From<System> for u32 {
    fn from(error: System) -> Self {
        error as Self
    }
}

#[test]
fn a11_nothing_is_created_twice() {
    let mut world = World::flat();
    let (payer, admin) = (world.chain.payer, actor("admin"));
    let underlyings: Vec<_> = world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
    let (keys, price) = (world.pools[CLASSIC], world.feeds[BTC].accounts.price);
    world.trader("alice", CLASSIC, 0);
    let cases = vec![
        case(
            "underlying",
            build::create_underlying(payer, admin, price, presets::btc(presets::PYTH_RECEIVER)),
            System::AccountAlreadyInUse,
        ),
        case(
            "pool",
            build::create_pool(payer, admin, &keys, 3, presets::pool_params(), &underlyings),
            System::AccountAlreadyInUse,
        ),
        case(
            "margin account",
            build::open_margin_account(payer, actor("alice"), &keys, 0, None),
            System::AccountAlreadyInUse,
        ),
    ];
    refuse_all(&mut world, cases);
}

#[test]
fn a05_only_the_admin_creates() {
    let mut world = World::flat();
    let (payer, admin) = (world.chain.payer, actor("admin"));
    let underlyings: Vec<_> = world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
    let keys = fresh(&mut world, 8);
    let feed = world.new_feed(&solana(), 200);
    let pool = |by, key: &PoolKeys| build::create_pool(payer, by, key, 3, presets::pool_params(), &underlyings);
    let underlying = |by| build::create_underlying(payer, by, feed.accounts.price, solana());
    let cases = vec![
        case("pool by guardian", pool(actor("guardian"), &keys), EvergreenError::Unauthorized),
        case("pool by user", pool(actor("mallory"), &keys), EvergreenError::Unauthorized),
        case("pool unsigned", unsigned(&pool(admin, &keys), 1), ErrorCode::AccountNotSigner),
        case("underlying by guardian", underlying(actor("guardian")), EvergreenError::Unauthorized),
        case("underlying by user", underlying(actor("mallory")), EvergreenError::Unauthorized),
        case("underlying unsigned", unsigned(&underlying(admin), 1), ErrorCode::AccountNotSigner),
        // a06: each address is derived from seeds of its own.
        case("pool elsewhere", with(&pool(admin, &keys), keys.pool, actor("pool")), ErrorCode::ConstraintSeeds),
        case(
            "registry elsewhere",
            with(&pool(admin, &keys), keys.registry, actor("registry")),
            ErrorCode::ConstraintSeeds,
        ),
        case("vault elsewhere", with(&pool(admin, &keys), keys.vault, actor("vault")), ErrorCode::ConstraintSeeds),
        case(
            "underlying elsewhere",
            with(&underlying(admin), feed.accounts.underlying, actor("underlying")),
            ErrorCode::ConstraintSeeds,
        ),
    ];
    refuse_all(&mut world, cases);
    world.send(pool(admin, &keys)).ok();
    world.send(underlying(admin)).ok();
}

#[test]
fn a_pool_needs_one_to_four_different_underlyings() {
    let mut world = World::flat();
    let keys = fresh(&mut world, 8);
    let [btc, eth] = [0, 1].map(|place| world.feeds[place].accounts.underlying);
    let registry = world.pools[CLASSIC].registry;
    let copy = actor("copy");
    let data = world.chain.data(&btc);
    world.chain.write(copy, actor("mallory's program"), data);
    let create = |scale, list: &[Pubkey]| {
        build::create_pool(actor("payer"), actor("admin"), &keys, scale, presets::pool_params(), list)
    };
    let cases = vec![
        case("none", create(3, &[]), EvergreenError::UnderlyingCount),
        case("five", create(3, &[btc, eth, btc, eth, btc]), EvergreenError::UnderlyingCount),
        case("twice", create(3, &[btc, eth, btc]), EvergreenError::UnderlyingCount),
        case("a registry", create(3, &[btc, registry]), ErrorCode::AccountDiscriminatorMismatch),
        case("a copy", create(3, &[copy]), ErrorCode::AccountOwnedByWrongProgram),
        case("scale 13", create(13, &[btc]), EvergreenError::InvalidParameter),
        case("scale 255", create(255, &[btc]), EvergreenError::InvalidParameter),
    ];
    refuse_all(&mut world, cases);
}

#[test]
fn a41_decimals_beyond_twelve_are_refused() {
    for (decimals, accepted) in [(0, true), (12, true), (13, false), (18, false), (255, false)] {
        let mut world = World::new(Setup { liquidity: 0, insurance: 0, ..Setup::flat() });
        let keys = fresh(&mut world, decimals);
        let btc = world.feeds[BTC].accounts.underlying;
        let create = build::create_pool(actor("payer"), actor("admin"), &keys, 3, presets::pool_params(), &[btc]);
        if accepted {
            world.send(create).ok();
        } else {
            world.refused(create, EvergreenError::Decimals);
        }
    }
}

#[test]
fn a64_lamports_sent_ahead_do_not_keep_a_pool_from_being_created() {
    let mut world = World::flat();
    let keys = fresh(&mut world, 8);
    let btc = world.feeds[BTC].accounts.underlying;
    let mints = [ShareClass::Main, ShareClass::Insurance].map(|class| keys.share_mint(class));
    for key in [keys.pool, keys.registry, keys.vault, keys.insurance_vault].iter().chain(&mints) {
        world.chain.give_lamports(key, 1_000_000);
    }
    let create = build::create_pool(actor("payer"), actor("admin"), &keys, 3, presets::pool_params(), &[btc]);
    world.send(create).ok();
}

const ACTIONS: [(Action, bool); 9] = [
    (Action::AddRisk, false),
    (Action::ReduceRisk, true),
    (Action::DepositMargin, true),
    (Action::WithdrawMargin, true),
    (Action::DepositLiquidity, false),
    (Action::WithdrawLiquidity, true),
    (Action::Liquidate, true),
    (Action::Settle, true),
    (Action::List, false),
];

#[test]
fn a67_pauses_are_the_guardians_and_short() {
    let mut world = World::flat();
    let mut cases = Vec::new();
    for (action, exit) in ACTIONS {
        let longest = if exit { 86_400 } else { 7 * 86_400 };
        for who in ["mallory", "fees", "upgrade authority"] {
            for seconds in [60, 0] {
                let pause = build::set_pause(actor(who), action, seconds);
                cases.push(case(format!("{action:?} by {who}"), pause, EvergreenError::Unauthorized));
            }
        }
        for seconds in [longest + 1, u32::MAX] {
            let pause = build::set_pause(actor("guardian"), action, seconds);
            cases.push(case(format!("{action:?} for {seconds}"), pause, EvergreenError::PauseTooLong));
        }
    }
    let mut unknown = build::set_pause(actor("guardian"), Action::AddRisk, 60);
    unknown.data[8] = 9;
    cases.push(case("an unknown action", unknown, ErrorCode::InstructionDidNotDeserialize));
    refuse_all(&mut world, cases);
    for (action, exit) in ACTIONS {
        let longest = if exit { 86_400 } else { 7 * 86_400 };
        world.send(build::set_pause(actor("guardian"), action, longest)).ok();
        if exit {
            world.refused(build::set_pause(actor("admin"), action, 1), EvergreenError::PauseTooLong);
        }
    }
}

#[test]
fn a67_what_is_paused_is_refused() {
    let mut scene = Scene::new();
    let paused = |name: &str| match name {
        "commit_trade" => Some(Action::AddRisk),
        "deposit_margin" => Some(Action::DepositMargin),
        "withdraw_margin" => Some(Action::WithdrawMargin),
        "request_deposit" => Some(Action::DepositLiquidity),
        "request_withdrawal" | "execute_withdrawal" => Some(Action::WithdrawLiquidity),
        "liquidate" => Some(Action::Liquidate),
        "settle_positions" => Some(Action::Settle),
        "list_series" => Some(Action::List),
        _ => None,
    };
    for (action, _) in ACTIONS {
        scene.world.send(build::set_pause(actor("guardian"), action, 3_600)).ok();
    }
    let mut cases: Vec<_> = scene
        .instructions()
        .into_iter()
        .filter(|(name, _)| paused(name).is_some())
        .map(|(name, instruction)| case(name, instruction, EvergreenError::Paused))
        .collect();
    assert_eq!(cases.len(), 9);
    cases.push(case("a sale", scene.commit(&[scene.leg(-1_000)]), EvergreenError::Paused));
    refuse_all(&mut scene.world, cases);
    // What decides what others are paid cannot be paused: samples, and exercises.
    scene.world.pass(60);
    for (name, instruction) in scene.instructions() {
        let outcome = scene.world.chain.simulate(&[instruction]);
        match name {
            "sample_volatility" => assert!(outcome.succeeded(), "{}", outcome.log()),
            "exercise_series" => evergreen_tests::assert_error(&outcome, EvergreenError::SeriesNotAtCap),
            _ => {}
        }
    }
    // Every pause ends by itself.
    scene.world.pass(3_600);
    for name in ["deposit_margin", "withdraw_margin", "list_series", "sample_volatility", "commit_trade"] {
        let good = scene.instructions().into_iter().find(|(n, _)| *n == name).expect("one").1;
        scene.world.send(good).ok();
    }
}

#[test]
fn unknown_and_cut_instructions_are_refused() {
    let mut scene = Scene::new();
    let mut cases = Vec::new();
    for (name, instruction) in scene.instructions() {
        let mut unknown = instruction.clone();
        unknown.data[..8].copy_from_slice(&[0xff; 8]);
        cases.push(case(format!("{name}: an unknown discriminator"), unknown, ErrorCode::InstructionFallbackNotFound));
        let mut empty = instruction.clone();
        empty.data.truncate(7);
        cases.push(case(format!("{name}: a discriminator cut short"), empty, ErrorCode::InstructionFallbackNotFound));
        if instruction.data.len() > 8 {
            let mut cut = instruction.clone();
            cut.data.pop();
            cases.push(case(format!("{name}: arguments cut short"), cut, ErrorCode::InstructionDidNotDeserialize));
        }
        let mut few = instruction.clone();
        few.accounts.truncate(1);
        if name == "report_silence" {
            few.accounts.clear();
        }
        cases.push(case(format!("{name}: too few accounts"), few, ErrorCode::AccountNotEnoughKeys));
    }
    refuse_all(&mut scene.world, cases);
    let readonly: Vec<_> = scene
        .instructions()
        .into_iter()
        .filter(|(name, _)| *name == "retire_series")
        .map(|(name, mut instruction)| {
            instruction.accounts[1].is_writable = false;
            case(format!("{name}: not writable"), instruction, ErrorCode::ConstraintMut)
        })
        .collect();
    refuse_all(&mut scene.world, readonly);
}
