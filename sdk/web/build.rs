//! Writes how each type of the program is told in JSON, from the program's interface description. Names and kinds of fields are those of the
//! description; the compiler checks them against the program's own types.

use serde_json::Value;
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Types that are in no public module. Their fields are told where they are.
const UNNAMED: [&str; 1] = ["EarlierEstimate"];
const DESCRIPTION: &str = "../idl/evergreen.json";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={DESCRIPTION}");
    println!("cargo::rerun-if-changed=build.rs");
    let idl: Value = serde_json::from_str(&fs::read_to_string(DESCRIPTION)?)?;
    let mut text = String::new();
    let types = list(&idl["types"]);
    for one in types {
        implement(&mut text, one, types)?;
    }
    let names = |key: &str| list(&idl[key]).iter().map(|one| word(&one["name"])).collect::<Result<Vec<_>>>();
    writeln!(text, "events! {{ {} }}", names("events")?.join(", "))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("types.rs"), text)?;
    Ok(())
}

/// Implements the bridge for one type. Bytes that only fill a layout are not told.
fn implement(text: &mut String, one: &Value, types: &[Value]) -> Result<()> {
    let (name, docs) = (word(&one["name"])?, docs(one));
    // A number as bytes, because the host aligns it otherwise; it has an implementation of its own.
    if name == "Bits128" || UNNAMED.contains(&name.as_str()) {
        return Ok(());
    }
    match word(&one["type"]["kind"])?.as_str() {
        "struct" => {
            writeln!(text, "told! {{ {docs:?}, {name} {{ {} }} }}", fields(&one["type"]["fields"], types)?)?;
        }
        "enum" => {
            let all = list(&one["type"]["variants"]);
            if all.iter().all(|variant| list(&variant["fields"]).is_empty()) {
                let words = all.iter().map(|variant| Ok(format!("{}: unit {{}};", word(&variant["name"])?)));
                let words = words.collect::<Result<Vec<_>>>()?;
                writeln!(text, "chosen! {{ {docs:?}, {name} {{ {} }} }}", words.join(" "))?;
            } else {
                writeln!(text, "{}", variants(&docs, &name, all)?)?;
            }
        }
        other => return Err(format!("type {name} is a {other}").into()),
    }
    Ok(())
}

/// Implements the bridge for an enum whose variants hold something: an object whose `kind` is the variant, with its fields or its `value`.
fn variants(docs: &str, name: &str, all: &[Value]) -> Result<String> {
    let (mut shapes, mut told) = (String::new(), String::new());
    for variant in all {
        let fields = list(&variant["fields"]);
        let variant = word(&variant["name"])?;
        let (mut pattern, mut shape, mut values) = (String::new(), String::new(), String::new());
        for field in fields {
            let named = field.get("name").is_some();
            let key = if named { word(&field["name"])? } else { "value".to_owned() };
            let of = rust_type(if named { &field["type"] } else { field })?;
            write!(pattern, "{key}, ")?;
            write!(shape, "; {{}}: {{}}")?;
            write!(values, "put(&mut all, {key:?}, {key}.tell()); ")?;
            write!(shapes, "let of_{key} = (camel({key:?}), {of}::declare(types)); ")?;
        }
        let pattern = match fields.first() {
            None => String::new(),
            Some(field) if field.get("name").is_some() => format!("{{ {pattern} }}"),
            Some(_) => format!("({pattern})"),
        };
        let keys: Vec<String> = fields
            .iter()
            .map(|field| field.get("name").and_then(Value::as_str).unwrap_or("value"))
            .flat_map(|key| [format!("of_{key}.0"), format!("of_{key}.1")])
            .collect();
        let keys = keys.iter().fold(String::new(), |all, key| format!("{all}, {key}"));
        if keys.is_empty() {
            write!(shapes, "all.push(\"{{ kind: \\\"{variant}\\\" }}\".to_owned()); ")?;
        } else {
            write!(shapes, "all.push(format!(\"{{{{ kind: \\\"{variant}\\\"{shape} }}}}\"{keys})); ")?;
        }
        write!(
            told,
            "Self::{variant}{pattern} => {{ put(&mut all, \"kind\", Value::from(\"{variant}\")); {values} }} "
        )?;
    }
    Ok(format!(
        "impl Tell for {name} {{
            fn declare(types: &mut Declarations) -> String {{
                let mut all: Vec<String> = Vec::new();
                {shapes}
                let text = format!(\"{{}}export type {name} =\\n  | {{}};\\n\", comment({docs:?}, \"\"), all.join(\"\\n  | \"));
                if types.begin::<Self>({name:?}) {{
                    types.end({name:?}, text);
                }}
                {name:?}.to_owned()
            }}

            fn tell(&self) -> Value {{
                let mut all = serde_json::Map::new();
                match self {{ {told} }}
                all.into()
            }}
        }}"
    ))
}

fn rust_type(of: &Value) -> Result<String> {
    match of.as_str() {
        Some("pubkey") => Ok("Pubkey".to_owned()),
        Some(plain) => Ok(plain.to_owned()),
        None => word(&of["defined"]["name"]),
    }
}

fn fields(all: &Value, types: &[Value]) -> Result<String> {
    let mut text = String::new();
    for field in list(all) {
        let name = word(&field["name"])?;
        if name.starts_with("padding") || name.starts_with("reserved") && field["type"].get("array").is_some() {
            continue;
        }
        let kind = match field["type"]["defined"]["name"].as_str() {
            Some(of) if UNNAMED.contains(&of) => {
                let inner = types.iter().find(|one| one["name"] == of).ok_or("a type is missing in the description")?;
                format!("{{ {} }}", fields(&inner["type"]["fields"], types)?)
            }
            _ if field["type"]["array"].get(0).is_some_and(|of| of == "u8") => "bytes".to_owned(),
            _ => "plain".to_owned(),
        };
        write!(text, "{:?} {name}: {kind}, ", docs(field))?;
    }
    Ok(text)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> Result<String> {
    Ok(value.as_str().ok_or("a name is missing in the description")?.to_owned())
}

fn docs(of: &Value) -> String {
    list(&of["docs"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}
