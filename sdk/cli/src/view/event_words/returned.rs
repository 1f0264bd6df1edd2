//! Why a deposit came back, in words.

use evergreen_sdk::evergreen::state::ReturnReason;

/// Why a deposit was given back.
pub(super) const fn why_returned(reason: ReturnReason) -> &'static str {
    match reason {
        ReturnReason::Halted => "the pool is halted",
        ReturnReason::Distressed => "the pool is distressed",
        ReturnReason::SharesRenewed => "its shares are retired",
        ReturnReason::NoShares => "it buys no share",
        ReturnReason::PriceUncertain => "the price was uncertain",
        ReturnReason::WritersUnsettled => "a writer of an exercised series was not settled in time",
        ReturnReason::NoPrice => "there was no price in time",
        ReturnReason::TooFewShares => "fewer shares than the least number",
        ReturnReason::SampleUntaken => "nobody could show the volatility sample that it waited for",
        ReturnReason::Lapsed => "nobody executed it in time",
        ReturnReason::NoShareAccount => "the account for its shares is gone",
        ReturnReason::RulesChanged => "the pool's parameters were changed meanwhile",
    }
}
