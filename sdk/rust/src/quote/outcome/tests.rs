use super::{super::AccountQuote, *};
use crate::quote::Health;
use bytemuck::Zeroable;
use evergreen::{
    Leg,
    engine::Direction,
    state::{LAYOUT_VERSION, Listing, MarginAccount, Pool, SeriesRegistry},
};
use evergreen_math::{Ratio, Seconds, UnixTime};

/// An option of a trade: underlying, kind, strike, tenor in days, points.
type Bought = (u8, OptionKind, u64, u32, i64);

/// Returns the cap of the presets, in basis points of the strike.
fn cap_bps(kind: OptionKind, days: u32) -> u16 {
    let distance = match days {
        1 => 1_000,
        7 => 2_000,
        _ => 4_000,
    };
    if kind == OptionKind::Call { 10_000 + distance } else { 10_000 - distance }
}

fn quote(net: i64, options: &[Bought]) -> TradeQuote {
    let mut pool: Box<Pool> = Box::new(Pool::zeroed());
    (pool.version, pool.scale_exponent) = (LAYOUT_VERSION, 3);
    let mut registry: Box<SeriesRegistry> = Box::new(SeriesRegistry::zeroed());
    let legs = options.iter().map(|(underlying, kind, strike, days, points)| {
        let series = registry.list(Listing {
            underlying: *underlying,
            kind: *kind,
            strike: *strike,
            tenor: Seconds(days * Seconds::DAY.0),
            cap_bps: cap_bps(*kind, *days),
            slope: Dollars::ZERO,
            now: UnixTime(1_790_000_000),
        });
        LegQuote {
            leg: Leg { series: series.unwrap().expect("listed once"), points: *points },
            position: *points,
            premium: 0,
            mark: 0,
            spread: 0,
            fee: 0,
            notional: 0,
            sigma: Ratio::ONE,
            funding_sigma: Ratio::ONE,
            spot: Dollars::from_int(100_000),
        }
    });
    let legs = legs.collect();
    let health = Health { initial: 0, target: 0, maintenance: 0 };
    let account = AccountQuote { cash: 0, equity: 0, health, funding_per_day: 0, carry_per_day: 0 };
    TradeQuote {
        net,
        premium: net,
        fee: 0,
        bond: 0,
        settled: 0,
        legs,
        direction: Direction::Adding,
        before: account,
        after: account,
        account_after: Box::new(MarginAccount::zeroed()),
        pool_after: pool,
        registry_after: registry,
    }
}

/// Returns what an option pays at its cap, in native units rounded against its owner, and its cap in dollars.
fn pays(option: &Bought) -> (i64, i64) {
    let (_, kind, strike, days, points) = *option;
    let cap = i64::try_from(strike).unwrap() * i64::from(cap_bps(kind, days)) / 10_000;
    let payoff = (cap - i64::try_from(strike).unwrap()).abs();
    ((points * payoff).div_euclid(1_000), cap)
}

/// Finds the outcome by trying every pair of a highest and a lowest price of each underlying.
fn by_trying(net: i64, options: &[Bought]) -> TradeOutcome {
    let (mut worst, mut best) = (net, net);
    for underlying in 0..2 {
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        let caps = |kind| {
            let of = options.iter().filter(move |o| o.0 == underlying && o.1 == kind).map(|option| pays(option).1);
            std::iter::once(if kind == OptionKind::Call { 0 } else { i64::MAX }).chain(of).collect::<Vec<_>>()
        };
        for highest in caps(OptionKind::Call) {
            for lowest in caps(OptionKind::Put) {
                let touched = options.iter().filter(|option| {
                    let (_, cap) = pays(option);
                    let reached = if option.1 == OptionKind::Call { cap <= highest } else { cap >= lowest };
                    option.0 == underlying && reached
                });
                let sum: i64 = touched.map(|option| pays(option).0).sum();
                (low, high) = (low.min(sum), high.max(sum));
            }
        }
        (worst, best) = (worst + low, best + high);
    }
    TradeOutcome { worst, best, gives_up: false }
}

