use super::*;
use evergreen_math::Ratio;

const NOW: UnixTime = UnixTime(1_800_000_000);

fn params() -> UnderlyingParams {
    UnderlyingParams {
        max_age: 10,
        max_future: 2,
        max_conf_bps: 50,
        max_ema_gap_bps: 500,
        ..bytemuck::Zeroable::zeroed()
    }
}

/// 100,000 dollars with a confidence of 20, published now.
fn raw() -> RawPrice {
    RawPrice {
        price: 10_000_000_000_000,
        confidence: 2_000_000_000,
        ema_price: 10_000_000_000_000,
        exponent: -8,
        publish_time: NOW.0,
        prev_publish_time: Some(NOW.0 - 1),
    }
}

fn code(error: Error) -> u32 {
    match error {
        Error::AnchorError(error) => error.error_code_number,
        Error::ProgramError(_) => 0,
    }
}

fn refused(raw: RawPrice, expected: crate::errors::EvergreenError) {
    let error = judge(&raw, &params(), Publication::Recent, NOW).unwrap_err();
    assert_eq!(code(error), u32::from(expected));
}

#[test]
fn a_good_price_is_read_exactly() {
    let price = judge(&raw(), &params(), Publication::Recent, NOW).unwrap();
    assert_eq!(price.spot, Dollars::from_int(100_000));
    assert_eq!(price.confidence, Dollars::from_int(20));
    assert_eq!(price.quality, Quality::Fresh);
}

#[test]
fn only_exponents_from_minus_twelve_to_zero_are_accepted() {
    for exponent in -12..=0 {
        let unit = 10i64.pow(u32::try_from(-exponent).unwrap());
        let raw = RawPrice { price: 3 * unit, ema_price: 3 * unit, confidence: 0, exponent, ..raw() };
        assert_eq!(
            judge(&raw, &params(), Publication::Recent, NOW).unwrap().spot,
            Dollars::from_int(3),
            "exponent {exponent}"
        );
    }
    for exponent in [1, 8, -13, -18, i32::MIN, i32::MAX] {
        refused(RawPrice { exponent, ..raw() }, crate::errors::EvergreenError::PriceExponent);
    }
}

#[test]
fn prices_must_be_positive() {
    for price in [0, -1, i64::MIN] {
        refused(RawPrice { price, ..raw() }, crate::errors::EvergreenError::PriceNotPositive);
        refused(RawPrice { ema_price: price, ..raw() }, crate::errors::EvergreenError::PriceNotPositive);
    }
}

#[test]
fn age_and_future_have_limits() {
    let at = |offset: i64| RawPrice { publish_time: NOW.0 + offset, ..raw() };
    assert!(judge(&at(-10), &params(), Publication::Recent, NOW).is_ok());
    assert!(judge(&at(2), &params(), Publication::Recent, NOW).is_ok());
    refused(at(-11), crate::errors::EvergreenError::PriceStale);
    refused(at(3), crate::errors::EvergreenError::PriceFromFuture);
    refused(RawPrice { publish_time: i64::MIN, ..raw() }, crate::errors::EvergreenError::PriceStale);
    refused(RawPrice { publish_time: i64::MAX, ..raw() }, crate::errors::EvergreenError::PriceFromFuture);
}

#[test]
fn the_first_price_after_a_moment_is_proven_whatever_its_age() {
    let moment = NOW.0 - 60;
    let wanted = |raw: RawPrice| judge(&raw, &params(), Publication::FirstAfter(moment), NOW);
    let at = |publish_time, prev_publish_time| RawPrice { publish_time, prev_publish_time, ..raw() };
    for (published, before) in [(moment + 1, moment), (moment + 1, moment - 9), (moment + 50, moment)] {
        assert_eq!(wanted(at(published, Some(before))).unwrap().published.0, published);
    }
    // These were published at the moment or before it, or another price was published in between.
    for (published, before) in [(moment, moment - 1), (moment - 1, moment - 2), (moment + 2, moment + 1)] {
        let error = wanted(at(published, Some(before))).unwrap_err();
        assert_eq!(code(error), u32::from(crate::errors::EvergreenError::PriceNotFirst), "{published} after {before}");
    }
}

#[test]
fn a_source_that_does_not_name_the_price_before_has_two_seconds() {
    let moment = NOW.0 - 60;
    let wanted = |publish_time| {
        let raw = RawPrice { publish_time, prev_publish_time: None, ..raw() };
        judge(&raw, &params(), Publication::FirstAfter(moment), NOW)
    };
    assert!(wanted(moment + 1).is_ok() && wanted(moment + UNPROVEN_WINDOW).is_ok());
    for published in [moment, moment + UNPROVEN_WINDOW + 1] {
        assert_eq!(code(wanted(published).unwrap_err()), u32::from(crate::errors::EvergreenError::PriceNotFirst));
    }
}

