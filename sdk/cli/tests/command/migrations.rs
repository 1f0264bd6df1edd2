//! `evergreen migrate`, over real RPC: from bytecode to running, interrupted and begun again, and accounts of the previous
//! layout.

use crate::market::{Market, TOKEN, text, within};
use evergreen_localnet::Client;
use evergreen_sdk::{
    accounts::Kind,
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{LAYOUT_VERSION, MarginAccount, OLD_MARGIN_ACCOUNT, OLD_REGISTRY, Pool, Protocol, ShareClass},
};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The file of this repository.
pub const LOCALNET: &str = include_str!("../../../../migrations/clusters/localnet.toml");

/// A bare market and a cluster file.
pub struct Cluster<'a> {
    /// The market.
    pub market: &'a Market,
    /// Its network.
    pub chain: Client,
    /// The file.
    pub file: PathBuf,
}

impl<'a> Cluster<'a> {
    /// With this file, two folders below the market's, as in the repository.
    pub fn new(market: &'a Market, toml: &str) -> Self {
        let folder = market.folder().join("migrations/clusters");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("localnet.toml");
        std::fs::write(&file, toml).expect("a file");
        let url = market.ready["rpc_url"].as_str().expect("a URL");
        Self { market, chain: Client::new(url, Keypair::new()), file }
    }

    fn write(&self, toml: &str) {
        std::fs::write(&self.file, toml).expect("a file");
    }

    /// `evergreen migrate` as a user.
    fn command(&self, user: &str, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evergreen"));
        command
            .current_dir(self.market.folder())
            .env("EVERGREEN_CONFIG", self.market.ready["config"].as_str().expect("a configuration"))
            .env("HOME", self.market.folder())
            .arg("migrate")
            .args(line.split_whitespace())
            .arg("--cluster")
            .arg(&self.file)
            .arg("--keypair")
            .arg(self.market.key_file(user))
            .arg("--json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn output(&self, user: &str, line: &str) -> Output {
        within(self.command(user, line))
    }

    /// The report of a command that has to work.
    fn report(&self, line: &str) -> Value {
        let output = self.output("admin", line);
        assert!(output.status.success(), "{line}: {}", text(&output));
        evergreen_test_support::schema::printed(&format!("migrate {line}"), &output).remove(0)
    }

    /// What a command says that has to fail with this code.
    fn fails(&self, user: &str, line: &str, code: i32) -> String {
        let output = self.output(user, line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output));
        let error: Value = serde_json::from_slice(&output.stderr).expect("an error as JSON");
        error["error"].as_str().expect("words").to_owned()
    }

    /// Every account of the program, and the program's own.
    fn accounts(&self) -> BTreeMap<Pubkey, Vec<u8>> {
        let found = self.chain.rpc().get_program_accounts(&address::PROGRAM).expect("accounts");
        let mut all: BTreeMap<_, _> = found.into_iter().map(|(key, account)| (key, account.data)).collect();
        all.insert(address::program_data(), self.chain.account_data(&address::program_data()).expect("the program"));
        all
    }

    /// Tokens of a stock in a user's wallet.
    fn wallet(&self, user: &str, stock: &str) -> i64 {
        let (owner, mint) = (self.market.key(user).pubkey(), self.market.mint(stock));
        let program = self.chain.account(&mint).expect("the mint").expect("there").owner;
        self.market.tokens(&address::token_account(&owner, &mint, &program))
    }

    /// How many transactions that name a user have worked.
    fn transactions(&self, user: &str) -> usize {
        let named = self.chain.rpc().get_signatures_for_address(&self.market.key(user).pubkey());
        named.expect("transactions").iter().filter(|one| one.err.is_none()).count()
    }

    /// The protocol, which has to be there.
    pub fn protocol(&self) -> Box<Protocol> {
        self.market.find(&address::protocol()).expect("created")
    }

    fn pool(&self, stock: &str) -> Box<Pool> {
        self.market.find(&address::pool(&self.market.mint(stock))).expect("created")
    }

    /// Moves the clock to where the report says that a run can go on.
    pub fn wait_for(&self, report: &Value) {
        let items = report["steps"].as_array().expect("steps").iter().flat_map(|step| step["items"].as_array());
        let from = items.flatten().filter_map(|item| item["from"].as_i64()).max().expect("something to wait for");
        self.chain.time_travel_to(from).expect("the clock moves");
        // Prices are old until they were published again.
        std::thread::sleep(Duration::from_secs(1));
    }

