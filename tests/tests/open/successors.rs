//! A curator who has been replaced.

use super::scene::*;
use anchor_spl::{
    token::spl_token::{self, instruction::AuthorityType},
    token_2022::spl_token_2022::{
        self, ID as TOKEN_2022,
        extension::{ExtensionType, memo_transfer},
    },
};
use evergreen_sdk::{
    evergreen::errors::EvergreenError,
    evergreen::state::{Change, PoolParams, Proposal, ShareClass},
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

fn propose_and_name(world: &mut World, by: &str, pool: usize, next: &str) {
    let change = Change::Curator(actor(next));
    let accounts = ChangeAccounts { others: Vec::new(), ..world.of_curated(pool) };
    let id = world.view(pool).pool.next_proposal;
    world.send(build::propose(world.chain.payer, actor(by), id, change, &accounts)).ok();
    world.pass(10 * DAY);
    let execute = build::execute_proposal(id, world.chain.payer, &accounts);
    world.send(execute.clone()).ok();
    world.pass(Proposal::NOTICE);
    world.send(execute).ok();
}

/// A world with carol's pool on a mint, in which erin trades; carol is replaced by dora, and makes her associated account one that takes nothing, for as long as `shut` and until `opened`. Returns the fees that were
/// carol's at the handover, and what she was paid in the end.
fn replaced(like: usize, shut: impl Fn(&mut World, usize), opened: impl Fn(&mut World, usize)) -> (u64, u64) {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let params = PoolParams { curator_bps: 3_000, ..roomy() };
    let pool = world.add_curated_pool("carol", like, (false, TOKEN), params);
    world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 100 * TOKEN).ok();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("erin", pool, 200 * TOKEN);
    let trade = |world: &mut World| {
        for sign in [1, -1] {
            world.trade("erin", pool, &[(call, sign * 10 * TENTH)]).ok();
        }
    };
    trade(&mut world);
    propose_and_name(&mut world, "carol", pool, "dora");
    for who in ["carol", "dora"] {
        world.fund(who, pool, 1);
    }
    let keys = world.pools[pool];
    let wallet = keys.wallet(&actor("carol"));
    shut(&mut world, pool);
    let collect = |who| build::collect_curator_fees(&keys, keys.wallet(&actor(who)));
    // Dora does all that she is told to: she collects for carol in the transaction that accepts.
    let both = [build::accept_curator(actor("dora"), keys.pool), collect("carol")];
    println!("accepted and collected for her: {:?}", world.send_all(&both).failure);
    world.send(both[0].clone()).ok();
    let hers = world.view(pool).pool.curator_due;
    let mut refused = 0;
    for _ in 0..5 {
        trade(&mut world);
        world.pass(DAY);
        world.send(collect("dora")).ok();
        refused += u32::from(!world.send(collect("carol")).succeeded());
    }
    let (due, before) = (world.view(pool).pool.curator_due, world.chain.balance(&wallet));
    opened(&mut world, pool);
    world.send(collect("carol")).ok();
    let got = world.chain.balance(&wallet) - before;
    println!(
        "{refused} of 5 collections were refused; {hers} were carol's at the handover, {due} are due five days later, she was paid {got}"
    );
    (hers, got)
}

/// A former curator is paid to their associated token account, and makes it one that takes nothing: in a classic token it becomes somebody else's, and nobody makes another one at its address; in the other one it
/// asks for a memo, which nobody adds within the program. What is due to them waits, and their successor's fees are their successor's.
#[test]
fn audit_successors_a_former_curator_keeps_his_own_fees_alone() {
    let give = |from: &'static str, to: &'static str| {
        move |world: &mut World, pool: usize| {
            let (wallet, kind) = (world.pools[pool].wallet(&actor("carol")), AuthorityType::AccountOwner);
            let (from, to) = (actor(from), actor(to));
            let give = spl_token::instruction::set_authority(&spl_token::ID, &wallet, Some(&to), kind, &from, &[]);
            world.send(give.expect("an instruction")).ok();
        }
    };
    let classic = replaced(CLASSIC, give("carol", "her other key"), give("her other key", "carol"));
    let memo = |on: bool| {
        move |world: &mut World, pool: usize| {
            let (carol, wallet) = (actor("carol"), world.pools[pool].wallet(&actor("carol")));
            let change = if on {
                let memo = &[ExtensionType::MemoTransfer];
                let grow = spl_token_2022::instruction::reallocate(
                    &TOKEN_2022,
                    &wallet,
                    &world.chain.payer,
                    &carol,
                    &[],
                    memo,
                );
                world.send(grow.expect("an instruction")).ok();
                memo_transfer::instruction::enable_required_transfer_memos(&TOKEN_2022, &wallet, &carol, &[])
            } else {
                memo_transfer::instruction::disable_required_transfer_memos(&TOKEN_2022, &wallet, &carol, &[])
            };
            world.send(change.expect("an instruction")).ok();
        }
    };
    let stock = replaced(STOCK, memo(true), memo(false));
    for (hers, got) in [classic, stock] {
        assert!(hers > 0 && got == hers, "carol was paid {got} of {hers}");
    }
}

/// What a former curator has not collected when their successor is replaced in turn is the protocol's, so that no chain of successors needs more than one place. Fees of the protocol are its fee owner's, whoever that is by then.
#[test]
fn audit_successors_what_a_former_curator_leaves_is_the_protocols() {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let params = PoolParams { curator_bps: 3_000, ..roomy() };
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("erin", pool, 200 * TOKEN);
    for who in ["carol", "dora"] {
        world.fund(who, pool, 1);
    }
    let keys = world.pools[pool];
    let hand_over = |world: &mut World, from: &str, to: &str| {
        for sign in [1, -1] {
            world.trade("erin", pool, &[(call, sign * 10 * TENTH)]).ok();
        }
        propose_and_name(world, from, pool, to);
        world.send(build::accept_curator(actor(to), keys.pool)).ok();
        world.view(pool).pool
    };
    let collect = |who| build::collect_curator_fees(&keys, keys.wallet(&actor(who)));
    let first = hand_over(&mut world, "carol", "dora");
    assert!(first.former_due > 0 && first.former_due == first.curator_due);
    let second = hand_over(&mut world, "dora", "erin");
    assert!(second.fees_due > first.fees_due + first.former_due, "and the fees of the trades");
    assert_eq!((second.former_curator, second.former_due), (actor("dora"), second.curator_due));
    world.refused(collect("carol"), EvergreenError::Unauthorized);
    world.send(collect("dora")).ok();
    assert_eq!(world.wallet("dora", pool), 1 + second.former_due);
    assert_eq!(world.view(pool).pool.curator_due, 0);
}
