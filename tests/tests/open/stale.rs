//! Rents by values that nobody has looked at for long.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{
        OptionLeg,
        errors::EvergreenError,
        state::{OptionId, SeriesId, SeriesSpec},
    },
    instruction as build,
    plan::Planner,
    price::PushFeeds,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Samples the next half-hour at this price, and touches no series.
fn sampled(world: &mut World, dollars: f64) {
    let now = world.chain.now();
    world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
    price(world, dollars);
    let sample = world.sample_instruction(BTC);
    world.chain.send(&[sample]).ok();
}

fn reserved(world: &World) -> f64 {
    let pool = world.view(CLASSIC).pool;
    tokens(pool.reserved_collateral as i64) / tokens(pool.pool_cash) / 0.8
}

/// Takes as much of these series as the pool gives, each with two accounts, half-hour after half-hour, until so much of the limit is reserved.
fn fill_up(world: &mut World, series: &[SeriesId], dollars: f64, up_to: f64) {
    for round in 0..24 {
        sampled(world, dollars);
        for (place, id) in series.iter().enumerate() {
            let who = format!("holder {place} {}", round % 2);
            if world.chain.account(&world.account_key(&who, CLASSIC)).is_none() {
                world.trader(&who, CLASSIC, 900 * TOKEN);
            }
            if reserved(world) < up_to {
                let done = world.trade(&who, CLASSIC, &[(*id, TENTH)]);
                if round % 4 == 3 && !done.succeeded() {
                    println!("  {who}: {:?}", done.code);
                }
            }
        }
        if reserved(world) >= up_to {
            return;
        }
    }
}

/// Takes of a series what it can. Returns tenths of a BTC and the error of the last refusal.
fn take(world: &mut World, who: &str, id: SeriesId) -> (f64, Option<u32>) {
    let (mut taken, mut part, mut last) = (0, 2 * TENTH, None);
    while part >= TENTH / 10 {
        let done = world.trade(who, CLASSIC, &[(id, part)]);
        if done.succeeded() {
            taken += part;
        } else {
            last = done.code;
            part /= 2;
        }
    }
    (taken as f64 / TENTH as f64, last)
}

/// The last tenth of a pool's capital is for what pays its rent now, and not for what paid it when it was at the money.
#[test]
fn the_last_tenth_is_for_what_pays_its_rent_now() {
    let mut world = world(1_000, &[("mallory", 900), ("other", 900)]);
    world.round_trip_every = u32::MAX;
    world.checked = false;
    quiet(&mut world, 100_000.0, 4);
    // Listed at the money, and left alone.
    let puts = [93_000, 94_000, 95_000, 96_000].map(|strike| world.list_tenor(CLASSIC, BTC, true, strike, 1));
    let value = |world: &World, id: SeriesId| {
        let series = world.view(CLASSIC).registry.series[usize::from(id.slot)];
        (f64::from(series.time_value) * 1e4 / 2f64.powi(32), series.funding_touched, series.measured)
    };
    println!("time values at the listing {:?}", puts.map(|id| value(&world, id)));
    let mut dollars = 100_000.0;
    for _ in 0..40 {
        dollars *= 1.003;
        sampled(&mut world, dollars);
    }
    println!("time values at {dollars:.0} {:?}", puts.map(|id| value(&world, id)));
    let series: Vec<_> = (0..12).map(|i| world.list_tenor(CLASSIC, BTC, i % 3 == 0, 108_000 + 1_000 * i, 30)).collect();
    fill_up(&mut world, &series, dollars, 0.905);
    println!("reserved {:.3} of the limit", reserved(&world));
    for _ in 0..4 {
        sampled(&mut world, dollars);
    }
    println!("time values as last valued {:?}", puts.map(|id| value(&world, id)));
    let mut touched = world.clone();
    touch(&mut touched);
    println!("after a refresh {:?}", puts.map(|id| value(&touched, id)));
    // Whoever retires them and lists them again gives them their present value.
    let mut listed = world.clone();
    let again = puts.map(|id| {
        let retire = build::retire_series(&listed.pools[CLASSIC], id);
        listed.send(retire).ok();
        let strike = [93_000, 94_000, 95_000, 96_000][puts.iter().position(|put| *put == id).expect("a put")];
        listed.list_tenor(CLASSIC, BTC, true, strike, 1)
    });
    println!("listed again {:?}", again.map(|id| value(&listed, id)));
    let right = again.map(|id| take(&mut listed, "mallory", id));
    let before = world.cash("mallory", CLASSIC);
    let had = reserved(&world);
    // What nobody has touched since its listing is refused, whatever it was worth then; afterwards each is listed once more in front of the trade.
    let commit = world.commit_instruction("mallory", CLASSIC, &[(puts[3], TENTH)]);
    world.refused(commit, EvergreenError::RentTooLow);
    let wrong = puts.map(|id| take(&mut world, "mallory", id));
    println!("by their present value {right:?}, by that of their listing {wrong:?}");
    println!(
        "cost {:.4}, reserved {had:.3} and then {:.3} of the limit",
        tokens(before - world.cash("mallory", CLASSIC)),
        reserved(&world)
    );
    let sum = |all: [(f64, Option<u32>); 4]| all.iter().map(|(taken, _)| taken).sum::<f64>();
    assert!(sum(wrong) <= sum(right), "{wrong:?} by the value of the listing, {right:?} by the present one");
}

