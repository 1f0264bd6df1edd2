//! Mints, token accounts and balances on both token programs. All changes are real transactions.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, program_pack::Pack, system_instruction},
};
use anchor_spl::{
    associated_token::{get_associated_token_address_with_program_id, spl_associated_token_account},
    token::spl_token,
    token_2022::spl_token_2022::{self, extension::StateWithExtensions},
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{
    client::Client,
    error::{Error, Result},
};

pub use evergreen_sdk::testing::stock::STOCK_DECIMALS;

/// A mint and its token program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mint {
    /// Address of the mint.
    pub address: Pubkey,
    /// Address of its token program: classic SPL Token or Token-2022.
    pub token_program: Pubkey,
    /// Decimals of the mint.
    pub decimals: u8,
}

impl Mint {
    /// Returns the address of `owner`'s associated token account.
    #[must_use]
    pub fn account_of(&self, owner: &Pubkey) -> Pubkey {
        get_associated_token_address_with_program_id(owner, &self.address, &self.token_program)
    }

    /// Returns the native units of `whole` tokens; `None` if they do not fit.
    #[must_use]
    pub fn units(&self, whole: u64) -> Option<u64> {
        10_u64.checked_pow(u32::from(self.decimals))?.checked_mul(whole)
    }

    /// Returns the instructions that mint `amount` native units into `owner`'s associated account, which they create if it does not exist. `payer` pays for
    /// it, and `authority` mints.
    ///
    /// # Errors
    /// Returns an error when the token program is none.
    pub fn mint_to(&self, payer: &Pubkey, authority: &Pubkey, owner: &Pubkey, amount: u64) -> Result<Vec<Instruction>> {
        Ok(vec![
            spl_associated_token_account::instruction::create_associated_token_account_idempotent(
                payer,
                owner,
                &self.address,
                &self.token_program,
            ),
            // Both token programs have this instruction, and the crate of Token-2022 builds it for either.
            spl_token_2022::instruction::mint_to_checked(
                &self.token_program,
                &self.address,
                &self.account_of(owner),
                authority,
                &[],
                amount,
                self.decimals,
            )?,
        ])
    }
}

impl Client {
    /// Creates a mint on the classic token program; `authority` mints and freezes.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn create_mint(&self, authority: &Pubkey, decimals: u8) -> Result<Mint> {
        let key = Keypair::new();
        let address = key.pubkey();
        let space = spl_token::state::Mint::LEN;
        let token_program = spl_token::ID;
        let instructions = [
            system_instruction::create_account(
                &self.payer().pubkey(),
                &address,
                self.rent(space)?,
                space as u64,
                &token_program,
            ),
            spl_token::instruction::initialize_mint2(&token_program, &address, authority, Some(authority), decimals)?,
        ];
        self.send(&instructions, &[&key])?;
        Ok(Mint { address, token_program, decimals })
    }

    /// Creates `owner`'s associated token account unless it exists, and returns its address.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn create_token_account(&self, mint: &Mint, owner: &Pubkey) -> Result<Pubkey> {
        let create = spl_associated_token_account::instruction::create_associated_token_account_idempotent(
            &self.payer().pubkey(),
            owner,
            &mint.address,
            &mint.token_program,
        );
        self.send(&[create], &[])?;
        Ok(mint.account_of(owner))
    }

    /// Mints `amount` native units into `owner`'s associated account, which it creates if it does not exist, and returns its address.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn mint_to(&self, mint: &Mint, authority: &Keypair, owner: &Pubkey, amount: u64) -> Result<Pubkey> {
        let instructions = mint.mint_to(&self.payer().pubkey(), &authority.pubkey(), owner, amount)?;
        self.send(&instructions, &[authority])?;
        Ok(mint.account_of(owner))
    }

    /// Transfers `amount` native units between the associated accounts of `from` and `to`.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn transfer_tokens(&self, mint: &Mint, from: &Keypair, to: &Pubkey, amount: u64) -> Result<()> {
        let owner = from.pubkey();
        let transfer = spl_token_2022::instruction::transfer_checked(
            &mint.token_program,
            &mint.account_of(&owner),
            &mint.address,
            &mint.account_of(to),
            &owner,
            &[],
            amount,
            mint.decimals,
        )?;
        self.send(&[transfer], &[from]).map(drop)
    }

    /// Returns the native units in a token account of either token program.
    ///
    /// # Errors
    /// Returns [`Error::Account`] when the account does not exist or is not a token account.
    pub fn token_balance(&self, account: &Pubkey) -> Result<u64> {
        let data = self.account_data(account)?;
        StateWithExtensions::<spl_token_2022::state::Account>::unpack(&data)
            .map(|state| state.base.amount)
            .map_err(|error| Error::Account { address: *account, why: format!("it is not a token account: {error}") })
    }
}
