//! The ways to lie.

use serde_json::{Value, json};

/// A way to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lie {
    /// An answer of some seconds ago, from a node that lags.
    Lag,
    /// A node that knows no status without its history.
    Forget,
    /// A node that is 200 blocks ahead of all others.
    Ahead,
    /// A failure that was processed, and vanishes.
    FailureVanishes,
    /// A success that was processed, and vanishes.
    SuccessVanishes,
    /// A transaction that is in lists and that the node does not know.
    Missing,
    /// A list that lacks its newest entries, or its end.
    Short,
    /// Status 429, and come again in two minutes.
    Limit,
    /// Status 200, and the limit in the body.
    LimitInside,
    /// A socket that says nothing and stays open.
    Silence,
    /// The answer of another request.
    Other,
    /// A blockhash that is not found.
    Blockhash,
    /// A transaction that is sent twice.
    Twice,
    /// A transaction that is sent seconds after the answer.
    Late,
    /// A transaction that is answered and never sent.
    Lost,
    /// A connection that is closed in the place of an answer.
    Closed,
    /// Status 502 and a page for people.
    Gateway,
    /// Half an answer.
    Half,
    /// A node that says that it is behind.
    Behind,
    /// A record of a version that is not supported.
    Version,
    /// A node that keeps no history.
    NoHistory,
    /// A blockhash that is no longer valid.
    Invalid,
    /// A node that makes no blocks any more.
    Stands,
    /// A transaction that has already been processed, and is not sent.
    Already,
    /// A list that lacks entries in its middle.
    Hole,
    /// A list in which an entry stands twice.
    Doubled,
    /// A list that is not in the order of the chain.
    Unordered,
    /// A list that begins with the newest entry, whatever it was asked for.
    Anew,
    /// A list that is empty.
    Empty,
    /// A list in which something that succeeded has failed.
    Failed,
    /// A record without its log.
    NoLog,
    /// A record whose log ends early, and does not say so.
    CutLog,
    /// The record of another transaction.
    OtherRecord,
    /// All accounts of the program but some.
    Partial,
    /// An account that is said not to exist.
    Absent,
}

impl Lie {
    /// All about transactions that are sent.
    pub const ALL: [Self; 24] = [
        Self::Lag,
        Self::Forget,
        Self::Ahead,
        Self::FailureVanishes,
        Self::SuccessVanishes,
        Self::Missing,
        Self::Short,
        Self::Limit,
        Self::LimitInside,
        Self::Silence,
        Self::Other,
        Self::Blockhash,
        Self::Twice,
        Self::Late,
        Self::Lost,
        Self::Closed,
        Self::Gateway,
        Self::Half,
        Self::Behind,
        Self::Version,
        Self::NoHistory,
        Self::Invalid,
        Self::Stands,
        Self::Already,
    ];

    /// All about what is read.
    pub const READING: [Self; 23] = [
        Self::Lag,
        Self::Missing,
        Self::Short,
        Self::Limit,
        Self::LimitInside,
        Self::Other,
        Self::Closed,
        Self::Gateway,
        Self::Half,
        Self::Behind,
        Self::Version,
        Self::NoHistory,
        Self::Hole,
        Self::Doubled,
        Self::Unordered,
        Self::Anew,
        Self::Empty,
        Self::Failed,
        Self::NoLog,
        Self::CutLog,
        Self::OtherRecord,
        Self::Partial,
        Self::Absent,
    ];

    /// Whether it can be told about a request.
    pub(super) fn fits(self, method: &str) -> bool {
        match self {
            Self::Lag => !matches!(method, "sendTransaction" | "simulateTransaction"),
            Self::Forget | Self::FailureVanishes | Self::SuccessVanishes => method == "getSignatureStatuses",
            Self::NoHistory => matches!(method, "getSignatureStatuses" | "getTransaction" | "getSignaturesForAddress"),
            Self::Ahead | Self::Stands => method == "getEpochInfo",
            Self::Invalid => method == "isBlockhashValid",
            Self::Missing | Self::Version | Self::NoLog | Self::CutLog | Self::OtherRecord => {
                method == "getTransaction"
            }
            Self::Short | Self::Hole | Self::Doubled | Self::Unordered | Self::Anew | Self::Empty | Self::Failed => {
                method == "getSignaturesForAddress"
            }
            Self::Partial => method == "getProgramAccounts",
            Self::Absent => matches!(method, "getMultipleAccounts" | "getAccountInfo"),
            Self::Limit | Self::LimitInside | Self::Silence | Self::Other => true,
            Self::Closed | Self::Gateway | Self::Half | Self::Behind => true,
            Self::Blockhash => matches!(method, "sendTransaction" | "simulateTransaction"),
            Self::Twice | Self::Late | Self::Lost | Self::Already => method == "sendTransaction",
        }
    }
}

