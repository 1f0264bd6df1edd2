//! Chains, ready strategies, and pools compared.

mod shapes;

pub use shapes::*;

use crate::{
    curves::sensitive,
    problem::{Answer, Problem},
    quotes::{Drafted, NetAssetValue, TradeQuote, draft, told},
    views::{Views, account},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{OptionLeg, state::OptionId},
    math::{BasisPoints, Points, Seconds},
    offers::{self, PLENTY},
    plan::{ChainRow, Planner},
    price::PushFeeds,
    quote::{self, PoolView},
    strategy::{ContractTerms, Outlook, Part, ReadyStrategy},
};

chosen! { "What somebody expects of a price.", Outlook { Up: unit {}; Down: unit {}; Calm: unit {}; } }
chosen! {
    "A ready strategy. `Bought`: an option near the price. `Vertical`: one near the price is bought and one at the expected price written. `Written`: an option is written at \
     the price that is not expected to be reached. `Strangle`: a call and a put are written at both ends of the expected range. `Condor`: the same, with bought options farther \
     out. `Straddle`: a call and a put are written near the price.",
    ReadyStrategy { Bought: unit {}; Vertical: unit {}; Written: unit {}; Strangle: unit {}; Condor: unit {}; Straddle: unit {}; }
}

fn planner<'a>(view: &'a PoolView, deposit: Option<u64>) -> Planner<'a> {
    Planner { deposit: deposit.unwrap_or(0), ..Planner::new(view, &PushFeeds::UPGRADED, Pubkey::default()) }
}

const fn terms(underlying: u8, tenor: u32) -> ContractTerms {
    ContractTerms { underlying, tenor: Seconds(tenor) }
}

pub fn chain(views: &Views, ask: &ChainQuestion) -> Answer<Chain> {
    let view = views.get(ask.view)?;
    let held = ask.account.as_ref().map(account).transpose()?;
    let planner = planner(view, held.is_none().then_some(PLENTY));
    let terms = terms(ask.underlying, ask.tenor);
    let strikes = match &ask.strikes {
        Some(strikes) => strikes.clone(),
        None => planner.strikes(terms, ask.around.unwrap_or(12).min(200))?,
    };
    let rows = planner.chain(held.as_deref(), terms, ask.points, &strikes)?;
    let entry = |row: ChainRow| -> Answer<ChainEntry> {
        let (mut room_to_buy, mut room_to_sell) = (None, None);
        if ask.room
            && let Ok(drafted) = planner.draft(held.as_deref(), &[OptionLeg { option: row.option, points: 1 }])
            && let Ok(most) = drafted.view.capacity(&drafted.account, drafted.legs[0].series)
        {
            (room_to_buy, room_to_sell) = (Some(most.buy), Some(most.sell));
        }
        let (buy, buy_problem) = parted(row.buy);
        let (sell, sell_problem) = parted(row.sell);
        Ok(ChainEntry {
            option: row.option,
            series: row.series,
            sensitivities: row.sensitivities.as_ref().ok().map(sensitive),
            buy,
            buy_problem,
            sell,
            sell_problem,
            room_to_buy,
            room_to_sell,
            held: row.held,
            bought: row.bought,
            written: row.written,
        })
    };
    let rows = rows.into_iter().map(entry).collect::<Answer<_>>()?;
    Ok(Chain { spot: view.price(ask.underlying)?.spot, strikes, rows })
}

fn parted<T>(result: Result<T, impl Into<Problem>>) -> (Option<T>, Option<Problem>) {
    match result {
        Ok(done) => (Some(done), None),
        Err(problem) => (None, Some(problem.into())),
    }
}

pub fn proposals(views: &Views, ask: &ProposalsQuestion) -> Answer<Proposals> {
    let view = views.get(ask.view)?;
    let held = ask.account.as_ref().map(account).transpose()?;
    let planner = planner(view, ask.deposit);
    let market = view.markets.get(usize::from(ask.underlying)).ok_or("the pool has no such underlying".to_owned())?;
    let tenor = market.underlying.tenor(ask.tenor).map_err(quote::QuoteError::from)?;
    let spot = view.price(ask.underlying)?.spot;
    let points = Points(ask.points.unwrap_or(1_000_000));
    let grid = (spot, market.underlying.params.strike_step);
    let all = ask.outlook.proposals(terms(ask.underlying, ask.tenor), grid, BasisPoints(ask.reach_bps), points)?;
    let named = |part: &Part| {
        let put = part.contract.request().put;
        OptionLeg {
            option: OptionId {
                underlying: ask.underlying,
                put,
                strike: part.contract.strike,
                tenor: ask.tenor,
                cap_bps: if put { tenor.put_cap_bps } else { tenor.call_cap_bps },
            },
            points: part.points.0,
        }
    };
    let one = |(proposal, strategy): &(ReadyStrategy, evergreen_sdk::strategy::Strategy)| {
        let mut legs: Vec<OptionLeg> = strategy.legs.iter().map(named).collect();
        let quoted = (|| -> Answer<TradeQuote> {
            if let Some(budget) = ask.budget {
                let size = planner.size_within(held.as_deref(), &legs, budget)?;
                let size = i64::try_from(size).map_err(|_| "the size does not fit".to_owned())?;
                // Where no size fits, the least one says why.
                let size = size.max(i64::try_from(view.pool.params.min_account_points).unwrap_or(1)).max(1);
                legs.iter_mut().for_each(|leg| leg.points = leg.points.signum() * size);
            }
            let drafted: Drafted<'_> = draft(view, ask.account.as_ref(), ask.deposit, &legs)?;
            let quote = drafted.view.trade(&drafted.account, &drafted.legs)?;
            told(&drafted, &quote)
        })();
        let (quote, problem) = parted(quoted);
        ProposedTrade { proposal: *proposal, legs, quote, problem }
    };
    Ok(Proposals { trades: all.iter().map(one).collect() })
}

