//! Chains, ready strategies, and pools compared.

use crate::{
    curves::{Sensitivities, sensitive},
    problem::{Answer, Problem},
    quotes::{Drafted, NetAssetValue, TradeQuote, draft, told},
    value::Bytes,
    views::{Views, account},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::{
        OptionLeg,
        state::{OptionId, SeriesId, ShareClass},
    },
    math::{BasisPoints, Dollars, Points, Ratio, Seconds},
    offers::{self, PLENTY},
    plan::{ChainRow, Planner},
    price::PushFeeds,
    quote::{self, PoolView},
    strategy::{ContractTerms, Outlook, Part, Proposal},
};

chosen! { "What somebody expects of a price.", Outlook { Up: unit {}; Down: unit {}; Calm: unit {}; } }
chosen! {
    "A ready strategy. `Bought`: an option near the price. `Vertical`: one near the price is bought and one at the expected price written. `Written`: an option is written at \
     the price that is not expected to be reached. `Strangle`: a call and a put are written at both ends of the expected range. `Condor`: the same, with bought options farther \
     out. `Straddle`: a call and a put are written near the price.",
    Proposal { Bought: unit {}; Vertical: unit {}; Written: unit {}; Strangle: unit {}; Condor: unit {}; Straddle: unit {}; }
}

