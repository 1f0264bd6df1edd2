use crate::common::{any_sigma, any_terms, bps, cases, cents, scale, spot_near};
use evergreen_math::bounds::value_at_least;
use evergreen_math::fees::FeeParams;
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms};
use evergreen_math::trade::{LegCost, LegPricing, Markups, PriceBand};
use evergreen_math::{BasisPoints, Dollars, MathError, Native, NativeDelta, Points, Ratio, Rounding, Seconds};
use proptest::prelude::*;

/// A pool with series on one underlying, at one price.
#[derive(Debug)]
struct PoolModel {
    series: Vec<(Terms, Ratio)>,
    prices: PriceBand,
    fees: FeeParams,
    markups: Markups,
    /// Net points of all traders, per series.
    net: Vec<i64>,
    /// Points of the trader under test, per series.
    held: Vec<i64>,
    cash: i64,
    paid_fees: i64,
}

impl PoolModel {
    fn quote(&self, series: usize, change: i64) -> LegCost {
        let (terms, sigma) = self.series[series];
        let sigma = self.markups.at(sigma, change > 0, Points(self.held[series] + change)).unwrap();
        let leg = LegPricing {
            terms: &terms,
            held: Points(self.held[series]),
            change: Points(change),
            sigma,
            prices: self.prices,
            fees: self.fees,
            scale: scale(),
        };
        leg.quote().unwrap()
    }

    fn trade(&mut self, series: usize, change: i64) -> LegCost {
        let quote = self.quote(series, change);
        self.cash += quote.cash_change.0 - quote.fee.0 as i64;
        self.paid_fees += quote.fee.0 as i64;
        self.net[series] += change;
        self.held[series] += change;
        quote
    }
}

fn cap(terms: &Terms, net: i64) -> i64 {
    scale().native(Points(net), terms.cap_payoff().unwrap(), Rounding::Ceil).unwrap().0
}

/// Three series of one direction around one spot, open interest of other traders, and a confidence of up to 1 %.
fn any_pool() -> impl Strategy<Value = PoolModel> {
    let size = -(1i64 << 30)..(1i64 << 30);
    (
        any_terms(),
        prop::collection::vec((8_000i64..12_500, 501i64..20_000, 3_600u32..2_592_000), 2),
        any_sigma(),
        prop::collection::vec(size, 3),
        (0i64..100, any::<bool>()),
        (0u16..=5_000, 0u16..=5_000),
    )
        .prop_flat_map(|(terms, others, sigma, net, (width, with_fees), (buy, write))| {
            spot_near(terms.strike()).prop_map(move |spot| {
                let mut series = vec![(terms, sigma)];
                let cap_ratio = terms.cap_price().unwrap().ratio_to(terms.strike()).unwrap();
                for (strike, sigma, tenor) in &others {
                    let strike = terms.strike().mul_floor(bps(*strike)).unwrap();
                    let other = Terms::new(terms.kind(), strike, Seconds(*tenor), Some(cap_ratio)).unwrap();
                    series.push((other, bps(*sigma)));
                }
                let confidence = spot.mul_floor(bps(width)).unwrap();
                let point = PricePoint::new(spot).unwrap();
                PoolModel {
                    series,
                    prices: PriceBand::around(point, confidence, BasisPoints::ONE).unwrap(),
                    fees: if with_fees {
                        FeeParams::default()
                    } else {
                        FeeParams { open: BasisPoints(0), close: BasisPoints(0), cap_of_value: BasisPoints(0) }
                    },
                    markups: Markups { buy: BasisPoints(buy), write: BasisPoints(write) },
                    net: net.clone(),
                    held: vec![0; 3],
                    cash: 0,
                    paid_fees: 0,
                }
            })
        })
}

#[test]
fn a_call_by_hand() {
    let terms = Terms::new(OptionKind::Call, Dollars::from_int(50_000), Seconds(604_800), Some(bps(12_000))).unwrap();
    let spot = PricePoint::new(Dollars::from_int(50_000)).unwrap();
    let value = OptionPricer::new(&terms, Ratio::ONE).unwrap().at_point(spot).unwrap().value().unwrap();
    let mut leg = LegPricing {
        terms: &terms,
        held: Points(0),
        change: Points(1_000_000),
        sigma: Ratio::ONE,
        prices: PriceBand::at_mark(spot),
        fees: FeeParams::default(),
        scale: scale(),
    };
    let bought = leg.quote().unwrap();
    let premium = scale().native(leg.change, value, Rounding::Ceil).unwrap().0;
    assert_eq!(bought.cash_change, NativeDelta(-premium));
    assert_eq!(bought.notional, Native(50_000_000));
    // The fee is 5 basis points of 50,000,000.
    assert_eq!(bought.fee, Native(25_000));

    // A leg through zero closes 400,000 points at 3 basis points and opens 600,000 at 5.
    leg.held = Points(-400_000);
    assert_eq!(leg.closing_and_opening(), Ok((Points(400_000), Points(600_000))));
    assert_eq!(leg.quote().unwrap().fee, Native(6_000 + 15_000));
}

