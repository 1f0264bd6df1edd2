//! A series that many accounts hold a point of.

use super::scene::*;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction,
    evergreen::{
        errors::EvergreenError,
        state::{MAX_SERIES, NoticeCause, SeriesId, SeriesSpec},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::{actor, transaction_size},
    world::TOKEN,
};

const SLOT: NoticeCause = NoticeCause::Slot;

fn noticed(world: &World, series: &[SeriesId]) -> Vec<SeriesId> {
    let gives_way = |id: &&SeriesId| world.chain.simulate(&[world.notice_instruction(CLASSIC, **id, SLOT)]).succeeded();
    series.iter().filter(gives_way).copied().collect()
}

fn closing(world: &World, who: &str, id: SeriesId, moment: i64) -> Instruction {
    let (keys, key) = (world.pools[CLASSIC], world.account_key(who, CLASSIC));
    build::close_for_place(actor("keeper"), &keys, key, (id, SLOT), &world.markets_after(moment))
}

/// All slots are held by points. The series that pays least is held by many accounts, and it alone is given notice, for a slot is free when all of them are closed. They are closed one by one, and those
/// that have been would commit again while the others are still being closed.
#[test]
fn audit_dusty_a_series_that_many_hold_a_point_of_gives_its_slot_up() {
    const MANY: usize = 60;
    /// What keepers close within the half-minute.
    const CLOSED: usize = 59;
    let mut world = world(1_000, &[]);
    (world.checked, world.sampled) = (false, true);
    let far = world.list_tenor(CLASSIC, BTC, false, 149_000, 1);
    let mut series: Vec<_> = (1..MAX_SERIES)
        .map(|p| world.list_tenor(CLASSIC, BTC, p % 2 == 0, 85_000 + 1_000 * (p as u64 / 2), 30))
        .collect();
    for (number, group) in series.chunks(12).enumerate() {
        let who = format!("mallory {number}");
        world.trader(&who, CLASSIC, 10 * TOKEN);
        for legs in group.chunks(4) {
            world.trade(&who, CLASSIC, &legs.iter().map(|id| (*id, 20_000)).collect::<Vec<_>>()).ok();
        }
    }
    let names: Vec<String> = (0..MANY).map(|n| format!("dust {n}")).collect();
    let lamports = |world: &World| world.chain.account(&world.chain.payer).expect("the payer").lamports;
    let before = lamports(&world);
    for who in &names {
        world.trader(who, CLASSIC, TOKEN / 1_000);
        world.trade(who, CLASSIC, &[(far, 1)]).ok();
    }
    let rent = world.chain.account(&world.account_key(&names[0], CLASSIC)).expect("an account").lamports;
    let cost: i64 = names.iter().map(|who| TOKEN as i64 / 1_000 - world.cash(who, CLASSIC)).sum();
    println!(
        "{MANY} accounts cost {cost} native units, and {} lamports, of which {} are rents",
        before - lamports(&world),
        rent * MANY as u64
    );
    series.insert(0, far);
    step(&mut world, 100_000.0);
    let wanted = build::list_series(
        &world.pools[CLASSIC],
        &world.feeds[BTC].accounts,
        SeriesSpec { put: false, strike: 98_000, tenor: 86_400 },
    );
    let mut rounds = 0;
    for round in 0..4 {
        world.refused(wanted.clone(), EvergreenError::RegistryFull);
        let given = noticed(&world, &series);
        println!(
            "round {round}: notice can be given of {} series, the first of them is the dusty one: {}",
            given.len(),
            given.first() == Some(&far)
        );
        if given.is_empty() {
            break;
        }
        let moment = world.give_notice(CLASSIC, given[0], SLOT);
        world.pass(601);
        for sample in world.due_samples() {
            world.chain.send(&[sample]);
        }
        let held: Vec<&String> = names.iter().filter(|who| world.account(who, CLASSIC).find(far).is_some()).collect();
        if round == 0 {
            // How many fit into a transaction, and what they cost.
            let mut all = Vec::new();
            for who in &held {
                all.push(closing(&world, who, far, moment));
                if transaction_size(&all, world.chain.payer) > 1_232 {
                    all.pop();
                    break;
                }
            }
            let done = world.chain.simulate(&all);
            println!("  {} closings fill a transaction, {} units, {:?}", all.len(), done.units(), done.failure);
        }
        for who in held.iter().take(CLOSED) {
            let close = closing(&world, who, far, moment);
            world.send(close).ok();
        }
        rounds += 1;
        if held.len() <= CLOSED {
            world.send(build::retire_series(&world.pools[CLASSIC], far)).ok();
            world.send(wanted.clone()).ok();
            break;
        }
        // The series lives, and who was closed commits at once: that is refused until the notice is over, and then notice is given again.
        for who in held.iter().take(CLOSED) {
            let again = world.commit_within(who, CLASSIC, &[(far, 1)], -(TOKEN as i64) / 2_000);
            world.refused(again, EvergreenError::RentTooLow);
        }
        world.pass(40);
    }
    let spent: i64 = names.iter().map(|who| TOKEN as i64 / 1_000 - world.cash(who, CLASSIC)).sum();
    println!(
        "after {rounds} rounds in which all but one were closed no slot is free; it has cost {} native units a round",
        (spent - cost) / rounds
    );
    assert_eq!(rounds, 2, "who is closed for a slot takes it again before it is free");
}
