//! The issuer seizes tokens from the vaults: who bears the loss, to the unit, and which instructions still work.

use crate::cases::Cases;
use anchor_spl::token_2022::spl_token_2022::error::TokenError;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{SeriesId, ShareClass, VaultLedgers},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World, assert_error,
    chain::actor,
    seizures::{Seizure, synced},
    tokens::balance_in,
    world::TOKEN,
};

/// The token programs' error for insufficient funds.
const INSUFFICIENT_FUNDS: u32 = 1;
const BOTH: [Seizure; 2] = [Seizure::Burn, Seizure::Transfer];

/// A pool with cash in its ledgers: trades have paid fees and income of insurance, and withdrawals of both classes are executed.
struct Scene {
    world: World,
    call: SeriesId,
    main_withdrawal: u64,
    insurance_withdrawal: u64,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::flat();
        let call = world.list(STOCK, BTC, false, 100_000);
        for (who, cash) in [("alice", 100 * TOKEN), ("bob", 31 * TOKEN + 7), ("fees", 0)] {
            world.trader(who, STOCK, cash);
        }
        world.provide("vera", STOCK, ShareClass::Main, 50 * TOKEN).ok();
        world.provide("vera", STOCK, ShareClass::Insurance, 20 * TOKEN).ok();
        world.trade("alice", STOCK, &[(call, TENTH)]).ok();
        let withdrawal = |world: &mut World, class| {
            let half = world.shares("vera", STOCK, class) / 2;
            world.request("vera", STOCK, class, half)
        };
        let main_withdrawal = withdrawal(&mut world, ShareClass::Main);
        let insurance_withdrawal = withdrawal(&mut world, ShareClass::Insurance);
        world.pass(8 * DAY);
        world.execute(STOCK, ShareClass::Main, main_withdrawal).ok();
        world.execute(STOCK, ShareClass::Insurance, insurance_withdrawal).ok();
        let ledgers = world.view(STOCK).pool.ledgers();
        assert!(ledgers.withdrawals_due > 0 && ledgers.insurance_withdrawals_due > 0 && ledgers.insurance_due > 0);
        assert!(ledgers.fees_due > 0 && ledgers.insurance_cash > 0 && ledgers.pool_cash > 0);
        Self { world, call, main_withdrawal, insurance_withdrawal }
    }

    fn ledgers(&self) -> VaultLedgers {
        self.world.view(STOCK).pool.ledgers()
    }

    fn vault(&self) -> u64 {
        self.world.chain.balance(&self.world.pools[STOCK].vault)
    }

    /// Seizes native units from the main vault, assigns the loss and returns the ledgers after it.
    #[track_caller]
    fn seize(&mut self, amount: u64, how: Seizure) -> VaultLedgers {
        let before = self.ledgers();
        let world = &mut self.world;
        let vault = world.pools[STOCK].vault;
        world.seize(STOCK, vault, amount, how);
        // Until the loss is assigned, nobody can withdraw before the others.
        let early = world.withdraw("bob", STOCK, 1);
        let missing = [EvergreenError::VaultMismatch, EvergreenError::InsufficientCash].map(u32::from);
        let missing = [missing[0], missing[1], INSUFFICIENT_FUNDS];
        assert!(early.code.is_some_and(|code| missing.contains(&code)), "{}", early.log());
        let event = synced(&world.sync(STOCK).ok());
        assert_eq!(event.before, before);
        assert_eq!(event.after, self.ledgers());
        assert_eq!(event.before.insurance_cash, event.after.insurance_cash, "no tokens move");
        assert!(self.world.view(STOCK).pool.is_distressed());
        if event.after.insurance_due < 0 {
            self.world.send(build::sweep_insurance(&self.world.pools[STOCK])).ok();
        }
        self.ledgers()
    }
}

/// Returns what the main vault owes to accounts, withdrawals, referrers and keepers, in native units.
fn claims(ledgers: &VaultLedgers) -> u64 {
    ledgers.margin_cash as u64 + ledgers.withdrawals_due + ledgers.referrals_due + ledgers.tips_due
}

