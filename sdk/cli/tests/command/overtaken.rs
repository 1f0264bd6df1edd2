//! A migration whose every transaction somebody else sends first: as one does that was under way when a run was killed.

use crate::migrations::Cluster;
use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_localnet::Client;
use evergreen_migrations::{
    Cluster as Plan, InstructionReport, Keyring, Observer, Record, Runner, Sent, Step, TaskReport,
};
use evergreen_sdk::anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Sends what it is shown.
struct First<'a> {
    chain: &'a Client,
    operator: Keypair,
    admin: Keypair,
    sent: usize,
}

/// An instruction out of what a wallet of several signers is given.
fn instruction(report: &InstructionReport) -> Instruction {
    let key = |text: &str| text.parse::<Pubkey>().expect("an address");
    let accounts = report.accounts.iter().map(|account| AccountMeta {
        pubkey: key(&account.address),
        is_signer: account.signer,
        is_writable: account.writable,
    });
    let data = STANDARD.decode(&report.data).expect("base 64");
    Instruction { program_id: key(&report.program), accounts: accounts.collect(), data }
}

impl Observer for First<'_> {
    fn before(&mut self, _: &Step, task: &TaskReport) -> anyhow::Result<()> {
        let instructions: Vec<Instruction> = task.instructions.iter().map(instruction).collect();
        let admin = self.admin.pubkey();
        let signs = instructions.iter().flat_map(|i| &i.accounts).any(|meta| meta.is_signer && meta.pubkey == admin);
        let others: &[&dyn Signer] = if signs { &[&self.admin] } else { &[] };
        self.chain.send_as(&self.operator, &instructions, others)?;
        self.sent += 1;
        Ok(())
    }

    fn landed(&mut self, step: &Step, sent: &Sent) {
        // On a clock that jumps to the turn of an announced change, a second announcement makes it.
        assert!(sent.what.starts_with("announce"), "step {}: {} was done twice", step.number, sent.what);
    }
}

/// Nothing is done twice, and the run comes to the same end.
pub fn nothing_is_done_twice(cluster: &Cluster) {
    let market = cluster.market;
    let mint_of = |name: &str| Some(market.mint(name).to_string());
    let plan = Plan::read(&cluster.file, &mint_of).expect("a right file");
    let keys = Keyring::new(market.key("admin"), &plan.signers).expect("keys");
    let (operator, admin) = (market.key("admin"), market.key("lena"));
    let mut first = First { chain: &cluster.chain, operator, admin, sent: 0 };
    let client = evergreen_sdk::client::Client::new(market.ready["rpc_url"].as_str().expect("a URL"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    loop {
        let report = runtime.block_on(async {
            let runner = Runner::new(&client, &plan, &keys, u16::MAX).await.expect("the right network");
            let state = market.folder().join("state.json");
            let mut record = Record::open(&state, &plan.name, runner.genesis_hash()).expect("a record");
            runner.run(&mut record, &mut first).await.expect("a run that goes on")
        });
        assert!(report.sent.iter().all(|sent| sent.what.starts_with("announce")), "{:?}", report.sent);
        if report.finished {
            break;
        }
        cluster.wait_for(&serde_json::to_value(&report).expect("JSON"));
    }
    // Two announcements, each of which is followed by the change unless a second one made it.
    assert!((11..=13).contains(&first.sent), "{}", first.sent);
    assert_eq!(cluster.protocol().next_proposal, 2);
    cluster.assert_handed_over();
}
