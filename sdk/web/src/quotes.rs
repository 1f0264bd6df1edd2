//! Quotes on a pool that is held in memory.

mod shapes;

pub use shapes::*;

use crate::{
    problem::Answer,
    value::Bytes,
    views::{Views, account},
};
use evergreen_sdk::{
    evergreen::{
        Leg, OptionLeg,
        engine::{Direction, TradeRequest},
        state::MarginAccount,
    },
    quote::{self, FillResolution, PoolView, QuoteError},
};

fn state(quote: &quote::AccountQuote) -> AccountState {
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

fn resolve(view: &PoolView, legs: &[OptionLeg]) -> Answer<Vec<Leg>> {
    Ok(view.registry.resolve(legs).map_err(QuoteError::from)?)
}

fn leg(view: &PoolView, leg: &quote::LegQuote) -> Answer<LegQuote> {
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
    })
}

pub fn trade(views: &Views, ask: &TradeQuestion) -> Answer<TradeQuote> {
    let view = views.get(ask.view)?;
    let quote = view.trade(&*account(&ask.account)?, &resolve(view, &ask.legs)?)?;
    let outcome = quote.outcome()?.map(|outcome| Outcome { worst: outcome.worst, best: outcome.best });
    Ok(TradeQuote {
        net: quote.net,
        premium: quote.premium,
        fee: quote.fee,
        bond: quote.bond,
        settled: quote.settled,
        legs: quote.legs.iter().map(|one| leg(view, one)).collect::<Answer<_>>()?,
        adds_risk: quote.direction == Direction::Adding,
        outcome,
        before: state(&quote.before),
        after: state(&quote.after),
        account_after: bytes(&quote.account_after),
    })
}

pub fn check(views: &Views, ask: &TradeQuestion) -> Answer<Net> {
    let view = views.get(ask.view)?;
    Ok(Net { net: view.check_trade(&*account(&ask.account)?, &resolve(view, &ask.legs)?)?.0 })
}

pub fn account_state(views: &Views, ask: &AccountQuestion) -> Answer<AccountState> {
    Ok(state(&views.get(ask.view)?.account(&*account(&ask.account)?)?))
}

pub fn liquidation_prices(views: &Views, ask: &AccountQuestion) -> Answer<AllLiquidationPrices> {
    let prices = views.get(ask.view)?.liquidation_prices(&*account(&ask.account)?)?;
    let told = prices.iter().map(|one| LiquidationPrices {
        underlying: one.underlying,
        spot: one.spot,
        down: one.down,
        up: one.up,
    });
    Ok(AllLiquidationPrices { prices: told.collect() })
}

pub fn capacity(views: &Views, ask: &OptionQuestion) -> Answer<Capacity> {
    let view = views.get(ask.view)?;
    let most = view.capacity(&*account(&ask.account)?, view.registry.find(&ask.option).map_err(QuoteError::from)?)?;
    Ok(Capacity { buy: most.buy, sell: most.sell })
}

pub fn commit(views: &Views, ask: &CommitQuestion) -> Answer<CommitQuote> {
    let view = views.get(ask.view)?;
    let request = TradeRequest { legs: resolve(view, &ask.legs)?, closing: ask.closing, min_net: ask.min_net };
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
    let quote = view.fill(&*account(&ask.account)?, None)?;
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
            let legs = legs.iter().map(|one| leg(view, one)).collect::<Answer<_>>()?;
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
    let quote = views.get(ask.view)?.withdrawal(ask.class, ask.amount)?;
    Ok(WithdrawalQuote {
        worth: quote.worth,
        shares_now: quote.shares_now,
        amount_now: quote.amount_now,
        cooldown: quote.cooldown,
    })
}

pub fn net_asset_value(views: &Views, ask: &ClassQuestion) -> Answer<NetAssetValue> {
    let value = views.get(ask.view)?.net_asset_value(ask.class)?;
    Ok(NetAssetValue { lower: value.lower, mark: value.mark, upper: value.upper, shares: value.shares })
}
