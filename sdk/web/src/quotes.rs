//! Quotes on a pool that is held in memory.

mod shapes;

pub use shapes::*;

use crate::{
    problem::Answer,
    value::Bytes,
    views::{Views, account},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{
        Leg, OptionLeg,
        engine::{Direction, TradeRequest},
        state::{MarginAccount, Pool},
    },
    plan::{Draft, Planner},
    price::PushFeeds,
    quote::{self, FillResolution, PoolView, QuoteError},
    strategy::Contract,
};
use std::borrow::Cow;

/// Tells an account's numbers.
pub fn state(quote: &quote::AccountQuote) -> AccountState {
    AccountState {
        cash: quote.cash,
        equity: quote.equity,
        initial_health: quote.health.initial,
        target_health: quote.health.target,
        maintenance_health: quote.health.maintenance,
        funding_per_day: quote.funding_per_day,
        carry_per_day: quote.carry_per_day,
        runway: quote.runway(),
    }
}

fn bytes(account: &MarginAccount) -> Bytes {
    crate::views::of(account)
}

/// Pool, account and legs of a trade, as it finds them.
pub struct Drafted<'a> {
    pub view: Cow<'a, PoolView>,
    pub account: Box<MarginAccount>,
    pub legs: Vec<Leg>,
    missing: Vec<Contract>,
}

/// Lists what is missing, opens the account if there is none, and pays the deposit in, on copies.
pub fn draft<'a>(
    view: &'a PoolView,
    account: Option<&Bytes>,
    deposit: Option<u64>,
    legs: &[OptionLeg],
) -> Answer<Drafted<'a>> {
    let account = account.map(crate::views::account).transpose()?;
    if let (Some(account), None | Some(0), Ok(legs)) = (&account, deposit, view.registry.resolve(legs)) {
        return Ok(Drafted { view: Cow::Borrowed(view), account: account.clone(), legs, missing: Vec::new() });
    }
    let planner =
        Planner { deposit: deposit.unwrap_or(0), ..Planner::new(view, &PushFeeds::UPGRADED, Pubkey::default()) };
    let Draft { view, account, legs, missing } = planner.draft(account.as_deref(), legs)?;
    Ok(Drafted { view: Cow::Owned(view), account, legs, missing })
}

impl TradeQuestion {
    /// Drafts the trade.
    pub fn draft<'a>(&self, views: &'a Views) -> Answer<Drafted<'a>> {
        draft(views.get(self.view)?, self.account.as_ref(), self.deposit, &self.legs)
    }
}

/// Tells one leg; `funding` is what it costs a day, and the part of it that is carry.
fn leg(view: &PoolView, leg: &quote::LegQuote, (funding_per_day, carry_per_day): (i64, i64)) -> Answer<LegQuote> {
    Ok(LegQuote {
        series: leg.leg.series,
        option: view.named(&[leg.leg])?[0].option,
        points: leg.leg.points,
        position: leg.position,
        premium: leg.premium,
        mark: leg.mark,
        spread: leg.spread,
        fee: leg.fee,
        notional: leg.notional,
        sigma: leg.sigma,
        spot: leg.spot,
        funding_per_day,
        carry_per_day,
    })
}

/// Tells a quoted trade of a draft.
pub fn told(drafted: &Drafted<'_>, quote: &quote::TradeQuote) -> Answer<TradeQuote> {
    told_of(&drafted.view, &drafted.missing, quote)
}

/// Tells a quoted trade on a pool, and what has to be listed before.
pub fn told_of(view: &PoolView, missing: &[Contract], quote: &quote::TradeQuote) -> Answer<TradeQuote> {
    let reserves = |pool: &Pool| i128::from(pool.reserved_collateral);
    let reserved = reserves(&quote.pool_after) - reserves(&view.pool);
    let view = &quote.view_after(view);
    let quote::TradeOutcome { worst, best, gives_up } = quote.outcome()?;
    let (mut legs, mut funding_per_day) = (Vec::new(), 0i64);
    for one in &quote.legs {
        let funding = quote.funding_per_day_of(one)?;
        funding_per_day = funding_per_day.saturating_add(funding.0);
        legs.push(leg(view, one, funding)?);
    }
    let missing = missing.iter();
    Ok(TradeQuote {
        net: quote.net,
        premium: quote.premium,
        fee: quote.fee,
        bond: quote.bond,
        settled: quote.settled,
        legs,
        funding_per_day,
        adds_risk: quote.direction == Direction::Adding,
        short_caps: quote.short_caps()?.0,
        reserved: i64::try_from(reserved).map_err(|_| "reserves do not fit".to_owned())?,
        missing: missing.map(|one| SeriesToList { underlying: one.terms.underlying, series: one.request() }).collect(),
        outcome: TradeOutcome { worst, best, gives_up },
        before: state(&quote.before),
        after: state(&quote.after),
        account_after: bytes(&quote.account_after),
    })
}

pub fn trade(views: &Views, ask: &TradeQuestion) -> Answer<TradeQuote> {
    let drafted = ask.draft(views)?;
    let quote = drafted.view.trade(&drafted.account, &drafted.legs)?;
    told(&drafted, &quote)
}

