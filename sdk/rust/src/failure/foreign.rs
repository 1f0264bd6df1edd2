//! Errors of the programs that this one calls, by program and number.

use anchor_lang::prelude::Pubkey;
use core::fmt;

/// An error of another program.
///
/// ```
/// use evergreen_sdk::{anchor_lang::system_program, failure::Foreign};
///
/// let error = Foreign::of(&system_program::ID.to_string(), 1).unwrap();
/// assert_eq!(error.to_string(), "the payer has too little SOL (System.ResultWithNegativeLamports)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Short name of the program.
    pub program: &'static str,
    /// Name of the error in that program.
    pub name: &'static str,
    /// The error in words.
    pub message: &'static str,
}

/// The errors of one program, by number.
type Errors = &'static [(&'static str, &'static str)];

/// Errors that both token programs have, by number.
const TOKEN: Errors = &[
    ("NotRentExempt", "the account has too little SOL for its rent"),
    ("InsufficientFunds", "the token account holds less than that"),
    ("InvalidMint", "this is no mint"),
    ("MintMismatch", "the account is of another mint"),
    ("OwnerMismatch", "the signer is not the owner of the token account"),
    ("FixedSupply", "nobody can mint this token any more"),
    ("AlreadyInUse", "the account is in use already"),
    ("InvalidNumberOfProvidedSigners", "the number of signers is wrong"),
    ("InvalidNumberOfRequiredSigners", "the number of signers required is wrong"),
    ("UninitializedState", "the token account is not initialized"),
    ("NativeNotSupported", "this does not work with wrapped SOL"),
    ("NonNativeHasBalance", "the token account still holds tokens"),
    ("InvalidInstruction", "the token program does not know the instruction"),
    ("InvalidState", "the token account is in the wrong state for this"),
    ("Overflow", "an amount does not fit"),
    ("AuthorityTypeNotSupported", "the account has no authority of this type"),
    ("MintCannotFreeze", "accounts of this mint cannot be frozen"),
    ("AccountFrozen", "the issuer has frozen the token account"),
    ("MintDecimalsMismatch", "the decimals are not those of the mint"),
    ("NonNativeNotSupported", "this works with wrapped SOL only"),
];

/// Errors of Token-2022 from number 20 on.
const TOKEN_2022: Errors = &[
    ("ExtensionTypeMismatch", "the extension is of another type"),
    ("ExtensionBaseMismatch", "the extension does not belong to this kind of account"),
    ("ExtensionAlreadyInitialized", "the extension is initialized already"),
    ("ConfidentialTransferAccountHasBalance", "the account has a confidential balance"),
    ("ConfidentialTransferAccountNotApproved", "the account is not approved for confidential transfers"),
    ("ConfidentialTransferDepositsAndTransfersDisabled", "the account takes no confidential transfers"),
    ("ConfidentialTransferElGamalPubkeyMismatch", "the key for confidential transfers is another one"),
    ("ConfidentialTransferBalanceMismatch", "the confidential balance is another one"),
    ("MintHasSupply", "the mint has a supply"),
    ("NoAuthorityExists", "nobody has the authority for this"),
    ("TransferFeeExceedsMaximum", "the transfer fee is above its maximum"),
    ("MintRequiredForTransfer", "a transfer of this token has to name its mint"),
    ("FeeMismatch", "the transfer fee is another one"),
    ("FeeParametersMismatch", "the transfer fee's parameters do not fit"),
    ("ImmutableOwner", "the owner of this token account cannot change"),
    ("AccountHasWithheldTransferFees", "the account has withheld transfer fees"),
    ("NoMemo", "the receiving account wants a memo before each transfer"),
    ("NonTransferable", "this token cannot be transferred"),
    ("NonTransferableNeedsImmutableOwnership", "this token needs an account whose owner cannot change"),
    ("MaximumPendingBalanceCreditCounterExceeded", "too many confidential credits are pending"),
    ("MaximumDepositAmountExceeded", "the confidential deposit is too large"),
    ("CpiGuardSettingsLocked", "the settings of the token account's CPI guard are locked"),
    ("CpiGuardTransferBlocked", "the CPI guard of the token account keeps programs from taking tokens out of it"),
    ("CpiGuardBurnBlocked", "the CPI guard of the token account keeps programs from burning its tokens"),
    ("CpiGuardCloseAccountBlocked", "the CPI guard of the token account keeps programs from closing it"),
    ("CpiGuardApproveBlocked", "the CPI guard of the token account keeps programs from approving"),
    ("CpiGuardSetAuthorityBlocked", "the CPI guard of the token account keeps programs from changing its authority"),
    ("CpiGuardOwnerChangeBlocked", "the CPI guard of the token account keeps programs from changing its owner"),
    ("ExtensionNotFound", "the account lacks an extension"),
    ("NonConfidentialTransfersDisabled", "the account takes confidential transfers only"),
    ("ConfidentialTransferFeeAccountHasWithheldFee", "the account has withheld confidential fees"),
    ("InvalidExtensionCombination", "these extensions do not go together"),
    ("InvalidLengthForAlloc", "the length of the extension is wrong"),
    ("AccountDecryption", "the confidential balance cannot be decrypted"),
    ("ProofGeneration", "the proof of a confidential transfer failed"),
    ("InvalidProofInstructionOffset", "the proof of a confidential transfer is not where it was said to be"),
    ("HarvestToMintDisabled", "withheld fees cannot be moved to the mint"),
    ("SplitProofContextStateAccountsNotSupported", "a proof cannot be split over several accounts"),
    ("NotEnoughProofContextStateAccounts", "an account of a split proof is missing"),
    ("MalformedCiphertext", "an encrypted amount is malformed"),
    ("CiphertextArithmeticFailed", "encrypted amounts cannot be added"),
    ("PedersenCommitmentMismatch", "the proof is about another amount"),
    ("RangeProofLengthMismatch", "the range proof has the wrong length"),
    ("IllegalBitLength", "the range proof has a wrong number of bits"),
    ("FeeCalculation", "the fee of the transfer cannot be calculated"),
    ("IllegalMintBurnConversion", "the mint cannot be both confidential and open to minting and burning"),
    ("InvalidScale", "the multiplier of the mint is invalid"),
    ("MintPaused", "the issuer has paused all transfers of the token"),
    ("PendingBalanceNonZero", "a confidential balance is still pending"),
];

