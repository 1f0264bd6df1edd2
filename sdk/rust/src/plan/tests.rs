use super::*;
use crate::{
    address,
    price::PushFeeds,
    strategy::{Contract, ContractTerms, Part},
    testing::scene::Scene,
};
use anchor_lang::{AnchorDeserialize, Discriminator};
use evergreen::state::{OptionId, SeriesId, SeriesStatus};
use evergreen_math::{Points, Seconds, funding::FundingIndex, option::OptionKind};

#[test]
fn the_account_key_follows_from_the_sub_account() {
    let (scene, owner) = (Scene::new(1, 0).unwrap(), Pubkey::new_from_array([5; 32]));
    let planner = Planner { sub_account: 3, ..Planner::new(&scene.view, &PushFeeds::UPGRADED, owner) };
    assert_eq!(planner.account_key(), address::margin_account(&scene.view.keys.pool, &owner, 3));
}

#[test]
fn the_limit_is_one_per_cent_below_the_quote_rounded_down() {
    let mut scene = Scene::new(1, 0).unwrap();
    let account = scene.account(0);
    let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
    let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: 100_000 }]).unwrap();
    assert!(quote.net < 0);
    assert_eq!(planner.least_net(&quote), quote.net - (quote.net.abs() + 99) / 100);
}

#[test]
fn legs_that_close_a_position_are_marked_as_closing() {
    let mut scene = Scene::new(1, 0).unwrap();
    let mut account = scene.account(0);
    let [closed, opened, part] = [0, 1, 2].map(|place| scene.series[place]);
    let settled = |series: SeriesId| scene.view.registry.series[usize::from(series.slot)].funding_index.get();
    for (place, series) in [closed, part].into_iter().enumerate() {
        account.store(place, series, Points(1_000), FundingIndex(settled(series)));
    }
    account.cash = 1_000_000_000;
    let legs = [(closed, -1_000), (opened, 1_000), (part, -1)].map(|(series, points)| Leg { series, points });

    // TEST
    let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
    let plan = planner.trade_legs(&account, &legs).unwrap();
    let sent = committed(&plan);
    assert_eq!((sent.terms.legs, sent.terms.closing), (scene.view.named(&legs).unwrap(), 0b101));
}

#[test]
fn a_commitment_reads_no_price_and_has_the_accounts_next_number() {
    let mut scene = Scene::new(1, 0).unwrap();
    let mut account = scene.account(0);
    account.next_order = 7;
    let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
    let plan = planner.trade_legs(&account, &[Leg { series: scene.series[0], points: 1_000 }]).unwrap();
    let sent = committed(&plan);
    assert_eq!((sent.number, sent.terms.min_net), (7, planner.least_net(&plan.quote)));
    let named: Vec<_> = plan.instructions[0].accounts.iter().map(|meta| meta.pubkey).collect();
    assert!(scene.view.markets.iter().all(|market| !named.contains(&market.feed.price)), "{named:?}");
}

#[test]
fn two_who_list_the_same_option_at_once_both_commit_to_it() {
    let mut scene = Scene::new(1, 0).unwrap();
    let (mut alice, mut bob) = (scene.account(0), scene.account(0));
    // A leg on a series that only commitments hold has a bond of one part in 54 million of pool cash at least.
    (alice.cash, bob.cash) = (1 << 30, 1 << 30);
    // The last two series are not listed, and both owners see the same registry.
    let (mut listed, legs) = (scene.view.registry.clone(), scene.series[62..].to_vec());
    let options: Vec<_> = legs.iter().map(|id| listed.option(*id).unwrap()).collect();
    scene.view.registry.series[62..].iter_mut().for_each(|series| *series = bytemuck::Zeroable::zeroed());
    let buy = |option: &OptionId| {
        let terms = ContractTerms { underlying: option.underlying, tenor: Seconds(option.tenor) };
        let kind = if option.put { OptionKind::Put } else { OptionKind::Call };
        let contract = Contract { terms, kind, strike: option.strike };
        Strategy { legs: vec![Part { contract, points: Points(1_000) }] }
    };
    let planned = |account: &MarginAccount, option| {
        let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
        let plan = planner.trade(Some(account), &buy(option)).unwrap();
        assert_eq!(plan.instructions.len(), 2, "a listing and a commitment");
        committed(&plan).terms.legs
    };
    // Each names the option, not the slot that it would get. Bob lists another one first, which takes the slot that Alice's
    // quote had counted on.
    let (of_alice, of_bob) = (planned(&alice, &options[0]), planned(&bob, &options[1]));
    assert_eq!((of_alice[0].option, of_bob[0].option), (options[0], options[1]));
    listed.series.swap(62, 63);
    assert_eq!(listed.resolve(&of_alice).unwrap()[0].series.slot, 63);
    assert_eq!(listed.resolve(&of_bob).unwrap()[0].series.slot, 62);
    // Both want the same one: whose listing comes second finds it there, and the same series is meant.
    assert_eq!(planned(&alice, &options[0]), planned(&bob, &options[0]));
    let again = &scene.view.clone().with_registry(listed);
    let planner = Planner::new(again, &PushFeeds::UPGRADED, bob.owner);
    assert_eq!(planner.trade(Some(&bob), &buy(&options[0])).unwrap().instructions.len(), 1, "nothing is missing");
}

