//! The error of a failed transaction as a type: the program's own cause, with the numbers it compared.

mod foreign;

pub use foreign::Foreign;

use anchor_lang::error::{ComparedValues, ERROR_CODE_OFFSET, Error, ErrorCode};
use core::fmt;
use evergreen::errors::EvergreenError;

/// Meaning of an error code that a program returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An error of this protocol.
    Evergreen {
        /// Name of the error, for instance `ReserveLimit`.
        name: String,
        /// Message of the error.
        message: String,
    },
    /// A check of Anchor's, for instance that an account is owned by the program.
    Anchor {
        /// Name of the error, for instance `ConstraintHasOne`.
        name: String,
        /// Message of the error.
        message: String,
        /// Name of the account that failed the check, if Anchor names it.
        account: Option<String>,
    },
    /// An error of another program, such as a token program.
    Foreign {
        /// The program, if the log names it.
        program: Option<String>,
        /// What its number means, if that is known.
        known: Option<Foreign>,
    },
}

/// Reason why a program refused an instruction.
///
/// ```
/// use evergreen_sdk::{address::PROGRAM, evergreen::errors::EvergreenError, failure::Refusal};
///
/// let code = u32::from(EvergreenError::LimitExceeded);
/// let logs = [
///     format!("Program {PROGRAM} invoke [1]"),
///     "Program log: Instruction: Trade".into(),
///     "Program log: net -976845436, limit -900000000".into(),
///     format!("Program log: AnchorError thrown in trading.rs:93. Error Code: LimitExceeded. Error Number: {code}. Error Message: x."),
///     format!("Program {PROGRAM} failed: custom program error: {code:#x}"),
/// ];
/// let refusal = Refusal::from_logs(None, &logs).unwrap();
/// assert!(refusal.is("LimitExceeded"));
/// assert_eq!(refusal.compared.as_deref(), Some("net -976845436, limit -900000000"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Error code that the program returned.
    pub code: u32,
    /// Index of the instruction in the transaction, from zero, if known.
    pub instruction: Option<u8>,
    /// Meaning of the error code.
    pub cause: Cause,
    /// The two numbers that the program compared, as it logged them.
    pub compared: Option<String>,
}

/// Returns the protocol's error of a code; `None` for a code that the protocol does not use.
pub fn evergreen_error(code: u32) -> Option<EvergreenError> {
    let place = code.checked_sub(ERROR_CODE_OFFSET)?;
    bytemuck::checked::try_cast::<u32, EvergreenError>(place).ok()
}

impl Refusal {
    /// Returns the refusal of a code alone, without logs. The code is taken for the protocol's where the protocol has such a code.
    pub fn from_code(code: u32) -> Self {
        let cause = match evergreen_error(code) {
            Some(error) => Cause::Evergreen { name: error.name(), message: error.to_string() },
            None => Cause::Foreign { program: None, known: None },
        };
        Self { code, instruction: None, cause, compared: None }
    }

    /// Reads the log of a failed transaction, with the code if the network gave one. The innermost program that failed
    /// decides what the code means. Returns `None` when no program returned an error code.
    pub fn from_logs<S: AsRef<str>>(code: Option<u32>, logs: &[S]) -> Option<Self> {
        let mut callers: Vec<&str> = Vec::new();
        let mut last_words: Option<&str> = None;
        let mut anchor: Option<AnchorLine<'_>> = None;
        let mut lacking: Option<&str> = None;
        for line in logs.iter().map(AsRef::as_ref) {
            if let Some(text) = line.strip_prefix("Program log: ") {
                match AnchorLine::parse(text) {
                    Some(found) => anchor = Some(AnchorLine { compared: last_words, ..found }),
                    None if text.starts_with("Instruction: ") => last_words = None,
                    // What the protocol compared comes before Anchor's line; what Anchor's own checks compared comes after it.
                    None if anchor.is_none() => last_words = Some(text),
                    None => {}
                }
                continue;
            }
            let mut words = line.split(' ');
            if words.next() != Some("Program") {
                // The system program says what was missing without naming itself.
                lacking = line.strip_prefix("Transfer: ").filter(|words| words.contains("lamports")).or(lacking);
                continue;
            }
            match (words.next(), words.next()) {
                (Some(name), Some("invoke")) => {
                    callers.push(name);
                    last_words = None;
                }
                (Some(_), Some("success")) => {
                    callers.pop();
                    last_words = None;
                }
                (Some(name), Some("failed:")) => {
                    let logged = line.rsplit_once("custom program error: 0x");
                    let logged = logged.and_then(|(_, hex)| u32::from_str_radix(hex, 16).ok());
                    let code = logged.or(code)?;
                    let refusal = Self::of(code, name, anchor);
                    let own = refusal.compared.clone();
                    return Some(Self { compared: own.or_else(|| lacking.map(str::to_owned)), ..refusal });
                }
                _ => {}
            }
        }
        code.map(Self::from_code)
    }

