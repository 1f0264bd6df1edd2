//! Attempts to leave, each in a copy of the world.

use super::{PEOPLE, STOCK, Scene};
use evergreen_sdk::{
    evergreen::state::{LiquidityRequest, ShareClass},
    instruction as build,
};
use evergreen_tests::{DAY, World, chain::actor, trading};

/// Parts and days after which a queue counts as shut.
const MOST_PARTS: usize = 60;

/// Returns who can leave a scene as it is.
pub fn all(scene: &Scene, is_silent: bool) -> Vec<&'static str> {
    PEOPLE.into_iter().filter(|who| leaves(scene, who, is_silent)).collect()
}

fn leaves(scene: &Scene, who: &str, is_silent: bool) -> bool {
    let mut world = scene.world.clone();
    (world.checked, world.sampled) = (false, true);
    match who {
        "alice" | "bob" | "carol" => trader_leaves(&mut world, who, is_silent),
        "insurer" => provider_leaves(&mut world, who, ShareClass::Insurance, is_silent),
        _ => provider_leaves(&mut world, who, ShareClass::Main, is_silent),
    }
}

fn pass(world: &mut World, seconds: i64, is_silent: bool) {
    if is_silent {
        world.chain.pass(seconds);
    } else {
        world.pass(seconds);
    }
}

/// Closes what somebody holds and withdraws all cash.
fn trader_leaves(world: &mut World, who: &str, is_silent: bool) -> bool {
    let (keys, account) = (world.pools[STOCK], world.account_key(who, STOCK));
    let state = world.account(who, STOCK);
    let open: Vec<_> = state.positions.iter().filter(|p| p.points != 0).map(|p| (p.series(), -p.points)).collect();
    if !open.is_empty() {
        let commit = world.commit_instruction(who, STOCK, &open);
        if !world.send(commit).succeeded() {
            return false;
        }
        let delay = i64::from(world.view(STOCK).pool.params.fill_delay) + 1;
        pass(world, delay, is_silent);
        let fill = trading::fill(&world.chain, &keys, &account, &world.markets_to_fill(STOCK, &account));
        if !trading::as_trade(world.send(fill)).succeeded() {
            return false;
        }
    }
    let withdraw = build::withdraw_margin(actor(who), &keys, account, u64::MAX, &[]);
    world.send(withdraw).succeeded()
}

/// Requests the withdrawal of all shares, waits for the cooldown, and claims the first part that is paid.
fn provider_leaves(world: &mut World, who: &str, class: ShareClass, is_silent: bool) -> bool {
    let keys = world.pools[STOCK];
    world.chain.give_lamports(&actor(who), 10_000_000_000);
    let (number, id) = (world.view(STOCK).pool.shares(class).next_withdrawal, world.next_number(who));
    let shares = world.shares(who, STOCK, class);
    if !world.send(build::request_withdrawal(actor(who), &keys, class, id, shares, 1)).succeeded() {
        return false;
    }
    pass(world, 8 * DAY, is_silent);
    let request = world.withdrawal(STOCK, class, number);
    for _ in 0..MOST_PARTS {
        let second = LiquidityRequest::grid_time(world.chain.now()) + 61 - world.chain.now();
        pass(world, second, is_silent);
        let first = world.view(STOCK).pool.shares(class).first_withdrawal;
        let execute = world.execute_instruction(STOCK, class, first);
        let paid = world.send(execute).succeeded();
        if paid && first == number {
            let mut claim = build::claim_liquidity(actor(who), &keys, class, request);
            // Whoever it is due to signs, so that a transfer fee is theirs to bear.
            for meta in claim.accounts.iter_mut().filter(|meta| meta.pubkey == actor(who)) {
                meta.is_signer = true;
            }
            return world.send(claim).succeeded();
        }
        // The limit of a day is used up, or there is no price.
        if !paid {
            pass(world, DAY, is_silent);
        }
    }
    false
}
