//! A week in which a provider trades options with the shares of a pool, while that pool earns, loses, is seized from and at last loses all.

use super::curated_params;
use evergreen_sdk::{
    accounts,
    convert::Decimal,
    evergreen::{
        errors::EvergreenError,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
    plan::{PlanError, Planner},
    price::PushFeeds,
    quote::{MarketView, PoolView, PriceBytes},
};
use evergreen_tests::{
    BTC, DAY, ETH, HOUR, STOCK, Setup, World,
    chain::actor,
    random::Random,
    seizures::Seizure,
    world::{DOLLAR, TENTH, TOKEN},
};

/// What a token has bought of the shares.
const SHARES: u64 = 1_000 * TOKEN;
const MAIN: ShareClass = ShareClass::Main;
/// Dollars of a token of the stock.
const TOKEN_PRICE: i64 = 300;

/// Returns a pool as a client sees it.
fn seen(world: &World, pool: usize) -> PoolView {
    let state = accounts::pool(&world.chain.data(&world.pools[pool].pool)).expect("a pool");
    let keys = world.pools[pool];
    let registry = accounts::registry(&world.chain.data(&keys.registry)).expect("a registry");
    let markets = world.feeds.iter().map(|feed| {
        let price = world.chain.account(&feed.accounts.price);
        MarketView {
            underlying: accounts::underlying(&world.chain.data(&feed.accounts.underlying)).expect("an underlying"),
            feed: feed.accounts,
            price: price.map(|stored| PriceBytes { owner: stored.owner, data: stored.data }),
            earlier: None,
            sample: None,
        }
    });
    let protocol = accounts::protocol(&world.chain.data(&evergreen_sdk::address::protocol())).ok();
    PoolView { keys, markets: markets.collect(), pool: state, registry, now: world.chain.now(), protocol }
}

struct Week {
    world: World,
    outer: usize,
    random: Random,
    start: i64,
    /// What gina holds in the outer pool.
    held: Vec<SeriesId>,
}

impl Week {
    /// Hugo trades in the stock's pool. Gina and walt provide there, walt and carol in the pool of shares, where frank writes.
    fn new() -> Self {
        let mut world = World::new(Setup { liquidity: 500 * TOKEN, insurance: 10 * TOKEN, ..Setup::preset() });
        for (who, amount) in [("treasury", 1_000 * TOKEN), ("gina", 300 * TOKEN), ("walt", 100 * TOKEN)] {
            world.provide(who, STOCK, MAIN, amount).ok();
        }
        let outer = world.add_share_pool("carol", (STOCK, "treasury"), (false, SHARES), curated_params());
        world.provide("carol", outer, MAIN, 300 * SHARES).ok();
        world.provide("walt", outer, MAIN, 50 * SHARES).ok();
        world.provide("iris", outer, ShareClass::Insurance, 20 * SHARES).ok();
        world.trader("frank", outer, 60 * SHARES);
        world.trader("hugo", STOCK, 300 * TOKEN);
        let start = world.chain.now();
        Self { world, outer, random: Random(5), start, held: Vec::new() }
    }

    fn books(&self) -> Vec<Vec<u8>> {
        let keys = self.world.pools[self.outer];
        let accounts = self.world.view(self.outer).accounts.keys().copied().collect::<Vec<_>>();
        let all = [keys.pool, keys.registry, keys.vault, keys.insurance_vault].into_iter().chain(accounts);
        all.map(|key| self.world.chain.data(&key)).collect()
    }

    /// Does something in the inner pool, and asserts that it changes nothing in the outer one.
    fn within(&mut self, what: impl FnOnce(&mut World)) {
        let before = self.books();
        what(&mut self.world);
        assert!(self.books() == before, "the outer pool has changed");
    }

    fn dollars(hour: i64) -> [i64; 2] {
        let at = |points: &[(i64, i64)]| {
            let pair = points.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&hour)).expect("an hour");
            let ((from, first), (to, last)) = (pair[0], pair[1]);
            first + (last - first) * (hour - from) / (to - from)
        };
        let btc =
            [(0, 100_000), (60, 101_000), (61, 106_000), (99, 108_000), (100, 122_000), (104, 118_000), (168, 116_000)];
        let eth = [(0, 4_000), (60, 3_900), (110, 3_950), (140, 3_600), (168, 3_650)];
        [at(&btc), at(&eth)]
    }

    fn advance(&mut self, hour: i64) {
        self.world.chain.pass((self.start + hour * HOUR - self.world.chain.now()).max(0));
        for (market, dollars) in [BTC, ETH].into_iter().zip(Self::dollars(hour)) {
            let noise = self.random.range(-10, 10);
            self.world.edit_price(market, |price| {
                price.price = dollars * DOLLAR / 10_000 * (10_000 + noise);
                price.ema_price = price.price;
                price.conf = price.price.unsigned_abs() / 5_000;
            });
            let sample = self.world.sample_instruction(market);
            self.world.send(sample);
        }
        for pool in [STOCK, self.outer] {
            let refresh = build::refresh_pool(&self.world.pools[pool], &self.world.markets());
            self.world.send(refresh);
            let ended: Vec<(SeriesId, u8)> = self
                .world
                .view(pool)
                .series()
                .filter(|(_, s)| s.status == 1)
                .map(|(id, s)| (id, s.underlying))
                .collect();
            for (id, underlying) in ended {
                let feed = self.world.feeds[usize::from(underlying)].accounts;
                let exercise = build::exercise_series(&self.world.pools[pool], id, &feed);
                self.world.send(exercise);
            }
        }
    }

    /// Gina closes what she holds and opens the options of the day: a call on BTC and a put on ETH near the money.
    fn roll(&mut self) {
        let outer = self.outer;
        let settle = build::settle_positions(&self.world.pools[outer], self.world.account_key("gina", outer));
        self.world.send(settle);
        let account = self.world.account("gina", outer);
        let open: Vec<_> =
            account.positions.iter().filter(|p| p.points != 0).map(|p| (p.series(), -p.points)).collect();
        for leg in open {
            self.world.trade("gina", outer, &[leg]).ok();
        }
        self.held.clear();
        for (market, put, step, points) in [(BTC, false, 1_000, TENTH), (ETH, true, 50, TENTH)] {
            let spot = self.world.feeds[market].price.price / DOLLAR;
            let strike = (spot / step * step).unsigned_abs();
            let view = self.world.view(outer);
            let listed = view.series().find(|(_, s)| {
                (s.status, usize::from(s.underlying), s.kind == 1, s.strike) == (1, market, put, strike)
            });
            let known = listed.map(|(id, _)| id);
            let id = known.unwrap_or_else(|| self.world.list(outer, market, put, strike));
            self.world.trade("gina", outer, &[(id, points)]).ok();
            self.world.trade("frank", outer, &[(id, -points / 4)]).ok();
            self.held.push(id);
        }
    }

    /// Margin of gina in the outer pool, in tokens of the stock and dollars.
    fn shown(&self) -> (u64, Decimal, Decimal) {
        let cash = self.world.cash("gina", self.outer).max(0).unsigned_abs();
        let worth = seen(&self.world, STOCK).worth_of_shares(MAIN, cash).expect("a worth");
        (worth.native, worth.tokens(), worth.dollars(Decimal::from(TOKEN_PRICE)).expect("dollars"))
    }

    fn wallet(&self, who: &str) -> u64 {
        self.world.chain.balance(&self.world.pools[STOCK].shares(&actor(who), MAIN))
    }
}

