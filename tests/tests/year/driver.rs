//! The chain and the books, side by side.

use crate::{
    model::{Books, Contract, Tick},
    path::{self, DAY_STEPS},
    people::{PEOPLE, WEEKLY, WRITERS, Wish},
    simulated::Stay,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts, address,
    earnings::Earnings,
    events::Event,
    evergreen::state::{SeriesId, SeriesSpec, ShareClass},
    instruction::{self as build, PoolKeys, PriceFeed},
    presets,
};
use evergreen_tests::{
    CLASSIC, Outcome, Setup, World,
    chain::{Chain, actor},
    trading::{at_any_price, named},
    world::TOKEN,
};
use std::collections::BTreeMap;

mod compare;
mod keeping;
mod leave;

use leave::Redeeming;

/// Every so many transactions all invariants are checked after one.
const CHECK_EVERY: u32 = 41;
/// Half-hours from one valuation of all series to the next.
const VALUATION: usize = 4;
/// Half-hours of a twelfth of a year.
const MONTH: usize = path::YEAR / 12;
const MAIN: ShareClass = ShareClass::Main;
const INSURANCE: ShareClass = ShareClass::Insurance;

/// The year.
pub struct Year {
    pub world: World,
    pub books: Books,
    pub market: usize,
    pub prices: Vec<i64>,
    pub confidences: Vec<i64>,
    /// Rates of carry by half-hour, millionths a year.
    pub carries: Vec<i32>,
    pub start: i64,
    pub tick: Tick,
    /// Points of 10,000 dollars of notional at the beginning.
    pub unit: i64,
    pub stays: Vec<Stay>,
    /// Cash of the weekly buyer before the present stay.
    before: i64,
    keys: PoolKeys,
    feed: PriceFeed,
    ids: BTreeMap<Contract, SeriesId>,
    /// Closes by half-hour.
    due: BTreeMap<usize, Vec<Wish>>,
    redeeming: Vec<Redeeming>,
    /// What the main class has earned, by the events, and what its providers have paid in and out.
    pub earned: Earnings,
    provided: i64,
    /// Whether nothing more is opened.
    is_over: bool,
    sent: u32,
}

impl Year {
    pub fn new(market: usize, seed: u64) -> Self {
        let setup = Setup {
            pool: presets::pool_params(),
            btc: presets::btc(presets::PYTH_RECEIVER),
            eth: presets::eth(presets::PYTH_RECEIVER),
            liquidity: 0,
            insurance: 0,
        };
        let params = [setup.btc.params, setup.eth.params][market];
        let mut world = World::new(setup.clone());
        (world.replay, world.round_trip_every) = (None, u32::MAX);
        let genesis = world.chain.now();
        let first = world.feeds[market].price.price;
        let mut books = Books::new(setup.pool, 3, params, first, genesis);
        let start = (genesis / 1_800 + 2) * 1_800;
        let history = path::history(["BTC", "ETH"][market]);
        let prices = path::prices(first as f64 * 1e-8, start as f64, seed, history);
        let quarter = 25_000_000;
        let confidences = prices.iter().map(|price| (price / 5_000 / quarter).max(1) * quarter).collect();
        let (keys, feed) = (world.pools[CLASSIC], world.feeds[market].accounts);
        for (who, class, amount) in [("lp", MAIN, 3_000 * TOKEN), ("insurer", INSURANCE, 200 * TOKEN)] {
            world.provide(who, CLASSIC, class, amount).ok();
        }
        world.fund("fees", CLASSIC, 1);
        let tick = Tick::new(world.chain.now(), first, quarter);
        books.provide(3_000 * TOKEN, &tick);
        books.insure(200 * TOKEN);
        for who in PEOPLE.into_iter().chain([WEEKLY]) {
            let is_writer = WRITERS.iter().any(|(writer, _)| *writer == who);
            let amount = if is_writer { TOKEN } else { 300 * TOKEN };
            world.trader(who, CLASSIC, amount);
            books.deposit(who, amount);
        }
        let unit = 10_000 * 33_333_333 / (first / 100_000_000);
        let unit = unit / 10 * 10;
        Self {
            world,
            books,
            market,
            prices,
            confidences,
            carries: Vec::new(),
            start,
            tick,
            unit,
            stays: Vec::new(),
            before: 300 * TOKEN as i64,
            keys,
            feed,
            ids: BTreeMap::new(),
            due: BTreeMap::new(),
            redeeming: Vec::new(),
            earned: Earnings::default(),
            provided: 3_000 * TOKEN as i64,
            is_over: false,
            sent: 0,
        }
    }

    /// Returns the present price in whole dollars.
    pub fn dollars(&self) -> i64 {
        self.tick.published / 100_000_000
    }

    fn chain(&mut self) -> &mut Chain {
        &mut self.world.chain
    }

    fn account(&self, who: &str) -> Pubkey {
        address::margin_account(&self.keys.pool, &actor(who), 0)
    }

