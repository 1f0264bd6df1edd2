//! Errors, exit codes, names.

use crate::market::{Market, alone, text};

/// Values that cannot be read: what was given and what would be right, without any network.
#[test]
fn values_that_cannot_be_read_are_explained() {
    const BUY: &str = "quote buy --pool TSLA.M --underlying BTC --call";
    const STRIKE: &str = "expected whole dollars, atm, or a distance from the price, for instance 100000 or +5%";
    const SPAN: &str = "expected a number above 0 and its unit, for instance 7d, 12h or 30m";
    const SHARE: &str = "expected 0% to 100% in whole basis points, for instance 0.5% or 50bps";
    const SERIES: &str = "expected SLOT:GENERATION, as `evergreen positions` names it, for instance 0:1";
    let leg = |text: &str| format!("quote legs --pool TSLA.M --leg \"{text}\"");
    let as_in = |expected: &str| format!("expected {expected}, as in \"+0.1BTC call 100000 7d\"");
    let folder = tempfile::tempdir().expect("a folder");
    for (line, given, expected) in [
        (format!("{BUY} --size 1 --strike high"), "strike `high`", STRIKE.to_owned()),
        (format!("{BUY} --size 1 --strike 1.5"), "strike `1.5`", STRIKE.to_owned()),
        (format!("{BUY} --size 1 --strike +x%"), "strike `+x%`", STRIKE.to_owned()),
        (format!("{BUY} --size much"), "size `much`", "expected coins, for instance 0.1 or 0.1BTC".to_owned()),
        (format!("{BUY} --size 1 --tenor soon"), "span of time `soon`", SPAN.to_owned()),
        (format!("{BUY} --size 1 --tenor 0d"), "span of time `0d`", SPAN.to_owned()),
        (format!("{BUY} --size 1 --slippage 5"), "share `5`", SHARE.to_owned()),
        (format!("{BUY} --size 1 --slippage 101%"), "share `101%`", SHARE.to_owned()),
        (format!("{BUY} --size 1 --slippage 0.001%"), "share `0.001%`", SHARE.to_owned()),
        (
            format!("{BUY} --size 1 --deposit some"),
            "amount `some`",
            "expected a number of tokens, for instance 1.5".to_owned(),
        ),
        (
            format!("{BUY} --size 1 --stock-price high"),
            "number of dollars `high`",
            "expected a number such as 99500 or 0.5".to_owned(),
        ),
        (
            format!("{BUY} --size 1 --owner me"),
            "address `me`",
            "expected 32 bytes in base58, as `solana address` prints them".to_owned(),
        ),
        ("close --pool TSLA.M --series 0".to_owned(), "series `0`", SERIES.to_owned()),
        ("series retire 0:x --pool TSLA.M".to_owned(), "series `0:x`", SERIES.to_owned()),
        ("deposit much --pool TSLA.M".to_owned(), "amount `much`", "expected a number of tokens, or all".to_owned()),
        (
            "withdraw much --pool TSLA.M".to_owned(),
            "amount `much`",
            "expected a number of tokens, or all, or max".to_owned(),
        ),
        (
            "lp request few --pool TSLA.M".to_owned(),
            "number of shares `few`",
            "expected a number, or all, or a part such as 50%".to_owned(),
        ),
        (
            "govern propose pool-params --pool TSLA.M --set fee".to_owned(),
            "parameter `fee`",
            "expected NAME=VALUE".to_owned(),
        ),
        ("keeper once --job steal".to_owned(), "job `steal`", "expected one of fill, post, open-account".to_owned()),
        (leg("0.1BTC call"), "leg `0.1BTC call`", as_in("+ to buy or - to sell at the beginning")),
        (leg("+0.1"), "leg `+0.1`", as_in("a coin after the size, or a whole number of points above 0")),
        (leg("+5 BTC"), "leg `+5 BTC`", as_in("a coin or `points` after the size")),
        (leg("+5 points"), "leg `+5 points`", as_in("an underlying after `points`")),
        (leg("+0.1BTC 100000"), "leg `+0.1BTC 100000`", as_in("call or put after the size")),
        (leg("+0.1BTC call"), "leg `+0.1BTC call`", as_in("a strike after call or put")),
        (leg("+0.1BTC call atm 7d 8d"), "leg `+0.1BTC call atm 7d 8d`", as_in("nothing after the tenor")),
        (leg("+xBTC call atm"), "size `xBTC`", "expected coins, for instance 0.1 or 0.1BTC".to_owned()),
        (leg("+0.1BTC call high"), "strike `high`", STRIKE.to_owned()),
        (leg("+0.1BTC call atm soon"), "span of time `soon`", SPAN.to_owned()),
    ] {
        let (what, value) = given.split_once(" `").expect("what, and a value");
        let wanted = format!(": `{value} is no {what}: {expected}");
        let output = alone(folder.path(), &line);
        assert!(output.status.code() == Some(2) && text(&output).contains(&wanted), "{line}: {}", text(&output));
        // Machines are told the same.
        let output = alone(folder.path(), &format!("{line} --json"));
        let report: serde_json::Value = serde_json::from_slice(&output.stderr).expect("a report");
        assert!(report["error"].as_str().is_some_and(|error| error.contains(&wanted)), "{line}: {report}");
        assert_eq!((&report["exit_code"], output.status.code()), (&2.into(), Some(2)), "{line}");
        evergreen_test_support::schema::check_error(&line, &report);
    }
}

