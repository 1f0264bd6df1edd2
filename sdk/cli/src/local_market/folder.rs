//! The folder of a local market: its files, and nobody else's, may be written over.

use super::control::Remote;
use crate::failure::advised;
use anyhow::{Context, Result};
use std::{
    fs::{File, TryLockError},
    io::Write,
    path::Path,
};

/// The file that says whose the others are.
const MARK: &str = ".evergreen-localnet";
/// What stands in it.
const WORDS: &str = "`evergreen localnet` has written the files of this folder, and may write over them.\n";

/// Held while a market runs in a folder.
#[derive(Debug)]
pub struct Claim {
    _mark: File,
}

/// Makes the folder this market's, before anything is started or written. The folder stays claimed until what is returned is dropped, also where
/// two markets are started at the same moment.
///
/// # Errors
/// When the program is not there; for a folder with files that no local market has written, or in which one runs.
pub fn claim(folder: &Path, program: &Path) -> Result<Claim> {
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
    let runs = || {
        let why = format!("a local market runs in {shown}");
        advised(why, "end it with Ctrl-C, or name another folder: --dir FOLDER")
    };
    if Remote::find(folder).is_ok_and(|remote| remote.answers()) {
        return Err(runs());
    }
    let writing = || format!("writing {}", mark.display());
    let mut file = File::options().create(true).truncate(false).write(true).open(&mark).with_context(writing)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(runs()),
        Err(TryLockError::Error(error)) => return Err(error).with_context(writing),
    }
    file.set_len(0).and_then(|()| file.write_all(WORDS.as_bytes())).with_context(writing)?;
    Ok(Claim { _mark: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(result: Result<Claim>) -> String {
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
        let claimed = claim(&folder, &program).expect("it has ended without a word");
        // One that is being set up has not announced itself yet.
        assert!(said(claim(&folder, &program)).contains("a local market runs in"));
        drop(claimed);
        claim(&folder, &program).expect("it has ended");
    }
}
