//! The built files of the app: inside this command, or in a folder.

use crate::failure::advised;
use anyhow::Result;
use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

#[cfg(feature = "app")]
#[derive(rust_embed::Embed)]
#[folder = "../../target/app"]
struct Inside;

/// Files of the app, by the path of their address without the first slash.
#[derive(Debug, Clone)]
pub struct Files {
    folder: Option<PathBuf>,
}

impl Files {
    /// Those of a folder, or those inside this command.
    ///
    /// # Errors
    /// When the folder has no app, or this command was built without.
    pub fn open(folder: Option<&Path>) -> Result<Self> {
        let files = Self { folder: folder.map(Path::to_owned) };
        if files.get("index.html").is_some() {
            return Ok(files);
        }
        Err(match folder {
            Some(folder) => advised(format!("{} has no app", folder.display()), "`cargo xtask app` makes target/app"),
            None => advised(
                "this command was built without the app",
                "`cargo xtask app` builds it with the app; or name the files of a built one: --app-files FOLDER",
            ),
        })
    }

    /// Bytes of a file.
    pub fn get(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if path.is_empty() || !is_plain {
            return None;
        }
        match &self.folder {
            Some(folder) => std::fs::read(folder.join(path)).ok().map(Cow::Owned),
            None => inside(path),
        }
    }
}

#[cfg(feature = "app")]
fn inside(path: &str) -> Option<Cow<'static, [u8]>> {
    Inside::get(path).map(|file| file.data)
}

#[cfg(not(feature = "app"))]
const fn inside(_: &str) -> Option<Cow<'static, [u8]>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("app");
        std::fs::create_dir(&app).unwrap();
        std::fs::write(app.join("index.html"), "page").unwrap();
        std::fs::write(folder.path().join("secret"), "key").unwrap();
        let files = Files::open(Some(&app)).unwrap();
        assert_eq!(files.get("index.html").as_deref(), Some(&b"page"[..]));
        for path in ["", "../secret", "/etc/passwd", "./../secret", "assets/../../secret", "index.html/..", "nothing"] {
            assert_eq!(files.get(path), None, "{path}");
        }
        let refused = Files::open(Some(folder.path())).map(|_| ()).unwrap_err().to_string();
        assert_eq!(refused, format!("{} has no app", folder.path().display()));
    }
}
