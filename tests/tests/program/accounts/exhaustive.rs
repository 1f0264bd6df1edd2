//! Every account of every instruction is exchanged for every kind of account that there is, driven by the interface description. Each such call fails by a check,
//! or its success is harmless for a reason that [`HARMLESS`] tells.

use super::each;
use anchor_lang::{
    Discriminator,
    prelude::{Pubkey, pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use anchor_spl::{token, token_2022};
use evergreen_sdk::{
    address,
    evergreen::state::{
        Counter, LiquidityRequest, MarginAccount, Order, Pool, Proposal, Protocol, RetiredShares, SeriesRegistry,
        Underlying,
    },
};
use evergreen_tests::{World, chain::actor};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Clock, rent and instructions.
const SYSVARS: [Pubkey; 3] = [
    pubkey!("SysvarC1ock11111111111111111111111111111111"),
    pubkey!("SysvarRent111111111111111111111111111111111"),
    pubkey!("Sysvar1nstructions1111111111111111111111111"),
];

/// At most so many accounts of a kind take the place of another one.
const EACH: usize = 6;

/// Names of the accounts of an instruction, in order, as the interface description has them.
fn names(idl: &Value, instruction: &str) -> Vec<String> {
    fn flat(accounts: &Value, found: &mut Vec<String>) {
        for account in accounts.as_array().into_iter().flatten() {
            match account.get("accounts") {
                Some(inner) => flat(inner, found),
                None => found.push(account["name"].as_str().expect("a name").to_owned()),
            }
        }
    }
    let all = idl["instructions"].as_array().expect("instructions");
    let of = all.iter().find(|i| i["name"] == instruction).expect("the instruction");
    let mut found = Vec::new();
    flat(&of["accounts"], &mut found);
    found
}

/// The kind of an account, by its owner and its first bytes.
fn kind(owner: &Pubkey, data: &[u8]) -> &'static str {
    let types: [(&[u8], &str); 10] = [
        (Pool::DISCRIMINATOR, "pool"),
        (SeriesRegistry::DISCRIMINATOR, "registry"),
        (MarginAccount::DISCRIMINATOR, "margin account"),
        (Order::DISCRIMINATOR, "order"),
        (Proposal::DISCRIMINATOR, "proposal"),
        (LiquidityRequest::DISCRIMINATOR, "request"),
        (RetiredShares::DISCRIMINATOR, "retired shares"),
        (Underlying::DISCRIMINATOR, "underlying"),
        (Protocol::DISCRIMINATOR, "protocol"),
        (Counter::DISCRIMINATOR, "counter"),
    ];
    if *owner == address::PROGRAM {
        return types.iter().find(|(first, _)| data.starts_with(first)).map_or("blank", |(_, name)| name);
    }
    if [token::ID, token_2022::ID].contains(owner) {
        // Mints are shorter, or say behind the 165 bytes of an account that they are mints.
        return if data.len() == 82 || data.get(165) == Some(&1) { "mint" } else { "token account" };
    }
    "other"
}

/// What takes the place of another account, by the kind of it.
fn substitutes(world: &World) -> BTreeMap<&'static str, Vec<Pubkey>> {
    let mut found: BTreeMap<&'static str, Vec<Pubkey>> = BTreeMap::new();
    for (key, stored) in world.snapshot().accounts {
        found.entry(kind(&stored.owner, &stored.data)).or_default().push(key);
    }
    for all in found.values_mut() {
        // Evenly over the addresses, so that several pools and owners are among them.
        let step = all.len().div_ceil(EACH).max(1);
        *all = all.iter().copied().step_by(step).collect();
    }
    let prices = world.feeds.iter().map(|feed| feed.accounts.price).collect();
    found.insert("price", prices);
    found.insert("wallet", ["alice", "mallory"].map(actor).to_vec());
    found.insert("nothing", vec![actor("uninitialised")]);
    found.insert("sysvar", SYSVARS.to_vec());
    found.insert("program", vec![address::PROGRAM, token::ID, token_2022::ID, system_program::ID]);
    found
}

