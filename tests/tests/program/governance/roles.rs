//! Roles: what each may do, and how it is handed over.

use super::edited;
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Action, Change, Proposal},
    },
    instruction::{self as build, ChangeAccounts, PoolKeys},
    presets,
};
use evergreen_tests::{CLASSIC, DAY, World, chain::actor};

#[test]
fn a66_only_the_admin_proposes() {
    let mut world = World::flat();
    let (payer, pool) = (world.chain.payer, world.of_pool(CLASSIC));
    let change = Change::PoolParams(edited(&world, |p| p.fee_open_bps = 6));
    for who in ["guardian", "mallory", "fees", "upgrade authority"] {
        world.refused(build::propose(payer, actor(who), 0, change, &pool), EvergreenError::Unauthorized);
    }
    let mut unsigned = build::propose(payer, actor("admin"), 0, change, &pool);
    unsigned.accounts[1].is_signer = false;
    world.refused(unsigned, ErrorCode::AccountNotSigner);
    // A proposal must have the protocol's next number.
    for id in [1, u64::MAX] {
        world.refused(build::propose(payer, actor("admin"), id, change, &pool), EvergreenError::WrongNumber);
    }
    // a64: lamports sent to the next proposal's address do not prevent it.
    world.chain.give_lamports(&address::proposal(0), 1_000_000);
    world.propose(change, &pool);
}

#[test]
fn a66_the_admin_is_handed_over_in_two_steps() {
    // SETUP
    let mut world = World::flat();
    let protocol = ChangeAccounts::protocol();
    for who in ["admin", "guardian", "new admin", "mallory"] {
        world.refused(build::accept_admin(actor(who)), EvergreenError::Unauthorized);
    }
    world.refused(build::accept_admin(Pubkey::default()), EvergreenError::Unauthorized);
    let id = world.propose(Change::Admin(actor("new admin")), &protocol);
    world.refused(build::accept_admin(actor("new admin")), EvergreenError::Unauthorized);
    world.pass_until_ready();
    world.execute_proposal(id, &protocol).ok();

    // TEST: the new admin is pending and has no rights yet.
    assert_eq!((world.protocol().admin, world.protocol().pending_admin), (actor("admin"), actor("new admin")));
    let change = Change::FeeOwner(actor("new fees"));
    let by = |who, id| build::propose(actor("payer"), actor(who), id, change, &protocol);
    world.refused(by("new admin", 1), EvergreenError::Unauthorized);
    for who in ["admin", "guardian", "mallory"] {
        world.refused(build::accept_admin(actor(who)), EvergreenError::Unauthorized);
    }
    let mut unsigned = build::accept_admin(actor("new admin"));
    unsigned.accounts[0].is_signer = false;
    world.refused(unsigned, ErrorCode::AccountNotSigner);
    let accepted = world.send(build::accept_admin(actor("new admin"))).ok();
    let found = accepted.event(|event| match event {
        Event::AdminAccepted(e) => Some((e.admin, e.config_version)),
        _ => None,
    });
    assert_eq!(found, (actor("new admin"), 2));

    // The new admin has accepted, and the old one has lost its rights.
    assert_eq!((world.protocol().admin, world.protocol().pending_admin), (actor("new admin"), Pubkey::default()));
    world.chain.pass(1);
    world.refused(build::accept_admin(actor("new admin")), EvergreenError::Unauthorized);
    world.refused(build::accept_admin(Pubkey::default()), EvergreenError::Unauthorized);
    world.refused(by("admin", 1), EvergreenError::Unauthorized);
    world.refused(build::set_pause(actor("admin"), Action::List, 60), EvergreenError::Unauthorized);
    let mint = world.chain.create_classic_mint("fresh", 8);
    let keys = PoolKeys::new(mint.address, mint.program);
    let listed = world.of_pool(CLASSIC).others;
    let create = |by| build::create_pool(actor("payer"), actor(by), &keys, 3, presets::pool_params(), &listed);
    world.refused(create("admin"), EvergreenError::Unauthorized);
    world.send(create("new admin")).ok();
    world.send(by("new admin", 1)).ok();
}

#[test]
fn a66_a_pending_admin_is_replaced_by_the_next_proposal() {
    let mut world = World::flat();
    let protocol = ChangeAccounts::protocol();
    world.enact(Change::Admin(actor("wrong key")), &protocol);
    world.enact(Change::Admin(actor("admin")), &protocol);
    world.refused(build::accept_admin(actor("wrong key")), EvergreenError::Unauthorized);
    world.send(build::accept_admin(actor("admin"))).ok();
    assert_eq!(world.protocol().admin, actor("admin"));
}

#[test]
fn guardian_and_fee_owner_change_hands() {
    let mut world = World::flat();
    let (protocol, key) = (ChangeAccounts::protocol(), world.pools[CLASSIC].pool);
    world.enact(Change::Guardian(actor("new guardian")), &protocol);
    world.refused(build::halt_pool(actor("guardian"), key), EvergreenError::Unauthorized);
    world.refused(build::set_pause(actor("guardian"), Action::List, 60), EvergreenError::Unauthorized);
    world.send(build::halt_pool(actor("new guardian"), key)).ok();
    world.enact(Change::FeeOwner(actor("new fees")), &protocol);
    world.fund("fees", CLASSIC, 1);
    let keys = world.pools[CLASSIC];
    let collect = build::collect_fees(&keys, keys.wallet(&actor("fees")));
    world.refused(collect, EvergreenError::Unauthorized);
}

#[test]
fn a66_a_shorter_timelock_waits_for_the_longer_one() {
    let mut world = World::flat();
    let (protocol, payer, pool) = (ChangeAccounts::protocol(), world.chain.payer, world.of_pool(CLASSIC));
    world.enact(Change::Timelock(30 * 86_400), &protocol).ok();
    let before = world.propose(Change::PoolParams(edited(&world, |p| p.fee_open_bps = 6)), &pool);
    let shorter = world.propose(Change::Timelock(86_400), &protocol);
    world.pass(30 * DAY - 1);
    world.refused(build::execute_proposal(shorter, payer, &protocol), EvergreenError::ProposalTooEarly);
    world.pass(1);
    world.execute_proposal(shorter, &protocol).ok();
    // An earlier proposal keeps the timelock with which it was made, and every one of a pool leaves time to leave.
    world.pass(3 * DAY - Proposal::NOTICE - 1);
    world.refused(build::execute_proposal(before, payer, &pool), EvergreenError::ProposalTooEarly);
    world.pass(1);
    world.execute_proposal(before, &pool).ok();
    let after = world.propose(Change::PoolParams(edited(&world, |p| p.fee_open_bps = 7)), &pool);
    world.pass(10 * DAY - 1);
    world.refused(build::execute_proposal(after, payer, &pool), EvergreenError::ProposalTooEarly);
    world.pass(1);
    world.execute_proposal(after, &pool).ok();
}
