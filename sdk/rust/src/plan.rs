//! Plans: the instructions of a trade or of a change of liquidity, in order, with a quote. Making a plan sends nothing.
//!
//! ```
//! use evergreen_sdk::{
//!     anchor_lang::prelude::Pubkey,
//!     math::{Points, Seconds},
//!     plan::{Plan, PlanError, Planner},
//!     price::PushFeeds,
//!     quote::{PoolView, TradeQuote},
//!     strategy::{ContractTerms, Strategy},
//! };
//!
//! /// Plans a 7-day straddle for an owner without an account: opens it, deposits, lists missing series, trades.
//! fn first_trade(view: &PoolView, owner: Pubkey) -> Result<Plan<TradeQuote>, PlanError> {
//!     let btc = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
//!     let straddle = Strategy::straddle(btc, 100_000, Points(1_000_000))?;
//!     let planner = Planner { deposit: 500_000_000, ..Planner::new(view, &PushFeeds::UPGRADED, owner) };
//!     planner.trade(None, &straddle)
//! }
//! ```

mod chain;
mod draft;
mod liquidity;
mod shares;

pub use chain::ChainRow;
pub use draft::Draft;
pub use shares::SharesAsMargin;

use crate::{
    address,
    failure::Refusal,
    instruction as build,
    price::{NoPrice, PriceProvider},
    quote::{FillQuote, PoolView, QuoteError, TradeQuote},
    strategy::{Contract, Strategy, StrategyError},
};
use anchor_lang::{error, prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    Leg, TradeTerms,
    engine::TradeRequest,
    errors::EvergreenError,
    state::{MarginAccount, Order},
};
use evergreen_math::{BasisPoints, Native, Rounding, UnixTime};

/// Instructions in order, and the quote of what they do.
///
/// ```
/// use evergreen_sdk::{evergreen::Leg, plan::Planner, price::PushFeeds, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
/// let plan = planner.trade_legs(&account, &[Leg { series: scene.series[0], points: 1_000 }])?;
/// // Printed before anything is signed; `Client::execute` sends it.
/// println!("{} units, of which {} are fees; health afterwards {}", plan.quote.net, plan.quote.fee, plan.quote.after.health.initial);
/// assert_eq!(plan.signers, [account.owner]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan<Q> {
    /// Instructions of one transaction.
    pub instructions: Vec<Instruction>,
    /// Result of the instructions if nothing changes before they are executed.
    pub quote: Q,
    /// Keys that have to sign, the payer first, each once.
    pub signers: Vec<Pubkey>,
    /// Lookup tables that make the transaction smaller.
    pub lookup_tables: Vec<Pubkey>,
}

/// Reason why there is no plan.
///
/// ```
/// use evergreen_sdk::{plan::PlanError, quote::QuoteError};
///
/// /// Says what the caller can do.
/// fn explain(error: &PlanError) -> String {
///     match error {
///         PlanError::Strategy(error) => format!("choose other contracts: {error}"),
///         PlanError::Quote(QuoteError::Refused(refusal)) => format!("the program would refuse: {refusal}"),
///         PlanError::Quote(error @ QuoteError::NoPrice(_)) => format!("read the pool again: {error}"),
///         PlanError::Price(error) => format!("fetch an update first: {error}"),
///     }
/// }
/// # use evergreen_sdk::strategy::StrategyError;
/// assert_eq!(explain(&StrategyError::Size.into()), "choose other contracts: the size must be above zero");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The strategy cannot be traded.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// The plan has no quote.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// A price source has no price.
    #[error(transparent)]
    Price(#[from] NoPrice),
}

impl PlanError {
    /// Returns the program's refusal, if the error is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Quote(error) => error.refusal(),
            Self::Strategy(_) | Self::Price(_) => None,
        }
    }
}

/// Makes plans for one owner in one pool.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::Leg, plan::Planner, price::PushFeeds, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let bot = Pubkey::new_from_array([6; 32]);
/// let mut account = scene.account(0);
/// (account.delegate, account.allowance) = (bot, 1_000_000);
/// // A delegate trades within their allowance and pays the network's fee; the trade may cost at most 2,000 units.
/// let planner = Planner {
///     payer: bot,
///     trader: Some(bot),
///     min_net: Some(-2_000),
///     ..Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner)
/// };
/// let legs = |points| [Leg { series: scene.series[0], points }];
/// assert_eq!(planner.trade_legs(&account, &legs(10))?.signers, [bot]);
/// assert!(planner.trade_legs(&account, &legs(10_000)).is_err(), "the trade costs more");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct Planner<'a> {
    /// The pool at this moment.
    pub view: &'a PoolView,
    /// Source of prices.
    pub source: &'a dyn PriceProvider,
    /// Owner of the margin account, or provider of liquidity.
    pub owner: Pubkey,
    /// Payer of rent and of the network's fees.
    pub payer: Pubkey,
    /// Number of the sub-account.
    pub sub_account: u16,
    /// Amount to deposit from the owner's wallet before a trade, native units.
    pub deposit: u64,
    /// Slippage: how much worse than the quote a result may be, as a share of the quote.
    pub slippage: BasisPoints,
    /// Least change of cash by a trade that is accepted, fees included, native units (negative: the most to pay). It replaces
    /// the slippage of trades.
    pub min_net: Option<i64>,
    /// Delegate of the account, if the delegate signs trades instead of the owner.
    pub trader: Option<Pubkey>,
    /// Lookup tables that plans name.
    pub lookup_tables: Vec<Pubkey>,
    /// Referrer of an account that a plan opens.
    pub referrer: Option<Pubkey>,
}

