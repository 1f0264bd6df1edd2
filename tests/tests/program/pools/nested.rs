//! A share of one pool's main class as the collateral of another pool.

use super::curated_params;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{
    BTC, STOCK, World,
    chain::actor,
    seizures::Seizure,
    tokens::Mint,
    world::{TENTH, TOKEN},
};

/// Whole shares: a share has the decimals of the collateral, and a token buys a thousand.
const SHARES: u64 = 1_000 * TOKEN;

/// A world in which carol's pool takes main shares of the stock's pool, and its place. Of the shares that lp got carol has 400,000, erin and frank 20,000 each.
fn scene() -> (World, usize) {
    let mut world = World::flat();
    let inner = world.pools[STOCK];
    let share_mint = inner.share_mint(ShareClass::Main);
    let mint = Mint { address: share_mint, program: anchor_spl::token::ID, decimals: 8 };
    world.mints.push(mint);
    world.pools.push(PoolKeys::new(mint.address, mint.program));
    for (who, amount) in [("carol", 400 * SHARES), ("erin", 20 * SHARES), ("frank", 20 * SHARES)] {
        let to = world.chain.create_token_account(&actor(who), &share_mint, &anchor_spl::token::ID);
        let from = inner.shares(&actor("lp"), ShareClass::Main);
        let transfer = anchor_spl::token::spl_token::instruction::transfer(
            &anchor_spl::token::ID,
            &from,
            &to,
            &actor("lp"),
            &[],
            amount,
        );
        world.send(transfer.expect("an instruction")).ok();
    }
    // A share is a thousandth of a token, and a point pays a thousandth of what it pays there: the scale is three less.
    let keys = PoolKeys::of_creator(mint.address, mint.program, actor("carol"), 0);
    let listed = world.of_pool(STOCK).others;
    world.mints.push(mint);
    world.pools.push(keys);
    let create = build::create_curated_pool(world.chain.payer, &keys, 0, (false, SHARES), curated_params(), &listed);
    world.send(create).ok();
    let pool = world.pools.len() - 1;
    world.chain.create_token_account(&actor("carol"), &keys.share_mint(ShareClass::Main), &anchor_spl::token::ID);
    world.deposit_in("carol", pool, ShareClass::Main, 300 * SHARES, 0).ok();
    for who in ["erin", "frank"] {
        world.send(build::open_margin_account(world.chain.payer, actor(who), &keys, 0, None)).ok();
        world.deposit(who, pool, 10 * SHARES).ok();
    }
    (world, pool)
}

#[test]
fn pools_shares_trade_and_earn_at_once() {
    let (mut world, pool) = scene();
    let inner_call = world.list(STOCK, BTC, false, 100_000);
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("gina", STOCK, 100 * TOKEN);
    let worth = |world: &World| {
        let ledger = world.view(STOCK).pool.main;
        world.valued(STOCK, |_, markets| {
            i128::from(markets.net_assets().lower) * 1_000_000_000 / i128::from(ledger.total)
        })
    };
    let before = worth(&world);
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    // Fees of the inner pool raise what the margin in the outer one is worth.
    for _ in 0..5 {
        world.trade("gina", STOCK, &[(inner_call, 10 * TENTH)]).ok();
        world.trade("gina", STOCK, &[(inner_call, -10 * TENTH)]).ok();
    }
    assert!(worth(&world) > before, "{} after {before}", worth(&world));
    world.trade("erin", pool, &[(call, -TENTH)]).ok();
    let cash = world.cash("erin", pool) as u64;
    world.withdraw("erin", pool, cash).ok();
    // They are shares as before: the inner pool takes them back.
    world.request("erin", STOCK, ShareClass::Main, cash);
}

