//! What mints, vaults and wallets can be turned into after listing, and what that does to money.

use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{
        BaseStateWithExtensions, BaseStateWithExtensionsMut, ExtensionType, StateWithExtensions,
        StateWithExtensionsMut, cpi_guard, default_account_state, memo_transfer, pausable,
        scaled_ui_amount::{self, ScaledUiAmountConfig},
        transfer_fee, transfer_hook,
    },
    instruction::AuthorityType,
    state::{Account, AccountState},
};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World, assert_error,
    chain::actor,
    seizures::{Seizure, synced},
    tokens::issuer,
    world::TOKEN,
};

/// 0.1 BTC on a 300-dollar stock.
const TENTH: i64 = 33_333_333;

/// A world with a third pool, on a mint with a transfer fee of zero that the issuer can raise and collect.
pub(crate) fn with_fee_mint() -> (World, usize) {
    let mut world = World::flat();
    let mint = world.chain.create_extended_mint(
        "fee",
        8,
        &[ExtensionType::TransferFeeConfig, ExtensionType::PermanentDelegate],
        |mint| {
            let (config, collect) = (issuer(), issuer());
            vec![
                transfer_fee::instruction::initialize_transfer_fee_config(
                    &TOKEN_2022,
                    mint,
                    Some(&config),
                    Some(&collect),
                    0,
                    0,
                )
                .expect("an instruction"),
                spl_token_2022::instruction::initialize_permanent_delegate(&TOKEN_2022, mint, &issuer())
                    .expect("an instruction"),
            ]
        },
    );
    let pool = world.add_pool(mint, 100 * TOKEN);
    (world, pool)
}

/// The issuer takes one per cent of every transfer from now on.
pub(crate) fn raise_fee(world: &mut World, pool: usize) {
    let mint = world.mints[pool].address;
    let raise = transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 100, u64::MAX).unwrap();
    world.send(raise).ok();
}

#[test]
fn a30_a_transfer_fee_raised_later_is_the_receivers() {
    // SETUP
    let (mut world, pool) = with_fee_mint();
    let call = world.list(pool, BTC, false, 100_000);
    for who in ["alice", "bob", "fees"] {
        world.trader(who, pool, 10 * TOKEN);
        world.fund(who, pool, TOKEN);
    }
    world.trade("alice", pool, &[(call, TENTH)]).ok();
    let number = world.request("lp", pool, ShareClass::Main, 1_000_000_000_000);
    world.pass(DAY);
    world.execute(pool, ShareClass::Main, number).ok();
    raise_fee(&mut world, pool);

    // TEST: what is announced for a later epoch stops deposits at once; the first exit notes it.
    assert!(!world.view(pool).pool.is_distressed());
    assert_error(&world.deposit("bob", pool, TOKEN), EvergreenError::MintRefused);
    let wallet = world.wallet("bob", pool);
    world.withdraw("bob", pool, TOKEN).ok();
    assert_eq!(world.wallet("bob", pool), wallet + TOKEN, "not yet in force");
    assert!(world.view(pool).pool.is_distressed());
    let buy = world.trade_instruction("alice", pool, &[(call, 1_000)]);
    world.refused(buy, EvergreenError::PoolDistressed);

    // In force: every exit works, the vault pays the amount and the receiver bears the fee.
    world.chain.pass_epochs(2);
    let vault = world.pools[pool].vault;
    let (held, wallet) = (world.chain.balance(&vault), world.wallet("bob", pool));
    world.withdraw("bob", pool, TOKEN).ok();
    assert_eq!(world.chain.balance(&vault), held - TOKEN);
    assert_eq!(world.wallet("bob", pool), wallet + TOKEN - TOKEN / 100);
    let due = world.view(pool).pool.withdrawals_due;
    let (held, wallet) = (world.chain.balance(&vault), world.wallet("lp", pool));
    world.claim("lp", pool, ShareClass::Main, number).ok();
    assert_eq!(world.chain.balance(&vault), held - due);
    assert_eq!(world.wallet("lp", pool), wallet + due - due.div_ceil(100));
    world.trade("alice", pool, &[(call, -TENTH)]).ok();
    world.withdraw("alice", pool, u64::MAX).ok();
    let fees = world.pools[pool].wallet(&actor("fees"));
    let collect = build::collect_fees(&world.pools[pool], fees);
    world.send(collect).ok();
    // What would have to arrive in full between the vaults waits.
    let sweep = build::sweep_insurance(&world.pools[pool]);
    world.refused(sweep, EvergreenError::VaultMismatch);

    // The fee gone again, the pool is open again.
    let mint = world.mints[pool].address;
    let lower = transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 0, 0).unwrap();
    world.send(lower).ok();
    world.sync(pool).ok();
    assert!(world.view(pool).pool.is_distressed(), "still in force for two epochs");
    world.chain.pass_epochs(2);
    world.send(transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 0, 0).unwrap()).ok();
    world.sync(pool).ok();
    assert!(!world.view(pool).pool.is_distressed());
    world.trade("bob", pool, &[(call, 1_000)]).ok();
}

