//! Quotes of liquidity: net asset value, shares of a deposit, payment of a withdrawal, yield.

use super::{PoolView, Result, Scratch, carry::PerDay};
use crate::convert::Decimal;
use anchor_lang::{error, prelude::Pubkey};
use evergreen::{
    engine::{
        DepositOutcome, MarketContext, NavBound, check_writers_settled, execute_deposit, net_assets, withdrawal_minute,
    },
    errors::EvergreenError,
    oracle::{self, PriceUse, Publication},
    state::{Action, ExecutedPart, LiquidityRequest, Pool, SeriesStatus, ShareClass, size_of_leaving},
};
use evergreen_math::{Native, NativeDelta, Ratio, Rounding, UnixTime, shares};

/// Net asset value of a class, at the mark and between two bounds: where marks have arrived all are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetAssetValue {
    /// Lower bound, native units; withdrawals are priced at it.
    pub lower: i64,
    /// At the mark, native units.
    pub mark: i64,
    /// Upper bound, native units; deposits are priced at it.
    pub upper: i64,
    /// Number of all shares.
    pub shares: u64,
}

impl NetAssetValue {
    /// Returns the price of one share at the lower bound, which a withdrawal gets, in native units, rounded down. It is for display.
    /// `None` if the bound is negative or the price does not fit.
    pub fn share_price_lower(&self) -> Option<Ratio> {
        shares::share_price(self.shares, NativeDelta(self.lower)).ok()
    }

    /// Returns the price of one share at the upper bound, which a deposit pays, in native units, rounded down. It is for display.
    /// `None` if the bound is negative or the price does not fit.
    pub fn share_price_upper(&self) -> Option<Ratio> {
        shares::share_price(self.shares, NativeDelta(self.upper)).ok()
    }
}

/// Result of a deposit at the view's prices. It is an estimate: shares are minted after the next full minute.
#[derive(Clone)]
pub struct DepositQuote {
    /// Shares minted, rounded down. The deposit's `min_shares` is compared with them.
    pub shares: u64,
    /// Net asset value of the class before, upper bound less what is not earned yet, native units.
    pub assets: i64,
    /// The pool afterwards, byte for byte.
    pub pool_after: Box<Pool>,
}

/// Result of the execution of a deposit.
#[derive(Clone)]
pub struct DepositExecution {
    /// What becomes of it.
    pub outcome: DepositOutcome,
    /// The request afterwards. It is closed if shares are minted.
    pub request: Box<LiquidityRequest>,
    /// The pool afterwards, byte for byte.
    pub pool_after: Box<Pool>,
}

/// Result of a withdrawal if it were executed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawalQuote {
    /// Worth of the withdrawal's shares at the lower bound, rounded down, native units. For the insurance class it is at most their
    /// worth at the request.
    pub worth: u64,
    /// Shares that could be executed now, within reserves and the daily limit.
    pub shares_now: u64,
    /// Payment for [`Self::shares_now`], native units.
    pub amount_now: u64,
    /// Net asset value of the class, lower bound, native units.
    pub assets: i64,
    /// Cooldown between request and execution, seconds.
    pub cooldown: i64,
    /// Whether the shares are worth less than the least amount of their owner, so that the queue goes on without them.
    pub passed: bool,
}

impl WithdrawalQuote {
    /// Returns the least amount that a request accepts whose owner names none, native units: nine tenths of the worth, rounded down, and never nothing. A request of
    /// insurance pays no more than now, so some loss is allowed for.
    pub const fn suggested_least(&self) -> u64 {
        let least = self.worth / 10 * 9;
        if least == 0 { 1 } else { least }
    }
}

