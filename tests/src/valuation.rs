//! Accounts and pools valued without the program's market code, with the same mathematics. Amounts are in native units.

use crate::snapshot::{PoolView, Snapshot};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{
    Dollars, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime, bounds, funding,
    margin::{HealthLevel, Portfolio, ShockParams},
    option::{OptionPricer, PricePoint, Terms, Valuation},
    volatility,
};
use evergreen_sdk::{
    evergreen::state::{LiquidityRequest, MarginAccount, Position, Series, SeriesRegistry, Underlying},
    testing::pyth::Price,
};
use std::collections::BTreeMap;

/// Prices by underlying.
pub type Prices = BTreeMap<Pubkey, Price>;

/// Returns the dollars of a published number with an exponent of zero or less, rounded towards zero.
pub fn dollars(published: i64, exponent: i32) -> Dollars {
    let divisor = 10i128.pow(exponent.unsigned_abs());
    let number = i128::from(published);
    let (whole, rest) = (number / divisor, number % divisor);
    Dollars::from_bits((whole << 64) + (rest << 64) / divisor)
}

/// Returns a series' contract.
pub fn terms(series: &Series) -> Terms {
    series.terms().expect("valid terms")
}

/// Returns the cap payoff of a series.
pub fn cap_payoff(series: &Series) -> Dollars {
    terms(series).cap_payoff().expect("a cap")
}

/// Returns what each point of a series that has ended pays: its cap payoff, or less where its feed has ended.
pub fn payoff(series: &Series) -> Dollars {
    assert!(series.payoff() <= cap_payoff(series), "a payoff beyond the cap");
    series.payoff()
}

/// Returns the scale of a pool's points.
pub fn scale(view: &PoolView) -> PointScale {
    PointScale::new(view.pool.scale_exponent).expect("a valid exponent")
}

/// An underlying at one moment.
#[derive(Clone)]
struct Entry {
    underlying: Box<Underlying>,
    spot: Dollars,
}

impl Entry {
    /// Takes an underlying at a published price, or at its last volatility sample if that price is unusable.
    fn new(underlying: Box<Underlying>, price: &Price) -> Self {
        let usable = price.price > 0 && price.ema_price > 0 && (-12..=0).contains(&price.exponent);
        let of = |published| {
            if usable { dollars(published, price.exponent) } else { underlying.sample_price.dollars() }
        };
        let spot = of(price.price);
        Self { underlying, spot }
    }
}

/// A pool's markets at one moment, with funding accrued to that moment.
pub struct Markets<'a> {
    view: &'a PoolView,
    /// The pool's series with their funding accrued.
    pub registry: Box<SeriesRegistry>,
    now: UnixTime,
    entries: Vec<Entry>,
    /// Whether options are valued as they are sold, and not at the mark.
    as_sold: bool,
}

impl<'a> Markets<'a> {
    /// Values a pool's markets at these prices, with the underlyings and the time of the snapshot. The pool may come from an
    /// earlier snapshot; what has changed it since is then left out.
    pub fn new(view: &'a PoolView, snapshot: &Snapshot, prices: &Prices) -> Self {
        let used = view.pool.underlyings.iter().take(usize::from(view.pool.underlying_count));
        let entries = used.map(|u| Entry::new(snapshot.underlying(&u.key), &prices[&u.key])).collect();
        let now = UnixTime(snapshot.now);
        let mut markets = Self { view, registry: view.registry.clone(), now, entries, as_sold: false };
        let mut registry = view.registry.clone();
        for series in registry.series.iter_mut().filter(|series| series.status == 1) {
            let underlying = &markets.entries[usize::from(series.underlying)].underlying;
            let points = underlying.funding_points;
            points.accrue(series, &underlying.funding_rules(), &view.pool, markets.now).expect("funding accrues");
        }
        markets.registry = registry;
        markets
    }

    /// Returns the same markets with other spot prices, by the underlying's place, such as the ends of a band. Funding stays as
    /// accrued.
    pub fn at(&self, spots: &[Dollars]) -> Self {
        let mut entries = self.entries.clone();
        for (entry, spot) in entries.iter_mut().zip(spots) {
            entry.spot = *spot;
        }
        Self { view: self.view, registry: self.registry.clone(), entries, ..*self }
    }