/// Numbers below zero are no options.
#[test]
fn negative_numbers_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    const BUY: &str = "trade buy --pool TSLA.M --underlying BTC --call";
    for (line, given) in [
        (format!("{BUY} --size -0.1"), "-0.1"),
        (format!("{BUY} --size -0.1BTC"), "-0.1BTC"),
        (format!("{BUY} --points -5"), "-5"),
        (format!("{BUY} --size 1 --deposit -.5"), "-.5"),
        ("deposit -5 --pool TSLA.M".to_owned(), "-5"),
        ("withdraw -5 --pool TSLA.M".to_owned(), "-5"),
        ("lp request -5 --pool TSLA.M".to_owned(), "-5"),
        ("orders cancel -5 --pool TSLA.M".to_owned(), "-5"),
        ("localnet price set BTC -5".to_owned(), "-5"),
    ] {
        let output = alone(folder.path(), &line);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        assert!(said.contains(given) && !said.contains("unexpected argument"), "{line}: {said}");
        assert!(said.contains("negative") || said.contains("invalid"), "{line}: {said}");
        let output = alone(folder.path(), &format!("{line} --json"));
        let report: serde_json::Value = serde_json::from_slice(&output.stderr).expect("a report");
        assert!(report["error"].as_str().is_some_and(|error| error.contains(given)), "{line}: {report}");
    }
    // An option that does not exist is still called so.
    assert!(text(&alone(folder.path(), "doctor -x")).contains("unexpected argument"));
}

/// The help tells all exit codes, and the document the same ones.
#[test]
fn the_help_tells_all_exit_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = text(&alone(folder.path(), "help"));
    let codes = |text: &str, before: &str, after: &str| -> Vec<u32> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(before)?.split_once(after));
        lines.flat_map(|(codes, _)| codes.split(", ").filter_map(|code| code.trim().parse().ok())).collect()
    };
    let told = help.split_once("Exit codes:").map(|(_, told)| codes(told, "  ", "  ")).unwrap_or_default();
    assert_eq!(told, (0..=7).collect::<Vec<_>>(), "{help}");
    let table = evergreen_test_support::documents::COMMAND.split_once("| exit code | meaning |").expect("a table").1;
    let table = table.split_once("\n\n").expect("its end").0;
    assert_eq!(codes(table, "| ", " |"), told, "{table}");
}

