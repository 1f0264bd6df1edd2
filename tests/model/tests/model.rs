//! Random sequences on the compiled program, compared with the model after each step.

use anchor_lang::prelude::Pubkey;
use evergreen_model::{
    model::{Act, Model},
    observe::{self, CLASSES, PEOPLE},
    rules::{commit::Wanted, liquidity::minute_of},
    state::{LIVE, Market},
};
use evergreen_sdk::{
    evergreen::{
        OptionLeg, TradeTerms,
        state::{PoolParams, SeriesId},
    },
    instruction as build, presets,
    testing::pyth::Price,
};
use evergreen_tests::{BTC, CLASSIC, ETH, Setup, World, chain::actor, random::Random, world::TOKEN};
use std::collections::BTreeMap;

const POOL: usize = CLASSIC;

struct Run {
    world: World,
    model: Model,
    random: Random,
    slots: Vec<u8>,
    found: Vec<String>,
}

impl Run {
    fn new(setup: Setup, seed: u64) -> Self {
        let mut world = World::new(setup);
        for who in PEOPLE {
            world.fund(who, POOL, 1_000 * TOKEN);
            world.chain.give_lamports(&actor(who), 100_000_000_000);
            for class in CLASSES {
                let mint = world.pools[POOL].share_mint(class);
                world.chain.create_token_account(&actor(who), &mint, &anchor_spl::token::ID);
            }
        }
        let mut slots = Vec::new();
        for (market, strike, step) in [(BTC, 100_000, 4_000), (ETH, 4_000, 200)] {
            for put in [false, true] {
                for (strike, days) in [(strike, 7), (if put { strike - step } else { strike + step }, 1), (strike, 30)]
                {
                    slots.push(world.list_tenor(POOL, market, put, strike, days).slot);
                }
            }
        }
        world.checked = false;
        // One in two begins on a Friday evening.
        if seed.is_multiple_of(2) {
            world.pass(4 * 86_400 + 30_000);
            for market in [BTC, ETH] {
                let sample = world.sample_instruction(market);
                world.chain.send(&[sample]);
            }
        }
        world.chain.send(&[build::refresh_pool(&world.pools[POOL], &world.markets())]).ok();
        let model = Model::new(observe::market(&world, POOL));
        Self { world, model, random: Random(seed), slots, found: Vec::new() }
    }

    fn step(&mut self) {
        let who = *self.random.pick(&PEOPLE[..4]);
        match self.random.range(0, 99) {
            0..20 => self.pass(),
            20..30 => self.deposit(who),
            30..40 => self.withdraw(who),
            40..43 => self.open_or_close(who),
            43..45 => self.exercise(),
            45..62 => self.commit(who),
            62..80 => self.fill_any(),
            _ => self.provide(who),
        }
    }

    /// Does something on the chain and in the model.
    fn act(&mut self, act: &Act, instruction: anchor_lang::solana_program::instruction::Instruction) -> bool {
        let outcome = self.world.chain.send(&[instruction]);
        let after = observe::market(&self.world, POOL);
        if let Err(error) = self.model.follow(act, &outcome, &after) {
            // The chain's state is taken over, so that one disagreement is told once.
            self.found.push(error);
            self.model.market = after;
        }
        outcome.succeeded()
    }

    /// Lets time pass and prices move, and takes the samples that are due.
    fn pass(&mut self) {
        let seconds = *self.random.pick(&[1, 5, 30, 120, 600, 1_800, 1_800, 5_400]);
        self.world.pass(seconds);
        for market in [BTC, ETH] {
            // Now and then a price jumps.
            let bps = if self.random.percent(3) { self.random.range(-600, 600) } else { self.random.range(-60, 60) };
            let conf = self.random.range(0, 10);
            self.world.edit_price(market, |price| {
                price.price += price.price * bps / 10_000;
                price.ema_price = price.price;
                price.conf = (price.price * conf / 100_000).unsigned_abs();
            });
        }
        self.sample();
    }

    fn sample(&mut self) {
        for sample in self.world.due_samples() {
            self.world.chain.send(&[sample]);
        }
        self.model.market.now = self.world.chain.now();
    }

