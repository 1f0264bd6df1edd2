//! What is missing in one vault, and who is paid out of the other, or pays into it, before it is assigned.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, instruction as build};
use evergreen_tests::{
    BTC, DAY, STOCK, Setup, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

/// Calls that bob has written end at their cap, and insurance covers what bob cannot pay, so the provider's withdrawal has all of the main class set aside. Returns the world and the request.
fn covered() -> (World, Pubkey) {
    let mut setup = Setup::flat();
    (setup.liquidity, setup.insurance) = (1_000 * TOKEN, 100 * TOKEN);
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    let call = world.list(STOCK, BTC, false, 110_000);
    for who in ["alice", "bob"] {
        world.trader(who, STOCK, 150 * TOKEN);
    }
    world.trade("alice", STOCK, &[(call, 17 * TENTH)]).ok();
    world.trade("bob", STOCK, &[(call, -17 * TENTH)]).ok();
    let (keys, key) = (world.pools[STOCK], world.account_key("bob", STOCK));
    let spare = world.valued(STOCK, |view, markets| {
        let bob = &view.accounts[&key];
        markets.health(bob, HealthLevel::Initial).min(markets.health(bob, HealthLevel::Maintenance))
    });
    world.withdraw("bob", STOCK, spare as u64).ok();
    world.set_price(BTC, 133_000);
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    for who in ["alice", "bob"] {
        world.send(build::settle_positions(&keys, world.account_key(who, STOCK))).ok();
    }
    let number = world.request("lp", STOCK, MAIN, world.shares("lp", STOCK, MAIN));
    for _ in 0..60 {
        world.pass(DAY);
        let _ = world.execute(STOCK, MAIN, number);
    }
    let request = world.view(STOCK).withdrawals.keys().next().copied().expect("theirs");
    (world, request)
}

/// The insurance vault is emptied; the provider claims, or a newcomer pays margin in, before anybody assigns the loss, or after. Returns what provider, alice and newcomer have in the end, where nobody assigns before they act.
fn rushed(rush: bool) -> [f64; 3] {
    let (mut world, request) = covered();
    let keys = world.pools[STOCK];
    let open = build::open_margin_account(world.chain.payer, actor("newcomer"), &keys, 0, None);
    world.send(open).ok();
    world.fund("newcomer", STOCK, 500 * TOKEN);
    let pool = world.view(STOCK).pool;
    world.seize(STOCK, keys.insurance_vault, pool.insurance_cash, Seizure::Burn);
    if !rush {
        world.sync(STOCK).ok();
    }
    let claim = build::claim_liquidity(actor("lp"), &keys, MAIN, request);
    let claimed = world.send(claim.clone());
    let paid_in = world.deposit("newcomer", STOCK, 500 * TOKEN);
    println!("rush {rush}: claimed {:?}, paid in {:?}", claimed.failure, paid_in.failure);
    world.sync(STOCK).ok();
    if !claimed.succeeded() {
        world.send(claim).ok();
    }
    let lp = world.wallet("lp", STOCK) as i64;
    let [alice, newcomer] = ["alice", "newcomer"].map(|who| world.cash_left(who, STOCK));
    let newcomer = newcomer + world.wallet("newcomer", STOCK) as i64;
    println!("  provider {:.3}, alice {:.3}, newcomer {:.3}", tokens(lp), tokens(alice), tokens(newcomer));
    [lp, alice, newcomer].map(tokens)
}

/// Nobody is paid out of one vault, or pays into it, before what is missing in the other is assigned. Before, a provider who claimed first was paid 1,000.34 tokens instead of 956.67, and a newcomer paid for 36 of them.
#[test]
fn audit_either_nobody_is_ahead_of_a_loss_of_the_other_vault() {
    let (rushed, fair) = (rushed(true), rushed(false));
    assert_eq!(rushed, fair, "provider, alice and newcomer");
}
