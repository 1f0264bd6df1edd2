//! Checks that the document's figures are those of the record of runs.

use super::{File, Report};
use crate::evidence::{DOCUMENT, current};

/// Compares the paragraph of figures with the files that it is made from.
pub fn check(files: &[File]) -> Report {
    let read = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.clone());
    let breaks = match current(read) {
        Ok(text) if Some(&text) == read(DOCUMENT).as_ref() => Vec::new(),
        Ok(_) => vec![format!("the figures in {DOCUMENT} are not those of the records: cargo xtask figures --write")],
        Err(error) => vec![format!("{error:#}")],
    };
    Report { name: "figures", count: 1, things: "paragraph", breaks }
}