#[test]
fn known_strategies_have_their_known_outcomes() {
    use OptionKind::{Call, Put};
    let outcome = |net, options: &[Bought]| quote(net, options).outcome().map(|o| (o.worst, o.best)).ok();
    // A point pays a thousandth of a unit per dollar: with a cap payoff of 20,000 dollars a thousand points pay 20,000 units.
    let call = (0, Call, 100_000, 7, 1_000);
    assert_eq!(outcome(-977, &[call]), Some((-977, 19_023)));
    // Both options of a straddle can be exercised, one after the other.
    assert_eq!(outcome(-2_000, &[call, (0, Put, 100_000, 7, 1_000)]), Some((-2_000, 38_000)));
    // In a spread of calls the lower cap is reached first: the written call never pays 21,000 before the bought one pays 20,000.
    let spread = [call, (0, Call, 105_000, 7, -1_000)];
    assert_eq!(outcome(-500, &spread), Some((-1_500, 19_500)));
    // If the bought call has the longer tenor, the cap of the written one is reached first.
    let diagonal = [(0, Call, 100_000, 30, 1_000), (0, Call, 105_000, 7, -1_000)];
    assert_eq!(outcome(-500, &diagonal), Some((-21_500, 18_500)));
    // Options on two underlyings are exercised independently.
    let two = [call, (1, Call, 100_000, 7, -1_000)];
    assert_eq!(outcome(0, &two), Some((-20_000, 20_000)));
    // Equal caps are reached at the same time.
    let equal = [(0, Call, 105_000, 7, 1_000), (0, Call, 90_000, 30, -1_000)];
    assert_eq!(outcome(0, &equal), Some((-15_000, 0)));
}

#[test]
fn a_trade_on_top_of_a_position_is_told_by_itself() {
    let call = |points| (0, OptionKind::Call, 100_000, 7, points);
    let onto = |net, points, position| {
        let mut quote = quote(net, &[call(points)]);
        quote.legs[0].position = position;
        let found = quote.outcome().unwrap();
        (found.worst, found.best, found.gives_up)
    };
    // What was held before is not counted, whether it was bought or written.
    assert_eq!(onto(-977, 1_000, 1_500), (-977, 19_023, false));
    assert_eq!(onto(977, -1_000, -1_500), (-19_023, 977, false));
    // What is given up by a sale is what the position would have brought, and what is saved by buying back is what it would have cost.
    assert_eq!(onto(977, -1_000, 0), (-19_023, 977, true));
    assert_eq!(onto(-977, 1_000, 0), (-977, 19_023, true));
    assert_eq!(onto(977, -1_500, -1_000), (-29_023, 977, true));
    // Payoffs are rounded of all that is held: points of a third of a unit each pay one unit with every third of them.
    let third = |points, position| {
        let mut quote = quote(0, &[(0, OptionKind::Call, 1_665, 7, points)]);
        quote.legs[0].position = position;
        quote.outcome().unwrap().best
    };
    assert_eq!((1..=6).map(|position| third(1, position)).collect::<Vec<_>>(), [0, 0, 0, 1, 0, 0]);
}

#[test]
fn outcomes_are_those_of_trying_all_prices() {
    // The test has its own generator, so that its cases are the same on every machine.
    let mut state = 1_u64;
    let mut next = |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    for _ in 0..2_000 {
        let mut options: Vec<Bought> = Vec::new();
        for _ in 0..=next(4) {
            let kind = if next(2) == 0 { OptionKind::Call } else { OptionKind::Put };
            let (strike, days) = (90_000 + 1_000 * next(20), [1, 7, 30][next(3) as usize]);
            let points = next(2_000_000) as i64 - 1_000_000;
            let known = options.iter().any(|o| (o.1, o.2, o.3) == (kind, strike, days));
            if points != 0 && !known {
                options.push((next(2) as u8, kind, strike, days, points));
            }
        }
        let net = next(100_000_000) as i64 - 50_000_000;
        assert_eq!(quote(net, &options).outcome().unwrap(), by_trying(net, &options), "{options:?}");
    }
}

#[test]
fn short_caps_count_written_positions_alone() {
    let mut quote = quote(0, &[(0, OptionKind::Call, 100_000, 7, -3), (0, OptionKind::Put, 95_000, 7, 5)]);
    assert_eq!(quote.short_caps().unwrap(), Native::ZERO, "the account has no position yet");
    for (place, leg) in quote.legs.iter().enumerate() {
        let position = &mut quote.account_after.positions[place];
        (position.points, position.slot, position.generation) =
            (leg.leg.points, leg.leg.series.slot, leg.leg.series.generation);
    }
    // Three written points pay 60 units at most; the bought put is not counted.
    assert_eq!(quote.short_caps().unwrap(), Native(60));
}
