//! Plans: everything that an intention needs, in order, with its quote. A plan never sends itself.
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
//! /// A week's straddle for somebody who has no account yet: opens it, pays in, lists what is missing, trades.
//! fn first_trade(view: &PoolView, owner: Pubkey) -> Result<Plan<TradeQuote>, PlanError> {
//!     let btc = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
//!     let straddle = Strategy::straddle(btc, 100_000, Points(1_000_000))?;
//!     let planner = Planner { deposit: 500_000_000, ..Planner::new(view, &PushFeeds::UPGRADED, owner) };
//!     planner.trade(None, &straddle)
//! }
//! ```

mod liquidity;

use crate::{
    address, instruction as build,
    price::{NoPrice, PriceProvider},
    quote::{PoolView, QuoteError, TradeQuote},
    strategy::{Resolved, Strategy, StrategyError},
};
use anchor_lang::{error, prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    Leg,
    errors::EvergreenError,
    state::{LAYOUT_VERSION, MarginAccount},
};
use evergreen_math::{BasisPoints, Native, Rounding, UnixTime};

/// Instructions in order, and what they come to.
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
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
    /// What they come to if nothing changes until then.
    pub quote: Q,
    /// Who has to sign, the payer first, each once.
    pub signers: Vec<Pubkey>,
    /// Lookup tables that make the transaction smaller.
    pub lookup_tables: Vec<Pubkey>,
}

/// Why there is no plan.
///
/// ```
/// use evergreen_sdk::{plan::PlanError, quote::QuoteError};
///
/// /// Whose fault it is that there is no plan.
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
    /// There is no quote.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// A price source has no price.
    #[error(transparent)]
    Price(#[from] NoPrice),
}

/// Makes plans for one owner in one pool.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::Leg, plan::Planner, price::PushFeeds, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let bot = Pubkey::new_from_array([6; 32]);
/// // A delegate trades and pays the network's fee; at most 2,000 units may be spent.
/// let planner = Planner {
///     payer: bot,
///     trader: Some(bot),
///     min_net: Some(-2_000),
///     ..Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner)
/// };
/// let legs = |points| [Leg { series: scene.series[0], points }];
/// assert_eq!(planner.trade_legs(&account, &legs(10))?.signers, [bot]);
/// assert!(planner.trade_legs(&account, &legs(10_000)).is_err(), "costs more");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct Planner<'a> {
    /// The pool at this moment.
    pub view: &'a PoolView,
    /// Where prices come from.
    pub source: &'a dyn PriceProvider,
    /// Owner of the margin account, or provider of liquidity.
    pub owner: Pubkey,
    /// Pays rent and fees.
    pub payer: Pubkey,
    /// Number of the sub-account.
    pub sub_account: u16,
    /// Tokens to pay in from the owner's wallet before a trade, native units.
    pub deposit: u64,
    /// How much worse than its quote a result may be, as a share of it.
    pub slippage: BasisPoints,
    /// Least change of cash by a trade that is accepted, fees included (negative: the most to pay), native units; takes the
    /// place of the slippage.
    pub min_net: Option<i64>,
    /// Who signs trades in the owner's place: the delegate of the account.
    pub trader: Option<Pubkey>,
    /// Lookup tables to name in plans.
    pub lookup_tables: Vec<Pubkey>,
    /// Named as the referrer of an account that a plan opens.
    pub referrer: Option<Pubkey>,
}

impl<'a> Planner<'a> {
    /// An owner who pays himself, with half a per cent of slippage and nothing to pay in.
    pub const fn new(view: &'a PoolView, source: &'a dyn PriceProvider, owner: Pubkey) -> Self {
        Self {
            view,
            source,
            owner,
            payer: owner,
            sub_account: 0,
            deposit: 0,
            slippage: BasisPoints(50),
            min_net: None,
            trader: None,
            lookup_tables: Vec::new(),
            referrer: None,
        }
    }

    /// Address of the margin account.
    pub fn account_key(&self) -> Pubkey {
        address::margin_account(&self.view.keys.pool, &self.owner, self.sub_account)
    }

