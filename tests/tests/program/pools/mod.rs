//! Pools of strangers: creation, the powers of their curators, users who leave in time, several pools of one mint, shares as margin.

mod bounds;
pub mod buyback;
mod creating;
mod curators;
mod markups;
mod nested;
mod nested_week;
mod private;

use evergreen_sdk::{
    evergreen::state::{Change, PoolParams, Proposal, ShareClass},
    instruction::{self as build, ChangeAccounts},
    presets,
};
use evergreen_tests::{CLASSIC, Outcome, World, chain::actor, world::TOKEN};

/// Parameters with a curator's share.
pub fn curated_params() -> PoolParams {
    PoolParams { curator_bps: 2_000, growth_limit_bps: 10_000, ..presets::pool_params() }
}

/// As [`with_pool_on`], on the classic mint.
pub fn with_pool() -> (World, usize) {
    with_pool_on(CLASSIC)
}

/// A world with a public pool of carol on the mint of another pool, into which she has deposited 1,000 tokens and the insurer as many, and the place of that pool.
pub fn with_pool_on(like: usize) -> (World, usize) {
    let mut world = World::flat();
    let pool = world.add_curated_pool("carol", like, (false, TOKEN), curated_params());
    world.provide("carol", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 1_000 * TOKEN).ok();
    (world, pool)
}

/// Proposes a change of a curated pool by somebody.
pub fn propose(world: &mut World, who: &str, pool: usize, change: Change) -> Outcome {
    let (changed, id) = (accounts_of(world, pool, &change), world.view(pool).pool.next_proposal);
    world.send(build::propose(world.chain.payer, actor(who), id, change, &changed))
}

/// Announces and executes proposal `id` of a curated pool; where the announcement fails, returns its outcome.
pub fn execute(world: &mut World, pool: usize, id: u64, change: &Change) -> Outcome {
    let changed = accounts_of(world, pool, change);
    let execute = build::execute_proposal(id, world.chain.payer, &changed);
    let announced = world.send(execute.clone());
    if !announced.succeeded() {
        return announced;
    }
    world.pass(Proposal::NOTICE);
    world.send(execute)
}

fn accounts_of(world: &World, pool: usize, change: &Change) -> ChangeAccounts {
    let changed = world.of_curated(pool);
    if matches!(change, Change::PoolParams(_)) { changed } else { ChangeAccounts { others: Vec::new(), ..changed } }
}