/// The other way round: what was listed far from the money, and is at the money now, pays more than its rent.
#[test]
fn the_last_tenth_is_open_to_what_pays_its_rent_now() {
    let mut world = world(1_000, &[("mallory", 900), ("alice", 900)]);
    world.round_trip_every = u32::MAX;
    world.checked = false;
    quiet(&mut world, 100_000.0, 4);
    let strike = 113_000;
    let call = world.list_tenor(CLASSIC, BTC, false, strike, 1);
    let mut dollars = 100_000.0;
    for _ in 0..40 {
        dollars *= 1.003;
        sampled(&mut world, dollars);
    }
    let series: Vec<_> = (0..12).map(|i| world.list_tenor(CLASSIC, BTC, i % 3 != 0, 108_000 + 1_000 * i, 30)).collect();
    fill_up(&mut world, &series, dollars, 0.91);
    // A client plans what nobody has touched for long, which it lists once more, and what nobody has listed, and the program takes both as they were quoted.
    let known = world.view(CLASSIC).registry.option(call).expect("an option");
    for option in [known, OptionId { strike: strike + 1_000, ..known }] {
        let mut world = world.clone();
        let (view, account) = (world.client_view(CLASSIC), world.account("alice", CLASSIC));
        let legs = [OptionLeg { option, points: TENTH / 10 }];
        let planner = Planner::new(&view, &PushFeeds::UPGRADED, actor("alice"));
        let plan = planner.trade_options(Some(&account), &legs).expect("a plan");
        assert_eq!(plan.instructions.len(), 2, "it is listed and committed");
        world.send_all(&plan.instructions).ok();
        let committed = world.view(CLASSIC).registry.find(&option).expect("a series");
        assert_eq!(world.account("alice", CLASSIC).commitment.opening(committed), (TENTH / 10) as u64);
    }
    // Whatever anybody may do: values all, applies all points, lists it once more.
    touch(&mut world);
    let keys = world.pools[CLASSIC];
    world.send(build::accrue_funding(&keys, world.feeds[BTC].accounts.underlying, 0..64)).ok();
    let request = SeriesSpec { put: false, strike, tenor: 86_400 };
    world.send(build::list_series(&keys, &world.feeds[BTC].accounts, request)).ok();
    let value = |world: &World, id: SeriesId| {
        f64::from(world.view(CLASSIC).registry.series[usize::from(id.slot)].time_value) * 1e4 / 2f64.powi(32)
    };
    let mut listed = world.clone();
    let retire = build::retire_series(&listed.pools[CLASSIC], call);
    listed.send(retire).ok();
    let again = listed.list_tenor(CLASSIC, BTC, false, strike, 1);
    println!(
        "reserved {:.3} of the limit; time value {:.2} bps of the strike, listed again {:.2}",
        reserved(&world),
        value(&world, call),
        value(&listed, again)
    );
    let right = listed.trade("alice", CLASSIC, &[(again, TENTH / 10)]);
    let wrong = world.trade("alice", CLASSIC, &[(call, TENTH / 10)]);
    println!("alice buys a hundredth: {:?}; listed again {:?}", wrong.failure, right.failure);
    assert_eq!(wrong.succeeded(), right.succeeded());
}
