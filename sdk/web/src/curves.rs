//! What a trade brings at other prices, volatilities and times.

use crate::{
    problem::Answer,
    quotes::{AccountState, TradeQuestion, draft, state},
    value::Bytes,
    views::Views,
};
use evergreen_sdk::{
    evergreen::{
        OptionLeg,
        state::{OptionId, SeriesId},
    },
    math::{Dollars, Points, Ratio},
    plan::Planner,
    portfolio::{HoldingValue, Payoff},
    price::PushFeeds,
    quote,
};

record! {
    /// Asks what options on one underlying bring at other prices of it.
    PayoffQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account; left out where it is not open yet.
        account: Option<Bytes>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// Legs of the trade, at most four; none for positions alone.
        legs: Vec<OptionLeg>,
        /// Whether the positions that the account has before the trade count, too.
        held: bool,
        /// What these have cost, fees and funding until now included, native units; where it is left out they count from what they are worth now.
        cost: Option<i64>,
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Days of funding, one curve for each number.
        days: Vec<u32>,
        /// Number of prices of a curve.
        prices: u16,
    }

    /// Prices from one to another at which nothing is lost.
    GainRange {
        /// From this price on, dollars; null where it has no lower end within a hundredth of the price.
        from: Option<Dollars>,
        /// Up to this price, dollars; null where it has no upper end within a hundred times the price.
        to: Option<Dollars>,
    }

    /// A curve after some days of funding.
    PayoffCurve {
        /// Days.
        days: u32,
        /// What is gained or lost at each of the prices, native units.
        profit: Vec<i128>,
        /// Where nothing is lost. Its ends are the break-even prices.
        gains: Vec<GainRange>,
    }

    /// What options bring at other prices of their underlying, while volatilities stay as they are. Spread and fee of closing are not counted.
    PayoffCurves {
        /// Price of now, dollars.
        spot: Dollars,
        /// Prices at which options are exercised, dollars, in rising order.
        caps: Vec<Dollars>,
        /// Prices of the curves, dollars, in rising order: even steps, and what matters between them.
        prices: Vec<Dollars>,
        /// Funding a day at present, native units; negative where it is received.
        funding_per_day: i128,
        /// The curves.
        curves: Vec<PayoffCurve>,
    }

    /// A change of one underlying.
    MarketShift {
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Change of the price in basis points of it, above −10000.
        price_bps: i32,
        /// Change of the volatility in basis points of it, above −10000.
        sigma_bps: i32,
    }

    /// Asks how an account stands if prices and volatilities were others.
    WhatIfQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account; left out where it is not open yet.
        account: Option<Bytes>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// A trade before, at the prices of now; none for the account as it is.
        legs: Vec<OptionLeg>,
        /// Each case is a list of changes.
        cases: Vec<Vec<MarketShift>>,
    }

    /// How an account stands in each case.
    WhatIf {
        /// In the order of the cases.
        accounts: Vec<AccountState>,
    }

    /// Asks for mark and sensitivities of an option.
    SensitivitiesQuestion {
        /// The pool.
        view: u32,
        /// The option; it need not be listed.
        option: OptionId,
    }

    /// One option at the mark, and its sensitivities.
    Sensitivities {
        /// Price of the underlying, dollars.
        spot: Dollars,
        /// Implied volatility: that of the mark, per √year.
        sigma: Ratio,
        /// Value, dollars.
        mark: Dollars,
        /// Dollars that the value gains if the price rises by one dollar at its present slope.
        delta: Ratio,
        /// By how much a rise of the price by one per cent raises the delta.
        gamma: Ratio,
        /// Dollars that the value gains if the volatility at the money rises by one point.
        vega: Dollars,
        /// What a holder pays a day at present, dollars.
        funding_per_day: Dollars,
        /// The part of it that is carry, dollars.
        carry_per_day: Dollars,
    }

    /// Asks about the positions of an account.
    PositionsQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account.
        account: Bytes,
    }

    /// A position at this moment. Amounts are native units.
    PositionState {
        /// The series.
        series: SeriesId,
        /// The option.
        option: OptionId,
        /// Points; negative when written.
        points: i64,
        /// Whether the series has ended, so that the position is only to be paid.
        ended: bool,
        /// Price of the underlying, dollars; null for an ended series.
        spot: Option<Dollars>,
        /// What an option is worth at the mark, or what its ended series pays, dollars.
        mark: Dollars,
        /// What the position is worth at the mark, rounded down; negative when written.
        value: i64,
        /// Change of cash by funding since its last settlement; negative where it is owed.
        pending: i64,
        /// Funding that the position pays a day at present, rounded up; negative where it is paid.
        funding_per_day: i64,
        /// The part of it that is carry, rounded up.
        carry_per_day: i64,
        /// Change of cash if the series is exercised at its cap, rounded down; negative when written.
        at_cap: i64,
        /// How far the cap is from the price, in basis points of it; null where the series has ended.
        cap_distance_bps: Option<u64>,
        /// Mark and sensitivities of one option; null for an ended series, and where it cannot be valued.
        sensitivities: Option<Sensitivities>,
        /// What the position gains if the price doubles at its present slope; null as above.
        delta: Option<i64>,
        /// By how much a rise of the price by one per cent raises that.
        gamma: Option<i64>,
        /// What the position gains if the volatility at the money rises by one point.
        vega: Option<i64>,
    }

    /// The positions of an account.
    Positions {
        /// In the order of its places.
        positions: Vec<PositionState>,
    }
}