    /// A trade: prices are made fresh, the account is opened if there is none (`account` is `None`), tokens are paid in,
    /// missing series are listed, then the legs are traded within the slippage.
    ///
    /// # Errors
    /// [`PlanError`]: also what the program would refuse of it.
    pub fn trade(&self, account: Option<&MarginAccount>, strategy: &Strategy) -> Result<Plan<TradeQuote>, PlanError> {
        let Resolved { missing, legs, registry } =
            strategy.resolve(&self.view.registry, &self.view.underlyings(), UnixTime(self.view.now))?;
        let mut view = self.view.clone().with_registry(registry);
        let mut instructions = Vec::new();
        let mut state = match account {
            Some(account) => *view.opened(account)?,
            None => {
                let keys = &view.keys;
                let open = build::open_margin_account(self.payer, self.owner, keys, self.sub_account, self.referrer);
                instructions.push(open);
                self.new_account()
            }
        };
        if self.deposit > 0 {
            instructions.push(build::deposit_margin(self.owner, &view.keys, self.account_key(), self.deposit));
            view.pool.credit_margin(&mut state, Native(self.deposit)).map_err(QuoteError::from)?;
        }
        for contract in &missing {
            let place = contract.terms.underlying;
            let market = &view.markets[usize::from(place)];
            let spot = view.price(place)?.spot;
            market.underlying.check_strike(contract.strike, spot).map_err(QuoteError::from)?;
            instructions.push(build::list_series(&view.keys, &market.feed, contract.request()));
        }
        self.traded(&view, &state, &legs, instructions)
    }

    /// A trade of legs whose series are known, for an account that exists.
    ///
    /// # Errors
    /// As [`Self::trade`].
    pub fn trade_legs(&self, account: &MarginAccount, legs: &[Leg]) -> Result<Plan<TradeQuote>, PlanError> {
        let mut view = self.view.clone();
        let mut state = *view.opened(account)?;
        let mut instructions = Vec::new();
        if self.deposit > 0 {
            instructions.push(build::deposit_margin(self.owner, &view.keys, self.account_key(), self.deposit));
            view.pool.credit_margin(&mut state, Native(self.deposit)).map_err(QuoteError::from)?;
        }
        self.traded(&view, &state, legs, instructions)
    }

    fn traded(
        &self,
        view: &PoolView,
        account: &MarginAccount,
        legs: &[Leg],
        mut instructions: Vec<Instruction>,
    ) -> Result<Plan<TradeQuote>, PlanError> {
        let quote = view.trade(account, legs)?;
        let places = view.needed(account, legs.iter().map(|leg| leg.series))?;
        let min_net = self.least_net(&quote);
        if quote.net < min_net {
            let error = error!(EvergreenError::LimitExceeded);
            return Err(QuoteError::from(error.with_values((format!("net {}, limit {min_net}", quote.net), ""))).into());
        }
        let feeds = view.feeds(&places);
        let key = self.account_key();
        let trader = self.trader.unwrap_or(self.owner);
        // What closes now must not open when the position has changed until then.
        let closing =
            (0..).zip(legs).filter(|(_, leg)| account.is_shrunk_by(leg)).fold(0, |bits, (place, _)| bits | 1 << place);
        instructions.push(build::trade(trader, &view.keys, key, legs.to_vec(), closing, min_net, &feeds));
        self.plan(instructions, quote, &places)
    }

    /// The limit that a plan gives a trade of this quote: the least change of cash accepted.
    pub fn least_net(&self, quote: &TradeQuote) -> i64 {
        let within = quote.net.saturating_sub(self.tolerance(quote.net.unsigned_abs()));
        self.min_net.unwrap_or(within)
    }

