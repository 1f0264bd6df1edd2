//! Shares of amounts, and divisions of fees.

use evergreen_math::fees::{FeeSplit, PenaltyParams, split_referral};
use evergreen_math::reserve::{free_cash, level_after, reserve_limit};
use evergreen_math::{BasisPoints, Native, NativeDelta, Rounding, Seconds};

/// All shares up to the whole.
fn shares() -> impl Iterator<Item = BasisPoints> {
    (0..=10_000).map(BasisPoints)
}

/// Domain: all 10,001 shares × amounts of 0 to 300, and of 0 to 3 below and above 10,000, 2^48·10,000 and the largest amount.
#[test]
fn a_share_is_rounded_as_asked_and_takes_no_other_unit() {
    let near = |middle: u64| (0..=3).flat_map(move |d| [middle.checked_sub(d), middle.checked_add(d)]).flatten();
    let amounts: Vec<u64> =
        (0..=300).chain(near(10_000)).chain(near((1 << 48) * 10_000)).chain(near(u64::MAX)).collect();
    for share in shares() {
        for amount in &amounts {
            let exact = u128::from(*amount) * u128::from(share.0);
            let [down, up] = [Rounding::Floor, Rounding::Ceil].map(|r| Native(*amount).share(share, r).unwrap().0);
            assert_eq!(
                (u128::from(down), u128::from(up)),
                (exact / 10_000, exact.div_ceil(10_000)),
                "{amount} {share:?}"
            );
        }
    }
}

/// Domain: all 10,001 shares of the protocol with none, a third and all of the rest for insurance × fees of 0 to 200.
#[test]
fn a_fee_is_divided_without_a_unit_lost_or_made() {
    for protocol in shares() {
        let rest = 10_000 - protocol.0;
        for insurance in [0, rest / 3, rest].map(BasisPoints) {
            let main = BasisPoints(rest - insurance.0);
            let split = FeeSplit::new(main, insurance, protocol).unwrap();
            for fee in (0..=200).map(Native) {
                let parts = split.split(fee).unwrap();
                assert_eq!(parts.main.0 + parts.insurance.0 + parts.protocol.0, fee.0);
                let least = fee.share(main, Rounding::Floor).unwrap().0;
                assert!((least..=least + 2).contains(&parts.main.0), "{fee:?} {split:?}");
                for (part, share) in [(parts.insurance, insurance), (parts.protocol, protocol)] {
                    assert_eq!(part, fee.share(share, Rounding::Floor).unwrap());
                }
            }
        }
    }
}

/// Domain: all 10,001 shares × amounts of 0 to 300.
#[test]
fn a_referrers_part_is_rounded_down_and_both_add_up() {
    for share in shares() {
        for amount in 0..=300 {
            let (referrer, protocol) = split_referral(Native(amount), share).unwrap();
            assert_eq!(referrer.0, amount * u64::from(share.0) / 10_000);
            assert_eq!(referrer.0 + protocol.0, amount);
        }
    }
}

/// Domain: due, equity left and health gained of −16 to 300 in steps of 4 (due from 0) × caps of equity and liquidators' shares of 0, 1, 2,000, 5,000, 9,999 and 10,000.
#[test]
fn a_penalty_is_at_most_its_share_of_equity_and_of_what_it_did_for_health() {
    const SHARES: [u16; 6] = [0, 1, 2_000, 5_000, 9_999, 10_000];
    let signed = || (-16i64..=300).step_by(4);
    for (cap, liquidator) in SHARES.iter().flat_map(|cap| SHARES.map(|liquidator| (*cap, liquidator))) {
        let params =
            PenaltyParams { rate: BasisPoints(40), equity_cap: BasisPoints(cap), liquidator: BasisPoints(liquidator) };
        for due in (0..=300).step_by(4) {
            for (equity, gain) in signed().flat_map(|equity| signed().map(move |gain| (equity, gain))) {
                let of = |amount: i64| amount.max(0).unsigned_abs() * u64::from(cap) / 10_000;
                let penalty = params.penalty(Native(due), NativeDelta(equity), NativeDelta(gain)).unwrap();
                let total = penalty.total().unwrap().0;
                assert_eq!(total, due.min(of(equity)).min(of(gain)), "{due} {equity} {gain} {params:?}");
                assert_eq!(penalty.liquidator.0, total * u64::from(liquidator) / 10_000);
            }
        }
    }
}

/// Domain: levels, reserves and hourly steps of 0 to 63 × an elapsed time of 0 s, 1 s, 20 minutes, 1 h, 10 h and the longest.
#[test]
fn a_level_moves_toward_the_reserves_and_not_beyond() {
    for elapsed in [0, 1, 1_200, 3_600, 36_000, u32::MAX] {
        for (level, reserves) in (0u64..64).flat_map(|level| (0u64..64).map(move |reserves| (level, reserves))) {
            for hourly in 0u64..64 {
                let next = level_after(Native(level), Native(reserves), Native(hourly), Seconds(elapsed)).0;
                let step = hourly * u64::from(elapsed) / 3_600;
                let away = level.abs_diff(reserves);
                assert_eq!(next.abs_diff(reserves), away.saturating_sub(step), "{level} {reserves} {hourly} {elapsed}");
                assert!(next >= level.min(reserves) && next <= level.max(reserves));
            }
        }
    }
}

/// Domain: all 10,000 utilisations above zero × cash and reserves of 0 to 40.
#[test]
fn cash_is_free_exactly_as_far_as_reserves_stay_within_their_limit() {
    for utilisation in shares().skip(1) {
        for (cash, reserved) in (0u64..=40).flat_map(|cash| (0u64..=40).map(move |reserved| (cash, reserved))) {
            let free = free_cash(Native(reserved), Native(cash), utilisation).unwrap().0;
            let is_within = |cash: u64| reserved <= reserve_limit(Native(cash), utilisation).unwrap().0;
            assert!(free <= cash);
            // What is free can be paid, and one unit more cannot.
            assert!(free == 0 || is_within(cash - free), "{cash} {reserved} {utilisation:?}");
            assert!(free == cash || !is_within(cash - free - 1), "{cash} {reserved} {utilisation:?}");
        }
    }
}