    /// Sends a transaction that must succeed; after some of them all invariants are checked.
    #[track_caller]
    fn send(&mut self, instruction: Instruction) -> Outcome {
        self.sent += 1;
        if self.sent.is_multiple_of(CHECK_EVERY) {
            self.books.count("checked transactions");
            let outcome = self.world.send(instruction).ok();
            self.earned.take(&outcome.events());
            return outcome;
        }
        let outcome = self.chain().send(&[instruction]).ok();
        self.earned.take(&outcome.events());
        outcome
    }

    /// Publishes a price of the underlying, as the next one after the last.
    fn publish(&mut self, now: i64, published: i64, confidence: i64) {
        let wait = now - self.world.chain.now();
        self.chain().pass(wait);
        let feed = &mut self.world.feeds[self.market];
        let price = &mut feed.price;
        (price.prev_publish_time, price.publish_time) = (price.publish_time, now);
        (price.price, price.ema_price, price.conf) = (published, published, confidence.unsigned_abs());
        let data = feed.encode(self.world.chain.slot());
        let (key, owner) = (feed.accounts.price, feed.owner);
        self.chain().write(key, owner, data);
        self.tick = Tick::new(now, published, confidence);
    }

    /// Plays all half-hours of the year.
    pub fn live(&mut self) {
        for half_hour in 0..path::YEAR {
            self.half_hour(half_hour);
            if (half_hour + 1).is_multiple_of(MONTH) {
                self.compare();
            }
        }
    }

    /// One half-hour: what is committed three seconds before it, its price, its sample, and what follows from them.
    pub fn half_hour(&mut self, half_hour: usize) {
        let grid = self.start + 1_800 * half_hour as i64;
        let before = grid - 3;
        let opening = self.opening(half_hour);
        let closing = self.due.remove(&half_hour).unwrap_or_default();
        let (last, spread) = (self.tick.published, half_hour.saturating_sub(1));
        let spread = self.confidences[spread];
        let providing = half_hour % MONTH == 700;
        let requesting = half_hour % MONTH == 900;
        let mut wishes = Vec::new();
        if !opening.is_empty() || !closing.is_empty() || providing || requesting {
            self.publish(before, last, spread);
            wishes = self.commit(half_hour, opening, closing);
            if providing {
                self.request_deposit();
            }
            if requesting {
                self.request_withdrawals(half_hour);
            }
        }
        self.publish(grid + 1, self.prices[half_hour], self.confidences[half_hour]);
        let tick = self.tick;
        let sample = build::sample_volatility(&self.feed);
        self.send(sample);
        self.books.sample(&tick);
        if providing {
            self.provide(&tick);
        }
        self.redeem(half_hour, &tick);
        if half_hour.is_multiple_of(VALUATION) {
            let refresh = build::refresh_pool(&self.keys, &[self.feed]);
            self.send(refresh);
            self.books.refresh(&tick);
        }
        self.exercise(half_hour, &tick);
        self.liquidate(&tick);
        for wish in wishes {
            self.fill(half_hour, wish, &tick);
        }
        self.books.advance(tick.now);
        self.carries.push(self.books.carry.rate(tick.now).0);
        if half_hour % DAY_STEPS == 40 {
            self.tidy();
        }
        if half_hour % MONTH == 300 {
            self.collect();
        }
    }

    /// Returns what people open at this half-hour, as far as it fits. A writer brings the margin that is missing.
    fn opening(&mut self, half_hour: usize) -> Vec<Wish> {
        let wishes = if self.is_over { Vec::new() } else { self.wishes(half_hour) };
        wishes.into_iter().filter(|wish| self.fits(wish)).collect()
    }

