//! Random walks: traders, providers and keepers do hundreds of random actions in two pools while prices move and jump. The
//! invariants hold after every transaction; at the end everybody leaves.

mod beside;
mod twins;

use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{NoticeCause, Notices, SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, STOCK, Setup, World,
    chain::actor,
    random::Random,
    snapshot::PoolView,
    world::{DOLLAR, TOKEN},
};
use std::collections::BTreeMap;

const TRADERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
const PROVIDERS: [&str; 2] = ["lp", "vera"];
const POOLS: [usize; 2] = [CLASSIC, STOCK];
const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

struct Walk {
    world: World,
    random: Random,
    /// The pools in which something is done.
    pools: Vec<usize>,
    /// How often each action succeeded, and how often it was tried.
    done: BTreeMap<&'static str, (u32, u32)>,
}

impl Walk {
    fn new(seed: u64, setup: Setup) -> Self {
        Self::in_pools(World::new(setup), seed, POOLS.to_vec())
    }

    /// A walk in these pools of a world.
    fn in_pools(mut world: World, seed: u64, pools: Vec<usize>) -> Self {
        world.round_trip_every = 3;
        for pool in pools.iter().copied() {
            let unit = unit(&world, pool);
            for who in TRADERS {
                world.trader(who, pool, 40 * unit);
                world.fund(who, pool, if unit == TOKEN { 1_000 * TOKEN } else { 50 * unit });
            }
            world.trader("keeper", pool, 0);
            for class in CLASSES {
                if !world.view(pool).pool.is_private() {
                    world.provide("vera", pool, class, 20 * unit).ok();
                }
            }
            for (market, strike, step) in [(BTC, 100_000, 4_000), (ETH, 4_000, 200)] {
                for put in [false, true] {
                    world.list(pool, market, put, strike);
                    world.list_tenor(pool, market, put, if put { strike - step } else { strike + step }, 1);
                }
            }
        }
        Self { world, random: Random(seed), pools, done: BTreeMap::new() }
    }

    /// What amounts of a pool count in: a token, or for shares of another pool what a token has bought of them.
    fn unit(&self, pool: usize) -> u64 {
        unit(&self.world, pool)
    }

    fn count(&mut self, action: &'static str, succeeded: bool) {
        let entry = self.done.entry(action).or_default();
        entry.0 += u32::from(succeeded);
        entry.1 += 1;
    }

    fn step(&mut self) {
        let pools = self.pools.clone();
        let pool = *self.random.pick(&pools);
        self.step_in(pool);
    }

    fn step_in(&mut self, pool: usize) {
        let who = *self.random.pick(&TRADERS);
        match self.random.range(0, 99) {
            0..=39 => self.trade(pool, who),
            40..=49 => self.time(),
            50..=59 => self.price(),
            60..=66 => self.margin(pool, who),
            67..=73 => self.liquidity(pool),
            74..=76 => self.beside(pool),
            77..=90 => self.keep(pool),
            _ => self.exercise(pool),
        }
    }

    fn trade(&mut self, pool: usize, who: &str) {
        let legs = self.legs(pool, who);
        if !legs.is_empty() {
            let succeeded = self.world.trade(who, pool, &legs).succeeded();
            self.count("trade", succeeded);
        }
    }

    /// Returns the legs of a trade; none where nothing is listed.
    fn legs(&mut self, pool: usize, who: &str) -> Vec<(SeriesId, i64)> {
        let view = self.world.view(pool);
        let series: Vec<SeriesId> = view.series().map(|(id, _)| id).collect();
        if series.is_empty() {
            return Vec::new();
        }
        let account = self.world.account_key(who, pool);
        let mut legs: Vec<(SeriesId, i64)> = Vec::new();
        for _ in 0..self.random.range(1, 3) {
            let id = *self.random.pick(&series);
            if legs.iter().any(|(known, _)| *known == id) {
                continue;
            }
            let held = view.held(&account, id);
            // Sizes have all magnitudes; often the leg closes the position.
            let size = 10i64.pow(self.random.range(0, 7).max(self.random.range(0, 7)) as u32) * self.random.range(1, 9);
            let points = match self.random.range(0, 3) {
                0 if held != 0 => -held,
                1 => -size,
                _ => size,
            };
            legs.push((id, points));
        }
        legs
    }