#[test]
fn a32_a_loss_of_the_main_vault_is_borne_in_order() {
    for how in BOTH {
        // SETUP
        let mut scene = Scene::new();
        let start = scene.ledgers();

        // TEST: insurance's income bears the loss first.
        let half = start.insurance_due / 2;
        let after = scene.seize(half.unsigned_abs(), how);
        assert_eq!(after, VaultLedgers { insurance_due: start.insurance_due - half, ..start });
        // Insurance's capital is next; its tokens are then moved to the main vault.
        let lost = after.insurance_due.unsigned_abs() + 3 * TOKEN;
        let after = scene.seize(lost, how);
        let insurance_cash = start.insurance_cash - 3 * TOKEN;
        assert_eq!(after, VaultLedgers { insurance_due: 0, insurance_cash, ..start });
        // The protocol's fees are next.
        let half = start.fees_due / 2;
        let after = scene.seize(insurance_cash + half, how);
        let fees_due = start.fees_due - half;
        assert_eq!(after, VaultLedgers { insurance_due: 0, insurance_cash: 0, fees_due, ..start });
        // Pool cash is next.
        let after = scene.seize(fees_due + 10 * TOKEN, how);
        let pool_cash = start.pool_cash - 10 * TOKEN as i64;
        let poor = VaultLedgers { insurance_due: 0, insurance_cash: 0, fees_due: 0, pool_cash, ..start };
        assert_eq!(after, poor);
        // Cash of accounts and executed withdrawals bear the rest: half of both is lost.
        let lost = pool_cash as u64 + claims(&poor) / 2;
        let after = scene.seize(lost, how);
        assert_eq!((after.fees_due, after.insurance_due, after.insurance_cash), (0, 0, 0));
        assert!((0..=8).contains(&after.pool_cash), "roundings go to pool cash, {}", after.pool_cash);
        assert!(after.margin_cash.abs_diff(start.margin_cash / 2) <= 8);
        assert!(after.withdrawals_due.abs_diff(start.withdrawals_due / 2) <= 8);
        assert_eq!(after.insurance_withdrawals_due, start.insurance_withdrawals_due, "these are in the other vault");
        assert_eq!(scene.vault(), claims(&after) + after.pool_cash as u64);

        // Everybody is paid half.
        let bob = 31 * TOKEN + 7;
        assert!(scene.world.cash_left("bob", STOCK).unsigned_abs().abs_diff(bob / 2) <= 4);
        let left = scene.world.cash_left("bob", STOCK) as u64;
        let wallet = scene.world.wallet("bob", STOCK);
        scene.world.withdraw("bob", STOCK, u64::MAX).ok();
        assert_eq!(scene.world.wallet("bob", STOCK) - wallet, left);
        let wallet = scene.world.wallet("vera", STOCK);
        scene.world.claim("vera", STOCK, ShareClass::Main, scene.main_withdrawal).ok();
        let paid = scene.world.wallet("vera", STOCK) - wallet;
        assert!(paid <= after.withdrawals_due && after.withdrawals_due - paid <= 1);
        scene.world.claim("vera", STOCK, ShareClass::Insurance, scene.insurance_withdrawal).ok();
        // The gain of alice's option is not paid out of the cash of others: she gets back no more than the funding that she owes.
        scene.world.set_price(BTC, 115_000);
        let (bob, alice) = (scene.world.cash_left("bob", STOCK), scene.world.cash_left("alice", STOCK));
        let sale = scene.world.commit_within("alice", STOCK, &[(scene.call, -TENTH)], 2 * TOKEN as i64);
        assert_error(&scene.world.commit_and_fill("alice", STOCK, sale), EvergreenError::LimitExceeded);
        scene.world.trade("alice", STOCK, &[(scene.call, -TENTH)]).ok();
        assert!(scene.world.cash_left("alice", STOCK) <= alice + 8 && scene.world.cash_left("bob", STOCK) == bob);
    }
}

