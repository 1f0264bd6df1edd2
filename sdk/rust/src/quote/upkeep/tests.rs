use super::OpenNotice;
use crate::{quote::PoolView, testing::scene::Scene};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    engine::{Execution, PoolEngine},
    oracle::{PriceUse, Publication},
    state::{Leg, MAX_POSITIONS, MarginAccount, NoticeCause, Notices, Position, SeriesId, SeriesStatus, Underlying},
};
use evergreen_math::{Dollars, NativeDelta, Rounding, UnixTime, funding::SeriesFunding};

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
        let is_sold =
            owed > 0 && engine.force_close((settled, &Pubkey::default()), &[&[leg]], Execution::Forced).is_ok();
        Ok(is_sold.then_some((bid, mark)))
    };
    view.on_account_of_others((Publication::Recent, PriceUse::ForcedClose), &places, account, single).unwrap().0
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

/// What a series pays of its rent for capital, and what it frees, by another way than the program's: natives paid and due a day, and its reserve.
#[derive(Clone, Copy)]
struct Rented {
    id: SeriesId,
    paid: u128,
    due: u128,
    reserve: u128,
    /// It is live and somebody has a position.
    gives_way: bool,
    /// Somebody has valued it within a day.
    is_fresh: bool,
}

fn rented(view: &PoolView) -> Vec<Rented> {
    let scale = view.pool.scale().unwrap();
    let of = |id: SeriesId| {
        let series = view.registry.series(id).unwrap();
        let payoff = series.terms().unwrap().cap_payoff().unwrap();
        let reserve = u128::from(series.reserve(payoff, scale).unwrap().0);
        let value = scale.native(series.long(), series.time_value().unwrap(), Rounding::Floor).unwrap();
        let paid = u128::from(value.positive_part().0) * 86_400 / u128::from(series.tenor);
        let gives_way = series.status() == SeriesStatus::Live && series.has_interest();
        let is_fresh = view.now - i64::from(series.measured) <= 86_400;
        Rented { id, paid, due: reserve / 1_000, reserve, gives_way, is_fresh }
    };
    view.registry.ids().map(of).collect()
}

/// Capital that is missing: what is reserved down to the first unit below nine tenths of the limit.
fn missing(view: &PoolView) -> u128 {
    let pool = &view.pool;
    let limit = u128::from(pool.pool_cash.unsigned_abs()) * u128::from(pool.params.reserve_limit_bps) / 10_000;
    let from = (limit * 9_000).div_ceil(10_000);
    (u128::from(pool.reserved_collateral) + 1).saturating_sub(from)
}

/// The series that should be noticed: in the order of the part of the rent that they pay, until those before free what is missing.
fn noticed_by_order(view: &PoolView) -> Vec<SeriesId> {
    let (mut all, missing) = (rented(view), missing(view));
    all.retain(|one| one.gives_way && one.due > 0);
    all.sort_by(|a, b| (a.paid * b.due).cmp(&(b.paid * a.due)));
    let (mut noticed, mut freed, mut of_equals) = (Vec::new(), 0, 0);
    let mut before: Option<Rented> = None;
    for one in all {
        if before.is_some_and(|before| before.paid * one.due != one.paid * before.due) {
            freed += of_equals;
            of_equals = 0;
        }
        if freed < missing && one.paid < one.due {
            noticed.push(one.id);
        }
        of_equals += if one.is_fresh { one.reserve } else { 0 };
        before = Some(one);
    }
    noticed.sort_by_key(|id| id.slot);
    noticed
}

fn noticed(view: &PoolView) -> Vec<SeriesId> {
    let capital = view.notices_to_give().into_iter().filter(|(_, cause)| *cause == NoticeCause::Capital);
    capital.map(|(id, _)| id).collect()
}