/// Why a call succeeds with another account: instruction (or `*`), account, kind of what took its place, reason.
const HARMLESS: &[(&str, &str, &str, &str)] = &[
    (
        "*",
        "*",
        "a longer copy",
        "only the program that owns an account makes one, at its address and of its size, so nobody has such a copy",
    ),
    ("*", "remaining", "a copy cut short", "the last byte of a price is not read, and only the oracle makes one"),
    ("*", "price", "a copy cut short", "the last byte of a price is not read, and only the oracle makes one"),
    ("*", "order", "a copy cut short", "an order has room for four legs; only the program makes one"),
    (
        "cancel_proposal",
        "proposal",
        "a copy cut short",
        "a proposal has room for every change; only the program makes one",
    ),
    ("redeem_retired", "wallet", "a copy cut short", "only the token program makes an account"),
    ("accrue_funding", "underlying", "underlying", "its points are applied to its own series"),
    ("auto_deleverage", "keeper", "*", "anyone may sign; they are only told in the log"),
    ("close_for_cash", "keeper", "*", "anyone may sign; they are only told in the log"),
    ("close_for_place", "keeper", "*", "anyone may sign; they are only told in the log"),
    ("close_for_place", "remaining", "price", "the same publication in another account"),
    (
        "auto_deleverage",
        "remaining",
        "underlying",
        "an underlying in the place of its price has none: as if it were left out",
    ),
    (
        "auto_deleverage",
        "remaining",
        "a duplicate",
        "an underlying in the place of its price has none: as if it were left out",
    ),
    (
        "close_for_cash",
        "remaining",
        "underlying",
        "an underlying in the place of its price has none: as if it were left out",
    ),
    (
        "close_for_cash",
        "remaining",
        "a duplicate",
        "an underlying in the place of its price has none: as if it were left out",
    ),
    (
        "liquidate",
        "remaining",
        "underlying",
        "an underlying in the place of its price has none: as if it were left out",
    ),
    (
        "liquidate",
        "remaining",
        "a duplicate",
        "an underlying in the place of its price has none: as if it were left out",
    ),
    ("cancel_proposal", "proposal", "proposal", "the guardian may cancel every proposal"),
    ("create_pool", "wallet", "*", "without a first deposit nothing is taken out of it"),
    ("deposit_margin", "account", "margin account", "anyone may deposit into every account of the pool"),
    ("execute_proposal", "remaining", "not writable", "the first step is written into the proposal alone"),
    ("fill_trade", "payer", "*", "without an order nobody's rent comes back"),
    ("halt_pool", "pool", "pool", "the guardian may halt every pool"),
    ("tighten_pool", "pool", "pool", "the guardian may tighten every pool"),
    ("propose", "remaining", "pool", "the admin may propose a change of every pool"),
    ("report_silence", "underlying", "underlying", "that one has not been sampled for a day either"),
    ("take_number", "payer", "*", "the counter exists, so nobody pays for it"),
    ("redeem_retired", "wallet", "token account", "who signs chooses where they are paid"),
    ("redeem_retired", "wallet", "a duplicate", "who signs chooses where they are paid"),
    ("withdraw_margin", "wallet", "token account", "who signs chooses where they are paid"),
    ("withdraw_margin", "wallet", "a duplicate", "who signs chooses where they are paid"),
];

/// The name of an account of a call; those behind the described ones are remaining accounts.
fn name_at(names: &[String], place: usize) -> &str {
    names.get(place).map_or("remaining", String::as_str)
}

fn reason(instruction: &str, account: &str, by: &str) -> Option<usize> {
    let is = |rule: &str, found: &str| rule == "*" || rule == found;
    HARMLESS.iter().position(|(i, a, k, _)| is(i, instruction) && is(a, account) && is(k, by))
}

/// Counts of what was tried, and what succeeded without a reason.
#[derive(Default)]
struct Found {
    tried: usize,
    harmless: usize,
    used: BTreeSet<usize>,
    unexplained: BTreeSet<String>,
    accidents: BTreeSet<String>,
}

impl Found {
    fn judge(&mut self, world: &World, call: &Instruction, (name, account, by): (&str, &str, &str)) {
        let outcome = world.chain.simulate(core::slice::from_ref(call));
        self.tried += 1;
        if let Some(failure) = outcome.failure {
            let known = [
                "IncorrectProgramId",
                "InvalidAccountData",
                "MissingRequiredSignature",
                "PrivilegeEscalation",
                "InvalidAccountIndex",
                "InvalidProgramForExecution",
                "ReadonlyLamportChange",
                "ReadonlyDataModified",
                "AccountNotFound",
                "UninitializedAccount",
                // An account that the call writes is passed as a price, too.
                "AccountBorrowFailed",
                // The system program takes no lamports from an account with data.
                "InvalidArgument",
            ];
            if outcome.code.is_none() && !known.iter().any(|word| failure.contains(word)) {
                self.accidents.insert(format!("{name}: {account} replaced by {by}: {failure}"));
            }
            return;
        }
        self.harmless += 1;
        match reason(name, account, by) {
            Some(place) => drop(self.used.insert(place)),
            None => drop(self.unexplained.insert(format!("(\"{name}\", \"{account}\", \"{by}\")"))),
        }
    }
}