impl<'a> Planner<'a> {
    /// Makes a planner whose owner is the payer, with a slippage of 1 % and no deposit.
    pub const fn new(view: &'a PoolView, source: &'a dyn PriceProvider, owner: Pubkey) -> Self {
        Self {
            view,
            source,
            owner,
            payer: owner,
            sub_account: 0,
            deposit: 0,
            slippage: BasisPoints(100),
            min_net: None,
            trader: None,
            lookup_tables: Vec::new(),
            referrer: None,
        }
    }

    /// Returns the address of the margin account.
    pub fn account_key(&self) -> Pubkey {
        address::margin_account(&self.view.keys.pool, &self.owner, self.sub_account)
    }

    /// Plans a trade: it makes prices fresh, opens the account if there is none (`account` is `None`), deposits, lists missing
    /// series, and trades the legs within the slippage.
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse one of the instructions.
    pub fn trade(&self, account: Option<&MarginAccount>, strategy: &Strategy) -> Result<Plan<TradeQuote>, PlanError> {
        let resolved = strategy.resolve(&self.view.registry, &self.view.underlyings(), UnixTime(self.view.now))?;
        self.trade_drafted(account, &self.drafted(account, resolved)?)
    }

    /// Plans a trade of legs whose series are listed, for an account that exists.
    ///
    /// # Errors
    /// The same as those of [`Self::trade`].
    pub fn trade_legs(&self, account: &MarginAccount, legs: &[Leg]) -> Result<Plan<TradeQuote>, PlanError> {
        let mut view = self.view.clone();
        let mut state = *view.opened(account)?;
        let mut instructions = Vec::new();
        if self.deposit > 0 {
            instructions.push(build::deposit_margin(self.owner, &view.keys, self.account_key(), self.deposit));
            view.pool.credit_margin(&mut state, Native(self.deposit)).map_err(QuoteError::from)?;
        }
        self.traded(&view, &state, legs, &[], instructions)
    }

    fn traded(
        &self,
        view: &PoolView,
        account: &MarginAccount,
        legs: &[Leg],
        listed: &[u8],
        mut instructions: Vec<Instruction>,
    ) -> Result<Plan<TradeQuote>, PlanError> {
        let (mut view, mut listed) = (view.clone(), listed.to_vec());
        for option in view.touch_for(account, legs)? {
            let feed = &view.markets[usize::from(option.underlying)].feed;
            instructions.push(build::list_series(&view.keys, feed, Contract::from(&option).request()));
            listed.push(option.underlying);
        }
        let quote = view.trade(account, legs)?;
        let min_net = self.least_net(&quote);
        if quote.net < min_net {
            let error = error!(EvergreenError::LimitExceeded);
            return Err(QuoteError::from(error.with_values((format!("net {}, limit {min_net}", quote.net), ""))).into());
        }
        // A leg that closes a position now must not open one if the position has changed before the trade is filled.
        let closing =
            (0..).zip(legs).filter(|(_, leg)| account.is_shrunk_by(leg)).fold(0, |bits, (place, _)| bits | 1 << place);
        let trader = self.trader.unwrap_or(self.owner);
        let request = TradeRequest { legs: legs.to_vec(), closing, min_net };
        // Only who is named beside the owner may be a delegate.
        let committed = match self.trader {
            Some(trader) => view.commit_for(&trader, account, &request)?,
            None => view.commit(account, &request)?,
        };
        // Where written options need more than the cash that is left, the bond is judged by health.
        let priced = if committed.uncovered { view.needed(account, [])? } else { Vec::new() };
        let terms = TradeTerms { legs: view.named(legs)?, closing, min_net };
        let commit = build::commit_trade(
            trader,
            &view.keys,
            self.account_key(),
            account.next_order,
            terms,
            &view.feeds(&priced),
        );
        instructions.push(commit);
        let places: Vec<u8> = listed.iter().chain(&priced).copied().collect();
        self.plan(instructions, quote, &places)
    }

