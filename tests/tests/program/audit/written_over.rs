//! A kept price that somebody has written over: anybody can put a later price where the first one after a moment is kept, and it is written over in a minute anyway. Before, nobody could
//! end a commitment for ten minutes then, and a deposit paid for a lapse that nobody could have prevented.

use super::liquidity::returned;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        oracle::KNOWN_FOR,
        state::{CancelReason, ReturnReason, SeriesId, ShareClass},
    },
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Outcome, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Seconds after which the price is published that is written over others.
const LATER: i64 = 5;

/// The moment after which the first price fills alice's commitment.
fn moment(world: &World) -> i64 {
    let commitment = world.account("alice", CLASSIC).commitment;
    commitment.committed_at + i64::from(commitment.fill_delay)
}

/// Alice holds calls and commits a trade of this size in them; five seconds later the only price is one of then, at an address of its own, which is returned.
fn scene(points: i64) -> (World, SeriesId, PriceFeed) {
    let mut world = World::new(Setup::slow());
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    world.trader("alice", CLASSIC, 300 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.pass(120);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, points)]);
    world.send(commit).ok();
    for _ in 0..LATER {
        world.pass(1);
    }
    let feed = world.feeds[BTC].clone();
    let key = actor("kept");
    assert!(feed.price.publish_time > moment(&world) + 1);
    world.chain.write(key, feed.owner, world.chain.account(&feed.accounts.price).expect("a price").data);
    (world, call, PriceFeed { price: key, ..feed.accounts })
}

fn fill(world: &mut World, feed: PriceFeed) -> Outcome {
    let key = world.account_key("alice", CLASSIC);
    world.send(build::fill_trade(&world.pools[CLASSIC], key, None, None, &[feed]))
}

fn ended(outcome: &Outcome) -> (CancelReason, u64, u64) {
    outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some((e.reason, e.fee, e.arrears)) } else { None })
}

#[test]
fn audit_written_over_a_commitment_ends_by_a_later_price() {
    for points in [20 * TENTH, -20 * TENTH] {
        let (mut world, call, later) = scene(points);
        let published = world.chain.now();
        // Within the window, and until the first price has been known for half a minute, whoever has it can show it.
        for _ in 0..KNOWN_FOR - 1 {
            world.chain.pass(1);
            assert_error(&fill(&mut world.clone(), later), EvergreenError::PriceNotFirst);
        }
        world.chain.pass(1);
        assert_eq!(world.chain.now(), published + KNOWN_FOR);
        // A later one proves less, and the first one does what it did.
        world.set_price(BTC, 101_000);
        let newest = world.feeds[BTC].accounts;
        assert_error(&fill(&mut world.clone(), newest), EvergreenError::PriceNotFirst);
        let first = world.first_after(BTC, moment(&world)).expect("it is kept");
        let (reason, by_first, _) = ended(&fill(&mut world.clone(), first).ok());
        assert_eq!(reason, CancelReason::Lapsed);
        let bond = world.account("alice", CLASSIC).commitment.bond;

        // TEST: it ends for twice the fee of its trade, whatever that price says, and alice is free.
        let (reason, fee, arrears) = ended(&fill(&mut world, later).ok());
        println!("{points}: {by_first} by the first price, {fee} by a later one, bond {bond}");
        assert_eq!((reason, arrears), (CancelReason::Lapsed, 0));
        assert!(fee >= by_first && fee > 0, "{fee} by a later price, {by_first} by the first");
        assert!(points < 0 || fee == bond, "{fee} of a bond of {bond}");
        world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
        assert!(world.account("alice", CLASSIC).is_flat());
    }
}

#[test]
fn audit_written_over_a_later_price_decides_nothing_else() {
    // A price from before the commitment proves nothing, and neither does one of another feed.
    let (mut world, _, later) = scene(20 * TENTH);
    world.chain.pass(KNOWN_FOR);
    let before = moment(&world);
    let edited = |world: &mut World, edit: &dyn Fn(&mut evergreen_sdk::testing::pyth::Price)| {
        let mut feed = world.feeds[BTC].clone();
        edit(&mut feed.price);
        world.chain.write(later.price, feed.owner, feed.encode(world.chain.slot()));
    };
    let mut at = world.clone();
    edited(&mut at, &|price| (price.publish_time, price.prev_publish_time) = (before, before - 1));
    assert_error(&fill(&mut at, later), EvergreenError::PriceNotFirst);
    // One that is far from its average needs no other one beside it.
    edited(&mut world, &|price| {
        (price.publish_time, price.prev_publish_time) = (before + 2, before + 1);
        price.ema_price = price.price / 2;
    });
    assert_eq!(ended(&fill(&mut world, later).ok()).0, CancelReason::Lapsed);
}

/// A deposit of 9,000 tokens whose minute follows a half-hour, whose kept price is written over. Returns the world after its time, and its execution.
fn deposit() -> (World, anchor_lang::solana_program::instruction::Instruction, i64) {
    let mut world = World::new(Setup::slow());
    let keys = world.pools[CLASSIC];
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.chain.create_token_account(&actor("vera"), &keys.share_mint(ShareClass::Main), &anchor_spl::token::ID);
    world.fund("vera", CLASSIC, 9_000 * TOKEN);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    world.sampled = false;
    for _ in 0..2 {
        world.pass(1_800 - world.chain.now() % 1_800 - 1);
        world.pass(2);
        for sample in world.due_samples() {
            world.send(sample).ok();
        }
    }
    world.pass(1_800 - world.chain.now() % 1_800 - 1);
    let half_hour = world.chain.now() + 1;
    for _ in 0..20 {
        world.pass(1);
    }
    let id = world.next_number("vera");
    world.send(build::request_deposit(actor("vera"), &keys, ShareClass::Main, id, 9_000 * TOKEN, 0)).ok();
    let minute = world.request_in("vera", CLASSIC, ShareClass::Main, id).minute;
    while world.chain.now() < minute + 1 {
        world.pass(1);
    }
    let execute = world.execute_deposit_in("vera", CLASSIC, ShareClass::Main, id);
    assert_error(&world.clone().chain.send(std::slice::from_ref(&execute)), EvergreenError::SampleDue);
    for _ in 0..25 {
        world.pass(1);
    }
    (world, execute, half_hour)
}

#[test]
fn audit_written_over_a_deposit_whose_sample_nobody_shows_costs_nothing() {
    let (world, execute, half_hour) = deposit();
    // Nobody has taken the sample: all comes back.
    let outcome = world.clone().send(execute.clone()).ok();
    assert_eq!(returned(&outcome), (ReturnReason::SampleUntaken, 9_000 * TOKEN, 0));
    // Whoever takes it shows that the deposit could be executed: its owner has let it lapse.
    let mut taken = world.clone();
    let is_of_btc = |sample: &anchor_lang::solana_program::instruction::Instruction| {
        !sample.accounts.iter().any(|meta| meta.pubkey == taken.feeds[ETH].accounts.underlying)
    };
    let sample = taken.due_samples().into_iter().find(is_of_btc).expect("the sample");
    assert!(taken.first_after(BTC, half_hour).is_some());
    taken.send(sample).ok();
    let outcome = taken.send(execute).ok();
    assert_eq!(returned(&outcome), (ReturnReason::Lapsed, 9_000 * TOKEN - 9 * TOKEN, 9 * TOKEN));
}
