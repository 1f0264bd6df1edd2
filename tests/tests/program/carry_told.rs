//! The carry in past funding, told from events: it is what an equal market without carry does not pay.

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts,
    evergreen::state::SeriesId,
    instruction as build,
    portfolio::{HoldingValue, MovementKind, PastCarry, PastEvents, Statement, StatementRow},
    presets,
};
use evergreen_tests::{
    BTC, ETH, HOUR, Outcome, STOCK, Setup, World,
    world::{TENTH, TOKEN},
};
use std::collections::BTreeMap;

/// Rows of a statement, each with the moment of its event.
type Rows = Vec<(Option<i64>, StatementRow)>;

/// A market whose events are kept.
struct Market {
    world: World,
    past: PastEvents,
    accounts: BTreeMap<&'static str, (Statement, Rows)>,
}

/// What the events tell of an account.
struct Told {
    rows: Rows,
    holdings: Vec<HoldingValue>,
    carry: PastCarry,
}

impl Market {
    /// With a carry of so many basis points a year at a skew of one, and so many without any.
    fn new(carry_bps: u16, base: i16) -> Self {
        let mut setup = Setup::slow();
        (setup.pool.carry_bps, setup.pool.carry_base_bps[0], setup.pool.carry_base_bps[1]) = (carry_bps, base, -base);
        // All within what limits allow, with skews up to the cut.
        setup.pool.direction_limit_bps = presets::pool_params().direction_limit_bps;
        let mut world = World::new(setup);
        (world.sampled, world.checked, world.round_trip_every) = (false, false, u32::MAX);
        let mut market = Self { world, past: PastEvents::default(), accounts: BTreeMap::new() };
        market.pass(HOUR);
        market
    }

    fn take(&mut self, outcome: Outcome) {
        let (events, time) = (outcome.ok().events(), Some(self.world.chain.now()));
        self.past.take(&events, time);
        for (statement, rows) in self.accounts.values_mut() {
            rows.extend(statement.take(&events, time, false).into_iter().map(|row| (time, row)));
        }
    }

    /// Takes the samples that are due.
    fn sample(&mut self) {
        for sample in self.world.due_samples() {
            let outcome = self.world.send(sample);
            self.take(outcome);
        }
    }

    /// Lets time pass, with the samples of each half-hour, and a keeper who refreshes the pool each hour.
    fn pass(&mut self, seconds: i64) {
        let mut left = seconds;
        while left > 0 {
            let step = left.min(600);
            self.world.pass(step);
            self.sample();
            left -= step;
            if left % HOUR < 600 {
                let outcome = self.world.send(build::refresh_pool(&self.world.pools[STOCK], &self.world.markets()));
                self.take(outcome);
            }
        }
    }

    fn list(&mut self, market: usize, put: bool, strike: u64, days: u32) -> SeriesId {
        let spec = evergreen_sdk::evergreen::state::SeriesSpec { put, strike, tenor: days * 86_400 };
        let feed = self.world.feeds[market].accounts;
        let outcome = self.world.send(build::list_series(&self.world.pools[STOCK], &feed, spec));
        let id = outcome.event(|event| match event {
            evergreen_sdk::events::Event::SeriesListed(e) => Some(e.series),
            _ => None,
        });
        self.take(outcome);
        id
    }

    fn open(&mut self, who: &'static str, tokens: u64) {
        let key = self.world.account_key(who, STOCK);
        self.accounts.insert(who, (Statement::new(key), Vec::new()));
        self.world.fund(who, STOCK, tokens * TOKEN);
        let (payer, owner) = (self.world.chain.payer, evergreen_tests::chain::actor(who));
        let open = build::open_margin_account(payer, owner, &self.world.pools[STOCK], 0, None);
        let outcome = self.world.send(open);
        self.take(outcome);
        let outcome = self.world.deposit(who, STOCK, tokens * TOKEN);
        self.take(outcome);
    }

    fn trade(&mut self, who: &str, legs: &[(SeriesId, i64)]) {
        let outcome = self.world.send(self.world.commit_instruction(who, STOCK, legs));
        self.take(outcome);
        self.world.wait_for_fill();
        self.sample();
        let outcome = self.world.send(self.world.fill_instruction(who, STOCK));
        self.take(outcome);
    }

    fn told(&self, who: &str) -> Told {
        let (statement, rows) = &self.accounts[who];
        let view = self.world.client_view(STOCK);
        let account = accounts::margin_account(&self.world.chain.data(&statement.account())).expect("an account");
        statement.check(&account).expect("a complete history");
        let holdings = view.holdings(&account).expect("values");
        Told { carry: self.past.carry(&view, rows, &holdings), rows: rows.clone(), holdings }
    }

