use super::*;
use crate::{price::PushFeeds, strategy::ContractTerms, strategy::Part, testing::scene::Scene};
use evergreen::state::Pool;
use evergreen_math::{Points, Seconds, option::OptionKind};
use evergreen_test_network::TOKEN;

const WEEK: ContractTerms = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };

/// A pool of its own on the mint of all scenes, or with `mint` on another one.
fn scene(name: u8, mint: Option<u8>) -> Scene {
    let mut scene = Scene::new(1, 0).unwrap();
    scene.view.keys.pool = Pubkey::new_from_array([name; 32]);
    // Options can be written only against bought ones.
    scene.view.registry.series.iter_mut().for_each(|series| series.long_points += 1_000_000_000);
    if let Some(mint) = mint {
        scene.view.keys.mint = Pubkey::new_from_array([mint; 32]);
    }
    scene
}

fn leg(strike: u64, points: i64) -> Strategy {
    let contract = Contract { terms: WEEK, kind: OptionKind::Call, strike };
    Strategy { legs: vec![Part { contract, points: Points(points) }] }
}

fn buy() -> Strategy {
    leg(98_000, 10_000_000)
}

fn candidate<'a>(scene: &'a Scene, account: Option<&'a MarginAccount>, strategy: Strategy) -> Candidate<'a> {
    let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, Pubkey::default());
    Candidate {
        is_verified: true,
        token_price: Some(Decimal::from(300)),
        wallet: 1_000 * TOKEN,
        ..Candidate::new(planner, account, strategy)
    }
}

