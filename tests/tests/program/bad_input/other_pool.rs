//! Instructions with an account of another pool or of another user, or with the same account twice, and otherwise right.

use super::{Case, Code, case, refuse_all, scene::Scene, with};
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    evergreen::{Leg, TradeTerms, errors::EvergreenError, state::SeriesSpec, state::ShareClass},
    instruction as build, presets,
};
use evergreen_tests::{BTC, CLASSIC, STOCK, World, chain::actor, trading, world::TOKEN};

/// Returns the accounts of a pool with a name each, in the same order for every pool.
fn accounts_of(world: &World, pool: usize) -> Vec<(&'static str, Pubkey)> {
    let keys = world.pools[pool];
    let [main, insurance] = [ShareClass::Main, ShareClass::Insurance];
    let mut accounts = vec![
        ("pool", keys.pool),
        ("registry", keys.registry),
        ("vault", keys.vault),
        ("insurance vault", keys.insurance_vault),
        ("mint", keys.mint),
        ("main shares", keys.share_mint(main)),
        ("withdrawal", world.withdrawal(pool, main, 0)),
        ("next withdrawal", address::request(&keys.pool, main, &actor("mallory"), world.next_number("mallory"))),
        ("mallory's insurance shares", keys.shares(&actor("mallory"), insurance)),
        ("mallory's shares", keys.shares(&actor("mallory"), main)),
    ];
    for who in ["alice", "bob", "keeper", "mallory", "fees", "lp"] {
        accounts.push(("a wallet", keys.wallet(&actor(who))));
        let named = if who == "keeper" { "the keeper's account" } else { "an account" };
        accounts.push((named, world.account_key(who, pool)));
    }
    accounts
}

/// Returns the error that an account of the other pool must cause in an instruction.
fn error_for(instruction: &str, account: &str) -> u32 {
    let pays = [
        "deposit_margin",
        "withdraw_margin",
        "request_deposit",
        "claim_liquidity",
        "claim_referral",
        "collect_fees",
        "collect_curator_fees",
    ];
    match (instruction, account) {
        // The next withdrawal's address is derived from the pool, whose share mint is looked at before.
        ("request_withdrawal" | "request_deposit", "next withdrawal") => ErrorCode::ConstraintSeeds.into(),
        ("request_withdrawal" | "request_deposit", "pool") => ErrorCode::ConstraintAddress.into(),
        (_, "mallory's insurance shares") => ErrorCode::ConstraintTokenMint.into(),
        ("open_margin_account", _) => ErrorCode::ConstraintSeeds.into(),
        (_, "main shares") => ErrorCode::ConstraintAddress.into(),
        (_, "a wallet" | "mallory's shares") => ErrorCode::ConstraintTokenMint.into(),
        // The wallet is compared with the mint before the mint is compared with the pool's.
        (name, "mint") if pays.contains(&name) => ErrorCode::ConstraintTokenMint.into(),
        (_, "vault" | "insurance vault") => EvergreenError::WrongPool.into(),
        ("sync_vault", "pool" | "registry" | "series registry") => ErrorCode::ConstraintHasOne.into(),
        ("sweep_insurance" | "sync_vault", _) | ("collect_fees" | "collect_curator_fees", "pool") => {
            EvergreenError::WrongPool.into()
        }
        ("liquidate" | "commit_order", "the keeper's account") => EvergreenError::WrongPool.into(),
        _ => ErrorCode::ConstraintHasOne.into(),
    }
}

#[test]
fn a03_an_account_of_another_pool_is_refused() {
    refuse_accounts_of(Scene::new(), STOCK);
}

#[test]
fn pools_an_account_of_another_pool_of_the_same_mint_is_refused() {
    let mut world = World::flat();
    let params = presets::pool_params();
    let twin = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    for (who, class) in [("lp", ShareClass::Main), ("insurer", ShareClass::Insurance)] {
        world.provide(who, twin, class, 1_000 * TOKEN).ok();
    }
    assert_eq!(world.pools[twin].mint, world.pools[CLASSIC].mint);
    refuse_accounts_of(Scene::beside(world, twin), twin);
}

