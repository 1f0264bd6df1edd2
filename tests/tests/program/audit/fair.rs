//! Healthy accounts that others close are closed as options are sold: neither side gains by bringing it about, or by the moment, between two samples and after a jump.

use crate::attacks::withdraw_spare;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        events::LegFilled,
        state::{NoticeCause, SeriesId},
    },
};
use evergreen_tests::{
    BTC, CLASSIC, HALF_HOUR, Outcome, Setup, World, assert_error,
    world::{TENTH, TOKEN},
};

/// Samples every half-hour, as by the presets; the estimate has arrived. Whoever trades here has plenty.
fn world(people: &[&str]) -> World {
    world_of(Setup::slow(), people)
}

fn world_of(setup: Setup, people: &[&str]) -> World {
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.replay = None;
    for who in people {
        world.trader(who, CLASSIC, 2_000 * TOKEN);
    }
    world.pass(HALF_HOUR);
    for _ in 0..3 {
        sample(&mut world);
    }
    world
}

/// Takes the sample of the next half-hour, one second after it.
fn sample(world: &mut World) {
    let now = world.chain.now();
    world.pass((1 - now - 1).rem_euclid(HALF_HOUR) + 1);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
}

/// Lets half-hours pass, each with its sample.
fn half_hours(world: &mut World, count: usize) {
    for _ in 0..count {
        sample(world);
    }
}

fn legs(outcome: Outcome) -> Vec<LegFilled> {
    outcome.ok().events().into_iter().filter_map(|e| if let Event::LegFilled(e) = e { Some(e) } else { None }).collect()
}

/// The volatility of a series at the mark, and at which it is sold.
fn sigmas(world: &World, id: SeriesId) -> (f64, f64) {
    world.valued(CLASSIC, |view, markets| {
        let series = view.registry.series(id).unwrap();
        let of = |ratio: evergreen_math::Ratio| ratio.to_bits() as f64 / 2f64.powi(64);
        (of(markets.sigma(series)), of(markets.as_sold().sigma(series)))
    })
}

fn tokens(native: i64) -> f64 {
    native as f64 / TOKEN as f64
}

/// A pool whose capital is about to be wanted: calls far out of the money, of which nothing is held yet, pay the least for theirs. What is named second is for others to take what is left.
fn wanted() -> (World, SeriesId, SeriesId) {
    let mut world = world(&["alice", "crowd"]);
    let far = world.list_tenor(CLASSIC, BTC, false, 130_000, 30);
    let near = world.list_tenor(CLASSIC, BTC, true, 100_000, 7);
    take(&mut world, near, 75);
    (world, far, near)
}

/// Others take what is left up to so many hundredths of the limit. Returns whether that pays its rent.
fn take(world: &mut World, near: SeriesId, part: u64) -> bool {
    let pool = world.view(CLASSIC).pool;
    let limit = pool.reserve_limit().expect("a limit").0;
    let points = crate::giving_way::points_locking(world, near, limit / 100 * part - pool.reserved_collateral);
    let bought = world.trade("crowd", CLASSIC, &[(near, points)]);
    if !bought.succeeded() {
        assert_error(&bought, EvergreenError::RentTooLow);
    }
    bought.succeeded()
}

/// Alice buys calls far out of the money on 0.8 BTC, and is closed for their place ten minutes after the notice. Returns what she has paid and got; nothing where
/// her calls pay enough for their place, or what others could take does not.
fn bought_and_closed(
    mut world: World,
    (far, near): (SeriesId, SeriesId),
    half_hours_before: usize,
) -> Option<(i64, i64)> {
    let start = world.cash("alice", CLASSIC);
    world.trade("alice", CLASSIC, &[(far, 8 * TENTH)]).ok();
    let paid = start - world.cash("alice", CLASSIC);
    // What is paid makes the limit larger.
    while !world.view(CLASSIC).pool.is_at_capacity().expect("a limit") {
        if !take(&mut world, near, 98) {
            return None;
        }
    }
    half_hours(&mut world, half_hours_before);
    let notice = world.notice_instruction(CLASSIC, far, NoticeCause::Capital);
    let given = world.chain.simulate(&[notice]);
    if !given.succeeded() {
        assert_error(&given, EvergreenError::RentPaid);
        return None;
    }
    let moment = world.pass_notice(CLASSIC, far, NoticeCause::Capital);
    world.close_for_place("alice", CLASSIC, (far, NoticeCause::Capital), moment).ok();
    assert!(world.account("alice", CLASSIC).find(far).is_none());
    Some((paid, world.cash("alice", CLASSIC) - start + paid))
}

