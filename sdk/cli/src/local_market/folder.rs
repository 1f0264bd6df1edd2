//! The folder of a local market: its files, and nobody else's, may be written over.

use super::control::Remote;
use crate::failure::advised;
use anyhow::{Context, Result};
use std::path::Path;

/// The file that says whose the others are.
const MARK: &str = ".evergreen-localnet";

/// Makes the folder this market's, before anything is started or written.
///
/// # Errors
/// When the program is not there; for a folder with files that no local market has written, or in which one runs.
pub fn claim(folder: &Path, program: &Path) -> Result<()> {
    let shown = folder.display();
    std::fs::metadata(program)
        .with_context(|| format!("the program {}; `cargo xtask build` makes it", program.display()))?;
    std::fs::create_dir_all(folder).with_context(|| format!("making {shown}"))?;
    let is_empty = std::fs::read_dir(folder).with_context(|| format!("reading {shown}"))?.next().is_none();
    let mark = folder.join(MARK);
    if !is_empty && !mark.exists() {
        let why = format!("{shown} has files that no local market has written; they would be lost");
        return Err(advised(why, "name an empty folder: --dir FOLDER"));
    }
    if Remote::find(folder).is_ok_and(|remote| remote.answers()) {
        let why = format!("a local market runs in {shown}");
        return Err(advised(why, "end it with Ctrl-C, or name another folder: --dir FOLDER"));
    }
    let text = "`evergreen localnet` has written the files of this folder, and may write over them.\n";
    std::fs::write(&mark, text).with_context(|| format!("writing {}", mark.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(result: Result<()>) -> String {
        result.expect_err("a refusal").to_string()
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let program = home.path().join("program.so");
        std::fs::write(&program, "x").expect("a file");
        let others = home.path().join("keys");
        std::fs::create_dir(&others).expect("a folder");
        std::fs::write(others.join("alice.json"), "mine").expect("a file");
        assert!(said(claim(&others, &program)).contains("files that no local market has written"));
        assert_eq!(std::fs::read_to_string(others.join("alice.json")).expect("the file"), "mine");
        let own = home.path().join("market");
        claim(&own, &program).expect("a new folder");
        std::fs::write(own.join("alice.json"), "the market's").expect("a file");
        claim(&own, &program).expect("its own folder again");
    }

    #[test]
    fn nothing_is_made_without_the_program() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("market");
        assert!(said(claim(&folder, &home.path().join("nope.so"))).contains("nope.so"));
        assert!(!folder.exists());
    }

    #[test]
    fn a_market_that_runs_keeps_its_folder() {
        let home = tempfile::tempdir().expect("a folder");
        let program = home.path().join("program.so");
        std::fs::write(&program, "x").expect("a file");
        let folder = home.path().join("market");
        claim(&folder, &program).expect("a new folder");
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let control = listener.local_addr().expect("an address").to_string();
        let text = serde_json::json!({ "control": control, "rpc_url": "http://localhost:1" }).to_string();
        std::fs::write(folder.join("control.json"), text).expect("a file");
        assert!(said(claim(&folder, &program)).contains("a local market runs in"));
        drop(listener);
        claim(&folder, &program).expect("it has ended without a word");
    }
}
