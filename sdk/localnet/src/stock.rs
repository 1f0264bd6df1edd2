//! Token-2022 mints with the extensions of the xStocks, and what their issuer can do to them.
//!
//! The extensions, all set by Token-2022's own instructions: metadata pointer, permanent delegate, default account state
//! (initialized), scaled UI amount (multiplier 1), pausable, confidential transfer (new accounts need approval),
//! transfer hook (no program, an authority that can name one), token metadata. The freeze authority is live.

use anchor_lang::{
    prelude::{ProgramError, Pubkey},
    solana_program::{instruction::Instruction, system_instruction},
};
use anchor_spl::{
    token_2022::spl_token_2022::{
        self, ID as TOKEN_2022,
        extension::{
            ExtensionType, confidential_transfer, default_account_state, metadata_pointer, pausable, scaled_ui_amount,
            transfer_hook,
        },
        state::AccountState,
    },
    token_2022_extensions::spl_token_metadata_interface,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{client::Client, error::Result, token::Mint};

/// Extensions of fixed length; the metadata is appended once the mint is initialized.
const FIXED: [ExtensionType; 7] = [
    ExtensionType::MetadataPointer,
    ExtensionType::PermanentDelegate,
    ExtensionType::DefaultAccountState,
    ExtensionType::ScaledUiAmount,
    ExtensionType::Pausable,
    ExtensionType::ConfidentialTransferMint,
    ExtensionType::TransferHook,
];

/// Bytes of type and length before an extension's value.
const TLV_HEADER: usize = 4;

/// What a stock mint says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockSpec {
    /// Name, for instance `Tesla xStock`.
    pub name: String,
    /// Symbol, for instance `TSLAx`.
    pub symbol: String,
    /// Where its description lies.
    pub uri: String,
    /// Decimals; the xStocks have 8.
    pub decimals: u8,
}

impl StockSpec {
    /// A stock with 8 decimals and no page of its own.
    #[must_use]
    pub fn new(name: &str, symbol: &str) -> Self {
        Self { name: name.into(), symbol: symbol.into(), uri: String::new(), decimals: crate::token::STOCK_DECIMALS }
    }

    /// Length of the metadata's value: authority, mint, three strings, an empty list of further fields.
    const fn metadata_len(&self) -> usize {
        32 + 32 + (4 + self.name.len()) + (4 + self.symbol.len()) + (4 + self.uri.len()) + 4
    }

    /// The instructions that make this mint at `mint`, whose key has to sign.
    fn instructions(&self, payer: &Pubkey, mint: &Pubkey, issuer: &Pubkey, rent: u64) -> Built<Vec<Instruction>> {
        let space = fixed_len()?;
        Ok(vec![
            system_instruction::create_account(payer, mint, rent, space as u64, &TOKEN_2022),
            metadata_pointer::instruction::initialize(&TOKEN_2022, mint, Some(*issuer), Some(*mint))?,
            spl_token_2022::instruction::initialize_permanent_delegate(&TOKEN_2022, mint, issuer)?,
            default_account_state::instruction::initialize_default_account_state(
                &TOKEN_2022,
                mint,
                &AccountState::Initialized,
            )?,
            scaled_ui_amount::instruction::initialize(&TOKEN_2022, mint, Some(*issuer), 1.0)?,
            pausable::instruction::initialize(&TOKEN_2022, mint, issuer)?,
            confidential_transfer::instruction::initialize_mint(&TOKEN_2022, mint, Some(*issuer), false, None)?,
            transfer_hook::instruction::initialize(&TOKEN_2022, mint, Some(*issuer), None)?,
            spl_token_2022::instruction::initialize_mint2(&TOKEN_2022, mint, issuer, Some(issuer), self.decimals)?,
            spl_token_metadata_interface::instruction::initialize(
                &TOKEN_2022,
                mint,
                issuer,
                mint,
                issuer,
                self.name.clone(),
                self.symbol.clone(),
                self.uri.clone(),
            ),
        ])
    }
}

type Built<T> = std::result::Result<T, ProgramError>;

fn fixed_len() -> Built<usize> {
    ExtensionType::try_calculate_account_len::<spl_token_2022::state::Mint>(&FIXED)
}

impl Client {
    /// Makes a Token-2022 mint with the extensions of an xStock; `issuer` holds every authority.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn create_stock_mint(&self, spec: &StockSpec, issuer: &Keypair) -> Result<Mint> {
        let key = Keypair::new();
        let address = key.pubkey();
        let rent = self.rent(fixed_len()? + TLV_HEADER + spec.metadata_len())?;
        let instructions = spec.instructions(&self.payer().pubkey(), &address, &issuer.pubkey(), rent)?;
        self.send(&instructions, &[&key, issuer])?;
        Ok(Mint { address, token_program: TOKEN_2022, decimals: spec.decimals })
    }

    /// A split or dividend: from `effective_timestamp` on one native unit counts `multiplier` times on screens.
    ///
    /// # Errors
    /// As [`Client::send`].
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
    /// As [`Client::send`].
    pub fn pause_mint(&self, mint: &Mint, issuer: &Keypair) -> Result<()> {
        self.issue(issuer, pausable::instruction::pause(&mint.token_program, &mint.address, &issuer.pubkey(), &[]))
    }

    /// Lifts [`Client::pause_mint`].
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn resume_mint(&self, mint: &Mint, issuer: &Keypair) -> Result<()> {
        self.issue(issuer, pausable::instruction::resume(&mint.token_program, &mint.address, &issuer.pubkey(), &[]))
    }

    /// Freezes a token account of either token program.
    ///
    /// # Errors
    /// As [`Client::send`].
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
    /// As [`Client::send`].
    pub fn thaw(&self, mint: &Mint, issuer: &Keypair, account: &Pubkey) -> Result<()> {
        let authority = issuer.pubkey();
        self.issue(
            issuer,
            spl_token_2022::instruction::thaw_account(&mint.token_program, account, &mint.address, &authority, &[]),
        )
    }

    /// Takes `amount` native units out of any token account, as the permanent delegate may.
    ///
    /// # Errors
    /// As [`Client::send`].
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

    /// Names the program that every transfer has to call, or none.
    ///
    /// # Errors
    /// As [`Client::send`].
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
