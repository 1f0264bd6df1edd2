//! A pool in memory, with two underlyings, a full registry and random accounts. It is for measurements and property tests, for
//! which a local chain would be too slow.

use super::pyth::Price;
use crate::{
    address,
    instruction::{PoolKeys, PriceFeed},
    presets,
    price::PushFeeds,
    quote::{MarketView, PoolView, PriceBytes},
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use anchor_lang::prelude::Pubkey;
use evergreen::state::{
    Bits128, LAYOUT_VERSION, LossIndex, MAX_POSITIONS, MarginAccount, Pool, SeriesId, SeriesRegistry, SeriesStatus,
    Underlying, UnderlyingConfig,
};
use evergreen_math::{Dollars, Points, Seconds, UnixTime, funding::FundingIndex, option::OptionKind};

/// Reason why a scene could not be made.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Bought and written points of every series: more than an account of [`Scene::account`] can have.
const OPEN_INTEREST: i64 = 10_000_000_000;

/// A pool with 64 series, half of them on BTC at 100,000 dollars and half on ETH at 4,000 dollars. They are calls and puts of a
/// week and of a month with strikes near the price. Each has accrued funding until a moment of the last two hours. Scenes with the
/// same seed are equal.
///
/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let scene = Scene::new(1, 0)?;
/// assert_eq!((scene.series.len(), scene.view.markets.len()), (64, 2));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct Scene {
    /// View of the pool.
    pub view: PoolView,
    /// Ids of the pool's series, by slot.
    pub series: Vec<SeriesId>,
    random: u64,
}

impl Scene {
    /// Time of the scene, unix seconds.
    pub const NOW: i64 = 1_790_000_000;

    /// Makes a scene. Every `exercised`-th series has been exercised; with zero none has.
    ///
    /// # Errors
    /// Fails when a price cannot be encoded or a series cannot be listed, which the presets never cause.
    pub fn new(seed: u64, exercised: usize) -> Result<Self, Error> {
        let owner = presets::PYTH_RECEIVER;
        let markets = vec![market(&presets::btc(owner), 100_000)?, market(&presets::eth(owner), 4_000)?];
        let keys = PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token::ID);
        let mut pool: Box<Pool> = Box::new(bytemuck::Zeroable::zeroed());
        (pool.version, pool.scale_exponent, pool.decimals, pool.underlying_count) = (LAYOUT_VERSION, 3, 8, 2);
        for (place, market) in markets.iter().enumerate() {
            (pool.underlyings[place].key, pool.max_ages[place]) = (market.feed.underlying, 5);
        }
        (pool.loss_index, pool.insurance_loss_index) = (LossIndex::NONE, LossIndex::NONE);
        pool.params = presets::pool_params();
        (pool.pool_cash, pool.depth, pool.margin_cash) = (1 << 50, 1 << 50, 1 << 50);
        (pool.insurance_cash, pool.insurance_due) = (1 << 40, 1 << 30);
        (pool.main.total, pool.insurance.total) = (1 << 60, 1 << 50);
        // These are debts of accounts with negative cash. Insurance could pay them.
        (pool.debts, pool.bad_debts) = (1 << 39, 1 << 39);
        let mut view = PoolView { registry: registry(&keys)?, keys, pool, markets, now: Self::NOW, protocol: None };
        let legs = contracts().map(|contract| Part { contract, points: Points(1) }).collect();
        let listed = Strategy { legs }.resolve(&view.registry, &view.underlyings(), UnixTime(Self::NOW - 86_400))?;
        view.registry = listed.registry;
        let series = listed.legs.iter().map(|leg| leg.series).collect();
        let mut scene = Self { view, series, random: seed };
        scene.let_accrue(exercised)?;
        Ok(scene)
    }

    fn let_accrue(&mut self, exercised: usize) -> Result<(), Error> {
        let scale = self.view.pool.scale()?;
        for slot in 0..self.series.len() {
            let (dollars, rate, ago) = (self.below(1 << 52), self.below(3_000), self.below(7_200));
            let series = &mut self.view.registry.series[slot];
            (series.long_points, series.short_points) = (OPEN_INTEREST, OPEN_INTEREST);
            self.view.pool.reserved_collateral +=
                series.reserve(series.terms()?.cap_payoff().ok_or("a series without cap")?, scale)?.0;
            // The index is at most 4,096 dollars.
            series.funding_index = Bits128::new(i128::from(dollars));
            series.funding_rate = Dollars::from_int(rate).into();
            // As a share of the strike, in units of 2^−32.
            series.time_value = u32::try_from((u64::try_from(rate)? << 32) / series.strike)?;
            series.funding_touched = u32::try_from(Self::NOW - ago)?;
            if exercised > 0 && slot % exercised == exercised - 1 {
                series.status = SeriesStatus::Exercised as u8;
            }
        }
        Ok(())
    }

    /// Makes a random account with so many positions, at most 12, each bought or written with equal probability. Its cash is from a
    /// thousandth of a token to nearly a thousand tokens.
    pub fn account(&mut self, positions: usize) -> MarginAccount {
        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        (account.version, account.pool, account.loss_index) = (LAYOUT_VERSION, self.view.keys.pool, LossIndex::NONE);
        account.owner = Pubkey::new_from_array([self.below(255) as u8; 32]);
        account.cash = 10i64.pow(5 + self.below(6) as u32) * (1 + self.below(9));
        let first = self.below(64) as usize;
        for place in 0..positions.min(MAX_POSITIONS) {
            // 7 and 64 have no common divisor, so no series comes twice.
            let id = self.series[(first + 7 * place) % self.series.len()];
            let size = 10i64.pow(4 + self.below(4) as u32) * (1 + self.below(9));
            let points = Points(if self.below(2) == 0 { size } else { -size });
            let index = self.view.registry.series[usize::from(id.slot)].funding_index.get();
            // Up to four dollars of the index are not settled.
            let unsettled = i128::from(self.below(1 << 42)).min(index);
            account.store(place, id, points, FundingIndex(index - unsettled));
        }
        account
    }

    /// Frees the slot of every other series but those of an account, so that other options can be listed. The pool reserves nothing for them any more.
    ///
    /// # Errors
    /// Fails when a series has no cap or the pool reserves less than it needs, which no scene causes.
    pub fn make_room(&mut self, kept: &MarginAccount) -> Result<(), Error> {
        let scale = self.view.pool.scale()?;
        for id in self.series.iter().skip(1).step_by(2) {
            if kept.positions.iter().any(|position| position.points != 0 && position.series() == *id) {
                continue;
            }
            let series = &mut self.view.registry.series[usize::from(id.slot)];
            let reserved = series.reserve(series.terms()?.cap_payoff().ok_or("a series without cap")?, scale)?;
            let left = self.view.pool.reserved_collateral.checked_sub(reserved.0);
            self.view.pool.reserved_collateral = left.ok_or("the pool reserves less")?;
            series.free();
        }
        Ok(())
    }

    /// Returns a random number from zero to below `bound`; zero if `bound` is zero.
    pub fn below(&mut self, bound: i64) -> i64 {
        // The generator is SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.unsigned_abs().max(1)) as i64
    }

    /// Returns the scene so many seconds later, with the same prices published then for the first time since.
    ///
    /// # Errors
    /// Returns an error when Pyth's own encoding fails.
    pub fn after(&self, seconds: i64) -> Result<Self, Error> {
        let mut later = self.clone();
        later.view.now += seconds;
        for market in &mut later.view.markets {
            let bytes = market.price.as_mut().ok_or("a market without a price")?;
            let mut price = Price::decode(&bytes.data).ok_or("a price that cannot be read")?;
            (price.prev_publish_time, price.publish_time) = (price.publish_time, later.view.now);
            bytes.data = price.encode(&market.feed.price, 0)?;
        }
        Ok(later)
    }

    /// Publishes another price of an underlying in whole dollars, with a confidence in basis points of the price. The EMA price
    /// equals the price.
    ///
    /// # Errors
    /// Fails when Pyth's own encoding fails.
    pub fn set_price(&mut self, place: usize, dollars: i64, confidence: u64) -> Result<(), Error> {
        let market = &mut self.view.markets[place];
        let mut price = Price::new(market.underlying.feed_id, dollars * 100_000_000, Self::NOW);
        price.conf = price.price.unsigned_abs() / 10_000 * confidence;
        let data = price.encode(&market.feed.price, 0)?;
        market.price = Some(PriceBytes { owner: market.underlying.price_owner, data });
        Ok(())
    }
}

