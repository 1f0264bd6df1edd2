//! A violation is made short: steps are left out, and decisions are made plain, as long as the same is violated at the same place.

use crate::{
    episode::{Stage, Violation},
    reproducer::Reproducer,
    tally::Tally,
};
use std::time::Instant;

/// Makes the steps to a violation short, until nothing can be left out or until the time is over.
pub fn shrink(stage: &mut Stage, found: &Reproducer, violation: &Violation, until: Instant) -> Reproducer {
    let mut best = found.clone();
    best.steps.truncate(violation.after);
    let mut holds = |script: &Reproducer| {
        let again = stage.repeat(script, &mut Tally::default());
        again.filter(|again| again.place == violation.place).map(|again| again.after)
    };
    let mut size = best.steps.len().div_ceil(2);
    while size > 0 && Instant::now() < until {
        let mut at = 0;
        let mut any = false;
        while at < best.steps.len() && Instant::now() < until {
            let mut shorter = best.clone();
            shorter.steps.drain(at..(at + size).min(best.steps.len()));
            match holds(&shorter) {
                Some(after) => {
                    shorter.steps.truncate(after);
                    (best, any) = (shorter, true);
                }
                None => at += size,
            }
        }
        if !(any && size == 1) {
            size /= 2;
        }
    }
    for place in 0..best.steps.len() {
        let mut at = 0;
        while best.steps.get(place).is_some_and(|step| at < step.draws.len()) && Instant::now() < until {
            let number = best.steps[place].draws[at];
            let mut simpler = best.clone();
            simpler.steps[place].draws.truncate(at);
            if number > 0 && holds(&simpler).is_none() {
                simpler = best.clone();
                simpler.steps[place].draws[at] = 0;
            } else if number == 0 && holds(&simpler).is_none() {
                at += 1;
                continue;
            }
            if let Some(after) = holds(&simpler) {
                simpler.steps.truncate(after);
                best = simpler;
            }
            at += 1;
        }
    }
    best
}