    /// Returns the limit that a plan gives a trade of this quote: the least change of cash accepted, native units, rounded down.
    pub fn least_net(&self, quote: &TradeQuote) -> i64 {
        let within = quote.net.saturating_sub(self.tolerance(quote.net.unsigned_abs()));
        self.min_net.unwrap_or(within)
    }

    /// Plans to close all live positions of an account, in trades of up to four legs, and to withdraw all cash. There is one plan
    /// for each trade, to be committed when the one before is filled, and a last one that withdraws, whose quote is `None`; it settles positions
    /// in ended series before, and is left out where nothing is left to pay out.
    ///
    /// # Errors
    /// [`PlanError`], for instance when closing a hedge would lower health below what the program allows.
    pub fn leave(&self, account: &MarginAccount) -> Result<Vec<Plan<Option<TradeQuote>>>, PlanError> {
        let mut view = self.view.clone();
        let mut state = *account;
        let mut plans = Vec::new();
        loop {
            // Written options are closed first: keeping bought options cannot lower health.
            let mut open: Vec<_> = state.open_positions().map(|place| state.positions[place]).collect();
            open.retain(|position| view.registry.series(position.series()).is_ok_and(|series| series.status == 1));
            open.sort_by_key(|position| position.points > 0);
            if open.is_empty() {
                break;
            }
            let legs = open.iter().take(4).map(|p| Leg { series: p.series(), points: p.points.saturating_neg() });
            let legs: Vec<Leg> = legs.collect();
            let Plan { instructions, quote, signers, lookup_tables } =
                self.traded(&view, &state, &legs, &[], Vec::new())?;
            state = *quote.account_after;
            state.next_order = state.next_order.saturating_add(1);
            view.pool = quote.pool_after.clone();
            view.registry = quote.registry_after.clone();
            plans.push(Plan { instructions, quote: Some(quote), signers, lookup_tables });
        }
        let has_ended = state.open_positions().next().is_some();
        if has_ended || state.cash > 0 {
            let settle = has_ended.then(|| build::settle_positions(&view.keys, self.account_key()));
            let withdraw = build::withdraw_margin(self.owner, &view.keys, self.account_key(), u64::MAX, &[]);
            plans.push(self.plan(settle.into_iter().chain([withdraw]).collect(), None, &[])?);
        }
        Ok(plans)
    }

    /// Plans to fill the commitment of an account, whoever owns it, at the prices of the view, which have to be the first ones after
    /// it. Volatility samples that it has to wait for are taken in front of it. `order` is the one that the commitment comes from; `filler_account`, a margin account in this pool, receives the tip, unless somebody else has a stake
    /// on the commitment.
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse to fill it, for instance because the price is not the first one.
    pub fn fill(
        &self,
        key: Pubkey,
        account: &MarginAccount,
        order: Option<&Order>,
        filler_account: Option<Pubkey>,
    ) -> Result<Plan<FillQuote>, PlanError> {
        let quote = self.view.fill(account, order)?;
        let places = self.view.needed_to_fill(account)?;
        let filler_account = order.and_then(Order::committer).or(filler_account);
        let order = order.map(|order| (order.number, order.payer));
        let fill = build::fill_trade(&self.view.keys, key, filler_account, order, &self.view.feeds(&places));
        let samples = self.view.take_samples(&self.view.samples_to_fill(account));
        self.plan(samples.into_iter().chain([fill]).collect(), quote, &places)
    }

    /// Returns by how much a result may be worse than its quote, rounded up.
    fn tolerance(&self, result: u64) -> i64 {
        let part = Native(result).share(self.slippage, Rounding::Ceil).unwrap_or(Native(result));
        i64::try_from(part.0).unwrap_or(i64::MAX)
    }

    /// Makes a plan: puts the instructions that make the prices at these places fresh in front, and lists all signers.
    fn plan<Q>(&self, instructions: Vec<Instruction>, quote: Q, places: &[u8]) -> Result<Plan<Q>, PlanError> {
        let feeds: Vec<_> =
            places.iter().map(|place| self.view.markets[usize::from(*place)].underlying.feed_id).collect();
        let refresh = self.source.refresh(&self.payer, &feeds)?;
        let mut all = refresh.instructions;
        all.extend(instructions);
        let mut signers = vec![self.payer];
        let named = all.iter().flat_map(|instruction| &instruction.accounts);
        signers.extend(named.filter(|meta| meta.is_signer).map(|meta| meta.pubkey));
        signers.extend(refresh.signers);
        let mut seen = std::collections::HashSet::new();
        signers.retain(|key| seen.insert(*key));
        Ok(Plan { instructions: all, quote, signers, lookup_tables: self.lookup_tables.clone() })
    }
}

#[cfg(test)]
mod tests;
