//! Combinations of options as legs of one trade.
//!
//! A [`Strategy`] names contracts, not slots of a book: [`Strategy::resolve`] finds the series, and says which ones have to
//! be listed first and which ids they will get. Nothing is sent.
//!
//! ```
//! use evergreen_sdk::{math::{Points, Seconds}, strategy::{Market, Strategy}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A tenth of a bitcoin each, seven days.
//! let btc = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
//! let strangle = Strategy::strangle(btc, 95_000, 105_000, Points(33_333_333))?;
//! assert_eq!(strangle.legs.len(), 2);
//! assert!(Strategy::strangle(btc, 105_000, 95_000, Points(33_333_333)).is_err());
//! # Ok(())
//! # }
//! ```

use evergreen::{
    Leg,
    instructions::SeriesRequest,
    state::{Book, Listing, SeriesId, SeriesStatus, Underlying},
};
use evergreen_math::{
    BasisPoints, Dollars, Native, PointScale, Points, Ratio, Rounding, Seconds, UnixTime, option::OptionKind,
};

/// Where the options of a strategy are: which underlying, which tenor.
///
/// ```
/// use evergreen_sdk::{math::Seconds, strategy::Market, testing::scene::Scene};
///
/// // All that a pool offers, from the tenors of its underlyings.
/// let scene = Scene::new(1, 0)?;
/// let offered = (0u8..).zip(scene.view.underlyings()).flat_map(|(underlying, account)| {
///     let tenors = account.params.tenors.into_iter().filter(|tenor| tenor.seconds > 0);
///     tenors.map(move |tenor| Market { underlying, tenor: Seconds(tenor.seconds) })
/// });
/// // A day, a week and a month, on BTC and on ETH.
/// assert_eq!(offered.count(), 6);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Market {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Tenor.
    pub tenor: Seconds,
}

/// A contract, whether it is listed or not.
///
/// ```
/// use evergreen_sdk::{math::{Dollars, Seconds, option::OptionKind}, strategy::{Contract, Market}, testing::scene::Scene};
///
/// let market = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let call = Contract { market, kind: OptionKind::Call, strike: 100_000 };
/// let scene = Scene::new(1, 0)?;
/// // A week's call ends at 1.2 times its strike.
/// assert_eq!(call.cap_payoff(scene.view.underlyings()[0])?, Dollars::from_int(20_000));
/// // What `instruction::list_series` takes, should it be missing.
/// assert!(call.find(&scene.view.book).is_none() && !call.request().put);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Contract {
    /// Where.
    pub market: Market,
    /// Call or put.
    pub kind: OptionKind,
    /// Strike in whole dollars.
    pub strike: u64,
}

/// What a position is, in words:
///
/// ```
/// use evergreen_sdk::{math::option::OptionKind, strategy::Contract, testing::scene::Scene};
///
/// let scene = Scene::new(1, 0)?;
/// let Contract { market, kind, strike } = Contract::of(&scene.view.book, scene.series[0]).ok_or("not listed")?;
/// let kind = if kind == OptionKind::Call { "call" } else { "put" };
/// let words = format!("{}-day {kind} on number {} at {strike}", market.tenor.0 / 86_400, market.underlying);
/// assert_eq!(words, "7-day call on number 0 at 86000");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Contract {
    /// What `list_series` wants to know.
    ///
    /// ```
    /// use evergreen_sdk::{instruction, math::{Seconds, option::OptionKind}, strategy::{Contract, Market}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let month = Market { underlying: 1, tenor: Seconds(30 * 86_400) };
    /// let put = Contract { market: month, kind: OptionKind::Put, strike: 3_000 };
    /// let request = put.request();
    /// assert_eq!((request.put, request.strike, request.tenor), (true, 3_000, 2_592_000));
    /// let list = instruction::list_series(&scene.view.keys, &scene.view.markets[1].feed, request);
    /// # assert_eq!(list.program_id, evergreen_sdk::address::PROGRAM);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub const fn request(&self) -> SeriesRequest {
        SeriesRequest { put: matches!(self.kind, OptionKind::Put), strike: self.strike, tenor: self.market.tenor.0 }
    }

    /// Its live series in a book, if it is listed.
    ///
    /// ```
    /// use evergreen_sdk::{strategy::Contract, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let contract = Contract::of(&scene.view.book, scene.series[3]).ok_or("not listed")?;
    /// assert_eq!(contract.find(&scene.view.book), Some(scene.series[3]));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn find(&self, book: &Book) -> Option<SeriesId> {
        let slot = book.series.iter().position(|series| {
            series.status() == SeriesStatus::Live
                && (series.underlying, series.strike, series.tenor)
                    == (self.market.underlying, self.strike, self.market.tenor.0)
                && series.kind() == self.kind
        })?;
        Some(SeriesId { slot: u8::try_from(slot).ok()?, generation: book.series[slot].generation })
    }

    /// The contract of a series in use.
    ///
    /// ```
    /// use evergreen_sdk::{evergreen::state::SeriesId, strategy::Contract, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let series = scene.series[0];
    /// assert_eq!(Contract::of(&scene.view.book, series).map(|contract| contract.strike), Some(86_000));
    /// // Another generation of the slot is another series, long gone or still to come.
    /// let other = SeriesId { generation: series.generation + 1, ..series };
    /// assert_eq!(Contract::of(&scene.view.book, other), None);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn of(book: &Book, id: SeriesId) -> Option<Self> {
        let series = book.series(id).ok()?;
        let market = Market { underlying: series.underlying, tenor: Seconds(series.tenor) };
        Some(Self { market, kind: series.kind(), strike: series.strike })
    }
}

