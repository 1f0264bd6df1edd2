//! A volatility sample that is due is taken before risk is added: whoever knows what it brings does not trade at quotes that do not.

use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, HALF_HOUR, Outcome, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Seconds after the half-hour at which the commitment is made, and at which its price is published.
const COMMITTED: i64 = 3;
const FILLED: i64 = 7;

/// The price of an underlying in dollars, and points of a contract that are worth as much as a tenth of a bitcoin.
const fn market(place: usize) -> (i64, i64) {
    if place == BTC { (100_000, TENTH) } else { (4_000, 25 * TENTH) }
}

/// A world that is sampled every half-hour, where nobody but the test samples, at the second of a half-hour.
struct Scene {
    world: World,
    /// The half-hour.
    moment: i64,
}

impl Scene {
    /// Alice holds calls and puts of 30 days at the money on both underlyings, so that others can write them. Returns them by underlying.
    fn new() -> (Self, [[SeriesId; 2]; 2]) {
        let mut world = World::new(Setup::slow());
        world.round_trip_every = u32::MAX;
        let straddles = [BTC, ETH].map(|place| {
            let strike = market(place).0.unsigned_abs();
            [false, true].map(|put| world.list_tenor(CLASSIC, place, put, strike, 30))
        });
        for who in ["alice", "mallory"] {
            world.trader(who, CLASSIC, 1_500 * TOKEN);
        }
        for (place, straddle) in straddles.iter().enumerate() {
            world.trade("alice", CLASSIC, &straddle.map(|series| (series, market(place).1))).ok();
        }
        let mut scene = Self { world, moment: 0 };
        // The volatility begins between two half-hours.
        scene.world.pass(HALF_HOUR);
        scene.sample_next();
        scene.world.pass(HALF_HOUR - 1);
        scene.moment = scene.world.chain.now();
        assert_eq!(scene.moment % HALF_HOUR, 0);
        scene.world.sampled = false;
        (scene, straddles)
    }

    /// Samples both underlyings a second after the next half-hour.
    fn sample_next(&mut self) {
        let now = self.world.chain.now();
        self.world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
        for sample in [BTC, ETH].map(|place| self.world.sample_instruction(place)) {
            self.world.send(sample).ok();
        }
    }

    /// Lets time pass to a second after the half-hour, without a price.
    fn go_to(&mut self, second: i64) {
        self.world.chain.pass(self.moment + second - self.world.chain.now());
    }

    /// For four seconds from the half-hour on the prices of these underlyings are higher by so many per cent; meanwhile mallory commits a trade.
    /// At the end the first price after the commitment is published, which is back.
    fn wick(&mut self, places: &[usize], percent: i64, commit: Option<Instruction>) {
        self.go_to(1);
        for place in [BTC, ETH] {
            let moved = if places.contains(&place) { 100 + percent } else { 100 };
            self.world.set_price(place, market(place).0 * moved / 100);
        }
        self.go_to(COMMITTED);
        if let Some(commit) = commit {
            self.world.send(commit).ok();
        }
        for second in [5, FILLED] {
            self.go_to(second);
            for place in [BTC, ETH] {
                self.world.set_price(place, market(place).0);
            }
        }
    }

    fn fill(&self) -> Instruction {
        self.world.fill_instruction("mallory", CLASSIC)
    }

    /// After six hours, in which the mark has gone where the sample leads it, mallory closes what she has. Returns what she has gained, native units.
    fn gain(&mut self, legs: &[(SeriesId, i64)], before: i64) -> i64 {
        self.world.sampled = true;
        for _ in 0..12 {
            self.sample_next();
        }
        if !self.world.account("mallory", CLASSIC).is_flat() {
            let back: Vec<_> = legs.iter().map(|(series, points)| (*series, -points)).collect();
            self.world.trade("mallory", CLASSIC, &back).ok();
        }
        self.world.cash("mallory", CLASSIC) - before
    }
}

