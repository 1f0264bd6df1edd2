use crate::common::cases;
use evergreen_math::seizure::{LossIndex, assign};
use evergreen_math::{MathError, Native};
use proptest::prelude::*;

fn natives<const N: usize>(amounts: [u64; N]) -> [Native; N] {
    amounts.map(Native)
}

fn sum(ledgers: &[Native]) -> u128 {
    ledgers.iter().map(|l| u128::from(l.0)).sum()
}

#[test]
fn a_loss_by_hand() {
    // Bearers take the loss one after the other, to the last unit.
    let (mut bearers, mut claims) = (natives([10, 20, 30]), natives([100, 50]));
    let kept = assign(Native(25), &mut bearers, &mut claims, LossIndex::NONE).unwrap();
    assert_eq!((bearers, claims, kept), (natives([0, 5, 30]), natives([100, 50]), LossIndex::NONE));
    // Bearers take 35 and claims 80 of their 150, so 70 are left. Two are kept back for roundings, so claims keep 68 of 150:
    // 45⅓ and 22⅔, which are rounded up, and one unit is left over.
    let now = assign(Native(115), &mut bearers, &mut claims, kept).unwrap();
    assert_eq!((bearers, claims), (natives([0, 0, 1]), natives([46, 23])));
    assert_eq!(now.epoch, 0);
    assert_eq!(LossIndex::NONE.claim(Native(100), now), Ok(Native(45)));
    assert_eq!(LossIndex::NONE.claim(Native(50), now), Ok(Native(22)));
    // A claim made after the loss has lost nothing.
    assert_eq!(now.claim(Native(50), now), Ok(Native(50)));
    // The next loss takes everything.
    let last = assign(Native(70), &mut bearers, &mut claims, now).unwrap();
    assert_eq!((bearers, claims), (natives([0; 3]), natives([0; 2])));
    assert_eq!(last, LossIndex { factor: 1 << 63, epoch: 2 });
    assert_eq!(now.claim(Native(u64::MAX), last), Ok(Native(0)));
    assert_eq!(last.claim(Native(u64::MAX), last), Ok(Native::MAX));
}

#[test]
fn more_than_everything_is_refused() {
    let (mut bearers, mut claims) = (natives([1, 2]), natives([3]));
    assert_eq!(assign(Native(7), &mut bearers, &mut claims, LossIndex::NONE), Err(MathError::Domain));
    assert_eq!((bearers, claims), (natives([1, 2]), natives([3])));
}

/// An index before the claim's own is refused in the same epoch; one of an earlier epoch leaves nothing.
#[test]
fn an_index_before_the_claim_gains_nothing() {
    let later = LossIndex { factor: 1 << 62, epoch: 1 };
    assert_eq!(later.claim(Native(1), LossIndex { factor: 1 << 63, epoch: 1 }), Err(MathError::Domain));
    assert_eq!(later.claim(Native(5), LossIndex::NONE), Ok(Native(0)));
}

#[test]
fn a_claim_made_after_a_near_total_loss_keeps_its_share_of_the_next() {
    // Five times over, a loss leaves a billionth of the claims, and then half of a fresh claim is lost.
    let mut loss_index = LossIndex::NONE;
    for _ in 0..5 {
        let (mut bearers, mut claims) = (natives([0]), natives([1_000_000_000_000_000]));
        loss_index = assign(Native(999_999_999_000_000), &mut bearers, &mut claims, loss_index).unwrap();
        assert_eq!(sum(&bearers) + sum(&claims), 1_000_000);
        let fresh = loss_index;
        let mut claims = natives([2_000_000_000]);
        loss_index = assign(Native(1_000_000_000), &mut bearers, &mut claims, loss_index).unwrap();
        let left = fresh.claim(Native(2_000_000_000), loss_index).unwrap();
        assert!((999_999_990..=1_000_000_000).contains(&left.0), "{left:?}");
    }
    assert!(loss_index.epoch >= 4, "{loss_index:?}");
}