/// One part of a strategy.
///
/// ```
/// use evergreen_sdk::{math::{Points, Seconds, option::OptionKind}, strategy::{Contract, Market, Part, Strategy}};
///
/// // A butterfly, which no function here makes: one, minus two, one.
/// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let part = |strike, points| Part { contract: Contract { market: week, kind: OptionKind::Call, strike }, points: Points(points) };
/// let butterfly = Strategy { legs: vec![part(98_000, 1_000), part(102_000, -2_000), part(106_000, 1_000)] };
/// assert_eq!(butterfly.legs.iter().map(|part| part.points.0).sum::<i64>(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The contract.
    pub contract: Contract,
    /// Points bought (positive) or sold (negative).
    pub points: Points,
}

/// Parts that are traded together.
///
/// ```
/// use evergreen_sdk::{math::{Points, Seconds, option::OptionKind}, strategy::{Market, Strategy}};
///
/// // Two made by functions, joined into one trade with one limit: an iron condor.
/// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let mut condor = Strategy::vertical(week, OptionKind::Put, 90_000, 94_000, Points(1_000))?;
/// condor.legs.extend(Strategy::vertical(week, OptionKind::Call, 110_000, 106_000, Points(1_000))?.legs);
/// assert_eq!(condor.legs.len(), 4);
/// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// One to four.
    pub legs: Vec<Part>,
}

/// Why a strategy makes no sense, or cannot be traded.
///
/// ```
/// use evergreen_sdk::{math::{Points, Seconds}, strategy::{Market, Strategy, StrategyError}};
///
/// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let error = Strategy::strangle(week, 105_000, 95_000, Points(1_000)).unwrap_err();
/// assert_eq!(error, StrategyError::Strikes { lower: 105_000, upper: 95_000 });
/// assert_eq!(error.to_string(), "strike 105000 must be below strike 95000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// Its size is zero or negative.
    #[error("the size must be above zero")]
    Size,
    /// Strikes that have to rise do not.
    #[error("strike {lower} must be below strike {upper}")]
    Strikes {
        /// The one that should be lower.
        lower: u64,
        /// The one that should be higher.
        upper: u64,
    },
    /// The series to roll is not in the book, or no longer live.
    #[error("the series is not live in this book")]
    UnknownSeries,
    /// Rolling to the contract that is held already.
    #[error("both contracts are the same")]
    SameContract,
    /// Nothing is held of the series to roll.
    #[error("there is no position to roll")]
    NothingHeld,
    /// The book has no slot for a series that has to be listed.
    #[error("the book has no free slot for a new series")]
    BookFull,
    /// The pool has no such underlying.
    #[error("the pool has no such underlying")]
    UnknownUnderlying,
    /// The underlying does not offer the tenor.
    #[error("the tenor is not offered")]
    Tenor,
    /// A number does not fit.
    #[error("a number does not fit its type")]
    Overflow,
}

/// Result of making a strategy.
pub type Result<T> = core::result::Result<T, StrategyError>;

