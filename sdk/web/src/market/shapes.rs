//! What is asked about markets, and what is answered.

use crate::{
    curves::Sensitivities,
    problem::Problem,
    quotes::{NetAssetValue, TradeQuote},
    value::Bytes,
};
use evergreen_sdk::{
    convert::Decimal,
    evergreen::{
        OptionLeg,
        state::{OptionId, SeriesId, ShareClass},
    },
    math::{Dollars, Ratio},
    strategy::{Outlook, ReadyStrategy},
};

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
        proposal: ReadyStrategy,
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