    /// Exercises what has reached its cap, or tries to exercise what has not.
    fn exercise(&mut self) {
        let open = self.model.market.series.iter().filter(|(_, series)| {
            series.status == LIVE && series.commitments == 0 && series.open != [0, 0] && series.contract.tenor == 86_400
        });
        let near: Vec<(u8, i128)> =
            open.map(|(_, series)| (series.underlying, series.contract.strike * series.contract.cap_bps)).collect();
        if !near.is_empty() && self.random.percent(40) {
            // The price jumps to the cap of a series, or just beyond it.
            let (place, cap) = *self.random.pick(&near);
            let beyond = self.random.range(-1, 1) * 1_000_000;
            let up = cap > 0 && self.random.percent(50);
            self.world.pass(1);
            self.world.edit_price(usize::from(place), |price| {
                let at = i64::try_from(cap * 10_000).expect("a price");
                price.price = at + if up { beyond } else { 0 };
                price.ema_price = price.price;
            });
            self.sample();
        }
        let market = &self.model.market;
        let live = market.series.iter().filter(|(_, series)| series.status == LIVE && series.commitments == 0);
        let all: Vec<(u8, u32, u8, bool)> = live
            .map(|(slot, series)| {
                let spot = &market.underlyings[&series.underlying].price.spot;
                (*slot, series.generation, series.underlying, series.contract.is_capped_at(spot))
            })
            .collect();
        let due: Vec<_> = all.iter().copied().filter(|(.., capped)| *capped).collect();
        let Some((slot, generation, place, _)) = due.first().or_else(|| all.first()).copied() else { return };
        let keys = self.world.pools[POOL];
        let feed = self.world.feeds[usize::from(place)].accounts;
        let instruction = build::exercise_series(&keys, SeriesId { slot, generation }, &[feed]);
        if !self.act(&Act::Exercise(slot), instruction) {
            return;
        }
        let held: Vec<Pubkey> = self
            .model
            .market
            .accounts
            .iter()
            .filter(|(_, account)| account.points(slot) != 0)
            .map(|(key, _)| *key)
            .collect();
        for account in held {
            self.act(&Act::Settle(account), build::settle_positions(&keys, account));
        }
        self.slots.retain(|known| *known != slot);
    }

    fn deposit(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        if !self.model.market.accounts.contains_key(&account) {
            return;
        }
        let amount = if self.random.percent(5) { 0 } else { self.random.range(1, 5 * TOKEN as i64) };
        let instruction = build::deposit_margin(actor(who), &keys, account, amount.unsigned_abs());
        self.act(&Act::Deposit(actor(who), account, amount.into()), instruction);
    }

    fn withdraw(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        let Some(state) = self.model.market.accounts.get(&account) else { return };
        let cash = i64::try_from(state.cash.max(0)).expect("cash");
        let amount = match self.random.range(0, 9) {
            0 => 0,
            1 => cash + 1,
            2..5 => cash,
            _ => self.random.range(0, cash),
        };
        let feeds = self.feeds_of(who);
        let instruction = build::withdraw_margin(actor(who), &keys, account, amount.unsigned_abs(), &feeds);
        self.act(&Act::Withdraw(account, amount.into()), instruction);
    }

    /// Returns the feeds of somebody's positions.
    fn feeds_of(&self, who: &str) -> Vec<build::PriceFeed> {
        let account = self.world.account_key(who, POOL);
        let state = &self.model.market.accounts[&account];
        let mut places: Vec<u8> =
            state.positions.keys().map(|slot| self.model.market.series[slot].underlying).collect();
        places.sort_unstable();
        places.dedup();
        places.iter().map(|place| self.world.feeds[usize::from(*place)].accounts).collect()
    }

