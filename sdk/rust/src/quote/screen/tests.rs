use super::*;
use crate::testing::scene::Scene;
use evergreen::state::LossIndex;

/// Asserts that the screen refuses an account with this error of the program.
#[track_caller]
fn refused(found: Result<i64>, error: &str) {
    let refusal = found.unwrap_err().refusal().cloned();
    assert!(refusal.as_ref().is_some_and(|refusal| refusal.is(error)), "{refusal:?}");
}

/// Makes random accounts, and a copy of each whose cash puts its maintenance health within two units of zero.
fn accounts(scene: &mut Scene, count: usize) -> Vec<MarginAccount> {
    let mut found = Vec::new();
    for _ in 0..count {
        let positions = scene.below(13) as usize;
        let mut account = scene.account(positions);
        found.push(account);
        let health = scene.view.account(&account).unwrap().health.maintenance;
        account.cash = account.cash - health + scene.below(5) - 2;
        found.push(account);
    }
    found
}

#[test]
fn every_account_below_maintenance_is_suspected() {
    let (mut below, mut suspects, mut exact) = (0, 0, 0);
    for seed in 1..=12 {
        let mut scene = Scene::new(seed, [0, 3, 8][seed as usize % 3]).unwrap();
        let (btc, eth) = (90_000 + scene.below(20_000), 3_600 + scene.below(800));
        // Some prices are uncertain; health is computed at the price all the same.
        scene.set_price(0, btc, if seed % 4 == 0 { 80 } else { 2 }).unwrap();
        scene.set_price(1, eth, 2).unwrap();
        let screen = Screen::new(&scene.view).unwrap();
        assert!(screen.unpriced().is_empty());
        for account in accounts(&mut scene, 60) {
            let health = scene.view.account(&account).unwrap().health.maintenance;
            let screened = screen.maintenance(&account).unwrap();
            assert!(screened <= health, "{screened} above {health}");
            assert_eq!(screen.suspect(&account), screened < 0);
            if health < 0 {
                assert!(screen.suspect(&account));
                below += 1;
            }
            suspects += u32::from(screen.suspect(&account));
            exact += u32::from(screened == health);
        }
    }
    println!("{below} below maintenance, {suspects} suspected, {exact} of 1,440 to the unit");
    assert!(below >= 300 && exact >= 1_400, "{below} below, {exact} exact");
    assert!(suspects - below <= 20, "{suspects} suspected, {below} below maintenance");
}

#[test]
fn losses_by_seizure_count() {
    let mut scene = Scene::new(1, 0).unwrap();
    let account = scene.account(4);
    let health = |scene: &Scene| Screen::new(&scene.view).unwrap().maintenance(&account).unwrap();
    let before = health(&scene);
    // A seizure takes half of all claims.
    scene.view.pool.loss_index = LossIndex { factor: 1 << 62, ..LossIndex::NONE };
    let after = health(&scene);
    assert_eq!(before - after, account.cash - account.cash / 2);
    assert_eq!(after, scene.view.account(&account).unwrap().health.maintenance);
}

#[test]
fn what_has_no_price_counts_at_its_best() {
    let mut scene = Scene::new(2, 0).unwrap();
    let account = scene.account(12);
    let known = Screen::new(&scene.view).unwrap().maintenance(&account).unwrap();
    scene.view.markets[1].price = None;
    let screen = Screen::new(&scene.view).unwrap();
    assert_eq!(screen.unpriced().iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1]);
    assert!(matches!(screen.unpriced()[0].1, QuoteError::NoPrice(_)));
    // The account has options on both underlyings.
    assert!(screen.maintenance(&account).unwrap() > known);
    // An account without options on that underlying is judged.
    let mut single = scene.account(0);
    single.cash = -1;
    assert!(screen.suspect(&single));
    // A stale price counts as missing.
    scene.view.now += 60;
    assert_eq!(Screen::new(&scene.view).unwrap().unpriced().len(), 2);

    let scene = Scene::new(2, 0).unwrap();
    let screen = Screen::new(&scene.view).unwrap();
    let mut stranger = account;
    stranger.pool = Pubkey::new_from_array([9; 32]);
    refused(screen.maintenance(&stranger), "WrongPool");
    assert!(screen.suspect(&stranger));
    let mut older = account;
    older.positions[0].generation += 1;
    refused(screen.maintenance(&older), "UnknownSeries");
    assert!(screen.suspect(&older));
}

#[test]
fn every_account_that_can_be_closed_for_cash_may_owe() {
    let (mut closable, mut stored, mut none) = (0, 0, 0);
    for seed in 1..=12 {
        let mut scene = Scene::new(seed, 0).unwrap();
        let screen = Screen::new(&scene.view).unwrap();
        for _ in 0..30 {
            let positions = 1 + scene.below(6) as usize;
            let mut account = scene.account(positions);
            // Every other one has so little that what it owes for funding may be more.
            let is_poor = scene.below(2) == 0;
            account.cash = if is_poor { scene.below(1_000) } else { scene.below(40_000_000) - 10_000_000 };
            let is_closable = !scene.view.closable_for_cash(&account).unwrap().is_empty();
            assert!(!is_closable || screen.may_owe(&account));
            closable += u32::from(is_closable);
            stored += u32::from(is_closable && account.cash >= 0);
            none += u32::from(!screen.may_owe(&account));
        }
    }
    println!("{closable} can be closed, {stored} of them by unsettled funding, {none} owe nothing");
    assert!(stored >= 20 && none >= 20, "{closable} closable, {stored} by funding, {none} owe nothing");
}
