//! A trade as it was quoted before it was committed, to be compared with what it was filled for.

use crate::{
    amount::{Amount, dollars},
    context::PoolContext,
};
use evergreen_sdk::{evergreen::state::MAX_LEGS, math::Dollars, quote::TradeQuote};
use serde::Serialize;

/// What a quote has said.
#[derive(Clone, Copy, Debug)]
pub struct QuotedTrade {
    net: i64,
    fee: u64,
    spots: [Option<Dollars>; MAX_LEGS],
}

/// What was quoted beside what it came to.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    /// Change of cash as it was quoted.
    net: Amount,
    fee: Amount,
    /// Change of cash of the fill less that of the quote: negative where the fill is worse.
    difference: Amount,
    /// The part of it that premiums are.
    premium_difference: Amount,
    /// The part of it that fees are.
    fee_difference: Amount,
}

impl QuotedTrade {
    /// What this quote says.
    pub fn of(quote: &TradeQuote) -> Self {
        let mut spots = [None; MAX_LEGS];
        spots.iter_mut().zip(&quote.legs).for_each(|(spot, leg)| *spot = Some(leg.spot));
        Self { net: quote.net, fee: quote.fee, spots }
    }

    /// Price of the underlying of a leg, dollars.
    pub(super) fn spot(&self, leg: usize) -> Option<String> {
        self.spots.get(leg).copied().flatten().map(dollars)
    }

    /// Beside a fill, native units.
    pub(super) fn beside(&self, pool: &PoolContext, net: i64, fee: u64) -> Compared {
        let difference = net.saturating_sub(self.net);
        let fees = i64::try_from(self.fee).unwrap_or(i64::MAX).saturating_sub(i64::try_from(fee).unwrap_or(i64::MAX));
        Compared {
            net: pool.amount(self.net),
            fee: pool.unsigned(self.fee),
            difference: pool.amount(difference),
            premium_difference: pool.amount(difference.saturating_sub(fees)),
            fee_difference: pool.amount(fees),
        }
    }
}

impl Compared {
    /// For people; `moved` tells which prices were other ones.
    pub(super) fn rows(&self, moved: &[String]) -> [(&'static str, String); 2] {
        let judged = |amount: &Amount| match amount.native {
            0 => "the same".to_owned(),
            ..0 => format!("{} worse", amount.opposite().tokens),
            _ => format!("{} better", amount.tokens),
        };
        let difference = match self.difference.native {
            0 => "none".to_owned(),
            native => {
                let size = if native < 0 { self.difference.opposite() } else { self.difference.clone() };
                let word = if native < 0 { "worse" } else { "better" };
                let parts = (judged(&self.premium_difference), judged(&self.fee_difference));
                let because =
                    if moved.is_empty() { "volatility is another one now".to_owned() } else { moved.join(", ") };
                format!("{size} {word}: premium {}, fee {}; {because}", parts.0, parts.1)
            }
        };
        [("quoted", format!("{}, fee {}", self.net.flow(), self.fee.tokens)), ("difference", difference)]
    }
}