fn cancelled(outcome: &Outcome) -> Option<(CancelReason, u64, u64)> {
    outcome.events().into_iter().find_map(|event| match event {
        Event::CommitmentCancelled(e) => Some((e.reason, e.fee, e.bond)),
        _ => None,
    })
}

/// Plays the attack with a limit one per cent worse than the quote before it, and without a limit. Returns what it gains at best, native units.
fn attack(places: &[usize], percent: i64, size: i64) -> i64 {
    let (scene, straddles) = Scene::new();
    let legs: Vec<(SeriesId, i64)> =
        places.iter().flat_map(|place| straddles[*place].map(|series| (series, size * market(*place).1))).collect();
    let before = scene.world.cash("mallory", CLASSIC);
    let quote = scene.world.preview_trade("mallory", CLASSIC, &legs).ok();
    let net = quote.event(|event| if let Event::Traded(e) = event { Some(e.net) } else { None });
    let within = scene.world.commit_within("mallory", CLASSIC, &legs, net - net.abs() / 100);
    let unlimited = scene.world.commit_instruction("mallory", CLASSIC, &legs);
    let mut best = i64::MIN;
    for (commit, limit) in [(within, true), (unlimited, false)] {
        let mut scene = Scene { world: scene.world.clone(), moment: scene.moment };
        scene.wick(places, percent, Some(commit));

        // TEST: it is filled neither before the samples, nor with the samples behind it, nor after one of two.
        let (fill, samples) = (scene.fill(), scene.world.due_samples());
        assert_eq!(samples.len(), 2, "both underlyings wait for theirs");
        let wanted: Vec<Instruction> = places.iter().map(|place| samples[*place].clone()).collect();
        scene.world.refused(fill.clone(), EvergreenError::SampleDue);
        let behind: Vec<Instruction> = core::iter::once(fill.clone()).chain(wanted.clone()).collect();
        assert_error(&scene.world.send_all(&behind), EvergreenError::SampleDue);
        if let [first, _] = &wanted[..] {
            assert_error(&scene.world.send_all(&[first.clone(), fill.clone()]), EvergreenError::SampleDue);
        }

        // With them in front it is filled at what they leave, in the same transaction.
        let all: Vec<Instruction> = wanted.into_iter().chain([fill]).collect();
        let ended = scene.world.send_all(&all).ok();
        let reason = cancelled(&ended).map(|(reason, ..)| reason);
        assert!(reason.is_none() || (limit && reason == Some(CancelReason::Limit)), "{reason:?}");
        let gain = scene.gain(&legs, before);
        println!(
            "{places:?} {percent:+} % {}: {}, gains {:.2} tokens",
            if size > 0 { "bought" } else { "written" },
            if reason.is_some() { "beyond its limit" } else { "filled" },
            gain as f64 / TOKEN as f64
        );
        best = best.max(gain);
    }
    best
}

#[test]
fn audit_sample_due_a_wick_pays_no_buyer() {
    for percent in [1, 2, 3, 4, -3] {
        assert!(attack(&[BTC], percent, 24) < 0, "BTC, {percent} %");
    }
    assert!(attack(&[ETH], 3, 24) < 0, "ETH");
}

#[test]
fn audit_sample_due_a_wick_pays_no_writer() {
    for place in [BTC, ETH] {
        for percent in [1, 3] {
            assert!(attack(&[place], percent, -1) < 0, "{place}, {percent} %");
        }
    }
}

#[test]
fn audit_sample_due_legs_on_two_underlyings_wait_for_both() {
    assert!(attack(&[BTC, ETH], 3, 12) < 0);
}

