//! Tests of the steps on states of the chain that the tests make up.

use super::*;
use crate::{
    Program,
    chain::{OldAccount, PoolNow},
};
use bytemuck::Zeroable;
use evergreen_sdk::anchor_lang::Discriminator;
use evergreen_sdk::{
    accounts::Kind,
    address,
    evergreen::{
        instruction as names,
        state::{Change, Pool, Proposal, ShareClass, Underlying},
    },
    instruction::PoolKeys,
};

const MINT: &str = "XsDoVfqeBukxuZHWhdvWHBhgEHjGNst4MLodqsJHzoB";
const NOW: i64 = 1_800_000_000;

fn key(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

/// A cluster in which operator 1 hands over to admin 2, guardian 3, fee owner 4 and upgrade authority 5.
fn cluster() -> Cluster {
    let text = format!(
        r#"cluster = "test"
[protocol]
admin = "{}"
guardian = "{}"
fee_owner = "{}"
timelock = "24h"
upgrade_authority = "{}"
[[underlyings]]
preset = "BTC"
[[pools]]
mint = "{MINT}"
underlyings = ["BTC"]
first_liquidity = {{ main = "2", insurance = "0.5" }}
"#,
        key(2),
        key(3),
        key(4),
        key(5)
    );
    Cluster::parse(&text, std::path::Path::new("test.toml"), &|_| None).unwrap()
}

/// A chain on which everything is created as the file says, and admin and upgrade authority are not handed over yet.
fn chain(cluster: &Cluster) -> Chain {
    let mut protocol = Box::new(Protocol::zeroed());
    protocol.version = LAYOUT_VERSION;
    (protocol.admin, protocol.guardian, protocol.fee_owner) = (key(1), key(3), key(4));
    (protocol.timelock, protocol.config_version, protocol.next_proposal) = (172_800, 7, 3);
    let plan = &cluster.underlyings[0];
    let mut underlying = Box::new(Underlying::zeroed());
    (underlying.version, underlying.symbol) = (LAYOUT_VERSION, plan.config.symbol);
    (underlying.params, underlying.price_owner) = (plan.config.params, plan.config.price_owner);
    let plan = &cluster.pools[0];
    let mut pool = Box::new(Pool::zeroed());
    (pool.version, pool.scale_exponent, pool.underlying_count) = (LAYOUT_VERSION, plan.scale, 1);
    (pool.underlyings[0].key, pool.params) = (plan.underlyings[0], plan.params);
    (pool.main.total, pool.insurance.total) = (1_000, 1_000);
    let now = PoolNow {
        keys: Some(PoolKeys::new(plan.mint, anchor_spl::token::ID)),
        decimals: 8,
        pool: Some(pool),
        wallet: 250_000_000,
        share_accounts: [false; 2],
    };
    Chain {
        slot: 9,
        now: NOW,
        program: Program::Deployed { authority: Some(key(1)), sha256: None },
        protocol: Some(protocol),
        underlyings: [(cluster.underlyings[0].address, underlying)].into(),
        pools: vec![now],
        next_number: 0,
        proposals: Vec::new(),
        old: Vec::new(),
    }
}

fn assess(number: u16, cluster: &Cluster, chain: &Chain) -> Vec<Standing> {
    let holds = |key: &Pubkey| *key != self::key(5);
    let scene = Scene { cluster, chain, operator: key(1), holds: &holds };
    let step = STEPS.iter().find(|step| step.number == number).unwrap();
    step.assess(&scene).into_iter().map(|item| item.standing).collect()
}

fn proposal(id: u64, change: Change, version: u32) -> Box<Proposal> {
    Box::new(Proposal {
        version: LAYOUT_VERSION,
        bump: 0,
        id,
        queue: address::protocol(),
        proposer: key(1),
        target: address::protocol(),
        target_version: version,
        created_at: NOW,
        ready_at: NOW + 100,
        expires_at: NOW + 200,
        payer: key(9),
        change,
        announced_at: 0,
        reserved: [0; 24],
    })
}

/// Description and instruction names of the only task.
fn to_do(standings: &[Standing]) -> (String, Vec<String>) {
    let [Standing::ToDo(task)] = standings else { panic!("{standings:?}") };
    let named = task.instructions.iter().map(|instruction| crate::InstructionReport::of(instruction).name);
    (task.what.clone(), named.collect())
}

fn blocked(standings: &[Standing]) -> &str {
    let [Standing::Blocked(why)] = standings else { panic!("{standings:?}") };
    why
}

#[test]
fn step_numbers_count_from_one() {
    assert!(STEPS.iter().map(|step| step.number).eq(1..=11));
}

#[test]
fn steps_are_done_where_the_chain_agrees_and_wait_on_a_bare_network() {
    let cluster = cluster();
    let chain = chain(&cluster);
    for number in 1..=7 {
        let standings = assess(number, &cluster, &chain);
        assert!(standings.iter().all(|standing| *standing == Standing::Done), "step {number}: {standings:?}");
    }
    // On a bare network these steps wait for the protocol.
    let bare = Chain { protocol: None, underlyings: [].into(), ..chain };
    let (what, names) = to_do(&assess(3, &cluster, &bare));
    assert_eq!(names, ["InitializeProtocol"]);
    assert!(what.contains(&format!("admin {} for now, guardian {}", key(1), key(3))), "{what}");
    for number in [4, 7, 8, 9, 10] {
        let standings = assess(number, &cluster, &bare);
        assert!(matches!(standings[0], Standing::Later(_)), "step {number}: {standings:?}");
    }
}

#[test]
fn a_change_is_proposed_waited_for_and_executed() {
    let cluster = cluster();
    let mut chain = chain(&cluster);
    let wanted = Change::Timelock(86_400);
    let (what, names) = to_do(&assess(8, &cluster, &chain));
    assert_eq!(
        (what.as_str(), names.as_slice()),
        ("propose the timelock 172800 s → 86400 s (proposal 3)", &["Propose".to_owned()][..])
    );
    chain.proposals = vec![proposal(3, wanted, 7)];
    assert_eq!(assess(8, &cluster, &chain), [Standing::Waiting(NOW + 100)]);
    chain.now = NOW + 100;
    let (what, names) = to_do(&assess(8, &cluster, &chain));
    assert_eq!(names, ["ExecuteProposal"]);
    assert!(what.starts_with("announce proposal 3"), "{what}");
    // Between announcement and change it waits; later than that it announces again.
    let mut announced = proposal(3, wanted, 7);
    (announced.announced_at, announced.expires_at) = (NOW + 100, NOW + 1_000);
    let due = NOW + 100 + Proposal::NOTICE;
    chain.proposals = vec![announced];
    chain.now = due - 1;
    assert_eq!(assess(8, &cluster, &chain), [Standing::Waiting(due)]);
    for (now, verb) in [(due, "execute"), (due + Proposal::TURN - 1, "execute"), (due + Proposal::TURN, "announce")] {
        chain.now = now;
        let (what, names) = to_do(&assess(8, &cluster, &chain));
        assert_eq!(names, ["ExecuteProposal"]);
        assert!(what.starts_with(verb), "{what}");
    }
    // A proposal that has expired, or was made for another configuration, is cancelled and made anew.
    for (now, version) in [(NOW + 200, 7), (NOW, 6)] {
        chain.now = now;
        chain.proposals = vec![proposal(3, wanted, version)];
        assert_eq!(to_do(&assess(8, &cluster, &chain)).1, ["CancelProposal", "Propose"]);
    }
    // A proposal of another value is cancelled, because anyone could execute it.
    chain.now = NOW;
    chain.proposals = vec![proposal(1, Change::Timelock(99_999), 7)];
    assert_eq!(to_do(&assess(8, &cluster, &chain)).1, ["CancelProposal", "Propose"]);
    chain.proposals = vec![proposal(1, Change::Timelock(99_999), 7), proposal(2, wanted, 7)];
    assert_eq!(to_do(&assess(8, &cluster, &chain)).1, ["CancelProposal"]);
    // A proposal of another kind does not concern this step.
    chain.proposals = vec![proposal(1, Change::Guardian(key(8)), 7), proposal(2, wanted, 7)];
    assert_eq!(assess(8, &cluster, &chain), [Standing::Waiting(NOW + 100)]);
}

#[test]
fn roles_change_one_after_the_other() {
    let cluster = cluster();
    let mut chain = chain(&cluster);
    let protocol = chain.protocol.as_mut().unwrap();
    (protocol.guardian, protocol.fee_owner) = (key(1), key(1));
    let standings = assess(9, &cluster, &chain);
    assert!(matches!(standings[..], [Standing::ToDo(_), Standing::Later(_)]), "{standings:?}");
    chain.protocol.as_mut().unwrap().guardian = key(3);
    let standings = assess(9, &cluster, &chain);
    assert!(matches!(standings[..], [Standing::Done, Standing::ToDo(_)]), "{standings:?}");
    chain.protocol.as_mut().unwrap().pending_admin = key(2);
    let standings = assess(10, &cluster, &chain);
    assert_eq!(to_do(&standings).1, ["AcceptAdmin"]);
    let [Standing::ToDo(task)] = &standings[..] else { unreachable!() };
    assert_eq!(task.signers(), [key(2)]);
    chain.protocol.as_mut().unwrap().admin = key(2);
    assert_eq!(assess(10, &cluster, &chain), [Standing::Done]);
}

#[test]
fn a_done_item_names_proposals_that_would_change_it() {
    let cluster = cluster();
    let mut chain = chain(&cluster);
    chain.protocol.as_mut().unwrap().timelock = 86_400;
    chain.proposals = vec![proposal(2, Change::Timelock(99_999), 7)];
    let scene = Scene { cluster: &cluster, chain: &chain, operator: key(1), holds: &|_| true };
    let [item] = &STEPS[7].assess(&scene)[..] else { panic!("one") };
    assert_eq!(
        (item.what.as_str(), &item.standing),
        ("timelock of 86400 s (proposal 2 would change it)", &Standing::Done)
    );
}

#[test]
fn what_no_transaction_can_mend_is_blocked_with_the_reason() {
    let cluster = cluster();
    let mut chain = chain(&cluster);
    chain.pools[0].pool.as_mut().unwrap().scale_exponent = 2;
    assert!(blocked(&assess(5, &cluster, &chain)).contains("scale is 2 on chain, 3 in the file"));
    let pool = chain.pools[0].pool.as_mut().unwrap();
    (pool.scale_exponent, pool.underlyings[0].key) = (3, key(7));
    let words = format!("underlyings are {} on chain, BTC in the file", key(7));
    assert!(blocked(&assess(5, &cluster, &chain)).contains(&words));
    chain.underlyings.values_mut().next().unwrap().symbol = *b"DOGE\0\0\0\0";
    assert!(blocked(&assess(4, &cluster, &chain)).contains("symbol is DOGE on chain, BTC in the file"));
    chain.program = Program::Deployed { authority: None, sha256: None };
    assert!(blocked(&assess(11, &cluster, &chain)).contains("has none any more"));
    chain.protocol = None;
    assert!(blocked(&assess(3, &cluster, &chain)).contains("the program has none"));
    chain.program = Program::Missing;
    assert!(blocked(&assess(1, &cluster, &chain)).contains("not on this network"));
    let other = Cluster { program_sha256: Some([1; 32]), ..cluster };
    chain.program = Program::Deployed { authority: None, sha256: Some([2; 32]) };
    let standings = assess(1, &other, &chain);
    assert!(
        matches!(&standings[..], [Standing::Done, Standing::Blocked(why)] if why.contains("0101")),
        "{standings:?}"
    );
}

#[test]
fn parameters_and_price_sources_change_by_proposals_in_bounded_steps() {
    let mut cluster = cluster();
    let chain = chain(&cluster);
    cluster.pools[0].params.fee_open_bps = 8;
    cluster.pools[0].params.carry_bps = 50_000;
    cluster.underlyings[0].config.params.max_conf_bps = 40;
    let standings = assess(7, &cluster, &chain);
    let [Standing::ToDo(underlying), Standing::ToDo(pool)] = &standings[..] else { panic!("{standings:?}") };
    assert!(underlying.what.contains("propose parameters of BTC: max_conf_bps 50 → 40"), "{}", underlying.what);
    let words = "fee_open_bps 5 → 8, carry_bps 60000 → 50000";
    assert!(pool.what.contains(words), "{}", pool.what);
    let mut previous = cluster.clone();
    previous.underlyings[0].config.price_owner = key(6);
    let standings = assess(7, &previous, &chain);
    assert!(matches!(&standings[0], Standing::ToDo(task) if task.what.contains("the price source of BTC")));
}

#[test]
fn first_liquidity_needs_the_mint_the_tokens_and_a_new_share_account() {
    let cluster = cluster();
    let mut chain = chain(&cluster);
    chain.pools[0].pool = None;
    let (what, names) = to_do(&assess(5, &cluster, &chain));
    let main = ["CreateTokenAccount", "RequestDeposit", "ExecuteDeposit"];
    let twice = [&main[..], &main[..]].concat();
    assert_eq!(names, [&["CreatePool"][..], &twice].concat());
    assert!(what.contains("with 2 of the main class and 0.5 of the insurance class"), "{what}");
    chain.pools[0].wallet -= 1;
    assert!(blocked(&assess(5, &cluster, &chain)).contains("takes 2.5, the operator's wallet holds 2.49999999"));
    // An admin whose key is not at hand creates the pool alone and pays for it.
    chain.pools[0].wallet += 1;
    chain.protocol.as_mut().unwrap().admin = key(5);
    let standings = assess(5, &cluster, &chain);
    assert_eq!(to_do(&standings).1, ["CreatePool"]);
    let [Standing::ToDo(task)] = &standings[..] else { unreachable!() };
    assert_eq!(task.signers(), [key(5)]);
    // A pool without liquidity gets a deposit that creates the share account, after closing an empty one.
    let mut chain = self::chain(&cluster);
    chain.pools[0].pool.as_mut().unwrap().main.total = 0;
    let standings = assess(6, &cluster, &chain);
    assert_eq!(to_do(&standings[..1]).1, main);
    assert_eq!(standings[1], Standing::Done);
    let [Standing::ToDo(task), _] = &standings[..] else { unreachable!() };
    // This instruction fails if the account exists; the idempotent one has the data `[1]`.
    assert_eq!(task.instructions[0].data, [0]);
    chain.pools[0].share_accounts = [true, false];
    let names = to_do(&assess(6, &cluster, &chain)[..1]).1;
    assert_eq!(names, [&["CloseTokenAccount"][..], &main].concat());
    chain.pools[0].keys = None;
    assert!(blocked(&assess(5, &cluster, &chain)).contains("there is no mint"));
    assert_eq!(chain.pools[0].pool.as_ref().unwrap().shares(ShareClass::Main).total, 0);
}

#[test]
fn accounts_of_an_earlier_layout_are_upgraded_in_batches() {
    let cluster = cluster();
    let mut chain = chain(&cluster);
    let old = |number: u8, kind| OldAccount { address: key(number), kind, version: 1 };
    chain.old = (0..40).map(|number| old(number, Kind::LiquidityRequest)).collect();
    let (what, names) = to_do(&assess(2, &cluster, &chain));
    assert_eq!((what.as_str(), names.len()), ("bring 16 accounts to layout 2: 16 LiquidityRequest", 16));
    chain.old = vec![old(1, Kind::MarginAccount), old(2, Kind::Pool)];
    let standings = assess(2, &cluster, &chain);
    let [Standing::ToDo(task)] = &standings[..] else { panic!("{standings:?}") };
    let [rent, account, pool] = &task.instructions[..] else { panic!("{task:?}") };
    assert_eq!(rent.program_id, evergreen_sdk::anchor_lang::system_program::ID);
    for (migrated, address) in [(account, key(1)), (pool, key(2))] {
        assert!(migrated.data.starts_with(names::MigrateAccount::DISCRIMINATOR));
        assert_eq!(migrated.accounts.iter().map(|meta| meta.pubkey).collect::<Vec<_>>(), [address]);
    }
    // Later steps wait while the protocol has an earlier layout.
    chain.protocol.as_mut().unwrap().version = 1;
    assert!(matches!(assess(8, &cluster, &chain)[..], [Standing::Later(_)]));
}

#[test]
fn the_upgrade_authority_signs_with_the_new_one_where_it_can() {
    let mut cluster = cluster();
    let chain = chain(&cluster);
    let signers = |cluster: &Cluster| {
        let standings = assess(11, cluster, &chain);
        let [Standing::ToDo(task)] = &standings[..] else { panic!("{standings:?}") };
        task.signers()
    };
    assert_eq!(signers(&cluster), [key(1)]);
    cluster.upgrade_authority = key(2);
    assert_eq!(signers(&cluster), [key(1), key(2)]);
}
