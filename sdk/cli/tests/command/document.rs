//! Every command of `docs/cli.md`.

use crate::market::{Market, text};
use evergreen_sdk::{address, evergreen::state::MarginAccount};
use solana_signer::Signer;

/// Commands in the document's blocks with this heading, without comments.
pub fn commands(heading: &str) -> Vec<String> {
    const DOCUMENT: &str = include_str!("../../../../docs/cli.md");
    let (mut inside, mut found) = (false, Vec::new());
    for line in DOCUMENT.lines() {
        if line.starts_with("```") {
            inside = !inside && line == format!("```{heading}");
            continue;
        }
        let line = line.split(" #").next().unwrap_or_default().trim();
        if inside && let Some(arguments) = line.strip_prefix("evergreen ") {
            found.push(arguments.to_owned());
        }
    }
    found
}

/// All of them in order, as alice; the document begins where `evergreen localnet` leaves its reader.
pub fn everything_in_it_works(market: &Market) {
    let commands = commands("sh");
    assert!(commands.len() > 25, "{} commands found", commands.len());
    for command in commands.iter().filter(|command| *command != "localnet") {
        let output = market.run("alice", command);
        assert!(output.status.success(), "evergreen {command}: {}", text(&output));
        assert!(!output.stdout.is_empty(), "evergreen {command} says nothing");
    }
    // The document ends with everything closed.
    let pool = address::pool(&market.mint("TSLA.M"));
    let account = address::margin_account(&pool, &market.key("alice").pubkey(), 0);
    assert!(market.find::<MarginAccount>(&account).is_none());
}
