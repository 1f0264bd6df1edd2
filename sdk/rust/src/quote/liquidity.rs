//! Liquidity: what the pool is worth, what a deposit gets and a withdrawal pays, what it earns.

use super::{PoolView, Result, Scratch};
use crate::convert::Decimal;
use evergreen::{
    engine::NetAssets,
    oracle::PriceUse,
    state::{Action, Pool, SeriesStatus, ShareClass, WithdrawalRequest, size_of_execution},
};
use evergreen_math::{Native, NativeDelta, Ratio, Rounding, bounds::valuation_at_least, option::OptionPricer, shares};

/// What all shares of a class are worth, between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetAssetValue {
    /// At least, native units: what withdrawals are paid from.
    pub lower: i64,
    /// At most, native units: what deposits are measured against.
    pub upper: i64,
    /// All shares.
    pub shares: u64,
}

impl NetAssetValue {
    /// Price of one share at the lower bound, native units: what one who leaves gets. For display; rounded down.
    pub fn share_price_lower(&self) -> Option<Ratio> {
        shares::share_price(self.shares, NativeDelta(self.lower)).ok()
    }

    /// Price of one share at the upper bound, native units: what one who comes pays. For display; rounded down.
    pub fn share_price_upper(&self) -> Option<Ratio> {
        shares::share_price(self.shares, NativeDelta(self.upper)).ok()
    }
}

/// What a deposit gets.
#[derive(Clone)]
pub struct DepositQuote {
    /// Shares minted; the deposit's `min_shares` is compared with this.
    pub shares: u64,
    /// Worth of all shares before, upper bound, native units.
    pub assets: i64,
    /// The pool afterwards, byte for byte.
    pub pool_after: Box<Pool>,
}

/// What a withdrawal would pay if it were executed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawalQuote {
    /// What all the shares are worth at the lower bound, native units.
    pub worth: u64,
    /// Shares that could be executed at once, within reserves and the daily limit.
    pub shares_now: u64,
    /// What those are paid, native units.
    pub amount_now: u64,
    /// Worth of all shares of the class, lower bound, native units.
    pub assets: i64,
    /// Seconds between request and execution.
    pub cooldown: i64,
}

/// What liquidity earns at present prices.
///
/// This is income, not profit. A pool that writes options is paid funding because prices move; on average the moves cost
/// it as much as the funding brings, if volatility is what the quotes say. What is left in the long run is fees, the price
/// impact that traders pay, and the mark-up of the volatility. Neither the past nor this number promises any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YieldEstimate {
    /// Funding that traders pay the pool a day, native units, rounded down; negative when the pool pays.
    pub funding_per_day: i64,
    /// The class's part of the fees given, native units a day.
    pub fees_per_day: u64,
    /// What the class is worth, lower bound, native units.
    pub assets: i64,
    /// Both incomes a year of 365 days as a share of what the class is worth, not compounded; `None` when it is worth nothing.
    pub per_year: Option<Decimal>,
    /// Reserves as a share of pool cash: how much of the capital backs options.
    pub utilisation: Option<Decimal>,
}

