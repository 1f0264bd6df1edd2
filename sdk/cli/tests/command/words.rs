//! Errors, exit codes, names.

use crate::market::{Market, alone, text};

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
    assert!(error(&report).contains("cash -"), "{report}");
    assert!(report["next"].as_str().is_some_and(|next| next.contains("--deposit")), "{report}");
    let report = market.fails("lena", &format!("{BUY} --size 0.1BTC --tenor 3d --deposit 5 --yes"), 3);
    assert!(report["next"].as_str().is_some_and(|next| next.contains("price show")), "{report}");
    let report = market.fails("lena", "account show --pool TSLA.M", 1);
    assert_eq!(report["next"], "open it: evergreen account open --pool TSLA.M");

    // Other programs' refusals, too.
    let report = market.fails("lena", "deposit 100000 --pool TSLA.M --yes", 3);
    assert!(report["next"].as_str().is_some_and(|next| next.starts_with("the wallet holds less")), "{report}");
    let report = market.fails("issuer", "deposit 1 --pool TSLA.M --yes", 3);
    assert_eq!(report["cause"], "AccountNotInitialized");
    assert!(report["next"].as_str().is_some_and(|next| next.contains("hold the token")), "{report}");

    // The network is not there.
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