/// Makes the series of a slot one of so many points whose holders pay such a part of the rent, in 64ths.
fn rent_out(scene: &mut Scene, slot: usize, points: i64, part: i64) {
    let now = u32::try_from(scene.view.now).unwrap();
    let series = &mut scene.view.registry.series[slot];
    let rate = Dollars::from_int(10_000);
    series.set_funding(SeriesFunding { rate, touched: UnixTime(now.into()), ..series.funding() });
    (series.long_points, series.short_points, series.measured) = (points, points / 2, now);
    // The rent is a thousandth of the cap payoff a day.
    let of_day = (u64::from(series.cap_bps) << 32) / 10_000 / 1_000;
    series.time_value = u32::try_from(of_day * u64::from(series.tenor) / 86_400 * part.unsigned_abs() / 64).unwrap();
}

/// Whatever the registry, notice can be given to those that pay too little, in the order of the part of the rent that they pay, until those before free what is missing; and nothing that comes
/// before others by paying less, however much it reserves, delays theirs.
#[test]
fn notices_of_capital_go_on_until_what_is_missing_is_freed() {
    let (mut sizes, mut shielded, mut delayed) = ([0; 4], 0, 0);
    for seed in 1..=300 {
        let mut scene = Scene::new(seed, 0).unwrap();
        for slot in 0..64 {
            let (points, part) = (10i64.pow(3 + scene.below(8) as u32) * (1 + scene.below(9)), scene.below(96));
            rent_out(&mut scene, slot, points, part);
            let (kind, hours) = (scene.below(16), scene.below(30));
            let series = &mut scene.view.registry.series[slot];
            series.measured -= u32::try_from(hours).unwrap() * 3_600;
            match kind {
                0 => series.status = SeriesStatus::Exercised as u8,
                1..=3 => series.free(),
                4 => (series.long_points, series.short_points) = (0, 0),
                _ => {}
            }
        }
        let reserves = rented(&scene.view).iter().map(|one| one.reserve).sum::<u128>();
        scene.view.pool.reserved_collateral = u64::try_from(reserves).unwrap();
        // From three quarters of the limit to all of it, and beyond.
        let limit = reserves * 1_000 / u128::try_from(750 + scene.below(300)).unwrap();
        scene.view.pool.pool_cash = i64::try_from(limit * 10_000 / 8_000).unwrap();
        let found = noticed(&scene.view);
        assert_eq!(found, noticed_by_order(&scene.view), "seed {seed}");
        sizes[found.len().min(3)] += 1;
        if missing(&scene.view) == 0 {
            continue;
        }
        // Others come that pay nothing: crumbs, or as much as is missing and more.
        let free = (0..64).filter(|slot| scene.view.registry.series[*slot].status() == SeriesStatus::Free);
        let free: Vec<_> = free.collect();
        for slot in free {
            let like = scene.view.registry.series[(slot + 1) % 64];
            if like.status() != SeriesStatus::Live {
                continue;
            }
            scene.view.registry.series[slot] = evergreen::state::Series { generation: 9, ..like };
            let points = if seed % 2 == 0 { 1_000 } else { 10i64.pow(6 + scene.below(5) as u32) };
            rent_out(&mut scene, slot, points, 0);
            let id = SeriesId { slot: u8::try_from(slot).unwrap(), generation: 9 };
            let reserve = rented(&scene.view).iter().find(|one| one.id == id).unwrap().reserve;
            scene.view.pool.reserved_collateral += u64::try_from(reserve).unwrap();
            let then = noticed(&scene.view);
            delayed += found.iter().filter(|id| !then.contains(id)).count();
            assert_eq!(then, noticed_by_order(&scene.view), "seed {seed}");
            shielded += 1;
        }
    }
    println!("{sizes:?} of none, one, two and more; {shielded} came before, {delayed} notices were delayed");
    assert_eq!(delayed, 0);
    assert!(sizes.iter().all(|count| *count > 5) && shielded > 300, "{sizes:?} {shielded}");
}
