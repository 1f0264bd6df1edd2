//! Running other programs with a clean environment, and with errors that say what failed.

use std::{
    env,
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// Settings of cargo that belong to the user and the machine. All other variables that begin with `CARGO` come from the `cargo run`
/// that started this tool, and would confuse a cargo of another version.
const CARGO_SETTINGS: &[&str] = &[
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "CARGO_INCREMENTAL",
    "CARGO_BUILD_JOBS",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
];

/// Returns a command that does not inherit the variables that `cargo run` and rustup have set.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let of_cargo = text.starts_with("CARGO") && !CARGO_SETTINGS.iter().any(|setting| text.starts_with(setting));
        if of_cargo
            || text.starts_with("RUSTC")
            || matches!(text, "RUSTUP_TOOLCHAIN" | "RUSTFLAGS" | "RUSTDOC" | "RUST_RECURSION_COUNT")
        {
            command.env_remove(&name);
        }
    }
    if let Some(value) = env::var_os("LD_LIBRARY_PATH") {
        let ours = |path: &Path| {
            let text = path.to_string_lossy();
            !text.is_empty() && !text.contains("/toolchains/") && !text.contains("/target/")
        };
        let kept: Vec<PathBuf> = env::split_paths(&value).filter(|path| ours(path)).collect();
        match env::join_paths(kept) {
            Ok(kept) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", kept),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    command
}

/// Returns a command for the host's cargo on the path, which may be rustup's proxy.
pub fn cargo() -> Command {
    command("cargo")
}

/// Runs a command with the terminal's input and output, and fails if the command fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", describe(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a command quietly and returns its standard output. If the command fails, the error has all of its output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {}", describe(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{} failed ({}):\n{stdout}{}", describe(command), output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(stdout)
}

/// Runs a command that shows its progress on standard error, and returns its standard output.
pub fn answer(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting {}", describe(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", describe(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the path of the first executable with this name on the search path.
pub fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(program)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Returns the SHA-256 of a file, in hexadecimal.
pub fn sha256_file(path: &Path) -> Result<String> {
    first_word(&output(command("sha256sum").arg(path))?)
}

/// Returns the SHA-256 of a text, in hexadecimal.
pub fn sha256_text(text: &str) -> Result<String> {
    let mut child = command("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting sha256sum (package coreutils)")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).context("writing to sha256sum")?;
    }
    let output = child.wait_with_output().context("waiting for sha256sum")?;
    first_word(&String::from_utf8_lossy(&output.stdout))
}

fn first_word(text: &str) -> Result<String> {
    // sha256sum writes a backslash before the hash if it had to escape the file's name.
    match text.trim_start_matches('\\').split_whitespace().next() {
        Some(word) if word.len() == 64 => Ok(word.to_string()),
        _ => bail!("sha256sum answered {text:?}"),
    }
}

fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text += &argument.to_string_lossy();
    }
    text
}
