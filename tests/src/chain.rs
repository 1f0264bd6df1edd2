//! A chain with the compiled program: accounts, time, transactions.

use crate::{elf::elf_path, outcome::Outcome};
use anchor_lang::{
    prelude::{Clock, Pubkey, pubkey},
    solana_program::instruction::{AccountMeta, Instruction, error::InstructionError},
};
use evergreen_sdk::address;
use litesvm::{LiteSVM, types::TransactionResult};
use solana_account::{AccountSharedData, ReadableAccount};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::{collections::BTreeMap, sync::LazyLock};

/// Bytes of the largest transaction that a network accepts.
pub const MAX_TRANSACTION_BYTES: usize = 1_232;
/// Unix seconds at which every chain begins.
pub const GENESIS: i64 = 1_790_000_000;

/// Bytes of heap that the program has.
pub const HEAP: usize = 32 * 1_024;

/// Returns the key pair of a name, which is the same in every run.
///
/// # Panics
/// If the name is longer than 32 bytes.
pub fn keypair(name: &str) -> Keypair {
    assert!(name.len() <= 32, "names have at most 32 bytes");
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    Keypair::new_from_array(seed)
}

/// Returns the address of a name.
pub fn actor(name: &str) -> Pubkey {
    keypair(name).pubkey()
}

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Program that owns it.
    pub owner: Pubkey,
    /// Balance in lamports.
    pub lamports: u64,
    /// Bytes of the account.
    pub data: Vec<u8>,
}

#[cfg(not(feature = "coverage"))]
fn machine() -> LiteSVM {
    LiteSVM::new()
}

#[cfg(feature = "coverage")]
fn machine() -> LiteSVM {
    crate::coverage::machine()
}

/// The chain. It does not verify signatures, but programs see which accounts a transaction names as signers.
#[derive(Clone)]
pub struct Chain {
    svm: LiteSVM,
    /// Account that pays all fees and rents.
    pub payer: Pubkey,
    /// Account that may upgrade the program.
    pub upgrade_authority: Pubkey,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

/// The chain as [`Chain::new`] makes it. To load programs takes most of the time of a short test, so it is done once a process.
static DEPLOYED: LazyLock<Chain> = LazyLock::new(Chain::deployed);

impl Chain {
    /// Returns a chain of its own on which an upgrade authority has deployed the program.
    ///
    /// # Panics
    /// If the program has not been built.
    pub fn new() -> Self {
        DEPLOYED.clone()
    }

    fn deployed() -> Self {
        let mut svm = machine()
            .with_sigverify(false)
            .with_blockhash_check(false)
            .with_transaction_history(0)
            .with_log_bytes_limit(None);
        let (payer, upgrade_authority) = (actor("payer"), actor("upgrade authority"));
        svm.airdrop(&payer, 100_000_000_000_000).expect("an airdrop");
        svm.add_program_from_file(address::PROGRAM, elf_path("evergreen")).expect("the program loads");
        let mut clock: Clock = svm.get_sysvar();
        clock.unix_timestamp = GENESIS;
        svm.set_sysvar(&clock);
        let mut chain = Self { svm, payer, upgrade_authority };
        chain.set_upgrade_authority();
        chain
    }

    /// Writes an upgrade authority where the loader keeps it, after type (4 bytes) and slot (8 bytes). The runtime deploys
    /// without one.
    fn set_upgrade_authority(&mut self) {
        let key = address::program_data();
        let mut account = self.svm.get_account(&key).expect("program data");
        account.data[12] = 1;
        account.data[13..45].copy_from_slice(self.upgrade_authority.as_ref());
        self.svm.set_account(key, account).expect("program data can be written");
    }

    /// Returns the time of the clock in unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Returns the slot of the clock.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    /// Moves the clock forward, or back if `seconds` is negative. A slot takes 0.4 seconds; slots never go back.
    pub fn pass(&mut self, seconds: i64) {
        let mut clock: Clock = self.svm.get_sysvar();
        clock.unix_timestamp += seconds;
        clock.slot += seconds.max(0).unsigned_abs() * 5 / 2;
        self.svm.set_sysvar(&clock);
    }

