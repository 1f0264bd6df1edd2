//! A newcomer's first hour: what people type, about half of it wrong, and what each line must say, at three widths of a terminal. What is wrong says
//! what would be right; nothing that is wrong changes anything; no table is wider than the terminal.

use crate::market::{Market, text, within};
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// A line, the exit code that it must end with, and words of which each must be said.
type Typed = (&'static str, i32, &'static [&'static str]);

const CALL: &str = "--pool TSLA.M --underlying BTC --call";

/// In the order in which they are typed. CALL stands for the option.
const HOUR: &[Typed] = &[
    ("--help", 0, &["Exit codes", "evergreen localnet"]),
    ("hlep", 2, &["unrecognized subcommand 'hlep'"]),
    ("doctor", 0, &["pool TSLA.M", "the wallet holds"]),
    ("pool list", 0, &["TSLA.M", "CRCLx"]),
    ("pools", 2, &["unrecognized subcommand", "pool"]),
    ("pool show", 2, &["--pool"]),
    ("pool show --pool TSLA", 1, &["there is no pool called TSLA", "TSLA.M, CRCLx"]),
    ("pool show --pool tsla.m", 0, &["open", "underlyings"]),
    ("price show", 0, &["BTC", "ETH"]),
    ("series list --pool TSLA.M", 0, &[]),
    ("account show --pool TSLA.M", 1, &["has no account 0", "evergreen account open --pool TSLA.M"]),
    ("positions", 0, &[]),
    ("quote buy CALL --strike atm --size 0.1BTC", 0, &["change of cash", "loses at most", "least deposit"]),
    ("quote buy CALL --size 0.1", 0, &["change of cash"]),
    ("quote buy CALL --strike 100,000 --size 0.1BTC", 0, &["BTC call 100000"]),
    ("quote buy CALL --strike 100,5 --size 0.1BTC", 2, &["`100,5` is no strike", "whole dollars"]),
    ("quote buy CALL --strike atm --size 0,05BTC", 0, &["buy 0.05 BTC"]),
    ("quote buy CALL --strike atm --size 1e-3BTC", 0, &["buy 0.001 BTC"]),
    ("quote buy CALL --strike atm --size 1,000BTC", 2, &["may be 1000 or 1.000: write the one"]),
    ("quote buy CALL --strike atm --size $100", 2, &["coins and no dollars"]),
    ("quote buy CALL --strike atm --size 100usd", 2, &["coins and no dollars"]),
    ("quote buy CALL --strike atm --size -0.1", 2, &["is negative", "trade sell"]),
    ("quote buy CALL --strike atm --size 0.1ETH", 2, &["--size is in BTC, not in ETH"]),
    ("quote buy CALL --strike 0 --size 0.1BTC", 3, &["strike"]),
    ("quote buy CALL --strike 99999 --size 0.1BTC", 3, &["nearest: --strike"]),
    ("quote buy CALL --strike 900000 --size 0.1BTC", 3, &["nearest: --strike"]),
    ("quote buy CALL --tenor 14d --size 0.1BTC", 3, &["no option of this tenor", "offered: --tenor 1d, 2d, 7d, 30d"]),
    ("quote buy CALL --tenor 14 --size 0.1BTC", 2, &["7d, 12h or 30m"]),
    ("quote buy CALL --strike atm --size 1000BTC", 3, &["fits now, and no more", "--size "]),
    ("quote buy --pool TSLA.M --underlying DOGE --call --size 1", 2, &["no underlying DOGE, only BTC, ETH"]),
    ("quote buy --pool TSLA.M --underlying BTC --size 1", 2, &["--call"]),
    ("quote straddle --pool TSLA.M --underlying BTC --size 0.1BTC", 0, &["leg", "premium"]),
    (
        "trade buy CALL --strike atm --size 0.1BTC --yes",
        3,
        &["not enough cash", "a bond of", "a tip of", "with --deposit"],
    ),
    (
        "trade buy CALL --strike atm --size 0.1BTC --deposit 0.5 --yes",
        3,
        &["the account has 0.5 TSLA.M", "with --deposit"],
    ),
    (
        "trade buy CALL --strike atm --size 0.1BTC --deposit 5000 --yes",
        3,
        &["the wallet holds 300 TSLA.M", "are missing"],
    ),
    ("trade buy CALL --strike atm --size 0.1BTC --deposit 5", 5, &["not confirmed: nothing was sent", "--yes"]),
    ("trade buy CALL --strike atm --size 0.1BTC --deposit 5 --dry-run", 0, &["dry run, nothing was sent"]),
    ("trade buy CALL --strike atm --size 0.1BTC --deposit 5 --yes", 0, &["filled", "premium"]),
    ("positions", 0, &["BTC", "live"]),
    ("account show --pool TSLA.M", 0, &["cash lasts", "funding a day"]),
    ("account show --pool TSLA.M --account 3", 1, &["--account 3"]),
    ("withdraw 100 --pool TSLA.M --yes", 3, &["the account holds", "withdraw max --pool TSLA.M"]),
    ("withdraw 1,000.50 --pool TSLA.M --yes", 3, &["1000.5 TSLA.M", "cannot leave"]),
    ("withdraw all --pool TSLA.M --yes", 1, &["close --all --pool TSLA.M"]),
    ("withdraw 0.1 --pool TSLA.M --yes", 0, &["lasts", "done"]),
    ("deposit 1,000 --pool TSLA.M --yes", 2, &["may be 1000 or 1.000: write the one"]),
    ("deposit 0 --pool TSLA.M --yes", 2, &["has to be above 0"]),
    ("deposit 1,5 --pool TSLA.M --yes", 0, &["deposit 1.5 TSLA.M", "done"]),
    ("deposit 1", 2, &["--pool"]),
    ("orders place buy CALL --strike atm --size 0.1BTC --yes", 2, &["--limit", "evergreen trade"]),
    (
        "orders place sell CALL --strike atm --size 0.1BTC --at-or-above 1 --reduce-only --dry-run",
        0,
        &["holds already"],
    ),
    ("orders list --pool TSLA.M", 0, &["no open orders"]),
    ("orders cancel 77 --pool TSLA.M --yes", 1, &["no open order 77", "evergreen orders list"]),
    ("lp show --pool TSLA.M", 0, &["shares"]),
    ("lp request 5 --pool TSLA.M --yes", 1, &["0 shares are held"]),
    ("lp execute --pool TSLA.M --yes", 1, &["no withdrawal waits", "evergreen lp request"]),
    ("lp deposit 1 --pool TSLA.M --yes", 0, &["shares are minted"]),
    ("lp request 50% --least 5 --pool TSLA.M --yes", 3, &["above what these shares are worth now", "take --least"]),
    ("lp request 50% --pool TSLA.M --yes", 0, &["it can be executed after 1 d"]),
    ("lp withdrawals --pool TSLA.M", 0, &["first in the queue"]),
    ("pool list --url banana", 2, &["`banana` is no network", "localhost"]),
    ("pool list --url http://127.0.0.1:9", 4, &["is the network there?"]),
    ("pool list --keypair nowhere.json", 0, &["TSLA.M"]),
    ("positions --config nowhere.yml", 1, &["there is no configuration file nowhere.yml"]),
    ("close --pool TSLA.M", 2, &["--all"]),
    ("account close --pool TSLA.M --yes", 3, &["1 open position;", "evergreen close --all --pool TSLA.M"]),
    ("history --pool TSLA.M --limit 5", 0, &["MarginMoved", "TSLA.M"]),
    ("close --all --pool TSLA.M --yes", 0, &["done"]),
    ("account close --pool TSLA.M --yes", 0, &["done"]),
    ("withdraw max --pool TSLA.M --yes", 0, &["done already, nothing was sent", "nothing is in it"]),
    // What else people mistype: names that are missing, numbers out of range, what is not there.
    ("chain", 2, &["--underlying", "for instance: evergreen chain --pool"]),
    ("chain TSLA.M BTC", 2, &["unexpected argument 'TSLA.M'", "values have a name in front here"]),
    ("chain --pool TSLA.M --underlying DOGE", 2, &["no underlying DOGE, only BTC, ETH"]),
    ("chain --pool TSLA.M --underlying BTC --strikes 0", 2, &["it has to be from 1 to 100"]),
    (
        "chain --pool TSLA.M --underlying BTC --tenor 14d",
        1,
        &["no options of 14 d", "offered: --tenor 1d, 2d, 7d, 30d"],
    ),
    ("chain --pool TSLA.M --underlying BTC --size 0.1ETH", 2, &["--size is in BTC, not in ETH"]),
    ("chain --pool TSLA.M --underlying BTC --call --put", 2, &["cannot be used with", "for instance: evergreen chain"]),
    ("chain --pool TSLA.M --underlying BTC --size 1000000", 0, &["cannot be bought", "no more can be written"]),
    ("chain --pool TSLA.M --underlying BTC", 0, &["100000", "calls left, puts right", "bid", "ask"]),
    ("portfolio --days 0", 2, &["it has to be from 1 to 3650"]),
    ("portfolio --owner alice", 2, &["`alice` is no address"]),
    ("portfolio --closed --carry", 0, &["realised"]),
    ("history", 2, &["--pool", "for instance: evergreen history"]),
    ("history --pool TSLA.M --limit 0", 2, &["it has to be 1 or more"]),
    ("history --pool TSLA.M --carry", 2, &["--csv"]),
    ("history --pool TSLA.M --since yesterday", 2, &["7d, 12h or 30m"]),
    ("orders cancel --pool TSLA.M", 2, &["<NUMBER>", "for instance: evergreen orders cancel"]),
    ("orders plce", 2, &["unrecognized subcommand", "place"]),
    ("lp deposit --pool TSLA.M", 2, &["<AMOUNT>", "for instance: evergreen lp deposit"]),
    ("lp request 200% --pool TSLA.M --yes", 2, &["`200%` is no share", "0% to 100%"]),
    ("lp cancel 55 --pool TSLA.M --yes", 1, &["withdrawal 55", "evergreen lp show"]),
    ("close --series 0:1 --pool TSLA.M --yes", 1, &["has no account 0", "evergreen positions"]),
    ("fill --pool TSLA.M --yes", 1, &["has no account 0", "evergreen positions"]),
    ("deposit all --pool TSLA.M --account 70000 --yes", 2, &["it has to be from 0 to 65535"]),
    ("series retire 9 --pool TSLA.M --yes", 2, &["SLOT:GENERATION"]),
    ("series retire 0:99 --pool TSLA.M --yes", 1, &["there is no series 0:99", "evergreen series list"]),
    ("series add CALL --strike 100001 --yes", 3, &["no multiple of $1000"]),
    ("account delegate bob --pool TSLA.M --yes", 2, &["`bob` is no address"]),
    ("referral claim --pool TSLA.M --yes", 1, &["evergreen referral show"]),
    ("keeper once --job fil", 2, &["`fil` is no job", "fill, post"]),
    ("keeper once --pool TSLA.M --ladder BTC", 2, &["`BTC` is no ladder", "BTC:7d:2%:3"]),
    ("trade buy CALL --strike atm --size 0.1BTC --slippage 5 --yes", 2, &["`5` is no share", "0.5%"]),
    ("trade legs --pool TSLA.M --leg \"0.1BTC call 100000\" --yes", 2, &["+ to buy or - to sell"]),
    ("trade legs --pool TSLA.M --leg \"+0.1BTC kall 100000\" --yes", 2, &["expected call or put after the size"]),
    (
        "trade vertical CALL --buy 100000 --write 100000 --size 0.1BTC --deposit 5 --yes",
        3,
        &["must be below", "move them apart"],
    ),
    ("completions tcsh", 2, &["bash, elvish, fish, powershell, zsh"]),
];

/// Words that no message may have: they are the machine's.
const NEVER: &[&str] =
    &["panicked", "None)", "Some(", "ProgramError", "custom program error", "18446744073709551615", "``"];

/// Lines that say what has happened in between: funding is settled or not, by how much time has passed. Their files are for reading alone.
const OF_TIME: &[&str] = &["history ", "close --all "];

/// Columns of the terminals.
const WIDTHS: [usize; 3] = [60, 80, 120];

/// Everything is typed once, in order; what changes nothing also at the other widths.
pub fn an_hour(market: &Market) {
    let newcomer: Pubkey = solana_signer::Signer::pubkey(&market.newcomer("nina", 300));
    let right = HOUR.iter().filter(|(_, code, _)| *code == 0).count();
    assert!(HOUR.len() >= 60 && HOUR.len() - right >= 30, "{} lines, {right} of them right, by {newcomer}", HOUR.len());
    let mut shown = WIDTHS.map(|_| Vec::new());
    for (place, (line, code, words)) in HOUR.iter().enumerate() {
        let typed = *line;
        let line = line.replace("CALL", CALL);
        let changes = *code == 0 && line.contains("--yes");
        let widths = if changes { &WIDTHS[place % WIDTHS.len()..][..1] } else { &WIDTHS[..] };
        for width in widths {
            let mut command = market.command("nina", &line);
            command.env("COLUMNS", width.to_string());
            // The line of the key goes last, and another one may be meant.
            let output = within(command);
            let said = text(&output);
            assert_eq!(output.status.code(), Some(*code), "evergreen {line}: {said}");
            let flowing = said.split_whitespace().collect::<Vec<_>>().join(" ");
            for word in *words {
                assert!(flowing.contains(word), "evergreen {line} does not say `{word}`: {said}");
            }
            for word in NEVER {
                assert!(!said.contains(word), "evergreen {line} says `{word}`: {said}");
            }
            if *code != 0 && *code != 2 {
                assert!(said.contains("next: "), "evergreen {line} does not say what is next: {said}");
            }
            assert_fits(&line, &said, *width);
            let of_width = WIDTHS.iter().position(|other| other == width).expect("a width");
            shown[of_width].push((typed, format!("{}\n[{code}]", masked(said.trim_end()))));
        }
    }
    for (width, said) in WIDTHS.iter().zip(shown) {
        compare(*width, &said);
    }
}

/// Before each line in a file of what is said.
const PROMPT: &str = "$ evergreen ";

/// Compares what was said at a width with what is in its file, or writes the file.
fn compare(width: usize, said: &[(&str, String)]) {
    let path = format!("{}/tests/command/hour/{width}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() {
        let all = said.iter().map(|(line, said)| format!("{PROMPT}{line}\n{said}\n\n"));
        std::fs::write(&path, all.collect::<String>()).expect("a file that can be written");
        return;
    }
    let file = std::fs::read_to_string(&path).expect("a file");
    let known: Vec<&str> = file.split(PROMPT).skip(1).collect();
    assert_eq!(known.len(), said.len(), "{path} has other lines: EVERGREEN_WRITE_DOCUMENTS=1 writes it anew");
    for ((line, said), known) in said.iter().zip(known) {
        let (typed, known) = known.split_once('\n').expect("a line and what is said to it");
        assert_eq!(*line, typed, "{path} has other lines: EVERGREEN_WRITE_DOCUMENTS=1 writes it anew");
        // Which strikes a chain shows, and what cannot be bought there, follows price and volatility.
        let is_chain = line.starts_with("chain ") && said.ends_with("[0]");
        if is_chain || OF_TIME.iter().any(|of_time| line.starts_with(of_time)) {
            continue;
        }
        assert_eq!(
            words_of(said),
            words_of(known),
            "evergreen {line}, {width} columns, EVERGREEN_WRITE_DOCUMENTS=1 writes {path} anew:\n{said}\n{known}"
        );
    }
}

/// What was said, with the same address, signature, date, port and folder in the place of each.
fn masked(said: &str) -> String {
    let (mut masked, mut is_rest) = (String::new(), false);
    for run in said.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let word = run.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let is_address = word.len() >= 30 || (word.len() == 12 && run.ends_with('…'));
        if is_address || (is_rest && !word.is_empty()) {
            masked += &"1".repeat(word.len());
            masked += &run[word.len()..];
            // A table may have broken it.
            is_rest = (30..43).contains(&word.len());
        } else {
            masked += run;
        }
    }
    for (form, name) in [("0000-00-00", "YYYY-MM-DD"), ("00:00:00", "hh:mm:ss"), ("127.0.0.1:00000", "127.0.0.1:8899")]
    {
        masked = replaced(&masked, form, name);
    }
    // A folder for the time being ends with six letters.
    let folder = std::env::temp_dir().join(".tmp").display().to_string();
    match masked.find(&folder) {
        Some(at) => masked.replace(&masked[at..at + folder.len() + 6], "$HOME/newcomers"),
        None => masked,
    }
}

/// The text with a name in the place of all that has a form, in which 0 stands for a digit.
fn replaced(text: &str, form: &str, name: &str) -> String {
    let fits = |part: &str| {
        let same = |(letter, wanted): (char, char)| {
            if wanted == '0' { letter.is_ascii_digit() } else { letter == wanted }
        };
        part.chars().count() == form.len() && part.chars().zip(form.chars()).all(same)
    };
    let (mut rest, mut done) = (text, String::new());
    while let Some(letter) = rest.chars().next() {
        let end = rest.char_indices().nth(form.len()).map_or(rest.len(), |(at, _)| at);
        let taken = if fits(&rest[..end]) {
            done += name;
            end
        } else {
            done.push(letter);
            letter.len_utf8()
        };
        rest = &rest[taken..];
    }
    done
}

/// The words of what was said, wherever a table breaks them, without numbers and their units of time.
fn words_of(said: &str) -> Vec<String> {
    let is_unit =
        |word: &str| ["d", "h", "min", "s", "a", "day", "days", "hours", "minutes", "seconds"].contains(&word);
    let parts = said.split(|letter: char| !letter.is_alphanumeric());
    let words = parts.filter(|word| !word.is_empty() && !word.contains(|letter: char| letter.is_ascii_digit()));
    let mut words: Vec<String> = words.filter(|word| !is_unit(word)).map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// Whoever works in one pool names it once.
pub fn a_pool_for_all_commands(market: &Market) {
    for (line, code) in [("pool show", 0), ("account show", 1), ("quote buy --underlying BTC --call --size 0.1BTC", 0)]
    {
        let mut command = market.command("nina", line);
        command.env("EVERGREEN_POOL", "CRCLx");
        let output = within(command);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output));
        assert!(text(&output).contains("CRCLx"), "{line}: {}", text(&output));
        let mut other = market.command("nina", &format!("{line} --pool TSLA.M"));
        other.env("EVERGREEN_POOL", "CRCLx");
        let said = text(&within(other));
        assert!(said.contains("TSLA.M") && !said.contains("CRCLx"), "what is named goes before it: {said}");
    }
}