/// Errors of the system program, by number.
const SYSTEM: Errors = &[
    ("AccountAlreadyInUse", "an account exists at that address already"),
    ("ResultWithNegativeLamports", "the payer has too little SOL"),
    ("InvalidProgramId", "the account cannot be given to that program"),
    ("InvalidAccountDataLength", "an account cannot be that large"),
    ("MaxSeedLengthExceeded", "the seed of an address is too long"),
    ("AddressWithSeedMismatch", "the address does not follow from its seed"),
    ("NonceNoRecentBlockhashes", "the network has no recent blockhash for the nonce"),
    ("NonceBlockhashNotExpired", "the nonce is still that of a recent blockhash"),
    ("NonceUnexpectedBlockhashValue", "the nonce is another one"),
];

/// Errors of the program of associated token accounts, by number.
const ASSOCIATED: Errors = &[("InvalidOwner", "the owner of the associated token account is another one")];

impl Foreign {
    /// Finds the error of a program by the program's address, base58, and the error's number.
    pub fn of(program: &str, code: u32) -> Option<Self> {
        let place = usize::try_from(code).ok()?;
        let is = |key: Pubkey| key.to_string() == program;
        let (program, found) = if is(anchor_spl::token::ID) {
            ("Token", TOKEN.get(place))
        } else if is(anchor_spl::token_2022::ID) {
            ("Token-2022", TOKEN.iter().chain(TOKEN_2022).nth(place))
        } else if is(anchor_lang::system_program::ID) {
            ("System", SYSTEM.get(place))
        } else if is(anchor_spl::associated_token::ID) {
            ("AssociatedToken", ASSOCIATED.get(place))
        } else {
            return None;
        };
        found.map(|(name, message)| Self { program, name, message })
    }

    /// Returns the names of program and error, for instance `Token.InsufficientFunds`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.program, self.name)
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.full_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::solana_program::program_error::ProgramError;
    use anchor_spl::{token::spl_token, token_2022::spl_token_2022};

    /// The names that a program's own enumeration has, until it knows no more.
    fn names<T: TryFrom<u32, Error = ProgramError> + fmt::Debug>() -> Vec<String> {
        (0..200).map_while(|code| T::try_from(code).ok()).map(|error| format!("{error:?}")).collect()
    }

    fn known(program: Pubkey) -> Vec<String> {
        (0..200).map_while(|code| Foreign::of(&program.to_string(), code)).map(|error| error.name.to_owned()).collect()
    }

    #[test]
    fn names_are_those_of_the_programs() {
        assert_eq!(known(anchor_spl::token::ID), names::<spl_token::error::TokenError>());
        assert_eq!(known(anchor_spl::token_2022::ID), names::<spl_token_2022::error::TokenError>());
        assert_eq!(known(anchor_lang::system_program::ID).len(), 9);
        assert_eq!(Foreign::of(&crate::address::PROGRAM.to_string(), 0), None);
    }
}
