use super::OpenNotice;
use crate::{quote::PoolView, testing::scene::Scene};
use evergreen::{
    engine::{Execution, PoolEngine},
    oracle::PriceUse,
    state::{Leg, MAX_POSITIONS, MarginAccount, NoticeCause, Notices, Position, SeriesId, SeriesStatus, Underlying},
};
use evergreen_math::{Dollars, NativeDelta, UnixTime, funding::SeriesFunding};

#[test]
fn series_at_their_cap_are_found_at_certain_prices() {
    let mut scene = Scene::new(1, 0).unwrap();
    assert_eq!(scene.view.exercisable(), []);
    // The price is beyond 1.2 times 86,000 and short of 1.2 times 90,000; the puts are far from their caps.
    scene.set_price(0, 103_300, 1).unwrap();
    let found = scene.view.exercisable();
    assert_eq!(found.len(), 1);
    let series = scene.view.registry.series(found[0]).unwrap();
    assert_eq!((series.strike, series.kind, series.tenor), (86_000, 0, 7 * 86_400));
    // The lower end of a wide band is below the cap.
    scene.set_price(0, 103_300, 60).unwrap();
    assert_eq!(scene.view.exercisable(), []);
    scene.view.markets[0].price = None;
    assert_eq!(scene.view.exercisable(), []);
}

#[test]
fn notices_are_given_of_series_that_pay_least_only_at_capacity() {
    let mut scene = Scene::new(2, 0).unwrap();
    scene.set_price(0, 75_000, 1).unwrap();
    // Reserves are at their limit, and a slot is free.
    scene.view.pool.reserved_collateral = scene.view.pool.pool_cash.unsigned_abs();
    let last = scene.view.registry.series[63];
    scene.view.registry.series[63].free();
    // All pay a lot, but three.
    for (place, series) in scene.view.registry.series.iter_mut().enumerate() {
        // Time value counts, whatever carry is paid beside it: an eighth of the strike, or nothing.
        let (rate, touched) = (Dollars::from_int(10_000), scene.view.now);
        series.set_funding(SeriesFunding { rate, touched: UnixTime(touched), ..series.funding() });
        series.time_value = if (1..4).contains(&place) { 0 } else { u32::MAX / 8 };
        series.short_points = series.short_points.min(series.long_points);
    }
    let named = scene.series.clone();
    let for_place = |cause| [1, 2, 3].map(|slot: usize| (named[slot], cause));
    let due = for_place(NoticeCause::Capital);
    assert_eq!(scene.view.notices_to_give(), due);
    for market in &mut scene.view.markets {
        market.price = None;
    }
    assert_eq!(scene.view.notices_to_give(), due, "no price is needed");
    // With free collateral and a free slot the pool is not at capacity.
    scene.view.pool.reserved_collateral = 1;
    assert_eq!(scene.view.notices_to_give(), []);
    // Collateral is free, but all slots are taken: the series gives way that pays least.
    scene.view.registry.series[63] = last;
    let due = for_place(NoticeCause::Slot);
    assert_eq!(scene.view.notices_to_give(), due);
    // Of one that runs none is given anew, and it is open when its moment is over.
    let params = scene.view.pool.params;
    let (id, cause) = due[0];
    let moment = scene.view.registry.give_notice(id, cause, scene.view.now, &params).unwrap();
    assert_eq!((scene.view.notices_to_give(), scene.view.notices()), (due[1..].to_vec(), vec![]));
    scene.view.now = moment + 1;
    assert_eq!(scene.view.notices(), [OpenNotice { series: id, cause, moment }]);
    scene.view.now = moment + Notices::window(&params) + 1;
    assert_eq!(scene.view.notices(), []);
}

#[test]
fn excess_written_points_and_unused_series_are_found() {
    let mut scene = Scene::new(3, 0).unwrap();
    assert_eq!((scene.view.excess_short(), scene.view.retirable()), (vec![], vec![]));
    let (a, b, c) = (scene.series[3], scene.series[10], scene.series[63]);
    scene.view.registry.series[3].short_points += 17;
    scene.view.registry.series[10].long_points += 17;
    scene.view.registry.series[63].long_points = 0;
    scene.view.registry.series[63].short_points = 0;
    assert_eq!(scene.view.excess_short(), [(a, 17)]);
    assert_eq!(scene.view.retirable(), [c]);
    scene.view.registry.series_mut(b).unwrap().free();
    assert_eq!(scene.view.retirable(), [c], "a free slot is not retired again");
}

