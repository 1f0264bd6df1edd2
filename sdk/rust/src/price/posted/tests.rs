use super::{
    encode::{MOST_BYTES, discriminator, size},
    *,
};
use crate::{
    presets::{BTC_FEED, ETH_FEED},
    testing::pyth_update::{Signing, price_message, signed_update},
};
use anchor_lang::{AnchorDeserialize, system_program};
use pyth_solana_receiver_sdk::{PostUpdateAtomicParams, PostUpdateParams};
use sha2::{Digest, Sha256};

const PAYER: Pubkey = Pubkey::new_from_array([1; 32]);
const MESSAGE: Pubkey = Pubkey::new_from_array([2; 32]);
const PRICE: Pubkey = Pubkey::new_from_array([3; 32]);

fn source(programs: PythPrograms, signatures: u8, destination: Destination) -> PostedUpdates {
    let prices = [price_message(BTC_FEED, 10_000_000_000_000, 5), price_message(ETH_FEED, 400_000_000_000, 5)];
    let update = signed_update(&prices, Signing { guardian_set: 7, signatures });
    PostedUpdates::new(programs, PythUpdate::parse(&update).unwrap(), PAYER, MESSAGE, destination)
}

/// Returns what the instructions of a program write into the message's account.
fn written(steps: &[Step], program: Pubkey) -> Vec<u8> {
    let mut account = Vec::new();
    for instruction in steps.iter().flat_map(|step| &step.instructions).filter(|i| i.program_id == program) {
        if let Some(mut data) = instruction.data.strip_prefix(&discriminator::WRITE_ENCODED_VAA) {
            let (index, chunk) = <(u32, Vec<u8>)>::deserialize(&mut data).unwrap();
            assert!(data.is_empty() && !chunk.is_empty());
            assert_eq!(index as usize, account.len());
            account.extend(chunk);
        }
    }
    account
}

#[test]
fn discriminators_are_hashes_of_names() {
    for (name, known) in [
        ("init_encoded_vaa", discriminator::INIT_ENCODED_VAA),
        ("write_encoded_vaa", discriminator::WRITE_ENCODED_VAA),
        ("verify_encoded_vaa_v1", discriminator::VERIFY_ENCODED_VAA_V1),
        ("close_encoded_vaa", discriminator::CLOSE_ENCODED_VAA),
        ("post_update", discriminator::POST_UPDATE),
        ("post_update_atomic", discriminator::POST_UPDATE_ATOMIC),
        ("reclaim_rent", discriminator::RECLAIM_RENT),
        ("update_price_feed", discriminator::UPDATE_PRICE_FEED),
    ] {
        assert_eq!(Sha256::digest(format!("global:{name}"))[..8], known, "{name}");
    }
}

#[test]
fn a_message_is_written_in_order_and_verified_last() {
    // Three of five routers sign an update of either generation. Thirteen guardians once signed those of the previous one.
    for (programs, signatures, transactions) in
        [(PythPrograms::UPGRADED, 3, 1), (PythPrograms::PREVIOUS, 5, 1), (PythPrograms::PREVIOUS, 13, 2)]
    {
        let source = source(programs, signatures, Destination::PushFeeds(9));
        let steps = source.prepare();
        assert_eq!(steps.len(), transactions);
        assert_eq!(written(&steps, programs.wormhole), source.update().vaa());
        let all: Vec<&Instruction> = steps.iter().flat_map(|step| &step.instructions).collect();
        assert_eq!(all[0].program_id, system_program::ID);
        assert_eq!(all[1].data, discriminator::INIT_ENCODED_VAA);
        let verify = all.last().unwrap();
        assert_eq!(verify.data, discriminator::VERIFY_ENCODED_VAA_V1);
        assert_eq!(verify.accounts[2].pubkey, programs.guardian_set(7));
        // Only the new account's key signs, and only in the transaction that creates the account.
        assert_eq!(steps[0].signers, [MESSAGE]);
        assert!(steps[1..].iter().all(|step| step.signers.is_empty()));
        // The account has room for the header and the message, and rent for both.
        let data = &all[0].data;
        let number = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
        let space = 46 + source.update().vaa().len();
        assert_eq!((number(4), number(12)), (Rent::default().minimum_balance(space), space as u64));
        for step in &steps {
            let bytes = size(&step.instructions, &PAYER);
            assert!(bytes <= MOST_BYTES, "{bytes} bytes");
        }
    }
}

