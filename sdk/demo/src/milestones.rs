//! What has to happen in the story; the demonstration fails if one of these is missing.

/// Something that has to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// The program refused what it must refuse.
    Refusals,
    /// A committed trade was filled by somebody else, at the first price after it.
    FilledByOthers,
    /// A commitment that broke a rule was not filled, and cost twice the fee of its trade.
    UnfilledPaid,
    /// Funding was paid by a holder.
    FundingPaid,
    /// Volatility moved with the path.
    VolatilityMoved,
    /// A writer fell below maintenance margin and was liquidated.
    Liquidated,
    /// The liquidation brought the writer above maintenance margin, without closing everything.
    HealthRestored,
    /// The liquidator was paid.
    LiquidatorPaid,
    /// A call was closed with profit.
    ClosedWithProfit,
    /// A series reached its cap and was exercised.
    Exercised,
    /// Somebody else settled a position of it, to the unit of the cap payoff.
    SettledLazily,
    /// The stock's issuer stopped all transfers, and positions were settled nevertheless.
    SettledWhilePaused,
    /// A stock split changed no ledger.
    SplitChangedNothing,
    /// A series with more written than bought was balanced.
    Balanced,
    /// A withdrawal of liquidity was requested, waited, executed and claimed.
    LiquidityWithdrawn,
    /// The provider got more than she gave.
    ProviderYield,
    /// Insurance's income reached its vault.
    InsuranceSwept,
    /// Protocol fees were paid out.
    FeesCollected,
    /// All traders left with all their cash.
    EverybodyPaid,
    /// Somebody without a role listed a fresh stock and funded its pool.
    StrangerListed,
    /// Somebody else traded there.
    StrangerTraded,
    /// The pool's curator was paid a part of the fees.
    CuratorPaid,
    /// Shares of a pool became margin in one transaction, and both underlyings were traded with them.
    SharesTraded,
    /// They were worth more afterwards, while they were margin.
    SharesEarned,
    /// A private pool took nobody's liquidity and no trade beyond its maker's terms, and somebody traded there.
    PrivateTraded,
    /// It was wound down, and its options were bought back for more than their value.
    BoughtBack,
}

impl Milestone {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::Refusals,
        Self::FilledByOthers,
        Self::UnfilledPaid,
        Self::FundingPaid,
        Self::VolatilityMoved,
        Self::Liquidated,
        Self::HealthRestored,
        Self::LiquidatorPaid,
        Self::ClosedWithProfit,
        Self::Exercised,
        Self::SettledLazily,
        Self::SettledWhilePaused,
        Self::SplitChangedNothing,
        Self::Balanced,
        Self::LiquidityWithdrawn,
        Self::ProviderYield,
        Self::InsuranceSwept,
        Self::FeesCollected,
        Self::EverybodyPaid,
        Self::StrangerListed,
        Self::StrangerTraded,
        Self::CuratorPaid,
        Self::SharesTraded,
        Self::SharesEarned,
        Self::PrivateTraded,
        Self::BoughtBack,
    ];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refusals => "forbidden actions were refused, each with its own error",
            Self::FilledByOthers => "committed trades were filled by somebody else, at the first price after them",
            Self::UnfilledPaid => "a commitment that broke a rule was not filled, and cost twice the fee of its trade",
            Self::FundingPaid => "funding streamed from a holder",
            Self::VolatilityMoved => "volatility followed the path",
            Self::Liquidated => "a writer below maintenance margin was liquidated",
            Self::HealthRestored => "the liquidation brought the writer above maintenance and left them the rest",
            Self::LiquidatorPaid => "the liquidator was paid in the token",
            Self::ClosedWithProfit => "a call was closed with profit",
            Self::Exercised => "a series was exercised at its cap",
            Self::SettledLazily => "anyone settled its holder, at exactly the cap payoff",
            Self::SettledWhilePaused => "that worked while the issuer had stopped all transfers of the stock",
            Self::SplitChangedNothing => "a stock split changed no ledger",
            Self::Balanced => "a series with more written than bought was balanced",
            Self::LiquidityWithdrawn => "liquidity was requested, cooled down, executed and claimed",
            Self::ProviderYield => "the liquidity provider earned a yield",
            Self::InsuranceSwept => "insurance received its share",
            Self::FeesCollected => "protocol fees were collected",
            Self::EverybodyPaid => "every trader left with all cash, without any price",
            Self::StrangerListed => "a stranger listed a fresh Token-2022 stock and funded its pool",
            Self::StrangerTraded => "somebody else traded there and left",
            Self::CuratorPaid => "the pool's curator was paid its part of the fees",
            Self::SharesTraded => {
                "a provider moved shares into margin in one transaction, and traded both underlyings with them"
            }
            Self::SharesEarned => "the shares earned meanwhile",
            Self::PrivateTraded => {
                "a private pool took its maker's liquidity alone, and somebody traded there on his terms"
            }
            Self::BoughtBack => "it was wound down, and its options were bought back for more than their value",
        }
    }
}