#[test]
fn confidence_and_ema_price_make_a_price_uncertain() {
    let quality = |raw: RawPrice| judge(&raw, &params(), Publication::Recent, NOW).unwrap().quality;
    // 0.5 % of 100,000 dollars is 500.
    assert_eq!(quality(RawPrice { confidence: 50_000_000_000, ..raw() }), Quality::Fresh);
    assert_eq!(quality(RawPrice { confidence: 50_000_000_001, ..raw() }), Quality::Uncertain);
    assert_eq!(quality(RawPrice { confidence: u64::MAX, ..raw() }), Quality::Uncertain);
    // 5 % of the EMA price.
    assert_eq!(quality(RawPrice { ema_price: 10_526_000_000_000, ..raw() }), Quality::Fresh);
    assert_eq!(quality(RawPrice { ema_price: 10_527_000_000_000, ..raw() }), Quality::Far);
}

#[test]
fn the_band_follows_the_table_of_uses() {
    let fresh = judge(&raw(), &params(), Publication::Recent, NOW).unwrap();
    let wide = OraclePrice { quality: Quality::Uncertain, ema: Dollars::from_int(90_000), ..fresh };
    let band = |price: &OraclePrice, usage| price.band_for(usage, BasisPoints::ONE);
    let ends = |band: PriceBand| (band.low, band.high);
    let dollars = |low, high| (Dollars::from_int(low), Dollars::from_int(high));

    for usage in [PriceUse::AddRisk, PriceUse::ReduceRisk] {
        assert_eq!(ends(band(&fresh, usage).unwrap()), dollars(99_980, 100_020));
    }
    assert_eq!(ends(band(&fresh, PriceUse::Liquidation).unwrap()), dollars(100_000, 100_000));
    let uncertain = |refused: Result<PriceBand>| {
        let error = refused.map(ends).unwrap_err();
        assert_eq!(code(error), u32::from(crate::errors::EvergreenError::PriceUncertain));
    };
    uncertain(band(&wide, PriceUse::AddRisk));
    for usage in [PriceUse::ReduceRisk, PriceUse::Liquidation] {
        assert_eq!(ends(band(&wide, usage).unwrap()), dollars(90_000, 100_020));
    }
    // Far from the average: with an earlier price that agrees, with one that does not, and without any.
    let earlier = Some(Dollars::from_int(99_900));
    let confirmed = OraclePrice { quality: Quality::Confirmed, earlier, ..wide };
    assert_eq!(ends(band(&confirmed, PriceUse::ReduceRisk).unwrap()), dollars(99_980, 100_020));
    assert_eq!(ends(band(&confirmed, PriceUse::Mark).unwrap()), dollars(100_000, 100_000));
    let far = OraclePrice { quality: Quality::Far, ..confirmed };
    let alone = OraclePrice { earlier: None, ..far };
    assert_eq!(ends(band(&alone, PriceUse::Liquidation).unwrap()), dollars(90_000, 100_000));
    for price in [confirmed, far] {
        assert_eq!(ends(band(&price, PriceUse::Liquidation).unwrap()), dollars(99_900, 100_000));
        assert_eq!(ends(band(&price, PriceUse::Sample).unwrap()), dollars(100_000, 100_000));
        uncertain(band(&price, PriceUse::AddRisk));
    }
    uncertain(band(&far, PriceUse::Mark));
    uncertain(band(&wide, PriceUse::Sample));
}

#[test]
fn the_lower_end_stays_above_zero() {
    let price = OraclePrice {
        spot: Dollars::from_int(1),
        confidence: Dollars::from_int(5),
        ema: Dollars::from_int(1),
        published: NOW,
        quality: Quality::Uncertain,
        earlier: None,
    };
    let band = price.band_for(PriceUse::Liquidation, BasisPoints::ONE).unwrap();
    assert!(band.low.is_positive());
    assert_eq!(band.high, Dollars::from_int(6));
}

#[test]
fn confidence_is_rounded_up_and_price_down() {
    let raw = RawPrice { price: 1, confidence: 1, ema_price: 1, exponent: -12, ..raw() };
    let price = judge(&raw, &params(), Publication::Recent, NOW).unwrap();
    let one = Ratio::ONE.to_bits();
    assert_eq!(price.spot.to_bits(), one / 1_000_000_000_000);
    assert_eq!(price.confidence.to_bits(), one / 1_000_000_000_000 + 1);
}
