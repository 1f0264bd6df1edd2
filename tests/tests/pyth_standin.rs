//! The instructions that the client library makes of signed updates, run by the stand-in for Pyth's programs: every step in order,
//! and what the stand-in refuses. The stand-in has the published layouts, but it is not those programs and checks no signature.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    presets::{BTC_FEED, ETH_FEED},
    price::{Destination, PostedUpdates, PriceProvider, PythPrograms, PythUpdate, Step, published},
    testing::pyth_update::{Signing, price_message, signed_update},
};
use evergreen_tests::{chain::actor, elf::elf_path};
use litesvm::LiteSVM;

use solana_transaction::Transaction;

const SHARD: u16 = 9;
const START: u64 = 10_000_000_000;

struct Machine {
    svm: LiteSVM,
    programs: PythPrograms,
    payer: Pubkey,
}

impl Machine {
    fn of(programs: PythPrograms) -> Self {
        let mut svm = LiteSVM::new().with_sigverify(false).with_blockhash_check(false).with_transaction_history(0);
        for program in [programs.receiver, programs.push, programs.wormhole] {
            svm.add_program_from_file(program, elf_path("evergreen_pyth_standin")).unwrap();
        }
        let payer = actor("payer");
        svm.airdrop(&payer, START).unwrap();
        Self { svm, programs, payer }
    }

    fn source(&self, time: i64, signatures: u8, destination: Destination) -> PostedUpdates {
        let prices =
            [price_message(BTC_FEED, 10_000_000_000_000, time), price_message(ETH_FEED, 400_000_000_000, time)];
        let update = signed_update(&prices, Signing { guardian_set: 7, signatures });
        let update = PythUpdate::parse(&update).unwrap();
        PostedUpdates::new(self.programs, update, self.payer, actor("message"), destination)
    }

    /// Sends instructions and returns the compute units, or the log if they are refused.
    fn send(&mut self, instructions: &[Instruction]) -> Result<u64, String> {
        let transaction = Transaction::new_with_payer(instructions, Some(&self.payer));
        let done = self.svm.send_transaction(transaction);
        done.map(|meta| meta.compute_units_consumed).map_err(|failed| failed.meta.logs.join("\n"))
    }

    fn all(&mut self, steps: Vec<Step>) -> u64 {
        let done = steps.iter().map(|step| self.send(&step.instructions).unwrap_or_else(|log| panic!("{log}")));
        done.max().unwrap_or_default()
    }

    fn time(&self, price: &Pubkey) -> Option<i64> {
        self.svm.get_account(price).and_then(|account| published(&account.data))
    }

    fn refused(&mut self, instructions: &[Instruction], why: &str) {
        let log = self.send(instructions).expect_err(why);
        assert!(log.contains(why), "{why}: {log}");
    }
}

#[test]
fn prices_of_both_generations_are_posted_to_push_feeds() {
    for (programs, signatures) in [(PythPrograms::UPGRADED, 3), (PythPrograms::PREVIOUS, 13)] {
        let mut machine = Machine::of(programs);
        let source = machine.source(1_000, signatures, Destination::PushFeeds(SHARD));
        machine.all(source.prepare());
        let units = machine.all(source.post(&[BTC_FEED, ETH_FEED]).unwrap());
        println!("{signatures} signatures: {units} compute units for the dearest transaction with prices");
        let price = source.account(&BTC_FEED).unwrap();
        let stored = machine.svm.get_account(&price).unwrap();
        assert_eq!((stored.owner, machine.time(&price)), (programs.receiver, Some(1_000)));
        machine.all(vec![source.close()]);
        assert!(machine.svm.get_account(&actor("message")).is_none_or(|account| account.lamports == 0));
        // Posting an older price succeeds and changes nothing.
        let older = machine.source(999, signatures, Destination::PushFeeds(SHARD));
        machine.all(older.prepare());
        machine.all(older.post(&[BTC_FEED]).unwrap());
        assert_eq!(machine.time(&price), Some(1_000));
        machine.all(vec![programs.close_message(&machine.payer, &actor("message"))].into_iter().map(step).collect());
    }
}

