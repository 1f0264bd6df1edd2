//! A registry of sixty-four options in the money, the dearest there is, of which many points of funding wait.

use super::Bench;
use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
use evergreen_tests::{BTC, World, chain::actor, world::TOKEN};

/// Records what a part of the points takes, of which as many as are kept wait, and what values the registry afterwards, when one more has come.
pub(super) fn in_the_money(bench: &mut Bench) {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    let shares = world.shares("victim", pool, ShareClass::Main);
    let number = world.request("victim", pool, ShareClass::Main, shares / 2);
    world.sample_half_hours(60);
    let mut most = 0;
    for part in world.client_view(pool).accruals() {
        most = most.max(world.chain.send(&[part]).ok().units());
    }
    bench.put("accrue_funding", "sixty-four in the money, five points, the largest part", most);
    world.sample_half_hours(1);
    let refreshed = world.chain.simulate(&[build::refresh_pool(&keys, &world.market(BTC))]);
    bench.record("refresh_pool", "sixty-four in the money, one point", &refreshed.ok());
    world.fund("vera", pool, TOKEN);
    world.chain.create_token_account(&actor("vera"), &keys.share_mint(ShareClass::Main), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    let id = world.next_number("vera");
    world.chain.send(&[build::request_deposit(actor("vera"), &keys, ShareClass::Main, id, TOKEN, 0)]).ok();
    let minute = world.request_in("vera", pool, ShareClass::Main, id).minute;
    world.pass(minute - world.chain.now());
    world.pass_to(1);
    let execute = world.execute_deposit_in("vera", pool, ShareClass::Main, id);
    bench.record("execute_deposit", "sixty-four in the money, one point", &world.chain.simulate(&[execute]).ok());
    let execute = world.execute_instruction(pool, ShareClass::Main, number);
    bench.record(
        "execute_withdrawal",
        "main, sixty-four in the money, one point",
        &world.chain.simulate(&[execute]).ok(),
    );
}
