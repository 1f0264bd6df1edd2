//! Mints that cannot be collateral, and mints that change after they were listed.

use super::{case, refuse_all};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_instruction},
};
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{
        ExtensionType, confidential_transfer, default_account_state, interest_bearing_mint, pausable, transfer_fee,
        transfer_hook,
    },
    instruction as token,
    state::AccountState,
};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction::{self as build, PoolKeys},
    presets,
};
use evergreen_tests::{STOCK, World, chain::actor, tokens::issuer, world::TOKEN};

/// Builds the instruction that gives a fresh mint its extension.
type Extend = fn(&Pubkey) -> Instruction;

const REFUSED: &[(ExtensionType, &str, Extend)] = &[
    (ExtensionType::TransferFeeConfig, "fee", |mint| {
        transfer_fee::instruction::initialize_transfer_fee_config(&TOKEN_2022, mint, None, None, 1, 1_000).expect("one")
    }),
    (ExtensionType::NonTransferable, "non-transferable", |mint| {
        token::initialize_non_transferable_mint(&TOKEN_2022, mint).expect("one")
    }),
    (ExtensionType::InterestBearingConfig, "interest", |mint| {
        interest_bearing_mint::instruction::initialize(&TOKEN_2022, mint, None, 500).expect("one")
    }),
    (ExtensionType::ConfidentialTransferMint, "auto-approve", |mint| {
        confidential_transfer::instruction::initialize_mint(&TOKEN_2022, mint, None, true, None).expect("one")
    }),
    (ExtensionType::DefaultAccountState, "frozen", |mint| {
        default_account_state::instruction::initialize_default_account_state(&TOKEN_2022, mint, &AccountState::Frozen)
            .expect("one")
    }),
    (ExtensionType::TransferHook, "hook", |mint| {
        transfer_hook::instruction::initialize(&TOKEN_2022, mint, None, Some(actor("hook program"))).expect("one")
    }),
    (ExtensionType::MintCloseAuthority, "closable", |mint| {
        token::initialize_mint_close_authority(&TOKEN_2022, mint, Some(&issuer())).expect("one")
    }),
];

const ACCEPTED: &[(ExtensionType, &str, Extend)] = &[
    (ExtensionType::TransferFeeConfig, "no fee", |mint| {
        transfer_fee::instruction::initialize_transfer_fee_config(&TOKEN_2022, mint, None, None, 0, 0).expect("one")
    }),
    (ExtensionType::TransferHook, "no hook", |mint| {
        transfer_hook::instruction::initialize(&TOKEN_2022, mint, Some(issuer()), None).expect("one")
    }),
];

/// Creates a Token-2022 mint with one extension and returns the instruction that would make it a pool's collateral.
fn listing(world: &mut World, extension: ExtensionType, name: &str, extend: Extend) -> Instruction {
    let mint = actor(name);
    let space = ExtensionType::try_calculate_account_len::<spl_token_2022::state::Mint>(&[extension]).expect("known");
    let rent = world.chain.rent(space);
    let create = system_instruction::create_account(&world.chain.payer, &mint, rent, space as u64, &TOKEN_2022);
    let initialize = token::initialize_mint2(&TOKEN_2022, &mint, &issuer(), Some(&issuer()), 8).expect("one");
    world.chain.send(&[create, extend(&mint), initialize]).ok();
    let btc = world.feeds[0].accounts.underlying;
    let keys = PoolKeys::new(mint, TOKEN_2022);
    build::create_pool(actor("payer"), actor("admin"), &keys, 3, presets::pool_params(), &[btc])
}

#[test]
fn a30_a37_mints_that_are_not_collateral() {
    let mut world = World::flat();
    let mut cases = Vec::new();
    for (extension, name, extend) in REFUSED {
        let create = listing(&mut world, *extension, name, *extend);
        cases.push(case(*name, create, EvergreenError::MintRefused));
    }
    refuse_all(&mut world, cases);
    for (extension, name, extend) in ACCEPTED {
        let create = listing(&mut world, *extension, name, *extend);
        world.send(create).ok();
    }
}

