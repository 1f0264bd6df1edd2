//! Tests of price paths: generation from a seed, and the CSV form.

use evergreen_localnet::{CSV_HEADER, DOLLAR, Error, PathSpec, PricePath};

#[test]
fn a_seed_gives_one_path_and_another_seed_another() {
    let path = PathSpec::default().generate().unwrap();
    assert_eq!(path, PathSpec::default().generate().unwrap());
    assert_ne!(path, PathSpec { seed: 2, ..PathSpec::default() }.generate().unwrap());
    assert_eq!(path.ticks.len(), 1_441);
    assert_eq!(path.ticks[0].btc, 100_000 * DOLLAR);
    assert_eq!(path.ticks[1_440].time_seconds, 86_400);
    let last = path.ticks[1_440];
    assert_eq!((last.btc / DOLLAR, last.eth / DOLLAR), (94_083, 3_628), "the path of seed 1 has changed");
}

#[test]
fn a_path_moves_as_much_as_it_was_told_to() {
    let calm = PathSpec { jumps_per_year: 0.0, ticks: 20_001, step_seconds: 3_600, ..PathSpec::default() };
    let path = calm.generate().unwrap();
    let mut squares = 0.0;
    for pair in path.ticks.windows(2) {
        squares += (pair[1].btc as f64 / pair[0].btc as f64).ln().powi(2);
    }
    let volatility = (squares / 20_000.0 * 365.0 * 24.0).sqrt();
    assert!((volatility - 0.5).abs() < 0.02, "{volatility}");
    let jumpy = PathSpec { jumps_per_year: 500.0, ..calm }.generate().unwrap();
    let biggest = jumpy.ticks.windows(2).map(|pair| (pair[1].btc as f64 / pair[0].btc as f64).ln().abs());
    assert!(biggest.fold(0.0, f64::max) > 0.05, "no jump was seen");
}

#[test]
fn a_path_without_steps_or_volatility_is_refused() {
    for spec in
        [PathSpec { step_seconds: 0, ..PathSpec::default() }, PathSpec { volatility: f64::NAN, ..PathSpec::default() }]
    {
        let error = spec.generate().unwrap_err();
        assert_eq!(error.to_string(), format!("price path: no path can be made from {spec:?}"));
    }
}

#[test]
fn csv_goes_there_and_back() {
    let path = PathSpec { ticks: 50, ..PathSpec::default() }.generate().unwrap();
    let text = path.to_csv();
    assert!(text.starts_with(CSV_HEADER));
    assert_eq!(PricePath::parse_csv(&text).unwrap(), path);
}

#[test]
fn csv_is_read_exactly_and_errors_name_the_line() {
    let path = PricePath::parse_csv("time_seconds,btc,eth\n# a day\n0,100000,4000.5\n\n60,99999.99999999,0.00000001\n")
        .unwrap();
    assert_eq!(path.ticks[0].eth, 400_050_000_000);
    assert_eq!((path.ticks[1].btc, path.ticks[1].eth), (9_999_999_999_999, 1));
    for (text, wrong) in [
        ("0,1,1", "invalid first line"),
        ("time_seconds,btc,eth\n0,1", "line 2: three fields"),
        ("time_seconds,btc,eth\n0,1,1\n0,1,1", "line 3: times have to rise"),
        ("time_seconds,btc,eth\n0,-1,1", "line 2: the BTC price"),
        ("time_seconds,btc,eth\n0,1,0", "line 2: the ETH price"),
        ("time_seconds,btc,eth\n0,1,1.123456789", "line 2: the ETH price"),
        ("time_seconds,btc,eth\nx,1,1", "line 2: the time"),
    ] {
        let error = PricePath::parse_csv(text).unwrap_err();
        assert!(matches!(error, Error::Path(_)) && error.to_string().contains(wrong), "{error}");
    }
}
