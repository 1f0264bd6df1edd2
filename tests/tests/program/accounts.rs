//! Every account of every instruction is exchanged for one that looks like it. No such call may succeed, and each must be refused
//! with an error number or with one of the errors that the runtime and the token programs use for wrong accounts.

mod exhaustive;

use crate::{
    cases::Cases,
    rare_cases::{RareCase, rare},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{address, evergreen::errors::EvergreenError};
use evergreen_tests::{Outcome, World, assert_error, chain::actor};
use serde_json::Value;
use std::collections::BTreeSet;

/// Asserts that the call was refused by a check, not by a panic or an exhausted limit.
#[track_caller]
fn refused(outcome: &Outcome, name: &str, place: usize, how: &str) {
    assert!(!outcome.succeeded(), "{name} succeeded with account {place} {how}");
    // The token programs and the runtime report some wrong accounts by these names, without a number.
    let known = ["IncorrectProgramId", "InvalidAccountData", "MissingRequiredSignature", "PrivilegeEscalation"];
    let failure = outcome.failure.clone().unwrap_or_default();
    let deliberate = outcome.code.is_some() || known.iter().any(|word| failure.contains(word));
    assert!(deliberate, "{name} failed by accident with account {place} {how}: {failure}\n{}", outcome.log());
}

fn with_account(instruction: &Instruction, place: usize, key: Pubkey) -> Instruction {
    let mut changed = instruction.clone();
    changed.accounts[place].pubkey = key;
    changed
}

/// Calls `check` with a valid call of each instruction and its world.
fn each(mut check: impl FnMut(&mut World, &'static str, &Instruction)) {
    let mut cases = Cases::new();
    for (name, instruction) in cases.all() {
        check(&mut cases.world, name, &instruction);
    }
    for RareCase { mut world, name, instruction } in rare() {
        check(&mut world, name, &instruction);
    }
}

#[test]
fn every_case_is_valid_and_every_instruction_has_one() {
    let mut seen = Vec::new();
    each(|world, name, instruction| {
        let outcome = world.chain.simulate(std::slice::from_ref(instruction));
        assert!(outcome.succeeded(), "{name}: {:?}\n{}", outcome.failure, outcome.log());
        seen.push(name.to_owned());
    });
    seen.sort_unstable();
    let idl: Value = serde_json::from_str(include_str!("../../../sdk/idl/evergreen.json")).expect("JSON");
    let names = idl["instructions"].as_array().expect("instructions").iter();
    let mut all: Vec<&str> = names.map(|instruction| instruction["name"].as_str().expect("a name")).collect();
    all.sort_unstable();
    assert_eq!(seen, all);
}

/// The table *Who can choose what* of the protocol's document has a row for each instruction, and for nothing else.
#[test]
fn every_instruction_says_who_can_choose_what() {
    let document = include_str!("../../../docs/protocol.md");
    let (_, section) = document.split_once("## Who can choose what\n").expect("the section");
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let first = rows.filter_map(|row| row.split('|').nth(1));
    // Names stand between backticks.
    let said: BTreeSet<&str> = first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let idl: Value = serde_json::from_str(include_str!("../../../sdk/idl/evergreen.json")).expect("JSON");
    let instructions = idl["instructions"].as_array().expect("instructions").iter();
    let all: BTreeSet<&str> = instructions.map(|instruction| instruction["name"].as_str().expect("a name")).collect();
    assert_eq!(said, all);
}

#[test]
fn a01_right_bytes_other_owner() {
    let forger = actor("forger's program");
    each(|world, name, instruction| {
        for (place, meta) in instruction.accounts.iter().enumerate() {
            let Some(original) = world.chain.account(&meta.pubkey).filter(|a| !a.data.is_empty()) else {
                continue;
            };
            if [anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(&meta.pubkey) {
                continue;
            }
            let copy = actor("copy");
            world.chain.write(copy, forger, original.data);
            let outcome = world.chain.simulate(&[with_account(instruction, place, copy)]);
            refused(&outcome, name, place, "copied to another owner");
        }
    });
}

#[test]
fn a02_one_type_passed_as_another() {
    let blank = actor("blank");
    each(|world, name, instruction| {
        world.chain.write(blank, address::PROGRAM, vec![0; 10_000]);
        let view = world.snapshot();
        let keys = world.pools[0];
        let others = [keys.pool, keys.registry, address::protocol(), world.account_key("alice", 0), blank];
        for (place, meta) in instruction.accounts.iter().enumerate() {
            let Some(original) = view.accounts.get(&meta.pubkey).filter(|a| a.owner == address::PROGRAM) else {
                continue;
            };
            for other in others {
                let of_type = |data: &[u8]| data.get(..8).map(<[u8]>::to_vec);
                let found = world.chain.account(&other).map(|account| account.data).unwrap_or_default();
                if of_type(&found) == of_type(&original.data) {
                    continue;
                }
                let outcome = world.chain.simulate(&[with_account(instruction, place, other)]);
                refused(&outcome, name, place, "replaced by one of another type");
            }
        }
    });
}

fn other_pool(cases: &Cases) -> &Pubkey {
    &cases.world.pools[1].pool
}

#[test]
fn a03_accounts_of_another_pool_or_underlying() {
    let cases = Cases::new();
    let mut tried = 0;
    for (name, instruction) in cases.all() {
        for (place, meta) in instruction.accounts.iter().enumerate() {
            let Some(other) = cases.elsewhere(&meta.pubkey) else { continue };
            // The signers of these instructions may act in any pool: on their own margin account, or as guardian.
            let any_pool = ["open_margin_account", "set_delegate", "close_margin_account", "tighten_pool", "halt_pool"];
            // The admin may propose a change of any pool.
            let proposed = name == "propose" && *other_pool(&cases) == other;
            // Any underlying of the pool has points to apply, each to its own series.
            let own_series = name == "accrue_funding" && place == 2;
            if (any_pool.contains(&name) && place > 0) || proposed || own_series {
                continue;
            }
            let outcome = cases.world.chain.simulate(&[with_account(&instruction, place, other)]);
            refused(&outcome, name, place, "replaced by one of another pool or underlying");
            tried += 1;
        }
    }
    assert!(tried > 80, "only {tried} exchanges were tried");
}

#[test]
fn a05_missing_signers() {
    let mut tried = 0;
    each(|world, name, instruction| {
        for place in 0..instruction.accounts.len() {
            if !instruction.accounts[place].is_signer || instruction.accounts[place].pubkey == world.chain.payer {
                continue;
            }
            let mut unsigned = instruction.clone();
            unsigned.accounts[place].is_signer = false;
            let outcome = world.chain.simulate(&[unsigned]);
            assert_error(&outcome, anchor_lang::error::ErrorCode::AccountNotSigner);
            refused(&outcome, name, place, "not signing");
            tried += 1;
        }
    });
    assert!(tried >= 14, "only {tried} signers were tried");
}

#[test]
fn a04_another_signer_for_somebodys_account() {
    let mallory = actor("mallory");
    // Anyone may sign these instructions, so mallory may as well.
    let anyones = [
        "open_margin_account",
        "auto_deleverage",
        "deposit_margin",
        "propose",
        "close_for_cash",
        "close_for_place",
        "renew_shares",
    ];
    // Anyone may pay the rent of what these create.
    let paid = ["place_order", "take_number", "initialize_protocol", "create_underlying", "create_pool"];
    each(|world, name, instruction| {
        if world.feeds.len() > 1 {
            world.fund("mallory", 0, 1_000);
        }
        world.chain.give_lamports(&mallory, 1_000_000_000);
        for place in 0..instruction.accounts.len() {
            let pays = paid.contains(&name) && place == 0;
            if !instruction.accounts[place].is_signer || anyones.contains(&name) || pays {
                continue;
            }
            let outcome = world.chain.simulate(&[with_account(instruction, place, mallory)]);
            refused(&outcome, name, place, "replaced by another signer");
        }
    });
}

#[test]
fn a08_another_program_in_place_of_the_token_program() {
    each(|world, name, instruction| {
        for (place, meta) in instruction.accounts.iter().enumerate() {
            for (program, other) in [
                (anchor_spl::token::ID, anchor_spl::token_2022::ID),
                (anchor_spl::token::ID, anchor_lang::system_program::ID),
                (anchor_spl::token::ID, address::PROGRAM),
            ] {
                if meta.pubkey == program {
                    let outcome = world.chain.simulate(&[with_account(instruction, place, other)]);
                    refused(&outcome, name, place, "replaced by another program");
                }
            }
        }
    });
}

#[test]
fn a07_the_same_account_twice() {
    let mut cases = Cases::new();
    let legs = vec![evergreen_sdk::evergreen::Leg { series: cases.risky, points: 1 }];
    let (keys, feeds) = (cases.world.pools[0], cases.world.markets());
    let carol = cases.world.account_key("carol", 0);
    let own = evergreen_sdk::instruction::liquidate(actor("keeper"), &keys, carol, carol, legs, &feeds);
    cases.world.refused(own, EvergreenError::SameAccount);
    // Each vault is passed in place of the other.
    for (name, instruction) in cases.all() {
        for (place, meta) in instruction.accounts.iter().enumerate() {
            let other = match meta.pubkey {
                key if key == keys.vault => keys.insurance_vault,
                key if key == keys.insurance_vault => keys.vault,
                _ => continue,
            };
            let outcome = cases.world.chain.simulate(&[with_account(&instruction, place, other)]);
            refused(&outcome, name, place, "replaced by the other vault");
        }
    }
    // A trade names one series in two legs, then one underlying and its price in two pairs.
    let leg = (cases.call, 1_000);
    cases.world.trade_refused("alice", 0, &[leg, leg], EvergreenError::LegRepeated);
    let commit = cases.world.commit_instruction("alice", 0, &[leg]);
    cases.world.send(commit).ok();
    cases.world.wait_for_fill();
    let mut repeated = cases.world.fill_instruction("alice", 0);
    // A second pair would be the earlier price; a third one is none.
    let pair = repeated.accounts[9..11].to_vec();
    repeated.accounts.extend([pair.clone(), pair].concat());
    cases.world.refused(repeated, EvergreenError::MarketAccountRepeated);
}

#[test]
fn a14_remaining_accounts_missing_or_halved() {
    let mut cases = Cases::new();
    let feeds = cases.world.markets().len() * 2;
    let with_feeds = ["withdraw_margin", "liquidate", "auto_deleverage", "refresh_pool"];
    for (name, instruction) in cases.all() {
        if !with_feeds.contains(&name) {
            continue;
        }
        let fixed = instruction.accounts.len() - feeds;
        for kept in [0, 1, 3] {
            let mut cut = instruction.clone();
            cut.accounts.truncate(fixed + kept);
            // Without any price a liquidation closes nobody.
            let blind = name == "liquidate" && kept == 0;
            let error = if blind { EvergreenError::NotLiquidatable } else { EvergreenError::MarketAccountMissing };
            cases.world.refused(cut, error);
        }
        // The pairs of underlying and price may be in any order.
        let mut reordered = instruction.clone();
        reordered.accounts[fixed..].rotate_left(2);
        assert!(cases.world.chain.simulate(&[reordered]).succeeded(), "{name} with its markets in another order");
    }
}
