//! Accounts that older versions of the program have written.

/// The accounts of a pool, written by version 1 of the program. The first line is the time of the clock in unix seconds, every
/// further line is the address, owner, lamports and bytes of an account. Alice had bought 33,333,333 points of a BTC call and
/// 50,000,000 of an ETH call; Bob had written 3,333,333 of the former. One withdrawal was executed and not claimed, and two more
/// waited.
const LAYOUT_1: &str = include_str!("../fixtures/layout-1.txt");

/// An account of a fixture.
#[derive(Clone, Copy, Debug)]
pub struct OldAccount {
    /// Address of the account, base 58.
    pub address: &'static str,
    /// Program that owns the account, base 58.
    pub owner: &'static str,
    /// Bytes of the account, base 64.
    pub bytes: &'static str,
}

/// Returns the time of the accounts of layout 1 in unix seconds, and the accounts.
///
/// # Panics
/// If the fixture is malformed.
pub fn layout_1() -> (i64, Vec<OldAccount>) {
    let mut lines = LAYOUT_1.lines();
    let moment = lines.next().and_then(|line| line.parse().ok()).expect("a moment");
    let account = |line: &'static str| {
        let [address, owner, _, bytes] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("not four words: {line}")
        };
        OldAccount { address, owner, bytes }
    };
    (moment, lines.map(account).collect())
}
