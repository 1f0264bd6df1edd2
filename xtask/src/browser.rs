//! A browser for the tests of the web app: the one that `CHROMIUM` names, the machine's own, or Debian's in the cache.
//!
//! Debian's packages are unpacked and not installed, so no root is needed; the fonts of all languages of the app come with them.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{
    command::{command, on_path, output},
    sbf::Cache,
    steps::step,
};

/// The packages that are used; which version Debian has is in the list beside them. What they need and the machine lacks comes with them.
const PACKAGES: &[&str] = &["chromium", "chromium-common", "fonts-noto-core", "fonts-noto-cjk"];
/// The program in the unpacked packages.
const PROGRAM: &str = "usr/lib/chromium/chromium";
/// Version of the way of unpacking.
const LAYOUT: u32 = 1;

/// A browser, as the tests are told of it.
pub struct Browser {
    variables: Vec<(&'static str, String)>,
}

impl Browser {
    /// Finds a browser, or puts one into the cache.
    pub fn get(cache: &Cache) -> Result<Self> {
        if let Some(found) = Self::at_hand()? {
            return Ok(found);
        }
        let made_from = format!("{LAYOUT} {PACKAGES:?}");
        let dir = cache.part("chromium", &made_from, &[PROGRAM, "packages"], install)?;
        let at = |path: &str| dir.join(path).display().to_string();
        // One library of sound looks for another in a folder of its own.
        let libraries = [
            "usr/lib/x86_64-linux-gnu",
            "usr/lib/x86_64-linux-gnu/pulseaudio",
            "lib/x86_64-linux-gnu",
            "usr/lib/chromium",
        ];
        let libraries = libraries.map(at).join(":");
        let variables =
            vec![("CHROMIUM", at(PROGRAM)), ("LD_LIBRARY_PATH", libraries), ("FONTCONFIG_FILE", at("fonts.conf"))];
        Ok(Self { variables })
    }

    /// Finds a browser on this machine.
    pub fn at_hand() -> Result<Option<Self>> {
        if let Some(named) = std::env::var_os("CHROMIUM") {
            let program = named.to_string_lossy().into_owned();
            ensure!(Path::new(&program).is_file(), "CHROMIUM names {program}, which is no file");
            return Ok(Some(Self { variables: vec![("CHROMIUM", program)] }));
        }
        let installed = on_path("chromium").map(|program| program.display().to_string());
        Ok(installed.map(|program| Self { variables: vec![("CHROMIUM", program)] }))
    }

    /// Tells a command of it.
    pub fn tell(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

fn install(dir: &Path) -> Result<()> {
    let packages = packages().context(
        "getting Debian's chromium; with `CHROMIUM` set to a browser, or one on the search path, that one is taken",
    )?;
    let debs = dir.join("debs");
    fs::create_dir_all(&debs)?;
    step(&format!("downloading chromium and fonts, {} packages", packages.len()), || {
        let options = ["-q", "-o", "APT::Sandbox::User=root", "download"];
        output(command("apt-get").args(options).args(&packages).current_dir(&debs))
    })?;
    step("unpacking chromium", || {
        for entry in fs::read_dir(&debs)? {
            output(command("dpkg-deb").arg("-x").arg(entry?.path()).arg(dir))?;
        }
        fs::remove_dir_all(&debs)?;
        let fonts = dir.join("usr/share/fonts");
        // The cache's folder is moved into place afterwards, under the name without the ending.
        let fonts = fonts.display().to_string().replace(".draft/", "/");
        let list = format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig>\n  <dir>{fonts}</dir>\n  \
             <dir>/usr/share/fonts</dir>\n  <cachedir prefix=\"xdg\">fontconfig</cachedir>\n</fontconfig>\n"
        );
        fs::write(dir.join("fonts.conf"), list)?;
        fs::write(dir.join("packages"), packages.join("\n") + "\n")?;
        Ok(())
    })
}

/// Returns all packages to unpack, as `name=version`.
fn packages() -> Result<Vec<String>> {
    for tool in ["apt-get", "apt-cache", "dpkg-deb"] {
        ensure!(on_path(tool).is_some(), "{tool} is missing: this works on Debian");
    }
    let plan = || output(command("apt-get").args(["-q", "-s", "--no-install-recommends", "install"]).args(PACKAGES));
    let plan = plan().or_else(|_| {
        // The lists of packages may be missing or old. Refreshing them needs root.
        let _ = output(command("apt-get").args(["-q", "update"]));
        plan()
    })?;
    let found = plan.lines().filter_map(|line| {
        let mut words = line.strip_prefix("Inst ")?.split_whitespace();
        let name = words.next()?;
        let version = words.find_map(|word| word.strip_prefix('('))?;
        Some(format!("{name}={version}"))
    });
    Ok(found.collect())
}
