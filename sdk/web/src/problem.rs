//! Why there is no answer.

use crate::value::{Declarations, Take, Tell};
use evergreen_sdk::{
    accounts::DecodeError,
    anchor_lang::prelude::Pubkey,
    failure::{Cause, Refusal},
    plan::PlanError,
    quote::QuoteError,
    strategy::StrategyError,
};
use serde_json::{Value, json};

/// Reason why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The program would refuse it.
    Refused(Box<Refusal>),
    /// The price of this underlying is needed.
    NoPrice(Pubkey),
    /// The question itself is wrong; in words.
    Question(String),
}

/// Answer of a call.
pub type Answer<T> = Result<T, Problem>;

impl From<QuoteError> for Problem {
    fn from(error: QuoteError) -> Self {
        match error {
            QuoteError::Refused(refusal) => Self::Refused(refusal),
            QuoteError::NoPrice(underlying) => Self::NoPrice(underlying),
        }
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::Question(error.to_string())
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Quote(error) => error.into(),
            PlanError::Strategy(_) | PlanError::Price(_) => Self::Question(error.to_string()),
        }
    }
}

impl From<StrategyError> for Problem {
    fn from(error: StrategyError) -> Self {
        Self::Question(error.to_string())
    }
}

impl Take for Problem {
    fn take(_: &Value) -> Result<Self, String> {
        Err("a problem is answered and never asked for".to_owned())
    }
}

impl From<String> for Problem {
    fn from(why: String) -> Self {
        Self::Question(why)
    }
}

impl Tell for Problem {
    fn declare(types: &mut Declarations) -> String {
        let text = "\
/** Why a call has no answer. */
export type Problem =
  /** The program would refuse it: its name of the error, its number, its message, and the two numbers that it compared. */
  | { kind: \"Refused\"; name: string; code: number; message: string; compared: string | null }
  /** The price of this underlying is needed. */
  | { kind: \"NoPrice\"; underlying: Key }
  /** The question itself is wrong. */
  | { kind: \"Question\"; message: string };
";
        if types.begin::<Self>("Problem") {
            types.end("Problem", text.to_owned());
        }
        "Problem".to_owned()
    }

    fn tell(&self) -> Value {
        match self {
            Self::Refused(refusal) => {
                let (name, message) = match &refusal.cause {
                    Cause::Evergreen { name, message } | Cause::Anchor { name, message, .. } => {
                        (name.clone(), message.clone())
                    }
                    Cause::Foreign { .. } => {
                        ("Foreign".to_owned(), format!("error {} of another program", refusal.code))
                    }
                };
                let Refusal { code, compared, .. } = &**refusal;
                json!({ "kind": "Refused", "name": name, "code": code, "message": message, "compared": compared })
            }
            Self::NoPrice(underlying) => json!({ "kind": "NoPrice", "underlying": underlying.tell() }),
            Self::Question(message) => json!({ "kind": "Question", "message": message }),
        }
    }
}