#[test]
fn a30_a32_a_loss_under_a_transfer_fee_is_assigned_with_what_arrives() {
    // SETUP
    let (mut world, pool) = with_fee_mint();
    world.trader("bob", pool, 10 * TOKEN);
    raise_fee(&mut world, pool);
    world.chain.pass_epochs(2);
    let (vault, before) = (world.pools[pool].vault, world.view(pool).pool.ledgers());

    // TEST: insurance pays ten tokens, a tenth of one is lost on the way, and pool cash bears that.
    world.seize(pool, vault, 10 * TOKEN, Seizure::Burn);
    let event = synced(&world.sync(pool).ok());
    assert_eq!(event.drawn, 10 * TOKEN);
    assert_eq!(event.after.insurance_cash, before.insurance_cash - 10 * TOKEN);
    assert_eq!(event.after.pool_cash, before.pool_cash - (TOKEN / 10) as i64);
    assert_eq!(event.after.margin_cash, before.margin_cash);
    world.withdraw("bob", pool, u64::MAX).ok();
}

#[test]
fn a42_withheld_fees_are_not_the_vaults() {
    // SETUP: a gift under the fee leaves a withheld amount in the vault.
    let (mut world, pool) = with_fee_mint();
    raise_fee(&mut world, pool);
    world.chain.pass_epochs(2);
    world.trader("bob", pool, 0);
    world.fund("donor", pool, 100 * TOKEN);
    let (keys, mint) = (world.pools[pool], world.mints[pool]);
    let ledgers = world.view(pool).pool.ledgers();
    let gift = evergreen_tests::tokens::transfer_instruction(
        &mint,
        &keys.wallet(&actor("donor")),
        &keys.vault,
        &actor("donor"),
        100 * TOKEN,
    );
    *world.outside.entry(keys.vault).or_default() += i128::from(99 * TOKEN);
    world.send(gift).ok();

    // TEST: the issuer takes what was withheld; vault and ledgers do not notice.
    let held = world.chain.balance(&keys.vault);
    let harvest = transfer_fee::instruction::withdraw_withheld_tokens_from_accounts(
        &TOKEN_2022,
        &mint.address,
        &keys.wallet(&actor("bob")),
        &issuer(),
        &[],
        &[&keys.vault],
    );
    world.send(harvest.unwrap()).ok();
    assert_eq!(world.wallet("bob", pool), TOKEN + 1, "one unit he had");
    assert_eq!(world.chain.balance(&keys.vault), held);
    world.sync(pool).ok();
    assert_eq!(world.view(pool).pool.ledgers(), ledgers);
}

