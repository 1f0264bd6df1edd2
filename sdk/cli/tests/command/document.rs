//! Every command of the documents, in order; where a document shows what a command says, it says exactly that.

use crate::market::{Market, text};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::MarginAccount};
use evergreen_test_support::documents::{COMMAND, Line, TRADER, commands};
use serde_json::Value;
use solana_signer::Signer;
use std::fs;

/// Addresses in the place of their names.
fn filled_in(market: &Market, arguments: &str) -> String {
    let mut filled = arguments.to_owned();
    for (name, user) in [("ALICE_ADDRESS", "alice"), ("BOB_ADDRESS", "bob")] {
        filled = filled.replace(name, &market.key(user).pubkey().to_string());
    }
    filled = filled.replace("DELEGATE", &market.key("bob").pubkey().to_string());
    filled = filled.replace("ALICE_ACCOUNT", &account_of_alice(market, "CRCLx").to_string());
    filled = filled.replace("ACCOUNT", &account_of_alice(market, "TSLA.M").to_string());
    if filled.contains("SERIES") {
        // The one listed last.
        let listed = market.json("alice", "series list --pool TSLA.M");
        let last = listed.as_array().and_then(|rows| rows.last()).expect("a series");
        filled = filled.replace("SERIES", last["series"].as_str().expect("its name"));
    }
    if filled.contains("WITHDRAWAL") {
        // The one requested last.
        let waiting = market.json("alice", "lp withdrawals --pool TSLA.M");
        let last = waiting.as_array().and_then(|rows| rows.last()).expect("a withdrawal");
        filled = filled.replace("WITHDRAWAL", &last["number"].to_string());
    }
    filled
}

/// Numbers that stand for something else in programs, and for nothing in JSON.
const SENTINELS: [&str; 5] =
    ["18446744073709551615", "9223372036854775807", "-9223372036854775808", "4294967295", "-1"];

/// An amount has native units, tokens, and dollars where they are known, each a number as a string.
fn assert_amount(command: &str, name: &str, amount: &Value) {
    let fields = amount.as_object().expect("an object");
    for (part, value) in fields {
        let known = ["native", "tokens", "dollars"].contains(&part.as_str());
        let number = value.as_str().and_then(|text| text.parse::<evergreen_sdk::convert::Decimal>().ok());
        assert!(known && number.is_some(), "evergreen {command}: {name}.{part} is {value}");
    }
    assert!(fields.contains_key("tokens"), "evergreen {command}: {name} is {amount}");
}

/// Nothing in a document is a sentinel: what is missing is absent or null. Native amounts are strings.
fn assert_plain(command: &str, name: &str, value: &Value) {
    match value {
        Value::Object(fields) if fields.contains_key("native") => assert_amount(command, name, value),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| assert_plain(command, name, value)),
        Value::Array(values) => values.iter().for_each(|value| assert_plain(command, name, value)),
        Value::Number(number) => {
            assert!(!SENTINELS.contains(&number.to_string().as_str()), "evergreen {command}: {name} is {number}");
            assert_ne!(name, "native", "evergreen {command}: {number}");
            // Programs read numbers beyond 2^53 inexactly.
            let exact = number.as_i64().is_some_and(|number| number.unsigned_abs() < 1 << 53);
            assert!(exact, "evergreen {command}: {name} is {number}");
        }
        Value::String(text) => {
            // An amount may be -1.
            assert!(text == "-1" || !SENTINELS.contains(&text.as_str()), "evergreen {command}: {name} is {text}");
            // Amounts are typed; sentences stand only where something is said.
            let is_said = ["action", "note", "error", "next", "text", "details"].contains(&name);
            let holds_amount = [" TSLA.M", " CRCLx"].iter().any(|token| {
                text.split(token)
                    .next()
                    .filter(|before| *before != text)
                    .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
            });
            assert!(is_said || !holds_amount, "evergreen {command}: {name} has an amount in words: {text}");
        }
        Value::Bool(_) | Value::Null => {}
    }
}

/// Runs the commands of a document as alice; with `machines`, as JSON what changes something, and both ways what does not.
fn play(market: &Market, document: &str, machines: bool) -> usize {
    let lines = commands(document, "sh");
    for Line { arguments, output: said } in lines.iter().filter(|line| line.arguments != "localnet") {
        let arguments = &filled_in(market, arguments);
        // What changes something is run once: here for machines, in the other document for people.
        let changes = arguments.contains("--yes") || arguments.starts_with("localnet");
        let for_machines = (!changes || (machines && said.is_none()))
            && !arguments.starts_with("completions")
            && !arguments.contains("--csv");
        if for_machines {
            let documents = market.jsons("alice", arguments.trim_end_matches(" --json"));
            assert!(!documents.is_empty(), "evergreen {arguments} --json says nothing");
            documents.iter().for_each(|document| assert_plain(arguments, "", document));
            if changes {
                continue;
            }
        }
        let output = market.run("alice", arguments);
        assert!(output.status.success(), "evergreen {arguments}: {}", text(&output));
        assert!(!output.stdout.is_empty(), "evergreen {arguments} says nothing");
        if let Some(said) = said {
            let says = String::from_utf8_lossy(&output.stdout).into_owned();
            // A first line … stands for what is different everywhere: addresses.
            let shown = said.strip_prefix(" …\n");
            let is_shown = match shown {
                Some(end) => says.trim_end().ends_with(end.trim_end()),
                None => says.trim_end() == said.trim_end(),
            };
            if !is_shown && std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() {
                write(shown.unwrap_or(said), &says);
            } else {
                assert!(is_shown, "evergreen {arguments}:\n{says}\n{said}");
            }
        }
    }
    lines.len()
}

/// Writes what a command says by now, as many last lines as were shown, into the document that shows it.
fn write(shown: &str, says: &str) {
    let lines: Vec<&str> = says.trim_end().lines().collect();
    let says = lines[lines.len().saturating_sub(shown.trim_end().lines().count())..].join("\n");
    for name in ["trader", "cli"] {
        let path = format!("{}/../../docs/{name}.md", env!("CARGO_MANIFEST_DIR"));
        let document = fs::read_to_string(&path).expect("a document");
        fs::write(&path, document.replace(shown.trim_end(), &says)).expect("a document that can be written");
    }
}

/// The document begins where `evergreen localnet` leaves its reader, and ends with everything closed.
pub fn the_commands_work(market: &Market) {
    assert!(play(market, COMMAND, true) > 40);
    assert!(market.find::<MarginAccount>(&account_of_alice(market, "TSLA.M")).is_none());
}

/// Likewise, in the other pool.
pub fn the_guide_works(market: &Market) {
    assert!(play(market, TRADER, false) > 40);
    assert!(market.find::<MarginAccount>(&account_of_alice(market, "CRCLx")).is_none());
}

fn account_of_alice(market: &Market, pool: &str) -> Pubkey {
    address::margin_account(&address::pool(&market.mint(pool)), &market.key("alice").pubkey(), 0)
}
