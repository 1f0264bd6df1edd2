//! A virtual machine for the probe, the program in `vm-probe`.

use anchor_lang::{
    prelude::{Pubkey, pubkey},
    solana_program::instruction::Instruction,
};
use evergreen_test_support::elf::elf_path;
use litesvm::LiteSVM;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;

/// The feature that lets a program ask how many compute units are left. It is not active on mainnet, so machines for
/// tests leave it out by default, and a program that asks without it fails with "unsupported BPF instruction".
const REMAINING_UNITS: Pubkey = pubkey!("5TuppMutoyzhUSfuYdhgzD47F92GL1g89KpCZQKqedxP");

/// Makes a machine on which the probe can measure compute units. The released program does not use this feature.
fn machine() -> LiteSVM {
    let mut features = LiteSVM::mainnet_feature_set();
    features.activate(&REMAINING_UNITS, 0);
    LiteSVM::new()
        .with_feature_set(features)
        // Builtins depend on the features, so they are loaded again.
        .with_builtins()
        .with_sigverify(false)
        .with_transaction_history(0)
}

/// The probe on a virtual machine.
pub struct Probe {
    svm: LiteSVM,
    payer: Keypair,
    program: Pubkey,
}

impl Probe {
    /// Makes a machine with the compiled probe.
    ///
    /// # Panics
    /// If the probe has not been built.
    pub fn load() -> Self {
        let mut svm = machine();
        let payer = Keypair::new();
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000).expect("SOL");
        let program = Pubkey::new_from_array([7; 32]);
        svm.add_program_from_file(program, elf_path("evergreen_vm_probe")).expect("the probe loads");
        Self { svm, payer, program }
    }

    /// Runs the probe on this data and returns its answer, from which the machine drops zeros at the end.
    ///
    /// # Errors
    /// The failure of the transaction and its log, if it fails.
    pub fn call(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        self.svm.expire_blockhash();
        let instruction = Instruction::new_with_bytes(self.program, data, vec![]);
        let payer = self.payer.pubkey();
        let hash = self.svm.latest_blockhash();
        let transaction = Transaction::new_signed_with_payer(&[instruction], Some(&payer), &[&self.payer], hash);
        match self.svm.send_transaction(transaction) {
            Ok(meta) => Ok(meta.return_data.data),
            Err(failed) => Err(format!("{}\n{}", failed.err, failed.meta.pretty_logs())),
        }
    }
}