pub fn errors_say_what_to_do(market: &Market) {
    const BUY: &str = "trade buy --pool TSLA.M --underlying BTC --call --strike atm";
    let error = |report: &serde_json::Value| report["error"].as_str().unwrap_or_default().to_owned();

    // Wrong usage.
    for line in [
        "trade buy --pool TSLA.M --underlying BTC --strike atm --size 0.1BTC",
        "trade buy --pool TSLA.M --underlying BTC --call --put --size 0.1BTC",
        "trade buy --pool TSLA.M --underlying BTC --call",
        "trade buy --pool TSLA.M --underlying BTC --call --strike high --size 1",
        "quote buy --pool TSLA.M --underlying BTC --call --tenor soon --size 1",
        "close --pool TSLA.M",
        "no-such-command",
    ] {
        assert_eq!(market.run("lena", line).status.code(), Some(2), "{line}");
        assert_eq!(market.fails("lena", line, 2)["exit_code"], 2, "{line}");
    }
    let report = market.fails("lena", &format!("{BUY} --size 0.1ETH --yes"), 2);
    assert_eq!(error(&report), "--size is in BTC, not in ETH");
    let report = market.fails("lena", "quote buy --pool TSLA.M --underlying SOL --call --size 1", 2);
    assert_eq!(error(&report), "TSLA.M has no underlying SOL, only BTC, ETH");
    let report = market.fails("lena", "deposit 0.123456789 --pool TSLA.M --yes", 2);
    assert!(error(&report).contains("9 places after the point, the token has 8"), "{report}");

    // Nobody said yes: nothing is sent.
    let report = market.run("lena", &format!("{BUY} --size 0.1BTC --deposit 5"));
    assert_eq!(report.status.code(), Some(5), "{}", text(&report));
    assert!(text(&report).contains("nothing was sent"));

    // The program's own cause, with the numbers and what helps.
    let report = market.fails("lena", &format!("{BUY} --size 0.1BTC --deposit 0.1 --yes"), 3);
    assert_eq!(report["cause"], "InsufficientCash");
    assert!(error(&report).contains("cash -") && error(&report).contains(" TSLA.M ("), "{report}");
    assert!(report["next"].as_str().is_some_and(|next| next.contains("--deposit")), "{report}");
    let report = market.fails("lena", &format!("{BUY} --size 0.1BTC --tenor 3d --deposit 5 --yes"), 3);
    assert!(report["next"].as_str().is_some_and(|next| next == "offered: --tenor 1d, 2d, 7d, 30d"), "{report}");
    for which in ["--pool TSLA.M", "--pool TSLA.M --account 3"] {
        let next = market.fails("lena", &format!("account show {which}"), 1)["next"].to_string();
        assert!(next.contains(&format!(" account open {which} --keypair ")), "{next}");
    }
    what_would_work_is_computed(market);
    another_network_is_called_so(market);

    // Other programs' refusals, too.
    a_wallet_that_is_too_small_says_what_is_missing(market);

    // The network is not there. What may be a key in its URL is never told.
    for line in ["pool list", "doctor", "positions", "price show"] {
        let output =
            market.run("lena", &format!("{line} --url http://lena:pass-word@127.0.0.1:9/v2/api-key?key=api-key"));
        let said = text(&output);
        assert!(!output.status.success() && !said.contains("api-key") && !said.contains("pass-word"), "{line}: {said}");
    }
    let report = market.fails("lena", "pool list --url http://127.0.0.1:9", 4);
    assert!(report["next"].as_str().is_some_and(|next| next.contains("--url")), "{report}");
    let output = market.run("lena", "doctor --url http://127.0.0.1:9");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("does not answer"), "{}", text(&output));

    // Nothing is configured.
    let output = alone(market.folder(), "positions --url http://127.0.0.1:9");
    assert!(text(&output).contains("next: name one with --keypair"), "{}", text(&output));
    let output = alone(market.folder(), "positions --config nowhere.yml");
    assert!(text(&output).contains("there is no configuration file nowhere.yml"), "{}", text(&output));
    let output = alone(market.folder(), "localnet --rpc-port 0 --ws-port 0 --dir other --program nowhere.so");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("`cargo xtask build` makes it"), "{}", text(&output));
}

