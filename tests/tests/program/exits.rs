//! Every instruction that pays tokens out examines the mint.

use crate::tokens::{raise_fee, with_fee_mint};
use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, DAY, chain::actor, world::TOKEN};

#[test]
fn every_exit_marks_a_pool_whose_mint_no_longer_passes() {
    for exit in ["withdraw_margin", "claim_liquidity", "collect_fees", "claim_referral"] {
        // SETUP: cash, an executed withdrawal, fees and a referrer's share are owed; then the issuer announces a transfer fee.
        let (mut world, pool) = with_fee_mint();
        let (keys, alice) = (world.pools[pool], world.account_key("alice", pool));
        let call = world.list(pool, BTC, false, 100_000);
        world.send(build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, Some(actor("rita")))).ok();
        for who in ["alice", "rita", "fees"] {
            world.fund(who, pool, 10 * TOKEN);
        }
        world.deposit("alice", pool, 10 * TOKEN).ok();
        world.trade("alice", pool, &[(call, TENTH)]).ok();
        let number = world.request("lp", pool, ShareClass::Main, 1_000_000_000_000);
        world.pass(DAY);
        world.execute(pool, ShareClass::Main, number).ok();
        raise_fee(&mut world, pool);
        assert!(!world.view(pool).pool.is_distressed());

        // TEST
        let outcome = match exit {
            "withdraw_margin" => world.withdraw("alice", pool, TOKEN),
            "claim_liquidity" => world.claim("lp", pool, ShareClass::Main, number),
            "collect_fees" => world.send(build::collect_fees(&keys, keys.wallet(&actor("fees")))),
            _ => world.send(build::claim_referral(actor("rita"), &keys, alice)),
        };
        outcome.ok();
        assert!(world.view(pool).pool.is_distressed(), "{exit}");
    }
}
