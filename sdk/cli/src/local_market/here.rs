//! The market that runs in the folder where a command is called, for whoever has configured nothing.

use super::control::Remote;
use crate::{args::global::Global, context, output};
use std::path::{Path, PathBuf};

/// The folder that `evergreen localnet` writes by default.
const FOLDER: &str = "evergreen-localnet";

/// The options with the configuration of the market in `./evergreen-localnet`, where nothing names a network, there is no configuration of Solana's, and that
/// market runs. It is said on standard error.
pub fn found(global: Global) -> Global {
    let is_named = global.config.is_some() || global.url.is_some() || context::default_config().exists();
    let Some(config) = (if is_named { None } else { running(Path::new(FOLDER)) }) else { return global };
    // Programs read one document there.
    if !global.json {
        output::aside(&format!(
            "no network is configured: this is the local market of {}; --url or --config names another one",
            config.display()
        ));
    }
    Global { config: Some(config), ..global }
}

/// The configuration in a folder whose market answers.
fn running(folder: &Path) -> Option<PathBuf> {
    let config = folder.join("config.yml");
    let remote = Remote::find(folder).ok()?;
    (config.exists() && remote.is_near() && remote.answers()).then(|| Path::new(".").join(config))
}
