//! A referrer's share of fees.

use evergreen_sdk::{events::Event, evergreen::errors::EvergreenError, instruction as build};
use evergreen_tests::{BTC, CLASSIC, STOCK, World, chain::actor, world::TOKEN};

#[test]
fn a_referrer_is_paid_his_share_of_the_protocols_part() {
    for pool in [CLASSIC, STOCK] {
        // SETUP
        let mut world = World::flat();
        let call = world.list(pool, BTC, false, 100_000);
        let keys = world.pools[pool];
        let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, Some(actor("rita")));
        world.send(open).ok();
        world.fund("alice", pool, 100 * TOKEN);
        world.deposit("alice", pool, 100 * TOKEN).ok();

        // TEST
        let outcome = world.trade("alice", pool, &[(call, 33_333_333)]).ok();
        let fill = outcome.event(|e| if let Event::LegFilled(e) = e { Some(e.clone()) } else { None });

        // CHECK: the referrer gets a share of the protocol's 15 % of the fee; both are rounded down.
        let params = world.view(pool).pool.params;
        let protocol = fill.fee * u64::from(params.fee_protocol_bps) / 10_000;
        let referrer = protocol * u64::from(params.referrer_bps) / 10_000;
        assert!(referrer > 0);
        assert_eq!((fill.fee_referrer, fill.fee_protocol), (referrer, protocol - referrer));
        assert_eq!(world.account("alice", pool).referral_due, referrer);
        let pool_account = world.view(pool).pool;
        assert_eq!((pool_account.referrals_due, pool_account.fees_due), (referrer, protocol - referrer));

        // TEST: the share is paid to a wallet of the account's referrer, and once.
        let account = world.account_key("alice", pool);
        let claim = build::claim_referral(actor("mallory"), &keys, account);
        world.fund("mallory", pool, 1);
        world.fund("rita", pool, 1);
        world.refused(claim, anchor_lang::error::ErrorCode::ConstraintHasOne);
        let claim = build::claim_referral(actor("rita"), &keys, account);
        world.send(claim.clone()).ok();
        assert_eq!(world.wallet("rita", pool), 1 + referrer);
        world.refused(claim, EvergreenError::ZeroAmount);
    }
}

#[test]
fn nobody_refers_himself_and_an_unclaimed_share_does_not_hold_an_account_open() {
    let mut world = World::flat();
    let (keys, payer) = (world.pools[CLASSIC], world.chain.payer);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.send(build::open_margin_account(payer, actor("alice"), &keys, 0, Some(actor("alice")))).ok();
    world.send(build::open_margin_account(payer, actor("bob"), &keys, 0, Some(actor("rita")))).ok();
    for who in ["alice", "bob"] {
        world.fund(who, CLASSIC, 10 * TOKEN);
        world.deposit(who, CLASSIC, 10 * TOKEN).ok();
        world.trade(who, CLASSIC, &[(call, 1_000_000)]).ok();
        world.trade(who, CLASSIC, &[(call, -1_000_000)]).ok();
        world.withdraw(who, CLASSIC, u64::MAX).ok();
    }
    assert_eq!(world.account("alice", CLASSIC).referral_due, 0);
    let due = world.account("bob", CLASSIC).referral_due;
    let fees = world.view(CLASSIC).pool.fees_due;
    assert!(due > 0);
    let close = build::close_margin_account(actor("bob"), &keys, world.account_key("bob", CLASSIC));
    let outcome = world.send(close).ok();
    let forfeited =
        outcome.event(|e| if let Event::MarginAccountClosed(e) = e { Some(e.referral_forfeited) } else { None });
    assert_eq!(forfeited, due);
    let pool = world.view(CLASSIC).pool;
    assert_eq!((pool.fees_due, pool.referrals_due), (fees + due, 0));
}
