//! Parameters of an underlying change only where quotes at the present price, with the move in them that waits for its sample, hardly do.

use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Change, Proposal, SeriesId, UnderlyingParams},
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World, assert_error,
    world::{TENTH, TOKEN},
};

type Edit = fn(&mut UnderlyingParams);

/// Every parameter that quotes depend on, moved by as much as a proposal may.
const EDITS: [(&str, Edit); 12] = [
    ("interval", |p| p.vol_min_interval = 60),
    ("most", |p| p.vol_max_bps = 10_000),
    ("least", |p| p.vol_min_bps += 500),
    ("cut", |p| p.vol_sample_cap -= 1),
    ("multiplier", |p| p.vol_multiplier_bps = 9_571),
    ("slower", |p| (p.vol_fast_half_life, p.vol_slow_half_lives) = (22_275, 123)),
    ("faster", |p| (p.vol_fast_half_life, p.vol_slow_half_lives) = (20_925, 117)),
    ("Saturday", |p| p.vol_saturday_bps -= 1_000),
    ("Sunday", |p| p.vol_sunday_bps -= 1_000),
    ("skew", |p| p.smile_skew_bps += 15),
    ("speed", |p| p.vol_max_change_bps = 10_000),
    ("all", |p| {
        (p.vol_min_interval, p.vol_max_bps, p.vol_sample_cap) = (60, 10_000, 19);
        (p.vol_fast_half_life, p.vol_multiplier_bps) = (20_925, 9_571);
    }),
];

fn half_hour(world: &mut World) {
    world.pass(1_800 - world.chain.now() % 1_800);
    world.pass(1);
    for sample in world.due_samples() {
        world.chain.send(&[sample]);
    }
}

/// A pool beside which bob holds calls at the money of three tenors, and a proposal of a change of BTC whose timelock is over.
fn scene(edit: Edit) -> (World, Vec<SeriesId>, u64, ChangeAccounts) {
    let mut world = World::new(Setup::slow());
    let all: Vec<SeriesId> =
        [1, 7, 30].into_iter().map(|days| world.list_tenor(CLASSIC, BTC, false, 100_000, days)).collect();
    world.trader("bob", CLASSIC, 900 * TOKEN);
    world.trade("bob", CLASSIC, &all.iter().map(|id| (*id, TENTH)).collect::<Vec<_>>()).ok();
    for _ in 0..3 {
        half_hour(&mut world);
    }
    let changed = world.of_market(BTC);
    let mut params = world.underlying(BTC).params;
    edit(&mut params);
    let id = world.propose(Change::UnderlyingParams(params), &changed);
    world.pass_until_ready();
    for _ in 0..2 {
        half_hour(&mut world);
    }
    (world, all, id, changed)
}

/// What a hundredth of a bitcoin of each series costs and brings now, native units.
fn quotes(world: &World, all: &[SeriesId]) -> Vec<i64> {
    let legs = all.iter().flat_map(|id| [(*id, TENTH / 10), (*id, -TENTH / 10)]);
    legs.map(|leg| {
        let events = world.preview_trade("bob", CLASSIC, &[leg]).events();
        let premium = events.iter().find_map(|e| if let Event::LegFilled(e) = e { Some(e.premium) } else { None });
        premium.expect("a fill").abs()
    })
    .collect()
}

/// Before, an interval of a minute or a largest volatility of 100 % cut the jump that was waiting: after 8 % asks of 30 days fell by 28 and 40 %, and who left was paid 315.5 or
/// 320.2 instead of 308.1.
#[test]
fn audit_parameters_waiting_no_parameter_moves_a_quote_while_a_jump_waits_for_its_sample() {
    let (mut refused, mut made) = (Vec::new(), Vec::new());
    for (name, edit) in EDITS {
        let (world, all, id, changed) = scene(edit);
        for jump in [0i64, 10, 30, 60, 80] {
            let mut world = world.clone();
            world.announce_proposal(id, &changed);
            world.set_price(BTC, 100_000 + 100 * jump);
            world.pass(20);
            let before = quotes(&world, &all);
            let outcome = world.step_proposal(id, &changed);
            if !outcome.succeeded() {
                assert_error(&outcome, EvergreenError::MarkWouldJump);
                assert!(jump > 0, "{name} at rest");
                assert_eq!(quotes(&world, &all), before);
                refused.push((name, jump));
                continue;
            }
            let after = quotes(&world, &all);
            println!("{name}, {jump} tenths of a per cent: {before:?} to {after:?}");
            for (was, would) in before.iter().zip(&after) {
                // An option loses about as much of its time value as its volatility does; a bid of a day moves by two per cent at most.
                assert!((was - would).abs() * 100 <= was * 2 + 100, "{name} after {jump}: {was} to {would}");
            }
            made.push((name, jump));
        }
    }
    println!("refused: {refused:?}\nmade: {made:?}");
    for name in ["interval", "most", "all"] {
        assert!(refused.contains(&(name, 80)), "{name}");
    }
    assert!(made.contains(&("skew", 80)) && made.contains(&("speed", 80)));
}

