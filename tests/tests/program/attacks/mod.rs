//! Attacks on the compiled program. Each is refused with the exact error and changes nothing, or it costs exactly what the rules
//! say.

mod accounts;
mod economics;
mod liquidations;
mod money;
mod prices;
mod providers;
mod rounding;
mod service;
mod tokens;

use evergreen_math::margin::HealthLevel;
use evergreen_sdk::evergreen::state::ShareClass;
use evergreen_tests::world::TENTH;
use evergreen_tests::{CLASSIC, DAY, World};

/// Withdraws as much of somebody's cash as initial and maintenance health allow.
pub fn withdraw_spare(world: &mut World, who: &str, pool: usize) {
    let key = world.account_key(who, pool);
    let spare = world.valued(pool, |view, markets| {
        let account = &view.accounts[&key];
        markets.health(account, HealthLevel::Initial).min(markets.health(account, HealthLevel::Maintenance))
    });
    world.withdraw(who, pool, spare as u64).ok();
}

/// Returns what somebody's margin account is worth at the mark, in native units.
pub fn equity(world: &World, who: &str) -> i64 {
    let key = world.account_key(who, CLASSIC);
    world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key]))
}

/// Withdraws all shares of a provider, however many days that takes, and returns what was paid, in native units.
fn leave(world: &mut World, who: &str, class: ShareClass) -> u64 {
    let before = world.wallet(who, CLASSIC);
    let shares = world.shares(who, CLASSIC, class);
    let number = world.request(who, CLASSIC, class, shares);
    let cooldown = world.view(CLASSIC).pool.cooldown(class);
    world.pass(cooldown);
    while world.view(CLASSIC).withdrawals_of(class).any(|t| t.number == number && t.shares > 0) {
        world.execute(CLASSIC, class, number).ok();
        world.pass(DAY);
    }
    world.claim(who, CLASSIC, class, number).ok();
    world.wallet(who, CLASSIC) - before
}