    /// Returns the same markets with options valued as they are sold: at the volatility at which healthy accounts are closed by others.
    pub fn as_sold(&self) -> Self {
        Self { registry: self.registry.clone(), entries: self.entries.clone(), as_sold: true, ..*self }
    }

    /// Returns the time, unix seconds.
    pub const fn now(&self) -> i64 {
        self.now.0
    }

    /// Returns what points of the series in a slot are worth at the mark, native units, rounded down.
    pub fn worth(&self, slot: u8, points: i64) -> i64 {
        let mark = self.mark(&self.registry.series[usize::from(slot)]);
        scale(self.view).native(Points(points), mark, Rounding::Floor).unwrap().0
    }

    /// Returns the spot price of an underlying.
    pub fn spot(&self, underlying: u8) -> Dollars {
        self.entries[usize::from(underlying)].spot
    }

    fn shocks(&self, underlying: u8) -> ShockParams {
        self.entries[usize::from(underlying)].underlying.shocks()
    }

    /// Returns the volatility at which a series is valued: its mark's, unless these are the markets [`as_sold`](Self::as_sold).
    pub fn sigma(&self, series: &Series) -> Ratio {
        let Entry { underlying, spot } = &self.entries[usize::from(series.underlying)];
        let (params, state) = (underlying.volatility_params(), underlying.volatility_state());
        let at_the_money = if self.as_sold {
            volatility::quoted(&params, &state, *spot, self.now).unwrap().bid(Seconds(series.tenor)).unwrap()
        } else {
            volatility::marks(&params, &state, self.now).unwrap().of(Seconds(series.tenor)).unwrap()
        };
        let strike = Dollars::from_int(i64::try_from(series.strike).unwrap());
        underlying.smile().sigma(at_the_money, self.spot(series.underlying), strike, Seconds(series.tenor)).unwrap()
    }

    fn valuation(&self, series: &Series) -> Valuation {
        let pricer = OptionPricer::new(&terms(series), self.sigma(series)).unwrap();
        bounds::valuation_at_least(&pricer, PricePoint::new(self.spot(series.underlying)).unwrap()).unwrap()
    }

    /// Returns the mark of a series in dollars, which is its payoff if it has ended.
    pub fn mark(&self, series: &Series) -> Dollars {
        if series.status == 1 { self.valuation(series).value().unwrap() } else { payoff(series) }
    }

    fn series(&self, position: &Position) -> &Series {
        &self.registry.series[usize::from(position.slot)]
    }

    /// Returns the funding that an account owes, less what stayed owed to it, native units.
    pub fn owed(&self, account: &MarginAccount) -> i64 {
        let open = account.positions.iter().filter(|p| p.points != 0);
        let funding = open.map(|p| {
            let index = self.series(p).funding().index;
            funding::owed(p.points(), index, p.snapshot(), scale(self.view)).unwrap().0
        });
        funding.sum::<i64>() - account.unpaid as i64
    }

    /// Returns what a position owes beyond what it is owed, native units, rounded up: funding, and the payoff of a written one in a series that has ended.
    pub fn owed_in(&self, position: &Position) -> i64 {
        self.owed_at(position, self.series(position))
    }

    /// Returns the same up to when its series was last touched.
    pub fn owed_as_touched(&self, position: &Position) -> i64 {
        self.owed_at(position, &self.view.registry.series[usize::from(position.slot)])
    }

    fn owed_at(&self, position: &Position, series: &Series) -> i64 {
        let scale = scale(self.view);
        let owed = funding::owed(position.points(), series.funding().index, position.snapshot(), scale).unwrap().0;
        let pays = series.status == 2 && position.points < 0;
        owed - if pays { scale.native(position.points(), payoff(series), Rounding::Floor).unwrap().0 } else { 0 }
    }

