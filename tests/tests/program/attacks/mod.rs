//! The attacker's moves, each made on the compiled program: refused with the exact error and nothing changed, or with the
//! exact loss by rule.

mod accounts;
mod economics;
mod money;
mod prices;
mod service;
mod tokens;

use evergreen_math::margin::HealthLevel;
use evergreen_tests::World;

/// 0.1 BTC on a 300-dollar stock.
const TENTH: i64 = 33_333_333;

/// Withdraws all that somebody's health lets go.
fn withdraw_spare(world: &mut World, who: &str, pool: usize) {
    let key = world.account_key(who, pool);
    let spare = world.valued(pool, |view, markets| {
        let account = &view.accounts[&key];
        markets.health(account, HealthLevel::Initial).min(markets.health(account, HealthLevel::Maintenance))
    });
    world.withdraw(who, pool, spare as u64).ok();
}
