use super::*;
use bytemuck::Zeroable;
use evergreen_math::Seconds;

const DAY: u32 = Seconds::DAY.0;
const WEEK: ContractTerms = ContractTerms { underlying: 0, tenor: Seconds(7 * DAY) };
const NOW: UnixTime = UnixTime(1_790_000_000);

fn underlying() -> Underlying {
    let mut underlying = Underlying::zeroed();
    underlying.params = crate::presets::btc(crate::presets::PYTH_RECEIVER).params;
    underlying
}

fn points(strategy: &Strategy) -> Vec<(OptionKind, u64, i64)> {
    strategy.legs.iter().map(|leg| (leg.contract.kind, leg.contract.strike, leg.points.0)).collect()
}

#[test]
fn each_strategy_has_its_legs() {
    use OptionKind::{Call, Put};
    let size = Points(100);
    let straddle = Strategy::straddle(WEEK, 100_000, size).unwrap();
    assert_eq!(points(&straddle), [(Call, 100_000, 100), (Put, 100_000, 100)]);
    assert_eq!(points(&straddle.reversed().unwrap()), [(Call, 100_000, -100), (Put, 100_000, -100)]);
    let strangle = Strategy::strangle(WEEK, 90_000, 110_000, size).unwrap();
    assert_eq!(points(&strangle), [(Put, 90_000, 100), (Call, 110_000, 100)]);
    let vertical = Strategy::vertical(WEEK, Call, 100_000, 110_000, size).unwrap();
    assert_eq!(points(&vertical), [(Call, 100_000, 100), (Call, 110_000, -100)]);
    let collar = Strategy::collar(WEEK, 90_000, 110_000, size).unwrap();
    assert_eq!(points(&collar), [(Put, 90_000, 100), (Call, 110_000, -100)]);
    let write = Strategy::covered_write(WEEK, Call, 110_000, size).unwrap();
    assert_eq!(points(&write), [(Call, 110_000, -100)]);
}

#[test]
fn sizes_and_strikes_that_make_no_strategy_are_refused() {
    let size = Points(100);
    assert_eq!(Strategy::straddle(WEEK, 1, Points(0)), Err(StrategyError::Size));
    assert_eq!(Strategy::covered_write(WEEK, OptionKind::Put, 1, Points(-1)), Err(StrategyError::Size));
    let strikes = Err(StrategyError::Strikes { lower: 5, upper: 5 });
    assert_eq!(Strategy::collar(WEEK, 5, 5, size), strikes);
    assert_eq!(Strategy::vertical(WEEK, OptionKind::Put, 5, 5, size), strikes);
    assert_eq!(Strategy::strangle(WEEK, 6, 5, size), Err(StrategyError::Strikes { lower: 6, upper: 5 }));
}

#[test]
fn missing_series_get_the_slots_that_a_listing_gives_them() {
    let btc = underlying();
    let strategy = Strategy::straddle(WEEK, 100_000, Points(100)).unwrap();
    let empty = SeriesRegistry::zeroed();
    let first = strategy.resolve(&empty, &[&btc], NOW).unwrap();
    assert_eq!(first.missing.len(), 2);
    let ids: Vec<_> = first.legs.iter().map(|leg| (leg.series.slot, leg.series.generation)).collect();
    assert_eq!(ids, [(0, 1), (1, 1)]);
    // With both listed nothing is missing, and the series have the ids that were predicted.
    let again = strategy.resolve(&first.registry, &[&btc], NOW).unwrap();
    assert!(again.missing.is_empty());
    assert_eq!(again.legs, first.legs);
    // A freed slot has another generation.
    let mut freed = first.registry.clone();
    freed.series[0].free();
    let third = strategy.resolve(&freed, &[&btc], NOW).unwrap();
    assert_eq!((third.missing.len(), third.legs[0].series.generation), (1, 2));
}

#[test]
fn a_full_registry_an_unknown_tenor_and_an_unknown_underlying_are_refused() {
    let btc = underlying();
    let mut full = SeriesRegistry::zeroed();
    for series in &mut full.series {
        series.status = 1;
    }
    let strategy = Strategy::straddle(WEEK, 100_000, Points(100)).unwrap();
    assert_eq!(strategy.resolve(&full, &[&btc], NOW).err(), Some(StrategyError::RegistryFull));
    let odd = ContractTerms { underlying: 0, tenor: Seconds(3 * DAY) };
    let strategy = Strategy::straddle(odd, 100_000, Points(100)).unwrap();
    assert_eq!(strategy.resolve(&SeriesRegistry::zeroed(), &[&btc], NOW).err(), Some(StrategyError::Tenor));
    let elsewhere = ContractTerms { underlying: 1, ..WEEK };
    let strategy = Strategy::straddle(elsewhere, 100_000, Points(100)).unwrap();
    assert_eq!(strategy.resolve(&SeriesRegistry::zeroed(), &[&btc], NOW).err(), Some(StrategyError::UnknownUnderlying));
}

