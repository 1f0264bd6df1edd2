//! The best price over pools: one trade, quoted in each of several pools, of one mint or of several.
//!
//! Several pools may stand on one mint, and a trader may hold several mints. [`Offers::compare`] asks each pool by the program's own rules, says what a trade
//! costs there and why a pool is out, and [`Offers::best`] chooses. Two rules stand above the price:
//!
//! - **Nobody vouches for a stranger's pool.** One that is not verified is not even quoted: whoever reads a list of offers must not have to know which of its
//!   lines is safe.
//! - **What is held is closed where it is held**, also in a pool that nobody vouches for, which then has to be named. A sale in another pool would write an option, and leave the one that is held.
//!
//! Who starts from a mint finds its pools by [`Filter::of_mint`](crate::client::Filter::of_mint); the example `offers` reads them and asks each.
//!
//! ```
//! use evergreen_sdk::{
//!     math::{Points, Seconds},
//!     offers::{Candidate, Offers, Ranking},
//!     plan::Planner,
//!     price::PushFeeds,
//!     strategy::{ContractTerms, Strategy},
//!     testing::scene::Scene,
//! };
//!
//! // A trade of somebody without accounts, whose wallet has ten tokens.
//! fn candidate<'a>(scene: &'a Scene, strategy: &Strategy) -> Candidate<'a> {
//!     let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, Default::default());
//!     let (token_price, wallet) = (Some(300.into()), 1_000_000_000);
//!     Candidate { is_verified: true, token_price, wallet, ..Candidate::new(planner, None, strategy.clone()) }
//! }
//!
//! let (cheap, mut dear) = (Scene::new(1, 0)?, Scene::new(1, 0)?);
//! dear.view.keys.pool = dear.view.keys.vault;
//! dear.view.pool.params.fee_open_bps *= 2;
//! let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
//! let strategy = Strategy::straddle(week, 98_000, Points(1_000_000))?;
//! let asked = [candidate(&dear, &strategy), candidate(&cheap, &strategy)];
//! let offers = Offers::compare(&asked, Ranking::default());
//! assert_eq!(offers.best()?.pool, cheap.view.keys.pool);
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```

use crate::{
    convert::{self, Decimal},
    plan::{Plan, PlanError, Planner},
    quote::{QuoteError, TradeQuote},
    strategy::{Contract, Strategy},
};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    engine::Direction,
    state::{MarginAccount, SeriesStatus},
};
use std::cmp::Ordering;

/// The most that is assumed to be paid in where only a price is asked for: 2^52 native units.
pub const PLENTY: u64 = 1 << 52;

/// A pool that is asked, and how the trade reads there: sizes are in its points, and places of underlyings those of its list.
#[derive(Clone)]
pub struct Candidate<'a> {
    /// The planner, whose owner trades and whose deposit is paid in first.
    pub planner: Planner<'a>,
    /// The owner's margin account there, if it exists.
    pub account: Option<&'a MarginAccount>,
    /// The trade.
    pub strategy: Strategy,
    /// Whether somebody whom the trader trusts vouches for the pool: its curator, and its token.
    pub is_verified: bool,
    /// Dollars that one token of the collateral is worth, if that is known. It only compares pools of different tokens.
    pub token_price: Option<Decimal>,
    /// Native units that the owner could pay in from the wallet, beside the planner's deposit.
    pub wallet: u64,
}

/// How offers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// Seconds for which the options are held: so much of their funding counts beside the price. Where two pools charge the same premium and fee, which is
    /// usual, the direction of their other traders makes them differ in that.
    pub held: u32,
}

impl Default for Ranking {
    /// A day.
    fn default() -> Self {
        Self { held: 86_400 }
    }
}

/// What a trade costs in one pool.
#[derive(Clone)]
pub struct Offer {
    /// The pool.
    pub pool: Pubkey,
    /// Mint of its collateral.
    pub mint: Pubkey,
    /// Place among the candidates.
    pub place: usize,
    /// The quote; where [`Self::missing`] is above zero, that with as much more paid in, or with plenty where the wallet does not have it.
    pub quote: TradeQuote,
    /// What its options cost a day in funding, native units, rounded up; negative where the account is paid.
    pub funding_per_day: i64,
    /// Native units that have to be paid in beside the planner's deposit, before the trade can be committed.
    pub missing: u64,
    /// Whether the wallet has them.
    pub is_ready: bool,
    /// Whether the trade only reduces what the account holds or has written there.
    pub reduces: bool,
    /// Change of cash less the funding of the time that the ranking names, native units.
    pub net_held: i64,
    /// The same in dollars, where the token's price is known.
    pub worth: Option<Decimal>,
}

/// Why a pool makes no offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Nobody vouches for it.
    NotVerified,
    /// The trade cannot be planned there: the pool is halted, has no room, does not offer the option, or its price is missing.
    Refused(PlanError),
}

/// A pool that makes no offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The pool.
    pub pool: Pubkey,
    /// Mint of its collateral.
    pub mint: Pubkey,
    /// Place among the candidates.
    pub place: usize,
    /// Why.
    pub why: Out,
    /// Whether the account holds there what the trade would close.
    pub holds: bool,
}

/// What several pools say to one trade.
#[derive(Clone, Default)]
pub struct Offers {
    /// Those in which it can be done, the best first; what cannot be compared, for want of a token's price, comes last.
    pub offers: Vec<Offer>,
    /// The others, in the order of the candidates.
    pub out: Vec<Excluded>,
    holders: Vec<Pubkey>,
}

/// Why no pool was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoChoice {
    /// No pool does the trade.
    #[error("none of the pools does this trade now")]
    Nowhere,
    /// The trade would close what is held in one pool, and that pool makes no offer: it does not do the trade now, or nobody vouches for it.
    #[error("what the trade would close is held in a pool that makes no offer")]
    HeldElsewhere(Pubkey),
    /// The trade would close what is held in several pools.
    #[error("what the trade would close is held in several pools")]
    HeldInSeveral(Vec<Pubkey>),
    /// Pools of different tokens cannot be compared, because the price of a token is not known.
    #[error("the pools have different tokens, and the price of one is not known")]
    NotComparable(Vec<Pubkey>),
    /// The trade needs a deposit, and could be paid for with different tokens.
    #[error("the trade needs a deposit, and several tokens could pay for it")]
    WhichToken(Vec<Pubkey>),
}

impl<'a> Candidate<'a> {
    /// Makes a candidate that nobody vouches for, with an empty wallet and a token of unknown price.
    pub const fn new(planner: Planner<'a>, account: Option<&'a MarginAccount>, strategy: Strategy) -> Self {
        Self { planner, account, strategy, is_verified: false, token_price: None, wallet: 0 }
    }

    /// Whether the account holds, or has written, what a leg of the trade would make smaller.
    fn holds(&self) -> bool {
        let Some(account) = self.account else { return false };
        let registry = &self.planner.view.registry;
        account.open_positions().any(|place| {
            let position = account.positions[place];
            let id = position.series();
            let is_live = registry.series(id).is_ok_and(|series| series.status() == SeriesStatus::Live);
            let contract = Contract::of(registry, id).filter(|_| is_live);
            let closes = |points: i64| points.signum() == -position.points.signum();
            self.strategy.legs.iter().any(|leg| Some(leg.contract) == contract && closes(leg.points.0))
        })
    }

    fn plan(&self, deposit: u64) -> Result<Plan<TradeQuote>, PlanError> {
        Planner { deposit, ..self.planner.clone() }.trade(self.account, &self.strategy)
    }

    /// The quote, and the native units that are missing for it.
    fn quoted(&self) -> Result<(TradeQuote, u64), PlanError> {
        let given = self.planner.deposit;
        let refused = match self.plan(given) {
            Ok(plan) => return Ok((plan.quote, 0)),
            Err(error) => error,
        };
        // Only cash helps against these, and only whether it does tells whether it is cash that is missing.
        let most = given.saturating_add(PLENTY);
        let plenty = self.plan(most).map_err(|_| refused)?;
        let (mut less, mut enough) = (given, most);
        while enough - less > 1 {
            let middle = less + (enough - less) / 2;
            if self.plan(middle).is_ok() { enough = middle } else { less = middle }
        }
        let quote = if enough - given <= self.wallet { self.plan(enough)?.quote } else { plenty.quote };
        Ok((quote, enough - given))
    }

    fn offer(&self, place: usize, ranking: Ranking) -> Result<Offer, PlanError> {
        let (quote, missing) = self.quoted()?;
        let mut funding = 0i64;
        for leg in &quote.legs {
            funding = funding.saturating_add(quote.funding_per_day_of(leg)?.0);
        }
        let held = i128::from(funding) * i128::from(ranking.held);
        // Rounded against the offer.
        let held = held.div_euclid(86_400) + i128::from(held.rem_euclid(86_400) > 0);
        let net_held = i64::try_from(i128::from(quote.net) - held).unwrap_or(i64::MIN);
        let view = self.planner.view;
        let worth = self.token_price.and_then(|price| convert::worth(net_held, price, view.pool.decimals).ok());
        Ok(Offer {
            pool: view.keys.pool,
            mint: view.keys.mint,
            place,
            funding_per_day: funding,
            missing,
            is_ready: missing <= self.wallet,
            reduces: quote.direction == Direction::Reducing,
            net_held,
            worth,
            quote,
        })
    }
}

impl From<QuoteError> for Out {
    fn from(error: QuoteError) -> Self {
        Self::Refused(error.into())
    }
}

impl Offers {
    /// Asks every pool that is verified.
    pub fn compare(candidates: &[Candidate<'_>], ranking: Ranking) -> Self {
        let mut found = Self::default();
        for (place, candidate) in candidates.iter().enumerate() {
            let keys = &candidate.planner.view.keys;
            let (pool, mint, holds) = (keys.pool, keys.mint, candidate.holds());
            if holds {
                found.holders.push(pool);
            }
            let offer = match candidate.is_verified {
                true => candidate.offer(place, ranking).map_err(Out::Refused),
                false => Err(Out::NotVerified),
            };
            match offer {
                Ok(offer) => found.offers.push(offer),
                Err(why) => found.out.push(Excluded { pool, mint, place, why, holds }),
            }
        }
        found.offers.sort_by(order);
        found
    }

    /// Returns the pool to trade in without being told which: the one where the trade closes what is held; otherwise the best one in which nothing has to be
    /// paid in before; otherwise the best one for which the wallet has what is missing.
    ///
    /// # Errors
    /// [`NoChoice`], where choosing would be guessing.
    pub fn best(&self) -> Result<&Offer, NoChoice> {
        match &self.holders[..] {
            [] => {}
            [one] => return self.offers.iter().find(|offer| offer.pool == *one).ok_or(NoChoice::HeldElsewhere(*one)),
            several => return Err(NoChoice::HeldInSeveral(several.to_vec())),
        }
        let mut ready: Vec<&Offer> = self.offers.iter().filter(|offer| offer.missing == 0).collect();
        if ready.is_empty() {
            ready.extend(self.offers.iter().filter(|offer| offer.is_ready));
        }
        let best = *ready.first().ok_or(NoChoice::Nowhere)?;
        let others = || ready.iter().filter(|offer| offer.mint != best.mint);
        if others().any(|other| best.worth.is_none() || other.worth.is_none()) {
            return Err(NoChoice::NotComparable(ready.iter().map(|offer| offer.pool).collect()));
        }
        if best.missing > 0 && others().next().is_some() {
            return Err(NoChoice::WhichToken(ready.iter().map(|offer| offer.pool).collect()));
        }
        Ok(best)
    }
}

/// The better one first: in one token by native units, otherwise by dollars; then the one that is ready, and then by address, so that an order does not depend
/// on who was asked first.
fn order(one: &Offer, other: &Offer) -> Ordering {
    let by_worth = match (one.worth, other.worth) {
        (Some(here), Some(there)) => there.cmp(&here),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.mint.cmp(&other.mint).then(other.net_held.cmp(&one.net_held)),
    };
    by_worth.then(other.is_ready.cmp(&one.is_ready)).then(one.pool.cmp(&other.pool))
}

#[cfg(test)]
mod tests;
