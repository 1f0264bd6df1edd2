//! What several answers about the same list say alike.

use solana_signature::Signature;
use std::collections::{HashMap, HashSet};

/// An entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub signature: Signature,
    pub slot: u64,
    pub succeeded: bool,
}

/// Returns what the newest answer says as one of the earlier ones does, from its newest entry to where the shorter of both ends; `None` while no two agree, and while another answer has an entry that
/// belongs between theirs, or says that one has succeeded which they call failed. Entries that have come since the earlier one are left for the next list: at once, or, because the earlier one may lag, from the third answer on. A list that is
/// anchored begins after a known transaction, so nothing comes in front of it.
///
/// No answer is empty.
pub(super) fn agreed(earlier: &[Vec<Listed>], told: &[Listed], is_anchored: bool) -> Option<Vec<Listed>> {
    let known: HashMap<Signature, bool> = told.iter().map(|entry| (entry.signature, entry.succeeded)).collect();
    earlier.iter().rev().find_map(|other| {
        let begin = told.iter().position(|entry| Some(entry) == other.first())?;
        let newer = &told[..begin];
        // What an earlier answer has said has not come since.
        let is_old = |entry: &Listed| earlier.iter().flatten().any(|known| known.signature == entry.signature);
        if begin > 0 && (is_anchored || earlier.len() < 2 || newer.iter().any(is_old)) {
            return None;
        }
        let told = &told[begin..];
        let both = told.len().min(other.len());
        let (span, last) = (&told[..both], told[..both].last()?);
        if *span != other[..both] {
            return None;
        }
        let within: HashSet<Signature> = span.iter().map(|entry| entry.signature).collect();
        let has_more = |answer: &Vec<Listed>| {
            let reach = answer.iter().rposition(|entry| within.contains(&entry.signature)).map_or(0, |place| place + 1);
            let belongs = |(place, entry): (usize, &Listed)| match known.get(&entry.signature) {
                Some(succeeded) => entry.succeeded && !succeeded,
                None => place < reach || entry.slot > last.slot,
            };
            answer.iter().enumerate().any(belongs)
        };
        (!earlier.iter().any(has_more)).then(|| span.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries by their numbers, which are their slots.
    fn list(numbers: &[u64]) -> Vec<Listed> {
        let entry = |number: &u64| {
            let mut bytes = [0; 64];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            Listed { signature: Signature::from(bytes), slot: *number, succeeded: true }
        };
        numbers.iter().map(entry).collect()
    }

    /// How many answers it takes, and what is agreed then.
    fn after(answers: &[&[u64]], is_anchored: bool) -> Option<(usize, Vec<u64>)> {
        let mut earlier = Vec::new();
        for (number, answer) in (1..).zip(answers) {
            let told = list(answer);
            if let Some(found) = agreed(&earlier, &told, is_anchored) {
                return Some((number, found.iter().map(|entry| entry.slot).collect()));
            }
            earlier.push(told);
        }
        None
    }

    #[test]
    fn two_answers_that_say_the_same_agree() {
        assert_eq!(after(&[&[3, 2, 1]], false), None);
        assert_eq!(after(&[&[3, 2, 1], &[3, 2, 1]], false), Some((2, vec![3, 2, 1])));
        // Where one is cut off, its part counts.
        assert_eq!(after(&[&[3, 2, 1], &[3, 2]], true), Some((2, vec![3, 2])));
        assert_eq!(after(&[&[3], &[3, 2, 1]], true), Some((2, vec![3])));
    }

    #[test]
    fn an_entry_that_an_answer_has_alone_is_never_left_out() {
        assert_eq!(after(&[&[3, 1], &[3, 2, 1], &[3, 2, 1]], true), Some((3, vec![3, 2, 1])));
        assert_eq!(
            after(&[&[3, 2, 1], &[3, 1], &[3, 1]], true),
            None,
            "two that leave out the same do not outvote one"
        );
        assert_eq!(after(&[&[3, 2, 1], &[3, 1], &[3, 1], &[3, 2, 1]], true), Some((4, vec![3, 2, 1])));
        assert_eq!(after(&[&[4, 3, 1], &[4, 2, 1], &[4, 3, 2, 1], &[4, 3, 2, 1]], true), Some((4, vec![4, 3, 2, 1])));
        // One that lacks the first after the anchor, or the newest.
        assert_eq!(after(&[&[2, 1], &[3, 2, 1], &[3, 2, 1]], true), Some((3, vec![3, 2, 1])));
        assert_eq!(after(&[&[2, 1], &[3, 2, 1], &[2, 1], &[3, 2, 1]], false), Some((4, vec![3, 2, 1])));
    }

    #[test]
    fn what_has_succeeded_by_one_answer_has_not_failed_by_two() {
        let (truth, mut wrong) = (list(&[3, 2, 1]), list(&[3, 2, 1]));
        wrong[1].succeeded = false;
        assert!(agreed(&[truth.clone(), wrong.clone()], &wrong, true).is_none());
        assert_eq!(agreed(&[truth.clone(), wrong.clone(), wrong], &truth, true), Some(truth));
    }

    #[test]
    fn what_comes_while_it_is_asked_waits_for_the_next_list() {
        let growing: [&[u64]; 3] = [&[3, 2, 1], &[4, 3, 2, 1], &[5, 4, 3, 2, 1]];
        assert_eq!(after(&growing, false), Some((3, vec![4, 3, 2, 1])));
        // What an answer has had before does not come now.
        assert_eq!(after(&[&[2, 1], &[4, 3, 2, 1], &[2, 1], &[4, 3, 2, 1]], false), Some((4, vec![4, 3, 2, 1])));
        // What comes may be after a gap.
        assert_eq!(
            after(&[&[3, 2], &[6, 4, 3, 2], &[6, 5, 4, 3, 2], &[6, 5, 4, 3, 2]], false),
            Some((4, vec![6, 5, 4, 3, 2]))
        );
    }

    #[test]
    fn random_lies_never_leave_a_gap() {
        let truth: Vec<u64> = (1..=40).rev().collect();
        let mut random = 7u64;
        let mut below = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        let (mut agreed_on, mut gaps) = (0, 0);
        for _ in 0..2_000 {
            let mut earlier: Vec<Vec<Listed>> = Vec::new();
            for _ in 0..10 {
                // Half of all answers lack some entries, one in four lists is cut off.
                let lacks = below(2) == 0;
                let mut answer = truth.clone();
                if lacks {
                    answer.retain(|_| below(6) > 0);
                }
                if below(4) == 0 {
                    answer.truncate(1 + below(40) as usize);
                }
                if answer.is_empty() {
                    continue;
                }
                let told = list(&answer);
                if let Some(found) = agreed(&earlier, &told, true) {
                    agreed_on += 1;
                    let found: Vec<u64> = found.iter().map(|entry| entry.slot).collect();
                    gaps += usize::from(found != truth[..found.len()]);
                    break;
                }
                earlier.push(told);
            }
        }
        // Two lists that are cut off after a few entries may leave out the same one.
        assert!(agreed_on > 1_900 && gaps < 60, "{agreed_on} agreed, {gaps} gaps");
    }
}
