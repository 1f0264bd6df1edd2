//! The story is played as a person would see it, twice: it must end well and the same.

use std::process::{Command, Output};

fn play(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evergreen-demo")).args(arguments).output().expect("starting the demonstration")
}

/// What was said, without times and addresses of the network.
fn numbers(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).expect("plain text");
    let lines = text.lines().filter(|line| !line.ends_with(" s.")).map(|line| match line.split_once(" [") {
        Some((before, _)) if line.ends_with(" s]") => before.to_owned(),
        _ => line.to_owned(),
    });
    lines.collect()
}

#[test]
fn the_story_ends_well_and_is_the_same_again() {
    let first = play(&["--quiet"]);
    let said = String::from_utf8_lossy(&first.stdout);
    assert!(
        first.status.success(),
        "the program has to be compiled for the virtual machine first: cargo xtask build\n{said}\n{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert!(said.contains("✓ equal to the unit") && !said.contains('✗'), "{said}");
    assert!(!said.contains('\x1b'), "colours were written into a pipe");
    assert_eq!(numbers(&first), numbers(&play(&["--quiet"])));
}

#[test]
fn a_wrong_command_line_is_explained() {
    let help = play(&["--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Usage: cargo xtask demo"));
    let wrong = play(&["--fast"]);
    assert!(!wrong.status.success());
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("unexpected argument '--fast'"));
    let missing = play(&["--program", "/nowhere.so"]);
    assert!(!missing.status.success());
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cargo xtask build"));
}