pub fn offers(views: &Views, ask: &OffersQuestion) -> Answer<PoolOffers> {
    let mut given = Vec::new();
    for one in &ask.candidates {
        given.push((views.get(one.view)?, one.account.as_ref().map(account).transpose()?));
    }
    let strategy = |one: &OfferCandidate| {
        let part = |leg: &OptionLeg| Part { contract: (&leg.option).into(), points: Points(leg.points) };
        evergreen_sdk::strategy::Strategy { legs: one.legs.iter().map(part).collect() }
    };
    let candidates = ask.candidates.iter().zip(&given).map(|(one, (view, held))| offers::Candidate {
        is_verified: one.verified,
        token_price: one.token_price,
        wallet: one.wallet,
        ..offers::Candidate::new(planner(view, one.deposit), held.as_deref(), strategy(one))
    });
    let candidates: Vec<offers::Candidate<'_>> = candidates.collect();
    let held = ask.held.map_or_else(offers::Ranking::default, |held| offers::Ranking { held });
    let found = offers::Offers::compare(&candidates, held);
    let place = |place: usize| u16::try_from(place).unwrap_or(u16::MAX);
    let offer = |offer: &offers::Offer| PoolOffer {
        place: place(offer.place),
        net: offer.quote.net,
        funding_per_day: offer.funding_per_day,
        missing: offer.missing,
        ready: offer.is_ready,
        net_held: offer.net_held,
        worth: offer.worth,
    };
    let other = |out: &offers::Excluded| NoOffer {
        place: place(out.place),
        problem: match &out.why {
            offers::Out::NotVerified => None,
            offers::Out::Refused(error) => Some(error.clone().into()),
        },
    };
    Ok(PoolOffers {
        offers: found.offers.iter().map(offer).collect(),
        others: found.out.iter().map(other).collect(),
        best: found.best().ok().map(|best| place(best.place)),
    })
}

const fn exposure(of: &quote::Exposure) -> Exposure {
    Exposure { delta: of.delta, gamma: of.gamma, vega: of.vega }
}

const fn value(of: &quote::NetAssetValue) -> NetAssetValue {
    NetAssetValue { lower: of.lower, mark: of.mark, upper: of.upper, shares: of.shares }
}

pub fn statistics(views: &Views, ask: &ViewQuestion) -> Answer<PoolStatistics> {
    let known = views.get(ask.view)?.statistics()?;
    let underlying = |one: &quote::UnderlyingStatistics| UnderlyingStatistics {
        underlying: one.underlying,
        spot: one.spot,
        marks: one.marks.iter().map(|mark| TenorVolatility { tenor: mark.tenor, sigma: mark.sigma }).collect(),
        realised_fast: one.realised_fast,
        realised_slow: one.realised_slow,
        bought: one.bought,
        written: one.written,
        open_series: one.open_series,
        net_delta: one.direction.net_delta,
        up: one.direction.up,
        down: one.direction.down,
        room_up: one.direction.room_up,
        room_down: one.direction.room_down,
        exposure: one.exposure.as_ref().map(exposure),
    };
    Ok(PoolStatistics {
        main: known.main.as_ref().map(value),
        insurance: known.insurance.as_ref().map(value),
        share_price: known.main.and_then(|main| main.share_price_lower()),
        funding_per_day: known.income.map(|income| income.funding_per_day),
        per_year: known.income.and_then(|income| income.per_year),
        utilisation: known.income.and_then(|income| income.utilisation),
        reserved: known.reserved,
        reserve_limit: known.reserve_limit,
        margin_cash: known.margin_cash,
        free_slots: known.free_slots,
        halted: known.is_halted,
        distressed: known.is_distressed,
        underlyings: known.underlyings.iter().map(underlying).collect(),
    })
}

pub fn share_exposure(views: &Views, ask: &ShareExposureQuestion) -> Answer<ShareExposures> {
    let view = views.get(ask.view)?;
    let told = view.exposure_of(ask.class, ask.shares)?;
    let told =
        told.iter().map(|one| ShareExposure { underlying: one.underlying, spot: one.spot, exposure: exposure(one) });
    Ok(ShareExposures { worth: view.worth_of_shares(ask.class, ask.shares)?.native, exposures: told.collect() })
}