#[test]
fn silences_are_reported_after_a_day_and_series_ended_a_week_later() {
    let mut scene = Scene::new(3, 0).unwrap();
    let now = scene.view.now;
    for market in &mut scene.view.markets {
        market.price = None;
        market.underlying.sample_time = now;
    }
    assert_eq!((scene.view.silences_to_report(), scene.view.endable()), (vec![], vec![]));
    scene.view.now = now + Underlying::SILENT_AFTER;
    assert_eq!(scene.view.silences_to_report(), [0, 1]);
    scene.view.markets[1].underlying.report_silence(scene.view.now).unwrap();
    assert_eq!((scene.view.silences_to_report(), scene.view.endable()), (vec![0], vec![]));
    scene.view.now += Underlying::NOTICE;
    let ended = scene.view.endable();
    assert_eq!(ended.len(), 32, "all series of one underlying");
    let of = |id| scene.view.registry.series(id).unwrap().underlying;
    assert!(ended.iter().all(|id| of(*id) == 1));
    // An exercised one is over already.
    scene.view.registry.series[usize::from(ended[0].slot)].status = SeriesStatus::Exercised as u8;
    assert_eq!(scene.view.endable(), ended[1..]);
}

/// What selling all of a bought option brings by itself, and what it is worth at the mark; `None` where the program refuses to sell it for cash, whatever else there is.
fn sale(view: &PoolView, account: &MarginAccount, id: SeriesId) -> Option<(i64, i64)> {
    let places = view.priced(account).unwrap();
    let single = |engine: &mut PoolEngine<'_>, settled: &mut MarginAccount| {
        let held = settled.positions[settled.find(id).unwrap()].points;
        let all = Leg { series: id, points: -held };
        let (bid, owed) = (engine.proceeds(&all)?.0.max(0), -settled.cash);
        let mut alone = [Position::default(); MAX_POSITIONS];
        alone[0] = settled.positions[settled.find(id).unwrap()];
        let mark = engine.equity(NativeDelta::ZERO, &alone)?.0;
        let part = i128::from(held) * i128::from(owed);
        let points = if bid <= owed { held } else { ((part + i128::from(bid) - 1) / i128::from(bid)) as i64 };
        let leg = Leg { series: id, points: -points };
        let is_sold = owed > 0 && engine.force_close(settled, &[&[leg]], Execution::Forced).is_ok();
        Ok(is_sold.then_some((bid, mark)))
    };
    view.on_account(PriceUse::ForcedClose, &places, account, single).unwrap().0
}

#[test]
fn for_cash_what_loses_least_is_sold_of_what_can_be_sold() {
    let (mut choices, mut refused, mut unsellable) = (0, 0, 0);
    for seed in 1..=24 {
        let mut scene = Scene::new(seed, 0).unwrap();
        let (btc, eth) = (94_000 + scene.below(12_000), 3_700 + scene.below(600));
        scene.set_price(0, btc, 1).unwrap();
        scene.set_price(1, eth, 1).unwrap();
        for _ in 0..12 {
            let positions = 2 + scene.below(8) as usize;
            let mut account = scene.account(positions);
            account.cash = -1 - scene.below(2_000_000_000);
            let view = &scene.view;
            let bought = account.positions.iter().filter(|p| p.points > 0).map(Position::series);
            let bought: Vec<_> = bought.collect();
            let sales: Vec<_> = bought.iter().filter_map(|id| Some((*id, sale(view, &account, *id)?))).collect();
            unsellable += bought.len() - sales.len();
            let closable = view.closable_for_cash(&account).unwrap();
            let part = |(bid, mark): (i64, i64)| bid as f64 / (mark.max(1)) as f64;
            let best = sales.iter().map(|(_, sale)| part(*sale)).fold(0.0, f64::max);
            assert_eq!(closable.is_empty(), sales.is_empty(), "{sales:?}");
            for (id, sale) in &sales {
                // What is worth next to nothing is rounded.
                if sale.1 < 1_000 {
                    continue;
                }
                let is_sold = closable.contains(id);
                assert!(is_sold || part(*sale) < 0.951 * best, "{sale:?} is refused, the best is {best}");
                assert!(!is_sold || part(*sale) > 0.949 * best, "{sale:?} is sold, the best is {best}");
                refused += u32::from(!is_sold);
            }
            choices += closable.len();
        }
    }
    println!("{choices} sold, {refused} refused for a better one, {unsellable} refused by health");
    assert!(choices > 100 && refused > 20 && unsellable > 20, "{choices} {refused} {unsellable}");
}