#[test]
fn leaving_takes_one_commitment_for_every_four_positions_and_then_withdraws() {
    let mut scene = Scene::new(1, 0).unwrap();
    let mut account = scene.account(0);
    account.next_order = 3;
    account.cash = 1 << 40;
    for (place, series) in scene.series.iter().step_by(8).take(6).enumerate() {
        let settled = scene.view.registry.series[usize::from(series.slot)].funding_index.get();
        account.store(place, *series, Points(if place % 3 == 0 { -1_000 } else { 1_000 }), FundingIndex(settled));
    }
    let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
    let plans = planner.leave(&account).unwrap();
    let [first, second, withdrawal] = &plans[..] else { panic!("{} plans", plans.len()) };
    let commitments: Vec<_> = [first, second].map(committed).into();
    // Every leg only closes, and the numbers follow each other.
    let shapes: Vec<_> =
        commitments.iter().map(|sent| (sent.number, sent.terms.legs.len(), sent.terms.closing)).collect();
    assert_eq!(shapes, [(3, 4, 0b1111), (4, 2, 0b11)]);
    assert!(commitments[0].terms.legs[..2].iter().all(|leg| leg.points > 0), "written options are closed first");
    assert!(withdrawal.quote.is_none());
    assert!(second.quote.as_ref().is_some_and(|quote| quote.account_after.is_flat()));
}

#[test]
fn leaving_settles_what_has_ended_and_sends_nothing_where_nothing_is_left() {
    let mut scene = Scene::new(1, 0).unwrap();
    let mut account = scene.account(0);
    account.cash = 0;
    let empty = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner).leave(&account).unwrap();
    assert!(empty.is_empty(), "{} plans", empty.len());
    account.store(0, scene.series[0], Points(1_000), FundingIndex(0));
    scene.view.registry.series[usize::from(scene.series[0].slot)].status = SeriesStatus::Exercised as u8;
    let plans = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner).leave(&account).unwrap();
    let [only] = &plans[..] else { panic!("{} plans", plans.len()) };
    let [settle, withdraw] = &only.instructions[..] else { panic!("{:?}", only.instructions) };
    assert!(settle.data.starts_with(evergreen::instruction::SettlePositions::DISCRIMINATOR));
    assert!(withdraw.data.starts_with(evergreen::instruction::WithdrawMargin::DISCRIMINATOR));
}

#[test]
fn nothing_is_planned_that_would_lapse_on_a_silent_underlying() {
    let mut scene = Scene::new(1, 0).unwrap();
    let (account, legs) = (scene.account(0), [Leg { series: scene.series[0], points: 1_000 }]);
    assert!(scene.view.trade(&account, &legs).is_ok());
    for market in &mut scene.view.markets {
        market.underlying.silent_since = 1;
    }
    for refused in [scene.view.trade(&account, &legs).err(), scene.view.check_trade(&account, &legs).err()] {
        let error = refused.expect("a refusal");
        assert!(error.refusal().is_some_and(|refusal| refusal.is("UnderlyingSilent")), "{error}");
    }
}

/// Returns what the last instruction of a plan commits.
fn committed<Q>(plan: &Plan<Q>) -> evergreen::instruction::CommitTrade {
    let commit = plan.instructions.last().expect("the commitment");
    let discriminator = evergreen::instruction::CommitTrade::DISCRIMINATOR;
    evergreen::instruction::CommitTrade::try_from_slice(&commit.data[discriminator.len()..]).unwrap()
}