    /// Returns what those sides of series owe that owe any, native units, each position rounded up, and for what bought options can be sold that insurance could not pay.
    pub fn owed_by_accounts(&self) -> i64 {
        let mut sides: BTreeMap<(u8, bool), i64> = BTreeMap::new();
        for (_, position) in self.view.positions() {
            *sides.entry((position.slot, position.points < 0)).or_default() += self.owed_in(position);
        }
        let accounts = self.view.accounts.values();
        let holders = accounts.filter(|account| account.positions.iter().all(|position| position.points >= 0));
        let sold: i64 = holders
            .map(|account| {
                (account.cash.min(0).saturating_neg() - account.unpaid as i64).clamp(0, account.cover as i64)
            })
            .sum();
        let pool = &self.view.pool;
        let insured = pool.insurance_assets().unwrap().0;
        let [debts, bad] = [pool.debts, pool.bad_debts].map(|debts| debts.saturating_sub(insured) as i64);
        sides.values().map(|owed| (*owed).max(0)).sum::<i64>() + sold.min(debts - bad)
    }

    /// Returns what settlement will pay an account for positions of exercised series, native units, each rounded down.
    pub fn exercised(&self, account: &MarginAccount) -> i64 {
        let open = account.positions.iter().filter(|p| p.points != 0 && self.series(p).status == 2);
        open.map(|p| scale(self.view).native(p.points(), payoff(self.series(p)), Rounding::Floor).unwrap().0).sum()
    }

    /// Returns the health of an account after settlement, native units. As in the program, a stricter level includes the scenarios
    /// of maintenance. Initial health does not include those of target, with which a mixed portfolio might be worth less.
    pub fn health(&self, account: &MarginAccount, level: HealthLevel) -> i64 {
        let mut portfolio = Portfolio::new([HealthLevel::Maintenance, level], self.view.pool.params.margin()).unwrap();
        for position in account.positions.iter().filter(|p| p.points != 0 && self.series(p).status == 1) {
            let series = self.series(position);
            let place = series.underlying;
            portfolio
                .add(
                    usize::from(place),
                    position.points(),
                    &terms(series),
                    self.sigma(series),
                    self.spot(place),
                    &self.shocks(place),
                    scale(self.view),
                )
                .unwrap();
        }
        let cash = NativeDelta(account.cash + self.exercised(account));
        portfolio.health(level, cash, NativeDelta(self.owed(account))).unwrap().0
    }

    /// Returns an account's equity, which is its cash if everything were closed at the mark, native units. Each position is rounded
    /// down.
    pub fn equity(&self, account: &MarginAccount) -> i64 {
        let open = account.positions.iter().filter(|p| p.points != 0);
        let worth: i64 = open
            .map(|p| scale(self.view).native(p.points(), self.mark(self.series(p)), Rounding::Floor).unwrap().0)
            .sum();
        account.cash + worth - self.owed(account)
    }

