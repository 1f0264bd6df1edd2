use super::*;
use crate::{quote::Exposure, testing::scene::Scene};
use evergreen::state::ShareClass;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn band(coins: &str, to_zero: bool) -> Band {
    Band { coins: decimal(coins), to_zero, most: decimal("10") }
}

fn holding(coins: &str) -> HedgeAccount {
    HedgeAccount { coins: decimal(coins), lot: decimal("0.001"), ..HedgeAccount::default() }
}

#[test]
fn nothing_is_ordered_within_the_band() {
    for (delta, coins) in [("0.05", "0"), ("-0.05", "0"), ("-3.04", "3"), ("3.05", "-3"), ("0", "0")] {
        for to_zero in [false, true] {
            assert_eq!(band("0.05", to_zero).wanted(decimal(delta), &holding(coins)), None, "{delta} {coins}");
        }
    }
}

#[test]
fn beyond_the_band_an_order_goes_to_its_edge_or_to_zero() {
    for (delta, coins, to_edge, to_zero) in [
        ("-0.15", "0", "0.1", "0.15"),
        ("0.15", "0", "-0.1", "-0.15"),
        ("-2", "1.9", "0.05", "0.1"),
        ("-2", "2.2", "-0.15", "-0.2"),
        // Rounded toward zero to whole lots.
        ("-0.1509", "0", "0.1", "0.15"),
        // No order is larger than the largest.
        ("-50", "0", "10", "10"),
    ] {
        for (wanted, is_to_zero) in [(to_edge, false), (to_zero, true)] {
            let found = band("0.05", is_to_zero).wanted(decimal(delta), &holding(coins));
            assert_eq!(found, Some(decimal(wanted)), "{delta} {coins} {is_to_zero}");
        }
    }
    // Less than a lot is nothing.
    assert_eq!(band("0.05", false).wanted(decimal("0.0509"), &holding("0")), None);
    // While an order is under way its outcome is waited for.
    let waiting = HedgeAccount { under_way: decimal("0.001"), ..holding("0") };
    assert_eq!(band("0.05", true).wanted(decimal("-5"), &waiting), None);
}

fn buy(number: u64, coins: &str, at: i64) -> CoinOrder {
    CoinOrder { number, underlying: "BTC".into(), coins: decimal(coins), at }
}

#[test]
fn an_order_is_taken_once_and_filled_after_its_delay() {
    let mut paper = Paper::new(PaperTerms { delay: 5, ..PaperTerms::default() });
    assert_eq!(paper.take(&buy(0, "1", 0)), Err(paper::PaperError::NoPrice("BTC".into())));
    paper.observe("BTC", 100, decimal("100000")).unwrap();
    for _ in 0..3 {
        paper.take(&buy(0, "1", 100)).unwrap();
    }
    assert_eq!(paper.account_of("BTC").under_way, Decimal::ONE);
    assert_eq!(paper.take(&buy(2, "1", 100)), Err(paper::PaperError::Number { number: 2, next: 1 }));
    let half = decimal("0.0005");
    let lot = Err(paper::PaperError::Lot { coins: half, lot: decimal("0.001") });
    assert_eq!(paper.take(&CoinOrder { coins: half, ..buy(1, "1", 100) }), lot);
    paper.observe("BTC", 104, decimal("100500")).unwrap();
    assert_eq!(paper.account_of("BTC").coins, Decimal::ZERO);
    paper.observe("BTC", 105, decimal("101000")).unwrap();
    let account = paper.account_of("BTC");
    assert_eq!((account.coins, account.under_way, account.next_number), (Decimal::ONE, Decimal::ZERO, 1));
    // A thousand dollars by the delay; two basis points of spread and impact, and five of fee, of 101,000.
    let costs = account.costs;
    assert_eq!((costs.delay, costs.slippage.normalize()), (decimal("1000"), decimal("20.2")));
    assert_eq!((costs.fees.normalize(), costs.funding), (decimal("50.5"), Decimal::ZERO));
    assert_eq!(account.profit, decimal("-70.7"));
    // The same order again, when it is filled, is still the same.
    paper.take(&buy(0, "1", 100)).unwrap();
    assert_eq!(paper.account_of("BTC"), account);
    // A price from before is none, and neither is nothing.
    for (at, price) in [(104, "100000"), (106, "0"), (106, "-5")] {
        let refused = paper.observe("BTC", at, decimal(price));
        assert!(matches!(refused, Err(paper::PaperError::Price { .. })), "{refused:?}");
    }
}

