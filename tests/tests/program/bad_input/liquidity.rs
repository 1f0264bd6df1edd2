//! Bad input to the instructions of liquidity providers.

use super::{Code, case, refuse_all, scene::Scene, with};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{CLASSIC, DAY, Setup, World, chain::actor, liquidity::as_deposit, world::TOKEN};

#[test]
fn a43_a45_amounts_of_liquidity() {
    let mut scene = Scene::new();
    let (keys, mallory) = (scene.world.pools[CLASSIC], actor("mallory"));
    let mut cases = Vec::new();
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let number = scene.world.next_number("mallory");
        let deposit = |amount, least| build::request_deposit(mallory, &keys, class, number, amount, least);
        let request = |shares| build::request_withdrawal(mallory, &keys, class, number, shares, 1);
        // The cap is one of pool cash.
        let [most, large] = match class {
            ShareClass::Main => [EvergreenError::Overflow, EvergreenError::DepositCap].map(|error| Code(error.into())),
            ShareClass::Insurance => [Code(1), Code(1)],
        };
        cases.extend([
            case(format!("{class:?}: nothing"), deposit(0, 0), EvergreenError::ZeroAmount),
            case(format!("{class:?}: 2^64 - 1"), deposit(u64::MAX, 0), most),
            case(format!("{class:?}: 2^63"), deposit(1 << 63, 0), large),
            case(format!("{class:?}: more than the wallet"), deposit(2 * TOKEN, 0), Insufficient),
            case(format!("{class:?}: no shares"), request(0), EvergreenError::ZeroAmount),
            case(format!("{class:?}: all shares there can be"), request(u64::MAX), Insufficient),
        ]);
    }
    refuse_all(&mut scene.world, cases);
}

/// The token program's error for insufficient funds.
#[derive(Debug)]
struct Insufficient;

impl From<Insufficient> for u32 {
    fn from(_: Insufficient) -> Self {
        1
    }
}

#[test]
fn the_cap_of_deposits() {
    let mut setup = Setup::flat();
    setup.pool.max_pool_cash = 1_000 * TOKEN + 5;
    let mut world = World::new(setup);
    world.fund("lp", CLASSIC, TOKEN);
    world.chain.give_lamports(&actor("lp"), 10_000_000_000);
    let keys = world.pools[CLASSIC];
    let first = world.next_number("lp");
    let deposit = |id, amount| build::request_deposit(actor("lp"), &keys, ShareClass::Main, first + id, amount, 0);
    world.refused(deposit(0, 6), EvergreenError::DepositCap);
    // What waits has its room: of two deposits that fit one by one the second is refused at once, and the first is executed.
    world.send(deposit(0, 3)).ok();
    world.refused(deposit(1, 3), EvergreenError::DepositCap);
    world.send(deposit(1, 2)).ok();
    world.pass_to(1);
    for id in [0, 1] {
        let execute = world.execute_deposit_instruction("lp", CLASSIC, first + id);
        as_deposit(world.send(execute)).ok();
    }
}

#[test]
fn withdrawals_out_of_turn_or_of_the_other_class() {
    // SETUP
    let mut scene = Scene::new();
    let keys = scene.world.pools[CLASSIC];
    let second = scene.world.request("mallory", CLASSIC, ShareClass::Main, 1_000_000);
    let feeds = scene.world.needed(CLASSIC);
    let [main, insurance] = [ShareClass::Main, ShareClass::Insurance];
    let known = [(main, 0), (main, second), (insurance, 0)];
    let known = known.map(|(class, number)| (class, number, scene.world.withdrawal(CLASSIC, class, number)));
    let withdrawal = |class, number| {
        let found = known.iter().find(|(c, n, _)| (*c, *n) == (class, number));
        found.map_or_else(Pubkey::new_unique, |(.., key)| *key)
    };
    let execute = |class, number| {
        let feeds = if class == main { &feeds[..] } else { &[] };
        build::execute_withdrawal(&keys, withdrawal(class, number), feeds)
    };
    let claim = |class| build::claim_liquidity(actor("lp"), &keys, class, withdrawal(class, 0));
    let last = scene.world.last_number("mallory");
    let request = |number| build::request_withdrawal(actor("mallory"), &keys, main, number, 1_000, 1);
    let other_class = with(&request(last + 1), keys.share_mint(main), keys.share_mint(insurance));

    // TEST
    let cases = vec![
        case("second before first", execute(main, second), EvergreenError::WithdrawalNotFirst),
        case("insurance, six days early", execute(insurance, 0), EvergreenError::WithdrawalCooling),
        case("a withdrawal that is not there", execute(main, 2), ErrorCode::AccountNotInitialized),
        case("not executed", claim(main), EvergreenError::ZeroAmount),
        // This withdrawal of the insurance class belongs to the insurer, not to lp.
        case("another's", claim(insurance), ErrorCode::ConstraintHasOne),
        case("the other vault", with(&claim(main), keys.vault, keys.insurance_vault), EvergreenError::WrongPool),
        case("a number again", request(last), EvergreenError::WrongNumber),
        case("shares of the other class", other_class, ErrorCode::ConstraintAddress),
    ];
    refuse_all(&mut scene.world, cases);
    scene.world.pass_to(1);
    scene.world.execute(CLASSIC, main, 0).ok();
    scene.world.chain.pass(1);
    scene.world.refused(execute(main, 0), EvergreenError::WithdrawalNotFirst);
    scene.world.refused(execute(main, second), EvergreenError::WithdrawalCooling);
    scene.world.pass(7 * DAY);
    scene.world.execute(CLASSIC, insurance, 0).ok();
}

#[test]
fn a_deposit_of_one_class_takes_no_account_of_the_other() {
    let mut scene = Scene::new();
    let (keys, mallory) = (scene.world.pools[CLASSIC], actor("mallory"));
    let [main, insurance] = [ShareClass::Main, ShareClass::Insurance];
    let [main_mint, insurance_mint] = [main, insurance].map(|class| keys.share_mint(class));
    let number = scene.world.next_number("mallory");
    let to_main = build::request_deposit(mallory, &keys, main, number, 1_000_000, 0);
    let to_insurance = build::request_deposit(mallory, &keys, insurance, number, 1_000_000, 0);
    let [main_shares, insurance_shares] = [main, insurance].map(|class| keys.shares(&mallory, class));
    let cases = vec![
        case("main: vault", with(&to_main, keys.vault, keys.insurance_vault), EvergreenError::WrongPool),
        case("main: mint", with(&to_main, main_mint, insurance_mint), ErrorCode::ConstraintAddress),
        case("main: shares", with(&to_main, main_shares, insurance_shares), ErrorCode::ConstraintTokenMint),
        case("insurance: vault", with(&to_insurance, keys.insurance_vault, keys.vault), EvergreenError::WrongPool),
        case("insurance: mint", with(&to_insurance, insurance_mint, main_mint), ErrorCode::ConstraintAddress),
        case("insurance: shares", with(&to_insurance, insurance_shares, main_shares), ErrorCode::ConstraintTokenMint),
    ];
    refuse_all(&mut scene.world, cases);
    // There is no third class.
    let mut third = build::request_withdrawal(mallory, &keys, main, number, 1_000, 1);
    third.data[16] = 2;
    scene.world.refused(third, ErrorCode::InstructionDidNotDeserialize);
}
