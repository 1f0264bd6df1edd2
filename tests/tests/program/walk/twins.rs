//! Random walks in several pools of one mint, and in a pool of shares of one of them, also under seizure: what happens in one changes no other's books, and all tokens
//! of a mint are in somebody's wallet or in a ledger.

use super::Walk;
use crate::pools::curated_params;
use anchor_lang::prelude::Pubkey;
use anchor_spl::token_2022::spl_token_2022::{self, extension::StateWithExtensions};
use evergreen_sdk::{
    evergreen::state::{PoolParams, ShareClass},
    instruction as build,
};
use evergreen_tests::{STOCK, Setup, World, chain::actor, seizures::Seizure, tokens::supply_in, world::TOKEN};
use std::collections::BTreeMap;

/// What a token has bought of the shares of the stock's pool.
const SHARES: u64 = 1_000 * TOKEN;

/// The pools of a twin walk.
struct Twins {
    /// Of a stranger, on the stock.
    twin: usize,
    /// Of a stranger for themselves, on the stock, with a price of its own.
    private: usize,
    /// Of main shares of the stock's pool.
    outer: usize,
}

impl Twins {
    fn all(&self) -> [usize; 4] {
        [STOCK, self.twin, self.private, self.outer]
    }
}

fn scene(seed: u64) -> (Walk, Twins) {
    let mut world = World::new(Setup::preset());
    world.provide("treasury", STOCK, ShareClass::Main, 3_000 * TOKEN).ok();
    let twin = world.add_curated_pool("curator", STOCK, (false, TOKEN), curated_params());
    let asked = PoolParams { buy_markup_bps: 500, write_markdown_bps: 800, ..curated_params() };
    let private = world.add_curated_pool("curator", STOCK, (true, TOKEN), asked);
    let outer = world.add_share_pool("curator", (STOCK, "treasury"), (false, SHARES), curated_params());
    for (who, pool, unit) in [("lp", twin, TOKEN), ("curator", private, TOKEN), ("lp", outer, SHARES)] {
        world.provide(who, pool, ShareClass::Main, 400 * unit).ok();
    }
    for (who, pool, unit) in [("insurer", twin, TOKEN), ("curator", private, TOKEN), ("insurer", outer, SHARES)] {
        world.provide(who, pool, ShareClass::Insurance, 40 * unit).ok();
    }
    let twins = Twins { twin, private, outer };
    (Walk::in_pools(world, seed, twins.all().to_vec()), twins)
}

/// The books of a pool: its account, its registry, its margin accounts, requests and vaults, as they are stored.
fn books(world: &World, pool: usize) -> BTreeMap<Pubkey, Vec<u8>> {
    let (view, keys) = (world.view(pool), world.pools[pool]);
    let own = [keys.pool, keys.registry, keys.vault, keys.insurance_vault];
    let requests =
        view.withdrawals.keys().chain(view.deposits.keys()).chain(view.retired.keys()).chain(view.orders.keys());
    let keys = own.iter().chain(view.accounts.keys()).chain(requests);
    keys.map(|key| (*key, world.chain.data(key))).collect()
}

/// Does something that is about one pool, and asserts that it changes no other's books and leaves no token of any mint unaccounted for.
fn about(walk: &mut Walk, pool: usize, what: impl FnOnce(&mut Walk)) {
    let others: Vec<usize> = (0..walk.world.pools.len()).filter(|other| *other != pool).collect();
    let before: Vec<_> = others.iter().map(|other| books(&walk.world, *other)).collect();
    what(walk);
    for (other, before) in others.into_iter().zip(before) {
        assert!(books(&walk.world, other) == before, "what was done in pool {pool} has changed pool {other}");
    }
    conserved(&walk.world);
}

