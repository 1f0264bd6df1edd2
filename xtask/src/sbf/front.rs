//! A script with the name `cargo-build-sbf`, for tools that call it, so that `anchor build` works without Solana's tools.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::Result;

use super::cache::Cache;

/// Line that tells the script from Solana's tool.
const MARK: &str = "# front of evergreen's cargo xtask build";
const FRONT: &str = include_str!("front.sh");

/// Whether a file has the contents of the script.
pub fn is_ours(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len()).any(|window| window == MARK.as_bytes())
}

/// Writes the script into the cache and returns the folder to put on the search path.
pub fn install() -> Result<PathBuf> {
    let cache = Cache::open()?;
    let file = "bin/cargo-build-sbf";
    let dir = cache.part("front", FRONT, &[file], |dir| {
        fs::create_dir_all(dir.join("bin"))?;
        fs::write(dir.join(file), FRONT)?;
        fs::set_permissions(dir.join(file), fs::Permissions::from_mode(0o755))?;
        Ok(())
    })?;
    Ok(dir.join("bin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_told_from_other_tools() {
        assert!(is_ours(FRONT.as_bytes()));
        assert!(!is_ours(b"\x7fELF and so on"));
    }
}
