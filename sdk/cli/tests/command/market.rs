//! A local market in a process of its own, and the command against it.

use evergreen_sdk::{
    accounts::Account,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{Client, ClientError, SendOptions},
};
use serde_json::Value;
use solana_keypair::{Keypair, read_keypair_file};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Prices that `--path prices.csv` plays.
const PRICES: &str = "time_seconds,btc,eth\n100,90000.5,3500.25\n1000000,88000,3400\n";

/// Native units of a token.
pub const TOKEN: i64 = evergreen_test_support::TOKEN as i64;

/// A running `evergreen localnet`.
pub struct Market {
    process: Child,
    folder: TempDir,
    runtime: Runtime,
    client: Client,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Drop for Market {
    fn drop(&mut self) {
        // It has ended already if all went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn evergreen(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evergreen"));
    command
        .current_dir(folder)
        .env_remove("EVERGREEN_CONFIG")
        .env_remove("EVERGREEN_PROGRAM")
        .env_remove("EVERGREEN_POOL")
        .env("HOME", folder);
    command
}

/// Starts a market on free ports and waits until it is ready.
fn launch(folder: &Path, options: &[&str]) -> (Child, Value) {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("market.log"));
    let mut process = evergreen(folder)
        .args(["localnet", "--rpc-port", "0", "--ws-port", "0", "--json"])
        .args(options)
        .stdout(Stdio::piped())
        .stderr(log.expect("a log"))
        .spawn()
        .expect("the command runs");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let said = || std::fs::read_to_string(folder.join("market.log")).unwrap_or_default();
    let ready = serde_json::from_str(&line);
    let ready: Value = ready.unwrap_or_else(|error| panic!("{error}; has the program been built? {line}{}", said()));
    evergreen_test_support::schema::check("localnet", std::slice::from_ref(&ready));
    (process, ready)
}

/// The words of a line, as a shell has them: what stands in double quotes is one word.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The command without any market, to be run.
pub fn plainly(folder: &Path, line: &str) -> Command {
    let mut command = evergreen(folder);
    command.args(words(line)).stdin(Stdio::null());
    command
}

/// Runs the command without any market.
pub fn alone(folder: &Path, line: &str) -> Output {
    plainly(folder, line).output().expect("the command runs")
}

impl Market {
    /// Starts one on free ports, in a folder of its own, and waits until it is ready.
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("prices.csv"), PRICES).expect("a file");
        Self::start_in(folder, options)
    }

    /// Starts one in a folder with files.
    pub fn start_in(folder: TempDir, options: &[&str]) -> Self {
        let (process, ready) = launch(folder.path(), options);
        let client = Client::new(ready["rpc_url"].as_str().expect("a URL"));
        Self { process, folder, runtime: Runtime::new().expect("a runtime"), client, ready }
    }

    /// Ends it, politely or not, and starts the next one in its folder.
    pub fn restart(&mut self, options: &[&str], politely: bool) {
        if politely {
            self.interrupt();
        } else {
            self.process.kill().expect("killed");
            self.process.wait().expect("its end");
        }
        (self.process, self.ready) = launch(self.folder.path(), options);
        self.client = Client::new(self.ready["rpc_url"].as_str().expect("a URL"));
    }

    /// What all markets of the folder have said beside their output.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("market.log")).unwrap_or_default()
    }

    /// Ends it as Ctrl-C does; it has to end well.
    pub fn end_politely(mut self) {
        self.interrupt();
    }

    /// Ends it likewise, and returns its folder.
    pub fn end_and_keep(mut self) -> TempDir {
        self.interrupt();
        std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"))
    }

    fn interrupt(&mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
        assert!(self.process.wait().expect("its end").success());
        assert!(!self.folder().join("evergreen-localnet/control.json").exists(), "nobody listens there any more");
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file of a user's key.
    pub fn key_file(&self, user: &str) -> PathBuf {
        self.folder().join(format!("evergreen-localnet/{user}.json"))
    }

    /// A user's key.
    pub fn key(&self, user: &str) -> Keypair {
        read_keypair_file(self.key_file(user)).expect("a keypair")
    }

    /// Mint of a stock.
    pub fn mint(&self, name: &str) -> Pubkey {
        let stocks = self.ready["stocks"].as_array().expect("stocks");
        let stock = stocks.iter().find(|stock| stock["name"] == name).expect("a stock");
        stock["mint"].as_str().and_then(|mint| mint.parse().ok()).expect("a mint")
    }

    /// A command as a user, who is another one if the line names their key.
    pub fn command(&self, user: &str, line: &str) -> Command {
        let config = self.ready["config"].as_str().expect("a configuration");
        let mut command = evergreen(self.folder());
        command.env("EVERGREEN_CONFIG", config).args(words(line)).stdin(Stdio::null());
        if !line.contains("--keypair") {
            command.arg("--keypair").arg(self.key_file(user));
        }
        command
    }

    /// Runs a command as a user.
    pub fn run(&self, user: &str, line: &str) -> Output {
        within(self.command(user, line))
    }

    /// Somebody new with SOL and so many tokens of every stock.
    pub fn newcomer(&self, name: &str, tokens: u32) -> Keypair {
        let key = Keypair::new();
        solana_keypair::write_keypair_file(&key, self.key_file(name)).expect("a file");
        self.json(name, &format!("localnet fund {} --tokens {tokens}", solana_signer::Signer::pubkey(&key)));
        key
    }

    /// Sets what a key has, lamports.
    pub fn set_lamports(&self, key: &Pubkey, lamports: u64) {
        let chain = evergreen_localnet::Client::new(self.ready["rpc_url"].as_str().expect("a URL"), Keypair::new());
        let system = evergreen_sdk::anchor_lang::system_program::ID;
        chain.set_account_with_lamports(key, &system, &[], lamports).expect("funds");
    }

    /// Sends instructions by the client library.
    pub fn send(&self, key: &Keypair, instructions: &[Instruction]) {
        self.send_with(key, instructions, &[]);
    }

    /// The same with further signatures.
    pub fn send_with(
        &self,
        key: &Keypair,
        instructions: &[Instruction],
        signers: &[&(dyn solana_signer::Signer + Sync)],
    ) {
        let options = SendOptions::default();
        let sending = self.client.send(key, instructions, signers, &[], &options);
        let sent = self.runtime.block_on(async { tokio::time::timeout(LONGEST, sending).await });
        sent.expect("it lands in time").unwrap_or_else(|error| panic!("{error}"));
    }

    /// Waits for something of the client library.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The client library's client.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The chain's clock.
    pub fn now(&self) -> i64 {
        self.wait(self.client.clock()).expect("a clock").value
    }

    /// The JSON of a command that has to work and does one thing.
    pub fn json(&self, user: &str, line: &str) -> Value {
        let mut documents = self.jsons(user, line);
        assert_eq!(documents.len(), 1, "{line}: {documents:?}");
        documents.remove(0)
    }

    /// The JSON of a command that has to work, a document for each thing that it does.
    pub fn jsons(&self, user: &str, line: &str) -> Vec<Value> {
        self.jsons_with(user, line, ("LANG", "C"))
    }

    /// The same with a variable in the environment.
    pub fn jsons_with(&self, user: &str, line: &str, (name, value): (&str, &str)) -> Vec<Value> {
        let mut command = self.command(user, &format!("{line} --json"));
        command.env(name, value);
        let output = within(command);
        assert!(output.status.success(), "{line}: {}", text(&output));
        evergreen_test_support::schema::printed(line, &output)
    }

    /// The report of a command that has to fail with this exit code.
    pub fn fails(&self, user: &str, line: &str, code: i32) -> Value {
        let output = self.run(user, &format!("{line} --json"));
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{line} prints in spite of its failure");
        let report =
            serde_json::from_slice(&output.stderr).unwrap_or_else(|error| panic!("{line}: {error}: {}", text(&output)));
        evergreen_test_support::schema::check_error(line, &report);
        report
    }

    /// An account of the program, if it is there.
    pub fn find<T: Account>(&self, key: &Pubkey) -> Option<Box<T>> {
        match self.runtime.block_on(self.client.get::<T>(key)) {
            Ok(found) => Some(found.value),
            Err(ClientError::Missing(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Native units in a token account.
    pub fn tokens(&self, account: &Pubkey) -> i64 {
        let balance = self.runtime.block_on(self.client.rpc().get_token_account_balance(account)).expect("a balance");
        balance.amount.parse().expect("a number")
    }
}

/// No command of a test takes longer, on however busy a machine.
pub const LONGEST: Duration = Duration::from_secs(180);

/// Runs a command; one that does not end is ended, and the test with it.
pub fn within(mut command: Command) -> Output {
    let line = format!("{command:?}");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let id = child.id().to_string();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    match told.recv_timeout(LONGEST) {
        Ok(output) => output.expect("its output"),
        Err(_) => {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            let output = told.recv().expect("its end").expect("its output");
            panic!("{line} does not end; it said: {}", text(&output));
        }
    }
}

/// All that a command has printed.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
