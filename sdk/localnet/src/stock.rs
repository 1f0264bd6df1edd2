//! Token-2022 mints with the extensions of the xStocks ([`StockSpec`]), and what their issuer can do to them.

use anchor_lang::{
    prelude::{ProgramError, Pubkey},
    solana_program::instruction::Instruction,
};
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{pausable, scaled_ui_amount, transfer_hook},
};
pub use evergreen_sdk::testing::stock::StockSpec;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{client::Client, error::Result, token::Mint};

type Built<T> = std::result::Result<T, ProgramError>;

impl Client {
    /// Creates a Token-2022 mint with the extensions of an xStock; `issuer` holds every authority.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn create_stock_mint(&self, spec: &StockSpec, issuer: &Keypair) -> Result<Mint> {
        let key = Keypair::new();
        let address = key.pubkey();
        let rent = self.rent(spec.space()?)?;
        let instructions = spec.instructions(&self.payer().pubkey(), &address, &issuer.pubkey(), rent)?;
        self.send(&instructions, &[&key, issuer])?;
        Ok(Mint { address, token_program: TOKEN_2022, decimals: spec.decimals })
    }

    /// Performs a split or pays a dividend: from `effective_timestamp` (unix seconds) on, wallets show native units multiplied by
    /// `multiplier`.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn set_multiplier(
        &self,
        mint: &Mint,
        issuer: &Keypair,
        multiplier: f64,
        effective_timestamp: i64,
    ) -> Result<()> {
        self.issue(
            issuer,
            scaled_ui_amount::instruction::update_multiplier(
                &mint.token_program,
                &mint.address,
                &issuer.pubkey(),
                &[],
                multiplier,
                effective_timestamp,
            ),
        )
    }

    /// Stops every transfer, mint and burn of the token.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn pause_mint(&self, mint: &Mint, issuer: &Keypair) -> Result<()> {
        self.issue(issuer, pausable::instruction::pause(&mint.token_program, &mint.address, &issuer.pubkey(), &[]))
    }

    /// Lifts [`Client::pause_mint`].
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn resume_mint(&self, mint: &Mint, issuer: &Keypair) -> Result<()> {
        self.issue(issuer, pausable::instruction::resume(&mint.token_program, &mint.address, &issuer.pubkey(), &[]))
    }

    /// Freezes a token account of either token program.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn freeze(&self, mint: &Mint, issuer: &Keypair, account: &Pubkey) -> Result<()> {
        let authority = issuer.pubkey();
        self.issue(
            issuer,
            spl_token_2022::instruction::freeze_account(&mint.token_program, account, &mint.address, &authority, &[]),
        )
    }

    /// Lifts [`Client::freeze`].
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn thaw(&self, mint: &Mint, issuer: &Keypair, account: &Pubkey) -> Result<()> {
        let authority = issuer.pubkey();
        self.issue(
            issuer,
            spl_token_2022::instruction::thaw_account(&mint.token_program, account, &mint.address, &authority, &[]),
        )
    }

    /// Transfers `amount` native units from any token account to `to`, as the permanent delegate.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn seize(&self, mint: &Mint, issuer: &Keypair, from: &Pubkey, to: &Pubkey, amount: u64) -> Result<()> {
        self.issue(
            issuer,
            spl_token_2022::instruction::transfer_checked(
                &mint.token_program,
                from,
                &mint.address,
                to,
                &issuer.pubkey(),
                &[],
                amount,
                mint.decimals,
            ),
        )
    }

    /// Sets the program that every transfer has to call; `None` removes it.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn set_transfer_hook(&self, mint: &Mint, issuer: &Keypair, program: Option<Pubkey>) -> Result<()> {
        let authority = issuer.pubkey();
        self.issue(
            issuer,
            transfer_hook::instruction::update(&mint.token_program, &mint.address, &authority, &[], program),
        )
    }

    fn issue(&self, issuer: &Keypair, instruction: Built<Instruction>) -> Result<()> {
        self.send(&[instruction?], &[issuer]).map(drop)
    }
}
