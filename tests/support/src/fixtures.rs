//! Accounts that older programs left.

/// Key, owner, lamports and bytes of every account of a pool, after the moment (unix seconds) in the first line: made by a
/// program of version 1. Alice had bought 33,333,333 points of a BTC call and 50,000,000 of an ETH call, bob had
/// written 3,333,333 of the former; one withdrawal was executed and not claimed, two more waited.
const LAYOUT_1: &str = include_str!("../fixtures/layout-1.txt");

/// An account of a fixture.
#[derive(Clone, Copy, Debug)]
pub struct OldAccount {
    /// Its address, base 58.
    pub address: &'static str,
    /// Its owner, base 58.
    pub owner: &'static str,
    /// Its bytes, base 64.
    pub bytes: &'static str,
}

/// The moment of the accounts of layout 1 in unix seconds, and the accounts.
///
/// # Panics
/// If the fixture is not what it was.
pub fn layout_1() -> (i64, Vec<OldAccount>) {
    let mut lines = LAYOUT_1.lines();
    let moment = lines.next().and_then(|line| line.parse().ok()).expect("a moment");
    let account = |line: &'static str| {
        let [address, owner, _, bytes] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("four words: {line}") };
        OldAccount { address, owner, bytes }
    };
    (moment, lines.map(account).collect())
}
