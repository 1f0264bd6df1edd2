//! Ordinary paths that a mutant of the program could leave without any test to notice.

use super::{cash::quiet_world, half_hours::step};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{NoticeCause, SeriesId},
    },
};
use evergreen_tests::{
    BTC, CLASSIC, World, assert_error,
    world::{TENTH, TOKEN},
};

/// Two trades at asks above the mark, at a price of before a full minute and at one of after it: whoever fills chooses the order, and it makes no difference to the ledgers of that minute.
#[test]
fn audit_ordinary_a_trade_at_a_price_of_before_the_minute_is_part_of_its_ledgers() {
    let mut world = quiet_world();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 200 * TOKEN);
    }
    // After a jump asks are above the mark.
    step(&mut world, 104_000.0);
    world.pass(60 - world.chain.now().rem_euclid(60) + 55);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 5 * TENTH)]);
    world.send(commit).ok();
    world.pass(4);
    // The price of the fifty-ninth second fills hers.
    let early = world.feeds[BTC].clone();
    let commit = world.commit_instruction("bob", CLASSIC, &[(call, 3 * TENTH)]);
    world.send(commit).ok();
    world.pass(4);
    let minute = world.chain.now() / 60 * 60;
    assert_eq!(world.chain.now() - minute, 3);
    let filled = |order: [&str; 2]| {
        let mut world = world.clone();
        for who in order {
            fill_first(&mut world, who, &early);
        }
        let pool = world.view(CLASSIC).pool;
        (pool.taken[usize::from(call.slot)], pool.later)
    };
    let (in_turn, later) = filled(["alice", "bob"]);
    let (reversed, later_reversed) = filled(["bob", "alice"]);
    println!("{in_turn:?}");
    assert_eq!(in_turn.before, 5 * TENTH);
    assert!(i64::from(in_turn.before_at) < minute && i64::from(in_turn.at) > minute);
    assert_eq!((in_turn.before, in_turn.before_at, in_turn.at), (reversed.before, reversed.before_at, reversed.at));
    // What fades in the seconds between both prices is all the difference.
    let faded = 8 * TENTH * 4 / 86_400 + 1;
    for taken in [in_turn, reversed] {
        assert!((8 * TENTH - faded..=8 * TENTH).contains(&taken.points), "{taken:?}");
    }
    assert_eq!(later.points, later_reversed.points);
    assert_eq!(later.points[usize::from(call.slot)], 3 * TENTH, "bob's alone is later");
}

/// Fills somebody's commitment at the first price after it: of alice's that is an early one, of bob's the present one.
fn fill_first(world: &mut World, who: &str, early: &evergreen_tests::feed::Feed) {
    let present = world.feeds[BTC].clone();
    let write = |world: &mut World, feed: &evergreen_tests::feed::Feed| {
        let data = feed.encode(world.chain.slot());
        world.chain.write(feed.accounts.price, feed.owner, data);
    };
    if who == "alice" {
        write(world, early);
    }
    let fill = world.fill_instruction(who, CLASSIC);
    world.chain.send(&[fill]).ok();
    write(world, &present);
}

/// A commitment to sell all of an option within a limit, of which a part is sold for cash before it is filled: the limit is that of the rest.
#[test]
fn audit_ordinary_a_limit_is_that_of_what_is_left() {
    let mut world = quiet_world();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trader("bob", CLASSIC, 500 * TOKEN);
    world.trade("bob", CLASSIC, &[(call, 8 * TENTH)]).ok();
    step(&mut world, 100_000.0);
    world.withdraw("bob", CLASSIC, 1).ok();
    let spare = world.cash("bob", CLASSIC).unsigned_abs();
    world.withdraw("bob", CLASSIC, spare).ok();
    world.pass(900);
    // Returns what the rest brought, its points, and why it was not sold.
    let sell = |least: i64| {
        let mut world = world.clone();
        let commit = world.commit_within("bob", CLASSIC, &[(call, -8 * TENTH)], least);
        world.send(commit).ok();
        world.wait_for_fill();
        world.close_for_cash("bob", CLASSIC, call).ok();
        let (held, cash) =
            (world.view(CLASSIC).held(&world.account_key("bob", CLASSIC), call), world.cash("bob", CLASSIC));
        let filled = world.fill("bob", CLASSIC);
        let premium = filled.events().into_iter().find_map(|event| match event {
            Event::LegFilled(e) => Some(e.premium),
            _ => None,
        });
        let fee = filled.events().into_iter().find_map(|event| match event {
            Event::LegFilled(e) => Some(e.fee as i64),
            _ => None,
        });
        println!("{held} points are left at cash {cash}: {premium:?} less {fee:?}, {:?}", filled.failure);
        (held, premium.unwrap_or_default() - fee.unwrap_or_default(), filled)
    };
    let (held, net, _) = sell(i64::MIN);
    assert!(held < 8 * TENTH && held > 7 * TENTH && net > 0);
    let whole = i64::try_from(i128::from(net) * i128::from(8 * TENTH) / i128::from(held)).expect("an amount");
    assert!(whole > net + 1_000, "the limit of all would not be met");
    let (_, sold, filled) = sell(whole);
    filled.ok();
    assert_eq!(sold, net);
    assert_error(&sell(whole + whole / 1_000).2, EvergreenError::LimitExceeded);
}

/// A notice of an excess names no place.
#[test]
fn audit_ordinary_a_notice_of_an_excess_closes_nobody_for_a_place() {
    let mut world = quiet_world();
    let call: SeriesId = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 200 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    let moment = world.pass_notice(CLASSIC, call, NoticeCause::Excess);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    let named = (call, NoticeCause::Excess);
    assert_error(&world.close_for_place("bob", CLASSIC, named, moment), EvergreenError::NoticeMissing);
    world.deleverage("bob", CLASSIC, call, TENTH, moment).ok();
}
