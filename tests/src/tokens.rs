//! Mints of both token programs, token accounts and balances.

use crate::chain::{Chain, actor};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, program_pack::Pack, system_instruction},
};
use anchor_spl::{
    associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent,
    token::spl_token,
    token_2022::spl_token_2022::{self, extension::StateWithExtensions},
};
use evergreen_sdk::{
    address,
    testing::stock::{STOCK_DECIMALS, StockSpec},
};

/// A mint and its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mint {
    /// Address of the mint.
    pub address: Pubkey,
    /// Token program that owns the mint: the classic one or Token-2022.
    pub program: Pubkey,
    /// Decimals of the mint.
    pub decimals: u8,
}

impl Mint {
    /// Returns the associated token account of an owner.
    pub fn account_of(&self, owner: &Pubkey) -> Pubkey {
        address::token_account(owner, &self.address, &self.program)
    }
}

/// Returns the address that has every authority over the mints.
pub fn issuer() -> Pubkey {
    actor("issuer")
}

impl Chain {
    /// Creates a mint of the classic token program.
    pub fn create_classic_mint(&mut self, name: &str, decimals: u8) -> Mint {
        let (mint, authority, space) = (actor(name), issuer(), spl_token::state::Mint::LEN);
        let rent = self.rent(space);
        let create = system_instruction::create_account(&self.payer, &mint, rent, space as u64, &spl_token::ID);
        let initialize =
            spl_token::instruction::initialize_mint2(&spl_token::ID, &mint, &authority, Some(&authority), decimals)
                .expect("an instruction");
        self.send(&[create, initialize]).ok();
        Mint { address: mint, program: spl_token::ID, decimals }
    }

    /// Creates a Token-2022 mint with the extensions of an xStock.
    pub fn create_stock_mint(&mut self, name: &str) -> Mint {
        let spec = StockSpec::new("Tesla xStock", "TSLAx");
        let rent = self.rent(spec.space().expect("known extensions"));
        let mint = actor(name);
        let instructions = spec.instructions(&self.payer, &mint, &issuer(), rent).expect("instructions");
        self.send(&instructions).ok();
        Mint { address: mint, program: spl_token_2022::ID, decimals: STOCK_DECIMALS }
    }

    /// Creates an owner's associated token account if it is missing, and returns its address.
    pub fn create_token_account(&mut self, owner: &Pubkey, mint: &Pubkey, program: &Pubkey) -> Pubkey {
        let create = create_associated_token_account_idempotent(&self.payer, owner, mint, program);
        self.send(&[create]).ok();
        address::token_account(owner, mint, program)
    }

    /// Mints native units to an owner's associated token account, which is created if it is missing, and returns its address.
    pub fn mint_to(&mut self, mint: &Mint, owner: &Pubkey, amount: u64) -> Pubkey {
        let account = self.create_token_account(owner, &mint.address, &mint.program);
        self.send(&[mint_instruction(mint, &account, amount)]).ok();
        account
    }

    /// Returns the native units in a token account, zero if it does not exist.
    pub fn balance(&self, account: &Pubkey) -> u64 {
        balance_in(&self.data(account))
    }

    /// Returns the supply of a mint in native units, zero if it does not exist.
    pub fn supply(&self, mint: &Pubkey) -> u64 {
        supply_in(&self.data(mint))
    }
}

/// Returns the supply in the bytes of a mint of either program, native units; zero if they are not a mint.
pub fn supply_in(data: &[u8]) -> u64 {
    StateWithExtensions::<spl_token_2022::state::Mint>::unpack(data).map(|mint| mint.base.supply).unwrap_or(0)
}

/// Returns the balance in the bytes of a token account of either program, native units; zero if they are not one.
pub fn balance_in(data: &[u8]) -> u64 {
    StateWithExtensions::<spl_token_2022::state::Account>::unpack(data).map(|account| account.base.amount).unwrap_or(0)
}

/// Makes the instruction by which the issuer mints native units. Both token programs share it.
pub fn mint_instruction(mint: &Mint, to: &Pubkey, amount: u64) -> Instruction {
    spl_token_2022::instruction::mint_to_checked(
        &mint.program,
        &mint.address,
        to,
        &issuer(),
        &[],
        amount,
        mint.decimals,
    )
    .expect("an instruction")
}

/// Makes the instruction by which `authority` transfers native units. Both token programs share it.
pub fn transfer_instruction(mint: &Mint, from: &Pubkey, to: &Pubkey, authority: &Pubkey, amount: u64) -> Instruction {
    spl_token_2022::instruction::transfer_checked(
        &mint.program,
        from,
        &mint.address,
        to,
        authority,
        &[],
        amount,
        mint.decimals,
    )
    .expect("an instruction")
}