#[test]
fn audit_sample_due_without_a_keeper_the_choice_costs_the_bond() {
    // SETUP: nobody but mallory samples, and she lets the time pass.
    let (mut scene, straddles) = Scene::new();
    let legs = straddles[BTC].map(|series| (series, 24 * TENTH));
    let (before, commit) =
        (scene.world.cash("mallory", CLASSIC), scene.world.commit_instruction("mallory", CLASSIC, &legs));
    scene.wick(&[BTC], 3, Some(commit));
    let bond = scene.world.account("mallory", CLASSIC).commitment.bond;
    scene.world.refused(scene.fill(), EvergreenError::SampleDue);

    // TEST: to withhold the sample costs what it costs to withhold the fill.
    let fill = scene.fill();
    scene.world.chain.pass(20);
    let (reason, fee, _) = cancelled(&scene.world.send(fill).ok()).expect("it has lapsed");
    assert_eq!((reason, fee), (CancelReason::Lapsed, bond));
    assert_eq!(before - scene.world.cash("mallory", CLASSIC), bond as i64);
    println!("the lapse costs {:.3} tokens, an eighth would be {:.3}", bond as f64 / 1e8, bond as f64 / 8e8);
}

#[test]
fn audit_sample_due_what_sells_waits_and_what_buys_back_does_not() {
    // SETUP: alice sells of what she holds, and bob buys back what they have written. Before, who sold ahead of a sample that lowers bids had what they had written closed after it.
    let (mut scene, straddles) = Scene::new();
    let [held, back] = [-TENTH, TENTH].map(|points| straddles[BTC].map(|series| (series, points)));
    let written = straddles[BTC].map(|series| (series, -TENTH));
    scene.world.trader("bob", CLASSIC, 100 * TOKEN);
    scene.world.trade("bob", CLASSIC, &written).ok();
    for (who, legs) in [("alice", held), ("bob", back)] {
        let commit = scene.world.commit_instruction(who, CLASSIC, &legs);
        scene.world.send(commit).ok();
    }
    for second in [1, 4] {
        scene.go_to(second);
        scene.world.set_price(BTC, 100_000);
        scene.world.set_price(ETH, 4_000);
    }
    assert_eq!(scene.world.due_samples().len(), 2);
    scene.world.fill("bob", CLASSIC).ok();
    let fill = scene.world.fill_instruction("alice", CLASSIC);
    assert_error(&scene.world.chain.send(&[fill]), EvergreenError::SampleDue);
    for sample in scene.world.due_samples() {
        scene.world.send(sample).ok();
    }
    scene.world.fill("alice", CLASSIC).ok();
}

#[test]
fn audit_sample_due_the_first_price_itself_counts_without_a_sample() {
    // SETUP: three seconds before the half-hour, so that the price of the sample fills the commitment.
    let (mut scene, straddles) = Scene::new();
    scene.world.chain.pass(-3);
    let legs = straddles[BTC].map(|series| (series, TENTH));
    let commit = scene.world.commit_instruction("mallory", CLASSIC, &legs);
    scene.world.send(commit).ok();
    scene.go_to(1);
    scene.world.set_price(BTC, 103_000);
    scene.world.set_price(ETH, 4_000);

    // TEST: its ask is at least the volatility that marks follow after the sample.
    let mut sampled = scene.world.clone();
    let filled = scene.world.fill("mallory", CLASSIC).ok();
    let sample = sampled.sample_instruction(BTC);
    sampled.send(sample).ok();
    let after = sampled.fill("mallory", CLASSIC).ok();
    let paid = |outcome: &Outcome| outcome.event(|e| if let Event::LegFilled(e) = e { Some(e.sigma) } else { None });
    assert!(paid(&filled) >= paid(&after), "{} {}", paid(&filled), paid(&after));
}

