//! What crosses the bridge: values as JSON, and their types as TypeScript.
//!
//! A number of more than 32 bits crosses as decimal text, because JavaScript's numbers are exact to 2^53 only. Keys are base58, bytes are
//! base64 where they are an account or an instruction, and hexadecimal where they are a field.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::types::Bits128,
    math::{Dollars, Ratio},
};
use serde_json::{Map, Value, json};

pub use crate::declare::{Declarations, comment};

/// Something that is told across the bridge.
pub trait Tell {
    /// Returns the name of the type in TypeScript, and adds its declaration unless it is there.
    fn declare(types: &mut Declarations) -> String;

    /// Returns the value as JSON.
    fn tell(&self) -> Value;
}

/// Something that is asked for across the bridge.
pub trait Take: Sized {
    /// Reads the value. The error says what was expected, in words.
    ///
    /// # Errors
    /// Where the JSON is no such value.
    fn take(value: &Value) -> Result<Self, String>;
}

macro_rules! numbers {
    ($($type:ident),*) => {$(
        impl Tell for $type {
            fn declare(_: &mut Declarations) -> String {
                "number".into()
            }

            fn tell(&self) -> Value {
                json!(self)
            }
        }

        impl Take for $type {
            fn take(value: &Value) -> Result<Self, String> {
                let wide = value.as_i64().ok_or_else(|| format!("{value} is not a whole number"))?;
                wide.try_into().map_err(|_| format!("{wide} is not from {} to {}", Self::MIN, Self::MAX))
            }
        }
    )*};
}

macro_rules! wide_numbers {
    ($($type:ident),*) => {$(
        impl Tell for $type {
            fn declare(_: &mut Declarations) -> String {
                "Int".into()
            }

            fn tell(&self) -> Value {
                Value::from(self.to_string())
            }
        }

        impl Take for $type {
            fn take(value: &Value) -> Result<Self, String> {
                let text = value.as_str().ok_or_else(|| format!("{value} is not a whole number as text"))?;
                text.parse().map_err(|_| format!("`{text}` is not a whole number from {} to {}", Self::MIN, Self::MAX))
            }
        }
    )*};
}

numbers!(u8, u16, u32, i16, i32);
wide_numbers!(u64, i64, i128);

impl Tell for bool {
    fn declare(_: &mut Declarations) -> String {
        "boolean".into()
    }

    fn tell(&self) -> Value {
        Value::from(*self)
    }
}

impl Take for bool {
    fn take(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| format!("{value} is neither true nor false"))
    }
}

impl Tell for String {
    fn declare(_: &mut Declarations) -> String {
        "string".into()
    }

    fn tell(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Take for String {
    fn take(value: &Value) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("{value} is no text"))
    }
}

impl Tell for Decimal {
    fn declare(_: &mut Declarations) -> String {
        "DecimalText".into()
    }

    fn tell(&self) -> Value {
        Value::from(self.normalize().to_string())
    }
}

impl Take for Decimal {
    fn take(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| format!("{value} is no decimal number as text"))?;
        // Nothing is rounded without being told.
        Self::from_str_exact(text).map_err(|_| format!("`{text}` is no decimal number of at most 28 digits"))
    }
}

impl Tell for Pubkey {
    fn declare(_: &mut Declarations) -> String {
        "Key".into()
    }

    fn tell(&self) -> Value {
        Value::from(self.to_string())
    }
}

impl Take for Pubkey {
    fn take(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| format!("{value} is no address"))?;
        text.parse().map_err(|_| format!("`{text}` is no address"))
    }
}

impl<T: Tell> Tell for Option<T> {
    fn declare(types: &mut Declarations) -> String {
        format!("{} | null", T::declare(types))
    }

    fn tell(&self) -> Value {
        self.as_ref().map_or(Value::Null, Tell::tell)
    }
}

impl<T: Take> Take for Option<T> {
    fn take(value: &Value) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::take(value).map(Some) }
    }
}

impl<T: Tell> Tell for Vec<T> {
    fn declare(types: &mut Declarations) -> String {
        list_of(&T::declare(types))
    }

    fn tell(&self) -> Value {
        self.iter().map(Tell::tell).collect()
    }
}

impl<T: Take> Take for Vec<T> {
    fn take(value: &Value) -> Result<Self, String> {
        let all = value.as_array().ok_or_else(|| format!("{value} is no list"))?;
        all.iter().enumerate().map(|(place, one)| T::take(one).map_err(|why| format!("[{place}]: {why}"))).collect()
    }
}