    fn used(&self) -> impl Iterator<Item = &Series> + '_ {
        self.registry.series.iter().filter(|series| series.status != 0)
    }

    fn claims(&self) -> i64 {
        self.used().map(|series| series.pool_claim(scale(self.view)).unwrap().0).sum()
    }

    /// Returns the net asset value of the main class at the mark, without any band, native units, rounded down.
    pub fn net_assets_at_mark(&self) -> i64 {
        let owed = self
            .used()
            .map(|s| scale(self.view).native(s.net().unwrap(), self.mark(s), Rounding::Ceil).unwrap().0)
            .sum::<i64>();
        self.cash() + self.claims() - owed
    }

    /// Returns pool cash less what stayed owed to accounts and what bad debts certainly cost it, native units.
    fn cash(&self) -> i64 {
        let pool = &self.view.pool;
        pool.pool_cash - pool.unpaid as i64 - pool.bad_debts.saturating_sub(pool.insurance_assets().unwrap().0) as i64
    }

    /// Returns how many points of a series traders have bought more than sold while there was a spread within the day before a minute, or now: the part of a day that is left of them.
    fn taken_on(&self, slot: usize, series: &Series, minute: Option<i64>) -> Points {
        let taken = &self.view.pool.taken[slot];
        let is_of_series = taken.generation == series.generation && series.status == 1;
        let is_later = minute.is_some_and(|minute| i64::from(taken.at) > minute);
        let (points, at) = if is_later { (taken.before, taken.before_at) } else { (taken.points, taken.at) };
        let rest = i128::from(86_400 - (minute.unwrap_or(self.now.0) - i64::from(at)).clamp(0, 86_400));
        Points(if is_of_series { (i128::from(points) * rest / 86_400) as i64 } else { 0 })
    }

    /// Returns the bounds of the net asset value of the main class at the volatilities of the last full minute, native units. Debts that positions cover
    /// count as if they were paid.
    pub fn net_assets(&self) -> NavBounds {
        self.bounds(Some(LiquidityRequest::grid_time(self.now.0)))
    }

    /// Returns the same bounds at the volatilities of trades of now.
    pub fn net_assets_at_quotes(&self) -> NavBounds {
        self.bounds(None)
    }

    fn bounds(&self, minute: Option<i64>) -> NavBounds {
        let scale = scale(self.view);
        let assets = self.cash() + self.claims();
        let mut bounds = NavBounds { lower: assets, upper: assets };
        // Liquidity values nothing that nobody has, whatever was taken on in it.
        let is_valued = |series: &Series| series.status != 0 && (minute.is_none() || series.has_interest());
        for (slot, series) in self.registry.series.iter().enumerate().filter(|(_, series)| is_valued(series)) {
            let net = series.net().unwrap();
            let mut premium_due = 0;
            let [bid, ask, mark] = if series.status == 1 {
                let Entry { underlying, spot } = &self.entries[usize::from(series.underlying)];
                let quoted = match minute {
                    Some(minute) => underlying.valued(*spot, minute).unwrap(),
                    None => underlying.quoted(*spot, self.now).unwrap(),
                };
                let strike = Dollars::from_int(i64::try_from(series.strike).unwrap());
                let at = |sigma, most: bool| {
                    let sigma = underlying.smile().sigma(sigma, *spot, strike, Seconds(series.tenor)).unwrap();
                    let pricer = OptionPricer::new(&terms(series), sigma).unwrap();
                    let point = PricePoint::new(*spot).unwrap();
                    if most { bounds::value_at_most(&pricer, point) } else { bounds::value_at_least(&pricer, point) }
                        .unwrap()
                };
                if let Some((_, premium)) = self.view.pool.buyback(minute.unwrap_or(self.now.0)) {
                    let worth = scale.native(series.long(), at(quoted.ask, true), Rounding::Ceil).unwrap();
                    let intrinsic =
                        scale.native(series.long(), terms(series).intrinsic(*spot), Rounding::Floor).unwrap();
                    let time_value = worth.checked_sub(intrinsic).unwrap().positive_part();
                    premium_due = time_value.share(premium, Rounding::Ceil).unwrap().0 as i64;
                }
                let bid = quoted.bid(Seconds(series.tenor)).unwrap();
                let mark = quoted.mark(Seconds(series.tenor)).unwrap();
                [bid, quoted.ask, mark].map(|sigma| [at(sigma, false), at(sigma, true)])
            } else {
                [[payoff(series); 2]; 3]
            };
            // The spread counts on what traders had in sum before the trades of the last day, bought up to the ask, or written up to the mark. All the rest counts at the bid.
            let taken = self.taken_on(slot, series, minute);
            let before = net.checked_sub(taken).unwrap();
            let owed = |points: Points, value: [Dollars; 2], rounding| {
                let most = (rounding == Rounding::Ceil) != points.is_short();
                scale.native(points, value[usize::from(most)], rounding).unwrap().0
            };
            let both = |is_spread: bool, value, rounding| {
                if is_spread && value != bid {
                    owed(before, value, rounding) + owed(taken, bid, rounding)
                } else {
                    owed(net, bid, rounding)
                }
            };
            bounds.lower -= both(before.0 > 0, ask, Rounding::Ceil);
            bounds.upper -= both(before.is_short(), mark, Rounding::Floor);
            // What leaves leaves its part of the premium of a buy-back.
            bounds.lower -= premium_due;
        }
        bounds
    }
}

/// The bounds of the net asset value of the main class, native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavBounds {
    /// At which withdrawals are paid, less what is not earned yet.
    pub lower: i64,
    /// At which deposits are charged, less what is not earned yet.
    pub upper: i64,
}
