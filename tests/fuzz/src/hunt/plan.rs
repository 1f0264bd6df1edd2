//! A planner beside the random search: it looks a few moves ahead from every state that it keeps, over moves that are the same each time.

use super::{Found, Gene, Hunt, KINDS};

/// Moves that a plan is made of: each sizeable, by one trader or the other, and the steps between them one at a time.
pub const MOVES: [(&str, [u16; 4]); 20] = [
    // Buys a call, a put, a shorter call, a call on the other underlying; the other trader writes the first two; a spread.
    ("trade", [0, 0, 8, 1]),
    ("trade", [0, 2, 8, 1]),
    ("trade", [0, 1, 8, 1]),
    ("trade", [1, 4, 8, 1]),
    ("trade", [1, 0, 8, 65]),
    ("trade", [1, 2, 8, 65]),
    ("trade", [2, 8, 8, 129]),
    ("close", [0; 4]),
    ("close", [1, 0, 0, 0]),
    // A trade in two steps, the second without a tip.
    ("commit", [0, 0, 8, 1]),
    ("fill", [0, 1, 0, 0]),
    // To the next minute, and by seconds.
    ("pass", [0; 4]),
    ("pass", [0, 1, 14, 0]),
    ("withdraw", [0; 4]),
    // Liquidity of either class, and out of it.
    ("provide", [0; 4]),
    ("provide", [0, 1, 0, 0]),
    ("leave", [0; 4]),
    ("cancel", [0; 4]),
    ("refresh", [0; 4]),
    ("liquidate", [1, 0, 0, 0]),
];

/// A sequence that is kept, and what it has brought about: successes and the time that it took.
struct Kept {
    found: Found,
    reached: (u64, i64),
}

impl Hunt {
    /// Extends the best sequences of each length by every move, up to `depth` moves, and keeps `width` of each length, half of them for their gain and half
    /// for having spent least on what is not done yet. Returns the best sequence of all in which something was done.
    pub fn plan(&mut self, depth: usize, width: usize) -> Option<Found> {
        let nothing = Kept { found: Found { genes: Vec::new(), gain: 0, done: 0 }, reached: (0, 0) };
        let (mut beam, mut best) = (vec![nothing], None::<Found>);
        for _ in 0..depth {
            let mut next = Vec::new();
            for kept in &beam {
                for (kind, by) in MOVES {
                    let mut genes = kept.found.genes.clone();
                    genes.push(gene(kind, by));
                    let (found, reached) = self.reached(genes);
                    // A move that was refused and took no time leads nowhere.
                    if reached != kept.reached {
                        next.push(Kept { found, reached });
                    }
                }
            }
            for kept in next.iter().filter(|kept| kept.found.done > 0) {
                if best.as_ref().is_none_or(|best| kept.found.gain > best.gain) {
                    best = Some(kept.found.clone());
                }
            }
            next.sort_by_key(|kept| std::cmp::Reverse(kept.found.gain));
            let (done, begun): (Vec<Kept>, Vec<Kept>) = next.into_iter().partition(|kept| kept.found.done > 0);
            let half = width.div_ceil(2).max(width.saturating_sub(begun.len()));
            let of_done = half.min(done.len());
            beam = done.into_iter().take(half).chain(begun.into_iter().take(width - of_done)).collect();
        }
        best
    }
}

fn gene(kind: &str, by: [u16; 4]) -> Gene {
    let place = KINDS.iter().position(|known| *known == kind).expect("a kind of moves");
    Gene { kind: place as u8, by }
}