    fn of(code: u32, program: &str, anchor: Option<AnchorLine<'_>>) -> Self {
        let compared = anchor.as_ref().and_then(|a| a.compared).map(str::to_owned);
        let own = program == crate::address::PROGRAM.to_string();
        let cause = match (evergreen_error(code), anchor) {
            // The program that refused says itself what it means: one of another version counts its errors otherwise.
            (_, Some(line)) if own && code >= ERROR_CODE_OFFSET => {
                Cause::Evergreen { name: line.name.to_owned(), message: line.message.to_owned() }
            }
            (Some(error), _) if own => Cause::Evergreen { name: error.name(), message: error.to_string() },
            (_, Some(line)) => Cause::Anchor {
                name: line.name.to_owned(),
                message: line.message.to_owned(),
                account: line.account.map(str::to_owned),
            },
            _ => Cause::Foreign { program: Some(program.to_owned()), known: Foreign::of(program, code) },
        };
        Self { code, instruction: None, cause, compared }
    }

    /// Converts an error that the program's code returned on the host, where quotes are made.
    pub fn from_error(error: &Error) -> Self {
        match error {
            Error::AnchorError(anchor) => {
                let compared = match &anchor.compared_values {
                    Some(ComparedValues::Values((words, _))) if !words.is_empty() => Some(words.clone()),
                    _ => None,
                };
                Self { compared, ..Self::from_code(anchor.error_code_number) }
            }
            Error::ProgramError(program) => {
                let code = u64::from(program.program_error.clone());
                Self::from_code(u32::try_from(code).unwrap_or(u32::MAX))
            }
        }
    }

    /// Returns the same refusal with the index of its instruction.
    pub fn at(mut self, instruction: u8) -> Self {
        self.instruction = Some(instruction);
        self
    }

    /// Returns the protocol's error, if the cause is one; `None` also where the program is of another version, whose log gives the code another name.
    pub fn evergreen(&self) -> Option<EvergreenError> {
        match &self.cause {
            Cause::Evergreen { name, .. } => evergreen_error(self.code).filter(|error| error.name() == *name),
            _ => None,
        }
    }

    /// Tells whether the cause is an error of the protocol or of Anchor with this name.
    pub fn is(&self, name: &str) -> bool {
        match &self.cause {
            Cause::Evergreen { name: known, .. } | Cause::Anchor { name: known, .. } => known == name,
            Cause::Foreign { .. } => false,
        }
    }

    /// Tells whether this is the name of the cause, in the way of [`Self::is`] or, of another program, of [`Foreign::full_name`].
    pub fn is_named(&self, name: &str) -> bool {
        self.is(name) || matches!(&self.cause, Cause::Foreign { known: Some(known), .. } if known.full_name() == name)
    }

    /// Tells whether sending the same instructions again later may help: prices change and time passes.
    pub fn is_passing(&self) -> bool {
        const PASSING: [&str; 6] = [
            "PriceStale",
            "PriceUnconfirmed",
            "PriceNotEarlier",
            "PriceFromFuture",
            "PriceUncertain",
            "SampleTooEarly",
        ];
        PASSING.iter().any(|name| self.is(name))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Evergreen { name, message } => write!(f, "{message} ({name})")?,
            Cause::Anchor { name, message, account: None } => write!(f, "{message} ({name})")?,
            Cause::Anchor { name, message, account: Some(account) } => {
                write!(f, "account {account}: {message} ({name})")?;
            }
            Cause::Foreign { known: Some(known), .. } => write!(f, "{known}")?,
            Cause::Foreign { program: Some(program), .. } => write!(f, "error {} of program {program}", self.code)?,
            Cause::Foreign { program: None, .. } => write!(f, "error {} of a program", self.code)?,
        }
        if let Some(compared) = &self.compared {
            write!(f, ": {compared}")?;
        }
        match self.instruction {
            Some(place) => write!(f, ", in instruction {place}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// The line that Anchor logs about an error.
struct AnchorLine<'a> {
    name: &'a str,
    message: &'a str,
    account: Option<&'a str>,
    compared: Option<&'a str>,
}

impl<'a> AnchorLine<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("AnchorError ")?;
        let account = rest.strip_prefix("caused by account: ").and_then(|r| r.split('.').next());
        let (_, rest) = rest.split_once("Error Code: ")?;
        let (name, rest) = rest.split_once(". Error Number: ")?;
        let (_, message) = rest.split_once(". Error Message: ")?;
        Some(Self { name, message: message.trim_end_matches('.'), account, compared: None })
    }
}