record! {
    /// Asks for all options of one tenor.
    ChainQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account; left out for the prices of an account with plenty of cash.
        account: Option<Bytes>,
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Tenor, seconds.
        tenor: u32,
        /// Size, points.
        points: i64,
        /// Strikes, whole dollars; left out for those around the price, and all that are listed.
        strikes: Option<Vec<u64>>,
        /// Number of strikes around the price where none are given; 12 where it is left out.
        around: Option<u16>,
        /// Whether the most that can be bought and sold of each option is told, which takes longer.
        room: bool,
    }

    /// One option of a chain. Amounts are native units.
    ChainEntry {
        /// The option.
        option: OptionId,
        /// Its series; null where it is not listed yet.
        series: Option<SeriesId>,
        /// Mark and sensitivities; null where the option cannot be valued, for instance beyond its cap.
        sensitivities: Option<Sensitivities>,
        /// Change of cash if the size is bought, fee included; null where that is refused.
        buy: Option<i64>,
        /// Why it is refused.
        buy_problem: Option<Problem>,
        /// Change of cash if the size is sold, fee included; null where that is refused.
        sell: Option<i64>,
        /// Why it is refused.
        sell_problem: Option<Problem>,
        /// Most points that can be bought, where it is asked for.
        room_to_buy: Option<u64>,
        /// Most points that can be sold, where it is asked for.
        room_to_sell: Option<u64>,
        /// Points that the account holds, negative where it has written them.
        held: i64,
        /// Points that all accounts hold.
        bought: i64,
        /// Points that all accounts have written.
        written: i64,
    }

    /// All options of one tenor.
    Chain {
        /// Price of the underlying, dollars.
        spot: Dollars,
        /// Strikes, whole dollars, in rising order.
        strikes: Vec<u64>,
        /// The options: by strike, calls before puts.
        rows: Vec<ChainEntry>,
    }

    /// Asks for three ready strategies.
    ProposalsQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account; left out where it is not open yet.
        account: Option<Bytes>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Tenor, seconds.
        tenor: u32,
        /// What is expected.
        outlook: Outlook,
        /// How far the price goes, or within which range it stays, in basis points of it.
        reach_bps: u16,
        /// The most that may be lost if everything is held to its end, native units, funding not counted; the size follows from it.
        budget: Option<u64>,
        /// Points of every leg, where no budget is given.
        points: Option<i64>,
    }

    /// A ready strategy.
    ProposedTrade {
        /// Which one.
        proposal: Proposal,
        /// Its legs.
        legs: Vec<OptionLeg>,
        /// What it comes to; null where it is refused.
        quote: Option<TradeQuote>,
        /// Why it is refused.
        problem: Option<Problem>,
    }

    /// Ready strategies.
    Proposals {
        /// Three of them.
        trades: Vec<ProposedTrade>,
    }

    /// A pool that is asked for an offer.
    OfferCandidate {
        /// The pool.
        view: u32,
        /// Bytes of the owner's margin account there; left out where it is not open yet.
        account: Option<Bytes>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// The legs, in points of this pool.
        legs: Vec<OptionLeg>,
        /// Native units that the owner could pay in from the wallet beside that.
        wallet: u64,
        /// Dollars that one token of the collateral is worth, if that is known.
        token_price: Option<Decimal>,
        /// Whether somebody whom the trader trusts vouches for the pool.
        verified: bool,
    }

    /// Asks which pool does a trade best.
    OffersQuestion {
        /// The pools.
        candidates: Vec<OfferCandidate>,
        /// Seconds for which the options are held; a day where it is left out.
        held: Option<u32>,
    }

    /// What a trade costs in one pool. Amounts are native units.
    PoolOffer {
        /// Place among the candidates.
        place: u16,
        /// Change of cash, fees included.
        net: i64,
        /// What its options cost a day in funding.
        funding_per_day: i64,
        /// What has to be paid in beside the deposit.
        missing: u64,
        /// Whether the wallet has it.
        ready: bool,
        /// Change of cash less the funding of the time.
        net_held: i64,
        /// The same in dollars, where the token's price is known.
        worth: Option<Decimal>,
    }

    /// A pool that makes no offer.
    NoOffer {
        /// Place among the candidates.
        place: u16,
        /// Why; null where nobody vouches for it.
        problem: Option<Problem>,
    }

    /// What several pools say to one trade.
    PoolOffers {
        /// The best one first.
        offers: Vec<PoolOffer>,
        /// The others.
        others: Vec<NoOffer>,
        /// Place of the best candidate; null where choosing would be guessing.
        best: Option<u16>,
    }

    /// Asks about a pool.
    ViewQuestion {
        /// The pool.
        view: u32,
    }

    /// The volatility of marks at the money of one tenor.
    TenorVolatility {
        /// Tenor, seconds.
        tenor: u32,
        /// Per √year.
        sigma: Ratio,
    }

    /// What the net asset value gains and loses. Amounts are native units, to the nearest one.
    Exposure {
        /// What is gained if the price doubles at its present slope.
        delta: i64,
        /// By how much a rise of the price by one per cent raises the delta.
        gamma: i64,
        /// What is gained if the volatility at the money rises by one point.
        vega: i64,
    }

    /// One underlying of a pool. Amounts are native units.
    UnderlyingStatistics {
        /// Place in the pool's list.
        underlying: u8,
        /// Price, dollars; null where it is missing or refused.
        spot: Option<Dollars>,
        /// Implied volatilities at the money, by tenor.
        marks: Vec<TenorVolatility>,
        /// Realised volatility by the fast average of squared returns, per √year.
        realised_fast: Ratio,
        /// The same by the slow average.
        realised_slow: Ratio,
        /// Open interest that is held: points times price, rounded up; null without a price.
        bought: Option<u64>,
        /// Open interest that is written.
        written: Option<u64>,
        /// Number of series with open interest.
        open_series: u32,
        /// What all traders would gain if the price doubled at the slopes of the last valuation.
        net_delta: i64,
        /// Delta of those who gain when the price rises, with all that is committed.
        up: u64,
        /// Delta of those who gain when it falls.
        down: u64,
        /// How much more the next trades may add to the upward side.
        room_up: u64,
        /// How much more they may add to the downward side.
        room_down: u64,
        /// What the pool gains and loses with price and volatility; null where it cannot be valued.
        exposure: Option<Exposure>,
    }

    /// A pool at one moment. Amounts are native units.
    PoolStatistics {
        /// Net asset value of the main class; null where a price is missing or refused.
        main: Option<NetAssetValue>,
        /// Net asset value of the insurance class.
        insurance: Option<NetAssetValue>,
        /// Native units that one share of the main class is worth at the lower bound, for display.
        share_price: Option<Ratio>,
        /// Funding that the main class receives a day at present, rounded down; null without prices.
        funding_per_day: Option<i64>,
        /// That of a year as a part of the net asset value, not compounded, without fees: income, not profit.
        per_year: Option<Decimal>,
        /// Reserves as a part of pool cash.
        utilisation: Option<Decimal>,
        /// Reserves of all series, and what commitments will add.
        reserved: u64,
        /// The most that may be reserved.
        reserve_limit: u64,
        /// Cash of all margin accounts.
        margin_cash: i64,
        /// Slots of the registry that are free.
        free_slots: u32,
        /// Whether it takes no new risk.
        halted: bool,
        /// Whether tokens were seized, or the mint is no longer acceptable.
        distressed: bool,
        /// Its underlyings.
        underlyings: Vec<UnderlyingStatistics>,
    }

    /// Asks for the exposure of shares.
    ShareExposureQuestion {
        /// The pool.
        view: u32,
        /// The class.
        class: ShareClass,
        /// Shares.
        shares: u64,
    }

    /// What some shares gain and lose with one underlying.
    ShareExposure {
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Price, dollars.
        spot: Dollars,
        /// What it is.
        exposure: Exposure,
    }

    /// What some shares are worth, and with what that changes.
    ShareExposures {
        /// What a withdrawal of them would pay at the prices of now, native units, rounded down, without cooldown and limits.
        worth: u64,
        /// By underlying.
        exposures: Vec<ShareExposure>,
    }
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
    let one = |(proposal, strategy): &(Proposal, evergreen_sdk::strategy::Strategy)| {
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