#[test]
fn every_account_of_every_instruction_is_exchanged_for_every_kind_of_account() {
    let idl: Value = serde_json::from_str(include_str!("../../../../sdk/idl/evergreen.json")).expect("JSON");
    let mut found = Found::default();
    let mut instructions = BTreeSet::new();
    each(|world, name, call| {
        instructions.insert(name);
        let names = names(&idl, name);
        let all = substitutes(world);
        for place in 0..call.accounts.len() {
            let (account, original) = (name_at(&names, place), call.accounts[place].pubkey);
            let mut exchange = |key: Pubkey, by: &str, world: &World| {
                // Nobody else can sign for the payer of the transaction, and a signer must be a key that somebody has.
                if key != original {
                    let mut changed = call.clone();
                    changed.accounts[place].pubkey = key;
                    found.judge(world, &changed, (name, account, by));
                }
            };
            for (by, keys) in &all {
                for key in keys {
                    exchange(*key, by, world);
                }
            }
            // A duplicate of each other account of the call.
            let others: BTreeSet<Pubkey> = call.accounts.iter().map(|meta| meta.pubkey).collect();
            for key in others {
                exchange(key, "a duplicate", world);
            }
            // The same bytes with another owner, and the same owner with bytes that are cut, longer or zero.
            if let Some(stored) = world.chain.account(&original).filter(|stored| !stored.data.is_empty()) {
                let copy = actor("copy");
                let [mut cut, mut long] = [stored.data.clone(), stored.data.clone()];
                cut.truncate(stored.data.len() - 1);
                long.push(0);
                let zero = vec![0; stored.data.len()];
                let program = [token::ID, token_2022::ID, address::PROGRAM].contains(&original);
                for (owner, data, by) in [
                    (actor("forger's program"), stored.data, "a copy of another owner"),
                    (stored.owner, cut, "a copy cut short"),
                    (stored.owner, long, "a longer copy"),
                    (stored.owner, zero, "zeros"),
                ] {
                    if !program {
                        world.chain.write(copy, owner, data);
                        exchange(copy, by, world);
                    }
                }
                world.chain.write(copy, system_program::ID, Vec::new());
            }
            // Each flag is taken away. The payer of the transaction keeps both.
            if original != world.chain.payer {
                for (set, by) in [
                    (call.accounts[place].is_signer, "no signature"),
                    (call.accounts[place].is_writable, "not writable"),
                ] {
                    if set {
                        let mut changed = call.clone();
                        let meta = &mut changed.accounts[place];
                        if by == "no signature" {
                            meta.is_signer = false
                        } else {
                            meta.is_writable = false
                        }
                        found.judge(world, &changed, (name, account, by));
                    }
                }
            }
        }
    });
    let unused: Vec<_> = (0..HARMLESS.len()).filter(|place| !found.used.contains(place)).map(|p| HARMLESS[p]).collect();
    let said = format!("{} instructions, {} exchanges, {} harmless", instructions.len(), found.tried, found.harmless);
    println!("{said}");
    keep("exchange of accounts", &said);
    let list = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join("\n");
    assert!(found.accidents.is_empty(), "refused by accident:\n{}", list(&found.accidents));
    assert!(found.unexplained.is_empty(), "succeeded without a reason:\n{}", list(&found.unexplained));
    assert!(unused.is_empty(), "reasons of nothing: {unused:?}");
    assert!(found.tried > 15_000, "only {} exchanges were tried", found.tried);
    assert_eq!(instructions.len(), idl["instructions"].as_array().expect("instructions").len());
}

/// Where documents are written, keeps what a run said for the figures of docs/security.md (`cargo xtask figures --write`).
fn keep(name: &str, said: &str) {
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_none() {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/runs.txt");
    let name = format!("{name}: ");
    let old = std::fs::read_to_string(path).unwrap_or_default();
    let others = old.lines().filter(|line| !line.starts_with(&name)).map(str::to_owned);
    let mut all: Vec<String> = others.chain([name.clone() + said]).collect();
    all.sort();
    std::fs::write(path, all.join("\n") + "\n").expect("the record of runs");
}