fn registry(keys: &PoolKeys) -> Result<Box<SeriesRegistry>, Error> {
    let mut registry: Box<SeriesRegistry> = Box::new(bytemuck::Zeroable::zeroed());
    (registry.version, registry.pool) = (LAYOUT_VERSION, keys.pool);
    Ok(registry)
}

fn market(config: &UnderlyingConfig, dollars: i64) -> Result<MarketView, Error> {
    let mut underlying: Box<Underlying> = Box::new(bytemuck::Zeroable::zeroed());
    (underlying.version, underlying.feed_id, underlying.price_owner) =
        (LAYOUT_VERSION, config.feed_id, config.price_owner);
    underlying.params = config.params;
    let started = underlying.volatility_params().start(Dollars::from_int(dollars), UnixTime(Scene::NOW - 60))?;
    underlying.set_volatility_state(started);
    let feed = PriceFeed {
        underlying: address::underlying(&config.feed_id),
        price: PushFeeds::UPGRADED.address(&config.feed_id),
    };
    let data = Price::new(config.feed_id, dollars * 100_000_000, Scene::NOW).encode(&feed.price, 0)?;
    Ok(MarketView {
        underlying,
        feed,
        price: Some(PriceBytes { owner: config.price_owner, data }),
        earlier: None,
        sample: None,
    })
}

/// Returns 64 contracts: eight strikes for each underlying, kind and tenor.
fn contracts() -> impl Iterator<Item = Contract> {
    let grids = [(0u8, 86_000, 4_000), (1, 3_450, 150)];
    grids.into_iter().flat_map(|(underlying, lowest, step)| {
        let kinds = [OptionKind::Call, OptionKind::Put].into_iter();
        kinds.flat_map(move |kind| {
            [7, 30].into_iter().flat_map(move |days| {
                let terms = ContractTerms { underlying, tenor: Seconds(days * 86_400) };
                (0..8).map(move |number| Contract { terms, kind, strike: lowest + step * number })
            })
        })
    })
}