/// Tokens come in as a claim on a ledger, or tokens are lost.
#[derive(Clone, Debug)]
enum Step {
    Claim(usize, u64),
    Lose(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0usize..3, prop_oneof![1u64..1_000, 1u64..1 << 50]).prop_map(|(ledger, amount)| Step::Claim(ledger, amount)),
        // The loss is a share of the vault in millionths, and often nearly all of it.
        1 => prop_oneof![0u64..=1_000_000, 999_990u64..=1_000_000].prop_map(Step::Lose),
    ]
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// Whatever is claimed and lost, vault and ledgers agree to the unit. The claims of a ledger add up to no more than the ledger,
    /// and to less by at most one unit a claim and a loss, beside what two epochs cut off.
    #[test]
    fn ledgers_equal_the_vault_and_cover_their_claims(
        capital in 0u64..1 << 40,
        steps in proptest::collection::vec(any_step(), 1..40),
    ) {
        let mut loss_index = LossIndex::NONE;
        let (mut bearers, mut ledgers) = (natives([capital / 3, capital / 7, capital]), natives([0; 3]));
        let mut vault = sum(&bearers);
        let mut claims: Vec<(usize, Native, LossIndex)> = Vec::new();
        let mut losses = 0u128;
        for step in steps {
            match step {
                Step::Claim(ledger, amount) => {
                    claims.push((ledger, Native(amount), loss_index));
                    ledgers[ledger].0 += amount;
                    vault += u128::from(amount);
                }
                Step::Lose(millionths) => {
                    let lost = vault * u128::from(millionths) / 1_000_000;
                    let before = (loss_index, bearers, ledgers);
                    loss_index = assign(Native(lost as u64), &mut bearers, &mut ledgers, loss_index).unwrap();
                    losses += 1;
                    vault -= lost;
                    // Only the last bearer may gain, by roundings, and bearers lose in the order of the list.
                    prop_assert!((0..2).all(|i| bearers[i] <= before.1[i]));
                    prop_assert!((0..3).all(|i| ledgers[i] <= before.2[i]));
                    if bearers[0].0 > 0 { prop_assert_eq!(bearers[1], before.1[1]); }
                    if before.0 != loss_index { prop_assert!(bearers[0].0 == 0 && bearers[1].0 == 0); }
                }
            }
            prop_assert_eq!(sum(&bearers) + sum(&ledgers), vault);
            for (place, ledger) in ledgers.iter().enumerate() {
                let of = claims.iter().filter(|(l, ..)| *l == place);
                let left: u128 = of.clone().map(|(_, a, h)| u128::from(h.claim(*a, loss_index).unwrap().0)).sum();
                let dust = of.count() as u128 + losses;
                prop_assert!(left <= u128::from(ledger.0), "claims {} of {}", left, ledger.0);
                // Claims that are two or more epochs old count as nothing, although up to a 2^32nd of them may be left.
                prop_assert!(u128::from(ledger.0) <= left + dust + (1 << 20), "claims {} of {}", left, ledger.0);
            }
        }
    }

    /// A claim that is scaled between two losses ends with no more than one that is not, and with at most one unit less. A larger
    /// claim never ends below a smaller one, and a second loss never raises a claim.
    #[test]
    fn touching_a_claim_gains_nothing(amount in 0u64..1 << 62, first in 1u64..1_000_000, second in 1u64..1_000_000) {
        let lose = |loss_index, millionths: u64| {
            let (mut bearers, mut claims) = (natives([0]), natives([1_000_000_000_000_000]));
            assign(Native(millionths * 1_000_000_000), &mut bearers, &mut claims, loss_index).unwrap()
        };
        let one = lose(LossIndex::NONE, first);
        let two = lose(one, second);
        let at_once = LossIndex::NONE.claim(Native(amount), two).unwrap();
        let touched = one.claim(LossIndex::NONE.claim(Native(amount), one).unwrap(), two).unwrap();
        prop_assert!(touched <= at_once && at_once.0 - touched.0 <= 1);
        prop_assert!(LossIndex::NONE.claim(Native(amount / 2), two).unwrap() <= at_once);
        prop_assert!(LossIndex::NONE.claim(Native(amount), one).unwrap() >= at_once);
    }

    /// Claims are recorded, paid a part of all that is owed, and taken up at any time: nobody is paid more than what was set aside, and each is paid the part that was set aside for all since their claim was recorded, however
    /// often it is taken up and recorded anew.
    #[test]
    fn payments_pay_all_claims_the_same_part(
        amounts in proptest::collection::vec(1u64..1 << 50, 2..6),
        steps in proptest::collection::vec((1u64..=1_000_000, 0usize..6), 1..30),
    ) {
        let mut index = LossIndex::NONE;
        let mut claims: Vec<(u64, u32, LossIndex)> = amounts.iter().map(|amount| (*amount, 0, index)).collect();
        let mut untouched: Vec<_> = amounts.iter().map(|amount| (*amount, index)).collect();
        let all: u64 = amounts.iter().sum();
        let (mut owed, mut set_aside, mut paid) = (all, 0u64, vec![0u64; amounts.len()]);
        for (millionths, touched) in steps {
            let part = (u128::from(owed) * u128::from(millionths) / 1_000_000) as u64;
            if part > 0 {
                index = index.after_payment(Native(owed - part), Native(owed)).unwrap();
                (owed, set_aside) = (owed - part, set_aside + part);
            }
            if let Some((amount, part, recorded)) = claims.get_mut(touched) {
                let (Native(left), rounded) = recorded.left((Native(*amount), *part), index).unwrap();
                let gain = *amount - left;
                prop_assert!(gain <= set_aside, "{} of {}", gain, set_aside);
                (set_aside, paid[touched]) = (set_aside - gain, paid[touched] + gain);
                (*amount, *part, *recorded) = (left, rounded, index);
            }
            let left: u128 = claims.iter().map(|(a, p, i)| u128::from(i.left((Native(*a), *p), index).unwrap().0.0)).sum();
            prop_assert!(left >= u128::from(owed) || index.epoch > 0, "{} is left of claims, {} is owed", left, owed);
        }
        for (place, (amount, recorded)) in untouched.iter_mut().enumerate() {
            let gain = *amount - recorded.sum(Native(*amount), index).unwrap().0;
            let (rest, part, since) = claims[place];
            let touched = paid[place] + rest - since.left((Native(rest), part), index).unwrap().0.0;
            prop_assert!(index.epoch > 0 || (touched <= gain && touched + 1 >= gain), "{} touched, {} at once", touched, gain);
        }
    }

    /// A payment never raises what is left of a claim.
    #[test]
    fn a_payment_raises_no_claim(left in 0u64..1 << 50, paid in 0u64..1 << 50, factor in 1u64 << 31..=1 << 63) {
        prop_assume!(left + paid > 0);
        let before = LossIndex { factor, epoch: 3 };
        let after = before.after_payment(Native(left), Native(left + paid)).unwrap();
        let rest = before.sum(Native(left + paid), after).unwrap().0;
        prop_assert!(rest <= left + paid);
        prop_assert!(rest >= left || after.epoch > 3, "{} of {}", rest, left);
    }
}