    /// Moves the clock by this many epochs, so that changes which token programs delay by epochs take effect.
    pub fn pass_epochs(&mut self, epochs: u64) {
        let mut clock: Clock = self.svm.get_sysvar();
        clock.epoch += epochs;
        self.svm.set_sysvar(&clock);
    }

    /// Returns an account, or `None` if it does not exist.
    pub fn account(&self, key: &Pubkey) -> Option<Stored> {
        let account = self.svm.get_account(key)?;
        Some(Stored { owner: account.owner, lamports: account.lamports, data: account.data })
    }

    /// Returns an account's bytes, which are empty if it does not exist.
    pub fn data(&self, key: &Pubkey) -> Vec<u8> {
        self.svm.get_account(key).map(|account| account.data).unwrap_or_default()
    }

    /// Writes an account as the program that owns it would write it, and makes it rent-exempt.
    ///
    /// # Panics
    /// If the runtime refuses it.
    pub fn write(&mut self, key: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let present = self.svm.get_account(&key).unwrap_or_default().lamports;
        let lamports = present.max(self.svm.minimum_balance_for_rent_exemption(data.len()));
        self.write_with(key, owner, data, lamports);
    }

    /// Writes an account with these lamports.
    ///
    /// # Panics
    /// If the runtime refuses.
    pub fn write_with(&mut self, key: Pubkey, owner: Pubkey, data: Vec<u8>, lamports: u64) {
        let mut account = self.svm.get_account(&key).unwrap_or_default();
        account.lamports = lamports;
        account.owner = owner;
        account.data = data;
        self.svm.set_account(key, account).expect("the account can be written");
    }

    /// Deploys a compiled program of these tests.
    ///
    /// # Panics
    /// If it has not been built.
    pub fn deploy(&mut self, program: Pubkey, name: &str) {
        self.svm.add_program_from_file(program, elf_path(name)).expect("the program loads");
    }

    /// Gives lamports to an account.
    ///
    /// # Panics
    /// If the runtime refuses.
    pub fn give_lamports(&mut self, key: &Pubkey, lamports: u64) {
        self.svm.airdrop(key, lamports).expect("an airdrop");
    }

    /// Returns the rent-exempt balance of an account with this many bytes, lamports.
    pub fn rent(&self, space: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(space)
    }

    /// Returns all accounts that a program owns.
    pub fn owned_by(&self, program: &Pubkey) -> BTreeMap<Pubkey, Stored> {
        let accounts = self.svm.get_program_accounts(program);
        accounts
            .into_iter()
            .map(|(key, a)| (key, Stored { owner: a.owner, lamports: a.lamports, data: a.data }))
            .collect()
    }

    /// Sends instructions in one transaction with as many compute units as a transaction may have.
    ///
    /// # Panics
    /// If the transaction is larger than a network takes.
    pub fn send(&mut self, instructions: &[Instruction]) -> Outcome {
        let (transaction, size) = self.transaction(instructions);
        outcome(self.svm.send_transaction(transaction), size)
    }

    /// Simulates instructions in one transaction, without changing any account.
    ///
    /// # Panics
    /// If the transaction is larger than a network takes.
    pub fn simulate(&self, instructions: &[Instruction]) -> Outcome {
        let (transaction, size) = self.transaction(instructions);
        outcome(self.svm.simulate_transaction(transaction).map(|simulated| simulated.meta), size)
    }

    /// Simulates instructions in one transaction, without changing any account, and returns the outcome together with the
    /// accounts as the transaction would leave them. The accounts are empty if it would fail.
    ///
    /// # Panics
    /// If the transaction is larger than a network takes.
    pub fn preview(&self, instructions: &[Instruction]) -> (Outcome, BTreeMap<Pubkey, Stored>) {
        let (transaction, size) = self.transaction(instructions);
        match self.svm.simulate_transaction(transaction) {
            Ok(simulated) => {
                let stored = |account: &AccountSharedData| Stored {
                    owner: *account.owner(),
                    lamports: account.lamports(),
                    data: account.data().to_vec(),
                };
                let left = simulated.post_accounts.iter().map(|(key, account)| (*key, stored(account))).collect();
                (outcome(Ok(simulated.meta), size), left)
            }
            Err(failed) => (outcome(Err(failed), size), BTreeMap::new()),
        }
    }