#[test]
fn audit_forced_fair_who_is_closed_for_a_place_gets_no_less_than_he_could_sell_for() {
    // SETUP: alice holds calls far out of the money from before a fall between two half-hours. The volatility then goes far, and marks follow for hours.
    let (mut world, far, near) = wanted();
    world.trade("alice", CLASSIC, &[(far, 8 * TENTH)]).ok();
    assert!(take(&mut world, near, 98));
    world.set_price(BTC, 92_000);
    world.pass(5);
    let start = world.cash("alice", CLASSIC);
    let got = |mut world: World| {
        let moment = world.pass_notice(CLASSIC, far, NoticeCause::Capital);
        world.close_for_place("alice", CLASSIC, (far, NoticeCause::Capital), moment).ok();
        world.cash("alice", CLASSIC) - start
    };
    let sold = |mut world: World| {
        world.trade("alice", CLASSIC, &[(far, -8 * TENTH)]).ok();
        world.cash("alice", CLASSIC) - start
    };
    let mut sampled = world.clone();
    half_hours(&mut sampled, 1);
    let (at_once, after_sample, bid) = (got(world.clone()), got(sampled), sold(world.clone()));
    let staying = (2..30).map(|hours| {
        let mut world = world.clone();
        half_hours(&mut world, 2 * hours);
        sold(world)
    });
    let best = staying.max().unwrap_or_default();
    println!(
        "closed before the sample {:.2}, after it {:.2}; sold at once {:.2}, at the best moment {:.2}",
        tokens(at_once),
        tokens(after_sample),
        tokens(bid),
        tokens(best)
    );

    // TEST: the moment matters little, and she gets at least what she could have sold for. Two hours later she could sell at what is left after the burst, which marks have not reached
    // before: far out of the money that is twice as much.
    assert!((at_once - after_sample).abs() * 10 < at_once, "{at_once} and {after_sample}");
    for got in [at_once, after_sample] {
        assert!(got >= bid && got * 5 > best * 2 && got <= best, "{got}, {bid} by a trade and {best} by staying");
    }
}

/// Where marks are when somebody opens and has themselves closed: half-hours since a jump of this size.
const AFTER: [usize; 5] = [0, 1, 6, 24, 60];

#[test]
fn audit_forced_fair_no_holder_gains_by_having_himself_closed() {
    let mut closed = 0;
    for price in [92_000, 98_000, 104_000] {
        let (mut jumped, far, near) = wanted();
        jumped.set_price(BTC, price);
        jumped.pass(5);
        for after in AFTER {
            let mut world = jumped.clone();
            half_hours(&mut world, after);
            let (mark, expected) = sigmas(&world, far);
            for wait in [0, 1] {
                let Some((paid, got)) = bought_and_closed(world.clone(), (far, near), wait) else { continue };
                closed += 1;
                println!("{price}, {after} half-hours: mark {mark:.3}, sold at {expected:.3}; paid {paid}, got {got}");
                assert!(got < paid, "{price}, {after} half-hours, {wait}: paid {paid}, got {got}");
            }
        }
    }
    assert!(closed > 10, "{closed} of 30");
}

/// A world in which alice holds calls on 1 BTC and bob nothing yet.
fn held(strike: u64) -> (World, SeriesId) {
    held_in(world(&["alice", "bob", "keeper"]), strike)
}

fn held_in(mut world: World, strike: u64) -> (World, SeriesId) {
    let call = world.list_tenor(CLASSIC, BTC, false, strike, 30);
    world.trade("alice", CLASSIC, &[(call, 10 * TENTH)]).ok();
    (world, call)
}

/// Alice leaves, and bob, who has written as much, is deleveraged ten minutes after the notice. Returns the fill.
fn deleveraged(world: &mut World, call: SeriesId) -> LegFilled {
    world.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
    let moment = world.pass_notice(CLASSIC, call, NoticeCause::Excess);
    legs(world.deleverage("bob", CLASSIC, call, 10 * TENTH, moment))[0].clone()
}

#[test]
fn audit_forced_fair_no_writer_gains_by_having_himself_closed() {
    for price in [92_000, 108_000] {
        let (mut jumped, call) = held(100_000);
        jumped.set_price(BTC, price);
        jumped.pass(5);
        for after in AFTER {
            let mut world = jumped.clone();
            half_hours(&mut world, after);
            let (mark, expected) = sigmas(&world, call);
            let start = world.cash("bob", CLASSIC);
            world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
            let got = world.cash("bob", CLASSIC) - start;
            deleveraged(&mut world, call);
            let kept = world.cash("bob", CLASSIC) - start;

            // TEST: they never keep anything of what they got.
            println!(
                "{price}, {after} half-hours: mark {mark:.3}, sold at {expected:.3}; got {:.2}, keeps {:.2}",
                tokens(got),
                tokens(kept)
            );
            assert!(kept < 0, "{price}, {after} half-hours: {kept}");
        }
    }
}

