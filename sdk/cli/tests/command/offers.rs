//! One trade in several pools: which is chosen, which is never, and what is said of each; exposure of a pool, and a hedge of it on paper and at a venue.

use crate::market::{Market, TOKEN};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::{MarginAccount, ShareClass},
    price::PushFeeds,
};
use evergreen_test_network::{Venue, VenueFaults};
use serde_json::{Value, json};
use solana_signer::Signer;

const BUY: &str = "--underlying BTC --call --strike 100000 --size 0.02BTC";

/// The market file of the local network with lena's pool, if it is vouched for.
fn write_market(market: &Market, file: &str, more: &[Value]) {
    let read = std::fs::read_to_string(market.folder().join("evergreen-localnet/market.json")).expect("a file");
    let mut named: Value = serde_json::from_str(&read).expect("a market file");
    named["pools"].as_array_mut().expect("pools").extend(more.iter().cloned());
    std::fs::write(market.folder().join(file), named.to_string()).expect("a file");
}

fn held(market: &Market, pool: Pubkey, owner: &Pubkey) -> i64 {
    let account = market.find::<MarginAccount>(&address::margin_account(&pool, owner, 0));
    account.map_or(0, |account| account.positions.iter().map(|position| position.points).sum())
}

fn names(report: &Value, list: &str) -> Vec<String> {
    let lines = report[list].as_array().expect("a list");
    lines.iter().map(|line| line["pool"].as_str().expect("a name").to_owned()).collect()
}