/// Each number that a refusal names is taken, and the next one beyond it is not.
fn what_would_work_is_computed(market: &Market) {
    const BUY: &str = "quote buy --pool TSLA.M --underlying BTC --call";
    market.newcomer("fitz", 100);
    let taken = |line: &str| market.run("fitz", line).status.success();
    for (line, cause) in [
        (format!("{BUY} --strike atm --size 1000BTC"), "a limit"),
        ("quote sell --pool TSLA.M --underlying ETH --put --strike atm --size 1000ETH".to_owned(), "ShortExceedsLong"),
    ] {
        let report = market.fails("fitz", &line, 3);
        let known =
            "ReserveLimit GrowthLimit RentTooLow DirectionLimit SeriesSizeLimit AccountSizeLimit ShortExceedsLong";
        let named = report["cause"].as_str().unwrap_or_default();
        assert!(named == cause || (cause == "a limit" && known.split(' ').any(|one| one == named)), "{report}");
        let sizes = report["fits"]["sizes"].as_array().expect("sizes");
        let at = line.find("--size").expect("a size");
        if let Some(size) = sizes.first().and_then(|size| size.as_str()) {
            assert!(report["next"].as_str().is_some_and(|next| next.contains(&format!("--size {size}"))), "{report}");
            assert!(taken(&format!("{} --size {size}", &line[..at])), "{report}");
            let coin = size.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            let more = size.trim_end_matches(coin).parse::<f64>().expect("a number") * 1.01;
            assert!(!taken(&format!("{} --size {more:.6}{coin}", &line[..at])), "{more}{coin}: {report}");
        } else {
            assert_eq!(cause, "ShortExceedsLong", "{report}");
        }
    }
    // Strikes and tenors.
    let report = market.fails("fitz", &format!("{BUY} --strike 99999 --size 0.01BTC"), 3);
    assert_eq!(report["cause"], "StrikeOffGrid");
    let strikes: Vec<u64> =
        report["fits"]["strikes"].as_array().expect("strikes").iter().filter_map(|s| s.as_u64()).collect();
    assert!(strikes.len() == 2 && strikes[0] < 99_999 && strikes[1] > 99_999, "{report}");
    for strike in strikes {
        assert!(taken(&format!("{BUY} --strike {strike} --size 0.01BTC")), "{strike}");
    }
    let report = market.fails("fitz", &format!("{BUY} --strike 900000 --size 0.01BTC"), 3);
    let furthest = report["fits"]["strikes"][0].as_u64().expect("a strike");
    assert!(report["fits"]["strikes"].as_array().map(Vec::len) == Some(1) && furthest > 100_000, "{report}");
    let report = market.fails("fitz", &format!("{BUY} --strike atm --tenor 14d --size 0.01BTC"), 3);
    for tenor in report["fits"]["tenors"].as_array().expect("tenors") {
        assert!(taken(&format!("{BUY} --tenor {} --size 0.01BTC", tenor.as_str().expect("a word"))), "{tenor}");
    }
    // Cash, bond and tip, and the deposit with which it fits.
    let trade = "trade buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC --dry-run";
    let report = market.fails("fitz", &format!("{trade} --deposit 0.1"), 3);
    assert_eq!(report["cause"], "InsufficientCash");
    let native = |value: &serde_json::Value| {
        value["native"].as_str().and_then(|native| native.parse::<i64>().ok()).expect("units")
    };
    let takes = &report["fits"]["takes"];
    assert_eq!(native(&takes["cash"]), 10_000_000, "{report}");
    assert_eq!(
        native(&takes["needed"]),
        native(&takes["most_to_pay"]) + native(&takes["bond"]) + native(&takes["tip"])
    );
    assert!(native(&takes["bond"]) > 0 && native(&takes["tip"]) > 0, "{report}");
    let deposit = report["fits"]["deposit"]["tokens"].as_str().expect("tokens");
    assert!(report["next"].as_str().is_some_and(|next| next.contains(&format!("--deposit {deposit} "))), "{report}");
    // Prices move meanwhile.
    let more = deposit.parse::<f64>().expect("a number");
    assert!(taken(&format!("{trade} --deposit {:.4}", more * 1.02)), "{report}");
    assert!(!taken(&format!("{trade} --deposit {:.4}", more * 0.95)), "{report}");
    // What cannot leave, and what can.
    market.json("fitz", "deposit 6.8 --pool TSLA.M --yes");
    let report = market.fails("fitz", "withdraw 100 --pool TSLA.M --yes", 3);
    assert!(
        report["cause"] == "InsufficientCash" && !report["next"].as_str().unwrap_or_default().contains("pay in"),
        "{report}"
    );
    assert!(
        report["next"]
            .as_str()
            .is_some_and(|next| next.contains("withdraw all --pool TSLA.M") && next.contains("6.8 TSLA.M")),
        "{report}"
    );
    // With a position a day of funding stays, and how long the rest lasts is told.
    market.json("fitz", "trade buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC --yes");
    let taken_out = market.json("fitz", "withdraw max --pool TSLA.M --yes");
    let left = &taken_out["quote"]["runway"];
    let seconds = left["runway_seconds"].as_u64().expect("seconds");
    assert!(
        (86_000..90_000).contains(&seconds) && native(&left["for_a_week"]) > 6 * native(&left["cash_after"]),
        "{taken_out}"
    );
    let shown = text(&market.run("fitz", "withdraw 0.01 --pool TSLA.M --dry-run"));
    assert!(shown.contains("then anyone may sell what is bought; for 7 days leave"), "{shown}");
    // All again, when there is nothing more, is no failure.
    market.jsons("fitz", "close --all --pool TSLA.M --yes");
    market.json("fitz", "account close --pool TSLA.M --yes");
    for line in ["withdraw max", "withdraw all"] {
        let said = market.json("fitz", &format!("{line} --pool TSLA.M --yes"));
        assert!(
            said["done_before"] == true && said["note"].as_str().is_some_and(|note| note.contains("nothing is in it")),
            "{said}"
        );
    }
    market.json("fitz", "deposit all --pool TSLA.M --yes");
    assert_eq!(market.json("fitz", "deposit all --pool TSLA.M --yes")["done_before"], true);
}

