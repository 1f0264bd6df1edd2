//! Governance: proposals and the timelock, what guardian and admin may tighten at once, pauses and roles.

mod bounds;
mod dust;
mod outdated;
mod pauses;
mod proposals;
mod release;
mod roles;
mod tightening;

use evergreen_sdk::evergreen::state::PoolParams;
use evergreen_tests::world::TENTH;
use evergreen_tests::{CLASSIC, World};

/// Returns the parameters of the classic pool with this edit.
pub fn edited(world: &World, edit: impl FnOnce(&mut PoolParams)) -> PoolParams {
    let mut params = world.view(CLASSIC).pool.params;
    edit(&mut params);
    params
}