#[test]
fn audit_sample_due_a_price_that_cannot_be_sampled_holds_up_nobody() {
    // SETUP: the first price after the half-hour has a wide confidence.
    let (mut scene, straddles) = Scene::new();
    scene.go_to(1);
    scene.world.edit_price(BTC, |price| price.conf = price.price.unsigned_abs() / 20);
    let commit = scene.world.commit_instruction("mallory", CLASSIC, &[(straddles[BTC][0], TENTH)]);
    scene.go_to(COMMITTED);
    scene.world.send(commit).ok();
    scene.go_to(FILLED);
    scene.world.edit_price(BTC, |price| price.conf = 0);
    scene.world.refused(scene.fill(), EvergreenError::SampleDue);

    // TEST: whoever shows that price frees the others, once; no average moves.
    let (sample, before) = (scene.world.sample_instruction(BTC), scene.world.underlying(BTC));
    let noted = scene.world.send(sample.clone()).ok();
    let at = noted.event(|e| if let Event::SamplePassedOver(e) = e { Some(e.grid_time) } else { None });
    let after = scene.world.underlying(BTC);
    assert_eq!((at, after.unsampled_time), (scene.moment, scene.moment));
    assert_eq!((before.sample_time, before.fast_variance), (after.sample_time, after.fast_variance));
    scene.world.refused(sample, EvergreenError::SampleTooEarly);
    scene.world.fill("mallory", CLASSIC).ok();
}

/// What a withdrawal of a minute is paid that is executed a minute after a half-hour with a wick of so many per cent, whose sample is taken before that minute or with it.
fn withdrawn(percent: i64, early: bool) -> u64 {
    let (mut scene, _) = Scene::new();
    let class = ShareClass::Main;
    scene.world.sampled = true;
    scene.world.provide("vera", CLASSIC, class, 300 * TOKEN).ok();
    let shares = scene.world.shares("vera", CLASSIC, class);
    let number = scene.world.request("vera", CLASSIC, class, shares);
    for _ in 0..50 {
        scene.sample_next();
    }
    scene.world.pass(HALF_HOUR - 1);
    scene.moment = scene.world.chain.now();
    scene.world.sampled = false;
    scene.wick(&[BTC], percent, None);
    if early {
        for sample in scene.world.due_samples() {
            scene.world.send(sample).ok();
        }
    }
    scene.world.pass(61 - FILLED);
    let execute = scene.world.execute_instruction(CLASSIC, class, number);
    if !early {
        scene.world.refused(execute.clone(), EvergreenError::SampleDue);
        for sample in scene.world.due_samples() {
            scene.world.send(sample).ok();
        }
    }
    let done = scene.world.send(execute).ok();
    done.event(|e| if let Event::WithdrawalExecuted(e) = e { Some(e.amount) } else { None })
}

#[test]
fn audit_sample_due_liquidity_waits_for_it_and_gets_no_more_by_it() {
    // Whoever left between the wick and its sample left the rise of marks to others; and whoever takes the sample late gets as much as if it had been taken in time.
    let (quiet, in_time, late) = (withdrawn(0, true), withdrawn(4, true), withdrawn(4, false));
    println!("withdrawn: {quiet} without a wick, {in_time} with its sample in time, {late} late");
    assert!(in_time < quiet);
    assert!(late.abs_diff(in_time) <= quiet / 10_000, "{late} {in_time}");
}

#[test]
fn audit_sample_due_is_refused_with_both_times() {
    let (mut scene, straddles) = Scene::new();
    let commit = scene.world.commit_instruction("mallory", CLASSIC, &[(straddles[ETH][1], 25 * TENTH)]);
    scene.wick(&[], 0, Some(commit));
    let refused = scene.world.send(scene.fill());
    let told = format!("sample of {} is due, last taken {}", scene.moment, scene.moment - HALF_HOUR);
    assert!(refused.log().contains(&told), "{}", refused.log());
    // It names no account of anybody: whoever takes the sample may fill.
    let all: Vec<Instruction> = scene.world.due_samples().into_iter().chain([scene.fill()]).collect();
    assert!(all.iter().flat_map(|i| &i.accounts).all(|meta| meta.pubkey != actor("mallory")));
    let filled = scene.world.send_all(&all).ok();
    assert!(filled.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_))));
    assert_eq!(all[0].data, build::sample_volatility(&scene.world.feeds[BTC].accounts).data);
}
