//! What moves the wealth of an account, one line a movement.

use evergreen::state::SeriesId;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why an account's wealth has changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MovementKind {
            $($(#[$doc])* $name,)*
        }

        impl MovementKind {
            /// All kinds, in the order of [`Parts`].
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// Returns a short name that does not change: letters and hyphens.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

kinds! {
    /// Tokens came in.
    Deposit = "deposit",
    /// Tokens went out.
    Withdrawal = "withdrawal",
    /// Points were bought or sold: the premium.
    Premium = "premium",
    /// Points of a series that has ended were paid: what exercise, or the end, pays.
    Payoff = "payoff",
    /// Funding: time value and carry. The program settles both in one amount.
    Funding = "funding",
    /// Fee of a leg.
    Fee = "fee",
    /// Fee of a commitment that was not filled.
    LapseFee = "lapse-fee",
    /// Arrears, collected like a fee.
    Arrears = "arrears",
    /// Penalty of a liquidation.
    Penalty = "penalty",
    /// Tip that a filler or keeper got.
    TipPaid = "tip-paid",
    /// Tip for what this account has filled or executed.
    TipEarned = "tip-earned",
    /// Reward of a liquidation by this account.
    Reward = "reward",
    /// Stake on somebody else's order that has paid the fee of its commitment.
    StakeLost = "stake-lost",
    /// Somebody else's stake that has paid a fee of this account.
    StakeEarned = "stake-earned",
    /// Payment that a distressed pool did not make.
    Cut = "payment-cut",
    /// Funding that a pool had not the cash for and still owes; positive when it pays it.
    Owed = "payment-owed",
    /// Loss by seizure of tokens.
    Seizure = "seizure",
    /// Negative cash that insurance and pool have covered.
    DebtAbsorbed = "debt-absorbed",
}

impl MovementKind {
    /// Returns whether it only moves tokens between the owner's wallet and the account.
    pub const fn is_transfer(self) -> bool {
        matches!(self, Self::Deposit | Self::Withdrawal)
    }
}

/// A change of an account's wealth: its cash and what it has set aside for tips, bonds and stakes. What is only set aside, or comes back, is no movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// Why.
    pub kind: MovementKind,
    /// The series, where it is about one.
    pub series: Option<SeriesId>,
    /// Change of the position, in points; for a payoff the position that ended, with the opposite sign.
    pub points: i64,
    /// Change of wealth, native units.
    pub amount: i64,
    /// What of it is realised profit or loss, native units: zero for a transfer and for points that are opened; for points that are closed, premium or payoff less
    /// their cost; otherwise the amount. `None` where the history does not tell what the points had cost.
    pub realised: Option<i64>,
    /// Wealth afterwards, native units.
    pub wealth: i64,
    /// Spot price of a leg, dollars 64.64.
    pub spot: Option<i128>,
}

/// Sums by kind of movement, native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts([i128; MovementKind::ALL.len()]);

impl Parts {
    /// Adds to one.
    pub(super) const fn add(&mut self, kind: MovementKind, amount: i64) {
        // A history has fewer than 2^64 movements, so 128 bits hold the sum.
        self.0[kind as usize] += amount as i128;
    }

    /// Returns one sum.
    pub const fn of(&self, kind: MovementKind) -> i128 {
        self.0[kind as usize]
    }

    /// Returns all that are not zero.
    pub fn each(&self) -> impl Iterator<Item = (MovementKind, i128)> + '_ {
        MovementKind::ALL.into_iter().map(|kind| (kind, self.of(kind))).filter(|(_, sum)| *sum != 0)
    }

    /// Returns the sum of all.
    pub fn total(&self) -> i128 {
        self.0.iter().sum()
    }

    /// Adds all of another account's, for totals of one token.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }
}