pub fn payoff(views: &Views, ask: &PayoffQuestion) -> Answer<PayoffCurves> {
    let drafted = draft(views.get(ask.view)?, ask.account.as_ref(), ask.deposit, &ask.legs)?;
    let payoff = match drafted.legs.as_slice() {
        [] => Payoff::empty(&drafted.view, ask.underlying)?,
        legs => Payoff::of_trade(&drafted.view.trade(&drafted.account, legs)?, ask.underlying)?,
    };
    let payoff = match ask.held {
        true => payoff.with_positions(&drafted.view, &drafted.account, ask.underlying, ask.cost)?,
        false => payoff,
    };
    let prices = payoff.prices(ask.prices.min(2_000));
    let curve = |days: &u32| -> Answer<PayoffCurve> {
        let profit = prices.iter().map(|price| Ok(payoff.profit(*price, *days)?)).collect::<Answer<_>>()?;
        let gains = payoff.gains(*days)?.iter().map(|range| GainRange { from: range.from, to: range.to }).collect();
        Ok(PayoffCurve { days: *days, profit, gains })
    };
    Ok(PayoffCurves {
        spot: payoff.spot(),
        caps: payoff.caps(),
        funding_per_day: payoff.funding_per_day(),
        curves: ask.days.iter().map(curve).collect::<Answer<_>>()?,
        prices,
    })
}

pub fn what_if(views: &Views, ask: &WhatIfQuestion) -> Answer<WhatIf> {
    let drafted = draft(views.get(ask.view)?, ask.account.as_ref(), ask.deposit, &ask.legs)?;
    let (view, account) = match drafted.legs.as_slice() {
        [] => (drafted.view.into_owned(), drafted.account),
        legs => {
            let quote = drafted.view.trade(&drafted.account, legs)?;
            (quote.view_after(&drafted.view), quote.account_after)
        }
    };
    let shift = |one: &MarketShift| quote::MarketShift {
        underlying: one.underlying,
        price_bps: one.price_bps,
        sigma_bps: one.sigma_bps,
    };
    let case = |shifts: &Vec<MarketShift>| -> Answer<AccountState> {
        let shifts: Vec<quote::MarketShift> = shifts.iter().map(shift).collect();
        Ok(state(&view.account_if(&account, &shifts)?))
    };
    Ok(WhatIf { accounts: ask.cases.iter().map(case).collect::<Answer<_>>()? })
}

/// Tells mark and sensitivities.
pub const fn sensitive(known: &quote::Sensitivities) -> Sensitivities {
    Sensitivities {
        spot: known.spot,
        sigma: known.sigma,
        mark: known.mark,
        delta: known.delta,
        gamma: known.gamma,
        vega: known.vega,
        funding_per_day: known.funding_per_day,
        carry_per_day: known.carry_per_day,
    }
}

pub fn sensitivities(views: &Views, ask: &SensitivitiesQuestion) -> Answer<Sensitivities> {
    let planner = Planner::new(views.get(ask.view)?, &PushFeeds::UPGRADED, Default::default());
    Ok(sensitive(&planner.sensitivities(&ask.option)?))
}

pub fn positions(views: &Views, ask: &PositionsQuestion) -> Answer<Positions> {
    let view = views.get(ask.view)?;
    let holdings = view.holdings(&*crate::views::account(&ask.account)?)?;
    let one = |holding: &HoldingValue| -> Answer<PositionState> {
        let known = match holding.ended {
            true => None,
            false => view.sensitivities(holding.underlying, &holding.terms).ok(),
        };
        let scale = view.pool.scale().map_err(quote::QuoteError::from)?;
        let of_all = known.as_ref().and_then(|known| known.of_points(Points(holding.points), scale).ok());
        Ok(PositionState {
            series: holding.series,
            option: view.registry.option(holding.series).map_err(quote::QuoteError::from)?,
            points: holding.points,
            ended: holding.ended,
            spot: holding.spot,
            mark: holding.mark,
            value: holding.value,
            pending: holding.pending,
            funding_per_day: holding.funding_per_day,
            carry_per_day: holding.carry_per_day,
            at_cap: holding.at_cap,
            cap_distance_bps: holding.cap_distance_bps(),
            sensitivities: known.as_ref().map(sensitive),
            delta: of_all.map(|all| all.delta),
            gamma: of_all.map(|all| all.gamma),
            vega: of_all.map(|all| all.vega),
        })
    };
    Ok(Positions { positions: holdings.iter().map(one).collect::<Answer<_>>()? })
}

/// Asks the largest size of a trade.
pub fn capacity_of_trade(views: &Views, ask: &TradeQuestion) -> Answer<crate::quotes::Size> {
    let drafted = ask.draft(views)?;
    Ok(crate::quotes::Size { points: drafted.view.capacity_of(&drafted.account, &drafted.legs)? })
}