/// Executes a withdrawal of the main class, in parts of a day if need be, claims it and returns what came.
fn leave(world: &mut World, who: &str, pool: usize, number: u64) -> u64 {
    let before = world.wallet(who, pool);
    world.execute(pool, MAIN, number).ok();
    world.claim(who, pool, MAIN, number).ok();
    world.wallet(who, pool) - before
}

#[test]
fn pools_a_week_of_trading_with_shares() {
    let mut week = Week::new();
    let (outer, gina) = (week.outer, actor("gina"));

    // Shares become margin in one transaction, whose plan shows their worth; twice the same number moves nothing.
    let (inner_view, outer_view) = (seen(&week.world, STOCK), seen(&week.world, outer));
    let planner = Planner::new(&outer_view, &PushFeeds::UPGRADED, gina);
    week.world.chain.give_lamports(&gina, 10_000_000_000);
    let number = week.world.next_number("gina");
    let plan = planner.shares_as_margin(None, (&inner_view, 80 * SHARES), Some(number)).expect("a plan");
    assert_eq!(
        plan.quote.worth.native.div_ceil(100),
        80 * TOKEN / 100,
        "nobody has traded yet: {}",
        plan.quote.worth.native
    );
    assert_eq!(
        plan.quote.worth.dollars(Decimal::from(TOKEN_PRICE)).expect("dollars").round(),
        Decimal::from(80 * TOKEN_PRICE)
    );
    week.world.send_all(&plan.instructions).ok();
    assert_eq!(week.world.cash("gina", outer), plan.quote.cash);
    let again = week.world.send_all(&plan.instructions);
    assert!(!again.succeeded(), "the same transaction twice");
    let account = week.world.account("gina", outer);
    let more = planner.shares_as_margin(Some(&account), (&inner_view, SHARES), None).expect("a plan");
    assert_eq!(more.quote.cash, plan.quote.cash + SHARES as i64);
    let wrong = Planner::new(&inner_view, &PushFeeds::UPGRADED, gina).shares_as_margin(None, (&inner_view, 1), None);
    let Err(PlanError::Quote(error)) = wrong else { panic!("the stock is no share") };
    assert_eq!(error.refusal().map(|refusal| refusal.code), Some(EvergreenError::WrongPool.into()));

    // Hugo holds calls in the inner pool.
    let inner_call = week.world.list(STOCK, BTC, false, 101_000);
    week.world.trade("hugo", STOCK, &[(inner_call, 30 * TENTH)]).ok();
    let (mut requested, mut executed) = (0, 0);
    let mut walts = [0; 2];
    let mut asked_at = 0;
    println!("hour  BTC     gina's margin: shares, tokens, dollars");
    for hour in 1..=168 {
        week.advance(hour);
        if hour % 24 == 9 && hour < 150 {
            week.roll();
        }
        match hour {
            // Of what is free gina takes out 50; walt leaves the outer pool, and then the inner one.
            30 => requested = week.world.request("gina", STOCK, MAIN, 50 * SHARES),
            31 => {
                let shares = week.world.shares("walt", outer, MAIN);
                walts[0] = week.world.request("walt", outer, MAIN, shares);
                asked_at = week.world.chain.now();
            }
            56 => {
                let worth = seen(&week.world, STOCK).worth_of_shares(MAIN, 50 * SHARES).expect("a worth").native;
                executed = leave(&mut week.world, "gina", STOCK, requested);
                assert!(executed.abs_diff(worth) <= worth / 200, "{executed} paid, worth {worth}");
            }
            57 => {
                let before = week.wallet("walt");
                let got = leave(&mut week.world, "walt", outer, walts[0]);
                assert_eq!(week.wallet("walt"), before + got, "they are paid in shares of the inner pool");
                assert!(got.abs_diff(50 * SHARES) < 5 * SHARES, "{got}");
                walts[1] = week.world.request("walt", STOCK, MAIN, got);
            }
            83 => {
                let got = leave(&mut week.world, "walt", STOCK, walts[1]);
                assert!(got > 40 * TOKEN && week.world.chain.now() - asked_at > 2 * DAY, "two cooldowns: {got}");
            }
            // Hugo's calls were exercised at the cap: the inner pool pays.
            100 => {
                let before = seen(&week.world, STOCK).worth_of_shares(MAIN, SHARES).expect("a worth").native;
                assert_eq!(week.world.view(STOCK).registry.series(inner_call).map(|s| s.status), Ok(2));
                week.within(|world| {
                    let settle = build::settle_positions(&world.pools[STOCK], world.account_key("hugo", STOCK));
                    world.send(settle).ok();
                });
                println!("a share after the exercise: {before}");
                assert!(before < TOKEN * 97 / 100, "the inner pool has lost: {before}");
            }
            // A tenth is seized, later all.
            130 => week.within(|world| {
                let vault = world.pools[STOCK].vault;
                let held = world.chain.balance(&vault);
                world.seize(STOCK, vault, held / 10, Seizure::Burn);
                world.sync(STOCK).ok();
                assert!(!world.view(STOCK).pool.is_distressed() || world.sync(STOCK).succeeded());
            }),
            155 => week.within(|world| {
                for vault in [world.pools[STOCK].insurance_vault, world.pools[STOCK].vault] {
                    let held = world.chain.balance(&vault);
                    world.seize(STOCK, vault, held - 10, Seizure::Burn);
                }
                for _ in 0..2 {
                    world.sync(STOCK);
                }
            }),
            _ => {}
        }
        if hour % 24 == 0 {
            let (_, tokens, dollars) = week.shown();
            println!(
                "{hour:>4}  {:>6}  {:>16} {tokens:>14} {dollars:>12}",
                Week::dollars(hour)[0],
                week.world.cash("gina", outer)
            );
        }
    }
    assert!(executed > 0);

    // Gina leaves the outer pool whole, in shares; what those are worth is what the inner pool has left.
    let account = week.world.account("gina", outer);
    let open: Vec<_> = account.positions.iter().filter(|p| p.points != 0).map(|p| (p.series(), -p.points)).collect();
    for leg in open {
        week.world.trade("gina", outer, &[leg]).ok();
    }
    let (cash, before) = (week.world.cash("gina", outer), week.wallet("gina"));
    let (native, ..) = week.shown();
    week.world.withdraw("gina", outer, cash as u64).ok();
    assert_eq!(week.wallet("gina"), before + cash as u64);
    assert!(native < 1_000, "{native} native units for {cash} shares");
    let state = week.world.view(outer);
    assert!(!state.pool.is_distressed() && !state.pool.is_halted(), "the outer pool goes on");
    assert_eq!(state.vault, state.pool.main_vault_ledger().expect("a sum"));

    // The inner class is renewed, and gina redeems her old shares for her part of the rest.
    let keys = week.world.pools[STOCK];
    if week.world.view(STOCK).pool.insurance_due != 0 {
        week.world.send(build::sweep_insurance(&keys)).ok();
    }
    let payer = week.world.chain.payer;
    week.world.send(build::renew_shares(payer, &keys, MAIN)).ok();
    let left = week.world.chain.balance(&keys.shares(&gina, MAIN));
    assert_eq!(left, before + cash as u64);
    week.world.send(build::redeem_retired(gina, &keys, MAIN, payer, left)).ok();
    // Who is still in the outer pool has the shares that its ledgers say.
    let cash = week.world.cash("frank", outer);
    assert!(cash > 0, "frank has {cash}");
}
