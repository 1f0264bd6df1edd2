//! Every command of `docs/operator.md`, in order.

use crate::market::{Market, TOKEN, text};
use evergreen_localnet::Client;
use evergreen_sdk::{
    address,
    evergreen::state::{Pool, Protocol},
};
use evergreen_test_support::documents::{OPERATOR, commands};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::process::{Command, Stdio};

/// All of them, as its reader does it after `evergreen localnet --bare`.
pub fn everything_in_it_works(market: &Market) {
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let clusters = market.folder().join("migrations/clusters");
    std::fs::create_dir_all(&clusters).expect("a folder");
    std::fs::copy(format!("{repository}/migrations/clusters/localnet.toml"), clusters.join("localnet.toml"))
        .expect("the cluster file");
    let built = market.folder().join("target/deploy");
    std::fs::create_dir_all(&built).expect("a folder");
    std::fs::copy(format!("{repository}/target/deploy/evergreen.so"), built.join("evergreen.so")).expect("the program");

    let commands: Vec<String> = commands(OPERATOR, "sh operator").into_iter().map(|line| line.arguments).collect();
    assert!(commands.len() > 25, "{} commands found", commands.len());
    let alice = market.key("alice").pubkey().to_string();
    for command in commands {
        let before = Before::of(market, &command);
        let line = command.replace("ADDRESS", &alice);
        let output = Command::new(env!("CARGO_BIN_EXE_evergreen"))
            .current_dir(market.folder())
            .env("EVERGREEN_CONFIG", market.ready["config"].as_str().expect("a configuration"))
            .env("HOME", market.folder())
            .args(line.split_whitespace())
            .arg("--json")
            .stdin(Stdio::null())
            .output()
            .expect("the command runs");
        assert!(output.status.success(), "evergreen {line}: {}", text(&output));
        assert!(!evergreen_test_support::schema::printed(&line, &output).is_empty(), "evergreen {line} says nothing");
        before.check(market, &command);
    }
    // The document ends with another admin.
    let protocol = market.find::<Protocol>(&address::protocol()).expect("created");
    assert_eq!((protocol.admin, protocol.next_proposal), (market.key("alice").pubkey(), 10));
    assert_eq!(protocol.guardian, market.key("bob").pubkey());
    let pool = tsla(market);
    assert_eq!((pool.params.fee_open_bps, pool.params.reserve_limit_bps), (6, 7_500));
    assert_eq!((pool.params.max_pool_cash, pool.flags), (5_000 * TOKEN as u64, 0));
}

fn tsla(market: &Market) -> Box<Pool> {
    market.find(&address::pool(&market.mint("TSLA.M"))).expect("the pool")
}

/// What some commands need to have something to do, and what they must have done.
enum Before {
    Nothing,
    /// Native units of fees due, and of the fee owner.
    Fees(u64, i64),
    /// Cash of the pool whose vault was robbed.
    Seizure(i64),
}

impl Before {
    fn of(market: &Market, command: &str) -> Self {
        if command.starts_with("govern collect-fees") {
            let trade = "trade buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC --deposit 20 --yes";
            market.json("alice", trade);
            let due = tsla(market).fees_due;
            assert!(due > 0);
            return Self::Fees(due, wallet(market));
        }
        if command.starts_with("govern sync-vault") {
            let key = address::pool(&market.mint("CRCLx"));
            let pool = market.find::<Pool>(&key).expect("the pool");
            let chain = Client::new(market.ready["rpc_url"].as_str().expect("a URL"), Keypair::new());
            let vault = chain.account(&pool.vault).expect("an answer").expect("the vault");
            let mut data = vault.data;
            let held = u64::from_le_bytes(data[64..72].try_into().expect("eight bytes"));
            data[64..72].copy_from_slice(&(held - SEIZED).to_le_bytes());
            chain.set_account_with_lamports(&pool.vault, &vault.owner, &data, vault.lamports).expect("a robbed vault");
            return Self::Seizure(insurance(&pool));
        }
        Self::Nothing
    }

    fn check(self, market: &Market, command: &str) {
        match self {
            Self::Nothing => {}
            Self::Fees(due, had) => {
                assert_eq!(tsla(market).fees_due, 0);
                assert_eq!(wallet(market) - had, i64::try_from(due).expect("few"), "{command}");
            }
            Self::Seizure(insured) => {
                let pool = market.find::<Pool>(&address::pool(&market.mint("CRCLx"))).expect("the pool");
                let lost = insured - insurance(&pool);
                assert_eq!((lost, pool.flags), (SEIZED as i64, Pool::DISTRESSED), "{command}");
            }
        }
    }
}

/// Capital of insurance in both vaults, native units: a loss is owed by it before its tokens move.
fn insurance(pool: &Pool) -> i64 {
    i64::try_from(pool.insurance_cash).expect("few") + pool.insurance_due
}

/// Native units that the issuer takes out of a vault: less than insurance has.
const SEIZED: u64 = 10 * TOKEN as u64;

/// The fee owner's account.
fn wallet(market: &Market) -> i64 {
    let (alice, mint) = (market.key("alice").pubkey(), market.mint("TSLA.M"));
    market.tokens(&address::token_account(&alice, &mint, &anchor_spl::token::ID))
}