/// Before somebody provides liquidity:
///
/// ```
/// use evergreen_sdk::{evergreen::state::ShareClass, testing::scene::Scene};
///
/// let view = Scene::new(1, 0)?.view;
/// let shares = view.deposit(ShareClass::Main, 100_000_000)?.shares;
/// let back = view.withdrawal(ShareClass::Main, shares)?;
/// println!("of 100,000,000 units {} would be there for who changed his mind", back.worth);
/// assert!(back.worth <= 100_000_000);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// The main class's net asset value, and the pool and registry as that valuation leaves them.
    fn valued(&self) -> Result<(NetAssets, Scratch)> {
        self.on_engine(PriceUse::AddRisk, &self.needed_for_registry(), |engine| Ok(engine.net_assets()?))
    }

    /// What all shares of a class are worth.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): for the main class fresh prices of all underlyings with open interest are needed.
    pub fn net_asset_value(&self, class: ShareClass) -> Result<NetAssetValue> {
        let (lower, upper) = match class {
            ShareClass::Main => {
                let (assets, _) = self.valued()?;
                (assets.lower, assets.upper)
            }
            ShareClass::Insurance => {
                let assets = self.pool.insurance_worth()?.to_delta()?;
                (assets, assets)
            }
        };
        Ok(NetAssetValue { lower: lower.0, upper: upper.0, shares: self.pool.shares(class).total })
    }

    /// What a deposit of `amount` native units gets.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): whatever the program would refuse.
    pub fn deposit(&self, class: ShareClass, amount: u64) -> Result<DepositQuote> {
        self.check_running(Action::DepositLiquidity)?;
        self.pool.check_open_for_risk()?;
        let (assets, mut scratch) = match class {
            ShareClass::Main => {
                let (assets, scratch) = self.valued()?;
                (assets.upper, scratch)
            }
            ShareClass::Insurance => (self.pool.insurance_worth()?.to_delta()?, self.scratch()),
        };
        let shares = scratch.pool.shares(class).for_deposit(Native(amount), assets)?;
        scratch.pool.add_shares(class, Native(amount), shares)?;
        Ok(DepositQuote { shares, assets: assets.0, pool_after: scratch.pool })
    }

    /// What `shares` would pay if they were at the head of the queue and past their cooldown now. What they will really pay
    /// depends on the pool at their turn: they take part in its losses and (main class) gains until then.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): whatever the program would refuse; `NothingPayable` when nothing could leave now.
    pub fn withdrawal(&self, class: ShareClass, shares: u64) -> Result<WithdrawalQuote> {
        let withdrawal = WithdrawalRequest {
            version: 0,
            bump: 0,
            class: class as u8,
            number: 0,
            pool: self.keys.pool,
            owner: self.keys.pool,
            shares,
            worth_at_request: u64::MAX,
            payable: 0,
            requested_at: self.now,
            loss_factor: 0,
            loss_epoch: 0,
            ready_at: i64::MAX,
            reserved: [0; 12],
        };
        self.execution(&withdrawal)
    }

    /// What a withdrawal would pay if it were executed now.
    ///
    /// # Errors
    /// As [`Self::withdrawal`].
    pub fn execution(&self, withdrawal: &WithdrawalRequest) -> Result<WithdrawalQuote> {
        self.check_running(Action::WithdrawLiquidity)?;
        let class = withdrawal.share_class();
        let (assets, free, mut pool) = match class {
            ShareClass::Main => {
                let (assets, scratch) = self.valued()?;
                (assets.lower, scratch.pool.free_cash()?, scratch.pool)
            }
            ShareClass::Insurance => {
                let assets = self.pool.insurance_worth()?.to_delta()?;
                (assets, self.pool.free_insurance()?, self.pool.clone())
            }
        };
        let worth = pool.shares(class).worth(withdrawal.shares, assets)?.0.min(withdrawal.worth_at_request);
        let part = size_of_execution(&mut pool, withdrawal, assets, free, self.now)?;
        Ok(WithdrawalQuote {
            worth,
            shares_now: part.shares,
            amount_now: part.amount.0,
            assets: assets.0,
            cooldown: self.pool.cooldown(class),
        })
    }

    /// What a class earns at present prices, if traders go on paying `fees_per_day` native units of fees in all (sum the
    /// `fee` of `LegFilled` events over a span for what they paid in the past).
    ///
    /// # Errors
    /// As [`Self::net_asset_value`].
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

    /// Funding that traders as a whole pay the pool a day at present prices, native units, rounded down.
    fn funding_income(&self) -> Result<NativeDelta> {
        let (income, _) = self.on_engine(PriceUse::AddRisk, &self.needed_for_registry(), |engine| {
            let mut sum = NativeDelta::ZERO;
            for series in engine.registry.series.iter().filter(|s| s.status() == SeriesStatus::Live && !s.is_unused()) {
                let market = engine.market.get(series.underlying)?;
                let terms = series.terms()?;
                let valuation =
                    valuation_at_least(&OptionPricer::new(&terms, market.sigma_at(&terms)?)?, market.spot())?;
                let per_day = valuation.funding_per_day(terms.tenor())?;
                let paid = engine.scale.native(series.net()?, per_day, Rounding::Floor)?;
                sum = sum.checked_add(paid)?;
            }
            Ok::<NativeDelta, super::QuoteError>(sum)
        })?;
        Ok(income)
    }
}