    /// Returns the least heap, in bytes and as a multiple of 64, with which these instructions succeed.
    ///
    /// The program's allocator hands out addresses downwards from the end of the heap and never frees. A program whose heap
    /// ends earlier therefore fails exactly when it allocates more than that.
    ///
    /// # Panics
    /// If the instructions fail with the whole heap of the program.
    pub fn least_heap(&self, instructions: &[Instruction]) -> usize {
        const STEP: usize = 64;
        let program = std::fs::read(elf_path("evergreen")).expect("the program");
        let succeeds = |heap: usize| {
            let mut svm = self.svm.clone();
            svm.add_program(address::PROGRAM, &with_heap(&program, heap)).expect("the program loads");
            svm.simulate_transaction(self.transaction(instructions).0).is_ok()
        };
        let (mut too_little, mut enough) = (0, HEAP / STEP);
        assert!(succeeds(HEAP), "the instructions fail with the whole heap");
        while enough - too_little > 1 {
            let middle = (enough + too_little) / 2;
            if succeeds(middle * STEP) { enough = middle } else { too_little = middle }
        }
        enough * STEP
    }

    fn transaction(&self, instructions: &[Instruction]) -> (Transaction, usize) {
        let (transaction, size) = transaction(instructions, self.payer);
        assert!(size <= MAX_TRANSACTION_BYTES, "a transaction of {size} bytes");
        (transaction, size)
    }
}

fn transaction(instructions: &[Instruction], payer: Pubkey) -> (Transaction, usize) {
    let mut all = vec![unit_limit(1_400_000)];
    all.extend_from_slice(instructions);
    let transaction = Transaction::new_with_payer(&all, Some(&payer));
    let size = transaction.message_data().len() + 1 + 64 * transaction.signatures.len();
    (transaction, size)
}

/// Returns the bytes of a transaction of these instructions and a limit of compute units.
pub fn transaction_size(instructions: &[Instruction], payer: Pubkey) -> usize {
    transaction(instructions, payer).1
}

/// Returns the program with another end of its heap, which is a constant of the allocator. The compiler may have put the
/// constant at several places, and all of them are changed.
///
/// # Panics
/// If the constant is not found.
fn with_heap(program: &[u8], heap: usize) -> Vec<u8> {
    /// Code of `lddw`, which loads a constant of 64 bits. Its halves are the last four bytes of two instructions of eight.
    const LOAD: u8 = 0x18;
    let end = |heap: usize| ((3u64 << 32) + heap as u64).to_le_bytes();
    let (old, new) = (end(HEAP), end(heap));
    let mut changed = program.to_vec();
    let mut places = 0;
    for at in (0..changed.len().saturating_sub(15)).step_by(8) {
        let code = &mut changed[at..at + 16];
        if code[0] == LOAD && code[4..8] == old[..4] && code[8..12] == [0; 4] && code[12..] == old[4..] {
            code[4..8].copy_from_slice(&new[..4]);
            places += 1;
        }
    }
    assert!(places > 0, "the allocator's constant is not in the program");
    changed
}

fn outcome(result: TransactionResult, size: usize) -> Outcome {
    match result {
        Ok(meta) => Outcome { failure: None, code: None, logs: meta.logs, size },
        Err(failed) => {
            let failure = format!("{:?}", failed.err);
            Outcome { code: custom_code(&failure), failure: Some(failure), logs: failed.meta.logs, size }
        }
    }
}

/// Returns the number in `InstructionError(_, Custom(number))`.
fn custom_code(failure: &str) -> Option<u32> {
    let custom = format!("{:?}", InstructionError::Custom(0)).replace("0)", "");
    failure.split(&custom).nth(1)?.split(')').next()?.parse().ok()
}

/// Makes the instruction that limits a transaction to this many compute units.
pub fn unit_limit(units: u32) -> Instruction {
    let mut data = vec![2];
    data.extend(units.to_le_bytes());
    let program_id = pubkey!("ComputeBudget111111111111111111111111111111");
    Instruction { program_id, accounts: Vec::<AccountMeta>::new(), data }
}