#[test]
fn rolling_closes_a_position_and_opens_one_of_the_same_size() {
    let btc = underlying();
    let listed =
        Strategy::straddle(WEEK, 100_000, Points(1)).unwrap().resolve(&SeriesRegistry::zeroed(), &[&btc], NOW).unwrap();
    let held = listed.legs[0].series;
    let to = Contract { terms: WEEK, kind: OptionKind::Call, strike: 110_000 };
    let roll = Strategy::roll(&listed.registry, (held, Points(-70)), to).unwrap();
    assert_eq!(points(&roll), [(OptionKind::Call, 100_000, 70), (OptionKind::Call, 110_000, -70)]);
    assert_eq!(Strategy::roll(&listed.registry, (held, Points(0)), to), Err(StrategyError::NothingHeld));
    let same = Contract { terms: WEEK, kind: OptionKind::Call, strike: 100_000 };
    assert_eq!(Strategy::roll(&listed.registry, (held, Points(1)), same), Err(StrategyError::SameContract));
    let gone = SeriesId { slot: 9, generation: 1 };
    assert_eq!(Strategy::roll(&listed.registry, (gone, Points(1)), to), Err(StrategyError::UnknownSeries));
}

#[test]
fn short_caps_are_the_cap_payoffs_of_written_options_alone() {
    let btc = underlying();
    let scale = PointScale::new(3).unwrap();
    // The cap of a 7-day call is 120 % of its strike.
    let write = Strategy::covered_write(WEEK, OptionKind::Call, 100_000, Points(33_333_333)).unwrap();
    assert_eq!(write.short_caps(&[&btc], scale), Ok(Native(666_666_660)));
    let bought = Strategy::straddle(WEEK, 100_000, Points(33_333_333)).unwrap();
    assert_eq!(bought.short_caps(&[&btc], scale), Ok(Native(0)));
}

#[test]
fn a_contract_is_found_in_the_registry_and_an_old_generation_is_not() {
    let view = crate::testing::scene::Scene::new(1, 0).unwrap();
    let (registry, series) = (&view.view.registry, view.series[3]);
    let contract = Contract::of(registry, series).unwrap();
    assert_eq!(contract.find(registry), Some(series));
    let request = contract.request();
    assert_eq!((request.strike, request.tenor), (contract.strike, contract.terms.tenor.0));
    assert_eq!(Contract::of(registry, SeriesId { generation: series.generation + 1, ..series }), None);
}

#[test]
fn a_reversed_straddle_writes_both_options() {
    let short = Strategy::straddle(WEEK, 100_000, Points(1_000)).unwrap().reversed().unwrap();
    assert_eq!(points(&short), [(OptionKind::Call, 100_000, -1_000), (OptionKind::Put, 100_000, -1_000)]);
}

#[test]
fn the_cap_follows_from_the_tenor() {
    let underlying = underlying();
    let call = |days: u32| Contract {
        terms: ContractTerms { underlying: 0, tenor: Seconds(days * DAY) },
        kind: OptionKind::Call,
        strike: 100_000,
    };
    assert_eq!(call(30).cap_ratio(&underlying), Ok(evergreen_math::BasisPoints(14_000).to_ratio()));
    assert_eq!(call(14).cap_ratio(&underlying), Err(StrategyError::Tenor));
    // The cap payoff is two fifths of the strike.
    assert_eq!(call(30).cap_payoff(&underlying), Ok(evergreen_math::Dollars::from_int(40_000)));
}

#[test]
fn an_option_of_every_preset_is_found_by_its_name() {
    let underlyings = crate::presets::Asset::ALL.map(|asset| {
        let mut underlying = Underlying::zeroed();
        underlying.params = asset.config(crate::presets::PYTH_RECEIVER).params;
        underlying
    });
    let mut registry = SeriesRegistry::zeroed();
    for (place, underlying) in (0..).zip(&underlyings) {
        for tenor in underlying.params.tenors.iter().filter(|tenor| tenor.seconds > 0) {
            let terms = ContractTerms { underlying: place, tenor: Seconds(tenor.seconds) };
            for (kind, cap_bps) in [(OptionKind::Call, tenor.call_cap_bps), (OptionKind::Put, tenor.put_cap_bps)] {
                let contract = Contract { terms, kind, strike: 4_000 };
                let listing = contract.listing(underlying, NOW).unwrap();
                let series = registry.list(listing).unwrap().expect("it is not listed yet");

                // TEST
                let option = registry.option(series).unwrap();
                assert_eq!((option.underlying, option.put), (place, kind == OptionKind::Put));
                assert_eq!((option.strike, option.tenor, option.cap_bps), (4_000, tenor.seconds, cap_bps));
                assert_eq!(registry.find(&option), Ok(series));
                // Who lists it a second time changes nothing.
                assert_eq!(registry.list(contract.listing(underlying, NOW).unwrap()), Ok(None));
                // With another cap it is another option.
                let other = evergreen::state::OptionId { cap_bps: cap_bps + 1, ..option };
                assert_eq!(registry.find(&other), Err(EvergreenError::OptionNotListed.into()));
            }
        }
    }
    // Every cap that parameters may name is told from its neighbours.
    for cap_bps in (1..=u16::MAX).filter(|bps| *bps != 10_000) {
        registry.series[0].cap_bps = cap_bps;
        let first = SeriesId { slot: 0, generation: 1 };
        assert_eq!(registry.option(first).map(|option| option.cap_bps), Ok(cap_bps));
    }
}
