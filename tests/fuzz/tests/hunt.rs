//! A short search for profit, which is the same every time.

use evergreen_fuzz::hunt::{Hunt, MOVES, Terms};
use std::time::{Duration, Instant};

/// Sequences of each search.
const SEQUENCES: u64 = 150;

fn later() -> Instant {
    Instant::now() + Duration::from_secs(3_600)
}

#[test]
fn nothing_gains_where_prices_stay_or_move_by_less_than_the_fees() {
    for terms in [Terms::STILL, Terms::FLICKERING] {
        let mut hunt = Hunt::new(terms, 7);
        let found = hunt.until(later(), SEQUENCES);
        let (best, allowed) = (hunt.best()[0].clone(), hunt.allowed());
        println!(
            "{terms:?}: {} transactions, {} succeeded, best {}, allowed {allowed}",
            hunt.transactions, hunt.succeeded, best.gain
        );
        assert_eq!(found, None, "more than {allowed} is gained");
        assert!(hunt.succeeded * 4 > hunt.transactions, "{} of {} succeeded", hunt.succeeded, hunt.transactions);
        assert_eq!(hunt.played(Vec::new()).gain, 0);
        assert!(best.done > 0);
    }
}

#[test]
fn a_search_finds_what_known_prices_are_worth() {
    // One per cent either way is more than any fee, and the hand knows it.
    let terms = Terms { swing: 10_000, path: 3 };
    let mut hunt = Hunt::new(terms, 11);
    let found = hunt.until(later(), 5_000).expect("a gain");
    let short = hunt.shortened(&found);
    assert!(short.gain > hunt.allowed() && short.genes.len() <= found.genes.len());
    assert_eq!(hunt.played(short.genes.clone()), short, "a sequence gains the same every time");
}

/// Moves that a plan looks ahead, and sequences of each length that it keeps. `cargo xtask hunt --plan WIDTH` keeps more, and one move more.
const PLAN: (usize, usize) = (3, 6);

#[test]
fn a_planner_gains_nothing_where_prices_stay_and_finds_what_known_ones_are_worth() {
    let mut still = Hunt::new(Terms::STILL, 0);
    let best = still.plan(PLAN.0, PLAN.1).expect("something is done");
    println!("{} sequences, best {} of {}: {:?}", still.sequences, best.gain, still.allowed(), best.genes);
    assert!(best.gain <= still.allowed(), "{best:?}");
    assert!(still.sequences > (MOVES.len() * PLAN.1) as u64 && still.succeeded * 4 > still.transactions);
    // Of a few paths that the hand knows, one has its low where a plan can buy.
    let found = (1..12).any(|path| {
        let mut hunt = Hunt::new(Terms { swing: 10_000, path }, 0);
        hunt.plan(PLAN.0, PLAN.1).is_some_and(|best| best.gain > hunt.allowed())
    });
    assert!(found, "one per cent either way is more than any fee");
}
