//! What is left of an account that was closed when it is opened again.

use super::scene::*;
use evergreen_sdk::{
    anchor_lang::error::ErrorCode,
    evergreen::{OptionLeg, errors::EvergreenError, state::OrderTerms},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Alice names a delegate and places orders, while which her account is not closed. Opened again at an address with lamports it has neither.
#[test]
fn held_reopened_accounts_have_no_delegate_and_no_orders() {
    let mut world = world(1_000, &[("alice", 50), ("keeper", 10)]);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.send(build::set_delegate(actor("alice"), key, Some(actor("mallory")), TOKEN)).ok();
    let terms = |world: &evergreen_tests::World| OrderTerms {
        legs: vec![OptionLeg {
            option: world.view(CLASSIC).registry.option(call).expect("an option"),
            points: TENTH / 10,
        }],
        min_net: -(TOKEN as i64),
        trigger: None,
        expires_at: world.chain.now() + 80 * 86_400,
        tip: 0,
        reduce_only: false,
    };
    for number in 0..2 {
        let place = build::place_order(actor("vera"), actor("alice"), &keys, key, number, terms(&world), &[]);
        world.chain.give_lamports(&actor("vera"), 10_000_000_000);
        world.send(place).ok();
    }
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    let close = build::close_margin_account(actor("alice"), &keys, key);
    for number in 0..2 {
        world.refused(close.clone(), EvergreenError::AccountNotEmpty);
        world.send(build::cancel_order(actor("alice"), &keys, key, number, actor("vera"))).ok();
    }
    world.send(close).ok();
    world.chain.give_lamports(&key, 1_000_000);
    world.trader("alice", CLASSIC, 20 * TOKEN);
    let account = world.account("alice", CLASSIC);
    assert!(account.delegate == Default::default() && account.allowance == 0);
    for number in 0..2 {
        let commit = build::commit_order(actor("keeper"), &keys, key, number, actor("vera"), None, &world.market(BTC));
        let sent = world.send(commit);
        assert_error(&sent, ErrorCode::AccountNotInitialized);
    }
}