/// Random orders at random prices: what the account has gained is what the coins have gained since they were decided on, less every cost, to the last place.
#[test]
fn profit_is_what_the_coins_gain_less_costs() {
    let mut random = Scene::new(11, 0).unwrap();
    for _ in 0..40 {
        let mut any = |least: i64, most: i64| least + random.below(most - least + 1);
        let bps = |bps: i64| Decimal::new(bps, 4);
        let terms = PaperTerms {
            fee: bps(any(0, 20)),
            half_spread: bps(any(0, 10)),
            impact: bps(any(0, 5)),
            funding: bps(any(-3_000, 3_000)),
            delay: any(0, 30),
            lot: Decimal::new(1, 3),
        };
        let mut paper = Paper::new(terms);
        let (mut at, mut price, mut decided) = (1_000, Decimal::new(9_000_000, 2), Vec::new());
        for number in 0..60 {
            (at, price) = (at + any(1, 4_000), price + Decimal::new(any(-200_000, 200_000), 2));
            paper.observe("BTC", at, price).unwrap();
            if paper.account_of("BTC").under_way.is_zero() {
                let coins = Decimal::new(any(1, 3_000) * if any(0, 1) == 0 { 1 } else { -1 }, 3);
                let order =
                    CoinOrder { number: paper.account_of("BTC").next_number, underlying: "BTC".into(), coins, at };
                paper.take(&order).unwrap();
                decided.push((coins, price));
            }
            let account = paper.account_of("BTC");
            let filled = if account.under_way.is_zero() { &decided[..] } else { &decided[..decided.len() - 1] };
            let gained: Decimal = filled.iter().map(|(coins, decided)| *coins * (price - *decided)).sum();
            assert_eq!(account.profit, (gained - account.costs.total()).normalize(), "{number}: {account:?}");
        }
        assert!(decided.len() > 20 && paper.account_of("BTC").costs.fees >= Decimal::ZERO);
    }
}

/// A provider of a leaning pool on a path of prices, valued by the program at each: what the shares alone have done, and what is left with the hedge.
fn path(terms: PaperTerms, band: &Band) -> LedgerLine {
    const TOKEN_PRICE: i64 = 300;
    let mut scene = Scene::new(21, 0).unwrap();
    // About a hundred bitcoins of straddles near the money are held by traders.
    for slot in [3, 4, 19, 20] {
        scene.view.registry.series[slot].long_points += 30_000_000_000;
    }
    let shares = scene.view.pool.main.total / 2;
    let (mut paper, mut ledger, mut price) = (Paper::new(terms), Ledger::default(), 100_000);
    for step in 0..400 {
        price += scene.below(401) - 200;
        scene.set_price(0, price, 0).unwrap();
        let now = Scene::NOW + 10 * step;
        paper.observe("BTC", now, Decimal::from(price)).unwrap();
        let worth = scene.view.net_asset_value(ShareClass::Main).unwrap().worth_at_mark(shares).unwrap();
        let worth = crate::convert::worth(i64::try_from(worth).unwrap(), TOKEN_PRICE.into(), 8).unwrap();
        let exposure: Exposure = scene.view.exposure_of(ShareClass::Main, shares).unwrap()[0];
        let delta = exposure.in_coins(TOKEN_PRICE.into(), 8).unwrap().delta;
        if let Some(coins) = band.wanted(delta, &paper.account_of("BTC")) {
            let number = paper.account_of("BTC").next_number;
            paper.take(&CoinOrder { number, underlying: "BTC".into(), coins, at: now }).unwrap();
            // Without delay it is filled at the price of now.
            paper.observe("BTC", now, Decimal::from(price)).unwrap();
        }
        ledger.note(worth, [("BTC", paper.account_of("BTC"))]);
    }
    ledger.line()
}

#[test]
fn a_hedge_takes_off_what_it_is_for_and_tells_its_cost() {
    let free = PaperTerms {
        fee: Decimal::ZERO,
        half_spread: Decimal::ZERO,
        impact: Decimal::ZERO,
        funding: Decimal::ZERO,
        delay: 0,
        ..PaperTerms::default()
    };
    let tight = Band { coins: Decimal::ZERO, to_zero: true, most: Decimal::from(10_000) };
    let wide = Band { coins: decimal("2"), to_zero: false, ..tight };
    let line = path(free, &tight);
    let left = line.variance_left().unwrap();
    assert!(line.unhedged_squares > Decimal::from(1_000_000) && left < decimal("0.04"), "{left}: {line:?}");
    assert_eq!(line.costs.total(), Decimal::ZERO);
    assert_eq!(line.left, line.shares + line.hedge);
    // With costs, and with a wide band: more is left, and less is paid.
    let (paid, less) = (path(PaperTerms::default(), &tight), path(PaperTerms::default(), &wide));
    assert!(paid.costs.fees > less.costs.fees && less.costs.fees > Decimal::ZERO, "{paid:?} {less:?}");
    assert!(
        paid.variance_left().unwrap() > left && less.variance_left().unwrap() < decimal("0.5"),
        "{paid:?} {less:?}"
    );
    assert_eq!(paid.shares, line.shares);
}
