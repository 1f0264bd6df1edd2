//! Whoever would hold up a hand-over with what is due to them.

use super::scene::*;
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{ExtensionType, memo_transfer},
};
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction,
    evergreen::{
        errors::EvergreenError,
        state::{Change, PoolParams, Proposal},
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, DAY, STOCK, World,
    chain::actor,
    tokens::issuer,
    world::{TENTH, TOKEN},
};

/// Proposes a successor, and waits as long as it takes. Returns the instruction that names them.
fn proposed(world: &mut World, by: &str, pool: usize, next: &str) -> Instruction {
    let accounts = ChangeAccounts { others: Vec::new(), ..world.of_curated(pool) };
    let id = world.view(pool).pool.next_proposal;
    world.send(build::propose(world.chain.payer, actor(by), id, Change::Curator(actor(next)), &accounts)).ok();
    world.pass(10 * DAY);
    build::execute_proposal(id, world.chain.payer, &accounts)
}

/// Carol is followed by dora while a few units are due to her. She wants them paid to nobody: her wallet asks for memos, or the issuer has frozen it. Dora can name frank when her proposal is ready, whatever is due; nobody makes it longer.
#[test]
fn held_dust_holds_up_no_hand_over() {
    for frozen in [false, true] {
        let mut world = World::flat();
        world.round_trip_every = u32::MAX;
        let params = PoolParams { curator_bps: 3_000, main_cooldown: 3_600, insurance_cooldown: 3_600, ..roomy() };
        let pool = world.add_curated_pool("carol", STOCK, (false, TOKEN), params);
        world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
        world.enact(Change::Timelock(86_400), &ChangeAccounts::protocol()).ok();
        let call = world.list(pool, BTC, false, 100_000);
        world.trader("erin", pool, 300 * TOKEN);
        for who in ["carol", "dora", "frank"] {
            world.fund(who, pool, 1);
        }
        world.trade("erin", pool, &[(call, TENTH / 10_000)]).ok();
        let due = world.view(pool).pool.curator_due;
        let execute = proposed(&mut world, "carol", pool, "dora");
        world.send(execute.clone()).ok();
        world.pass(Proposal::NOTICE);
        world.send(execute).ok();
        world.send(build::accept_curator(actor("dora"), world.pools[pool].pool)).ok();
        let (began, keys) = (world.chain.now(), world.pools[pool]);
        let (wallet, mint, carol) = (keys.wallet(&actor("carol")), world.mints[pool].address, actor("carol"));
        if frozen {
            let freeze = spl_token_2022::instruction::freeze_account(&TOKEN_2022, &wallet, &mint, &issuer(), &[]);
            world.send(freeze.expect("an instruction")).ok();
        } else {
            let (payer, memo) = (world.chain.payer, [ExtensionType::MemoTransfer]);
            let grow = spl_token_2022::instruction::reallocate(&TOKEN_2022, &wallet, &payer, &carol, &[], &memo);
            let ask = memo_transfer::instruction::enable_required_transfer_memos(&TOKEN_2022, &wallet, &carol, &[]);
            world.send_all(&[grow.expect("an instruction"), ask.expect("an instruction")]).ok();
        }
        let collected = world.send(build::collect_curator_fees(&keys, wallet));
        let execute = proposed(&mut world, "dora", pool, "frank");
        // Later trades are hers, and make nothing longer.
        world.trade("erin", pool, &[(call, TENTH)]).ok();
        let mut hours = 0;
        while world.view(pool).pool.pending_curator != actor("frank") {
            world.send(execute.clone()).ok();
            world.pass(Proposal::NOTICE);
            let done = world.send(execute.clone());
            if !done.succeeded() {
                assert!(done.is(EvergreenError::ProposalTooEarly), "{:?}", done.failure);
                world.pass(3_600 - Proposal::NOTICE);
            }
            hours = (world.chain.now() - began) / 3_600;
        }
        let former = world.view(pool).pool.former_due;
        println!(
            "frozen {frozen}: {due} units due, {former} then, collected {:?}, named after {hours} hours",
            collected.failure
        );
        assert!(due > 0 && former == due && (240..=241).contains(&hours));
        world.send(build::accept_curator(actor("frank"), keys.pool)).ok();
    }
}