/// A strategy on a book: legs of a trade, and what has to be listed before.
///
/// ```
/// use evergreen_sdk::{
///     math::{Points, Seconds, UnixTime},
///     strategy::{Market, Resolved, Strategy},
///     testing::scene::Scene,
/// };
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let view = &scene.view;
/// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let straddle = Strategy::straddle(week, 98_000, Points(1_000))?;
/// let Resolved { missing, legs, book } = straddle.resolve(&view.book, &view.underlyings(), UnixTime(view.now))?;
/// assert!(missing.is_empty());
/// // Quoted on the book as it will be.
/// let quote = view.clone().with_book(book).trade(&account, &legs)?;
/// assert_eq!(quote.legs.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct Resolved {
    /// To be listed first, in this order.
    pub missing: Vec<Contract>,
    /// The legs, with the ids that the missing series will get if nobody lists anything in between. (If somebody does, the
    /// trade is refused with `UnknownSeries` and costs nothing.)
    pub legs: Vec<Leg>,
    /// The book once they are listed: what the legs can be quoted on.
    pub book: Box<Book>,
}

/// From an idea to the cash that it needs:
///
/// ```
/// use evergreen_sdk::{
///     math::{Points, Seconds, UnixTime, option::OptionKind},
///     strategy::{Market, Strategy},
///     testing::scene::Scene,
/// };
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// # for series in &mut scene.view.book.series {
/// #     series.long_points += 1_000;
/// # }
/// let view = &scene.view;
/// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let write = Strategy::covered_write(week, OptionKind::Put, 94_000, Points(1_000))?;
/// let cash = write.short_caps(&view.underlyings(), view.pool.scale()?)?;
/// let resolved = write.resolve(&view.book, &view.underlyings(), UnixTime(view.now))?;
/// let quote = view.trade(&account, &resolved.legs)?;
/// // The worst that can come of it is the cap, less the premium.
/// assert_eq!(quote.outcome()?.map(|outcome| outcome.worst), Some(quote.net - cash.0 as i64));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Strategy {
    /// Buys a call and a put on one strike: gains from a large move either way. Negative sizes are refused; a short straddle
    /// is [`Self::reversed`].
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds}, strategy::{Market, Strategy}};
    ///
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let strategy = Strategy::straddle(week, 100_000, Points(1_000))?;
    /// assert!(strategy.legs.iter().all(|leg| leg.points == Points(1_000)));
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Size`].
    pub fn straddle(market: Market, strike: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        Ok(Self::of(market, [(OptionKind::Call, strike, size), (OptionKind::Put, strike, size)]))
    }

    /// Buys a put below and a call above: cheaper than a straddle, needs a larger move.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds}, strategy::{Market, Strategy}};
    ///
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let strategy = Strategy::strangle(week, 95_000, 105_000, Points(1_000))?;
    /// assert_eq!(strategy.legs.iter().map(|leg| leg.contract.strike).sum::<u64>(), 200_000);
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Size`], [`StrategyError::Strikes`].
    pub fn strangle(market: Market, put: u64, call: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        rising(put, call)?;
        Ok(Self::of(market, [(OptionKind::Put, put, size), (OptionKind::Call, call, size)]))
    }

    /// Buys one strike and writes another of the same kind: a view on direction with a bounded gain. A call with `bought` below
    /// `written`, or a put with `bought` above it, costs premium; the other way round earns it against margin.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds, option::OptionKind}, strategy::{Market, Strategy}};
    ///
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let bull = Strategy::vertical(week, OptionKind::Call, 100_000, 110_000, Points(1_000))?;
    /// assert_eq!(bull.legs.iter().map(|leg| leg.points.0).collect::<Vec<_>>(), [1_000, -1_000]);
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Size`], [`StrategyError::Strikes`] for equal strikes.
    pub fn vertical(market: Market, kind: OptionKind, bought: u64, written: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        rising(bought.min(written), bought.max(written))?;
        Ok(Self::of(market, [(kind, bought, size), (kind, written, -size)]))
    }

    /// Buys a put below and writes a call above, for who holds the coin elsewhere: the call's premium pays for the floor.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds}, strategy::{Market, Strategy}};
    ///
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let strategy = Strategy::collar(week, 95_000, 105_000, Points(1_000))?;
    /// assert_eq!(strategy.legs.iter().map(|leg| leg.points.0).sum::<i64>(), 0);
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Size`], [`StrategyError::Strikes`].
    pub fn collar(market: Market, put: u64, call: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        rising(put, call)?;
        Ok(Self::of(market, [(OptionKind::Put, put, size), (OptionKind::Call, call, -size)]))
    }

    /// Writes one option. With cash of at least [`Self::short_caps`] in the account it is covered: no price can liquidate it.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds, option::OptionKind}, strategy::{Market, Strategy}};
    ///
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let write = Strategy::covered_write(week, OptionKind::Put, 95_000, Points(1_000))?;
    /// assert_eq!(write.legs[0].points, Points(-1_000));
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Size`].
    pub fn covered_write(market: Market, kind: OptionKind, strike: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        Ok(Self::of(market, [(kind, strike, -size)]))
    }

    /// Closes what is held of a series and opens as much of another contract, in one trade.
    ///
    /// ```
    /// use evergreen_sdk::{math::Points, strategy::{Contract, Strategy}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let book = &scene.view.book;
    /// let held = Contract::of(book, scene.series[0]).ok_or("not listed")?;
    /// // The same strike and tenor four thousand dollars higher.
    /// let roll = Strategy::roll(book, (scene.series[0], Points(500)), Contract { strike: held.strike + 4_000, ..held })?;
    /// assert_eq!(roll.legs.iter().map(|leg| leg.points.0).collect::<Vec<_>>(), [-500, 500]);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::UnknownSeries`], [`StrategyError::NothingHeld`], [`StrategyError::SameContract`].
    pub fn roll(book: &Book, held: (SeriesId, Points), to: Contract) -> Result<Self> {
        let (id, points) = held;
        let live = book.series(id).is_ok_and(|series| series.status() == SeriesStatus::Live);
        let from = Contract::of(book, id).filter(|_| live).ok_or(StrategyError::UnknownSeries)?;
        if points.is_zero() {
            return Err(StrategyError::NothingHeld);
        }
        if from == to {
            return Err(StrategyError::SameContract);
        }
        let close = points.checked_neg().map_err(|_| StrategyError::Overflow)?;
        Ok(Self { legs: vec![Part { contract: from, points: close }, Part { contract: to, points }] })
    }

    fn of<const N: usize>(market: Market, parts: [(OptionKind, u64, i64); N]) -> Self {
        let part =
            |(kind, strike, points)| Part { contract: Contract { market, kind, strike }, points: Points(points) };
        Self { legs: parts.into_iter().map(part).collect() }
    }

    /// The other side: everything bought is sold.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds}, strategy::{Market, Strategy}};
    ///
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let short = Strategy::straddle(week, 100_000, Points(1_000))?.reversed()?;
    /// assert!(short.legs.iter().all(|leg| leg.points == Points(-1_000)));
    /// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Overflow`] for a size that has no opposite.
    pub fn reversed(mut self) -> Result<Self> {
        for leg in &mut self.legs {
            leg.points = leg.points.checked_neg().map_err(|_| StrategyError::Overflow)?;
        }
        Ok(self)
    }

    /// Finds the series in a book, or the slots that missing ones will be listed in. `underlyings` by place in the pool's list;
    /// `now` is when, in unix seconds.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Points, Seconds, UnixTime}, strategy::{Market, Strategy}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let view = &scene.view;
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let listed = Strategy::strangle(week, 94_000, 106_000, Points(1_000))?;
    /// let resolved = listed.resolve(&view.book, &view.underlyings(), UnixTime(view.now))?;
    /// assert!(resolved.missing.is_empty() && resolved.legs.len() == 2);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::BookFull`]; [`StrategyError::Tenor`] and [`StrategyError::UnknownUnderlying`] for what cannot be listed.
    pub fn resolve(&self, book: &Book, underlyings: &[&Underlying], now: UnixTime) -> Result<Resolved> {
        // Listing is the program's own: which slot and generation a new series gets is decided there.
        let mut after = Box::new(*book);
        let (mut missing, mut legs) = (Vec::new(), Vec::new());
        for Part { contract, points } in &self.legs {
            let series = match contract.find(&after) {
                Some(id) => id,
                None => {
                    missing.push(*contract);
                    let listing = contract.listing(contract.underlying(underlyings)?, now)?;
                    after.list(listing).map_err(|_| StrategyError::BookFull)?
                }
            };
            legs.push(Leg { series, points: points.0 });
        }
        Ok(Resolved { missing, legs, book: after })
    }

    /// What all written parts can cost at most, native units, rounded up each: cash that makes them covered. `underlyings` by
    /// place in the pool's list.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Native, Points, Seconds, option::OptionKind}, strategy::{Market, Strategy}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
    /// let write = Strategy::covered_write(week, OptionKind::Call, 100_000, Points(1_000))?;
    /// // A week's call pays at most a fifth of its strike: 20,000 dollars for 1,000 points of a thousandth.
    /// let caps = write.short_caps(&scene.view.underlyings(), scene.view.pool.scale()?)?;
    /// assert_eq!(caps, Native(20_000));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::UnknownUnderlying`], [`StrategyError::Tenor`], [`StrategyError::Overflow`].
    pub fn short_caps(&self, underlyings: &[&Underlying], scale: PointScale) -> Result<Native> {
        let mut sum = Native::ZERO;
        for Part { contract, points } in self.legs.iter().filter(|part| part.points.is_short()) {
            let payoff = contract.cap_payoff(contract.underlying(underlyings)?)?;
            let size = points.size().map_err(|_| StrategyError::Overflow)?;
            let cap = scale.native(size, payoff, Rounding::Ceil).map_err(|_| StrategyError::Overflow)?;
            sum = sum.checked_add(cap.positive_part()).map_err(|_| StrategyError::Overflow)?;
        }
        Ok(sum)
    }
}