fn refuse_accounts_of(mut scene: Scene, other: usize) {
    let mut cases = Vec::new();
    let pairs: Vec<_> = accounts_of(&scene.world, CLASSIC).into_iter().zip(accounts_of(&scene.world, other)).collect();
    for (name, instruction) in scene.instructions() {
        // Pools of one mint share mint and wallets.
        for ((what, here), (_, there)) in pairs.iter().filter(|((_, here), (_, there))| here != there) {
            // These instructions name a margin account, a registry or a pool without another account of the pool to compare it with.
            let alone = ["set_delegate", "halt_pool"].contains(&name);
            if !alone && instruction.accounts.iter().any(|meta| meta.pubkey == *here) {
                // A stranger's pool pays another curator.
                let pays_curator = (name, *what) == ("collect_curator_fees", "pool") && other != STOCK;
                let error = if pays_curator { EvergreenError::Unauthorized.into() } else { error_for(name, what) };
                let error = Code(error);
                cases.push(case(format!("{name}: {what}"), with(&instruction, *here, *there), error));
            }
        }
    }
    assert!(cases.len() > 50, "{} cases", cases.len());
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a03_vaults_of_another_pool_in_a_liquidation_and_for_a_bad_debt() {
    // SETUP: the price takes more than all of walter's margin.
    let mut scene = Scene::new();
    let (keys, other) = (scene.world.pools[CLASSIC], scene.world.pools[STOCK]);
    let series = scene.walter_writes();
    scene.world.set_price(BTC, 131_000);
    let foreign = |good: &Instruction, what: &str| {
        let swaps = [(keys.vault, other.vault), (keys.insurance_vault, other.insurance_vault)];
        let refused = |(here, there)| case(what, with(good, here, there), EvergreenError::WrongPool);
        let mut cases: Vec<Case> = swaps.map(refused).into();
        let one = with(good, keys.insurance_vault, keys.vault);
        cases.push(case(format!("{what}, one vault twice"), one, EvergreenError::WrongPool));
        cases
    };

    // TEST
    let close = scene.liquidate_whom("walter", vec![Leg { series, points: 33_333_333 }]);
    let cases = foreign(&close, "liquidate");
    refuse_all(&mut scene.world, cases);
    scene.world.send(close).ok();
    assert!(scene.world.cash("walter", CLASSIC) < 0);
    let absorb = build::absorb_bad_debt(&keys, scene.account("walter"));
    let cases = foreign(&absorb, "absorb");
    refuse_all(&mut scene.world, cases);
    scene.world.send(absorb).ok();
}

#[test]
fn a18_the_price_of_one_underlying_for_the_other() {
    let mut scene = Scene::new();
    let (keys, btc) = (scene.world.pools[CLASSIC], scene.world.feeds[BTC].accounts);
    let mut other = btc;
    other.underlying = scene.world.feeds[evergreen_tests::ETH].accounts.underlying;
    let series = scene.call[CLASSIC];
    let request = SeriesSpec { put: false, strike: 4_000, tenor: 604_800 };
    let cases = vec![
        // The price of BTC is passed for ETH.
        case("list", build::list_series(&keys, &other, request), EvergreenError::PriceWrongFeed),
        case("exercise", build::exercise_series(&keys, series, &other), EvergreenError::PriceWrongFeed),
        case("sample", build::sample_volatility(&other), EvergreenError::PriceWrongFeed),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a04_another_users_account_with_ones_own_signature() {
    let mut scene = Scene::new();
    let world = &scene.world;
    let (keys, feeds, mallory) = (world.pools[CLASSIC], world.markets(), actor("mallory"));
    let (alice, bob) = (scene.account("alice"), scene.account("bob"));
    let legs = vec![scene.leg(1_000)];
    let named = trading::named(&world.view(CLASSIC).registry, &[(legs[0].series, legs[0].points)]);
    let terms = TradeTerms { legs: named, closing: 0, min_net: -1_000_000 };
    let number = world.account("alice", CLASSIC).next_order;
    let theft = build::deposit_margin(mallory, &keys, scene.account("mallory"), 1_000);
    let id = world.next_number("mallory");
    let shares = build::request_withdrawal(mallory, &keys, ShareClass::Main, id, 1_000, 1);
    let cases = vec![
        case("withdraw", build::withdraw_margin(mallory, &keys, alice, 1_000, &feeds), EvergreenError::Unauthorized),
        case("close", build::close_margin_account(mallory, &keys, alice), ErrorCode::ConstraintHasOne),
        case("delegate", build::set_delegate(mallory, alice, Some(mallory), u64::MAX), ErrorCode::ConstraintHasOne),
        case("trade", build::commit_trade(mallory, &keys, alice, number, terms, &[]), EvergreenError::Unauthorized),
        case(
            "liquidate into alice's account",
            build::liquidate(mallory, &keys, bob, alice, legs, &feeds),
            EvergreenError::Unauthorized,
        ),
        // The token program refuses because mallory does not own the wallet.
        case(
            "pay from alice's wallet",
            with(&theft, keys.wallet(&mallory), keys.wallet(&actor("alice"))),
            Token::Owner,
        ),
        case(
            "burn of the provider's shares",
            with(&shares, keys.shares(&mallory, ShareClass::Main), keys.shares(&actor("lp"), ShareClass::Main)),
            ErrorCode::ConstraintTokenOwner,
        ),
        case(
            "claim of another's withdrawal",
            build::claim_liquidity(mallory, &keys, ShareClass::Main, world.withdrawal(CLASSIC, ShareClass::Main, 0)),
            ErrorCode::ConstraintHasOne,
        ),
        case(
            "deposit of another's tokens as liquidity",
            with(
                &build::request_deposit(mallory, &keys, ShareClass::Insurance, id, 1_000, 0),
                keys.wallet(&mallory),
                keys.wallet(&actor("alice")),
            ),
            Token::Owner,
        ),
    ];
    refuse_all(&mut scene.world, cases);
}

/// Errors of the token programs.
#[derive(Debug)]
enum Token {
    Owner = 4,
}

impl From<Token> for u32 {
    fn from(error: Token) -> Self {
        error as Self
    }
}

#[test]
fn a04_a_delegate_does_not_withdraw_close_delegate_or_collect() {
    // SETUP
    let mut scene = Scene::new();
    let (keys, feeds) = (scene.world.pools[CLASSIC], scene.world.markets());
    let (alice, bob, mallory) = (scene.account("alice"), scene.account("bob"), actor("mallory"));
    for (owner, account) in [("alice", alice), ("bob", bob)] {
        scene.world.send(build::set_delegate(actor(owner), account, Some(mallory), u64::MAX)).ok();
    }
    let own = scene.account("mallory");
    let legs = vec![scene.leg(1_000)];

    // TEST
    let cases = vec![
        case("withdraw", build::withdraw_margin(mallory, &keys, alice, 1, &feeds), EvergreenError::Unauthorized),
        case("close", build::close_margin_account(mallory, &keys, alice), ErrorCode::ConstraintHasOne),
        case("delegate", build::set_delegate(mallory, alice, None, 0), ErrorCode::ConstraintHasOne),
        case("a56", build::liquidate(mallory, &keys, bob, own, legs, &feeds), EvergreenError::NotLiquidatable),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a07_the_same_account_twice() {
    let mut scene = Scene::new();
    let world = &scene.world;
    let (keys, feeds, bob) = (world.pools[CLASSIC], world.markets(), scene.account("bob"));
    let of = |kind: &str| scene.instructions().into_iter().find(|(name, _)| *name == kind).expect("one").1;
    let legs = vec![scene.leg(1_000)];
    let wallet = |who| keys.wallet(&actor(who));
    let cases = vec![
        case("liquidator", build::liquidate(actor("bob"), &keys, bob, bob, legs, &feeds), EvergreenError::SameAccount),
        case(
            "deposit from the vault",
            with(&of("deposit_margin"), wallet("alice"), keys.vault),
            EvergreenError::SameAccount,
        ),
        case(
            "withdraw to the vault",
            with(&of("withdraw_margin"), wallet("alice"), keys.vault),
            EvergreenError::SameAccount,
        ),
        case(
            "liquidity from the vault",
            with(&of("request_deposit"), wallet("mallory"), keys.vault),
            EvergreenError::SameAccount,
        ),
        case(
            "claim to the vault",
            with(&of("claim_liquidity"), wallet("lp"), keys.vault),
            EvergreenError::Unauthorized,
        ),
        case("fees to the vault", with(&of("collect_fees"), wallet("fees"), keys.vault), EvergreenError::Unauthorized),
        case(
            "main vault for insurance",
            with(&of("sweep_insurance"), keys.insurance_vault, keys.vault),
            EvergreenError::WrongPool,
        ),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a07_the_insurance_vault_is_no_wallet_to_pay_from_or_to() {
    let mut scene = Scene::new();
    let keys = scene.world.pools[CLASSIC];
    let of = |kind: &str| scene.instructions().into_iter().find(|(name, _)| *name == kind).expect("one").1;
    let wallet = |who| keys.wallet(&actor(who));
    let cases = vec![
        case("margin", with(&of("deposit_margin"), wallet("alice"), keys.insurance_vault), Token::Owner),
        case("liquidity", with(&of("request_deposit"), wallet("mallory"), keys.insurance_vault), Token::Owner),
        case("claim", with(&of("claim_liquidity"), wallet("lp"), keys.insurance_vault), EvergreenError::Unauthorized),
        case("fees", with(&of("collect_fees"), wallet("fees"), keys.insurance_vault), EvergreenError::Unauthorized),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a15_a_payout_goes_to_its_owner_only() {
    let mut scene = Scene::new();
    let keys = scene.world.pools[CLASSIC];
    let of = |kind: &str| scene.instructions().into_iter().find(|(name, _)| *name == kind).expect("one").1;
    let wallet = |who| keys.wallet(&actor(who));
    let cases = vec![
        case("claim", with(&of("claim_liquidity"), wallet("lp"), wallet("mallory")), EvergreenError::Unauthorized),
        case("fees", with(&of("collect_fees"), wallet("fees"), wallet("mallory")), EvergreenError::Unauthorized),
        case("owner", with(&of("claim_liquidity"), actor("lp"), actor("mallory")), ErrorCode::ConstraintHasOne),
    ];
    refuse_all(&mut scene.world, cases);
}