    /// Somebody comes with liquidity or leaves.
    fn provide(&mut self, who: &str) {
        let keys = self.world.pools[POOL];
        let place = usize::from(self.random.percent(25));
        let class = CLASSES[place];
        let mine: Vec<Pubkey> = self.model.market.requests.keys().copied().collect();
        let id = self.world.next_number(who);
        let key = evergreen_sdk::address::request(&keys.pool, class, &actor(who), id);
        if mine.is_empty() || self.random.percent(30) {
            let shares = self.model.market.shares[&actor(who)][place];
            if shares > 0 && self.random.percent(50) {
                let part = self.random.range(1, i64::try_from(shares).expect("shares") / 20 + 1);
                let least = if self.random.percent(90) { 1 } else { part / 3_000 };
                let (part, least) = (part.unsigned_abs(), least.unsigned_abs());
                let instruction = build::request_withdrawal(actor(who), &keys, class, id, part, least);
                self.act(&Act::RequestWithdrawal(key, actor(who), place, part.into(), least.into()), instruction);
            } else {
                let amount = self.random.range(0, 3 * TOKEN as i64).unsigned_abs();
                let least = if self.random.percent(80) { 0 } else { amount * 900 };
                let instruction = build::request_deposit(actor(who), &keys, class, id, amount, least);
                self.act(&Act::RequestDeposit(key, actor(who), place, amount.into(), least.into()), instruction);
            }
            return;
        }
        // Mostly what is ready first.
        let soonest = |key: &&Pubkey| {
            let request = &self.model.market.requests[*key];
            request.minute.max(request.ready)
        };
        let first = *mine.iter().min_by_key(soonest).expect("a request");
        let key = if self.random.percent(80) { first } else { *self.random.pick(&mine) };
        let request = self.model.market.requests[&key].clone();
        let class = CLASSES[request.class];
        if request.payable > 0 && request.deposit == 0 && request.shares == 0 {
            let owner = request.owner;
            self.act(&Act::Claim(key), build::claim_liquidity(owner, &keys, class, key));
            return;
        }
        let now = self.world.chain.now();
        let ready = if request.deposit > 0 { request.minute } else { (request.ready + 59) / 60 * 60 };
        if self.random.percent(80) && (request.deposit == 0 || now < ready + 600) {
            // The first second after a full minute at which it can be executed.
            let minute = ready.max((now + 59) / 60 * 60);
            self.world.pass((minute + 1 - now).max(0));
            self.sample();
            if self.random.percent(40) {
                self.commit(PEOPLE[0]);
                self.fill_any();
            }
        }
        let now = self.world.chain.now();
        let minute = if request.deposit > 0 { request.minute } else { minute_of(now) };
        let sampled = |state: &evergreen_model::state::Underlying| state.estimate.taken_at > minute;
        let after = observe::market(&self.world, POOL);
        if minute % 1_800 == 0 || now - minute > 600 || after.underlyings.values().any(sampled) {
            // What is counted at a half-hour is not modelled.
            return;
        }
        let state = evergreen_sdk::accounts::request(&self.world.chain.data(&key)).expect("a request");
        let feeds = self.world.minute_markets(POOL, class, minute);
        let prices = feeds.iter().map(|feed| {
            let place = self.world.feeds.iter().position(|known| known.accounts.underlying == feed.underlying);
            let published = Price::decode(&self.world.chain.data(&feed.price)).expect("a price");
            (u8::try_from(place.expect("a feed")).expect("few"), observe::price(&published))
        });
        let prices: BTreeMap<u8, _> = prices.collect();
        if request.deposit > 0 {
            self.act(&Act::ExecuteDeposit(key, prices), build::execute_deposit(&keys, &state, &feeds));
        } else {
            self.act(&Act::ExecuteWithdrawal(key, prices), build::execute_withdrawal(&keys, key, &feeds));
        }
    }

    fn open_or_close(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        if self.model.market.accounts.contains_key(&account) {
            self.act(&Act::Close(account), build::close_margin_account(actor(who), &keys, account));
            return;
        }
        let referrer = (who == "bob").then(|| actor("rita"));
        let instruction = build::open_margin_account(self.world.chain.payer, actor(who), &keys, 0, referrer);
        self.act(&Act::Open(account, actor(who), referrer.is_some()), instruction);
        let instruction = build::deposit_margin(actor(who), &keys, account, 30 * TOKEN);
        self.act(&Act::Deposit(actor(who), account, 30 * i128::from(TOKEN)), instruction);
    }

