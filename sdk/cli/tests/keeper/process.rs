//! The command in a process of its own.

use evergreen_test_support::schema;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

/// What a keeper is started with.
pub struct Start<'a> {
    /// URL of JSON-RPC.
    pub url: &'a str,
    /// URL of the websocket.
    pub ws_url: &'a str,
    /// File of its key.
    pub key_file: PathBuf,
    /// Home of its files; its log goes there, too.
    pub home: &'a Path,
}

/// The command, without anything of this machine's user.
pub fn evergreen(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evergreen"));
    command.current_dir(home).env_remove("EVERGREEN_CONFIG").env_remove("XDG_STATE_HOME").env("HOME", home);
    command
}

/// A running `evergreen keeper run`.
pub struct Process {
    child: Child,
    out: BufReader<ChildStdout>,
    line: String,
    /// What it said when it had started.
    pub started: Value,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    pub fn start(start: &Start<'_>) -> Self {
        let mut command = evergreen(start.home);
        command
            .args([
                "keeper",
                "run",
                "--yes",
                "--json",
                "--log",
                "json",
                "--metrics",
                "127.0.0.1:0",
                "--interval",
                "200",
            ])
            .args(["--url", start.url, "--ws", start.ws_url, "--keypair"])
            .arg(&start.key_file);
        Self::of(command, start.home)
    }

    /// Of a command that runs a keeper and says so in JSON.
    pub fn of(mut command: Command, home: &Path) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(home.join("keeper.log"));
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log.expect("a log"));
        let mut child = command.spawn().expect("the command runs");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let started = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}; {}", log_of(home)));
        let line = typed(command);
        schema::check(&line, std::slice::from_ref(&started));
        Self { child, out, line, started }
    }

    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it in the middle, whatever it is doing.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("its end");
    }

    /// Ends it as Ctrl-C does; what it says then.
    pub fn end_politely(mut self) -> Value {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
        assert!(self.child.wait().expect("its end").success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("its last words");
        let last = serde_json::from_str(&rest).unwrap_or_else(|error| panic!("{error}: {rest}"));
        schema::check(&self.line, std::slice::from_ref(&last));
        last
    }
}

/// What stands behind the name of a command.
pub fn typed(command: &Command) -> String {
    command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The log of all keepers of a home.
pub fn log_of(home: &Path) -> String {
    std::fs::read_to_string(home.join("keeper.log")).unwrap_or_default()
}
