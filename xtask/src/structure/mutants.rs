//! Checks that every fault of the list can be planted in today's sources, and that the document tells what the record of runs says.

use anyhow::Result;

use super::{File, Report};
use crate::mutants::{
    list::{LIST, List},
    record::{DOCUMENT, RECORD, Record},
};

/// Compares the list of faults with the sources, and the document with list and record.
pub fn check(files: &[File]) -> Result<Report> {
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.clone());
    let list = List::parse(&text(LIST).unwrap_or_default())?;
    let record = Record::parse(&text(RECORD).unwrap_or_else(|| "{}".to_owned()))?;
    let mut breaks: Vec<String> = list.mutant.iter().filter_map(|mutant| mutant.obstacle(text)).collect();
    if text(DOCUMENT) != Some(record.document(&list)?) {
        breaks.push(format!("{DOCUMENT} is not that of {LIST} and {RECORD}: cargo xtask mutants --minutes 0"));
    }
    Ok(Report { name: "mutants", count: list.mutant.len(), things: "faults", breaks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_no_longer_fits_and_an_old_document_are_told() {
        let list = "[[mutant]]\nname = \"n\"\nkind = \"k\"\nfile = \"programs/evergreen-math/src/a.rs\"\nfind = 'old'\nput = 'new'\n";
        let parsed = List::parse(list).unwrap();
        let document = Record::default().document(&parsed).unwrap();
        let with = |source: &str, document: &str| {
            let source = File::new("programs/evergreen-math/src/a.rs", source);
            check(&[File::new(LIST, list), source, File::new(DOCUMENT, document)]).unwrap().breaks
        };
        assert!(with("an old fit", &document).is_empty());
        assert!(with("gone", &document)[0].contains("stands 0 times, not 1"));
        assert!(with("an old fit", "other")[0].starts_with(DOCUMENT));
    }
}
