//! Violations that are understood and not yet mended: each with its reason. An episode ends with one, and is counted apart.

/// A violation that is known.
pub struct Known {
    /// File in which it is found.
    pub file: &'static str,
    /// What its message contains.
    pub says: &'static [&'static str],
    /// Why it is there.
    pub reason: &'static str,
}

/// All known violations.
pub const ALL: &[Known] = &[
    Known {
        file: "tests/src/leaving.rs",
        says: &["for fees are missing, within the least reward"],
        reason: "insurance adds to the reward of a liquidation in a distressed pool, also what covers the debts of that account, \
            so whoever is paid last goes without as much (`a-reward-out-of-what-covers-a-debt.txt`)",
    },
    Known {
        file: "tests/src/leaving.rs",
        says: &["wait for one another to pay what is owed"],
        reason: "the debt of who holds an ended option counts as one that others can collect, and nothing can be sold for it, \
            so two of them in an empty pool wait for one another until one pays in (`who-wait-for-one-another.txt`)",
    },
];

/// Returns why a violation is known; `None` for one that is not.
pub fn reason(place: &str, message: &str) -> Option<&'static str> {
    let of = |known: &&Known| place.contains(known.file) && known.says.iter().all(|part| message.contains(part));
    ALL.iter().find(of).map(|known| known.reason)
}