    /// All positions of an account closed, in trades of up to four legs, and all cash withdrawn: one plan for each trade, the
    /// last one with the withdrawal. `None` is the quote of a plan that only withdraws.
    ///
    /// # Errors
    /// [`PlanError`]: for instance that closing a hedge first would lower health; then close by hand, what is written first.
    pub fn leave(&self, account: &MarginAccount) -> Result<Vec<Plan<Option<TradeQuote>>>, PlanError> {
        let mut view = self.view.clone();
        let mut state = *account;
        let mut plans = Vec::new();
        loop {
            // What is written first: holding on to what is bought cannot hurt.
            let mut open: Vec<_> = state.open_positions().map(|place| state.positions[place]).collect();
            open.retain(|position| view.registry.series(position.series()).is_ok_and(|series| series.status == 1));
            open.sort_by_key(|position| position.points > 0);
            if open.is_empty() {
                break;
            }
            let legs = open.iter().take(4).map(|p| Leg { series: p.series(), points: p.points.saturating_neg() });
            let legs: Vec<Leg> = legs.collect();
            let Plan { instructions, quote, signers, lookup_tables } = self.traded(&view, &state, &legs, Vec::new())?;
            state = *quote.account_after;
            view.pool = quote.pool_after.clone();
            view.registry = quote.registry_after.clone();
            plans.push(Plan { instructions, quote: Some(quote), signers, lookup_tables });
        }
        let withdraw = build::withdraw_margin(self.owner, &view.keys, self.account_key(), u64::MAX, &[]);
        match plans.last_mut() {
            Some(last) => last.instructions.push(withdraw),
            None => plans.push(self.plan(vec![withdraw], None, &[])?),
        }
        Ok(plans)
    }

    /// How much of a result may be missing, rounded up.
    fn tolerance(&self, result: u64) -> i64 {
        let part = Native(result).share(self.slippage, Rounding::Ceil).unwrap_or(Native(result));
        i64::try_from(part.0).unwrap_or(i64::MAX)
    }

    /// Puts what makes the prices at these places fresh in front, and names all signers.
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

    /// The account that `open_margin_account` makes.
    fn new_account(&self) -> MarginAccount {
        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        account.version = LAYOUT_VERSION;
        account.sub_account = self.sub_account;
        account.pool = self.view.keys.pool;
        account.owner = self.owner;
        account.loss_index = self.view.pool.loss_index;
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{address, price::PushFeeds, testing::scene::Scene};
    use anchor_lang::AnchorDeserialize;
    use evergreen::state::SeriesId;
    use evergreen_math::{Points, funding::FundingIndex};

    #[test]
    fn an_owner_has_an_account_for_each_number() {
        let (scene, owner) = (Scene::new(1, 0).unwrap(), Pubkey::new_from_array([5; 32]));
        let planner = Planner { sub_account: 3, ..Planner::new(&scene.view, &PushFeeds::UPGRADED, owner) };
        assert_eq!(planner.account_key(), address::margin_account(&scene.view.keys.pool, &owner, 3));
    }

    #[test]
    fn the_limit_is_half_a_per_cent_below_the_quote_rounded_down() {
        let mut scene = Scene::new(1, 0).unwrap();
        let account = scene.account(0);
        let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
        let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: 100_000 }]).unwrap();
        assert!(quote.net < 0);
        assert_eq!(planner.least_net(&quote), quote.net - (quote.net.abs() + 199) / 200);
    }

    #[test]
    fn what_closes_now_must_not_open_later() {
        let mut scene = Scene::new(1, 0).unwrap();
        let mut account = scene.account(0);
        let [closed, opened, part] = [0, 1, 2].map(|place| scene.series[place]);
        let settled = |series: SeriesId| scene.view.registry.series[usize::from(series.slot)].funding_index.get();
        for (place, series) in [closed, part].into_iter().enumerate() {
            account.store(place, series, Points(1_000), FundingIndex(settled(series)));
        }
        account.cash = 1_000_000_000;
        let legs = [(closed, -1_000), (opened, 1_000), (part, -1)].map(|(series, points)| Leg { series, points });

        // TEST
        let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
        let plan = planner.trade_legs(&account, &legs).unwrap();
        let trade = plan.instructions.last().expect("the trade");
        let sent = evergreen::instruction::Trade::try_from_slice(&trade.data[8..]).unwrap();
        assert_eq!((sent.legs, sent.closing), (legs.to_vec(), 0b101));
    }
}
