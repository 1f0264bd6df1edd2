//! Tells which lines and branches of the program its tests execute on the virtual machine.
//!
//! Arguments: the program with its table of source lines, the folder of the notes of the tests (`tests/src/coverage.rs`), the root of the sources, the
//! folder for `lcov.info` and `missing.txt`, and the document whose table is written.

mod lines;
mod report;

use std::{collections::BTreeMap, env, fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [elf, notes, root, out, document] = arguments.as_slice() else {
        bail!("expected: ELF, folder of notes, root of the sources, folder of the output, document")
    };
    let seen = read_notes(Path::new(notes))?;
    let elf = fs::read(elf).with_context(|| format!("reading {elf}"))?;
    let files: BTreeMap<String, lines::File> = lines::of(&elf, &seen)?;
    ensure!(!files.is_empty(), "the program has no table of source lines");
    report::write(&files, Path::new(root), Path::new(out), Path::new(document))
}

/// Adds up the notes of all processes.
fn read_notes(folder: &Path) -> Result<Vec<u8>> {
    let mut all: Vec<u8> = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("opening {}", folder.display()))? {
        let notes = fs::read(entry?.path())?;
        if all.len() < notes.len() {
            all.resize(notes.len(), 0);
        }
        for (sum, one) in all.iter_mut().zip(&notes) {
            *sum |= one;
        }
    }
    ensure!(all.iter().any(|seen| *seen != 0), "no test has executed the program");
    Ok(all)
}