/// The truth, changed by a lie; `None` where it stays as it is.
pub(super) fn twisted(lie: Lie, number: u64, asked: &Value, truth: &Value) -> Option<Value> {
    let mut said = truth.clone();
    let result = said.get_mut("result")?;
    let slot = result["context"]["slot"].as_u64().unwrap_or_default();
    match lie {
        Lie::Forget if asked["params"][1]["searchTransactionHistory"] != true => {
            result["value"].as_array_mut()?.iter_mut().for_each(|status| *status = Value::Null);
        }
        Lie::FailureVanishes | Lie::SuccessVanishes => {
            let error = match lie {
                Lie::SuccessVanishes => Value::Null,
                _ => json!({"InstructionError": [2, {"Custom": 1}]}),
            };
            let kind = if error.is_null() { json!({"Ok": null}) } else { json!({"Err": error}) };
            let processed = json!({
                "slot": slot, "confirmations": 0, "err": error, "status": kind, "confirmationStatus": "processed"
            });
            result["value"].as_array_mut()?.iter_mut().for_each(|status| *status = processed.clone());
        }
        Lie::Ahead => {
            let height = result["blockHeight"].as_u64()?;
            result["blockHeight"] = (height + 200).into();
            if number.is_multiple_of(2) {
                result["absoluteSlot"] = (result["absoluteSlot"].as_u64()? + 200).into();
            }
        }
        Lie::Missing => *result = Value::Null,
        Lie::Invalid => result["value"] = false.into(),
        Lie::Short => {
            let list = result.as_array_mut()?;
            let left = list.len() / 2;
            // A node that lags lacks the newest ones; of those before one that it knows it only cuts the end off.
            let lags = number.is_multiple_of(2) && asked["params"][1]["before"].is_null();
            if lags { drop(list.drain(..list.len() - left)) } else { list.truncate(left) }
        }
        Lie::Hole | Lie::Doubled | Lie::Unordered | Lie::Failed => {
            let list = result.as_array_mut()?;
            let place = 1 + number as usize % list.len().checked_sub(2).filter(|inner| *inner > 0)?;
            match lie {
                Lie::Hole => drop(list.drain(place..=place + (number as usize / 7 % (list.len() - 1 - place)))),
                Lie::Doubled => list.insert(place, list[place - 1].clone()),
                Lie::Unordered => list.swap(place - 1, place + 1),
                _ => list[place]["err"] = json!({"InstructionError": [0, {"Custom": 1}]}),
            }
        }
        Lie::Empty => result.as_array_mut()?.clear(),
        Lie::NoLog => result["meta"]["logMessages"] = Value::Null,
        Lie::CutLog => {
            let log = result["meta"]["logMessages"].as_array_mut()?;
            log.truncate(log.len() / 2);
        }
        Lie::Partial => {
            let list = if result.is_array() { result.as_array_mut()? } else { result["value"].as_array_mut()? };
            let place = number as usize % list.len().max(1);
            list.truncate(place);
        }
        Lie::Absent if result["value"].is_array() => {
            let list = result["value"].as_array_mut()?;
            let place = number as usize % list.len().max(1);
            *list.get_mut(place)? = Value::Null;
        }
        Lie::Absent => result["value"] = Value::Null,
        Lie::Blockhash => {
            result["value"]["err"] = json!("BlockhashNotFound");
            result["value"]["logs"] = json!([]);
        }
        _ => return None,
    }
    Some(said)
}
