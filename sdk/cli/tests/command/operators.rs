//! From a bare network to a pool, with authority keys.

use crate::market::{Market, TOKEN, text};
use evergreen_sdk::{
    address,
    evergreen::state::{Pool, Protocol},
};
use evergreen_test_support::documents::{COMMAND, commands};
use solana_signer::Signer;

pub fn from_nothing_to_a_pool(market: &Market) {
    // Nothing is there, and the doctor says what is next.
    let output = market.run("admin", "doctor");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("its upgrade authority creates it: evergreen init"), "{}", text(&output));
    // Only the upgrade authority may.
    let refused = market.fails("bob", "init --yes", 3);
    assert_eq!(refused["cause"], "Unauthorized", "{refused}");

    let mint = market.mint("TSLA.M");
    let commands = commands(COMMAND, "sh operators");
    assert_eq!(commands.len(), 5);
    for command in commands {
        let line = command.arguments.replace("MINT", &mint.to_string());
        let output = market.run("admin", &line);
        assert!(output.status.success(), "evergreen {line}: {}", text(&output));
        // The first deposit of a class waits for nothing and needs one transaction; what is there already is told.
        if line.starts_with("lp deposit") {
            assert!(text(&output).contains("shares are minted at once"), "{}", text(&output));
        }
        if line.starts_with("init") || line.starts_with("underlying create") {
            let again = market.json("admin", &line);
            assert!(
                again["done_before"] == true
                    && again["note"].as_str().is_some_and(|note| note.contains("is there already")),
                "{again}"
            );
        }
    }
    let admin = market.key("admin").pubkey();
    let protocol = market.find::<Protocol>(&address::protocol()).expect("created");
    assert_eq!((protocol.admin, protocol.guardian), (admin, admin));
    let pool = market.find::<Pool>(&address::pool(&mint)).expect("created");
    assert_eq!((pool.underlying_count, pool.scale_exponent, pool.pool_cash), (2, 3, 100 * TOKEN));

    // Time passes twice as fast as on the wall; the price stays fresh all the same.
    let spot = || {
        let prices = market.json("admin", "price show");
        assert_eq!((&prices[0]["underlying"], &prices[0]["quality"]), (&"BTC".into(), &"Fresh".into()));
        prices[0]["spot"].as_str().expect("a price").to_owned()
    };
    assert_eq!(spot(), "90000.50");
    assert!(market.run("admin", "doctor").status.success());
    // The path of the file goes on with the chain's clock.
    market.json("admin", "localnet advance 12d");
    assert_eq!(spot(), "88000.00");
}
