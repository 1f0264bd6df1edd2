//! A trade before it is quoted, in which options are named whether they are listed or not.

use super::{Plan, PlanError, Planner};
use crate::{
    instruction as build,
    quote::{PoolView, QuoteError, TradeQuote},
    strategy::{Contract, Part, Resolved, Strategy},
};
use evergreen::{
    Leg, OptionLeg,
    state::{LAYOUT_VERSION, MarginAccount},
};
use evergreen_math::{Native, Points, UnixTime};

/// Pool and account as a trade finds them: missing series are listed, a missing account is open, and the planner's deposit is paid in.
#[derive(Clone)]
pub struct Draft {
    /// The pool.
    pub view: PoolView,
    /// The margin account.
    pub account: Box<MarginAccount>,
    /// The legs.
    pub legs: Vec<Leg>,
    /// Contracts that have to be listed first, in this order.
    pub missing: Vec<Contract>,
}

/// A trade of options by their names is planned like this, also for an owner without an account:
///
/// ```
/// use evergreen_sdk::{evergreen::OptionLeg, plan::Planner, price::PushFeeds, testing::scene::Scene};
///
/// let scene = Scene::new(1, 0)?;
/// let option = scene.view.registry.option(scene.series[2])?;
/// let planner = Planner { deposit: 500_000_000, ..Planner::new(&scene.view, &PushFeeds::UPGRADED, Default::default()) };
/// let plan = planner.trade_options(None, &[OptionLeg { option, points: 1_000_000 }])?;
/// // The account is opened, the deposit is paid in, and the trade is committed.
/// assert_eq!(plan.instructions.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Planner<'_> {
    /// Finds the series of the named options and lists those that are missing, on copies; `account` is `None` where the owner has none yet. No rule of a trade is
    /// checked.
    ///
    /// # Errors
    /// [`PlanError`]: what `list_series` would refuse, and `OptionNotListed` for an option that is neither listed nor offered.
    pub fn draft(&self, account: Option<&MarginAccount>, legs: &[OptionLeg]) -> Result<Draft, PlanError> {
        let (mut registry, mut missing) = (self.view.registry.clone(), Vec::new());
        let mut found = Vec::with_capacity(legs.len());
        for leg in legs {
            let series = match registry.find(&leg.option) {
                Ok(series) => series,
                Err(error) => {
                    let contract = Contract::from(&leg.option);
                    let part = Part { contract, points: Points(leg.points) };
                    let place = usize::from(contract.terms.underlying);
                    let offered = self.view.markets.get(place).map(|market| contract.cap_bps(&market.underlying));
                    if offered != Some(Ok(leg.option.cap_bps)) {
                        return Err(QuoteError::from(error).into());
                    }
                    let one = Strategy { legs: vec![part] };
                    let listed = one.resolve(&registry, &self.view.underlyings(), UnixTime(self.view.now))?;
                    registry = listed.registry;
                    missing.extend(listed.missing);
                    listed.legs[0].series
                }
            };
            found.push(Leg { series, points: leg.points });
        }
        self.drafted(account, Resolved { missing, legs: found, registry })
    }

    /// Plans a trade of options by their names, as [`Self::trade`] plans a strategy.
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse one of the instructions.
    pub fn trade_options(
        &self,
        account: Option<&MarginAccount>,
        legs: &[OptionLeg],
    ) -> Result<Plan<TradeQuote>, PlanError> {
        self.trade_drafted(account, &self.draft(account, legs)?)
    }

    /// Returns the largest size of a trade, in points of the largest leg while the others keep their proportion, that is accepted and cannot lose more than
    /// `budget` native units, held to its end: premium and fee, and what written options can cost, beside what the account holds already. Funding is not counted. Zero where no size is.
    ///
    /// # Errors
    /// As [`Self::draft`], and [`PlanError`] for a missing price.
    pub fn size_within(
        &self,
        account: Option<&MarginAccount>,
        legs: &[OptionLeg],
        budget: u64,
    ) -> Result<u64, PlanError> {
        let draft = self.draft(account, legs)?;
        let most = draft.view.capacity_of(&draft.account, &draft.legs)?;
        let largest = legs.iter().map(|leg| leg.points.unsigned_abs()).max().unwrap_or(0).max(1);
        let fits = |size: u64| {
            let scaled = |leg: &Leg| Leg {
                points: i64::try_from(i128::from(leg.points) * i128::from(size) / i128::from(largest)).unwrap_or(0),
                ..*leg
            };
            let mut sized: Vec<Leg> = draft.legs.iter().map(scaled).collect();
            sized.retain(|leg| leg.points != 0);
            let Ok(quote) = draft.view.trade(&draft.account, &sized) else { return false };
            quote.outcome().is_ok_and(|outcome| i128::from(outcome.worst) >= -i128::from(budget))
        };
        // All sizes below one that fits do: what a trade can lose grows with it.
        let (mut good, mut bad) = (0, most.saturating_add(1));
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if fits(middle) { good = middle } else { bad = middle }
        }
        Ok(good)
    }

    /// Opens, pays in and lists on copies. Errors: what the program would refuse.
    pub(super) fn drafted(
        &self,
        account: Option<&MarginAccount>,
        Resolved { missing, legs, registry }: Resolved,
    ) -> Result<Draft, PlanError> {
        let mut view = self.view.clone().with_registry(registry);
        let mut account = match account {
            Some(account) => view.opened(account)?,
            None => Box::new(self.new_account()),
        };
        if self.deposit > 0 {
            view.pool.credit_margin(&mut account, Native(self.deposit)).map_err(QuoteError::from)?;
        }
        for contract in &missing {
            view.check_listing(contract.terms.underlying, &contract.request())?;
        }
        if !missing.is_empty() {
            view.measure_listed()?;
        }
        Ok(Draft { view, account, legs, missing })
    }

    /// Plans the trade of a draft.
    pub(super) fn trade_drafted(
        &self,
        account: Option<&MarginAccount>,
        draft: &Draft,
    ) -> Result<Plan<TradeQuote>, PlanError> {
        let view = &draft.view;
        let mut instructions = Vec::new();
        if account.is_none() {
            let open = build::open_margin_account(self.payer, self.owner, &view.keys, self.sub_account, self.referrer);
            instructions.push(open);
        }
        if self.deposit > 0 {
            instructions.push(build::deposit_margin(self.owner, &view.keys, self.account_key(), self.deposit));
        }
        for contract in &draft.missing {
            let market = &view.markets[usize::from(contract.terms.underlying)];
            instructions.push(build::list_series(&view.keys, &market.feed, contract.request()));
        }
        let listed: Vec<u8> = draft.missing.iter().map(|contract| contract.terms.underlying).collect();
        self.traded(view, &draft.account, &draft.legs, &listed, instructions)
    }

    /// Returns the account as `open_margin_account` creates it.
    pub(super) fn new_account(&self) -> MarginAccount {
        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        account.version = LAYOUT_VERSION;
        account.sub_account = self.sub_account;
        account.pool = self.view.keys.pool;
        account.owner = self.owner;
        account.loss_index = self.view.pool.loss_index;
        account
    }
}