/// No line of a table is wider than the terminal. Sentences are broken by the terminal itself.
fn assert_fits(line: &str, said: &str, width: usize) {
    let is_ruled = |line: &str| line.starts_with(['─', '═']);
    let mut in_table = false;
    for shown in said.lines() {
        // A table begins with its upper rule and ends with its lower one.
        if is_ruled(shown) && shown.starts_with('─') {
            in_table = !in_table;
        }
        if in_table || is_ruled(shown) {
            assert!(shown.chars().count() <= width, "evergreen {line}, {width} columns: {shown}\n{said}");
        }
    }
}

/// No short help is longer than a screen, and each command's has an example.
#[test]
fn helps_fit_a_screen_and_have_examples() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut open = vec![String::new()];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let help = text(&crate::market::alone(folder.path(), format!("{path} -h").trim()));
        seen += 1;
        assert!(help.lines().count() <= 40, "{path}: {} lines", help.lines().count());
        let below = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = below.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
        let names: Vec<&str> = names.filter_map(|rest| rest.split(' ').next()).filter(|name| *name != "help").collect();
        let of_all = ["quote", "trade", "orders place"].iter().any(|verb| path.starts_with(verb));
        assert!(!names.is_empty() || of_all || help.contains("For instance: evergreen "), "{path}: {help}");
        open.extend(names.iter().map(|name| format!("{path} {name}").trim().to_owned()));
    }
    assert!(seen > 60, "{seen} helps");
}