/// Asserts that of each collateral there is as much as wallets hold and ledgers of all its pools say.
fn conserved(world: &World) {
    let snapshot = world.snapshot();
    let mut mints: Vec<Pubkey> = world.mints.iter().map(|mint| mint.address).collect();
    mints.sort_unstable();
    mints.dedup();
    let vaults: Vec<Pubkey> = world.pools.iter().flat_map(|keys| [keys.vault, keys.insurance_vault]).collect();
    for mint in mints {
        let supply = i128::from(supply_in(&snapshot.accounts[&mint].data));
        let mut found = 0;
        for (key, stored) in &snapshot.accounts {
            let account = StateWithExtensions::<spl_token_2022::state::Account>::unpack(&stored.data);
            if let Ok(account) = account
                && account.base.mint == mint
                && !vaults.contains(key)
            {
                found += i128::from(account.base.amount);
            }
        }
        for (place, keys) in world.pools.iter().enumerate().filter(|(_, keys)| keys.mint == mint) {
            let pool = world.view(place).pool;
            let ledgers = [pool.main_vault_ledger(), pool.insurance_vault_ledger()].map(|sum| sum.expect("a sum"));
            let given = |vault: &Pubkey| world.outside.get(vault).copied().unwrap_or(0);
            found += ledgers.iter().map(|sum| i128::from(*sum)).sum::<i128>()
                + given(&keys.vault)
                + given(&keys.insurance_vault);
        }
        assert_eq!(found, supply, "tokens of {mint} in wallets and ledgers");
    }
}

/// Seizes so many parts of a hundred of both vaults of a pool, and assigns the loss.
fn seize(walk: &mut Walk, pool: usize, percent: u64) {
    about(walk, pool, |walk| {
        let world = &mut walk.world;
        for vault in [world.pools[pool].vault, world.pools[pool].insurance_vault] {
            let held = world.chain.balance(&vault);
            if held > 0 {
                world.seize(pool, vault, (held * percent).div_ceil(100), Seizure::Burn);
            }
        }
        // Until the losses are assigned nobody steps out of them.
        for _ in 0..2 {
            world.sync(pool);
        }
    });
}

fn steps(walk: &mut Walk, count: u32) {
    for _ in 0..count {
        let pools = walk.pools.clone();
        let pool = *walk.random.pick(&pools);
        about(walk, pool, |walk| walk.step_in(pool));
    }
}

#[test]
fn twins_several_pools_of_one_mint_and_one_of_shares() {
    for seed in 21..23 {
        let (mut walk, twins) = scene(seed);
        steps(&mut walk, 100);
        seize(&mut walk, STOCK, 10);
        steps(&mut walk, 60);
        seize(&mut walk, twins.twin, 10);
        steps(&mut walk, 60);
        println!("seed {seed}: {:?}", walk.done);
        for action in ["trade", "margin", "liquidity", "refresh"] {
            assert!(walk.done[action].0 > 0, "no {action} succeeded: {:?}", walk.done);
        }
        let traded = twins.all().map(|pool| walk.world.view(pool).pool.fees_due > 0);
        assert_eq!(traded, [true; 4], "trades in every pool");
        walk.world.everybody_leaves();
        conserved(&walk.world);
    }
}

#[test]
fn twins_a_wipe_out_of_the_inner_pool() {
    let (mut walk, twins) = scene(31);
    steps(&mut walk, 60);
    let holder = |world: &World| world.chain.balance(&world.pools[STOCK].shares(&actor("alice"), ShareClass::Main));
    seize(&mut walk, STOCK, 100);
    let state = walk.world.view(STOCK).pool;
    assert!(state.is_distressed() && state.insurance_assets().expect("assets").0 == 0, "{:?}", state.ledgers());
    steps(&mut walk, 60);

    // The others are whole, and everybody leaves them: who was in the outer pool has shares, whatever they are worth.
    let before = holder(&walk.world);
    walk.world.everybody_leaves_pools(&[twins.twin, twins.private, twins.outer]);
    assert!(holder(&walk.world) > before, "alice has shares again");
    let outer = walk.world.view(twins.outer).pool;
    assert_eq!((outer.margin_cash, outer.reserved_collateral, outer.insurance_cash <= 100), (0, 0, true));
    assert_eq!(outer.main.total - outer.main.in_withdrawals, outer.seed_shares);

    // The inner one is emptied, its shares are renewed, and the old ones redeem for their part of what is left, which is next to nothing.
    walk.world.traders_leave(STOCK);
    let keys = walk.world.pools[STOCK];
    let payer = walk.world.chain.payer;
    walk.world.send(build::renew_shares(payer, &keys, ShareClass::Main)).ok();
    conserved(&walk.world);
    // The outer pool goes on with the retired shares: what lies in its vault is still what its ledgers say.
    let state = walk.world.view(twins.outer);
    assert_eq!(state.vault, state.pool.main_vault_ledger().expect("a sum"));
}