#[test]
fn at_the_cap_a_holder_gets_the_cap_payoff_without_fee() {
    let terms = Terms::new(OptionKind::Put, Dollars::from_int(50_000), Seconds(604_800), Some(bps(8_000))).unwrap();
    for spot in [40_000i64, 39_000, 10_000, 1] {
        let leg = LegPricing {
            terms: &terms,
            held: Points(1_000_000),
            change: Points(-1_000_000),
            sigma: Ratio::ONE,
            prices: PriceBand::at_mark(PricePoint::new(Dollars::from_int(spot)).unwrap()),
            fees: FeeParams::default(),
            scale: scale(),
        };
        let quote = leg.quote().unwrap();
        assert_eq!((quote.cash_change, quote.fee), (NativeDelta(10_000_000), Native(0)), "{spot}");
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// A trader who trades any legs in any order on three series and then closes everything, all at one price, does not gain,
    /// even before fees.
    #[test]
    fn no_round_trip_gains(
        mut pool in any_pool(),
        legs in prop::collection::vec((0usize..3, -(1i64 << 28)..(1i64 << 28)), 1..12),
    ) {
        for (series, change) in legs {
            pool.trade(series, change);
        }
        for series in 0..3 {
            if pool.held[series] != 0 {
                pool.trade(series, -pool.held[series]);
            }
        }
        prop_assert!(pool.cash + pool.paid_fees <= 0, "gains {} before fees", pool.cash + pool.paid_fees);
        prop_assert!(pool.cash <= 0);
    }

    /// A trade in any number of parts is never cheaper and never better paid than the trade at once.
    #[test]
    fn splitting_never_beats_one_trade(
        mut pool in any_pool(),
        parts in prop::collection::vec(1i64..1 << 26, 1..10),
        buys in any::<bool>(),
        held in -(1i64 << 28)..(1i64 << 28),
    ) {
        // With a mark-up that holds where a leg does not go through zero: what it closes is then charged as what it opens.
        let sign = if buys { 1 } else { -1 };
        if held.signum() == -sign {
            pool.markups = Markups::default();
        }
        let (mut once, mut split) = (pool, Vec::new());
        once.held[0] = held;
        let total: i64 = parts.iter().sum();
        let whole = once.quote(0, sign * total);
        for part in &parts {
            split.push(once.trade(0, sign * part));
        }
        let net = |quote: &LegCost| quote.cash_change.0 - quote.fee.0 as i64;
        let (cash, net_split): (i64, i64) = (split.iter().map(|q| q.cash_change.0).sum(), split.iter().map(net).sum());
        prop_assert!(cash <= whole.cash_change.0, "{cash} in parts, {} at once", whole.cash_change.0);
        prop_assert!(net_split <= net(&whole), "{net_split} in parts, {} at once", net(&whole));
        // Buying in parts is dearer by the roundings at most.
        if buys {
            prop_assert!(whole.cash_change.0 - cash <= parts.len() as i64);
        }
    }

    /// A buyer pays at least the value at the mark, and a seller receives at most that value and at most
    /// the cap payoff.
    #[test]
    fn the_mark_lies_between(pool in any_pool(), series in 0usize..3, size in 1i64..1 << 40) {
        let flat = pool;
        let (bought, sold) = (flat.quote(series, size), flat.quote(series, -size));
        let (terms, sigma) = flat.series[series];
        let mark = value_at_least(&OptionPricer::new(&terms, sigma).unwrap(), flat.prices.spot).unwrap();
        let mark = |rounding| scale().native(Points(size), mark, rounding).unwrap().0;
        prop_assert!(-bought.cash_change.0 >= mark(Rounding::Ceil));
        prop_assert!(sold.cash_change.0 <= mark(Rounding::Floor));
        prop_assert!(sold.cash_change.0 <= cap(&flat.series[series].0, size));
        prop_assert!(bought.notional == sold.notional);
    }

    /// A mark-up moves the volatility of what is opened against the trader, by its share and within the pricer's domain, and that of what closes not at all.
    #[test]
    fn a_mark_up_is_charged_where_something_opens(
        sigma in any_sigma(),
        markups in (0u16..=5_000, 0u16..=5_000),
        after in -(1i64 << 40)..(1i64 << 40),
        buys in any::<bool>(),
    ) {
        let markups = Markups { buy: BasisPoints(markups.0), write: BasisPoints(markups.1) };
        let marked = markups.at(sigma, buys, Points(after)).unwrap();
        prop_assert!((OptionPricer::MIN_VOLATILITY..=OptionPricer::MAX_VOLATILITY).contains(&marked));
        let share = if buys { markups.buy } else { markups.write };
        if after == 0 || (after > 0) != buys || share.is_zero() {
            prop_assert_eq!(marked, sigma);
        } else {
            let wanted = sigma.mul_floor(if buys {
                Ratio::ONE.checked_add(share.to_ratio()).unwrap()
            } else {
                Ratio::ONE.checked_sub(share.to_ratio()).unwrap()
            }).unwrap().min(OptionPricer::MAX_VOLATILITY).max(OptionPricer::MIN_VOLATILITY);
            prop_assert!(marked.to_bits().abs_diff(wanted.to_bits()) <= 1 << 8, "{marked:?}, wanted {wanted:?}");
            prop_assert!(marked == sigma || (marked > sigma) == buys, "{marked:?} for {sigma:?}");
        }
    }

    /// Whoever is bought back gets, or pays less by, the premium on the value to the unit, at most the cap payoff, and never does worse than without it.
    #[test]
    fn a_buy_back_pays_the_premium(pool in any_pool(), series in 0usize..3, size in 1i64..1 << 40, premium in 0u16..=10_000) {
        let (terms, sigma) = pool.series[series];
        let most = scale().native(Points(size), terms.cap_payoff().unwrap(), Rounding::Floor).unwrap().0;
        for change in [size, -size] {
            let leg = LegPricing {
                terms: &terms,
                held: Points(-change),
                change: Points(change),
                sigma,
                prices: PriceBand::at_mark(pool.prices.spot),
                fees: pool.fees,
                scale: scale(),
            };
            let plain = leg.quote().unwrap().cash_change;
            let paid = leg.bought_back(plain, BasisPoints(premium)).unwrap();
            // Whoever has written pays the value; who sells gets the premium on what it is worth beyond intrinsic value.
            let exact = if change < 0 {
                let intrinsic = terms.intrinsic(pool.prices.spot.price());
                let size = Points(change).size().unwrap();
                let intrinsic = scale().native(size, intrinsic, Rounding::Ceil).unwrap().0;
                let time_value = i128::from((plain.0 - intrinsic).max(0));
                (i128::from(plain.0) + time_value * i128::from(premium) / 10_000).min(most.into())
            } else {
                plain.0.into()
            };
            prop_assert_eq!(i128::from(paid.0), exact);
            prop_assert!(paid >= plain);
        }
    }

    /// A wider band is never better for the trader.
    #[test]
    fn wider_bands_cost_more(
        terms in any_terms(),
        sigma in any_sigma(),
        factor in 6_000i64..16_000,
        a in 0i64..500,
        b in 0i64..500,
        buys in any::<bool>(),
    ) {
        let spot = PricePoint::new(terms.strike().mul_floor(bps(factor)).unwrap()).unwrap();
        let quote = |width: i64| {
            let confidence = spot.price().mul_floor(bps(width)).unwrap();
            LegPricing {
                terms: &terms,
                held: Points(0),
                change: Points(if buys { 1 << 30 } else { -(1 << 30) }),
                sigma,
                prices: PriceBand::around(spot, confidence, BasisPoints::ONE).unwrap(),
                fees: FeeParams { open: BasisPoints(5), close: BasisPoints(3), cap_of_value: BasisPoints(10_000) },
                scale: scale(),
            }
            .quote()
            .unwrap()
            .cash_change
        };
        // Valuations are exact to 2^−40 of the value.
        let tolerance = 2 + (1i64 << 30) * terms.strike().to_bits().checked_shr(64 + 38).unwrap() as i64 / 1_000;
        prop_assert!(quote(a.max(b)).0 <= quote(a.min(b)).0 + tolerance);
    }
}

/// A band reaches z confidences to either side of the price, and its lower end stays positive.
#[test]
fn bands() {
    let spot = PricePoint::new(Dollars::from_int(100)).unwrap();
    let band = PriceBand::around(spot, cents(50), BasisPoints(20_000)).unwrap();
    assert_eq!((band.low, band.high), (Dollars::from_int(99), Dollars::from_int(101)));
    let wide = PriceBand::around(spot, Dollars::from_int(200), BasisPoints::ONE).unwrap();
    assert_eq!(wide.low, Dollars::from_bits(1));
    assert!(matches!(PriceBand::around(spot, Dollars::from_bits(-1), BasisPoints::ONE), Err(MathError::Domain)));
}