#[test]
fn a42_nobody_closes_or_takes_over_a_vault() {
    let mut world = World::flat();
    let stock = world.pools[STOCK];
    for (pool, program) in [(CLASSIC, anchor_spl::token::ID), (STOCK, TOKEN_2022)] {
        let keys = world.pools[pool];
        for vault in [keys.vault, keys.insurance_vault] {
            for who in [issuer(), actor("mallory"), actor("admin")] {
                for kind in [AuthorityType::CloseAccount, AuthorityType::AccountOwner] {
                    let take =
                        spl_token_2022::instruction::set_authority(&program, &vault, Some(&who), kind, &who, &[]);
                    assert!(!world.send(take.unwrap()).succeeded());
                }
                let close = spl_token_2022::instruction::close_account(&program, &vault, &who, &who, &[]).unwrap();
                assert!(!world.send(close).succeeded());
            }
            let data = world.chain.data(&vault);
            let state = StateWithExtensions::<Account>::unpack(&data).unwrap();
            assert!(state.base.close_authority.is_none() && state.base.delegate.is_none());
            assert_eq!(state.base.owner, keys.pool);
        }
    }
    // Emptied by the issuer, a vault still cannot be closed.
    let held = world.chain.balance(&stock.vault);
    world.seize(STOCK, stock.vault, held, Seizure::Burn);
    let close = spl_token_2022::instruction::close_account(&TOKEN_2022, &stock.vault, &issuer(), &issuer(), &[]);
    assert!(!world.send(close.unwrap()).succeeded());
}

#[test]
fn a31_a_transfer_hook_set_later_is_distress_until_it_is_gone() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 10 * TOKEN);
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    let mint = world.mints[STOCK].address;
    let hook = |program| transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], program).unwrap();
    world.send(hook(Some(actor("hook program")))).ok();

    // TEST: the token itself holds up transfers, the program does not hold up trades that shrink.
    assert!(!world.withdraw("alice", STOCK, TOKEN).succeeded());
    world.sync(STOCK).ok();
    let buy = world.trade_instruction("alice", STOCK, &[(call, 1_000)]);
    world.refused(buy.clone(), EvergreenError::PoolDistressed);
    world.trade("alice", STOCK, &[(call, -TENTH / 2)]).ok();
    world.send(hook(None)).ok();
    // Open again when somebody has looked.
    world.refused(buy.clone(), EvergreenError::PoolDistressed);
    world.sync(STOCK).ok();
    world.send(buy).ok();
    world.withdraw("alice", STOCK, TOKEN).ok();
}

#[test]
fn a33_a_loss_that_insurance_must_pay_waits_while_the_mint_is_paused() {
    // SETUP: the loss is the insurance pool's, whose tokens cannot move.
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    let (mint, vault) = (world.mints[STOCK].address, world.pools[STOCK].vault);
    let before = world.view(STOCK).pool.ledgers();
    world.seize(STOCK, vault, 5 * TOKEN, Seizure::Burn);
    world.send(pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[]).unwrap()).ok();

    // TEST
    assert!(!world.sync(STOCK).succeeded());
    assert!(!world.withdraw("alice", STOCK, TOKEN).succeeded());
    world.send(pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[]).unwrap()).ok();
    let event = synced(&world.sync(STOCK).ok());
    assert_eq!(event.after.insurance_cash, before.insurance_cash - 5 * TOKEN);
    world.withdraw("alice", STOCK, u64::MAX).ok();
    // Paused without a loss: distress, and no longer after it.
    world.sync(STOCK).ok();
    for (paused, instruction) in [
        (true, pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[])),
        (false, pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[])),
    ] {
        world.send(instruction.unwrap()).ok();
        world.sync(STOCK).ok();
        assert_eq!(world.view(STOCK).pool.is_distressed(), paused);
    }
}

#[test]
fn a34_new_accounts_frozen_by_default_stop_deposits_and_no_exit() {
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("alice", STOCK, TOKEN);
    let mint = world.mints[STOCK].address;
    let set = |state| {
        default_account_state::instruction::update_default_account_state(&TOKEN_2022, &mint, &issuer(), &[], &state)
            .unwrap()
    };
    world.send(set(AccountState::Frozen)).ok();
    assert_error(&world.deposit("alice", STOCK, TOKEN), EvergreenError::MintRefused);
    world.withdraw("alice", STOCK, TOKEN).ok();
    assert!(world.view(STOCK).pool.is_distressed());
    world.send(set(AccountState::Initialized)).ok();
    world.sync(STOCK).ok();
    assert!(!world.view(STOCK).pool.is_distressed());
    world.deposit("alice", STOCK, TOKEN).ok();
}