/// Slips about the network, and about what an address is of.
fn another_network_is_called_so(market: &Market) {
    let error = |report: &serde_json::Value| report["error"].as_str().unwrap_or_default().to_owned();
    for url in ["banana", "127.0.0.1:8899", "ftp://127.0.0.1", "https://"] {
        let report = market.fails("lena", &format!("pool list --url {url}"), 2);
        assert!(
            error(&report).contains("--url takes http://… or https://…, or mainnet, devnet, testnet, localhost"),
            "{report}"
        );
    }
    let bare = evergreen_localnet::Network::start(evergreen_localnet::Options::default()).expect("a network");
    for line in ["pool show --pool TSLA.M", "account show --pool TSLA.M", "deposit 1 --pool TSLA.M --yes"] {
        let report = market.fails("lena", &format!("{line} --url {}", bare.rpc_url()), 1);
        assert!(
            error(&report).contains("has no Evergreen program") && error(&report).contains("(genesis "),
            "{line}: {report}"
        );
        assert!(report["next"].as_str().is_some_and(|next| next.contains("another network")), "{report}");
    }
    let mint = evergreen_sdk::anchor_lang::prelude::Pubkey::new_from_array([9; 32]);
    let other = format!(r#"{{"pools":[{{"name":"TSLA.M","mint":"{mint}"}}]}}"#);
    std::fs::write(market.folder().join("other.json"), other).expect("a file");
    let report = market.fails("lena", "pool show --pool TSLA.M --market other.json", 1);
    assert!(error(&report).contains("the market file names TSLA.M"), "{report}");
    // An owner for an account, and an account for its owner.
    market.json("fitz", "account open --pool TSLA.M --yes");
    let account = market.json("fitz", "account show --pool TSLA.M")["address"].as_str().expect("an address").to_owned();
    let report = market.fails("lena", &format!("account show --pool TSLA.M --owner {account}"), 1);
    let fitz = solana_signer::Signer::pubkey(&market.key("fitz"));
    assert!(
        report["next"].as_str().is_some_and(|next| next.contains(&format!("--owner {fitz} --account 0"))),
        "{report}"
    );
    let report = market.fails("lena", &format!("orders execute 1 --of {fitz} --yes"), 1);
    assert!(report["next"].as_str().is_some_and(|next| next.contains(&format!("--of {account}"))), "{report}");
    // A port that another network has.
    let port = bare.rpc_url().rsplit(':').next().expect("a port").to_owned();
    let output = alone(market.folder(), &format!("localnet --dir third --rpc-port {port} --ws-port 0"));
    let said = text(&output);
    assert!(
        said.contains(&format!("port {port} is taken")) && !said.contains("--port or") && said.contains("--rpc-port 0"),
        "{said}"
    );
}

/// Before anybody is asked, and before anything is signed.
fn a_wallet_that_is_too_small_says_what_is_missing(market: &Market) {
    let error = |report: &serde_json::Value| report["error"].as_str().unwrap_or_default().to_owned();
    let held = market.newcomer("nora", 7);
    for (line, missing) in [
        ("deposit 100 --pool TSLA.M --yes", "93 TSLA.M"),
        ("deposit 100 --pool TSLA.M", "93 TSLA.M"),
        ("deposit 7.5 --pool TSLA.M --dry-run", "0.5 TSLA.M"),
        ("lp deposit 8 --pool TSLA.M --class insurance --yes", "1 TSLA.M"),
        ("trade buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.01BTC --deposit 9 --yes", "2 TSLA.M"),
    ] {
        let report = market.fails("nora", line, 3);
        assert_eq!(report["cause"], "TooFewTokens", "{line}: {report}");
        let said = error(&report);
        assert!(
            said.contains("holds 7 TSLA.M") && said.contains(missing) && said.contains("missing"),
            "{line}: {said}"
        );
    }
    // A wallet without an account for the token.
    let report = market.fails("issuer", "deposit 1 --pool TSLA.M --yes", 3);
    assert_eq!(report["cause"], "TooFewTokens");
    assert!(error(&report).contains("has no account for TSLA.M"), "{report}");
    // No SOL at all, none for the rent of an account, none for fees.
    let key = solana_signer::Signer::pubkey(&held);
    for (lamports, words) in [(0, "has no SOL"), (1_000_000, "too little SOL"), (4_000, "too little SOL")] {
        market.set_lamports(&key, lamports);
        let report = market.fails("nora", "account open --pool TSLA.M --yes", 3);
        let cause = report["cause"].as_str().unwrap_or_default();
        assert!(["TooLittleSol", "System.ResultWithNegativeLamports"].contains(&cause), "{lamports}: {report}");
        assert!(error(&report).contains(words), "{lamports}: {report}");
    }
}

pub fn pools_have_names(market: &Market) {
    std::fs::write(market.folder().join("empty.json"), "{}").expect("a file");
    // A Token-2022 mint carries its symbol, a classic one only its address.
    let pool = market.json("lena", "pool show --pool crclx --market empty.json");
    assert_eq!((&pool["name"], &pool["wallet_multiplier"]), (&"CRCLx".into(), &"1".into()));
    let mint = market.mint("TSLA.M").to_string();
    let pool = market.json("lena", &format!("pool show --pool {mint} --market empty.json"));
    assert_eq!(pool["mint"], mint.as_str());
    let address = pool["pool"].as_str().expect("an address");
    assert_eq!(market.json("lena", &format!("pool show --pool {address}"))["name"], "TSLA.M");

    let report = market.fails("lena", "pool show --pool NVDA", 1);
    assert!(report["next"].as_str().is_some_and(|next| next.contains("TSLA.M, CRCLx")), "{report}");

    // Without a stock price sizes in coins mean nothing, points do.
    let quote = format!("quote buy --pool {mint} --market empty.json --underlying ETH --put --strike -5%");
    let report = market.fails("lena", &format!("{quote} --size 1ETH"), 1);
    assert!(report["next"].as_str().is_some_and(|next| next.contains("--stock-price")), "{report}");
    let by_points = market.json("lena", &format!("{quote} --points 333333333"));
    assert!(by_points["net"]["dollars"].is_null(), "{by_points}");
    let by_price = market.json("lena", &format!("{quote} --size 1ETH --stock-price 300"));
    assert_eq!((&by_price["points"], &by_price["strike"]), (&333_333_333.into(), &by_points["strike"]));
    assert!(by_price["net"]["dollars"].is_string());
}