fn compare(candidates: &[Candidate<'_>]) -> Offers {
    Offers::compare(candidates, Ranking::default())
}

fn names(offers: &Offers) -> Vec<u8> {
    offers.offers.iter().map(|offer| offer.pool.to_bytes()[0]).collect()
}

/// An account of a scene's pool with this cash and a position in the first leg of [`buy`].
fn account(scene: &mut Scene, cash: i64, points: i64) -> Box<MarginAccount> {
    let mut account = Box::new(scene.account(0));
    // Its owner is another key than the planner's: a page quotes before it knows a wallet.
    (account.pool, account.cash) = (scene.view.keys.pool, cash);
    if points != 0 {
        let id = buy().legs[0].contract.find(&scene.view.registry).unwrap();
        let index = scene.view.registry.series(id).unwrap().funding_index.get();
        account.store(0, id, Points(points), evergreen_math::funding::FundingIndex(index));
    }
    account
}

fn cause(out: &Excluded) -> String {
    match &out.why {
        Out::NotVerified => "NotVerified".into(),
        Out::Refused(PlanError::Quote(QuoteError::Refused(refusal))) => match &refusal.cause {
            crate::failure::Cause::Evergreen { name, .. } => name.clone(),
            other => format!("{other:?}"),
        },
        Out::Refused(error) => error.to_string(),
    }
}

#[test]
fn the_cheapest_comes_first_whoever_is_asked_first() {
    let mut pools = [scene(2, None), scene(3, None), scene(4, None)];
    for (pool, fee) in pools.iter_mut().zip([9, 5, 7]) {
        pool.view.pool.params.fee_open_bps = fee;
    }
    for turn in 0..3 {
        let mut asked: Vec<_> = pools.iter().map(|pool| candidate(pool, None, buy())).collect();
        asked.rotate_left(turn);
        let offers = compare(&asked);
        assert_eq!(names(&offers), [3, 4, 2]);
        assert_eq!(offers.best().unwrap().pool.to_bytes()[0], 3);
        assert_eq!(asked[offers.best().unwrap().place].planner.view.keys.pool.to_bytes()[0], 3);
        let nets: Vec<i64> = offers.offers.iter().map(|offer| offer.quote.net).collect();
        assert!(nets.is_sorted_by(|a, b| a > b), "{nets:?}");
    }
}

#[test]
fn nobody_chooses_a_pool_that_is_not_verified() {
    let (mut cheap, dear) = (scene(2, None), scene(3, None));
    cheap.view.pool.params.fee_open_bps = 0;
    let held = account(&mut cheap, 1_000_000_000, -5_000_000);
    let stranger = Candidate { is_verified: false, ..candidate(&cheap, None, buy()) };
    let offers = compare(&[stranger.clone(), candidate(&dear, None, buy())]);
    assert_eq!((names(&offers), offers.best().unwrap().pool.to_bytes()[0]), (vec![3], 3));
    assert_eq!(offers.out.iter().map(cause).collect::<Vec<_>>(), ["NotVerified"]);
    // Alone it is not chosen either, nor because something is held there: that is for the trader to say, and nothing is opened elsewhere meanwhile.
    assert_eq!(compare(std::slice::from_ref(&stranger)).best().err(), Some(NoChoice::Nowhere));
    let held = Candidate { account: Some(&held), ..stranger };
    let offers = compare(&[held, candidate(&dear, None, buy())]);
    assert_eq!((names(&offers), offers.best().err()), (vec![3], Some(NoChoice::HeldElsewhere(cheap.view.keys.pool))));
}

#[test]
fn each_pool_that_is_out_says_why() {
    let mut pools: Vec<Scene> = (2..9).map(|name| scene(name, None)).collect();
    pools[0].view.pool.flags |= Pool::HALTED;
    pools[1].view.pool.flags |= Pool::DISTRESSED;
    pools[2].view.pool.params.max_series_points = 1;
    pools[3].view.markets[0].price = None;
    // An option that is not listed there, of a pool that lists puts alone, and of one that lists days alone.
    for (pool, kinds, hours) in [(4, 2, 720), (5, 3, 24)] {
        let params = &mut pools[pool].view.pool.params;
        (params.kinds, params.max_tenor_hours) = (kinds, hours);
    }
    for pool in &mut pools {
        pool.view.registry.series[40..].fill(bytemuck::Zeroable::zeroed());
    }
    let asked: Vec<_> = pools
        .iter()
        .enumerate()
        .map(|(place, pool)| {
            candidate(pool, None, if (4..6).contains(&place) { leg(101_000, 1_000_000) } else { buy() })
        })
        .collect();
    let offers = compare(&asked);
    assert_eq!(names(&offers), [8]);
    let why: Vec<String> = offers.out.iter().map(cause).collect();
    let missing = format!("the price of underlying {} is missing", pools[3].view.markets[0].feed.underlying);
    assert_eq!(
        why,
        ["PoolHalted", "PoolDistressed", "SeriesSizeLimit", missing.as_str(), "NotOffered", "NotOffered"]
            .map(str::to_owned)
    );
    assert_eq!(offers.out.iter().map(|out| out.place).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_is_held_is_closed_where_it_is_held() {
    let (mut cheap, mut dear) = (scene(2, None), scene(3, None));
    dear.view.pool.params.fee_close_bps = 40;
    let sale = leg(98_000, -10_000_000);
    let held = account(&mut dear, 1_000_000_000, 30_000_000);
    let rich = account(&mut cheap, 1_000_000_000_000, 0);
    // In the other pool the same sale would write an option.
    let asked = [candidate(&cheap, Some(&rich), sale.clone()), candidate(&dear, Some(&held), sale.clone())];
    let offers = compare(&asked);
    let best = offers.best().unwrap();
    assert!(best.pool.to_bytes()[0] == 3 && best.reduces && best.missing == 0);
    // More of it is bought wherever it is cheapest.
    assert_eq!(compare(&[candidate(&cheap, None, buy()), candidate(&dear, Some(&held), buy())]).holders, []);
    // Held in both it is for the trader to say.
    let both = account(&mut cheap, 1_000_000_000, 30_000_000);
    let asked = [candidate(&cheap, Some(&both), sale.clone()), candidate(&dear, Some(&held), sale.clone())];
    let pools = [2, 3].map(|name| Pubkey::new_from_array([name; 32])).to_vec();
    assert_eq!(compare(&asked).best().err(), Some(NoChoice::HeldInSeveral(pools)));
    // Where it cannot be closed now, it is not written elsewhere.
    dear.view.markets[0].price = None;
    let asked = [candidate(&cheap, Some(&rich), sale.clone()), candidate(&dear, Some(&held), sale)];
    assert_eq!(compare(&asked).best().err(), Some(NoChoice::HeldElsewhere(dear.view.keys.pool)));
    assert!(compare(&asked).out[0].holds);
}

#[test]
fn what_is_missing_is_the_least_that_has_to_be_paid_in() {
    let mut pool = scene(2, None);
    for wanted in [buy(), leg(98_000, -10_000_000)] {
        for cash in [0, 1_000, 40_000_000] {
            let account = account(&mut pool, cash, 0);
            let asked = candidate(&pool, Some(&account), wanted.clone());
            let offers = compare(std::slice::from_ref(&asked));
            let offer = &offers.offers[0];
            assert!(offer.missing > 0 && offer.is_ready, "{} of {cash}", offer.missing);
            assert!(asked.plan(offer.missing).is_ok(), "so much is enough");
            assert!(matches!(asked.plan(offer.missing - 1), Err(PlanError::Quote(QuoteError::Refused(_)))));
            // Whoever does not have it is told what it is, and is not chosen for.
            let poor = Candidate { wallet: offer.missing - 1, ..asked.clone() };
            let offers = compare(&[poor]);
            assert_eq!((offers.offers[0].missing, offers.offers[0].is_ready), (offer.missing, false));
            assert_eq!(offers.best().err(), Some(NoChoice::Nowhere));
        }
    }
}

#[test]
fn different_tokens_are_compared_in_dollars_or_not_at_all() {
    let (mut here, mut there) = (scene(2, Some(20)), scene(3, Some(30)));
    let rich = [account(&mut here, 1_000_000_000_000, 0), account(&mut there, 1_000_000_000_000, 0)];
    // A token there is worth a third, and the same number of points is a third of the coins.
    let dear = candidate(&here, Some(&rich[0]), buy());
    let cheap = Candidate { token_price: Some(Decimal::from(100)), ..candidate(&there, Some(&rich[1]), buy()) };
    let offers = compare(&[dear.clone(), cheap.clone()]);
    assert_eq!((names(&offers), offers.best().unwrap().pool.to_bytes()[0]), (vec![3, 2], 3));
    let pools = |names: [u8; 2]| names.map(|name| Pubkey::new_from_array([name; 32])).to_vec();
    let unknown = Candidate { token_price: None, ..cheap };
    assert_eq!(compare(&[unknown, dear.clone()]).best().err(), Some(NoChoice::NotComparable(pools([2, 3]))));
    // Without cash in either, which token pays is for the trader to say.
    let asked = [candidate(&here, None, buy()), candidate(&there, None, buy())];
    assert!(matches!(compare(&asked).best().err(), Some(NoChoice::WhichToken(pools)) if pools.len() == 2));
    // With cash in one nothing has to be paid, though the other one is cheaper.
    let cheap = Candidate { token_price: Some(Decimal::from(100)), ..candidate(&there, None, buy()) };
    let offers = compare(&[dear, cheap]);
    assert_eq!((names(&offers), offers.best().unwrap().pool.to_bytes()[0]), (vec![3, 2], 2));
}

/// The cheaper one to open is the dearer one to hold.
#[test]
fn what_it_costs_to_hold_counts() {
    let (mut dear, mut cheap) = (scene(2, None), scene(3, None));
    cheap.view.pool.params.fee_open_bps -= 1;
    // Its holders of long delta pay half of it a year.
    for carry in cheap.view.pool.underlyings.iter_mut().map(|listed| &mut listed.carry) {
        (carry.rates, carry.touched) = ([500_000; 8], Scene::NOW);
    }
    dear.view.pool.params.fee_open_bps += 1;
    let asked = [candidate(&dear, None, buy()), candidate(&cheap, None, buy())];
    let best = |held| Offers::compare(&asked, Ranking { held }).best().unwrap().pool.to_bytes()[0];
    assert_eq!((best(0), best(30 * 86_400)), (3, 2));
    let offers = Offers::compare(&asked, Ranking { held: 3 * 86_400 });
    for offer in &offers.offers {
        assert_eq!(offer.net_held, offer.quote.net - 3 * offer.funding_per_day);
    }
    let funding =
        |name: u8| offers.offers.iter().find(|offer| offer.pool.to_bytes()[0] == name).unwrap().funding_per_day;
    assert!(funding(3) > funding(2) && funding(2) > 0);
}