#[test]
fn an_own_price_account_is_posted_with_the_price_of_its_feed() {
    let both = vec![(BTC_FEED, PRICE), (ETH_FEED, MESSAGE)];
    let source = source(PythPrograms::UPGRADED, 3, Destination::Accounts(both)).with_treasury(9);
    let refresh = source.refresh(&PAYER, &[BTC_FEED]).unwrap();
    assert_eq!(refresh.signers, [PRICE]);
    let post = &refresh.instructions[0];
    assert_eq!(post.program_id, pyth_solana_receiver_sdk::ID);
    // The account order of the receiver's own library.
    let keys: Vec<Pubkey> = post.accounts.iter().map(|meta| meta.pubkey).collect();
    let programs = PythPrograms::UPGRADED;
    assert_eq!(keys, [PAYER, MESSAGE, programs.config(), programs.treasury(9), PRICE, system_program::ID, PAYER]);
    let flags: Vec<(bool, bool)> = post.accounts.iter().map(|meta| (meta.is_writable, meta.is_signer)).collect();
    let (plain, signs, written, both) = ((false, false), (false, true), (true, false), (true, true));
    assert_eq!(flags, [both, plain, plain, written, both, plain, signs]);
    let parameters = PostUpdateParams::try_from_slice(&post.data[8..]).unwrap();
    assert_eq!(parameters.treasury_id, 9);
    assert_eq!(&parameters.merkle_price_update, source.update().of_feed(&BTC_FEED).unwrap());
}

#[test]
fn a_push_feed_is_updated_at_its_address() {
    let source = source(PythPrograms::PREVIOUS, 13, Destination::PushFeeds(4_711));
    let refresh = source.refresh(&PAYER, &[ETH_FEED, BTC_FEED]).unwrap();
    assert!(refresh.signers.is_empty());
    for (instruction, feed) in refresh.instructions.iter().zip([ETH_FEED, BTC_FEED]) {
        assert_eq!(instruction.program_id, PythPrograms::PREVIOUS.push);
        let mut data = instruction.data.strip_prefix(&discriminator::UPDATE_PRICE_FEED).unwrap();
        let parameters = PostUpdateParams::deserialize(&mut data).unwrap();
        assert_eq!(&parameters.merkle_price_update, source.update().of_feed(&feed).unwrap());
        assert_eq!(<(u16, [u8; 32])>::try_from_slice(data).unwrap(), (4_711, feed));
        let account = source.account(&feed).unwrap();
        assert_eq!(
            account,
            super::super::PushFeeds { program: PythPrograms::PREVIOUS.push, shard: 4_711 }.address(&feed)
        );
        assert_eq!(instruction.accounts[5].pubkey, account);
        assert!(instruction.accounts[5].is_writable && !instruction.accounts[5].is_signer);
    }
}

#[test]
fn prices_go_ahead_when_they_do_not_fit() {
    let accounts = [BTC_FEED, ETH_FEED].map(|feed| (feed, Pubkey::new_from_array(feed))).to_vec();
    let source = source(PythPrograms::UPGRADED, 3, Destination::Accounts(accounts));
    // Three signatures and two proofs are more than one transaction holds.
    let steps = source.post(&[BTC_FEED, ETH_FEED]).unwrap();
    assert_eq!(steps.len(), 2);
    for (step, feed) in steps.iter().zip([BTC_FEED, ETH_FEED]) {
        assert!(size(&step.instructions, &PAYER) <= MOST_BYTES);
        assert_eq!(step.signers, [Pubkey::new_from_array(feed)]);
    }
    let together: Vec<Instruction> = steps.into_iter().flat_map(|step| step.instructions).collect();
    assert_eq!(source.refresh(&PAYER, &[BTC_FEED, ETH_FEED]).unwrap().instructions, together);
    // Push feeds need no signatures, so both prices fit one transaction.
    let push = self::source(PythPrograms::UPGRADED, 3, Destination::PushFeeds(9));
    let steps = push.post(&[BTC_FEED, ETH_FEED]).unwrap();
    assert!(steps.len() == 1 && size(&steps[0].instructions, &PAYER) <= MOST_BYTES);
    let ahead = source.ahead();
    assert_eq!(ahead.refresh(&PAYER, &[BTC_FEED, ETH_FEED]).unwrap(), Refresh::default());
    let missing = ahead.refresh(&PAYER, &[[9; 32]]).unwrap_err();
    assert_eq!(missing.feed, [9; 32]);
    assert_eq!(missing.why, "no account to post it to was named");
    assert_eq!(ahead.post(&[]).unwrap(), []);
}

#[test]
fn closing_gets_the_rent_of_the_message_and_of_own_accounts_back() {
    let source = source(PythPrograms::UPGRADED, 3, Destination::Accounts(vec![(BTC_FEED, PRICE)]));
    let close = source.close();
    assert!(close.signers.is_empty(), "only the payer signs");
    assert_eq!(close.instructions.len(), 2);
    assert_eq!(close.instructions[0].data, discriminator::CLOSE_ENCODED_VAA);
    assert!(close.instructions[0].accounts[0].is_writable, "the payer gets the rent");
    assert_eq!(close.instructions[1].accounts[1].pubkey, PRICE);
    let push = self::source(PythPrograms::UPGRADED, 3, Destination::PushFeeds(0));
    assert_eq!(push.close().instructions.len(), 1, "push feeds are not closed");
}