/// Where an option ends, by the terms that its underlying gives it:
///
/// ```
/// use evergreen_sdk::{math::{BasisPoints, Dollars, Seconds, option::OptionKind}, strategy::{Contract, Market}, testing::scene::Scene};
///
/// let scene = Scene::new(1, 0)?;
/// let week = Market { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let put = Contract { market: week, kind: OptionKind::Put, strike: 100_000 };
/// let btc = scene.view.underlyings()[0];
/// // Exercised at 80,000 dollars, where it pays 20,000.
/// assert_eq!(put.cap_ratio(btc)?, BasisPoints(8_000).to_ratio());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Contract {
    /// The cap ratio that the underlying gives this contract.
    ///
    /// ```
    /// use evergreen_sdk::{math::{BasisPoints, Seconds, option::OptionKind}, strategy::{Contract, Market, StrategyError}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let btc = scene.view.underlyings()[0];
    /// let call = |days: u32| Contract {
    ///     market: Market { underlying: 0, tenor: Seconds(days * 86_400) },
    ///     kind: OptionKind::Call,
    ///     strike: 100_000,
    /// };
    /// assert_eq!(call(30).cap_ratio(btc)?, BasisPoints(14_000).to_ratio());
    /// assert_eq!(call(14).cap_ratio(btc), Err(StrategyError::Tenor), "no fortnights here");
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Tenor`].
    pub fn cap_ratio(&self, underlying: &Underlying) -> Result<Ratio> {
        let tenor = underlying.tenor(self.market.tenor.0).map_err(|_| StrategyError::Tenor)?;
        Ok(BasisPoints(match self.kind {
            OptionKind::Call => tenor.call_cap_bps,
            OptionKind::Put => tenor.put_cap_bps,
        })
        .to_ratio())
    }

    /// What it pays at most, dollars.
    ///
    /// ```
    /// use evergreen_sdk::{math::{Dollars, Seconds, option::OptionKind}, strategy::{Contract, Market}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let eth = scene.view.underlyings()[1];
    /// let month = Market { underlying: 1, tenor: Seconds(30 * 86_400) };
    /// let call = Contract { market: month, kind: OptionKind::Call, strike: 4_000 };
    /// // Two fifths of the strike for each coin.
    /// assert_eq!(call.cap_payoff(eth)?, Dollars::from_int(1_600));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`StrategyError::Tenor`], [`StrategyError::Overflow`] for strikes that no option can have.
    pub fn cap_payoff(&self, underlying: &Underlying) -> Result<Dollars> {
        let strike = i64::try_from(self.strike).map(Dollars::from_int).map_err(|_| StrategyError::Overflow)?;
        let ratio = self.cap_ratio(underlying)?;
        let terms = evergreen_math::option::Terms::new(self.kind, strike, self.market.tenor, Some(ratio));
        terms.ok().and_then(|terms| terms.cap_payoff()).ok_or(StrategyError::Overflow)
    }

    fn underlying<'a>(&self, underlyings: &[&'a Underlying]) -> Result<&'a Underlying> {
        underlyings.get(usize::from(self.market.underlying)).copied().ok_or(StrategyError::UnknownUnderlying)
    }

    fn listing(&self, underlying: &Underlying, now: UnixTime) -> Result<Listing> {
        Ok(Listing {
            underlying: self.market.underlying,
            kind: self.kind,
            strike: self.strike,
            tenor: self.market.tenor,
            cap_ratio: self.cap_ratio(underlying)?,
            now,
        })
    }
}

fn positive(points: Points) -> Result<i64> {
    if points.0 > 0 { Ok(points.0) } else { Err(StrategyError::Size) }
}

const fn rising(lower: u64, upper: u64) -> Result<()> {
    if lower < upper { Ok(()) } else { Err(StrategyError::Strikes { lower, upper }) }
}

#[cfg(test)]
mod tests;
