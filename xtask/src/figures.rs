//! Prints figures that maintainers compare, as tables in Markdown: sizes of crates and of the program, and compute units.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    command::{command, output},
    paths,
};

const COMPUTE_UNITS: &str = "tests/compute-units.json";
const ELF: &str = "target/deploy/evergreen.so";
/// Lamports per byte that make an account rent exempt.
const LAMPORTS_A_BYTE: u64 = 6960;
/// Bytes that every account pays rent for besides its data.
const ACCOUNT_OVERHEAD: u64 = 128;
/// Bytes before the bytecode in the account that holds it.
const PROGRAM_HEADER: u64 = 45;

/// Number of files and of their lines.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Size {
    files: usize,
    lines: usize,
}

/// Prints the figures of the checkout; with a revision, a column before them has those of the revision.
pub fn print(before: Option<&str>) -> Result<()> {
    let crates = crates()?;
    let sizes = |revision| Ok::<_, anyhow::Error>(sum(&crates, &lines(revision)?));
    let units = |revision| Ok::<_, anyhow::Error>(flat(&compute_units(revision)?));
    let (old_sizes, old_units) = match before {
        Some(revision) => (Some(sizes(Some(revision))?), Some(units(Some(revision))?)),
        None => (None, None),
    };
    println!("Lines of Rust with comments (`cargo xtask figures`):\n");
    print!(
        "{}",
        table("crate", old_sizes.as_ref(), &sizes(None)?, |size| {
            format!("{} in {} files", thousands(size.lines as u64), size.files)
        })
    );
    println!("\nThe program:\n\n{}", program()?);
    println!("Compute units (`cargo xtask bench`):\n");
    print!("{}", table("instruction", old_units.as_ref(), &units(None)?, |units| thousands(*units)));
    Ok(())
}

/// Returns a table of the bytes and the rent of the program that was built last.
fn program() -> Result<String> {
    let Ok(meta) = fs::metadata(paths::root().join(ELF)) else {
        return Ok(format!("`{ELF}` is not there; `cargo xtask build` makes it.\n"));
    };
    let rent = rent(meta.len()) as f64 / 1e9;
    Ok(format!("| bytes | rent |\n| --- | --- |\n| {} | {rent:.2} SOL |\n", thousands(meta.len())))
}

/// Returns the lamports that make the account of a program of `bytes` bytes rent exempt.
const fn rent(bytes: u64) -> u64 {
    (bytes + PROGRAM_HEADER + ACCOUNT_OVERHEAD) * LAMPORTS_A_BYTE
}

/// Returns a table with one column of values, or two if there are earlier values.
fn table<T>(
    what: &str,
    before: Option<&BTreeMap<String, T>>,
    now: &BTreeMap<String, T>,
    show: impl Fn(&T) -> String,
) -> String {
    let value = |value: Option<&T>| value.map_or("-".to_string(), &show);
    let Some(before) = before else {
        let rows = now.iter().map(|(name, now)| format!("| {name} | {} |\n", show(now)));
        return format!("| {what} | now |\n| --- | --- |\n{}", rows.collect::<String>());
    };
    let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let rows =
        names.iter().map(|name| format!("| {name} | {} | {} |\n", value(before.get(*name)), value(now.get(*name))));
    format!("| {what} | before | now |\n| --- | --- | --- |\n{}", rows.collect::<String>())
}

/// Returns the folders of the workspace's crates.
fn crates() -> Result<Vec<String>> {
    let text = fs::read_to_string(paths::root().join("Cargo.toml")).context("reading Cargo.toml")?;
    let manifest: toml::Table = toml::from_str(&text).context("reading Cargo.toml")?;
    let members = manifest.get("workspace").and_then(|workspace| workspace.get("members")?.as_array());
    let members = members.context("Cargo.toml lists no members")?;
    Ok(members.iter().filter_map(|member| Some(member.as_str()?.to_string())).collect())
}

/// Returns the paths and the numbers of lines of all Rust files in the checkout or in a revision.
fn lines(revision: Option<&str>) -> Result<Vec<(String, usize)>> {
    let mut git = command("git");
    git.args(["grep", "-c", ""]).args(revision).args(["--", "*.rs"]).current_dir(paths::root());
    let start = revision.map(|revision| format!("{revision}:")).unwrap_or_default();
    let read = |line: &str| {
        let (path, count) = line.strip_prefix(start.as_str())?.rsplit_once(':')?;
        Some((path.to_string(), count.parse().ok()?))
    };
    Ok(output(&mut git)?.lines().filter_map(read).collect())
}

/// Sums sizes by crate; a file belongs to the innermost crate.
fn sum(crates: &[String], files: &[(String, usize)]) -> BTreeMap<String, Size> {
    let mut found: BTreeMap<String, Size> = BTreeMap::new();
    for (path, lines) in files {
        let inside = |folder: &&String| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let Some(folder) = crates.iter().filter(inside).max_by_key(|folder| folder.len()) else { continue };
        for name in [format!("`{folder}`"), "all".to_string()] {
            let size = found.entry(name).or_default();
            size.files += 1;
            size.lines += lines;
        }
    }
    found
}

fn compute_units(revision: Option<&str>) -> Result<Value> {
    let text = match revision {
        Some(revision) => {
            output(command("git").arg("show").arg(format!("{revision}:{COMPUTE_UNITS}")).current_dir(paths::root()))?
        }
        None => {
            fs::read_to_string(paths::root().join(COMPUTE_UNITS)).with_context(|| format!("reading {COMPUTE_UNITS}"))?
        }
    };
    serde_json::from_str(&text).with_context(|| format!("reading {COMPUTE_UNITS}"))
}

/// Returns compute units by name of an instruction and its case.
fn flat(units: &Value) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for (instruction, cases) in units.as_object().into_iter().flatten() {
        for (case, units) in cases.as_object().into_iter().flatten() {
            let name = if case.is_empty() { format!("`{instruction}`") } else { format!("`{instruction}`, {case}") };
            found.extend(units.as_u64().map(|units| (name, units)));
        }
    }
    found
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_and_programs_a_rent() {
        assert_eq!([7, 999, 1000, 2_318_096].map(thousands), ["7", "999", "1,000", "2,318,096"]);
        assert_eq!(rent(2_318_096), 16_135_152_240);
    }

    #[test]
    fn files_belong_to_the_innermost_crate() {
        let files = [("tests/a.rs", 1), ("tests/vm/b.rs", 2), ("tests-of-mine/c.rs", 4)];
        let files = files.map(|(path, lines)| (path.to_string(), lines));
        let found = sum(&["tests".to_string(), "tests/vm".to_string()], &files);
        assert_eq!(found["`tests`"], Size { files: 1, lines: 1 });
        assert_eq!(found["`tests/vm`"], Size { files: 1, lines: 2 });
        assert_eq!(found["all"], Size { files: 2, lines: 3 });
    }

    #[test]
    fn tables_have_rows_of_old_and_new_names() {
        let old = flat(&serde_json::json!({ "a": { "": 1000, "x": 2 } }));
        let new = flat(&serde_json::json!({ "a": { "": 900 }, "b": { "y": 3 } }));
        let shown = table("instruction", Some(&old), &new, |units| thousands(*units));
        let rows: Vec<&str> = shown.lines().skip(2).collect();
        assert_eq!(rows, ["| `a` | 1,000 | 900 |", "| `a`, x | 2 | - |", "| `b`, y | - | 3 |"]);
        assert!(
            table("instruction", None, &new, |units| thousands(*units)).ends_with("| `a` | 900 |\n| `b`, y | 3 |\n")
        );
    }
}
