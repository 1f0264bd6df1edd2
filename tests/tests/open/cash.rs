//! Sales for cash: shields.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{OrderTerms, Trigger},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    trading,
    world::{DOLLAR, TENTH, TOKEN},
};

fn withdraw_all(world: &mut World) {
    world.withdraw("bob", CLASSIC, 1).ok();
    let spare = world.cash("bob", CLASSIC).unsigned_abs();
    world.withdraw("bob", CLASSIC, spare).ok();
}

fn sell(world: &mut World, id: evergreen_sdk::evergreen::state::SeriesId, markets: &[usize]) -> Option<String> {
    let feeds: Vec<_> = markets.iter().flat_map(|market| world.market(*market)).collect();
    let (keys, bob) = (world.pools[CLASSIC], world.account_key("bob", CLASSIC));
    world.send(build::close_for_cash(actor("keeper"), &keys, bob, id, &feeds)).failure
}

/// Whether a debtor's open commitment is a shield.
#[test]
fn held_a_commitment_shields_no_debtor() {
    let mut world = world(1_000, &[("bob", 500)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    world.trade("bob", CLASSIC, &legs(both, 8)).ok();
    step(&mut world, 100_000.0);
    withdraw_all(&mut world);
    world.pass(900);
    let commit = world.commit_instruction("bob", CLASSIC, &[(both[0], -TENTH)]);
    println!("commits {:?}", world.send(commit).failure);
    let before = world.cash("bob", CLASSIC);
    let sold = sell(&mut world, both[0], &[BTC]);
    println!("beside a commitment a sale for cash: {sold:?}, cash {before} -> {}", world.cash("bob", CLASSIC));
    assert!(sold.is_none());
}

/// What a stranger answers with for an order that only reduces.
#[test]
fn held_an_order_that_reduces_has_a_stake() {
    let mut world = world(1_000, &[("bob", 500), ("mallory", 10)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trade("bob", CLASSIC, &[(call, 8 * TENTH)]).ok();
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(call, -8 * TENTH)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: false, price: 101_000 * DOLLAR as u64 }),
        reduce_only: true,
        expires_at: world.chain.now() + 86_400,
        tip: 0,
    };
    let (keys, payer, bob) = (world.pools[CLASSIC], world.chain.payer, world.account_key("bob", CLASSIC));
    let number = world.account("bob", CLASSIC).next_order;
    println!(
        "placed {:?}",
        world.send(build::place_order(payer, actor("bob"), &keys, bob, number, terms, &world.markets())).failure
    );
    world.pass(10);
    let by = world.account_key("mallory", CLASSIC);
    let (had, their) = (world.cash("mallory", CLASSIC), world.cash("bob", CLASSIC));
    let feeds = world.market(BTC);
    println!(
        "committed {:?}",
        world.send(build::commit_order(actor("mallory"), &keys, bob, number, payer, Some(by), &feeds)).failure
    );
    println!("mallory's stake {:.4}", tokens(had - world.cash("mallory", CLASSIC)));
    assert!(world.cash("mallory", CLASSIC) < had);
    world.pass(60);
    let fill = build::fill_trade(&keys, bob, None, Some((number, payer)), &world.market(BTC));
    let done = world.send(fill);
    println!(
        "lapses {:?}: mallory {:+.4}, bob {:+.4}",
        done.failure,
        tokens(world.cash("mallory", CLASSIC) - had),
        tokens(world.cash("bob", CLASSIC) - their)
    );
    for e in done.events() {
        println!("  {e:?}");
    }
    let _ = TOKEN;
}