    fn time(&mut self) {
        let seconds = match self.random.range(0, 9) {
            0 => 2 * DAY,
            1..=3 => self.random.range(HOUR, 12 * HOUR),
            _ => self.random.range(0, 600),
        };
        self.world.pass(seconds);
        for market in [BTC, ETH] {
            let sample = self.world.sample_instruction(market);
            let succeeded = self.world.send(sample).succeeded();
            self.count("sample", succeeded);
        }
    }

    fn price(&mut self) {
        let market = *self.random.pick(&[BTC, ETH]);
        // Three moves of four are small; in seven of ten the EMA price follows at once.
        let reach = if self.random.percent(25) { 1_000 } else { 150 };
        let basis_points = self.random.range(-reach, reach);
        let settled = self.random.percent(70);
        let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
        let wide = self.random.percent(10);
        self.world.edit_price(market, |price| {
            let moved = price.price + price.price / 10_000 * basis_points;
            // The price stays near its start, so that listed strikes stay within reach.
            price.price = moved.clamp(home * 7 / 10, home * 14 / 10);
            price.conf = price.price.unsigned_abs() / if wide { 100 } else { 5_000 };
            if settled {
                price.ema_price = price.price;
            }
        });
    }

    fn margin(&mut self, pool: usize, who: &str) {
        let amount = self.random.range(1, 2 * self.unit(pool) as i64) as u64;
        if self.random.percent(40) {
            return self.withdraw_spare(pool, who);
        }
        let outcome = if self.random.percent(50) {
            self.world.deposit(who, pool, amount)
        } else {
            self.world.withdraw(who, pool, amount)
        };
        self.count("margin", outcome.succeeded());
    }

    /// Withdraws all cash that health allows, so that the next move may bring the account below maintenance.
    fn withdraw_spare(&mut self, pool: usize, who: &str) {
        let account = self.world.account_key(who, pool);
        let refresh = build::refresh_pool(&self.world.pools[pool], &self.world.markets());
        if !self.world.send(refresh).succeeded() {
            return;
        }
        let spare = self.world.valued(pool, |view, markets| {
            let account = &view.accounts[&account];
            let settled = account.positions.iter().filter(|p| p.points != 0);
            let live = settled.clone().all(|p| view.registry.series[usize::from(p.slot)].status == 1);
            live.then(|| markets.health(account, HealthLevel::Initial).min(account.cash - markets.owed(account)))
        });
        if let Some(spare) = spare.filter(|spare| *spare > 0) {
            let succeeded = self.world.withdraw(who, pool, spare.unsigned_abs()).succeeded();
            self.count("withdraw all", succeeded);
        }
    }

    fn liquidity(&mut self, pool: usize) {
        let (who, class) = (*self.random.pick(&PROVIDERS), *self.random.pick(&CLASSES));
        let succeeded = match self.random.range(0, 2) {
            0 => {
                let amount = self.random.range(1, 20 * self.unit(pool) as i64) as u64;
                self.world.provide(who, pool, class, amount).succeeded()
            }
            1 => {
                let shares = self.world.shares(who, pool, class);
                let part = shares / self.random.range(2, 20) as u64;
                if part == 0 {
                    return;
                }
                self.world.request(who, pool, class, part);
                true
            }
            _ => self.serve_withdrawal(pool, class),
        };
        self.count("liquidity", succeeded);
    }

    /// Executes the first withdrawal of the queue and claims it. Returns whether either succeeded.
    fn serve_withdrawal(&mut self, pool: usize, class: ShareClass) -> bool {
        let number = self.world.view(pool).pool.shares(class).first_withdrawal;
        let owner = self.world.view(pool).withdrawals_of(class).find(|t| t.number == number).map(|t| t.owner);
        let Some(owner) = owner else { return false };
        let who = ["lp", "vera", "insurer"].into_iter().find(|who| actor(who) == owner).expect("a provider");
        let executed = self.world.execute(pool, class, number).succeeded();
        self.world.claim(who, pool, class, number).succeeded() || executed
    }

    fn keep(&mut self, pool: usize) {
        let (keys, feeds) = (self.world.pools[pool], self.world.markets());
        let view = self.world.view(pool);
        match self.random.range(0, 5) {
            0 => {
                let outcome = self.world.send(build::refresh_pool(&keys, &feeds));
                self.count("refresh", outcome.succeeded());
            }
            1 => {
                let outcome = self.world.send(build::sweep_insurance(&keys));
                self.count("sweep", outcome.succeeded());
            }
            2 => self.auto_deleverage(pool, &view),
            3 => self.list(pool),
            _ => self.liquidate_all(pool),
        }
    }