#[test]
fn audit_forced_fair_a_pair_of_accounts_gains_nothing_whichever_moment_it_chooses() {
    // SETUP: alice holds what bob has written, from before the jump. Then she sells, and they are deleveraged. A price for them below the bid of hers would be paid by
    // the pool.
    for price in [92_000, 108_000] {
        let (mut world, call) = held(100_000);
        let start = world.cash("alice", CLASSIC) + world.cash("bob", CLASSIC);
        world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
        let equity = |world: &World| {
            let of = |who: &str| {
                let key = world.account_key(who, CLASSIC);
                world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key]))
            };
            of("alice") + of("bob")
        };
        world.set_price(BTC, price);
        world.pass(5);
        for after in AFTER {
            let mut world = world.clone();
            half_hours(&mut world, after);
            let before = equity(&world);
            let fill = deleveraged(&mut world, call);
            let change = world.cash("alice", CLASSIC) + world.cash("bob", CLASSIC) - before;

            // TEST
            let sigma = fill.sigma as f64 / 2f64.powi(64);
            println!("{price}, {after} half-hours: {change} of the pair, bought back at {sigma:.3}");
            assert!(change < 0, "{price}, {after} half-hours: {change}");
            assert!(before < start + 80 * TOKEN as i64, "what alice paid before is her option's worth");
        }
    }
}

#[test]
fn audit_forced_fair_who_chooses_the_moment_of_a_rise_chooses_nothing() {
    // SETUP: bob has written before a jump, and marks rise for nine hours. Alice leaves at one of these moments, and they are deleveraged.
    let (mut world, call) = held(100_000);
    world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
    world.set_price(BTC, 92_000);
    world.pass(5);
    let mut found = Vec::new();
    for after in [0, 1, 4, 8, 14] {
        let mut world = world.clone();
        half_hours(&mut world, after);
        let now = evergreen_math::UnixTime(world.chain.now());
        let front = world.underlying(BTC).marked(now).unwrap().marks.front.to_bits() as f64 / 2f64.powi(64);
        let fill = deleveraged(&mut world, call);
        found.push((front, fill.sigma as f64 / 2f64.powi(64), fill.premium));
    }
    println!("mark of the shortest tenor, bought back at, for: {found:.4?}");

    // TEST: marks of the shortest tenor differ by half and more, what they pay by a tenth: within the hour in which marks reach what is left after the burst, afterwards by a hundredth.
    let (first, last) = (found[0], found[found.len() - 1]);
    assert!(last.0 > 1.5 * first.0, "{found:?}");
    for (_, sigma, premium) in &found {
        assert!((sigma / first.1 - 1.0).abs() < 0.12, "{found:?}");
        assert!((*premium as f64 / first.2 as f64 - 1.0).abs() < 0.22, "{found:?}");
    }
    for (_, sigma, _) in &found[2..] {
        assert!((sigma / last.1 - 1.0).abs() < 0.015, "{found:?}");
    }
}

/// Bob has written before the jump; alice leaves, at a moment at which marks rise and at one at which they fall. They pay as much as alice and anybody else is paid who sells.
#[test]
fn audit_forced_fair_a_writer_pays_what_who_sells_is_paid() {
    let (mut world, call) = held(100_000);
    world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
    world.set_price(BTC, 92_000);
    world.pass(5);
    for after in [1, 16, 40] {
        let mut world = world.clone();
        half_hours(&mut world, after);
        let fill = deleveraged(&mut world, call);
        let (mark, sold) = sigmas(&world, call);
        let sigma = fill.sigma as f64 / 2f64.powi(64);
        println!("{after} half-hours: mark {mark:.4}, sold at {sold:.4}, bought back at {sigma:.4}");

        // TEST
        assert!((sigma / sold - 1.0).abs() < 1e-6 && sigma < mark, "{sigma} and {sold}");
    }
}

/// In a market of small shocks bob has no more than their margin, and marks have risen far above what options are sold at. Whoever deleverages them takes nothing from their health.
#[test]
fn audit_forced_fair_health_does_not_fall() {
    let mut setup = Setup::slow();
    let params = &mut setup.btc.params;
    (params.shock_initial_bps, params.shock_target_bps, params.shock_maintenance_bps) = (300, 250, 200);
    let (mut world, call) = held_in(world_of(setup, &["alice", "bob", "keeper"]), 130_000);
    world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
    world.set_price(BTC, 92_000);
    world.pass(5);
    let moment = world.give_notice(CLASSIC, call, NoticeCause::Excess);
    withdraw_spare(&mut world, "bob", CLASSIC);
    world.pass(moment + 1 - world.chain.now());

    // TEST
    let (mark, _) = sigmas(&world, call);
    let fill = legs(world.deleverage("bob", CLASSIC, call, 10 * TENTH, moment))[0].clone();
    let sigma = fill.sigma as f64 / 2f64.powi(64);
    println!("mark {mark:.4}, bought back at {sigma:.4}");
    assert!(sigma <= mark && world.account("bob", CLASSIC).is_flat() && world.cash("bob", CLASSIC) >= 0);
}
