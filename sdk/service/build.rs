//! Writes what the service needs of each event, from the program's interface description: its name, its bytes, and the addresses that it names. The compiler checks it
//! against the program's own types.

use serde_json::Value;
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

const DESCRIPTION: &str = "../idl/evergreen.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DESCRIPTION}");
    println!("cargo::rerun-if-changed=build.rs");
    let idl: Value = serde_json::from_str(&fs::read_to_string(DESCRIPTION)?)?;
    let types = idl["types"].as_array().ok_or("no types")?;
    let (mut names, mut bytes, mut keys) = (String::new(), String::new(), String::new());
    for event in idl["events"].as_array().ok_or("no events")? {
        let name = event["name"].as_str().ok_or("an event without name")?;
        let of = types.iter().find(|one| one["name"] == name).ok_or("an event without type")?;
        let mut named = String::new();
        for field in of["type"]["fields"].as_array().ok_or("an event without fields")? {
            let field_name = field["name"].as_str().ok_or("a field without name")?;
            if field["type"] == "pubkey" {
                write!(named, "Some(e.{field_name}), ")?;
            } else if field["type"]["option"] == "pubkey" {
                write!(named, "e.{field_name}, ")?;
            }
        }
        writeln!(names, "Event::{name}(_) => {name:?},")?;
        writeln!(bytes, "Event::{name}(e) => anchor_lang::Event::data(e),")?;
        let event = if named.is_empty() { "_" } else { "e" };
        writeln!(keys, "Event::{name}({event}) => vec![{named}],")?;
    }
    let text = format!(
        "/// Returns the name of an event.\npub const fn name(event: &Event) -> &'static str {{ match event {{ {names} }} }}\n\
         /// Returns its bytes, as they stand in the log.\npub fn bytes(event: &Event) -> Vec<u8> {{ match event {{ {bytes} }} }}\n\
         /// Returns the addresses that it names; the default key stands for nobody.\n\
         fn named(event: &Event) -> Vec<Option<Pubkey>> {{ match event {{ {keys} }} }}\n"
    );
    fs::write(Path::new(&env::var("OUT_DIR")?).join("events.rs"), text)?;
    Ok(())
}