#[test]
fn a32_a_loss_of_the_insurance_vault() {
    for how in BOTH {
        // SETUP
        let mut scene = Scene::new();
        let start = scene.ledgers();
        let vault = scene.world.pools[STOCK].insurance_vault;

        // TEST: insurance's capital bears the loss first.
        scene.world.seize(STOCK, vault, 5 * TOKEN, how);
        let event = synced(&scene.world.sync(STOCK).ok());
        let insurance_cash = start.insurance_cash - 5 * TOKEN;
        assert_eq!(event.after, VaultLedgers { insurance_cash, ..start });
        // Executed withdrawals are next, and lose half; the main vault bears nothing.
        let lost = insurance_cash + start.insurance_withdrawals_due / 2;
        scene.world.seize(STOCK, vault, lost, how);
        let early = scene.world.claim("vera", STOCK, ShareClass::Insurance, scene.insurance_withdrawal);
        assert_error(&early, TokenError::InsufficientFunds as u32);
        let after = synced(&scene.world.sync(STOCK).ok()).after;
        assert!(
            after.insurance_cash <= 3
                && after.insurance_withdrawals_due.abs_diff(start.insurance_withdrawals_due / 2) <= 3
        );
        assert_eq!(
            VaultLedgers { insurance_cash: 0, insurance_withdrawals_due: 0, ..after },
            VaultLedgers { insurance_cash: 0, insurance_withdrawals_due: 0, ..start }
        );
        let wallet = scene.world.wallet("vera", STOCK);
        scene.world.claim("vera", STOCK, ShareClass::Insurance, scene.insurance_withdrawal).ok();
        let paid = scene.world.wallet("vera", STOCK) - wallet;
        assert!(after.insurance_withdrawals_due - paid <= 1);
        scene.world.withdraw("bob", STOCK, u64::MAX).ok();
    }
}

#[test]
fn a32_both_vaults_emptied() {
    for how in BOTH {
        // SETUP
        let mut scene = Scene::new();
        let keys = scene.world.pools[STOCK];
        for vault in [keys.vault, keys.insurance_vault] {
            let all = scene.world.chain.balance(&vault);
            scene.world.seize(STOCK, vault, all, how);
        }

        // TEST: every ledger is zero, and no instruction panics.
        let after = synced(&scene.world.sync(STOCK).ok()).after;
        let nothing = VaultLedgers {
            insurance_cash: 0,
            insurance_withdrawals_due: 0,
            insurance_deposits_due: 0,
            insurance_due: 0,
            fees_due: 0,
            curator_due: 0,
            pool_cash: 0,
            margin_cash: 0,
            withdrawals_due: 0,
            deposits_due: 0,
            referrals_due: 0,
            tips_due: 0,
        };
        assert_eq!(after, nothing);
        let (world, call) = (&mut scene.world, scene.call);
        assert_eq!(world.cash_left("bob", STOCK), 0);
        assert_error(&world.withdraw("bob", STOCK, u64::MAX), EvergreenError::ZeroAmount);
        assert_error(&world.withdraw("bob", STOCK, 1), EvergreenError::InsufficientCash);
        let fees = keys.wallet(&actor("fees"));
        world.refused(build::collect_fees(&keys, fees), EvergreenError::ZeroAmount);
        world.refused(build::sweep_insurance(&keys), EvergreenError::ZeroAmount);
        // Withdrawals can still be claimed, which closes them.
        world.claim("vera", STOCK, ShareClass::Main, scene.main_withdrawal).ok();
        world.claim("vera", STOCK, ShareClass::Insurance, scene.insurance_withdrawal).ok();
        // Shares that are worth nothing are not burnt for nothing.
        let rest = world.shares("vera", STOCK, ShareClass::Insurance);
        let request =
            build::request_withdrawal(actor("vera"), &keys, ShareClass::Insurance, world.next_number("vera"), rest, 1);
        world.refused(request, EvergreenError::BelowMinimum);
        let rest = world.shares("vera", STOCK, ShareClass::Main);
        let number = world.request("vera", STOCK, ShareClass::Main, rest);
        world.pass(8 * DAY);
        assert_error(&world.execute(STOCK, ShareClass::Main, number), EvergreenError::NothingPayable);
        let feeds = world.markets();
        world.send(build::refresh_pool(&keys, &feeds)).ok();
        // New deposits are counted in full, also in an account that has lost everything.
        for who in ["bob", "dave"] {
            if who == "dave" {
                world.trader(who, STOCK, 0);
            }
            world.fund(who, STOCK, 3 * TOKEN);
            world.deposit(who, STOCK, 3 * TOKEN).ok();
            assert_eq!(world.cash(who, STOCK), 3 * TOKEN as i64);
        }
        // The gain of an option would have to be paid out of these deposits.
        world.set_price(BTC, 115_000);
        world.fund("alice", STOCK, TOKEN);
        world.deposit("alice", STOCK, TOKEN).ok();
        world.trade("alice", STOCK, &[(call, -TENTH)]).ok();
        assert!(world.cash("alice", STOCK) <= TOKEN as i64);
        for who in ["bob", "dave"] {
            world.withdraw(who, STOCK, u64::MAX).ok();
        }
    }
}