pub fn check(views: &Views, ask: &TradeQuestion) -> Answer<Net> {
    let drafted = ask.draft(views)?;
    Ok(Net { net: drafted.view.check_trade(&drafted.account, &drafted.legs)?.0 })
}

pub fn account_state(views: &Views, ask: &AccountQuestion) -> Answer<AccountState> {
    Ok(state(&views.get(ask.view)?.account(&*account(&ask.account)?)?))
}

pub fn liquidation_prices(views: &Views, ask: &AccountQuestion) -> Answer<AllLiquidationPrices> {
    Ok(liquidation(&views.get(ask.view)?.liquidation_prices(&*account(&ask.account)?)?))
}

pub fn liquidation_after(views: &Views, ask: &TradeQuestion) -> Answer<AllLiquidationPrices> {
    let drafted = ask.draft(views)?;
    let quote = drafted.view.trade(&drafted.account, &drafted.legs)?;
    Ok(liquidation(&quote.view_after(&drafted.view).liquidation_prices(&quote.account_after)?))
}

fn liquidation(prices: &[quote::LiquidationPrices]) -> AllLiquidationPrices {
    let told = prices.iter().map(|one| LiquidationPrices {
        underlying: one.underlying,
        spot: one.spot,
        down: one.down,
        up: one.up,
    });
    AllLiquidationPrices { prices: told.collect() }
}

pub fn capacity(views: &Views, ask: &OptionQuestion) -> Answer<Capacity> {
    let legs = [OptionLeg { option: ask.option, points: 1 }];
    let drafted = draft(views.get(ask.view)?, ask.account.as_ref(), ask.deposit, &legs)?;
    let most = drafted.view.capacity(&drafted.account, drafted.legs[0].series)?;
    Ok(Capacity { buy: most.buy, sell: most.sell })
}

pub fn commit(views: &Views, ask: &CommitQuestion) -> Answer<CommitQuote> {
    let view = views.get(ask.view)?;
    let legs = view.registry.resolve(&ask.legs).map_err(QuoteError::from)?;
    let request = TradeRequest { legs, closing: ask.closing, min_net: ask.min_net };
    let done = view.commit(&*account(&ask.account)?, &request)?;
    let commitment = &done.account.commitment;
    Ok(CommitQuote {
        tip: commitment.tip,
        bond: commitment.bond,
        price_after: view.price_moment(commitment),
        account_after: bytes(&done.account),
    })
}

pub fn fill_needs(views: &Views, ask: &AccountQuestion) -> Answer<FillNeeds> {
    let (view, account) = (views.get(ask.view)?, account(&ask.account)?);
    let samples = view.samples_to_fill(&account);
    Ok(FillNeeds {
        price_after: view.price_moment(&account.commitment),
        underlyings: view.needed_to_fill(&account)?,
        samples: samples.into_iter().map(|(underlying, after)| Sample { underlying, after }).collect(),
    })
}

pub fn fill(views: &Views, ask: &AccountQuestion) -> Answer<FillQuote> {
    let view = views.get(ask.view)?;
    filled(view, &view.fill(&*account(&ask.account)?, None)?)
}

/// Tells what becomes of a commitment.
pub fn filled(view: &PoolView, quote: &quote::FillQuote) -> Answer<FillQuote> {
    let told = FillQuote {
        filled: false,
        net: 0,
        fee: 0,
        legs: Vec::new(),
        reason: None,
        error: None,
        tip: quote.tip,
        account_after: bytes(&quote.account_after),
    };
    Ok(match &quote.resolution {
        FillResolution::Filled { net, legs, .. } => {
            let legs = legs.iter().map(|one| leg(view, one, quote.funding_per_day_of(one)?)).collect::<Answer<_>>()?;
            FillQuote { filled: true, net: *net, legs, ..told }
        }
        FillResolution::Cancelled { reason, error, fee, .. } => {
            let error = evergreen_sdk::failure::evergreen_error(*error).map(|error| error.name());
            FillQuote { reason: Some(*reason), error, fee: *fee, ..told }
        }
    })
}

pub fn deposit(views: &Views, ask: &AmountQuestion) -> Answer<DepositQuote> {
    let quote = views.get(ask.view)?.deposit(ask.class, ask.amount)?;
    Ok(DepositQuote { shares: quote.shares, assets: quote.assets })
}

pub fn withdrawal(views: &Views, ask: &AmountQuestion) -> Answer<WithdrawalQuote> {
    Ok((&views.get(ask.view)?.withdrawal(ask.class, ask.amount)?).into())
}

impl From<&quote::WithdrawalQuote> for WithdrawalQuote {
    fn from(quote: &quote::WithdrawalQuote) -> Self {
        Self {
            worth: quote.worth,
            shares_now: quote.shares_now,
            amount_now: quote.amount_now,
            cooldown: quote.cooldown,
            least: quote.suggested_least(),
        }
    }
}

pub fn net_asset_value(views: &Views, ask: &ClassQuestion) -> Answer<NetAssetValue> {
    let value = views.get(ask.view)?.net_asset_value(ask.class)?;
    Ok(NetAssetValue { lower: value.lower, mark: value.mark, upper: value.upper, shares: value.shares })
}