    fn commit(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        let Some(state) = self.model.market.accounts.get(&account).cloned() else { return };
        if state.commitment.is_some() && self.random.percent(80) {
            return;
        }
        let mut legs: Vec<(u8, i128, bool)> = Vec::new();
        let count = self.random.range(1, 3);
        for _ in 0..count {
            let held: Vec<u8> = state.positions.keys().copied().collect();
            let (slot, points) = if !held.is_empty() && self.random.percent(50) {
                let slot = *self.random.pick(&held);
                let points = i64::try_from(state.points(slot)).expect("points");
                let part = *self.random.pick(&[1, 1, 2, 3]);
                (slot, -points / part)
            } else {
                let slot = *self.random.pick(&self.slots);
                let most = if self.model.market.series[&slot].underlying == 0 { 10_000_000 } else { 200_000_000 };
                let most = if self.random.percent(20) { most >> self.random.range(1, 27) } else { most };
                (slot, self.random.range(-most / 2, most))
            };
            if legs.iter().all(|leg| leg.0 != slot) && points != 0 {
                legs.push((slot, points.into(), self.random.percent(10)));
            }
        }
        if legs.is_empty() {
            return;
        }
        let reduces =
            legs.iter().all(|(slot, points, _)| evergreen_model::rules::commit::shrinks(state.points(*slot), *points));
        let cash = i64::try_from(state.cash.max(0)).expect("cash");
        let percent = if self.random.percent(10) { self.random.range(0, 10) } else { self.random.range(50, 100) };
        let min_net = if reduces && self.random.percent(90) { i64::MIN } else { -(cash * percent / 100) };
        let named: Vec<OptionLeg> = legs.iter().map(|(slot, points, _)| self.named(*slot, *points)).collect();
        let closing = legs.iter().zip(0..).fold(0, |bits, ((.., closing), at)| bits | u8::from(*closing) << at);
        let number = u64::try_from(state.next).expect("a number") + u64::from(self.random.percent(3));
        let wanted = Wanted { number: number.into(), legs, min_net: min_net.into() };
        let terms = TradeTerms { legs: named, closing, min_net };
        let feeds = if reduces { Vec::new() } else { self.feeds_of(who) };
        let instruction = build::commit_trade(actor(who), &keys, account, number, terms, &feeds);
        self.act(&Act::Commit(account, wanted), instruction);
    }

    fn named(&self, slot: u8, points: i128) -> OptionLeg {
        let registry = self.world.view(POOL).registry;
        let id = SeriesId { slot, generation: registry.series[usize::from(slot)].generation };
        OptionLeg { option: registry.option(id).expect("an option"), points: points.try_into().expect("points") }
    }

    fn fill_any(&mut self) {
        let open: Vec<&str> = PEOPLE
            .into_iter()
            .filter(|who| {
                let account = self.model.market.accounts.get(&self.world.account_key(who, POOL));
                account.is_some_and(|account| account.commitment.is_some())
            })
            .collect();
        if open.is_empty() {
            return;
        }
        let who = *self.random.pick(&open);
        let account = self.world.account_key(who, POOL);
        if self.random.percent(80) {
            self.world.pass(4);
            self.sample();
        }
        let state = self.model.market.accounts[&account].clone();
        let commitment = state.commitment.expect("a commitment");
        let moment = commitment.at + commitment.wait[0];
        let slots = commitment.legs.iter().map(|leg| leg.slot).chain(state.positions.keys().copied());
        let mut places: Vec<u8> = slots.map(|slot| self.model.market.series[&slot].underlying).collect();
        places.sort_unstable();
        places.dedup();
        let mut prices = BTreeMap::new();
        let mut feeds = Vec::new();
        let kept = |place: &u8| self.world.first_after(usize::from(*place), moment).is_some();
        if self.world.chain.now() > moment + 700 && !places.iter().any(kept) {
            // Nobody has a price of it any more.
            places.clear();
        }
        for place in places {
            let market = usize::from(place);
            let feed = self.world.first_after(market, moment).unwrap_or(self.world.feeds[market].accounts);
            let published = Price::decode(&self.world.chain.data(&feed.price)).expect("a price");
            prices.insert(place, observe::price(&published));
            feeds.push(feed);
        }
        let instruction = build::fill_trade(&self.world.pools[POOL], account, None, None, &feeds);
        self.act(&Act::Fill(account, prices), instruction);
    }
}