    fn auto_deleverage(&mut self, pool: usize, view: &PoolView) {
        let keys = self.world.pools[pool];
        let Some((id, excess)) =
            view.series().map(|(id, s)| (id, s.short_points - s.long_points)).find(|(_, excess)| *excess > 0)
        else {
            return;
        };
        let Some((account, points)) =
            view.positions().find(|(_, p)| p.series() == id && p.points < 0).map(|(key, p)| (*key, -p.points))
        else {
            return;
        };
        let points = points.min(excess).unsigned_abs();
        let notice = self.world.notice_instruction(pool, id, NoticeCause::Excess);
        if !self.world.send(notice).succeeded() {
            return;
        }
        let moment = self.world.chain.now() + Notices::PERIOD;
        self.world.pass(Notices::PERIOD + 1);
        let feeds = self.world.markets_after(moment);
        let close = build::auto_deleverage(actor("keeper"), &keys, account, id, points, &feeds);
        let outcome = self.world.send(close);
        self.count("auto-deleverage", outcome.succeeded());
    }

    fn list(&mut self, pool: usize) {
        let market = *self.random.pick(&[BTC, ETH]);
        let step = if market == BTC { 1_000 } else { 50 };
        let near = self.world.feeds[market].price.price / DOLLAR / step;
        let strike = (near + self.random.range(-4, 4)) * step;
        let days = *self.random.pick(&[1, 7, 30]);
        let request = SeriesSpec { put: self.random.percent(50), strike: strike.unsigned_abs(), tenor: days * 86_400 };
        let list = build::list_series(&self.world.pools[pool], &self.world.feeds[market].accounts, request);
        let succeeded = self.world.send(list).succeeded();
        self.count("list", succeeded);
    }

    /// Tries to liquidate everybody, two positions at a time, and to absorb what accounts owe.
    fn liquidate_all(&mut self, pool: usize) {
        let (keys, feeds) = (self.world.pools[pool], self.world.markets());
        let keeper = self.world.account_key("keeper", pool);
        for who in TRADERS {
            let account = self.world.account_key(who, pool);
            let mut positions = self.world.account(who, pool).positions.to_vec();
            positions.retain(|p| p.points != 0);
            for chunk in positions.chunks(2) {
                let legs = chunk.iter().map(|p| Leg { series: p.series(), points: -p.points }).collect();
                let close = build::liquidate(actor("keeper"), &keys, account, keeper, legs, &feeds);
                let outcome = self.world.send(close);
                self.count("liquidate", outcome.succeeded());
                if !outcome.succeeded() {
                    break;
                }
            }
            if self.world.cash(who, pool) < 0 {
                let outcome = self.world.send(build::absorb_bad_debt(&keys, account));
                self.count("absorb", outcome.succeeded());
            }
        }
    }

    fn exercise(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        let view = self.world.view(pool);
        let series: Vec<_> = view.series().map(|(id, s)| (id, usize::from(s.underlying))).collect();
        for (id, underlying) in series {
            let exercise = build::exercise_series(&keys, id, &self.world.feeds[underlying].accounts);
            let outcome = self.world.send(exercise);
            self.count("exercise", outcome.succeeded());
        }
        let who = *self.random.pick(&TRADERS);
        let settle = build::settle_positions(&keys, self.world.account_key(who, pool));
        let outcome = self.world.send(settle);
        self.count("settle", outcome.succeeded());
    }
}

fn unit(world: &World, pool: usize) -> u64 {
    if world.givers.contains_key(&world.mints[pool].address) { 1_000 * TOKEN } else { TOKEN }
}

fn walk(seed: u64, steps: u32, setup: Setup) {
    let mut walk = Walk::new(seed, setup);
    for _ in 0..steps {
        walk.step();
    }
    println!("seed {seed}: {:?}", walk.done);
    for action in ["trade", "margin", "liquidity", "list", "sample", "refresh", "liquidity beside trades"] {
        assert!(walk.done[action].0 > 0, "no {action} succeeded: {:?}", walk.done);
    }
    assert!(walk.world.round_trips > 20, "only {} round trips were tried", walk.world.round_trips);
    walk.world.everybody_leaves();
}

#[test]
fn with_flat_volatility() {
    walk(1, 300, Setup::flat());
}

#[test]
fn with_preset_parameters() {
    for seed in 2..6 {
        walk(seed, 300, Setup::preset());
    }
}

#[test]
fn with_a_small_pool() {
    walk(5, 300, Setup { liquidity: 30 * TOKEN, insurance: TOKEN / 10, ..Setup::preset() });
}