pub fn the_best_verified_pool_is_chosen(market: &Market) {
    market.json("alice", "localnet price set BTC 100000");
    market.json("alice", "localnet price set ETH 4000");
    let mint = market.mint("CRCLx");
    let of = |who: &str| address::pool_of(&mint, &market.key(who).pubkey(), 0);
    let (first, own, strange) = (address::pool(&mint), of("lena"), of("bob"));
    // The market file names lena's pool, and nobody vouches for bob's.
    assert_eq!(market.json("bob", "pool show --pool CRCLx-lena")["pool"], own.to_string());
    market.json("bob", &format!("lp deposit 300 --pool {strange} --yes"));
    market.json("bob", &format!("lp deposit 30 --class insurance --pool {strange} --yes"));
    let nora = market.newcomer("nora", 300).pubkey();
    let ask = |line: &str| market.json("nora", line);
    let refuses = |line: &str, code: i32| market.fails("nora", line, code);
    for pool in ["CRCLx", "CRCLx-lena"] {
        ask(&format!("deposit 20 --pool {pool} --yes"));
    }

    // Those that the market file names are compared, and the stranger's, which is as good as the best one, is counted and not asked.
    let compared = ask(&format!("quote buy {BUY}"));
    let mut quoted = names(&compared, "quotes");
    assert_eq!(quoted.last().map(String::as_str), Some("CRCLx-lena"), "{compared}");
    quoted.sort_unstable();
    assert_eq!(quoted, ["CRCLx", "CRCLx-lena", "TSLA.M"], "{compared}");
    assert_eq!((&compared["not_verified"], &compared["chosen"]), (&1.into(), &"CRCLx".into()), "{compared}");
    let line = |report: &Value, pool: &str| {
        let lines = report["quotes"].as_array().expect("quotes").clone();
        lines.into_iter().find(|line| line["pool"] == pool).expect("a line")
    };
    assert!(line(&compared, "TSLA.M")["missing"]["native"].is_string(), "{compared}");
    assert!(line(&compared, "CRCLx")["missing"].is_null() && line(&compared, "CRCLx-lena")["missing"].is_null());

    // A trade takes it, and a sale is one where the option is held.
    let done = ask(&format!("trade buy {BUY} --yes"));
    assert_eq!((&done["quote"]["pool"], &done["outcome"]["filled"]), (&"CRCLx".into(), &true.into()), "{done}");
    assert!(held(market, first, &nora) > 0 && held(market, own, &nora) == 0 && held(market, strange, &nora) == 0);
    let sold = ask("trade sell --underlying BTC --call --strike 100000 --size 0.005BTC --yes");
    assert_eq!(sold["quote"]["pool"], "CRCLx", "{sold}");

    // What is held in one pool makes holding more of it dearer there: whoever holds for a month finds the curator's pool first, which takes the higher fee.
    market.json("alice", "localnet advance 2h");
    let compared = ask(&format!("quote buy {BUY} --held 30d"));
    let order = names(&compared, "quotes");
    let place = |pool: &str| order.iter().position(|name| name == pool);
    assert!(place("CRCLx-lena") < place("CRCLx") && place("CRCLx-lena").is_some(), "{compared}");
    assert_eq!(compared["chosen"], "CRCLx-lena", "{compared}");
    let done = ask(&format!("trade buy {BUY} --held 30d --dry-run"));
    assert_eq!(done["quote"]["pool"], "CRCLx-lena", "{done}");

    // Tokens of several stocks are not told apart by a number, and points of several pools neither.
    refuses(&format!("trade buy {BUY} --deposit 5 --yes"), 2);
    refuses(&format!("trade buy {BUY} --min-net=-1 --yes"), 2);
    refuses("quote buy --underlying BTC --call --points 100000", 2);
    refuses("quote roll --series 0:1 --tenor 30d", 2);
    refuses(&format!("trade buy {BUY} --number 7 --yes"), 2);
    // Of one mint they are; other commands want one pool.
    let done = ask(&format!("trade buy {BUY} --deposit 1 --pool {mint} --dry-run"));
    assert_eq!(done["quote"]["pool"], "CRCLx", "{done}");
    let report = refuses(&format!("pool show --pool {mint}"), 1);
    assert!(report["next"].as_str().is_some_and(|next| next.contains("CRCLx, CRCLx-lena")), "{report}");

    // What is halted says so, and the next one takes the trade.
    market.json("admin", "govern halt --pool CRCLx --yes");
    let compared = ask(&format!("quote buy {BUY}"));
    assert_eq!(names(&compared, "refused"), ["CRCLx"]);
    assert_eq!((&compared["refused"][0]["cause"], &compared["chosen"]), (&"PoolHalted".into(), &"CRCLx-lena".into()));
    let done = ask(&format!("trade buy {BUY} --yes"));
    assert_eq!(done["quote"]["pool"], "CRCLx-lena", "{done}");
    assert!(held(market, own, &nora) > 0);
    // Now it is held in two of them.
    let report = refuses("trade sell --underlying BTC --call --strike 100000 --size 0.005BTC --yes", 3);
    assert_eq!(report["cause"], "NoPoolChosen");
    let error = report["error"].as_str().expect("an error");
    assert!(error.contains("held in several pools: CRCLx") && error.contains("CRCLx-lena"), "{report}");

    // What is held in a pool that nobody vouches for is not written elsewhere instead.
    market.json("nora", &format!("deposit 20 --pool {strange} --account 3 --yes"));
    let put = "--underlying ETH --put --strike 3900 --size 0.1ETH";
    market.json("nora", &format!("trade buy {put} --pool {strange} --account 3 --stock-price 120 --yes"));
    let report = refuses(&format!("trade sell {put} --account 3 --yes"), 3);
    let told =
        (report["cause"].as_str(), report["next"].as_str().unwrap_or_default().contains(&format!("--pool {strange}")));
    assert_eq!(told, (Some("NoPoolChosen"), true), "{report}");

    // Where no verified one takes it, the stranger's does not either, though it would.
    market.json("lena", &format!("govern halt --pool {own} --yes"));
    let report = refuses(&format!("trade buy {BUY} --yes"), 3);
    let told = [report["error"].as_str().unwrap_or_default(), report["next"].as_str().unwrap_or_default()];
    assert!(told[0].contains("TSLA.M needs a deposit of ") && told[1].contains("--pool TSLA.M --deposit "), "{report}");
    assert_eq!(held(market, strange, &nora), 0);
    let open = market.json("nora", &format!("quote buy {BUY} --pool {strange} --stock-price 120"));
    assert_eq!(open["pool"], strange.to_string());
    let compared = ask(&format!("quote buy {BUY} --pool {mint}"));
    assert!(compared["chosen"].is_null() && compared["details"].is_string(), "{compared}");
    assert_eq!(names(&compared, "refused"), ["CRCLx", "CRCLx-lena"]);
}

