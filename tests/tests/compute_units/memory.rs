//! Heap of the largest cases, and bytes of the largest transactions.

use super::{Bench, full_registry, largest};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        state::{LiquidityRequest, LossIndex, OptionId, SeriesId, ShareClass},
    },
    instruction::{self as build, PoolKeys, PriceFeed},
};
use evergreen_tests::chain::{HEAP, MAX_TRANSACTION_BYTES, actor, transaction_size};

/// Bytes of heap that a largest case may use, of the 32 KiB that there are. The allocator never frees.
const HEAP_BUDGET: usize = 24 * 1_024;

/// Searches for the least heap with which each largest case succeeds. The stack needs no such search: the build refuses frames
/// above 4 KiB and the machine refuses a 65th nested call, so that a case that succeeds is within both limits.
#[test]
fn largest_cases_fit_the_heap() {
    let mut bench = Bench { measure_heap: true, ..Bench::default() };
    largest::largest(&mut bench);
    full_registry(&mut bench);
    for (instruction, case, heap) in &bench.heap {
        println!("{instruction:<20}{case:<48}{heap:>8} bytes of heap");
        assert!(*heap <= HEAP_BUDGET, "{instruction}, {case} takes {heap} bytes of heap");
        assert!(*heap > 64, "{instruction}, {case}: the limit has no effect");
    }
    assert!(bench.heap.len() >= 8);
    const { assert!(HEAP_BUDGET <= HEAP) };
}

/// Transactions with four legs and four underlyings need no lookup table.
#[test]
fn largest_transactions_fit() {
    let keys = PoolKeys::new(Pubkey::new_unique(), anchor_spl::token_2022::ID);
    let feeds: Vec<PriceFeed> =
        (0..4).map(|_| PriceFeed { underlying: Pubkey::new_unique(), price: Pubkey::new_unique() }).collect();
    let legs: Vec<Leg> =
        (0..4).map(|slot| Leg { series: SeriesId { slot, generation: 1 }, points: i64::MIN }).collect();
    let (account, other) = (Pubkey::new_unique(), Pubkey::new_unique());
    let new = LiquidityRequest::new(keys.pool, ShareClass::Main, 0, LossIndex::NONE, 0);
    let deposit = LiquidityRequest { owner: other, shares_to: account, ..new };
    let option = OptionId { underlying: 3, put: true, strike: u64::MAX, tenor: u32::MAX, cap_bps: u16::MAX };
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: i64::MIN }; 4], closing: 0, min_net: 1 };
    let commit_order = build::commit_order(actor("kim"), &keys, account, 1, actor("bob"), Some(other), &feeds);
    let table = [
        ("commit_trade", build::commit_trade(actor("bob"), &keys, account, 1, terms, &[])),
        ("fill_trade", build::fill_trade(&keys, account, Some(other), Some((1, actor("bob"))), &feeds)),
        ("commit_order", commit_order),
        ("liquidate", build::liquidate(actor("keeper"), &keys, account, other, legs, &feeds)),
        ("withdraw_margin", build::withdraw_margin(actor("bob"), &keys, account, 1, &feeds)),
        (
            "request_deposit",
            build::request_deposit(actor("vera"), &keys, evergreen_sdk::evergreen::state::ShareClass::Main, 1, 1, 0),
        ),
        ("execute_deposit", build::execute_deposit(&keys, &deposit, &feeds)),
        ("execute_withdrawal", build::execute_withdrawal(&keys, Pubkey::new_unique(), &feeds)),
        ("refresh_pool", build::refresh_pool(&keys, &feeds)),
    ];
    for (name, instruction) in table {
        let size = transaction_size(&[instruction], actor("payer"));
        println!("{name:<20}{size:>6} bytes");
        assert!(size <= MAX_TRANSACTION_BYTES, "{name} takes {size} bytes");
    }
}