/// A world in which alice has margin, liquidity and tokens in the pool of the stock.
fn world() -> World {
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("alice", STOCK, TOKEN);
    world.provide("alice", STOCK, ShareClass::Main, TOKEN).ok();
    world.fund("alice", STOCK, TOKEN);
    world
}

/// Returns the instructions that move tokens into a vault.
fn deposits(world: &World) -> Vec<(&'static str, Instruction)> {
    let (keys, alice) = (world.pools[STOCK], actor("alice"));
    let account = world.account_key("alice", STOCK);
    vec![
        ("margin", build::deposit_margin(alice, &keys, account, 1_000)),
        ("main", build::request_deposit(alice, &keys, ShareClass::Main, world.next_number("alice"), 1_000_000, 0)),
        (
            "insurance",
            build::request_deposit(alice, &keys, ShareClass::Insurance, world.next_number("alice"), 1_000_000, 0),
        ),
    ]
}

fn refuse_deposits(world: &mut World) {
    let instructions = deposits(world).into_iter();
    // Alice has no token account for insurance shares, so that deposit would be refused before the mint is read.
    let chosen = instructions.filter(|(name, _)| *name != "insurance");
    let cases = chosen.map(|(name, instruction)| case(name, instruction, EvergreenError::MintRefused)).collect();
    refuse_all(world, cases);
}

#[test]
fn a31_a_hook_set_after_listing_stops_deposits() {
    let mut world = world();
    let mint = world.mints[STOCK].address;
    let hook = Some(actor("hook program"));
    let set = transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], hook).expect("one");
    world.send(set).ok();
    refuse_deposits(&mut world);
}

#[test]
fn a33_a_paused_mint_stops_deposits() {
    let mut world = world();
    let mint = world.mints[STOCK].address;
    world.send(pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[]).expect("one")).ok();
    refuse_deposits(&mut world);
    world.send(pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[]).expect("one")).ok();
    world.withdraw("alice", STOCK, TOKEN).ok();
}

/// The token programs' error for a frozen account.
#[derive(Debug)]
struct Frozen;

impl From<Frozen> for u32 {
    fn from(_: Frozen) -> Self {
        17
    }
}

#[test]
fn a34_a_frozen_vault_or_wallet_moves_nothing() {
    let keys = World::bare().pools[STOCK];
    for frozen in [keys.vault, keys.wallet(&actor("alice"))] {
        let mut world = world();
        let mint = world.mints[STOCK].address;
        world.send(token::freeze_account(&TOKEN_2022, &frozen, &mint, &issuer(), &[]).expect("one")).ok();
        let feeds = world.markets();
        let out = build::withdraw_margin(actor("alice"), &keys, world.account_key("alice", STOCK), 1_000, &feeds);
        let [margin, main, _] = deposits(&world).try_into().expect("three");
        let cases = vec![case("out", out, Frozen), case(margin.0, margin.1, Frozen), case(main.0, main.1, Frozen)];
        refuse_all(&mut world, cases);
        world.send(token::thaw_account(&TOKEN_2022, &frozen, &mint, &issuer(), &[]).expect("one")).ok();
        world.withdraw("alice", STOCK, 1_000).ok();
    }
}

#[test]
fn a37_extensions_unknown_to_this_build_are_refused() {
    for unknown in [28u16, 29, 999, u16::MAX] {
        let mut world = world();
        let mint = world.mints[STOCK].address;
        let mut data = world.chain.data(&mint);
        data.extend(unknown.to_le_bytes());
        data.extend(4u16.to_le_bytes());
        data.extend([0; 4]);
        world.chain.write(mint, TOKEN_2022, data);
        refuse_deposits(&mut world);
    }
}