/// Names that pass for others: in a market file they are refused, in a mint they are shown for what they are.
pub fn names_are_not_trusted(market: &Market) {
    let mint = market.mint("CRCLx").to_string();
    let other = json!({"name": "other", "mint": mint, "pool": address::pool(&market.mint("TSLA.M")).to_string()});
    for (name, words) in [
        ("crclx", "the names CRCLx and crclx pass for each other"),
        ("CRCIx", "the names CRCLx and CRCIx pass for each other"),
        ("TSL\u{410}.M", "`TSL\\u{410}.M` is no name"),
    ] {
        write_market(market, "bad.json", &[json!({"name": name, "mint": Pubkey::new_unique().to_string()})]);
        let report = market.fails("lena", "pool list --market bad.json", 1);
        assert!(report["error"].as_str().is_some_and(|error| error.contains(words)), "{report}");
    }
    std::fs::write(market.folder().join("bad.json"), json!({"pools": [other]}).to_string()).expect("a file");
    let report = market.fails("lena", "pool show --pool other --market bad.json", 1);
    assert!(report["error"].as_str().is_some_and(|error| error.contains("is of the mint")), "{report}");

    // A mint that calls itself as another, one that looks like it, and one that clears the screen.
    let chain = evergreen_localnet::Client::new(
        market.ready["rpc_url"].as_str().expect("a URL"),
        market.key("admin").insecure_clone(),
    );
    let issuer = solana_keypair::Keypair::new();
    for (symbol, shown, other) in [
        ("TSLA.M", "TSLA.M", Some("TSLA.M")),
        ("T5LA.M", "T5LA.M", Some("TSLA.M")),
        ("CRCL\u{445}", "CRCL\\u{445}", None),
        ("\u{1b}[2J\u{202e}", "\\u{1b}[2J\\u{202e}", None),
    ] {
        let spec = evergreen_localnet::StockSpec::new("Somebody's", symbol);
        let mint = chain.create_stock_mint(&spec, &issuer).expect("a mint");
        let lena = market.key("lena").pubkey();
        chain.mint_to(&mint, &issuer, &lena, 10 * TOKEN as u64).expect("tokens");
        market.json("lena", &format!("pool create --mint {} --yes", mint.address));
        let listed = market.json("lena", "pool list");
        let lines = listed.as_array().expect("a list");
        let line = lines.iter().find(|line| line["mint"] == mint.address.to_string()).expect("listed");
        let said = (&line["name"], &line["calls_itself"], line["passes_for"].as_str(), &line["verified"]);
        assert_eq!(said, (&Value::Null, &shown.into(), other, &false.into()), "{line}");
        let text = crate::market::text(&market.run("lena", "pool list"));
        assert!(text.contains(shown) && !text.contains(['\u{1b}', '\u{202e}', '\u{445}']), "{text:?}");
    }
    // The name still stands for the one that the market file names.
    let shown = market.json("lena", "pool show --pool TSLA.M");
    assert_eq!(shown["mint"], market.mint("TSLA.M").to_string());
    // Without a market file it stands for none.
    market.fails("lena", "pool show --pool TSLA.M --market empty.json", 1);
}

