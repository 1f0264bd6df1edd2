//! Completions that shells take, and output that is plain where nobody sees colours.

use crate::market::{Market, alone, text, within};
use std::process::{Command, Stdio};

/// Completes a line in bash with the script that the command makes.
fn completed(folder: &std::path::Path, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let place = words.len() - 1;
    let script = format!(
        "source completions.bash\nCOMP_WORDS=({line})\nCOMP_CWORD={place}\n_evergreen evergreen \"{}\" \"{}\"\nprintf '%s\\n' \
         \"${{COMPREPLY[@]}}\"",
        words[place],
        words[place - 1],
    );
    let output = Command::new("bash").args(["--norc", "-c", &script]).current_dir(folder).output().expect("bash");
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

pub fn completions_complete(market: &Market) {
    let folder = market.folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = alone(folder, &format!("completions {shell}"));
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output));
        std::fs::write(folder.join(format!("completions.{shell}")), &output.stdout).expect("a file");
        let script = String::from_utf8_lossy(&output.stdout);
        for word in ["covered-write", "straddle", "localnet", "delegate", "referral", "everybody"] {
            assert!(script.contains(word), "{word} in {shell}");
        }
        // Fish is given options of two levels of commands only.
        assert_eq!(script.contains("at-or-above"), shell != "fish", "{shell}");
    }
    // A disk that is full and a pipe that is closed end it, and nothing else.
    for line in ["completions zsh", "--help", "pool list -h"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evergreen"));
        command.args(line.split(' ')).stdout(std::fs::File::create("/dev/full").expect("a full disk"));
        let output = command.output().expect("the command runs");
        assert_eq!(output.status.code(), Some(1), "{line}: {}", text(&output));
        assert!(
            text(&output).contains("writing the output") && !text(&output).contains("panicked"),
            "{}",
            text(&output)
        );
    }
    // Subcommands and options where they belong, by the shell's own machinery.
    let top = completed(folder, "evergreen quo");
    assert_eq!(top, ["quote"]);
    assert_eq!(completed(folder, "evergreen trade str"), ["straddle", "strangle"]);
    assert_eq!(completed(folder, "evergreen trade vertical --wr"), ["--write"]);
    assert_eq!(completed(folder, "evergreen localnet clock re"), ["resume"]);
    // The others are at least whole: their first and last words, and every block closed.
    let read = |shell: &str| std::fs::read_to_string(folder.join(format!("completions.{shell}"))).expect("a file");
    let zsh = read("zsh");
    assert!(zsh.starts_with("#compdef evergreen"), "{}", &zsh[..40]);
    assert!(zsh.matches("_arguments").count() > 40 && zsh.contains("case $line"));
    let fish = read("fish");
    assert!(fish.lines().filter(|line| line.starts_with("complete -c evergreen")).count() > 200);
    // Where a shell is installed it reads its script.
    for (shell, arguments) in [("zsh", ["-n", "completions.zsh"]), ("fish", ["-n", "completions.fish"])] {
        if let Ok(output) = Command::new(shell).args(arguments).current_dir(folder).output() {
            assert!(output.status.success(), "{shell}: {}", text(&output));
        }
    }
}

/// Each command has a page, and where `man` is installed it reads them without a complaint.
pub fn manual_pages_are_read(market: &Market) {
    let folder = market.folder();
    let output = alone(folder, "man pages --json");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a document");
    let pages = said["pages"].as_array().expect("pages");
    assert!(pages.len() > 80 && pages.contains(&"evergreen-trade-covered-write".into()), "{said}");
    for page in pages {
        let path = folder.join(format!("pages/{}.1", page.as_str().expect("a name")));
        let text = std::fs::read_to_string(&path).expect("a page");
        for part in [".TH EVERGREEN", ".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS OF EVERY COMMAND"] {
            assert!(text.contains(part), "{page} has no {part}");
        }
        assert!(!text.lines().any(|line| line.is_empty() && !text.contains(".nf")), "{page}");
    }
    let buy = std::fs::read_to_string(folder.join("pages/evergreen-deposit.1")).expect("a page");
    assert!(
        buy.contains("\\fB\\-p, \\-\\-pool\\fR <POOL>") && buy.contains("For instance: evergreen deposit"),
        "{buy}"
    );
    let groff =
        Command::new("groff").args(["-man", "-ww", "-z", "pages/evergreen-trade-buy.1"]).current_dir(folder).output();
    if let Ok(output) = groff {
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output));
    }
}

const ESCAPE: char = '\u{1b}';

pub fn output_is_plain(market: &Market) {
    // Piped: not one control character, errors and help included.
    for line in ["pool list", "price show", "help trade", "trade buy", "positions", "doctor"] {
        let output = text(&market.run("lena", line));
        assert!(!output.is_empty() && !output.contains(ESCAPE), "{line}: {output:?}");
    }
    // On a terminal: a spinner and colours; with NO_COLOR no colours.
    let terminal = |no_color: bool, line: &str| -> Option<String> {
        let command =
            format!("{} {line} --keypair {}", env!("CARGO_BIN_EXE_evergreen"), market.key_file("lena").display());
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).current_dir(market.folder());
        script
            .env("EVERGREEN_CONFIG", market.ready["config"].as_str()?)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR");
        if no_color {
            script.env("NO_COLOR", "1");
        }
        script.stdin(Stdio::null());
        // Not every machine has `script`.
        Command::new("script").arg("--version").output().ok()?;
        Some(String::from_utf8_lossy(&within(script).stdout).into_owned())
    };
    let colours = |output: &str| {
        // ESC [ numbers m.
        output.split(ESCAPE).skip(1).any(|part| {
            let rest = part.trim_start_matches('[').trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            rest.starts_with('m')
        })
    };
    let Some(coloured) = terminal(false, "trade buy") else { return };
    if coloured.contains("Usage") {
        assert!(colours(&coloured), "clap colours its words on a terminal: {coloured:?}");
        assert!(!colours(&terminal(true, "trade buy").expect("as before")));
        let progress = terminal(true, "pool show --pool TSLA.M").expect("as before");
        assert!(progress.contains("reading the pool") && !colours(&progress), "{progress:?}");
    }
}