#[test]
fn a35_multipliers_of_every_bit_pattern_move_no_ledger() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 10 * TOKEN);
    let (mint, keys) = (world.mints[STOCK].address, world.pools[STOCK]);
    let ledgers = world.view(STOCK).pool.ledgers();

    // TEST: also what the token program would never store.
    let patterns = [f64::NAN, f64::INFINITY, -1.0, 0.0, -0.0, 5e-324, f64::MAX].map(f64::to_bits);
    for bits in patterns.into_iter().chain([u64::MAX, 0x7ff0_0000_0000_0001]) {
        let mut data = world.chain.data(&mint);
        let mut state = StateWithExtensionsMut::<spl_token_2022::state::Mint>::unpack(&mut data).unwrap();
        let config = state.get_extension_mut::<ScaledUiAmountConfig>().unwrap();
        config.multiplier = f64::from_bits(bits).into();
        config.new_multiplier = f64::from_bits(bits).into();
        world.chain.write(mint, TOKEN_2022, data);
        world.sync(STOCK).ok();
        assert_eq!(world.view(STOCK).pool.ledgers(), ledgers);
        let held = world.chain.balance(&keys.vault);
        world.withdraw("alice", STOCK, 3).ok();
        world.deposit("alice", STOCK, 3).ok();
        assert_eq!((world.view(STOCK).pool.ledgers(), world.chain.balance(&keys.vault)), (ledgers, held));
        assert!(!world.view(STOCK).pool.is_distressed());
    }
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    let later = scaled_ui_amount::instruction::update_multiplier(&TOKEN_2022, &mint, &issuer(), &[], 3.5, 1 << 40);
    world.send(later.unwrap()).ok();
    world.trade("alice", STOCK, &[(call, -TENTH)]).ok();
}

#[test]
fn a36_a_vault_takes_no_confidential_credits() {
    // A confidential credit needs an account that its owner has prepared with a proof. The vaults' owner is the pool, and the
    // program has no instruction that does so; nor does it approve one automatically (the policy).
    let world = World::flat();
    let keys = world.pools[STOCK];
    for vault in [keys.vault, keys.insurance_vault] {
        let data = world.chain.data(&vault);
        let types = StateWithExtensions::<Account>::unpack(&data).unwrap().get_extension_types().unwrap();
        assert!(!types.contains(&ExtensionType::ConfidentialTransferAccount), "{types:?}");
        // Nor can anybody make the account larger, so that there were room for it.
        let mut world = World::flat();
        for who in [issuer(), actor("mallory")] {
            let grow = spl_token_2022::instruction::reallocate(
                &TOKEN_2022,
                &vault,
                &world.chain.payer,
                &who,
                &[],
                &[ExtensionType::ConfidentialTransferAccount],
            );
            assert!(!world.send(grow.unwrap()).succeeded());
        }
    }
}

#[test]
fn a38_a_listed_mint_cannot_be_closed_and_made_anew() {
    let mut world = World::flat();
    for (pool, program) in [(CLASSIC, anchor_spl::token::ID), (STOCK, TOKEN_2022)] {
        let mint = world.mints[pool].address;
        let close = spl_token_2022::instruction::close_account(&program, &mint, &issuer(), &issuer(), &[]).unwrap();
        assert!(!world.send(close).succeeded());
    }
    // One with a close authority is refused at listing (a30_a37). And with other decimals in the mint's bytes a transfer
    // fails by the token program's own check, since the pool names the decimals that it reads: nothing is mis-scaled.
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 10 * TOKEN);
    let before = world.view(CLASSIC).pool.ledgers();
    let mint = world.mints[CLASSIC].address;
    let mut data = world.chain.data(&mint);
    data[44] = 2;
    world.chain.write(mint, anchor_spl::token::ID, data);
    world.sync(CLASSIC).ok();
    assert_eq!(world.view(CLASSIC).pool.ledgers(), before);
    let wallet = world.wallet("alice", CLASSIC);
    world.withdraw("alice", CLASSIC, 7).ok();
    assert_eq!(world.wallet("alice", CLASSIC), wallet + 7, "units are units");
}