    /// Lists, deposits and commits.
    fn commit(&mut self, half_hour: usize, opening: Vec<Wish>, closing: Vec<Wish>) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = Vec::new();
        for mut wish in closing {
            // What was exercised or liquidated meanwhile is not closed.
            for (contract, points) in &mut wish.legs {
                let held = self.books.accounts[wish.who].points(contract);
                *points =
                    points.signum() * points.abs().min(if held.signum() == -points.signum() { held.abs() } else { 0 });
            }
            wish.legs.retain(|(_, points)| *points != 0);
            if !wish.legs.is_empty() {
                wishes.push(wish);
            }
        }
        wishes.extend(opening);
        // An account commits one trade at a time.
        let mut busy: Vec<&str> = Vec::new();
        let mut later = Vec::new();
        wishes.retain(|wish| {
            let free = !busy.contains(&wish.who);
            busy.push(wish.who);
            if !free {
                later.push(wish.clone());
            }
            free
        });
        self.due.entry(half_hour + 1).or_default().extend(later.into_iter().filter(|wish| wish.stay.is_none()));
        for wish in &wishes {
            for (contract, _) in &wish.legs {
                self.list(contract);
            }
            if let Some((who, _)) = WRITERS.iter().find(|(who, _)| *who == wish.who && wish.stay.is_some()) {
                self.bring_margin(who, &wish.legs);
            }
            let commit = self.commit_instruction(wish);
            self.send(commit);
        }
        wishes
    }

    fn commit_instruction(&self, wish: &Wish) -> Instruction {
        let (chain, key) = (&self.world.chain, self.account(wish.who));
        let pool = accounts::pool(&chain.data(&self.keys.pool)).expect("a pool");
        let registry = accounts::registry(&chain.data(&self.keys.registry)).expect("a registry");
        let account = accounts::margin_account(&chain.data(&key)).expect("an account");
        let legs: Vec<(SeriesId, i64)> =
            wish.legs.iter().map(|(contract, points)| (self.ids[contract], *points)).collect();
        let mut terms = at_any_price(&pool, &registry, &account, &legs);
        terms.legs = named(&registry, &legs);
        build::commit_trade(actor(wish.who), &self.keys, key, account.next_order, terms, &[])
    }

    /// Lists a contract, unless it is listed.
    fn list(&mut self, contract: &Contract) {
        if self.books.lines.contains_key(contract) {
            return;
        }
        let strike = contract.strike.unsigned_abs();
        let spec = SeriesSpec { put: contract.put, strike, tenor: contract.days * 86_400 };
        let list = build::list_series(&self.keys, &self.feed, spec);
        self.send(list);
        let registry = accounts::registry(&self.world.chain.data(&self.keys.registry)).expect("a registry");
        let is = |id: &SeriesId| {
            registry.series(*id).is_ok_and(|series| {
                let kind = (u8::from(contract.put), series.strike == strike, series.tenor == spec.tenor);
                kind == (series.kind, true, true) && series.status == 1
            })
        };
        let id = registry.ids().find(is).expect("the series");
        self.ids.insert(*contract, id);
        let tick = self.tick;
        self.books.list(*contract, &tick);
    }

    /// Deposits what initial health will need, and a hundredth of notional.
    fn bring_margin(&mut self, who: &'static str, legs: &[(Contract, i64)]) {
        let mut then = self.books.clone();
        let tick = self.tick;
        then.trade(who, legs, &tick);
        let missing = then.room(who, &tick) - then.initial(who, &tick);
        self.deposit(who, missing);
    }

    fn deposit(&mut self, who: &'static str, amount: i64) {
        let Some(amount) = u64::try_from(amount).ok().filter(|amount| *amount > 0) else { return };
        self.world.fund(who, CLASSIC, amount);
        let deposit = build::deposit_margin(actor(who), &self.keys, self.account(who), amount);
        self.send(deposit);
        self.books.deposit(who, amount);
    }

    /// Fills what was committed. A trade of whose options none is left only settles.
    fn fill(&mut self, half_hour: usize, wish: Wish, tick: &Tick) {
        let fill = build::fill_trade(&self.keys, self.account(wish.who), None, None, &self.feeds_to_fill(&wish));
        let outcome = self.send(fill);
        let live = wish.legs.iter().filter(|(contract, _)| self.books.lines.contains_key(contract));
        let live: Vec<(Contract, i64)> = live.copied().collect();
        let filled = outcome.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_)));
        assert_eq!(filled, !live.is_empty(), "{wish:?} is filled, unless its options have ended");
        self.books.trade(wish.who, &live, tick);
        if wish.who == WEEKLY {
            self.record(half_hour, &wish, false);
        }
        if let Some(stay) = wish.stay {
            let legs = wish.legs.iter().map(|(contract, points)| (*contract, -points)).collect();
            let close = Wish { who: wish.who, legs, stay: None };
            self.due.entry(half_hour + stay).or_default().push(close);
        }
    }

    /// Returns the feed, unless neither a leg nor a position needs a price.
    fn feeds_to_fill(&self, wish: &Wish) -> Vec<PriceFeed> {
        let lives = |contract: &Contract| self.books.lines.get(contract).is_some_and(|line| line.payoff.is_none());
        let needed = wish.legs.iter().any(|(contract, _)| lives(contract))
            || self.books.accounts[wish.who].positions.keys().any(lives);
        if needed { vec![self.feed] } else { Vec::new() }
    }

    /// Records what the weekly buyer has paid.
    fn record(&mut self, half_hour: usize, wish: &Wish, capped: bool) {
        let cash = self.books.accounts[WEEKLY].cash;
        if wish.stay.is_some() {
            let (contract, points) = wish.legs[0];
            self.stays.push(Stay {
                contract,
                points,
                opened: half_hour,
                ended: half_hour,
                capped,
                paid: self.before - cash,
            });
        } else if let Some(stay) = self.stays.last_mut().filter(|stay| stay.ended == stay.opened) {
            (stay.ended, stay.capped) = (half_hour, capped);
            stay.paid += self.before - cash;
        }
        self.before = cash;
    }
}
