//! What people want behind a network that lies, and what the chain holds then.

use crate::market::TOKEN;

/// Points of a trade.
const POINTS: i64 = 3_333_333;
/// The option that is traded.
const CALL: &str = "--pool TSLA.M --underlying BTC --call --strike 100000";

/// What a command is to do.
#[derive(Clone, Debug)]
pub enum Purpose {
    Deposit(i64),
    Withdraw(i64),
    Trade,
    Place,
    Cancel(u64),
    /// Asks for a share to be paid out.
    Ask,
    /// Takes such a request back.
    Unask(u64),
    /// Deposits liquidity, and waits for its minute.
    Provide(i64),
}

/// What the chain holds of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    pub wallet: i64,
    pub points: i64,
    pub orders: Vec<u64>,
    /// Shares of the main class, native units.
    pub shares: i64,
    /// Places of the withdrawals that wait.
    pub asked: Vec<u64>,
}

impl Purpose {
    pub fn line(&self) -> String {
        match self {
            Self::Deposit(tokens) => format!("deposit {tokens} --pool TSLA.M"),
            Self::Withdraw(tokens) => format!("withdraw {tokens} --pool TSLA.M"),
            Self::Trade => format!("trade buy {CALL} --points {POINTS} --min-net=-9"),
            Self::Place => format!("orders place buy {CALL} --points {POINTS} --min-net=-9 --at-or-below 20000"),
            Self::Cancel(number) => format!("orders cancel {number} --pool TSLA.M"),
            Self::Ask => "lp request 1 --pool TSLA.M".into(),
            Self::Unask(place) => format!("lp cancel {place} --pool TSLA.M"),
            Self::Provide(tokens) => format!("lp deposit {tokens} --pool TSLA.M"),
        }
    }

    /// How often it was done between two moments.
    pub fn times(&self, before: &Truth, after: &Truth) -> i64 {
        let paid = before.wallet - after.wallet;
        let counted = |times: usize| i64::try_from(times).expect("few");
        // How many numbers of one list the other one lacks.
        let new = |of: &[u64], beside: &[u64]| counted(of.iter().filter(|one| !beside.contains(one)).count());
        match self {
            Self::Deposit(tokens) | Self::Provide(tokens) => paid / (tokens * TOKEN),
            Self::Withdraw(tokens) => -paid / (tokens * TOKEN),
            Self::Trade => (after.points - before.points) / POINTS,
            Self::Place => new(&after.orders, &before.orders),
            Self::Cancel(_) => new(&before.orders, &after.orders),
            Self::Ask => new(&after.asked, &before.asked),
            Self::Unask(_) => new(&before.asked, &after.asked),
        }
    }

    /// What the chain holds after it was done so many times.
    pub fn after(&self, before: &Truth, after: &Truth, times: i64) -> Truth {
        let mut truth = before.clone();
        match self {
            Self::Deposit(tokens) => truth.wallet -= times * tokens * TOKEN,
            Self::Withdraw(tokens) => truth.wallet += times * tokens * TOKEN,
            Self::Trade => truth.points += times * POINTS,
            Self::Place | Self::Cancel(_) => truth.orders.clone_from(&after.orders),
            Self::Ask => {
                truth.asked.clone_from(&after.asked);
                truth.shares -= times * TOKEN;
            }
            Self::Unask(_) => {
                truth.asked.clone_from(&after.asked);
                // What the shares have gained meanwhile stays with the others.
                assert!(times == 0 || after.shares > before.shares, "{before:?} {after:?}");
                truth.shares = if times == 0 { before.shares } else { after.shares };
            }
            Self::Provide(tokens) => {
                truth.wallet -= times * tokens * TOKEN;
                truth.shares = if times == 0 { before.shares } else { after.shares };
            }
        }
        truth
    }
}
