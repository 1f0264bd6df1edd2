//! Descriptions of instructions, with all data that another wallet needs to sign them.

use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    instruction,
};
use serde::Serialize;

/// An instruction in the form that a wallet of several signers accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstructionReport {
    /// Name of the instruction.
    pub name: String,
    /// Address of the program.
    pub program: String,
    /// Accounts of the instruction, in order.
    pub accounts: Vec<AccountReport>,
    /// Data of the instruction, in base64.
    pub data: String,
}

/// An account of an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountReport {
    /// Address of the account.
    pub address: String,
    /// Whether it signs.
    pub signer: bool,
    /// Whether it is written to.
    pub writable: bool,
}

impl InstructionReport {
    /// Describes an instruction.
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

    /// Returns the description in lines: the name, the accounts with `s` for a signer and `w` for one that is written to, and the data.
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

/// Returns the signers of instructions, each once, in order.
pub(crate) fn signers(instructions: &[Instruction]) -> Vec<Pubkey> {
    let mut all = Vec::new();
    for meta in instructions.iter().flat_map(|instruction| &instruction.accounts) {
        if meta.is_signer && !all.contains(&meta.pubkey) {
            all.push(meta.pubkey);
        }
    }
    all
}

/// Returns the name of an instruction; only instructions that the steps build are known.
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
