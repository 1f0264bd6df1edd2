//! The client library behind a bridge of text.
//!
//! One call takes JSON and answers JSON ([`respond`]). Compiled to WebAssembly it runs in a page, where no JavaScript gets into it and it imports
//! nothing. There are two modules of it: one with everything, and a small one that a first visit fetches ([`respond_first`]). The process `evergreen-web` answers the same calls, one a line. The types of all calls are [`declarations`], in TypeScript.
//!
//! Nothing here computes: each call reads its question, asks the client library, and tells the answer.

#[macro_use]
mod record;

mod amounts;
mod calls;
mod curves;
mod declare;
mod history;
mod instructions;
mod keys;
mod market;
mod plans;
mod prices;
mod problem;
mod quotes;
mod trial;
mod types;
mod value;
mod views;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use calls::{declarations, respond, respond_first};
pub use views::Views;

use evergreen_sdk::events::Event;
use value::Tell;

/// Returns an event as the bridge tells it: the `ProgramEvent` of the package's types.
pub fn event(event: &Event) -> serde_json::Value {
    event.tell()
}