    /// Lena is admin and upgrade authority, bob guardian, alice fee owner.
    pub fn assert_handed_over(&self) {
        let key = |user| self.market.key(user).pubkey();
        let protocol = self.protocol();
        assert_eq!((protocol.admin, protocol.pending_admin), (key("lena"), Pubkey::default()));
        assert_eq!((protocol.guardian, protocol.fee_owner), (key("bob"), key("alice")));
        assert_eq!(protocol.timelock, evergreen_sdk::math::Seconds::DAY.0);
        let data = self.chain.account_data(&address::program_data()).expect("the program");
        // Tag, slot, and that there is one come first.
        assert_eq!(data[13..45], key("lena").to_bytes());
    }
}

fn state_of(report: &Value, number: u64) -> &str {
    let steps = report["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["number"] == number).expect("the step");
    step["state"].as_str().expect("a state")
}

fn state_file(folder: &Path) -> PathBuf {
    folder.join("migrations/clusters/localnet.state.json")
}

/// The repository's own file, every run ended by SIGKILL after some while until it ends by itself.
pub fn killed_again_and_again(market: &Market) {
    let cluster = Cluster::new(market, LOCALNET);
    let had = ["TSLA.M", "CRCLx"].map(|stock| cluster.wallet("admin", stock));
    let signed = cluster.transactions("admin");
    // Before it reads, while it reads, simulates, sends, waits, notes; and now and then in the next round.
    let pauses = [15, 60, 35, 90, 50, 120, 25, 75, 160, 45, 105, 220, 65, 300, 85, 420, 55, 135, 190, 560];
    let mut pauses = pauses.into_iter().cycle().map(Duration::from_millis);
    let mut kills = 0;
    let report = loop {
        let mut run = cluster.command("admin", "run --yes").spawn().expect("the command runs");
        // Longer in each round, so that a slow machine comes to an end too.
        let pause = pauses.next().expect("endless") * (1 + kills / 20);
        let deadline = Instant::now() + pause;
        let ended = loop {
            match run.try_wait().expect("its state") {
                Some(status) => break Some(status),
                None if Instant::now() >= deadline => break None,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        if ended.is_none() {
            run.kill().expect("SIGKILL");
            run.wait().expect("its end");
            kills += 1;
            continue;
        }
        let output = run.wait_with_output().expect("its output");
        assert!(output.status.success(), "{}", text(&output));
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        if report["finished"] == true {
            break report;
        }
        cluster.wait_for(&report);
    };
    assert!(kills >= 10, "killed {kills} times only");
    assert_eq!(state_of(&report, 11), "done");
    cluster.assert_handed_over();
    for (stock, had) in ["TSLA.M", "CRCLx"].into_iter().zip(had) {
        let pool = cluster.pool(stock);
        assert_eq!((pool.pool_cash, pool.insurance_cash), (2_000 * TOKEN, 200 * TOKEN as u64), "{stock}");
        assert_eq!(cluster.wallet("admin", stock), had - 2_200 * TOKEN, "{stock}");
    }
    assert_eq!(cluster.pool("CRCLx").params.fee_open_bps, 8);
    // Protocol, two underlyings, two pools, timelock and admin proposed, announced and executed, the role accepted, the program handed over.
    assert_eq!(cluster.protocol().next_proposal, 2);
    // After a run that was killed while it announced, the next one's announcement may have come second, and so made the change.
    let sent = cluster.transactions("admin") - signed;
    assert!((11..=13).contains(&sent), "{sent} after {kills} kills");
    // And the record has each of them, whatever moment its run was killed at.
    let state = std::fs::read(state_file(market.folder())).expect("a state file");
    let state: Value = serde_json::from_slice(&state).expect("JSON");
    let entries = state["entries"].as_array().expect("entries");
    let noted: BTreeSet<_> = entries.iter().filter_map(|entry| entry["signature"].as_str()).collect();
    assert_eq!((noted.len(), entries.len()), (sent, sent + 11), "{state}");

    second_run_changes_nothing(&cluster);
    layout_1_is_upgraded(&cluster);
}

fn second_run_changes_nothing(cluster: &Cluster) {
    let state = state_file(cluster.market.folder());
    let before = (cluster.accounts(), std::fs::read(&state).expect("a state file"));
    let report = cluster.report("run --yes");
    assert_eq!((&report["finished"], &report["sent"]), (&true.into(), &Value::Array(Vec::new())));
    assert!(
        before == (cluster.accounts(), std::fs::read(&state).expect("a state file")),
        "a second run changes something"
    );
}

/// Accounts of layout 1 among those of layout 2: all but proposals, and the margin account of somebody.
fn layout_1_is_upgraded(cluster: &Cluster) {
    let present = cluster.accounts();
    let mut old = BTreeMap::new();
    for (key, data) in &present {
        // Counters began with the present layout.
        if !matches!(Kind::of(data), None | Some(Kind::Proposal | Kind::Counter)) {
            old.insert(*key, data.clone());
        }
    }
    let mut margin_account = vec![0; OLD_MARGIN_ACCOUNT];
    margin_account[..8].copy_from_slice(Kind::MarginAccount.prefix());
    old.insert(Pubkey::new_unique(), margin_account);
    for (key, data) in &mut old {
        data[8] = 1;
        if Kind::of(data) == Some(Kind::SeriesRegistry) {
            data.truncate(OLD_REGISTRY);
        }
        cluster.chain.set_account(key, &address::PROGRAM, data).expect("an account");
    }
    assert!(old.len() > 6);
    let before = cluster.accounts();
    // Nothing else is done before that.
    let report = cluster.report("run --dry-run");
    assert_eq!((state_of(&report, 2), state_of(&report, 8)), ("to_do", "later"));
    let first = &report["steps"][1]["items"][0];
    println!("{}: {}", first["task"]["what"], first["task"]["simulation"]);
    assert!(first["task"]["simulation"].as_str().is_some_and(|words| words.starts_with("works")), "{first}");
    assert!(before == cluster.accounts(), "a dry run changes something");

    let report = cluster.report("run --to 2 --yes");
    assert_eq!(report["finished"], true);
    let sent = report["sent"].as_array().expect("transactions").len();
    assert!(sent < old.len(), "{sent} transactions for {} accounts", old.len());
    let after = cluster.accounts();
    for (key, data) in &after {
        if *key == address::program_data() {
            continue;
        }
        assert_eq!(data[8], LAYOUT_VERSION, "{key}");
        // Margin accounts and registries have grown since, and nothing else has changed.
        match present.get(key) {
            Some(then) => assert!(then == data, "{key} was changed for no reason"),
            None => assert_eq!(data.len(), MarginAccount::SPACE),
        }
    }
    assert_eq!(cluster.report("run --to 2 --yes")["sent"], Value::Array(Vec::new()));
    assert!(after == cluster.accounts(), "a second run changes something");
}

/// A market that was begun by hand and differs from the file: governance brings it there.
pub fn begun_by_hand(market: &Market) {
    // The new admin's key is not at hand, and TSLA.M has other parameters than it was created with.
    let tsla = "mint = \"TSLA.M\"\nunderlyings = [\"BTC\", \"ETH\"]\n";
    let toml = LOCALNET.replace("signers = [\"../../evergreen-localnet/lena.json\"]\n", "");
    let toml = toml.replace(tsla, &format!("{tsla}params = {{ fee_close_bps = 4, carry_bps = 50000 }}\n"));
    let cluster = Cluster::new(market, &toml);
    errors_are_clear(&cluster, &toml);

    // A dry run of everything sends nothing, and says what it could not try.
    let bare = cluster.accounts();
    let report = cluster.report("plan");
    let simulation =
        |number: usize| report["steps"][number - 1]["items"][0]["task"]["simulation"].as_str().unwrap_or("");
    assert!(simulation(3).starts_with("works"), "{report}");
    assert_eq!(simulation(11), "not simulated: step 3 comes first");
    assert!(bare == cluster.accounts() && !state_file(market.folder()).exists());

    for line in ["init --yes", "underlying create BTC --yes", "underlying create ETH --yes"] {
        market.json("admin", line);
    }
    market.json("admin", &format!("pool create --mint {} --yes", market.mint("TSLA.M")));
    empty_share_account(&cluster);

    let mut waits = 0;
    let stopped = loop {
        let output = cluster.output("admin", "run --yes");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        if !output.status.success() {
            break (output, report);
        }
        assert_eq!(report["finished"], false);
        cluster.wait_for(&report);
        waits += 1;
        assert!(waits < 10, "{report}");
    };
    // A proposal for the parameters, then timelock, guardian, fee owner, admin.
    assert_eq!((waits, cluster.protocol().next_proposal), (5, 5));
    let lena = market.key("lena").pubkey().to_string();
    assert_eq!(stopped.0.status.code(), Some(1), "{}", text(&stopped.0));
    assert_eq!(state_of(&stopped.1, 10), "needs_signature");
    let item = &stopped.1["steps"][9]["items"][0];
    assert_eq!(item["task"]["missing_signers"][0], lena.as_str());
    assert_eq!(item["task"]["instructions"][0]["name"], "AcceptAdmin");
    assert!(text(&stopped.0).contains("has to sign"), "{}", text(&stopped.0));
    let pool = cluster.pool("TSLA.M");
    assert_eq!((pool.params.fee_close_bps, pool.params.carry_bps), (4, 50_000));
    assert_eq!((pool.pool_cash, pool.insurance_cash), (2_000 * TOKEN, 200 * TOKEN as u64));

    // The new admin signs elsewhere; the run goes on.
    let early = market.fails("bob", "govern accept-admin --yes", 1);
    assert!(early["error"].as_str().is_some_and(|error| error.contains(&lena)), "{early}");
    market.json("lena", "govern accept-admin --yes");
    assert_eq!(cluster.report("run --yes")["finished"], true);
    cluster.assert_handed_over();
    second_run_changes_nothing(&cluster);

    // What is changed in the file afterwards is the new admin's to propose.
    cluster.write(&toml.replace("timelock = \"24h\"", "timelock = \"30h\""));
    let words = cluster.fails("admin", "run --yes", 1);
    assert!(words.contains("step 8 (timelock)") && words.contains(&lena), "{words}");
    let report = cluster.report("run --yes --signer evergreen-localnet/lena.json");
    assert_eq!((state_of(&report, 8), cluster.protocol().next_proposal), ("waiting", 6));
    // And what is changed in the file again is proposed in its place.
    cluster.write(&toml.replace("timelock = \"24h\"", "timelock = \"36h\""));
    let report = cluster.report("run --yes --signer evergreen-localnet/lena.json");
    assert!(report["sent"][0]["what"].as_str().is_some_and(|what| what.starts_with("cancel proposal 5, propose")));
    assert_eq!(market.json("admin", "govern show")["proposals"].as_array().map(Vec::len), Some(1));
    // What never changes.
    cluster.write(&toml.replace(tsla, &format!("{tsla}scale = 4\n")));
    let words = cluster.fails("admin", "run --yes", 1);
    assert!(words.contains("scale is 3 on chain, 4 in the file"), "{words}");
    crate::governing::errors_say_why(market, 6);
}

/// Anybody can make the account that the operator's shares are to go into.
fn empty_share_account(cluster: &Cluster) {
    use anchor_spl::{
        associated_token::spl_associated_token_account::instruction::create_associated_token_account, token,
    };
    let mint = address::share_mint(&address::pool(&cluster.market.mint("TSLA.M")), ShareClass::Main, 0);
    let (payer, owner) = (cluster.market.key("alice"), cluster.market.key("admin").pubkey());
    let make = create_associated_token_account(&payer.pubkey(), &owner, &mint, &token::ID);
    cluster.chain.send_as(&payer, &[make], &[]).expect("an account");
}

fn errors_are_clear(cluster: &Cluster, toml: &str) {
    let before = cluster.accounts();
    let says = |user: &str, line: &str, code: i32, expected: &str| {
        let words = cluster.fails(user, line, code);
        assert!(words.contains(expected), "{words}");
    };
    // A wrong key.
    let admin = cluster.market.key("admin").pubkey().to_string();
    says("bob", "run --yes", 1, &format!("{admin} has to sign, and the key is not at hand"));
    // Nobody has said yes.
    assert_eq!(cluster.output("admin", "run").status.code(), Some(5));
    says("admin", "run --yes --to 12", 2, "the steps are 1 to 11");
    says("admin", "run --yes --signer nobody.json", 1, "nobody.json");
    // A wrong file.
    cluster.write(&toml.replace("guardian", "gaurdian"));
    says("admin", "run --yes", 2, "unknown field `gaurdian`");
    cluster.write(&toml.replace("timelock = \"24h\"", "timelock = \"1h\""));
    says("admin", "status", 2, "protocol.timelock: timelock is 3600, must be 86400");
    cluster.write(&toml.replace("mint = \"TSLA.M\"", "mint = \"TSLA\""));
    says("admin", "plan", 2, "pools[0].mint: `TSLA` is no address, and no name in the market file");
    // No network, a wrong one.
    cluster.write(toml);
    says("admin", "status --url http://127.0.0.1:1", 4, "the network at http://127.0.0.1:1");
    let genesis = "genesis_hash = \"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d\"";
    cluster.write(&format!("{genesis}\n{toml}"));
    says("admin", "run --yes", 1, "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d, the network has");
    // A program of another build.
    cluster.write(&format!("program_sha256 = \"{}\"\n{toml}", "01".repeat(32)));
    says("admin", "run --yes", 1, "program_sha256 in the file 0101");
    // A state file of another cluster.
    cluster.write(toml);
    let hash = cluster.report("status")["genesis_hash"].as_str().expect("a hash").to_owned();
    let state = state_file(cluster.market.folder());
    let other = serde_json::json!({
        "format": 1, "cluster": "devnet", "genesis_hash": hash, "program": address::PROGRAM.to_string(),
        "complete": [], "entries": [],
    });
    std::fs::write(&state, other.to_string()).expect("a file");
    says("admin", "run --yes", 1, "is of the cluster devnet, not localnet");
    std::fs::remove_file(&state).expect("its end");
    assert!(before == cluster.accounts(), "something was changed in spite of an error");
}
