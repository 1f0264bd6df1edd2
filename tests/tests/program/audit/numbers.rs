//! Transfers that are sent twice, or by several devices of one owner at once.

use anchor_lang::{AccountDeserialize, solana_program::instruction::Instruction};
use anchor_spl::token_2022::spl_token_2022::error::TokenError;
use evergreen_sdk::{
    address,
    evergreen::{
        errors::EvergreenError,
        state::{Counter, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{CLASSIC, World, assert_error, chain::actor, world::TOKEN};

fn numbered(world: &World, who: &str, number: u64, transfer: Instruction) -> [Instruction; 2] {
    [build::take_number(world.chain.payer, actor(who), number), transfer]
}

fn next(world: &World, who: &str) -> u64 {
    let data = world.chain.data(&address::counter(&actor(who)));
    Counter::try_deserialize(&mut &data[..]).expect("a counter").next_number
}

/// A deposit, a withdrawal and requests of liquidity with a number happen once each: the same again, signed anew, moves nothing.
#[test]
fn audit_item_11_a_transfer_with_a_number_happens_once() {
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.fund("alice", CLASSIC, 100 * TOKEN);
    world.provide("alice", CLASSIC, ShareClass::Main, TOKEN).ok();
    let (keys, account, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), actor("alice"));
    let transfers = [
        build::deposit_margin(alice, &keys, account, 5 * TOKEN),
        build::withdraw_margin(alice, &keys, account, 3 * TOKEN, &[]),
    ];
    for (number, transfer) in (world.next_number("alice")..).zip(transfers) {
        world.send_all(&numbered(&world, "alice", number, transfer.clone())).ok();
        let before = world.snapshot();
        world.pass(1);
        let again = world.send_all(&numbered(&world, "alice", number, transfer));
        assert_error(&again, EvergreenError::WrongNumber);
        assert_eq!(world.snapshot().accounts, before.accounts, "transfer {number} moved something twice");
        assert_eq!(next(&world, "alice"), number + 1);
    }
    // A request has its number from the same counter. It stays taken when the request is over and claimed.
    let number = world.next_number("alice");
    let request = build::request_deposit(alice, &keys, ShareClass::Main, number, 2 * TOKEN, u64::MAX);
    world.send(request.clone()).ok();
    world.refused(request.clone(), EvergreenError::WrongNumber);
    world.pass_to(1);
    let execute = world.execute_deposit_instruction("alice", CLASSIC, number);
    world.send(execute).ok();
    let key = world.request_key("alice", CLASSIC, number);
    world.send(build::claim_liquidity(alice, &keys, ShareClass::Main, key)).ok();
    assert!(world.chain.account(&key).is_none());
    world.refused(request, EvergreenError::WrongNumber);
    // 10 + 5 - 3 tokens of cash.
    assert_eq!(world.cash("alice", CLASSIC), i64::try_from(12 * TOKEN).unwrap());
}

/// Of two devices that have read one number, one pays. A number that failed is still the next one, and nobody takes another's.
#[test]
fn audit_item_11_of_two_devices_one_pays() {
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.fund("alice", CLASSIC, 10 * TOKEN);
    let (keys, account, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), actor("alice"));
    let deposit = |tokens: u64| build::deposit_margin(alice, &keys, account, tokens * TOKEN);
    // More than the wallet holds: the number goes back with the rest of the transaction.
    assert_error(&world.send_all(&numbered(&world, "alice", 0, deposit(1_000))), TokenError::InsufficientFunds as u32);
    world.send_all(&numbered(&world, "alice", 0, deposit(4))).ok();
    let second = world.send_all(&numbered(&world, "alice", 0, deposit(5)));
    assert_error(&second, EvergreenError::WrongNumber);
    // A number ahead is no way to keep the owner from paying.
    assert_error(&world.send_all(&numbered(&world, "alice", 7, deposit(5))), EvergreenError::WrongNumber);
    world.send_all(&numbered(&world, "bob", 0, deposit(1))).ok();
    assert_eq!((next(&world, "alice"), next(&world, "bob")), (1, 1));
    let mut stolen = build::take_number(world.chain.payer, actor("mallory"), 1);
    stolen.accounts[2].pubkey = address::counter(&alice);
    let stolen = world.send_all(&[stolen]);
    assert_error(&stolen, anchor_lang::error::ErrorCode::ConstraintSeeds);
    assert_eq!(world.cash("alice", CLASSIC), i64::try_from(15 * TOKEN).unwrap());
}

/// Lamports at the address of a counter that does not exist yet keep nobody from the first number.
#[test]
fn audit_item_11_a_gift_to_the_address_of_a_counter_changes_nothing() {
    for lamports in [890_880, 1_000_000, 10_000_000] {
        let mut world = World::flat();
        let counter = address::counter(&actor("alice"));
        let payer = world.chain.payer;
        world.chain.give_lamports(&counter, lamports);
        let wrong = world.send(build::take_number(payer, actor("alice"), 1));
        assert_error(&wrong, EvergreenError::WrongNumber);
        world.send(build::take_number(payer, actor("alice"), 0)).ok();
        world.send(build::take_number(payer, actor("alice"), 1)).ok();
        assert_eq!(next(&world, "alice"), 2);
    }
}