/// The command tells what the client library does, of the same state.
pub fn exposure_and_its_hedge(market: &Market) {
    let trade = "trade straddle --underlying BTC --strike 100000 --size 0.2BTC --pool TSLA.M --deposit 30 --yes";
    market.newcomer("otto", 100);
    market.json("otto", trade);
    let keys = market.wait(market.client().pool_keys(market.mint("TSLA.M"))).expect("a pool");
    let admin = market.key("admin").pubkey();
    let told = market.json("otto", &format!("lp exposure --pool TSLA.M --owner {admin}"));
    let view = market.wait(market.client().pool_view(keys, &PushFeeds::UPGRADED)).expect("a view").value;
    let shares = market.tokens(&view.keys.shares(&admin, ShareClass::Main)).unsigned_abs();
    let (whole, part) =
        (view.exposure().expect("exposure"), view.exposure_of(ShareClass::Main, shares).expect("its part"));
    assert_eq!(told["shares_native"], shares.to_string());
    let bitcoin = &told["underlyings"][0];
    let native =
        |value: &Value| value["amount"]["native"].as_str().and_then(|text| text.parse::<i64>().ok()).expect("units");
    for (of, exposure) in [("whole", whole[0]), ("shares", part[0])] {
        let said = &bitcoin[of];
        // The clock goes on between the two: the volatility of marks moves by parts of a millionth in that time.
        for (name, known) in [("delta", exposure.delta), ("gamma", exposure.gamma), ("vega", exposure.vega)] {
            let off = (native(&said[name]) - known).abs();
            assert!(off <= 10 + known.abs() / 1_000 && known != 0, "{of} {name}: {said} {known}");
        }
        let coins = exposure.in_coins(Decimal::from(300), 8).expect("coins").gamma;
        let said: Decimal = said["gamma"]["coins"].as_str().and_then(|text| text.parse().ok()).expect("coins");
        assert!(
            said.is_sign_negative() && (said - coins).abs() <= coins.abs() / Decimal::from(1_000),
            "{said} {coins}"
        );
    }
    assert_eq!(told["underlyings"].as_array().map(Vec::len), Some(2), "{told}");

    // Prices move, and the delta stays within its band once the order for it is filled.
    let hedge = format!(
        "lp hedge --pool TSLA.M --owner {admin} --band 0.002BTC --looks 6 --every 2s --delay 1s --market evergreen-localnet/market.json"
    );
    market.json("alice", "localnet price set BTC 102500");
    let looks = market.jsons("otto", &hedge);
    assert_eq!(looks.len(), 7, "six looks and the end: {looks:?}");
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<Decimal>().ok()).expect("a number");
    let first = &looks[0]["underlyings"][0];
    assert!(number(&first["delta"]).is_sign_negative() && !number(&first["ordered"]).is_sign_negative(), "{first}");
    let last = &looks[5]["underlyings"][0];
    let open = number(&last["delta"]) + number(&last["coins"]);
    assert!(open.abs() <= Decimal::new(3, 3) && !number(&last["coins"]).is_zero(), "{last}");
    let end = &looks[6];
    assert!(!number(&end["fees"]).is_zero() && end["looks"] == 6, "{end}");
    let all = number(&end["shares"]) + number(&end["hedge"]);
    assert!((all - number(&end["left"])).abs() <= Decimal::new(2, 2), "{end}");
    hedged_at_a_venue(market, &admin.to_string());
    // What cannot be hedged is said.
    for line in ["--band 0.1", "--band 0.1BTC --band 1btc", "--band 0.1BTC --class insurance", "--band 1SOL"] {
        market.fails("otto", &format!("lp hedge --pool TSLA.M --owner {admin} {line} --looks 1"), 2);
    }
}

/// The same at a venue behind a URL, half of whose answers are lost; its key is shown nowhere.
fn hedged_at_a_venue(market: &Market, admin: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let venue = runtime.block_on(Venue::start(5, Decimal::ONE, Some("key-of-the-venue")));
    venue.set_faults(VenueFaults { lost: 15, unanswered: 20, ..VenueFaults::default() });
    let line = format!(
        "lp hedge --pool TSLA.M --owner {admin} --band 0.002BTC --looks 3 --every 1s --market evergreen-localnet/market.json --venue {}",
        venue.url
    );
    // Without a word no order is made, and none for trial.
    market.fails("otto", &line, 5);
    market.fails("otto", &format!("{line} --yes --dry-run"), 2);
    market.fails("otto", &format!("{line} --yes --venue-key-env NO_SUCH_VARIABLE"), 2);
    let refused = market.fails("otto", &format!("{line} --yes"), 1);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("401")), "{refused}");
    assert_eq!(venue.orders(), (0, 0));
    let looks = market.jsons_with(
        "otto",
        &format!("{line} --yes --venue-key-env VENUE_KEY"),
        ("VENUE_KEY", "key-of-the-venue"),
    );
    let told = format!("{looks:?}");
    assert!(!told.contains("key-of-the-venue") && looks.len() == 4, "{told}");
    let (orders, _) = venue.orders();
    let (held, under_way) = venue.coins("BTC");
    assert!(
        orders == 1 && held.is_zero() && !under_way.is_zero(),
        "{orders} orders, {held} held, {under_way} under way"
    );
    assert_eq!(looks[2]["underlyings"][0]["under_way"], under_way.normalize().to_string(), "{told}");
}
