//! Tests of price files as exchanges and people write them. The rows are made up; their forms are those of the services.

use evergreen_localnet::{Columns, DOLLAR, PathSpec, PriceFile, PriceFiles};
use evergreen_sdk::presets::Asset;
use std::path::PathBuf;

/// A folder with files of these names.
struct Folder(PathBuf);

impl Folder {
    fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("evergreen-files-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            std::fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    fn read(&self, names: &[&str], columns: Option<&str>) -> Result<PriceFiles, String> {
        let file = |name: &&str| match name.split_once('=') {
            Some((asset, name)) => PriceFile { path: self.0.join(name), asset: asset.parse::<Asset>().ok() },
            None => PriceFile { path: self.0.join(name), asset: None },
        };
        let files: Vec<PriceFile> = names.iter().map(file).collect();
        let columns: Option<Columns> = columns.map(|text| text.parse().unwrap());
        PriceFiles::read(&files, columns.as_ref(), &PathSpec::default()).map_err(|error| {
            // Where the test's files are is no part of what is compared.
            error.to_string().replace(&format!("{}/", self.0.display()), "")
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const START: i64 = 1_735_689_600;

/// Candles of a minute from `START`, of which each closes at `prices`, as Binance writes them.
fn binance(prices: &[&str], unit: i64) -> String {
    let row = |(place, price): (i64, &&str)| {
        let at = (START + 60 * place) * unit;
        format!("{at},{price},{price},{price},{price},12.5,{},1000.0,7,6.0,500.0,0\n", at + 60 * unit - 1)
    };
    (0..).zip(prices).map(row).collect()
}

/// Times, and dollars of both.
fn ticks(found: &PriceFiles) -> Vec<(i64, i64, i64)> {
    found.path.ticks.iter().map(|tick| (tick.time_seconds - START, tick.btc / DOLLAR, tick.eth / DOLLAR)).collect()
}

#[test]
fn binance_is_read_in_every_unit_and_a_close_counts_when_its_candle_ends() {
    for (unit, name) in [(1, "seconds"), (1_000, "milliseconds"), (1_000_000, "microseconds")] {
        let folder = Folder::of(
            &format!("binance-{name}"),
            &[
                ("BTCUSDT-1m.csv", &binance(&["100000.5", "100100", "100200"], unit)),
                ("ETHUSDT-1m.csv", &binance(&["4000", "4010", "4020"], unit)),
            ],
        );
        let found = folder.read(&["BTCUSDT-1m.csv", "ETHUSDT-1m.csv"], None).unwrap();
        assert_eq!(ticks(&found), [(60, 100_000, 4_000), (120, 100_100, 4_010), (180, 100_200, 4_020)], "{name}");
        assert_eq!(found.path.ticks[0].btc, 100_000 * DOLLAR + DOLLAR / 2);
        let said = &found.notes[0];
        let told =
            format!("Binance candles of BTC, 3 rows, times in {name}, 2025-01-01 00:01:00 to 2025-01-01 00:03:00");
        assert!(said.contains(&told) && said.contains("a price every 1 min"), "{said}");
        assert!(said.contains("closes count when their candle ends, 1 min after its time"), "{said}");
    }
}

#[test]
fn coinbase_kraken_and_yahoo_are_read_and_merged_as_of_the_last_price_of_each() {
    // Coinbase: time, low, high, open, close, volume, the newest first. Kraken: time, open, high, low, close, volume, trades.
    let coinbase = format!("{},99900,100300,100000,100200,1\n{},99900,100100,100050,100000,1\n", START + 60, START);
    let kraken = format!("{},4000,4020,3990,4010,5.5,9\n{},4010,4030,4000,4020,5.5,9\n", START - 15, START + 75);
    let folder = Folder::of("exchanges", &[("btc.csv", &coinbase), ("XETHZUSD_1.csv", &kraken)]);
    let found = folder.read(&["btc.csv", "XETHZUSD_1.csv"], None).unwrap();
    assert!(found.notes[0].contains("Coinbase candles of BTC, 2 rows"), "{:?}", found.notes);
    assert!(found.notes[0].contains("the newest row came first"), "{:?}", found.notes);
    assert!(found.notes[1].contains("Kraken candles of ETH, 2 rows"));
    // Kraken's closes are at 75 and 165, Coinbase's at 60 and 120: only what lies between counts, and nothing before its time.
    assert_eq!(ticks(&found), [(75, 100_000, 4_010), (120, 100_200, 4_010)]);
    assert!(found.notes[2].contains("only these are used"), "{:?}", found.notes);

    let yahoo = "\u{feff}Date,Open,High,Low,Close,Adj Close,Volume\r\n2024-12-30,94000,95000,93000,94500.1234567,94500,1\r\n\
                 2024-12-31,null,null,null,null,null,null\r\n2025-01-01,93000,96000,92000,95000,95000,1\r\n\
                 2025-01-02,95000,97000,94000,96500,96500,1\r\n";
    let folder = Folder::of("yahoo", &[("BTC-USD.csv", yahoo)]);
    let found = folder.read(&["BTC-USD.csv"], None).unwrap();
    // The close of a day is known when the day is over.
    assert_eq!(found.path.ticks[0].time_seconds, START - 86_400);
    assert_eq!(found.path.ticks[0].btc, 9_450_012_345_670);
    assert!(found.notes[0].contains("candles as Yahoo has them of BTC, 4 rows, times in dates"), "{:?}", found.notes);
    assert!(found.notes[0].contains("1 rows without a price are left out"), "{:?}", found.notes);
    assert!(found.notes[0].contains("longest gap 2 d"), "{:?}", found.notes);
    assert!(found.notes[1].contains("ETH has no file: it follows the path that --seed 1 makes"), "{:?}", found.notes);
    let last = found.path.ticks.last().unwrap();
    assert_eq!((last.time_seconds, last.btc / DOLLAR), (START + 2 * 86_400, 96_500));
    assert!(last.eth > 0);
}

#[test]
fn tables_with_a_header_an_address_before_it_and_several_files_of_an_asset_are_read() {
    let downloaded = format!(
        "https://www.example.com/data\nunix,date,symbol,open,high,low,close,Volume USD\n{}000,2025-01-01 00:01,\"ETH/USD\",4000,4100,3900,\"4,050.5\",7\n\
         {}000,2025-01-01 00:00,\"ETH/USD\",3990,4001,3900,4000,7\n",
        START + 60,
        START
    );
    let own = format!("time_seconds,btc\n{},100000\n{},100500\n", START + 60, START + 120);
    let more = format!("time;price\n{};100500.5\n{};100700\n{};100650\n", START + 120, START + 180, START + 150);
    let folder = Folder::of("tables", &[("prices.csv", &downloaded), ("one.csv", &own), ("btc-two.csv", &more)]);
    let found = folder.read(&["prices.csv", "one.csv", "btc-two.csv"], None).unwrap();
    // The later file counts where both have a time.
    assert_eq!(ticks(&found), [(60, 100_000, 4_000), (120, 100_500, 4_050)]);
    assert_eq!(found.path.ticks[1].btc, 100_500 * DOLLAR + DOLLAR / 2);
    assert_eq!(found.path.ticks[1].eth, 4_050 * DOLLAR + DOLLAR / 2);
    assert!(found.notes[2].contains("rows were not in the order of time, and are now"), "{:?}", found.notes);
}

#[test]
fn columns_are_named_by_name_or_number() {
    let text = format!("when,x\n{START},1\n");
    let unknown = Folder::of("none", &[("btc.csv", &text)]).read(&["btc.csv"], None).unwrap_err();
    assert!(unknown.contains("btc.csv, line 1: the columns when, x are not known"), "{unknown}");
    let table = format!("Id,When,Bitcoin,Ether\n1,{START},100000,4000\n2,{},100100,4001\n", START + 5);
    let folder = Folder::of("columns", &[("table.csv", &table)]);
    for columns in ["time=When,btc=bitcoin,eth=Ether", "time=2,btc=3,eth=4"] {
        let found = folder.read(&["table.csv"], Some(columns)).unwrap();
        assert_eq!(ticks(&found), [(0, 100_000, 4_000), (5, 100_100, 4_001)]);
    }
    let found = folder.read(&["ETH=table.csv"], Some("time=2,price=4")).unwrap();
    assert_eq!(found.path.ticks[1].eth, 4_001 * DOLLAR);
    for (wrong, said) in
        [("price=3", "a time and a price are needed"), ("time=1", "a time and a price"), ("when=1", "`when`")]
    {
        assert!(wrong.parse::<Columns>().unwrap_err().contains(said), "{wrong}");
    }
}

#[test]
fn milliseconds_under_seconds_are_taken_for_what_they_are() {
    let text = format!("time_seconds,btc,eth\n{START}000,100000,4000\n{}500,100100,4001\n", START + 1);
    let found = Folder::of("units", &[("path.csv", &text)]).read(&["path.csv"], None).unwrap();
    assert_eq!(ticks(&found), [(0, 100_000, 4_000), (1, 100_100, 4_001)]);
    assert!(found.notes[0].contains("times in milliseconds"), "{:?}", found.notes);
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    let good = binance(&["1", "2"], 1);
    let day = "time_seconds,btc\n86400,1\n";
    for (files, names, said) in [
        (vec![("btc.csv", "time_seconds,btc,eth\n0,1,1\nx,1,1\n")], vec!["btc.csv"], "btc.csv, line 3: `x` is no time"),
        (
            vec![("b.csv", "\n# note\ntime_seconds,btc,eth\n0,-1,1\n")],
            vec!["b.csv"],
            "b.csv, line 4: the BTC price `-1` is not",
        ),
        (vec![("b.csv", "time_seconds,btc\n0\n")], vec!["b.csv"], "b.csv, line 2: 1 fields, and 2 are needed"),
        (vec![("btc.csv", "date,close\n01/02/2024,5\n")], vec!["btc.csv"], "nobody knows which is the month"),
        (vec![("btc.csv", "a,b\n1,2\n")], vec!["btc.csv"], "btc.csv, line 1: the columns a, b are not known"),
        (vec![("btc.csv", "1,2,3\n")], vec!["btc.csv"], "btc.csv, line 1: 3 columns and no header"),
        (
            vec![("prices.csv", &good)],
            vec!["prices.csv"],
            "prices.csv: nothing says whose prices these are: name it as BTC=FILE",
        ),
        (vec![("btc.csv", "1735689600,5,4,6,5,1,1\n")], vec!["btc.csv"], "btc.csv, line 1: its low or high is no such"),
        (vec![("btc.csv", "")], vec!["btc.csv"], "btc.csv: it has no rows"),
        (vec![("btc.csv", "time,close\n")], vec!["btc.csv"], "btc.csv: it has a header and no rows"),
        (
            vec![("btc.csv", day), ("ETHUSDT.csv", &good)],
            vec!["btc.csv", "ETHUSDT.csv"],
            "the files have no time in common: BTC has prices from second 86400 to second 86400, ETH has prices from 2025-01-01 00:01:00",
        ),
    ] {
        let found = Folder::of("wrong", &files).read(&names, None).unwrap_err();
        assert!(found.contains(said), "{found}: {said} expected");
    }
    let missing = Folder::of("missing", &[]).read(&["btc.csv"], None).unwrap_err();
    assert!(missing.contains("reading btc.csv"), "{missing}");
}

#[test]
fn decimals_are_read_as_the_file_writes_them() {
    let read = |rows: &[&str], letter: &str| {
        let text = format!("date{letter}close\n") + &rows.join("\n");
        Folder::of("decimals", &[("btc.csv", &text)]).read(&["btc.csv"], None).map(|found| {
            let mut prices: Vec<i64> = found.path.ticks.iter().map(|tick| tick.btc / (DOLLAR / 100)).collect();
            // The path that is made for the other asset has more times.
            prices.dedup();
            (prices, found.notes[0].clone())
        })
    };
    for (rows, letter, cents) in [
        (["2025-01-01;100.000,50", "2025-01-02;100000,75"], ";", [10_000_050, 10_000_075]),
        (["2025-01-01;100.000", "2025-01-02;100000,75"], ";", [10_000_000, 10_000_075]),
        (["2025-01-01;1.000.000", "2025-01-02;999.999"], ";", [100_000_000, 99_999_900]),
        (["2025-01-01;100000.5", "2025-01-02;100,001.5"], ";", [10_000_050, 10_000_150]),
        (["2025-01-01\t99.999", "2025-01-02\t100.000,5"], "\t", [9_999_900, 10_000_050]),
        (["2025-01-01,\"$100,000.50\"", "2025-01-02,\"99,999\""], ",", [10_000_050, 9_999_900]),
    ] {
        assert_eq!(read(&rows, letter).unwrap().0, cents, "{rows:?}");
    }
    // Where the table has commas between its fields a single point is before decimals.
    assert_eq!(read(&["2025-01-01,5000.125", "2025-01-02,4999.000"], ",").unwrap().0, [500_012, 499_900]);
    for (rows, letter, said) in [
        (
            ["2025-01-01;100.000", "2025-01-02;100001"],
            ";",
            "line 2: the BTC price `100.000` may be 100000 or 100.000, and no",
        ),
        (
            ["2025-01-01,\"100,000\"", "2025-01-02,100001"],
            ",",
            "line 2: the BTC price `100,000` may be 100000 or 100.000",
        ),
        (
            ["2025-01-01;100000,5", "2025-01-02;100000.5"],
            ";",
            "line 3: `100000.5` has a point before its decimals, and `100000,5` of line 2 has a comma",
        ),
        (["2025-01-01;1,0,0", "2025-01-02;100000"], ";", "line 2: the BTC price `1,0,0` is not a number above 0"),
        (["2025-01-01,99999999999999", "2025-01-02,1"], ",", "is out of range: 92233720368 dollars are the most"),
    ] {
        let found = read(&rows, letter).unwrap_err();
        assert!(found.contains(said), "{found}: {said} expected");
    }
    for (rows, said) in [
        (
            ["2025-01-01,100000", "2025-01-02,10000050"],
            "look at the step from $100000 to $10000050 at 2025-01-02 00:00:00",
        ),
        (
            ["2025-01-01,100.5", "2025-01-02,101"],
            "look at $100.5 at 2025-01-01 00:00:00: prices of BTC are from $1000 to $10000000",
        ),
    ] {
        let (_, note) = read(&rows, ",").unwrap();
        assert!(note.contains(said), "{note}: {said} expected");
    }
    assert!(!read(&["2025-01-01,100000", "2025-01-02,90000"], ",").unwrap().1.contains("look at"));
}
