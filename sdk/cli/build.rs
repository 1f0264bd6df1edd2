//! The program that this command belongs to: the hash of the bytecode beside it, where that is built before the command is.

use sha2::{Digest, Sha256};
use std::{fmt::Write as _, fs, path::Path};

fn main() {
    let folder = Path::new("../../target/deploy");
    let program = folder.join("evergreen.so");
    println!("cargo::rerun-if-changed=build.rs");
    // A path that is not there would run this anew each time.
    if let Some(known) = [program.as_path(), folder].into_iter().find(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", known.display());
    }
    let Ok(bytes) = fs::read(&program) else { return };
    // A deployment may add zeros at its end.
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let hash = Sha256::digest(&bytes[..end]).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    println!("cargo::rustc-env=EVERGREEN_BUILT_WITH={hash}");
}
