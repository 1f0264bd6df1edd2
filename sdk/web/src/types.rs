//! The program's accounts, events and what they hold, across the bridge.

use crate::value::{Declarations, Tell, camel, comment};
use evergreen_sdk::{
    accounts::{self, DecodeError, Kind},
    anchor_lang::prelude::Pubkey,
    events::Event,
    evergreen::{TradeTerms, events::*, state::*},
};
use serde_json::Value;

/// Implements the bridge for all events at once: an object whose `kind` is the event's name.
macro_rules! events {
    ($($name:ident),*) => {
        impl Tell for Event {
            fn declare(types: &mut Declarations) -> String {
                let all = [$($name::declare(types)),*];
                declare_kinds(types, "ProgramEvent", "An event of the program.", &all)
            }

            fn tell(&self) -> Value {
                match self {
                    $(Self::$name(event) => of_kind(stringify!($name), event.tell()),)*
                }
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/types.rs"));

// The interface description leaves it out, because no instruction reads it by Anchor's own means.
told! { "Number of the next transfer of a key. It is never closed, so no number is ever taken twice.", Counter {
    "Layout version." version: plain,
    "Bump of this address." bump: plain,
    "Whose numbers these are." owner: plain,
    "Number of the next transfer." next_number: plain,
} }

taken! {
    SeriesId { slot, generation }
    OptionId { underlying, put, strike, tenor, cap_bps }
    OptionLeg { option, points }
    Leg { series, points }
    Trigger { underlying, above, price }
    OrderTerms { legs, min_net, trigger, reduce_only, expires_at, tip }
    TradeTerms { legs, closing, min_net }
    SeriesSpec { put, strike, tenor }
}

/// An account of the program.
pub struct Decoded(Kind, Value);

macro_rules! accounts {
    ($($decode:ident: $name:ident),*) => {
        impl Decoded {
            /// Decodes an account of any type.
            ///
            /// # Errors
            /// [`DecodeError`] where the bytes are no account of the program.
            pub fn of(data: &[u8]) -> Result<Self, DecodeError> {
                let kind = Kind::of(data).ok_or(DecodeError::Discriminator)?;
                let told = match kind {
                    $(Kind::$name => accounts::$decode(data)?.tell(),)*
                };
                Ok(Self(kind, told))
            }
        }

        impl Tell for Decoded {
            fn declare(types: &mut Declarations) -> String {
                let all = [$($name::declare(types)),*];
                declare_kinds(types, "ProgramAccount", "An account of the program.", &all)
            }

            fn tell(&self) -> Value {
                of_kind(match self.0 { $(Kind::$name => stringify!($name)),* }, self.1.clone())
            }
        }
    };
}

accounts! {
    protocol: Protocol, underlying: Underlying, pool: Pool, registry: SeriesRegistry, margin_account: MarginAccount,
    request: LiquidityRequest, retired: RetiredShares, proposal: Proposal, counter: Counter, order: Order
}

fn of_kind(kind: &str, mut told: Value) -> Value {
    if let Value::Object(fields) = &mut told {
        fields.insert("kind".to_owned(), Value::from(kind));
    }
    told
}

fn declare_kinds(types: &mut Declarations, name: &str, docs: &str, kinds: &[String]) -> String {
    let all: Vec<String> = kinds.iter().map(|kind| format!("({{ kind: \"{kind}\" }} & {kind})")).collect();
    let text = format!("{}export type {name} =\n  | {};\n", comment(docs, ""), all.join("\n  | "));
    types.insert(name.to_owned(), text);
    name.to_owned()
}
