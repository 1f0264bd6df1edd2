//! Arguments that name a value of the client library.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use evergreen_sdk::{presets::Asset, price::PythGeneration};

const fn about(asset: Asset) -> &'static str {
    match asset {
        Asset::Btc => "Bitcoin",
        Asset::Eth => "Ether",
    }
}

/// Reads `btc` or `eth`.
pub fn asset() -> impl TypedValueParser<Value = Asset> {
    let names = [(Asset::Btc, "btc"), (Asset::Eth, "eth")];
    let values = names.map(|(asset, name)| PossibleValue::new(name).help(about(asset)));
    PossibleValuesParser::new(values).try_map(|name| name.parse())
}

/// Reads `BTC` or `ETH`, as tables write them.
pub fn symbol() -> impl TypedValueParser<Value = Asset> {
    let values = Asset::ALL.map(|asset| PossibleValue::new(asset.name()).help(about(asset)));
    PossibleValuesParser::new(values).try_map(|name| name.parse())
}

/// Reads `upgraded` or `previous`.
pub fn generation() -> impl TypedValueParser<Value = PythGeneration> {
    let values = PythGeneration::ALL.map(|generation| {
        let value = PossibleValue::new(generation.name());
        value.help(match generation {
            PythGeneration::Upgraded => "The upgraded one",
            PythGeneration::Previous => "The previous one",
        })
    });
    PossibleValuesParser::new(values).try_map(|name| name.parse())
}