/// Steps of each sequence; `EVERGREEN_MODEL_STEPS` asks for another number.
fn steps() -> usize {
    std::env::var("EVERGREEN_MODEL_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// Plays sequences in a market and asserts that the chain never does anything but what the model says.
fn play(setup: &Setup, seeds: core::ops::RangeInclusive<u64>) {
    for seed in seeds {
        let mut run = Run::new(setup.clone(), seed);
        for _ in 0..steps() {
            run.step();
            if run.found.len() > 4 {
                break;
            }
        }
        let Model { followed, met, witness, unsure, .. } = &run.model;
        println!(
            "seed {seed}: {followed:?}\n  {met:?}\n  {:?}, roundings of health decided {unsure} times",
            witness.asked
        );
        for error in &run.found {
            println!("FOUND {}", error.chars().take(2_500).collect::<String>());
        }
        assert!(run.found.is_empty(), "seed {seed}: the chain and the model disagree {} times", run.found.len());
    }
}

/// What the chain has is changed by one unit in one place, and the model sees it.
#[test]
fn one_unit_is_seen_wherever_it_is() {
    type Change = fn(&mut Market);
    let changes: [(&str, Change); 8] = [
        ("cash", |market| market.pool.cash += 1),
        ("insurance", |market| market.pool.insurance_due -= 1),
        ("vault", |market| market.vaults[0] += 1),
        ("level", |market| market.pool.level += 1),
        ("side", |market| market.sides.values_mut().for_each(|sides| sides.up += 1)),
        ("basis", |market| market.series.values_mut().for_each(|series| series.basis += 1)),
        ("slope", |market| market.series.values_mut().for_each(|series| series.slope += 1)),
        ("account", |market| market.accounts.values_mut().for_each(|account| account.cash += 1)),
    ];
    let run = Run::new(Setup::slow(), 1);
    let (keys, owner) = (run.world.pools[POOL], actor("alice"));
    let account = run.world.account_key("alice", POOL);
    let act = Act::Open(account, owner, false);
    for (name, change) in changes {
        let (mut world, mut model) = (run.world.clone(), run.model.clone());
        let open = build::open_margin_account(world.chain.payer, owner, &keys, 0, None);
        let outcome = world.chain.send(&[open]);
        let mut after = observe::market(&world, POOL);
        assert_eq!(model.clone().follow(&act, &outcome, &after), Ok(()));
        change(&mut after);
        assert!(model.follow(&act, &outcome, &after).is_err(), "a unit of {name} is not seen");
    }
}

#[test]
fn a_market_with_preset_parameters_does_what_the_documents_say() {
    let setup = Setup { pool: PoolParams { main_cooldown: 3_600, ..presets::pool_params() }, ..Setup::slow() };
    play(&setup, 1..=6);
}

#[test]
fn a_pool_that_is_nearly_too_small_does_what_the_documents_say() {
    let pool = PoolParams { main_cooldown: 3_600, max_pool_cash: 12 * TOKEN, ..presets::pool_params() };
    play(&Setup { pool, liquidity: 8 * TOKEN, ..Setup::slow() }, 21..=24);
}

#[test]
fn a_small_market_at_its_limits_does_what_the_documents_say() {
    let pool = PoolParams {
        main_cooldown: 3_600,
        min_account_points: 1_000_000,
        max_account_points: 12_000_000,
        max_series_points: 25_000_000,
        carry_base_bps: [300, -200, 0, 0],
        buy_markup_bps: 400,
        write_markdown_bps: 300,
        ..presets::pool_params()
    };
    let mut setup = Setup { pool, liquidity: 30 * TOKEN, ..Setup::slow() };
    for config in [&mut setup.btc, &mut setup.eth] {
        let preset = presets::btc(presets::PYTH_RECEIVER).params;
        (config.params.vol_saturday_bps, config.params.vol_sunday_bps) =
            (preset.vol_saturday_bps, preset.vol_sunday_bps);
    }
    play(&setup, 11..=14);
}
