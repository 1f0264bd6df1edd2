//! A deposit into a private pool that two people sign: it happens once, as both have seen it, or not at all.

use crate::market::{Market, TOKEN, text};
use evergreen_sdk::{
    address,
    client::cosign,
    evergreen::state::{Counter, Pool, ShareClass},
    instruction::PoolKeys,
};
use solana_signer::Signer;

pub fn two_people_sign_one_deposit(market: &Market) {
    let mint = market.mint("CRCLx");
    let (depositor, curator) = (market.newcomer("dora", 100).pubkey(), market.newcomer("cora", 200).pubkey());
    let pool = address::pool_of(&mint, &curator, 0);
    market.json("cora", &format!("pool create --mint {mint} --private --yes"));
    market.json("cora", &format!("lp deposit 50 --pool {pool} --yes"));
    // The client library finds a pool by its address, with its present shares.
    let state = market.find::<Pool>(&pool).expect("the pool");
    let keys = market.wait(market.client().pool_keys_at(pool)).expect("keys");
    assert_eq!((keys, keys.pool, keys.mint), (PoolKeys::of(&state), pool, mint));
    let wallet = keys.wallet(&depositor);
    let read = |file: &str| std::fs::read_to_string(market.folder().join(file)).expect("a file");
    let number = || market.find::<Counter>(&address::counter(&depositor)).map_or(0, |counter| counter.next_number);
    let cash = || market.find::<Pool>(&pool).expect("the pool").pool_cash - state.pool_cash;
    let offer = |amount: u32, file: &str| {
        market.jsons("dora", &format!("lp deposit {amount} --pool {pool} --offer {file} --yes"))
    };

    // Alone she is refused, and is told how two do it.
    let report = market.fails("dora", &format!("lp deposit 5 --pool {pool} --yes"), 3);
    assert_eq!(report["cause"], "ProviderNotNamed", "{report}");
    assert!(report["next"].as_str().is_some_and(|next| next.contains("--offer")), "{report}");
    // Where nobody has to name her there is nothing to sign for.
    market.fails("dora", "lp deposit 5 --pool CRCLx --offer none.txt --yes", 2);

    // She signs. Nothing has moved, and nobody but the curator can do anything with the text.
    let done = offer(5, "first.txt");
    assert_eq!(done.len(), 2, "the nonce account is opened once: {done:?}");
    let said = (done[1]["amount"]["native"].as_str(), done[1]["curator"].as_str());
    assert_eq!(said, (Some("500000000"), Some(&*curator.to_string())));
    assert_eq!((market.tokens(&wallet), cash(), number()), (100 * TOKEN, 0, 0));
    let output = market.run("dora", &format!("lp deposit 5 --pool {pool} --offer first.txt --yes"));
    assert!(output.status.code() == Some(1) && text(&output).contains("is there already"), "{}", text(&output));
    let report = market.fails("bob", "lp name first.txt --yes", 1);
    let words = format!("it is for the curator {curator}");
    assert!(report["error"].as_str().is_some_and(|error| error.contains(&words)), "{report}");

    // What was changed on its way is signed by nobody.
    let first = read("first.txt");
    for (file, changed) in [
        ("amount.txt", changed(&first, 5 * TOKEN.unsigned_abs(), 50 * TOKEN.unsigned_abs())),
        ("short.txt", first[..first.len() / 2].to_owned()),
        ("none.txt", "hello".to_owned()),
    ] {
        std::fs::write(market.folder().join(file), changed).expect("a file");
        let report = market.fails("cora", &format!("lp name {file} --yes"), 1);
        assert!(report["next"].as_str().is_some_and(|next| next.starts_with("nothing was signed")), "{report}");
    }
    // Without a yes nothing is.
    let output = market.run("cora", "lp name first.txt");
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert_eq!(market.json("cora", "lp name first.txt --dry-run")["dry_run"], true);
    assert_eq!(cash(), 0);

    // Minutes later it is as good as before.
    market.json("alice", "localnet advance 10m");
    let named = market.json("cora", "lp name first.txt --yes");
    let said = (&named["depositor"], &named["amount"]["native"]);
    assert_eq!(said, (&depositor.to_string().into(), &"500000000".into()));
    assert!(named["note"].as_str().is_some_and(|note| note.contains("minted")), "{named}");
    assert_eq!((market.tokens(&wallet), cash(), number()), (95 * TOKEN, 5 * TOKEN, 1));
    let shares = || market.tokens(&keys.shares(&depositor, ShareClass::Main));
    let held = shares();
    assert!(held > 4_900 * TOKEN, "{held}");
    // Again it is the same one.
    let again = market.json("cora", "lp name first.txt --yes");
    assert_eq!(again["signature"], named["signature"]);
    assert_eq!((market.tokens(&wallet), cash(), shares()), (95 * TOKEN, 5 * TOKEN, held));

    // Of two that she has signed with one number, one happens; what she does elsewhere voids another.
    assert_eq!(offer(6, "second.txt").len(), 1);
    offer(7, "third.txt");
    market.json("cora", "lp name third.txt --yes");
    assert_eq!(market.fails("cora", "lp name second.txt --yes", 3)["cause"], "WrongNumber");
    assert_eq!((market.tokens(&wallet), number()), (88 * TOKEN, 2));
    offer(8, "fourth.txt");
    market.json("dora", "deposit 1 --pool CRCLx --yes");
    assert_eq!(market.fails("cora", "lp name fourth.txt --yes", 3)["cause"], "WrongNumber");
    // A changed nonce does, too, and the number is as it was.
    offer(9, "fifth.txt");
    market.send(&market.key("dora"), &[cosign::advance_nonce(depositor)]);
    let report = market.fails("cora", "lp name fifth.txt --yes", 1);
    assert!(report["error"].as_str().is_some_and(|error| error.contains("is void")), "{report}");
    assert_eq!((market.tokens(&wallet), number(), cash()), (87 * TOKEN, 3, 12 * TOKEN));
    // In a pool that is halted it is refused by the chain, with its name, and the tokens stay.
    offer(10, "sixth.txt");
    market.json("cora", &format!("govern halt --pool {pool} --yes"));
    let report = market.fails("cora", "lp name sixth.txt --yes", 3);
    assert_eq!(report["cause"], "PoolHalted", "{report}");
    assert_eq!((market.tokens(&wallet), cash()), (87 * TOKEN, 12 * TOKEN));
}

/// A signed text with another amount in it.
fn changed(text: &str, from: u64, to: u64) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut bytes = STANDARD.decode(text.trim()).expect("a text");
    let place = bytes.windows(8).rposition(|part| part == from.to_le_bytes()).expect("the amount");
    bytes[place..place + 8].copy_from_slice(&to.to_le_bytes());
    STANDARD.encode(bytes)
}