/// Returns the code of an error of Anchor's own, for callers that match on numbers.
pub const fn anchor_code(error: ErrorCode) -> u32 {
    error as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "EVGfdd2g3ufUDV4z2Cguz6pV8PY5yQnA8msY3jFshkdJ";

    #[test]
    fn a_program_of_another_version_is_believed_about_its_errors() {
        let code = u32::from(EvergreenError::ReserveLimit);
        let logs = [
            format!("Program {OWN} invoke [1]"),
            "Program log: Instruction: TakeNumber".into(),
            "Program log: number 8, the next is 9".into(),
            format!(
                "Program log: AnchorError thrown in programs/evergreen/src/state/counter.rs:29. Error Code: WrongNumber. Error Number: {code}. Error Message: \
                 Number: is not the next one."
            ),
            format!("Program {OWN} failed: custom program error: {code:#x}"),
        ];
        let refusal = Refusal::from_logs(None, &logs).expect("a refusal");
        assert!(refusal.is("WrongNumber") && !refusal.is("ReserveLimit"), "{refusal}");
        assert_eq!(refusal.to_string(), "Number: is not the next one (WrongNumber): number 8, the next is 9");
        assert!(refusal.evergreen().is_none());
    }

    #[test]
    fn a_code_of_the_protocol_has_its_error() {
        let code = u32::from(EvergreenError::ReserveLimit);
        let refusal = Refusal::from_code(code);
        assert!(refusal.is("ReserveLimit") && refusal.evergreen().is_some());
        assert_eq!(evergreen_error(ERROR_CODE_OFFSET).map(|e| e.name()), Some("Overflow".into()));
        assert!(evergreen_error(ERROR_CODE_OFFSET - 1).is_none() && evergreen_error(u32::MAX).is_none());
        assert!(evergreen_error(ERROR_CODE_OFFSET + 5_000).is_none());
    }

    #[test]
    fn the_innermost_program_decides() {
        let logs = [
            format!("Program {OWN} invoke [1]"),
            "Program log: Instruction: DepositMargin".into(),
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA invoke [2]".into(),
            "Program log: Error: insufficient funds".into(),
            "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA failed: custom program error: 0x1".into(),
            format!("Program {OWN} failed: custom program error: 0x1"),
        ];
        let refusal = Refusal::from_logs(Some(1), &logs).unwrap();
        assert_eq!(refusal.code, 1);
        assert!(
            matches!(&refusal.cause, Cause::Foreign { program: Some(p), .. } if p.starts_with("Token")),
            "{refusal}"
        );
    }

    #[test]
    fn the_compared_numbers_are_in_the_line_before_anchors() {
        let logs = [
            format!("Program {OWN} invoke [1]"),
            "Program log: Instruction: Trade".into(),
            "Program log: reserves 800 above 640 of pool cash 800".into(),
            format!(
                "Program log: AnchorError thrown in programs/evergreen/src/state/pool.rs:320. Error Code: ReserveLimit. Error \
                 Number: {}. Error Message: Pool: reserves would exceed the share of pool cash allowed.",
                u32::from(EvergreenError::ReserveLimit)
            ),
            format!("Program {OWN} failed: custom program error: {:#x}", u32::from(EvergreenError::ReserveLimit)),
        ];
        let refusal = Refusal::from_logs(None, &logs).unwrap().at(2);
        assert_eq!(
            refusal.to_string(),
            "Pool: reserves would exceed the share of pool cash allowed (ReserveLimit): reserves 800 above 640 of pool cash 800, in \
             instruction 2"
        );
    }

    #[test]
    fn an_account_that_anchor_refuses_is_named() {
        let logs = [
            format!("Program {OWN} invoke [1]"),
            "Program log: Instruction: Trade".into(),
            "Program log: AnchorError caused by account: registry. Error Code: ConstraintHasOne. Error Number: 2001. Error \
             Message: A has one constraint was violated."
                .into(),
            "Program log: Left:".into(),
            format!("Program {OWN} failed: custom program error: 0x7d1"),
        ];
        let refusal = Refusal::from_logs(None, &logs).unwrap();
        assert!(refusal.is("ConstraintHasOne") && refusal.to_string().contains("account registry"), "{refusal}");
        assert_eq!(refusal.code, anchor_code(ErrorCode::ConstraintHasOne));
    }

    #[test]
    fn a_log_without_failure_is_none() {
        let logs = [format!("Program {OWN} invoke [1]"), format!("Program {OWN} success")];
        assert_eq!(Refusal::from_logs(None, &logs), None);
    }

    #[test]
    fn a_code_alone_does_not_say_whose_it_is() {
        let refusal = Refusal::from_code(1);
        assert_eq!(refusal.cause, Cause::Foreign { program: None, known: None });
        assert_eq!(refusal.to_string(), "error 1 of a program");
        assert!(refusal.evergreen().is_none() && !refusal.is("ReserveLimit"));
        let placed = Refusal::from_code(EvergreenError::ZeroAmount.into()).at(2);
        assert_eq!(placed.to_string(), "Amount is zero (ZeroAmount), in instruction 2");
        assert!(evergreen_error(anchor_code(ErrorCode::AccountNotInitialized)).is_none());
    }

    #[test]
    fn a_stale_price_passes_and_a_limit_does_not() {
        assert!(Refusal::from_code(EvergreenError::PriceStale.into()).is_passing());
        assert!(!Refusal::from_code(EvergreenError::ReserveLimit.into()).is_passing());
    }

    #[test]
    fn an_error_on_the_host_is_the_programs_own() {
        let error = evergreen::types::timelock::check(5).unwrap_err();
        let refusal = Refusal::from_error(&error);
        assert!(matches!(refusal.evergreen(), Some(EvergreenError::InvalidParameter)), "{refusal}");
    }
}