impl<T: Tell, const N: usize> Tell for [T; N] {
    fn declare(types: &mut Declarations) -> String {
        list_of(&T::declare(types))
    }

    fn tell(&self) -> Value {
        self.iter().map(Tell::tell).collect()
    }
}

impl<T: Take, const N: usize> Take for [T; N] {
    fn take(value: &Value) -> Result<Self, String> {
        let all = Vec::<T>::take(value)?;
        let found = all.len();
        all.try_into().map_err(|_| format!("{found} values, expected {N}"))
    }
}

fn list_of(one: &str) -> String {
    if one.contains(' ') { format!("({one})[]") } else { format!("{one}[]") }
}

/// Bytes of an account or an instruction; base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Tell for Bytes {
    fn declare(_: &mut Declarations) -> String {
        "Base64".into()
    }

    fn tell(&self) -> Value {
        Value::from(STANDARD.encode(&self.0))
    }
}

impl Take for Bytes {
    fn take(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| format!("{value} is no base64"))?;
        STANDARD.decode(text).map(Self).map_err(|why| format!("no base64: {why}"))
    }
}

/// Bytes of a field, such as the id of a price feed; hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> Tell for Hex<N> {
    fn declare(_: &mut Declarations) -> String {
        "Hex".into()
    }

    fn tell(&self) -> Value {
        Value::from(hex::encode(self.0))
    }
}

impl<const N: usize> Take for Hex<N> {
    fn take(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| format!("{value} is no hexadecimal text"))?;
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).map_err(|why| format!("`{text}` is no {N} bytes: {why}"))?;
        Ok(Self(bytes))
    }
}

impl Tell for Bits128 {
    fn declare(_: &mut Declarations) -> String {
        "Fixed".into()
    }

    fn tell(&self) -> Value {
        fixed(self.get())
    }
}

impl Tell for Dollars {
    fn declare(_: &mut Declarations) -> String {
        "Fixed".into()
    }

    fn tell(&self) -> Value {
        fixed(self.to_bits())
    }
}

impl Tell for Ratio {
    fn declare(_: &mut Declarations) -> String {
        "Fixed".into()
    }

    fn tell(&self) -> Value {
        fixed(self.to_bits())
    }
}

impl Take for Dollars {
    fn take(value: &Value) -> Result<Self, String> {
        i128::take(&value["bits"]).map(Self::from_bits)
    }
}

impl Take for Ratio {
    fn take(value: &Value) -> Result<Self, String> {
        i128::take(&value["bits"]).map(Self::from_bits)
    }
}

/// A number in 64.64 fixed point: its bits, and all of its decimals.
fn fixed(bits: i128) -> Value {
    json!({ "bits": bits.to_string(), "decimal": decimal(bits) })
}

/// Returns all decimals of a number in 64.64 fixed point; no digit is rounded.
fn decimal(bits: i128) -> String {
    const FRACTION: u128 = (1 << 64) - 1;
    let size = bits.unsigned_abs();
    let mut text = format!("{}{}", if bits < 0 { "-" } else { "" }, size >> 64);
    let mut rest = size & FRACTION;
    if rest == 0 {
        return text;
    }
    text.push('.');
    while rest > 0 {
        // Nineteen digits at a time, the most that fit: what is above the binary point.
        rest *= 10u128.pow(19);
        text += &format!("{:019}", rest >> 64);
        rest &= FRACTION;
    }
    text.truncate(text.trim_end_matches('0').len());
    text
}

/// Tells a field of an object. It is compiled once, because hundreds of fields call it.
#[inline(never)]
pub fn put(all: &mut Map<String, Value>, name: &str, told: Value) {
    all.insert(camel(name), told);
}

/// Takes a field of an object; one that is missing is null.
///
/// # Errors
/// Where it is no such value; the error names the field.
#[inline(never)]
pub fn field<T: Take>(of: &Value, name: &str) -> Result<T, String> {
    let name = camel(name);
    T::take(of.get(&name).unwrap_or(&Value::Null)).map_err(|why| format!("{name}: {why}"))
}

/// Returns a field's name in TypeScript: `min_net` is `minNet`.
pub fn camel(name: &str) -> String {
    let mut up = false;
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '_' => up = true,
            _ if up => {
                text.push(letter.to_ascii_uppercase());
                up = false;
            }
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests;
