//! A newcomer's first hour: what people type, about half of it wrong, and what each line must say, at three widths of a terminal. What is wrong says
//! what would be right; nothing that is wrong changes anything; no table is wider than the terminal.

use crate::{
    market::{Market, text, within},
    typed::{CALL, HOUR},
};
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// Words that no message may have: they are the machine's.
const NEVER: &[&str] = &[
    "panicked",
    "None)",
    "Some(",
    "ProgramError",
    "custom program error",
    "18446744073709551615",
    "``",
    "invalid digit",
    "target type",
    "its type",
    "TOML",
    "wrong size",
    "expected struct",
    "HTTP status",
    "error sending request",
    "use '-- ",
    "buy 0 BTC",
];

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
            is_rest = (30..43).contains(&word.len()) || (45..64).contains(&word.len());
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
    // What is typed and excludes a pool goes before it, too.
    for (line, words) in [("series list", "CRCLx"), ("series list --all", "TSLA.M")] {
        let mut command = market.command("nina", line);
        command.env("EVERGREEN_POOL", "CRCLx");
        let output = within(command);
        let said = text(&output);
        assert!(output.status.success() && (said.contains(words) || said.contains("no series")), "{line}: {said}");
        assert!(line.contains("--all") || !said.contains("TSLA.M"), "{line}: {said}");
    }
    for (line, code) in [("pool show", 0), ("account show", 1), ("quote buy --underlying BTC --call --size 0.1BTC", 0)]
    {
        let mut command = market.command("nina", line);
        command.env("EVERGREEN_POOL", "CRCLx");
        let output = within(command);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output));
        assert!(text(&output).contains("CRCLx"), "{line}: {}", text(&output));
        // A variable that holds nothing is none.
        let mut none = market.command("nina", line);
        none.env("EVERGREEN_POOL", " ");
        let said = text(&within(none));
        assert!(said.contains("--pool") || line.starts_with("quote"), "{line}: {said}");
        assert!(!said.contains("there is no pool called"), "{line}: {said}");
        let mut other = market.command("nina", &format!("{line} --pool TSLA.M"));
        other.env("EVERGREEN_POOL", "CRCLx");
        let said = text(&within(other));
        assert!(said.contains("TSLA.M") && !said.contains("CRCLx"), "what is named goes before it: {said}");
    }
}

/// What is done already is not done again, and no failure.
pub fn what_is_given_twice(market: &Market) {
    let of_admin = |line: &str| market.json("admin", &format!("{line} --yes"));
    for line in ["govern halt --pool CRCLx", "govern tighten --pool TSLA.M --max-pool-cash 5000"] {
        assert!(of_admin(line)["done_before"].is_null(), "{line}");
        assert_eq!(of_admin(line)["done_before"], true, "{line}");
    }
    of_admin("govern pause add-risk 1h");
    assert!(of_admin("govern unpause add-risk")["done_before"].is_null());
    for line in ["govern unpause add-risk", "govern accept-admin"] {
        assert_eq!(of_admin(line)["done_before"], true, "{line}");
    }
    // What is proposed meanwhile stays, and is told.
    of_admin("govern propose resume --pool CRCLx");
    let again = of_admin("govern halt --pool CRCLx");
    assert_eq!(again["done_before"], true);
    assert!(again["note"].as_str().is_some_and(|note| note.contains("govern cancel")), "{again}");
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
        let whole = text(&crate::market::alone(folder.path(), format!("{path} --help").trim()));
        let said = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for width in WIDTHS {
            let at_width = |flag: &str| {
                let mut command = crate::market::plainly(folder.path(), format!("{path} {flag}").trim());
                text(&command.env("COLUMNS", width.to_string()).output().expect("it runs"))
            };
            let shown = at_width("-h");
            assert!(shown.lines().count() <= 40, "{path}, {width}: {} lines", shown.lines().count());
            let pasted = |line: &&str| !["For instance: ", "Usage: "].iter().any(|start| line.starts_with(start));
            for line in shown.lines().filter(pasted) {
                // A word of more letters than that is alone in its line.
                let is_word = line.split_whitespace().count() == 1;
                assert!(line.chars().count() <= width || is_word, "{path}, {width} columns: {line}");
            }
            assert_eq!(said(&at_width("--help")), said(&whole), "{path}: nothing is lost at {width} columns");
            let Some(cut) = shown.trim_end().strip_suffix("`--help` in the place of `-h` tells all of it.") else {
                assert_eq!(said(&shown), said(&help), "{path}: nothing is lost at {width} columns");
                continue;
            };
            // Each row is there, and begins as it does.
            let rows = help.lines().filter(|line| !line.starts_with("  help "));
            for (cut, row) in cut.lines().zip(rows.clone()) {
                let begins = cut.strip_suffix('…').is_some_and(|cut| row.starts_with(cut));
                assert!(cut == row || begins, "{path}, {width} columns: {cut}");
            }
            assert_eq!(cut.lines().count(), rows.count(), "{path}, {width} columns: {cut}");
        }
        let below = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = below.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
        let names: Vec<&str> = names.filter_map(|rest| rest.split(' ').next()).filter(|name| *name != "help").collect();
        let of_all = ["quote", "trade", "orders place"].iter().any(|verb| path.starts_with(verb));
        assert!(!names.is_empty() || of_all || help.contains("For instance: evergreen "), "{path}: {help}");
        open.extend(names.iter().map(|name| format!("{path} {name}").trim().to_owned()));
    }
    assert!(seen > 60, "{seen} helps");
}