#[test]
fn a32_after_a_loss_of_everything_every_instruction_answers() {
    // SETUP: the pool has open positions, orders and withdrawals, and its vaults are empty. A classic mint has no permanent delegate, so
    // the balances are written as the token program would write them.
    let mut cases = Cases::new();
    let instructions = cases.all();
    let keys = cases.world.pools[CLASSIC];
    for vault in [keys.vault, keys.insurance_vault] {
        let (held, mut data) = (cases.world.chain.balance(&vault), cases.world.chain.data(&vault));
        data[64..72].copy_from_slice(&0u64.to_le_bytes());
        assert_eq!(balance_in(&data), 0);
        cases.world.chain.write(vault, anchor_spl::token::ID, data);
        *cases.world.outside.entry(vault).or_default() -= i128::from(held);
    }

    // TEST: every instruction is simulated before and after the loss is assigned; then all are sent one after another.
    for round in 0..2 {
        for (name, instruction) in &instructions {
            let outcome = cases.world.chain.simulate(std::slice::from_ref(instruction));
            let answered = outcome.succeeded() || outcome.code.is_some();
            assert!(answered, "{name}: {:?}\n{}", outcome.failure, outcome.log());
        }
        if round == 0 {
            cases.world.sync(CLASSIC).ok();
        }
    }
    for (_, instruction) in instructions {
        cases.world.send(instruction);
    }
}

#[test]
fn a32_losses_one_after_another() {
    // SETUP: bob's account is opened between two losses, and alice's is not.
    let mut scene = Scene::new();
    let start = scene.ledgers();
    scene.seize(start.insurance_due.unsigned_abs() + start.insurance_cash, Seizure::Burn);
    let rest = start.fees_due + start.pool_cash as u64;
    let after = scene.seize(rest + claims(&start) / 3, Seizure::Burn);
    scene.world.fund("bob", STOCK, TOKEN);
    scene.world.deposit("bob", STOCK, TOKEN).ok();
    let bob = scene.world.cash("bob", STOCK);
    assert!(bob.abs_diff((31 * TOKEN as i64 + 7) * 2 / 3 + TOKEN as i64) <= 8);
    let alice = scene.world.cash_left("alice", STOCK);

    // TEST: half of what is left is lost.
    let now = claims(&after) + TOKEN;
    let after = scene.seize(now / 2, Seizure::Burn);
    assert!(scene.world.cash_left("bob", STOCK).abs_diff(bob / 2) <= 8);
    assert!(scene.world.cash_left("alice", STOCK).abs_diff(alice / 2) <= 8);
    // Four times all but a thousandth is lost, until nothing is left; the accounts never have more cash than the vault holds.
    for _ in 0..4 {
        let held = scene.vault();
        let lost = held - held / 1_000;
        scene.seize(lost, Seizure::Burn);
        let total = scene.world.cash_left("bob", STOCK) + scene.world.cash_left("alice", STOCK);
        assert!(total as u64 <= scene.vault());
    }
    assert!(claims(&after) > 0 && scene.vault() == 0);
    // A new deposit is counted in full.
    scene.world.trader("dave", STOCK, TOKEN);
    scene.world.withdraw("dave", STOCK, u64::MAX).ok();
}

