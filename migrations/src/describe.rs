//! Instructions in words, and in the form in which somebody else can sign them.

use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    instruction,
};
use serde::Serialize;

/// An instruction as a wallet of many signers takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstructionReport {
    /// Its name, if it is known.
    pub name: String,
    /// Program.
    pub program: String,
    /// Accounts, in order.
    pub accounts: Vec<AccountReport>,
    /// Data, base64.
    pub data: String,
}

/// An account of an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountReport {
    /// Address.
    pub address: String,
    /// Whether it signs.
    pub signer: bool,
    /// Whether it is written to.
    pub writable: bool,
}

impl InstructionReport {
    /// Of an instruction.
    pub fn of(instruction: &Instruction) -> Self {
        let accounts = instruction.accounts.iter().map(|meta| AccountReport {
            address: meta.pubkey.to_string(),
            signer: meta.is_signer,
            writable: meta.is_writable,
        });
        Self {
            name: name(instruction),
            program: instruction.program_id.to_string(),
            accounts: accounts.collect(),
            data: STANDARD.encode(&instruction.data),
        }
    }

    /// In lines: name, accounts with `s` for a signer and `w` for one that is written to, data.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} of {}", self.name, self.program)];
        for account in &self.accounts {
            let mark = |set: bool, letter: char| if set { letter } else { '-' };
            lines.push(format!("  {}{} {}", mark(account.signer, 's'), mark(account.writable, 'w'), account.address));
        }
        lines.push(format!("  data {}", self.data));
        lines
    }
}

/// Who signs instructions, each once, in order.
pub(crate) fn signers(instructions: &[Instruction]) -> Vec<Pubkey> {
    let mut all = Vec::new();
    for meta in instructions.iter().flat_map(|instruction| &instruction.accounts) {
        if meta.is_signer && !all.contains(&meta.pubkey) {
            all.push(meta.pubkey);
        }
    }
    all
}

/// The name of an instruction that a migration can have.
fn name(instruction: &Instruction) -> String {
    if let Some(name) = instruction::name(instruction) {
        return name.into();
    }
    if instruction.program_id == anchor_spl::associated_token::ID {
        return "CreateTokenAccount".into();
    }
    if instruction.program_id == anchor_spl::token::ID {
        return "CloseTokenAccount".into();
    }
    "SetUpgradeAuthority".into()
}
