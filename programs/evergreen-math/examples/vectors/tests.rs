//! Option values against reference values to 30 digits, through the same comparison the `vectors` example makes.

use super::run;
use std::io::Write;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/values.csv");
const HEADER: &str = "kind,spot,strike,sigma,tenor_seconds,cap_ratio,intrinsic,time_value,value\n";
/// The at-the-money figure of the published example, to 30 digits.
const GOOD: &str = "call,50000,50000,1,604800,0,0,2445.16214233106290740696264556,2445.16214233106290740696264556\n";

fn path_of(name: &str) -> String {
    let file = format!("evergreen-vectors-{}-{name}.csv", std::process::id());
    std::env::temp_dir().join(file).display().to_string()
}

fn compare(name: &str, content: &str) -> Result<bool, String> {
    let path = path_of(name);
    std::fs::File::create(&path).unwrap().write_all(content.as_bytes()).unwrap();
    let result = run(&path);
    std::fs::remove_file(&path).unwrap();
    result
}

#[test]
fn reference_values() {
    assert_eq!(run(REFERENCE), Ok(true));
}

#[test]
fn accepts_variations_of_the_format() {
    assert_eq!(compare("plain", &format!("{HEADER}{GOOD}")), Ok(true));
    let windows = format!("\u{feff}{HEADER}{GOOD}\n\n").replace('\n', "\r\n");
    assert_eq!(compare("windows", &windows), Ok(true));
    let scientific = GOOD.replace("50000", "5.0e+4");
    assert_eq!(compare("scientific", &format!("{HEADER}{scientific}")), Ok(true));
    let cut = GOOD.replace("50000", "5.0e+4").replace(",2445.16", ",0.00244516e6,0.00244516E6#");
    let cut = cut.split('#').next().unwrap().to_string();
    // A reference that is cut to six digits is wrong by more than 10^−10.
    assert_eq!(compare("cut", &format!("{HEADER}{cut}\n")), Ok(false));
    let quoted = GOOD.replace("call", "\"CALL\"");
    assert_eq!(compare("quoted", &format!("{HEADER}{quoted}")), Ok(true));
}

#[test]
fn refuses_what_it_cannot_read() {
    for (name, row) in [
        ("number", GOOD.replace("50000,1,", "50000,one,")),
        ("nan", GOOD.replace("50000,1,", "50000,nan,")),
        ("kind", GOOD.replace("call", "swap")),
        ("fields", GOOD.replace("call,", "")),
        ("tenor", GOOD.replace("604800", "604800.5")),
        ("blank spot", GOOD.replace("call,50000", "call,")),
    ] {
        assert_eq!(compare(name, &format!("{HEADER}{GOOD}{row}")), Ok(false), "{name}");
    }
    for (name, content, why) in [
        ("empty", String::new(), "empty".to_owned()),
        ("no rows", HEADER.to_owned(), "no rows".to_owned()),
        (
            "header",
            format!("kind,spot\n{GOOD}"),
            format!("no column \"strike\"; the header needs {}", HEADER.trim_end()),
        ),
    ] {
        assert_eq!(compare(name, &content), Err(format!("{}: {why}", path_of(name))));
    }
    let missing = run("/nonexistent.csv");
    assert_eq!(missing, Err("/nonexistent.csv: No such file or directory (os error 2)".to_owned()));
}

/// The comparison refuses a relative error of 2·10^−10 and accepts one of 5·10^−11.
#[test]
fn detects_wrong_values() {
    let scaled = |digits: &str| GOOD.replace("2445.16214233106", digits);
    assert_eq!(compare("near", &format!("{HEADER}{}", scaled("2445.16214245332"))), Ok(true));
    assert_eq!(compare("far", &format!("{HEADER}{}", scaled("2445.16214282010"))), Ok(false));
}

/// Outside the domain an error counts as refused, not as wrong.
#[test]
fn outside_the_domain() {
    let row = |spot: &str, sigma: &str, tenor: &str| format!("{HEADER}call,{spot},50000,{sigma},{tenor},0,0,1,1\n");
    assert_eq!(compare("spot", &row("499.9", "1", "604800")), Ok(true));
    assert_eq!(compare("zero", &row("0", "1", "604800")), Ok(true));
    assert_eq!(compare("sigma", &row("50000", "4.01", "604800")), Ok(true));
    assert_eq!(compare("short", &row("50000", "1", "3599")), Ok(true));
    assert_eq!(compare("negative cap", &format!("{HEADER}call,50000,50000,1,604800,-1,0,1,1\n")), Ok(true));
}