/// A pool holds 2^53 native units at most, and a share begins at a thousandth of a token: shares of shares are so many that 90 tokens' worth of the stock fill a pool.
#[test]
fn pools_a_second_level_of_shares_holds_ninety_tokens() {
    let (mut world, pool) = scene();
    let below = world.pools[pool];
    let share_mint = below.share_mint(ShareClass::Main);
    let mint = Mint { address: share_mint, program: anchor_spl::token::ID, decimals: 8 };
    let keys = PoolKeys::of_creator(mint.address, mint.program, actor("carol"), 1);
    let listed = world.of_pool(STOCK).others;
    world.mints.push(mint);
    world.pools.push(keys);
    let create = build::create_curated_pool(world.chain.payer, &keys, 0, (false, SHARES), curated_params(), &listed);
    world.send(create).ok();
    let second = world.pools.len() - 1;
    world.chain.create_token_account(&actor("carol"), &keys.share_mint(ShareClass::Main), &anchor_spl::token::ID);
    // TEST: a thousand shares of shares are one share, and a thousand of those one token.
    let room = (1u64 << 53) - SHARES;
    let outcome = world.deposit_in("carol", second, ShareClass::Main, room + 1, 0);
    assert!(outcome.is(EvergreenError::DepositCap), "{:?}", outcome.failure);
    world.deposit_in("carol", second, ShareClass::Main, room, 0).ok();
    let worth = (1u64 << 53) / 1_000_000;
    assert!(worth / TOKEN == 90, "{worth} native units of the stock");
}

#[test]
fn pools_a_loss_of_the_inner_pool_touches_no_ledger_of_the_outer_one() {
    // SETUP: erin holds a call for shares, frank has written one.
    let (mut world, pool) = scene();
    let call = world.list(pool, BTC, false, 100_000);
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    world.trade("frank", pool, &[(call, -TENTH)]).ok();
    let before = world.view(pool);

    // TEST: nearly all of the inner pool's tokens are seized.
    let vault = world.pools[STOCK].vault;
    let held = world.chain.balance(&vault);
    world.seize(STOCK, vault, held - held / 1_000, Seizure::Burn);
    world.sync(STOCK).ok();
    let after = world.view(pool);
    assert_eq!(after.pool.ledgers(), before.pool.ledgers());
    assert_eq!((after.vault, after.insurance_vault), (before.vault, before.insurance_vault));
    assert_eq!(after.pool.flags, before.pool.flags, "the outer pool is not distressed");
    // Trading, leaving and exercise go on, in shares.
    world.trade("erin", pool, &[(call, -TENTH / 2)]).ok();
    world.set_price(BTC, 121_000);
    let keys = world.pools[pool];
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts.clone())).ok();
    for who in ["erin", "frank"] {
        world.send(build::settle_positions(&keys, world.account_key(who, pool))).ok();
    }
    let cash = world.cash("erin", pool);
    assert!(cash > 10 * SHARES as i64, "erin won {cash}");
    world.withdraw("erin", pool, cash as u64).ok();
}

#[test]
fn pools_shares_that_are_retired_below_an_outer_pool_are_redeemed() {
    // SETUP: the inner class loses all, and its shares are renewed.
    let (mut world, pool) = scene();
    let inner = world.pools[STOCK];
    for vault in [inner.insurance_vault, inner.vault] {
        let held = world.chain.balance(&vault);
        world.seize(STOCK, vault, held - 10, Seizure::Burn);
    }
    for _ in 0..2 {
        world.sync(STOCK).ok();
    }
    let insurance = world.view(STOCK).pool.insurance_due;
    if insurance != 0 {
        world.send(build::sweep_insurance(&inner)).ok();
    }
    world.send(build::renew_shares(world.chain.payer, &inner, ShareClass::Main)).ok();

    // TEST: the outer pool still holds the old ones and pays them out; they redeem for what is left.
    let cash = world.cash("erin", pool) as u64;
    world.withdraw("erin", pool, cash).ok();
    assert_eq!(world.chain.balance(&world.pools[pool].wallet(&actor("erin"))), 20 * SHARES);
    assert_eq!(world.view(pool).pool.pool_cash, 301 * SHARES as i64);
}