fn step(instruction: Instruction) -> Step {
    Step { instructions: vec![instruction], signers: Vec::new() }
}

#[test]
fn rent_of_accounts_of_ones_own_comes_back() {
    let mut machine = Machine::of(PythPrograms::UPGRADED);
    let own = actor("price");
    let source = machine.source(5, 3, Destination::Accounts(vec![(BTC_FEED, own)]));
    machine.all(source.prepare());
    machine.all(source.post(&[BTC_FEED]).unwrap());
    assert_eq!(machine.time(&own), Some(5));
    machine.all(vec![source.close()]);
    assert_eq!(machine.time(&own), None);
    let treasury = machine.svm.get_account(&machine.programs.treasury(0)).unwrap().lamports;
    let spent = START - machine.svm.get_account(&machine.payer).unwrap().lamports;
    // Only base fees are spent besides: three transactions, two of which have the signature of a new account as well.
    assert_eq!(spent - treasury, 5 * 5_000);
}

#[test]
fn what_is_not_in_order_is_refused() {
    let mut machine = Machine::of(PythPrograms::UPGRADED);
    let source = machine.source(5, 3, Destination::PushFeeds(SHARD));
    let prepare: Vec<Instruction> = source.prepare().into_iter().flat_map(|step| step.instructions).collect();
    let post = source.post(&[BTC_FEED]).unwrap().remove(0).instructions;
    machine.refused(&post, "the message is not Wormhole's");
    let (verify, written) = prepare.split_last().unwrap();
    // The message is now created and written, but not verified.
    machine.send(written).unwrap();
    machine.refused(&post, "the message is not verified");
    machine.refused(&prepare[1..2], "a message already");
    // Another set of signers and another authority are refused.
    let mut wrong = verify.clone();
    wrong.accounts[2].pubkey = machine.programs.guardian_set(8);
    machine.refused(&[wrong], "another set of signers");
    for (of, number) in [(verify, 0), (&machine.programs.close_message(&machine.payer, &actor("message")), 0)] {
        let mut wrong = of.clone();
        wrong.accounts[number].pubkey = actor("thief");
        machine.refused(&[wrong], "another's message");
    }
    machine.send(std::slice::from_ref(verify)).unwrap();
    machine.refused(std::slice::from_ref(verify), "verified already");
    machine.refused(&prepare[2..3], "not being written");
    // A changed price is not part of what was signed. The price lies behind the first place of the feed.
    let mut forged = post[0].clone();
    let place = forged.data.windows(32).position(|bytes| bytes == BTC_FEED).unwrap() + 32 + 7;
    forged.data[place] ^= 1;
    machine.refused(&[forged], "the price is not part of the message");
    for (account, why) in
        [(1, "another receiver"), (3, "another configuration"), (4, "another treasury"), (5, "another price account")]
    {
        let mut wrong = post[0].clone();
        wrong.accounts[account].pubkey = actor("other");
        machine.refused(&[wrong], why);
    }
    // The price of one feed cannot be posted to the address of another.
    let mut wrong = post[0].clone();
    let length = wrong.data.len();
    wrong.data[length - 32..].copy_from_slice(&ETH_FEED);
    wrong.accounts[5].pubkey = source.account(&ETH_FEED).unwrap();
    machine.refused(&[wrong], "the price of another feed");
    machine.send(&post).unwrap();
    // The receiver's own instruction cannot write to another authority's price account.
    let own = machine.source(5, 3, Destination::Accounts(vec![(BTC_FEED, source.account(&BTC_FEED).unwrap())]));
    machine.refused(&own.post(&[BTC_FEED]).unwrap()[0].instructions, "another's price account");
}