/// Income of a class at present prices.
///
/// This is income, not profit. A pool that has written options receives funding because prices move. On average the moves cost
/// the pool as much as the funding brings, if volatility is as quoted. In the long run the pool keeps the fees, the carry
/// that traders pay for the direction that they leave it with, and the mark-up of the volatility. Neither the past nor this estimate is a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YieldEstimate {
    /// Funding that traders pay the class per day, native units, rounded down; negative when the pool pays.
    pub funding_per_day: i64,
    /// Part of the given fees that the class gets per day, native units.
    pub fees_per_day: u64,
    /// Net asset value of the class, lower bound, native units.
    pub assets: i64,
    /// Funding and fees of 365 days as a share of [`Self::assets`], not compounded; `None` when those are not above zero.
    pub per_year: Option<Decimal>,
    /// Reserved collateral as a share of pool cash; `None` when there is no pool cash.
    pub utilisation: Option<Decimal>,
}

/// A deposit and its immediate withdrawal are quoted like this:
///
/// ```
/// use evergreen_sdk::{evergreen::state::ShareClass, testing::scene::Scene};
///
/// let view = Scene::new(1, 0)?.view;
/// let shares = view.deposit(ShareClass::Main, 100_000_000)?.shares;
/// let back = view.withdrawal(ShareClass::Main, shares)?;
/// println!("of 100,000,000 units {} could be withdrawn again", back.worth);
/// assert!(back.worth <= 100_000_000);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the net asset value of the main class, and the pool and registry as the valuation leaves them.
    fn valued(&self, bound: NavBound) -> Result<(NativeDelta, Scratch)> {
        self.on_engine(PriceUse::Liquidity, &self.needed_for_registry(), |engine| Ok(engine.net_assets(bound)?))
    }

    /// As [`Self::valued`], less what is not earned yet.
    fn earned(&self, bound: NavBound) -> Result<(NativeDelta, Scratch)> {
        let (assets, scratch) = self.valued(bound)?;
        let assets = scratch.pool.less_unearned(assets, 0, None, UnixTime(self.now))?;
        Ok((assets, scratch))
    }

    /// Returns the net asset value of a class.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) if the main class is asked for and an underlying with open interest has no fresh price.
    pub fn net_asset_value(&self, class: ShareClass) -> Result<NetAssetValue> {
        let at = |bound| match (class, bound) {
            (ShareClass::Main, NavBound::Mark) => Ok(self.valued(bound)?.0.0),
            (ShareClass::Main, _) => Ok(self.earned(bound)?.0.0),
            (ShareClass::Insurance, _) => Ok::<i64, super::QuoteError>(self.pool.insurance_worth()?.to_delta()?.0),
        };
        let (lower, mark, upper) = (at(NavBound::Lower)?, at(NavBound::Mark)?, at(NavBound::Upper)?);
        Ok(NetAssetValue { lower, mark, upper, shares: self.pool.shares(class).total })
    }

    /// Returns the result of a deposit of `amount` native units at the view's prices, which must be recent ones: what the execution would come to if prices
    /// and ledgers stayed as they are.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) with the refusal that the program would make.
    pub fn deposit(&self, class: ShareClass, amount: u64) -> Result<DepositQuote> {
        self.check_running(Action::DepositLiquidity)?;
        self.pool.check_open_for_risk()?;
        self.pool.check_cap(class, Native(amount))?;
        let (assets, mut scratch) = match class {
            ShareClass::Main => self.earned(NavBound::Upper)?,
            ShareClass::Insurance => {
                check_writers_settled(&self.pool, &self.registry, self.now)?;
                (self.pool.insurance_balance()?, self.scratch())
            }
        };
        let shares = scratch.pool.shares(class).for_deposit(Native(amount), assets)?;
        scratch.pool.add_shares(class, Native(amount), shares)?;
        if class == ShareClass::Main {
            scratch.pool.limit_unearned(assets, Native::ZERO, None, self.now)?;
        }
        Ok(DepositQuote { shares, assets: assets.0, pool_after: scratch.pool })
    }

    /// Returns what the execution of a deposit comes to now. The view's prices have to be the first ones after the
    /// request's minute, where any are needed ([`Self::needed_for`]). `has_account` says whether the token account for the shares is there.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) with the refusal that the program would make; `MarketAccountMissing` for a missing price.
    pub fn deposit_execution(&self, request: &LiquidityRequest, has_account: bool) -> Result<DepositExecution> {
        let (mut scratch, view) = (self.scratch(), self.with_samples(&self.samples_of_deposit(request))?);
        let mut request = Box::new(request.clone());
        request.open(&scratch.pool)?;
        let outcome = execute_deposit(
            &mut scratch.pool,
            &mut scratch.registry,
            &mut request,
            (has_account, self.now),
            |_, _, minute| match view.first_prices(minute) {
                Err(error) if is_uncertain(&error) => Ok(None),
                market => market.map(Some),
            },
        )?;
        Ok(DepositExecution { outcome, request, pool_after: scratch.pool })
    }

    /// Whether a deposit cannot end without the first prices after its minute, at which it is executed, or which tell why nobody has executed it in time.
    pub fn is_price_awaited(&self, request: &LiquidityRequest) -> bool {
        self.now <= request.deadline().saturating_add(LiquidityRequest::PRICE_WAIT)
            && !self.needed_for(request.share_class(), request.minute).is_empty()
    }

    /// Returns the market of a valuation at the view's prices, which have to be the first ones after `moment`, unix seconds.
    fn first_prices(&self, moment: i64) -> anchor_lang::Result<MarketContext> {
        let mut market = MarketContext::first_after(moment, self.now);
        for place in self.needed_for(ShareClass::Main, moment) {
            let missing = || error!(EvergreenError::MarketAccountMissing);
            let view = self.markets.get(usize::from(place)).ok_or_else(missing)?;
            let bytes = view.price.as_ref().ok_or_else(missing)?;
            let (wanted, now) = (Publication::FirstAfter(moment), UnixTime(self.now));
            let price = oracle::read(&bytes.at(&view.feed.price), &view.underlying, wanted, now)?;
            market.enter(&self.pool, &view.underlying, usize::from(place), price, PriceUse::Liquidity)?;
        }
        Ok(market)
    }

    /// Returns what a withdrawal of `shares` would pay at the view's prices, which must be recent ones, if it were the first of its queue and past
    /// its cooldown. The actual payment depends on the pool at the time of execution: until then the shares bear losses and, in the main
    /// class, share gains.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) with the refusal that the program would make, `NothingPayable` when nothing can be paid now.
    pub fn withdrawal(&self, class: ShareClass, shares: u64) -> Result<WithdrawalQuote> {
        let (generation, loss_index) = (self.pool.generation(class), self.pool.loss_index_of(class));
        let new = LiquidityRequest::new(self.keys.pool, class, generation, loss_index, self.now);
        let request = LiquidityRequest { owner: Pubkey::default(), shares, worth_at_request: u64::MAX, ..new };
        let (assets, scratch) = match class {
            ShareClass::Main => self.valued(NavBound::Lower)?,
            ShareClass::Insurance => (self.pool.insurance_worth()?.to_delta()?, self.scratch()),
        };
        self.executed(&request, (assets, None), scratch)
    }

    /// Returns what a withdrawal pays if it is executed now. The place in the queue is not checked. In the main class the view's prices have to be the first
    /// ones after the last full minute, where any are needed ([`Self::needed_for`]).
    ///
    /// # Errors
    /// The same as those of [`Self::withdrawal`]; `OffGrid`, `WithdrawalCooling`.
    pub fn execution(&self, withdrawal: &LiquidityRequest) -> Result<WithdrawalQuote> {
        let minute = withdrawal_minute(&self.pool, withdrawal, self.now)?;
        check_writers_settled(&self.pool, &self.registry, minute)?;
        let mut scratch = self.scratch();
        let assets = match withdrawal.share_class() {
            ShareClass::Main => {
                let view = self.with_samples(&self.samples_of_minute(ShareClass::Main, minute))?;
                let market = view.first_prices(minute)?;
                net_assets(&mut scratch.pool, &mut scratch.registry, &market, NavBound::Lower)?
            }
            ShareClass::Insurance => self.pool.insurance_balance_at(minute)?,
        };
        self.executed(withdrawal, (assets, Some(minute)), scratch)
    }

    /// Returns what a withdrawal pays where all shares of its class are worth `assets`, and the valuation left pool and registry like this.
    fn executed(
        &self,
        withdrawal: &LiquidityRequest,
        (assets, minute): (NativeDelta, Option<i64>),
        scratch: Scratch,
    ) -> Result<WithdrawalQuote> {
        self.check_running(Action::WithdrawLiquidity)?;
        let (class, mut pool) = (withdrawal.share_class(), scratch.pool);
        let free = match class {
            ShareClass::Main => pool.free_to_leave(&scratch.registry, self.now)?,
            ShareClass::Insurance => pool.free_insurance()?,
        };
        let (assets, part) = size_of_leaving(&mut pool, withdrawal, assets, minute, (free, self.now))?;
        let worth = if assets.0 > 0 { pool.shares(class).worth(withdrawal.shares, assets)?.0 } else { 0 };
        let worth = worth.min(withdrawal.worth_at_request);
        let passed = part.is_none();
        let part = part.unwrap_or(ExecutedPart { shares: 0, amount: Native::ZERO });
        Ok(WithdrawalQuote {
            worth,
            shares_now: part.shares,
            amount_now: part.amount.0,
            assets: assets.0,
            cooldown: self.pool.cooldown(class),
            passed,
        })
    }

    /// Returns the income of a class at present prices if all traders together pay `fees_per_day` native units of fees. The sum of
    /// `fee` over past `LegFilled` events tells what they have paid.
    ///
    /// # Errors
    /// The same as those of [`Self::net_asset_value`].
    pub fn yield_estimate(&self, class: ShareClass, fees_per_day: u64) -> Result<YieldEstimate> {
        let assets = self.net_asset_value(class)?.lower;
        let split = self.pool.params.fee_split()?.split(Native(fees_per_day))?;
        let (funding, fees) = match class {
            ShareClass::Main => (self.funding_income()?.0, split.main.0),
            ShareClass::Insurance => (0, split.insurance.0),
        };
        let income = Decimal::from(i128::from(funding) + i128::from(fees)) * Decimal::from(365);
        let of = |part: Decimal, whole: i64| (whole > 0).then(|| part.checked_div(Decimal::from(whole))).flatten();
        Ok(YieldEstimate {
            funding_per_day: funding,
            fees_per_day: fees,
            assets,
            per_year: of(income, assets),
            utilisation: of(Decimal::from(self.pool.reserved_collateral), self.pool.pool_cash),
        })
    }

    /// Returns the funding that all traders together pay the pool per day at present prices and carry, native units, rounded down.
    fn funding_income(&self) -> Result<NativeDelta> {
        let (income, _) = self.on_engine(PriceUse::AddRisk, &self.needed_for_registry(), |engine| {
            let mut sum = NativeDelta::ZERO;
            for series in engine.registry.series.iter().filter(|s| s.status() == SeriesStatus::Live && s.has_interest())
            {
                let per_day = PerDay::on(engine, series)?.funding;
                let paid = engine.scale.native(series.net()?, per_day, Rounding::Floor)?;
                sum = sum.checked_add(paid)?;
            }
            Ok::<NativeDelta, super::QuoteError>(sum)
        })?;
        Ok(income)
    }
}

/// Whether a price is too uncertain for liquidity.
fn is_uncertain(error: &anchor_lang::error::Error) -> bool {
    let number = u32::from(EvergreenError::PriceUncertain);
    matches!(error, anchor_lang::error::Error::AnchorError(known) if known.error_code_number == number)
}
