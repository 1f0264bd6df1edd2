//! Losses of a vault: what is assigned is exactly what is missing, and no claim takes more than its part.

use evergreen_math::seizure::{LossIndex, assign};
use evergreen_math::{MathError, Native};

/// Domain: all 8-bit triples of a ledger, of what is left of it, and of a claim within it, once and a second time by the same share.
#[test]
fn a_claim_is_rounded_down_its_sum_up_and_both_rise_with_the_claim_and_with_what_is_left() {
    for all in 1u64..256 {
        let mut of_less_left = vec![0; 256];
        for left in 0..=all {
            let Ok(now) = LossIndex::NONE.after_payment(Native(left), Native(all)) else { panic!("{left} of {all}") };
            let mut before = (0, 0);
            for amount in 0..=all {
                let claim = LossIndex::NONE.claim(Native(amount), now).unwrap().0;
                let sum = LossIndex::NONE.sum(Native(amount), now).unwrap().0;
                assert!(claim <= sum && sum - claim <= 1 && sum <= amount, "{amount} of {all}, {left} left");
                // A payment is rounded up, so that claims are together no less than what is left.
                assert!(sum * all >= amount * left, "{amount} of {all}, {left} left: {sum}");
                assert!(claim * all <= amount * left + (all - 1), "{amount} of {all}, {left} left: {claim}");
                assert!((claim, sum) >= before && claim >= before.0 && sum >= before.1, "more claimed, less left");
                before = (claim, sum);
                let rises = &mut of_less_left[amount as usize];
                assert!(claim >= *rises, "more is left of the ledger, less of a claim");
                *rises = claim;
                // The second loss by the same share takes no less than the first one would of what the first has left.
                if let Ok(later) = now.after_payment(Native(left), Native(all)) {
                    let twice = LossIndex::NONE.claim(Native(amount), later).unwrap().0;
                    let in_turn = now.claim(Native(claim), later).unwrap().0;
                    assert!(in_turn <= twice && twice <= claim, "who touches a claim in between gains nothing");
                }
            }
        }
    }
}

/// Domain: all losses × all 4-bit ledgers of two bearers and two claims, with no loss before and after a loss of a third.
#[test]
fn a_loss_is_assigned_to_the_unit_in_order() {
    let third = LossIndex::NONE.after_payment(Native(2), Native(3)).unwrap();
    for index in [LossIndex::NONE, third] {
        for ledgers in 0u64..1 << 16 {
            let [a, b, c, d] = [0, 4, 8, 12].map(|shift| Native(ledgers >> shift & 15));
            let all = a.0 + b.0 + c.0 + d.0;
            for loss in 0..=all {
                let (mut bearers, mut claims) = ([a, b], [c, d]);
                let now = assign(Native(loss), &mut bearers, &mut claims, index).unwrap();
                let left: u64 = bearers.iter().chain(&claims).map(|ledger| ledger.0).sum();
                assert_eq!(left + loss, all, "{a:?} {b:?} {c:?} {d:?} less {loss}");
                // The first bearer comes first, claims last; what their rounding leaves goes to the last bearer.
                assert_eq!(bearers[0].0, a.0.saturating_sub(loss));
                if loss <= a.0 + b.0 {
                    assert_eq!((claims, now), ([c, d], index));
                } else {
                    assert!(bearers[1].0 <= 2, "{bearers:?} after {loss} of {a:?} {b:?} {c:?} {d:?}");
                    assert!(claims[0] <= c && claims[1] <= d);
                }
                for (claim, before) in claims.iter().zip([c, d]) {
                    assert!(index.claim(before, now).unwrap() <= *claim, "a ledger covers its claims");
                }
            }
            let more = assign(Native(all + 1), &mut [a, b], &mut [c, d], index);
            assert_eq!(more, Err(MathError::Domain), "more than there is");
        }
    }
}
