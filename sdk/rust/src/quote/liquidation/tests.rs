use super::*;
use crate::testing::scene::Scene;

/// Makes an account with so many positions whose maintenance health is negative by a random amount.
fn in_need(scene: &mut Scene, positions: usize) -> MarginAccount {
    let mut account = scene.account(positions);
    let health = scene.view.account(&account).unwrap().health.maintenance;
    account.cash = account.cash - health - 1 - scene.below(1_000_000_000);
    account
}

/// Returns the rewards of all choices of at most four legs, in every order, whose beginnings the program accepts as well.
fn rewards(view: &PoolView, account: &MarginAccount, all: &[Leg]) -> Vec<u64> {
    let (mut found, mut longest) = (Vec::new(), vec![Vec::new()]);
    for _ in 0..MAX_LEGS {
        let longer = longest.iter().flat_map(|legs: &Vec<Leg>| {
            all.iter().filter(|leg| !legs.contains(leg)).map(|leg| [&legs[..], &[*leg]].concat())
        });
        let taken = longer.filter_map(|legs| Some((view.liquidation(account, &legs).ok()?.reward, legs)));
        let taken: Vec<(u64, Vec<Leg>)> = taken.collect();
        found.extend(taken.iter().map(|(reward, _)| *reward));
        longest = taken.into_iter().map(|(_, legs)| legs).collect();
    }
    found
}

#[test]
fn the_best_liquidation_is_near_the_best_there_is() {
    let mut scene = Scene::new(5, 0).unwrap();
    let (mut found, mut perfect, mut least) = (0, 0, 100);
    for round in 0..60 {
        let account = in_need(&mut scene, 1 + round % 5);
        let all = scene.view.closing_legs(&account).unwrap();
        let Some(most) = rewards(&scene.view, &account, &all).into_iter().max() else { continue };
        let best = scene.view.best_liquidation(&account).unwrap().unwrap();
        least = least.min((best.reward * 100).checked_div(most).unwrap_or(100));
        found += 1;
        perfect += u32::from(best.reward == most);
    }
    println!("{found} liquidations, {perfect} of them the best of all choices, the others {least} % or more of it");
    assert!(found >= 50 && perfect * 10 >= found * 9 && least >= 90, "{perfect} of {found}, {least} %");
}

#[test]
fn the_parts_of_a_quote_add_up() {
    let mut scene = Scene::new(6, 8).unwrap();
    let (mut closed, mut found) = (0, 0);
    for _ in 0..80 {
        let account = in_need(&mut scene, 12);
        let quote = match scene.view.best_liquidation(&account) {
            Ok(quote) => quote.expect("below maintenance"),
            Err(error) => {
                assert!(error.refusal().is_some(), "{error}");
                continue;
            }
        };
        let before = scene.view.account(&account).unwrap();
        let mut then = scene.view.clone();
        (then.pool, then.registry) = (quote.pool_after.clone(), quote.registry_after.clone());
        let after = then.account(&quote.account_after).unwrap();
        // A liquidation leaves up to a unit of the funding of each position owed, which the view of an account takes off.
        let rest = 0..=account.open_positions().count() as i64;
        assert!(rest.contains(&(quote.health_before - before.health.maintenance)));
        assert!(quote.health_before < 0 && after.health.maintenance >= before.health.maintenance);
        assert!(rest.contains(&(quote.health_after - after.health.target)));
        assert!(quote.asked.len() <= MAX_LEGS && quote.closed.len() <= quote.asked.len());
        let premium: i64 = quote.closed.iter().map(|leg| leg.premium).sum();
        assert!(rest.contains(&(before.cash + premium - quote.penalty as i64 - after.cash).abs()));
        assert_eq!(scene.view.liquidation(&account, &quote.asked).unwrap().reward, quote.reward);
        for leg in &quote.closed {
            assert_eq!(quote.account_after.find(leg.leg.series).is_some(), leg.position != 0);
        }
        closed += quote.closed.len();
        found += 1;
    }
    println!("{found} of 80 accepted, {closed} legs closed");
    assert!(found >= 40 && closed > found, "{found} liquidations, {closed} legs closed");
}

#[test]
fn a_healthy_or_flat_account_is_not_liquidated() {
    let mut scene = Scene::new(7, 0).unwrap();
    let mut account = in_need(&mut scene, 3);
    let leg = scene.view.closing_legs(&account).unwrap()[0];
    account.cash += 1 << 40;
    assert!(scene.view.best_liquidation(&account).unwrap().is_none());
    let refused = scene.view.liquidation(&account, &[leg]).err().unwrap();
    assert!(refused.refusal().unwrap().is("NotLiquidatable") && refused.to_string().contains("maintenance health"));
    let mut flat = scene.account(0);
    flat.cash = -5;
    assert!(scene.view.best_liquidation(&flat).unwrap().is_none());
    // Without a price the search fails.
    scene.view.markets[0].price = None;
    scene.view.markets[1].price = None;
    assert!(matches!(scene.view.best_liquidation(&account), Err(QuoteError::NoPrice(_))));
}