#[test]
fn audit_c3_a_price_is_posted_together_with_its_message() {
    let source = source(PythPrograms::UPGRADED, 3, Destination::Accounts(vec![(BTC_FEED, PRICE)]));
    let source = source.with_treasury(9).atomic();
    assert!(source.prepare().is_empty(), "nothing comes before");
    let refresh = source.refresh(&PAYER, &[BTC_FEED]).unwrap();
    assert_eq!((refresh.signers, refresh.instructions.len()), (vec![PRICE], 1));
    let post = &refresh.instructions[0];
    let [config, treasury, signers] = source.addresses();
    // The account order of the receiver's own program.
    let keys: Vec<Pubkey> = post.accounts.iter().map(|meta| meta.pubkey).collect();
    assert_eq!(keys, [PAYER, signers, config, treasury, PRICE, system_program::ID, PAYER]);
    assert_eq!(signers, PythPrograms::UPGRADED.guardian_set(7));
    let parameters = post.data.strip_prefix(&discriminator::POST_UPDATE_ATOMIC).unwrap();
    let parameters = PostUpdateAtomicParams::try_from_slice(parameters).unwrap();
    assert_eq!((parameters.vaa.as_slice(), parameters.treasury_id), (source.update().vaa(), 9));
    assert_eq!(&parameters.merkle_price_update, source.update().of_feed(&BTC_FEED).unwrap());
    assert!(size(&refresh.instructions, &PAYER) <= MOST_BYTES, "it fits without a table");
    let close = source.close().instructions;
    assert_eq!((close.len(), close[0].data.as_slice()), (1, discriminator::RECLAIM_RENT.as_slice()));
    let push = self::source(PythPrograms::UPGRADED, 3, Destination::PushFeeds(9)).atomic();
    assert!(push.refresh(&PAYER, &[BTC_FEED]).unwrap_err().why.contains("name accounts"));
}

/// Posting and filling in one transaction, in bytes, with and without a lookup table.
#[cfg(feature = "client")]
#[test]
fn audit_c3_a_price_and_a_fill_fit_one_transaction_with_a_lookup_table() {
    use crate::{address, client::lookup, instruction as build, testing::scene::Scene};
    use solana_compute_budget_interface::ComputeBudgetInstruction;
    use solana_hash::Hash;
    use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};

    let scene = Scene::new(1, 0).unwrap();
    let keys = &scene.view.keys;
    let source = source(PythPrograms::UPGRADED, 3, Destination::Accounts(vec![(BTC_FEED, PRICE)])).atomic();
    let mut feeds: Vec<_> = scene.view.markets.iter().map(|market| market.feed).collect();
    let mut addresses = lookup::addresses(keys, &feeds);
    addresses.extend(source.addresses());
    feeds[0].price = PRICE;
    let account = |number| address::margin_account(&keys.pool, &PAYER, number);
    let fill = build::fill_trade(keys, account(0), Some(account(1)), None, &feeds[..1]);
    let budget =
        [ComputeBudgetInstruction::set_compute_unit_limit(1), ComputeBudgetInstruction::set_compute_unit_price(1)];
    let post = source.refresh(&PAYER, &[BTC_FEED]).unwrap().instructions;
    let all: Vec<Instruction> = budget.into_iter().chain(post).chain([fill]).collect();
    let bytes = |tables: &[AddressLookupTableAccount]| {
        let message = VersionedMessage::V0(v0::Message::try_compile(&PAYER, &all, tables, Hash::default()).unwrap());
        1 + 64 * usize::from(message.header().num_required_signatures) + message.serialize().len()
    };
    let table = AddressLookupTableAccount { key: MESSAGE, addresses };
    let (with, without) = (bytes(&[table]), bytes(&[]));
    println!("{with} bytes with a table, {without} without");
    assert!(with <= 1_232 && without > 1_232, "{with} bytes with a table, {without} without");
}

#[test]
fn prices_that_cannot_be_posted_are_refused() {
    let source = source(PythPrograms::UPGRADED, 3, Destination::Accounts(vec![(BTC_FEED, PRICE), ([7; 32], PRICE)]));
    assert!(source.refresh(&PAYER, &[ETH_FEED]).unwrap_err().why.contains("no account"));
    assert!(source.refresh(&PAYER, &[[7; 32]]).unwrap_err().why.contains("no price"));
    assert!(source.refresh(&MESSAGE, &[BTC_FEED]).unwrap_err().why.contains("pays for its update"));
}

