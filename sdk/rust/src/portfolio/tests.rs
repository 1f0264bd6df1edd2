use super::*;
use crate::events::Event;
use anchor_lang::prelude::Pubkey;
use evergreen::{
    events::{FundingSettled, LegFilled, MarginAccountOpened, MarginMoved, Traded},
    state::SeriesId,
};

const SERIES: SeriesId = SeriesId { slot: 3, generation: 2 };

fn key(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

fn opened() -> Event {
    let (pool, owner) = (key(1), key(2));
    Event::MarginAccountOpened(MarginAccountOpened {
        pool,
        account: key(9),
        owner,
        sub_account: 0,
        referrer: Pubkey::default(),
    })
}

fn moved(amount: i64, cash: i64) -> Event {
    Event::MarginMoved(MarginMoved { account: key(9), amount, cash })
}

fn leg(points: i64, position: i64, premium: i64, fee: u64) -> Event {
    Event::LegFilled(LegFilled {
        account: key(9),
        series: SERIES,
        points,
        position,
        premium,
        net_delta: 0,
        fee,
        fee_insurance: 0,
        fee_protocol: 0,
        fee_referrer: 0,
        fee_curator: 0,
        sigma: 0,
        spot: 0,
    })
}

fn traded(cash: i64) -> Event {
    Event::Traded(Traded { account: key(9), trader: key(2), net: 0, cash, pool_cash: 0, reserved_collateral: 0 })
}

#[test]
fn lamports_that_a_stranger_has_sent_before_begin_no_history() {
    let mut statement = Statement::new(key(9));
    assert!(statement.take(&[], Some(1), false).is_empty());
    statement.take(&[opened(), moved(50, 50)], Some(2), false);
    assert_eq!((statement.gap(), statement.cash()), (None, 50));
    // A log that was cut off may have told of the opening.
    let mut statement = Statement::new(key(9));
    statement.take(&[], Some(1), true);
    assert_eq!(statement.gap(), Some(Gap::NoBeginning));
}

#[test]
fn a_history_that_begins_late_is_told_and_nothing_is_guessed() {
    let mut statement = Statement::new(key(9));
    // A node has forgotten the opening and a purchase of seven points.
    statement.take(&[moved(50, 950)], Some(10), false);
    assert_eq!((statement.gap(), statement.gap_at()), (Some(Gap::NoBeginning), Some(10)));
    assert_eq!(statement.cash(), 950, "what an event tells is known");
    let rows = statement.take(&[leg(-2, 5, 30, 1), traded(979)], Some(11), false);
    assert_eq!((rows[0].kind, rows[0].amount, rows[0].realised), (MovementKind::Premium, 30, None));
    assert!(!statement.holding(SERIES).unwrap().known);
    // What is opened from zero on has a cost again.
    let rows = statement.take(&[leg(-8, -3, 160, 2), traded(1_137)], Some(12), false);
    assert_eq!(rows.iter().map(|row| (row.points, row.realised)).collect::<Vec<_>>()[..2], [(-5, None), (-3, Some(0))]);
    let holding = statement.holding(SERIES).unwrap();
    assert!(holding.known);
    assert_eq!((holding.points, holding.cost, holding.opened_at), (-3, -60, Some(12)));
    assert_eq!(statement.gap(), Some(Gap::NoBeginning), "the first gap is told");
}

#[test]
fn a_missing_transaction_a_cut_log_and_a_missing_leg_are_gaps() {
    let begun = || {
        let mut statement = Statement::new(key(9));
        statement.take(&[opened(), moved(1_000, 1_000), leg(4, 4, -100, 8), traded(892)], Some(1), false);
        assert_eq!(statement.gap(), None);
        statement
    };
    let mut statement = begun();
    // Cash of 892 became 500 without an event of it.
    statement.take(&[moved(10, 510)], Some(2), false);
    assert_eq!(statement.gap(), Some(Gap::Cash { known: 902, told: 510 }));
    assert!(!statement.holding(SERIES).unwrap().known, "its funding may be missing");

    let mut statement = begun();
    statement.take(&[leg(1, 7, -10, 1), traded(881)], Some(2), false);
    assert_eq!(statement.gap(), Some(Gap::Position { known: 4, told: 6 }));

    let mut statement = begun();
    statement.take(&[moved(8, 900)], Some(3), true);
    assert_eq!((statement.gap(), statement.gap_at()), (Some(Gap::CutOff), Some(3)));
    assert_eq!(statement.cash(), 900);
}

#[test]
fn events_of_others_are_left_out() {
    let mut statement = Statement::new(key(9));
    statement.take(&[opened(), moved(1_000, 1_000)], None, false);
    let other = Event::MarginMoved(MarginMoved { account: key(8), amount: 5, cash: 5 });
    assert!(statement.take(&[other], None, false).is_empty());
    assert_eq!((statement.cash(), statement.gap()), (1_000, None));
}

/// Ten thousand events of an account. They take 15 milliseconds without optimisation; a second is allowed for, since tests share their machine.
#[test]
fn ten_thousand_events_take_no_time() {
    let mut statement = Statement::new(key(9));
    statement.take(&[opened(), moved(1_000_000_000, 1_000_000_000)], Some(0), false);
    let (mut position, mut cash, mut transactions) = (0, 1_000_000_000, Vec::new());
    for place in 0..2_500i64 {
        let (funding, points) = (-(place % 7) - 1, [5, -3, 4, -9][place as usize % 4]);
        position += points;
        cash += funding - points * 11 - 2;
        let settled = Event::FundingSettled(FundingSettled { account: key(9), series: SERIES, amount: funding });
        transactions.push([settled, leg(points, position, -points * 11, 2), traded(cash), moved(0, cash)]);
    }
    let started = std::time::Instant::now();
    let rows: usize = transactions.iter().map(|events| statement.take(events, Some(1), false).len()).sum();
    let took = started.elapsed();
    println!("10,000 events, {rows} movements in {took:?}");
    assert_eq!((statement.gap(), statement.cash()), (None, cash));
    assert!(rows >= 7_500 && took < std::time::Duration::from_secs(1), "{rows} rows in {took:?}");
}
