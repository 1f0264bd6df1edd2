//! Writes what was found.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::lines::{File, Line};

const BEGIN: &str = "<!-- coverage -->\n";
const END: &str = "<!-- end -->";

#[derive(Clone, Copy, Default)]
struct Sum {
    lines: u32,
    executed: u32,
    ways: u32,
    taken: u32,
}

impl Sum {
    fn add(&mut self, line: Line) {
        self.lines += 1;
        self.executed += u32::from(line.executed);
        self.ways += line.ways;
        self.taken += line.taken;
    }

    fn row(self, name: &str) -> String {
        format!(
            "| {name} | {} | {} | {} | {} |\n",
            self.lines,
            share(self.executed, self.lines),
            self.ways,
            share(self.taken, self.ways)
        )
    }
}

/// Writes `lcov.info`, the lines that no test executes, and the table of the document.
pub fn write(files: &BTreeMap<String, File>, root: &Path, out: &Path, document: &Path) -> Result<()> {
    let mut folders: BTreeMap<String, Sum> = BTreeMap::new();
    let (mut all, mut lcov, mut missing) = (Sum::default(), String::new(), String::new());
    for (path, file) in files {
        let source = fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"))?;
        let source: Vec<&str> = source.lines().collect();
        let last = file.keys().next_back().copied().unwrap_or(0);
        ensure!(last as usize <= source.len(), "line {last} of {path} does not exist: the program is of other sources");
        writeln!(lcov, "SF:{path}")?;
        for (number, line) in file {
            folders.entry(folder(path)).or_default().add(*line);
            all.add(*line);
            writeln!(lcov, "DA:{number},{}", u32::from(line.executed))?;
            if !line.executed {
                let text = source.get(*number as usize - 1).map_or("", |text| text.trim());
                writeln!(missing, "{path}:{number}: {text}")?;
            }
        }
        lcov.push_str("end_of_record\n");
    }
    fs::write(out.join("lcov.info"), lcov)?;
    fs::write(out.join("missing.txt"), missing)?;
    let mut table =
        String::from("| sources | lines | executed | ways out of jumps | taken |\n| --- | --- | --- | --- | --- |\n");
    for (name, sum) in &folders {
        table.push_str(&sum.row(&format!("`{name}`")));
    }
    table.push_str(&all.row("all"));
    print!("{table}");
    let text = fs::read_to_string(document)?;
    let (before, rest) = text.split_once(BEGIN).context("the document has no place for the table")?;
    let (_, after) = rest.split_once(END).context("the table in the document has no end")?;
    fs::write(document, format!("{before}{BEGIN}\n{table}\n{END}{after}"))?;
    println!(
        "{} of {} lines executed ({}), {} of {} ways out of conditional jumps taken ({})",
        all.executed,
        all.lines,
        share(all.executed, all.lines),
        all.taken,
        all.ways,
        share(all.taken, all.ways)
    );
    Ok(())
}

/// Returns the folder of a source below its crate, two levels deep at most.
fn folder(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts.into_iter().skip(1).filter(|part| *part != "src").take(3).collect::<Vec<_>>().join("/")
}

fn share(part: u32, whole: u32) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1} %", f64::from(part) * 100.0 / f64::from(whole))
}