#[test]
fn a_distressed_pool_takes_no_new_risk_and_lets_everybody_out() {
    // SETUP
    let mut scene = Scene::new();
    let world = &mut scene.world;
    let vault = world.pools[STOCK].vault;
    world.seize(STOCK, vault, 30 * TOKEN, Seizure::Burn);
    world.sync(STOCK).ok();
    let (keys, btc) = (world.pools[STOCK], world.feeds[BTC].accounts);

    // TEST: new risk, new liquidity and new series are refused.
    let distressed = EvergreenError::PoolDistressed;
    world.trade_refused("alice", STOCK, &[(scene.call, 1_000)], distressed);
    for class in [ShareClass::Main, ShareClass::Insurance] {
        assert_error(&world.provide("vera", STOCK, class, TOKEN), distressed);
    }
    let request = evergreen_sdk::evergreen::state::SeriesSpec { put: true, strike: 90_000, tenor: 7 * 86_400 };
    world.refused(build::list_series(&keys, &btc, request), distressed);
    // Positions can be reduced, margin and liquidity withdrawn, and margin deposited.
    world.trade("alice", STOCK, &[(scene.call, -TENTH / 2)]).ok();
    world.withdraw("bob", STOCK, TOKEN).ok();
    world.deposit("bob", STOCK, TOKEN).ok();
    world.claim("vera", STOCK, ShareClass::Main, scene.main_withdrawal).ok();
    let number = world.request("vera", STOCK, ShareClass::Main, 1_000_000);
    world.pass(DAY);
    world.execute(STOCK, ShareClass::Main, number).ok();
    // The other pool is not affected.
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    // With the loss assigned and the mint accepted, a sync ends the distress.
    world.sync(STOCK).ok();
    assert!(!world.view(STOCK).pool.is_distressed());
    world.trade("alice", STOCK, &[(scene.call, 1_000)]).ok();
    world.provide("vera", STOCK, ShareClass::Main, TOKEN).ok();
}

#[test]
fn a_pool_that_cannot_cover_its_reserves_stays_distressed() {
    // SETUP: a loss leaves one unit less of pool cash than the reserve of alice's option.
    let mut scene = Scene::new();
    let start = scene.ledgers();
    let reserves = scene.world.view(STOCK).pool.reserved_collateral;
    let lost = start.insurance_due.unsigned_abs() + start.insurance_cash + start.fees_due + start.pool_cash as u64
        - reserves
        + 1;
    scene.seize(lost, Seizure::Transfer);

    // TEST
    scene.world.sync(STOCK).ok();
    assert!(scene.world.view(STOCK).pool.is_distressed());
    // When half of the option is closed, half of its reserve is free.
    scene.world.trade("alice", STOCK, &[(scene.call, -TENTH / 2)]).ok();
    scene.world.sync(STOCK).ok();
    assert!(!scene.world.view(STOCK).pool.is_distressed());
}

#[test]
fn a_seized_donation_is_no_loss() {
    let mut scene = Scene::new();
    let (start, keys) = (scene.ledgers(), scene.world.pools[STOCK]);
    scene.world.fund("donor", STOCK, 10 * TOKEN);
    for vault in [keys.vault, keys.insurance_vault] {
        scene.world.donate("donor", STOCK, vault, 4 * TOKEN);
        scene.world.sync(STOCK).ok();
        scene.world.seize(STOCK, vault, 3 * TOKEN, Seizure::Burn);
        scene.world.sync(STOCK).ok();
        assert_eq!(scene.ledgers(), start);
        assert!(!scene.world.view(STOCK).pool.is_distressed());
    }
    // A seizure of one unit more than the rest of the donation is a loss of one unit.
    scene.world.seize(STOCK, keys.vault, TOKEN + 1, Seizure::Burn);
    let after = synced(&scene.world.sync(STOCK).ok()).after;
    assert_eq!(after, VaultLedgers { insurance_due: start.insurance_due - 1, ..start });
}
