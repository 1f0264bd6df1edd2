//! Token-2022 mints with the extensions of the xStocks.
//!
//! Token-2022's own instructions set the extensions: metadata pointer, permanent delegate, default account state
//! (initialized), scaled UI amount (multiplier 1), pausable, confidential transfer (new accounts need approval),
//! transfer hook (no program, but an authority that can name one), token metadata. The mint has a freeze authority.

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

/// Decimals of the tokenized stocks.
pub const STOCK_DECIMALS: u8 = 8;

/// Length of type and length before an extension's value, in bytes.
const TLV_HEADER: usize = 4;

/// Description of a stock mint.
///
/// ```
/// use evergreen_sdk::testing::stock::StockSpec;
///
/// let spec = StockSpec { uri: "https://example.com/tsla.json".into(), ..StockSpec::new("Tesla xStock", "TSLAx") };
/// assert!(spec.space()? > StockSpec::new("Tesla xStock", "TSLAx").space()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockSpec {
    /// Name, for instance `Tesla xStock`.
    pub name: String,
    /// Symbol, for instance `TSLAx`.
    pub symbol: String,
    /// URI of the stock's description.
    pub uri: String,
    /// Decimals; the xStocks have 8.
    pub decimals: u8,
}

impl StockSpec {
    /// Describes a stock with 8 decimals and an empty URI.
    #[must_use]
    pub fn new(name: &str, symbol: &str) -> Self {
        Self { name: name.into(), symbol: symbol.into(), uri: String::new(), decimals: STOCK_DECIMALS }
    }

    /// Returns the length of the metadata's value in bytes: authority, mint, three strings, an empty list of further fields.
    const fn metadata_len(&self) -> usize {
        32 + 32 + (4 + self.name.len()) + (4 + self.symbol.len()) + (4 + self.uri.len()) + 4
    }

    /// Returns the size of the complete mint in bytes, which its rent has to cover.
    ///
    /// # Errors
    /// This list of extensions causes no error.
    pub fn space(&self) -> Result<usize, ProgramError> {
        Ok(fixed_len()? + TLV_HEADER + self.metadata_len())
    }

    /// Returns the instructions that create this mint at `mint`, with `rent` lamports. The mint's key and the issuer's have to sign.
    ///
    /// # Errors
    /// Valid strings cause no error.
    pub fn instructions(
        &self,
        payer: &Pubkey,
        mint: &Pubkey,
        issuer: &Pubkey,
        rent: u64,
    ) -> Result<Vec<Instruction>, ProgramError> {
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

fn fixed_len() -> Result<usize, ProgramError> {
    ExtensionType::try_calculate_account_len::<spl_token_2022::state::Mint>(&FIXED)
}