/// Gives somebody's wallet room for an extension.
fn grow(world: &mut World, who: &str, extension: ExtensionType) {
    let (wallet, owner, payer) = (world.pools[STOCK].wallet(&actor(who)), actor(who), world.chain.payer);
    let grow = spl_token_2022::instruction::reallocate(&TOKEN_2022, &wallet, &payer, &owner, &[], &[extension]);
    world.send(grow.unwrap()).ok();
}

#[test]
fn a39_a_wallet_with_cpi_guard_receives_and_does_not_pay() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("alice", STOCK, TOKEN);
    grow(&mut world, "alice", ExtensionType::CpiGuard);
    let (wallet, alice) = (world.pools[STOCK].wallet(&actor("alice")), actor("alice"));
    world.send(cpi_guard::instruction::enable_cpi_guard(&TOKEN_2022, &wallet, &alice, &[]).unwrap()).ok();

    // TEST
    assert!(!world.deposit("alice", STOCK, TOKEN).succeeded());
    world.withdraw("alice", STOCK, TOKEN).ok();
    world.send(cpi_guard::instruction::disable_cpi_guard(&TOKEN_2022, &wallet, &alice, &[]).unwrap()).ok();
    world.deposit("alice", STOCK, 2 * TOKEN).ok();
}

#[test]
fn a39_a_wallet_that_demands_memos_holds_up_its_owner_only() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("carla", STOCK, 1);
    grow(&mut world, "alice", ExtensionType::MemoTransfer);
    let (wallet, alice) = (world.pools[STOCK].wallet(&actor("alice")), actor("alice"));
    let enable = memo_transfer::instruction::enable_required_transfer_memos(&TOKEN_2022, &wallet, &alice, &[]).unwrap();
    world.send(enable).ok();

    // TEST: to another wallet at once, to this one when it does not ask any more.
    assert!(!world.withdraw("alice", STOCK, TOKEN).succeeded());
    let (keys, account) = (world.pools[STOCK], world.account_key("alice", STOCK));
    let mut elsewhere = build::withdraw_margin(alice, &keys, account, TOKEN, &[]);
    let carla = keys.wallet(&actor("carla"));
    for meta in elsewhere.accounts.iter_mut().filter(|meta| meta.pubkey == wallet) {
        meta.pubkey = carla;
    }
    world.send(elsewhere).ok();
    assert_eq!(world.wallet("carla", STOCK), TOKEN + 1);
    let disable =
        memo_transfer::instruction::disable_required_transfer_memos(&TOKEN_2022, &wallet, &alice, &[]).unwrap();
    world.send(disable).ok();
    world.withdraw("alice", STOCK, u64::MAX).ok();
}

#[test]
fn a41_all_decimals_work_and_a_supply_near_the_limit_overflows_nowhere() {
    for decimals in [0, 2, 6, 12] {
        let mut world = World::flat();
        let mint = world.chain.create_classic_mint("plain", decimals);
        let pool = world.add_pool(mint, 1_000_000_000_000);
        let call = world.list(pool, BTC, false, 100_000);
        world.trader("alice", pool, 100_000_000_000);
        world.trade("alice", pool, &[(call, 1_000_000)]).ok();
        world.trade("alice", pool, &[(call, -1_000_000)]).ok();
        world.withdraw("alice", pool, u64::MAX).ok();
        // All tokens that can exist.
        let rest = u64::MAX - world.chain.supply(&mint.address);
        world.trader("whale", pool, 0);
        world.fund("whale", pool, rest - 1);
        for amount in [rest, 1 << 63, (1 << 63) + 1] {
            assert_error(&world.deposit("whale", pool, amount), EvergreenError::Overflow);
        }
        world.deposit("whale", pool, (1 << 62) - 1).ok();
        world.trade("whale", pool, &[(call, 1_000_000)]).ok();
        let feeds = world.markets();
        let keys = world.pools[pool];
        let refused = build::deposit_liquidity(actor("lp"), &keys, ShareClass::Main, 1 << 62, 0, &feeds);
        assert!(!world.send(refused).succeeded());
        world.trade("whale", pool, &[(call, -1_000_000)]).ok();
        world.withdraw("whale", pool, u64::MAX).ok();
    }
}