#[test]
fn estimated_sizes_are_close_to_those_of_real_transactions() {
    let source = source(PythPrograms::PREVIOUS, 13, Destination::Accounts(vec![(BTC_FEED, PRICE)]));
    let mut steps = source.prepare();
    steps.extend(source.post(&[BTC_FEED]).unwrap());
    steps.push(source.close());
    for Step { instructions, signers } in steps {
        let message = solana_message::v0::Message::try_compile(&PAYER, &instructions, &[], Default::default()).unwrap();
        let message = solana_message::VersionedMessage::V0(message);
        assert_eq!(usize::from(message.header().num_required_signatures), 1 + signers.len());
        let bytes = 1 + 64 * (1 + signers.len()) + message.serialize().len();
        let estimated = size(&instructions, &PAYER);
        // A short length takes one byte; the estimate counts two.
        assert!(estimated >= bytes && estimated - bytes <= 2 * instructions.len(), "{estimated} for {bytes}");
    }
}

/// Since August 2026 three of Pyth's five routers sign updates of both generations, so both take the short way: one transaction holds the signed message and a price.
#[test]
fn audit_c1_three_signatures_do_for_either_generation() {
    for programs in [PythPrograms::UPGRADED, PythPrograms::PREVIOUS] {
        let source = source(programs, 3, Destination::Accounts(vec![(BTC_FEED, PRICE)])).atomic();
        assert_eq!(source.update().signatures(), 3);
        assert_eq!(source.prepare(), [], "nothing is written before");
        let steps = source.post(&[BTC_FEED]).unwrap();
        assert_eq!(steps.len(), 1);
        let bytes = size(&steps[0].instructions, &PAYER);
        println!("{bytes} of {MOST_BYTES} bytes");
        assert!(bytes <= MOST_BYTES, "{bytes} bytes");
        assert_eq!(steps[0].instructions[0].program_id, programs.receiver);
        // Thirteen signatures, as the previous generation once had, do not fit.
        let old = self::source(programs, 13, Destination::Accounts(vec![(BTC_FEED, PRICE)])).atomic();
        let bytes: Vec<usize> =
            old.post(&[BTC_FEED]).unwrap().iter().map(|step| size(&step.instructions, &PAYER)).collect();
        assert!(bytes.iter().any(|bytes| *bytes > MOST_BYTES), "{bytes:?}");
    }
    // No guide tells of more.
    for guide in [
        include_str!("../../../../../docs/integrator.md"),
        include_str!("../../../../../docs/keeper.md"),
        include_str!("../../../../../docs/operator.md"),
        include_str!("../../../../../docs/protocol.md"),
        include_str!("../pyth.rs"),
    ] {
        for stale in ["13 of 19", "thirteen of nineteen", "13 signatures"] {
            assert!(!guide.contains(stale), "{stale}");
        }
    }
}

/// Two push feeds fit one transaction with a dozen levels of proof, and no more than that is taken for granted: where they do not fit, each gets its own. The treasury and
/// the rent of the message are those that were set.
#[test]
fn audit_c4_two_push_feeds_fit_and_treasury_and_rent_are_not_fixed() {
    let source = source(PythPrograms::UPGRADED, 3, Destination::PushFeeds(9));
    let steps = source.post(&[BTC_FEED, ETH_FEED]).unwrap();
    let bytes = size(&steps[0].instructions, &PAYER);
    println!("{} bytes are left beside two push feeds", MOST_BYTES - bytes);
    assert!(steps.len() == 1 && bytes <= MOST_BYTES, "{bytes} bytes");
    // A third price goes into a transaction of its own, as the second would where proofs are deeper.
    let three = source.post(&[BTC_FEED, ETH_FEED, BTC_FEED]).unwrap();
    assert!(three.len() == 2 && three.iter().all(|step| size(&step.instructions, &PAYER) <= MOST_BYTES));
    for number in [0, 1, 200, 255] {
        let step = &source.clone().with_treasury(number).post(&[BTC_FEED]).unwrap()[0];
        let keys: Vec<Pubkey> = step.instructions[0].accounts.iter().map(|meta| meta.pubkey).collect();
        assert!(keys.contains(&PythPrograms::UPGRADED.treasury(number)), "treasury {number}");
    }
    #[allow(deprecated, reason = "its other name comes with the next version of the crate")]
    let dear = Rent { lamports_per_byte_year: 2 * Rent::default().lamports_per_byte_year, ..Rent::default() };
    let lamports = |source: &PostedUpdates| {
        let data = &source.prepare()[0].instructions[0].data;
        u64::from_le_bytes(data[4..12].try_into().unwrap())
    };
    assert_eq!(lamports(&source.clone().with_rent(dear)), 2 * lamports(&source));
}