    /// Half a week of trades, with flips, a gap without samples and an exercise.
    fn play(&mut self) {
        let (call, put) = (self.list(BTC, false, 100_000, 7), self.list(ETH, true, 4_000, 30));
        let short = self.list(BTC, false, 101_000, 1);
        for who in ["long", "flips", "writes"] {
            self.open(who, 200);
        }
        self.trade("long", &[(call, 3 * TENTH), (put, TENTH)]);
        self.pass(5 * HOUR);
        self.trade("flips", &[(call, TENTH), (short, TENTH / 5)]);
        self.pass(3 * HOUR + 1_234);
        self.world.set_price(BTC, 101_000);
        self.trade("writes", &[(call, -2 * TENTH), (put, -TENTH / 2)]);
        self.pass(7 * HOUR);
        self.trade("flips", &[(call, -2 * TENTH)]);
        self.world.set_price(ETH, 3_900);
        self.pass(2 * HOUR);
        // Nobody samples for half a day.
        self.world.pass(12 * HOUR);
        self.sample();
        self.pass(3 * HOUR);
        self.trade("long", &[(call, -TENTH)]);
        self.world.set_price(BTC, 112_000);
        self.pass(600);
        let exercise = build::exercise_series(&self.world.pools[STOCK], short, &self.world.feeds[BTC].accounts);
        let outcome = self.world.send(exercise);
        self.take(outcome);
        self.pass(9 * HOUR);
        self.trade("flips", &[(put, 1)]);
        self.pass(4 * HOUR);
    }
}

fn funding(told: &Told) -> Vec<(Option<SeriesId>, i64)> {
    let rows = told.rows.iter().filter(|(_, row)| row.kind == MovementKind::Funding);
    rows.map(|(_, row)| (row.series, row.amount)).collect()
}

#[test]
fn what_the_events_call_carry_is_what_a_market_without_it_does_not_pay() {
    let [mut with, mut without] = [Market::new(60_000, -300), Market::new(0, 0)];
    with.play();
    without.play();
    let mut apart = 0;
    for who in ["long", "flips", "writes"] {
        let [one, two] = [&with, &without].map(|market| market.told(who));
        let carries: Vec<i64> = one.carry.rows.iter().flatten().copied().collect();
        let [funded, plain] = [funding(&one), funding(&two)];
        assert_eq!(carries.len(), funded.len(), "each settlement of {who} is told apart");
        assert_eq!(two.carry.rows.iter().flatten().count(), plain.len());
        // Settlements of nothing are no rows, so series are compared.
        let mut sums: BTreeMap<(u8, u32), [i64; 4]> = BTreeMap::new();
        for (place, rows) in [&funded, &plain].into_iter().enumerate() {
            for (series, amount) in rows {
                let id = series.expect("a series");
                let sum = sums.entry((id.slot, id.generation)).or_default();
                sum[place] += amount;
                sum[2 + place] += 1;
            }
        }
        for (&(slot, generation), [all, time_value, rows, _]) in &sums {
            let id = SeriesId { slot, generation };
            let (told, nothing) = (one.carry.settled(id).expect("told"), two.carry.settled(id).expect("told"));
            assert!(
                (all - time_value - told).abs() <= 2 * rows,
                "{who}: {all} with, {time_value} without, told {told}"
            );
            assert!(nothing.abs() <= *rows, "{who}: {nothing} where there is no carry");
            apart += told.abs();
        }
        assert_eq!(one.carry.total(), Some(carries.iter().map(|carry| i128::from(*carry)).sum()), "{who}");
        for (held, plain) in one.holdings.iter().zip(&two.holdings) {
            let told = one.carry.pending(held.series).expect("told");
            assert!((held.pending - plain.pending - told).abs() <= 2, "{held:?} {plain:?} {told}");
        }
        assert!(one.carry.total_pending().is_some());
    }
    assert!(apart > 1_000_000, "carry of {apart} units");
}

#[test]
fn without_the_sample_in_force_nothing_is_told() {
    let mut market = Market::new(60_000, 0);
    market.play();
    let told = market.told("long");
    assert!(told.carry.total().is_some());
    // Somebody whose node has forgotten what was before.
    let view = market.world.client_view(STOCK);
    let nothing = PastEvents::default().carry(&view, &told.rows, &told.holdings);
    assert_eq!((nothing.total(), nothing.total_pending()), (None, None));
    assert!(nothing.rows.iter().all(Option::is_none));
    // The exercised series is paid and gone, and still has its name.
    let gone =
        market.told("flips").rows.iter().find_map(|(_, row)| (row.kind == MovementKind::Payoff).then_some(row.series));
    let pool: Pubkey = view.keys.pool;
    let (_, option) = market.past.listed(&pool, gone.flatten().expect("a payoff")).expect("an option");
    assert_eq!((option.strike, option.tenor, option.put), (101_000, 86_400, false));
}