/// What waits is made once the jump is sampled, in the same two weeks.
#[test]
fn audit_parameters_waiting_a_change_is_made_when_the_jump_is_in_the_averages() {
    let (mut world, all, id, changed) = scene(|p| p.vol_min_interval = 60);
    world.announce_proposal(id, &changed);
    world.set_price(BTC, 106_000);
    let refused = world.step_proposal(id, &changed);
    assert_error(&refused, EvergreenError::MarkWouldJump);
    half_hour(&mut world);
    world.announce_proposal(id, &changed);
    let before = quotes(&world, &all);
    world.step_proposal(id, &changed).ok();
    let after = quotes(&world, &all);
    assert_eq!(world.underlying(BTC).params.vol_min_interval, 60);
    assert!(before.iter().zip(&after).all(|(was, would)| (was - would).abs() * 100 <= was * 2), "{before:?} {after:?}");
}

/// The price is there, young and fresh, and the sample that is due has been taken: nobody chooses what the quotes are compared at.
#[test]
fn audit_parameters_waiting_the_price_is_the_present_one() {
    let (mut world, _, id, changed) = scene(|p| p.vol_min_interval = 60);
    let payer = world.chain.payer;
    let step = |changed: &ChangeAccounts| build::execute_proposal(id, payer, changed);
    let none = ChangeAccounts { others: Vec::new(), ..changed.clone() };
    world.refused(step(&none), EvergreenError::MarketAccountMissing);
    world.send(step(&changed)).ok();
    // By the second it is made, everything counts again.
    world.pass(Proposal::NOTICE);
    world.refused(step(&none), EvergreenError::MarketAccountMissing);
    let other = ChangeAccounts::underlying(changed.target, world.feeds[evergreen_tests::ETH].accounts.price);
    world.refused(step(&other), EvergreenError::PriceWrongFeed);
    // A price from before a jump that trades know is none, nor is one that is too young to be old.
    world.chain.pass(Proposal::PRICE_AGE + 1);
    world.refused(step(&changed), EvergreenError::PriceStale);
    world.edit_price(BTC, |price| price.conf = price.price.unsigned_abs() / 50);
    world.refused(step(&changed), EvergreenError::PriceUncertain);
    world.edit_price(BTC, |price| (price.conf, price.ema_price) = (0, price.price / 2));
    world.refused(step(&changed), EvergreenError::PriceUncertain);
    world.edit_price(BTC, |price| price.ema_price = price.price);
    world.chain.pass(Proposal::PRICE_AGE);
    world.send(step(&changed)).ok();
}

/// Who makes a change does not choose by which parameters a sample counts that can be taken already.
#[test]
fn audit_parameters_waiting_a_due_sample_comes_first() {
    let (mut world, _, id, changed) = scene(|p| p.vol_min_interval = 60);
    world.pass(1_800 - world.chain.now() % 1_800 - Proposal::NOTICE + 5);
    let step = build::execute_proposal(id, world.chain.payer, &changed);
    world.send(step.clone()).ok();
    world.pass(Proposal::NOTICE);
    world.sampled = false;
    world.refused(step.clone(), EvergreenError::SampleDue);
    let sample = world.sample_instruction(BTC);
    world.send_all(&[sample, step]).ok();
}

/// Where the market's confidence has outgrown its limit, the limit can still be raised: the price is judged by the new parameters.
#[test]
fn audit_parameters_waiting_a_wider_limit_lets_the_price_in_that_it_needs() {
    for (limit, made) in [(40, false), (120, true)] {
        let mut world = World::new(Setup::slow());
        let changed = world.of_market(BTC);
        let mut params = world.underlying(BTC).params;
        params.max_conf_bps = limit;
        let id = world.propose(Change::UnderlyingParams(params), &changed);
        world.pass_until_ready();
        world.edit_price(BTC, |price| price.conf = price.price.unsigned_abs() / 100);
        let sample = world.sample_instruction(BTC);
        world.chain.send(&[sample]);
        let outcome = world.step_proposal(id, &changed);
        if made {
            outcome.ok();
        } else {
            assert_error(&outcome, EvergreenError::PriceUncertain);
        }
    }
}
