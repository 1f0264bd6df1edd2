//! What `--json` says has the form that `docs/output.schema.json` tells: a JSON schema with one definition for each command.
//!
//! `EVERGREEN_WRITE_DOCUMENTS=1` writes the file anew: the form of everything that the guides produce. Without it every output has to fit: each value has a
//! type that is named, each object the properties that are named and all that are required. So no field changes its type, appears or goes without the file's
//! telling it.

use serde_json::{Map, Value, json};
use std::{fs, path::PathBuf, process::Output, sync::Mutex};

/// Objects whose keys are names of things.
const MAPS: [&str; 1] = ["done"];

fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../docs/output.schema.json"].iter().collect()
}

/// An amount of tokens, wherever one stands.
fn amount() -> Value {
    let number = json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"});
    let properties = json!({"native": number, "tokens": number, "dollars": number});
    json!({"type": "object", "properties": properties, "required": ["native", "tokens"], "additionalProperties": false})
}

/// A document of an error, on standard error with `--json`.
fn error() -> Value {
    let text = json!({"type": "string"});
    let amount = json!({"$ref": "#/$defs/amount"});
    let list = |of: &str| json!({"type": "array", "items": {"type": of}});
    let object = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let names = ["cash", "most_to_pay", "bond", "tip", "needed"];
    let takes: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), amount.clone())).collect();
    // What would be accepted in the place of what was refused: each only where it was computed.
    let fits = json!({
        "deposit": amount,
        "takes": object(Value::Object(takes), json!(names)),
        "sizes": list("string"),
        "points": list("integer"),
        "strikes": list("integer"),
        "tenors": list("string"),
        "most": amount,
        "min_net": amount,
    });
    let properties = json!({
        "error": text,
        "cause": text,
        "next": text,
        "fits": object(fits, json!([])),
        // What the command prints when it succeeds, as far as it was done.
        "receipt": {"type": "object"},
        "exit_code": {"type": "integer"},
    });
    object(properties, json!(["error", "exit_code"]))
}

fn is_amount(value: &Value) -> bool {
    value.get("native").is_some() && value.get("tokens").is_some()
}

/// Commands that are one word, or begin with words that only say where: what comes behind are arguments.
const SHORT: [&str; 14] = [
    "deposit",
    "withdraw",
    "fill",
    "close",
    "positions",
    "portfolio",
    "history",
    "chain",
    "doctor",
    "init",
    "app",
    "man",
    "trade",
    "serve",
];

/// The command of a line, without its arguments: what the schema has a definition for. Shapes of trades print the same document; a quote without a pool compares pools.
pub fn command(arguments: &str) -> String {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let word = |place: usize| words.get(place).copied().unwrap_or_default();
    let depth = match (word(0), word(1)) {
        ("quote", _) if !words.iter().any(|word| ["--pool", "-p"].contains(word)) => {
            return "quote, without --pool".into();
        }
        ("quote", _) => 1,
        ("localnet", "clock" | "price") | ("govern", "propose") => 3,
        ("localnet", option) if option.is_empty() || option.starts_with('-') => 1,
        (one, _) if SHORT.contains(&one) => 1,
        _ => 2,
    };
    words.into_iter().take(depth).collect::<Vec<_>>().join(" ")
}

/// The documents that a command has printed, each of the form that the schema tells.
pub fn printed(arguments: &str, output: &Output) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    let documents = documents.collect::<Result<Vec<Value>, _>>();
    let documents = documents.unwrap_or_else(|error| panic!("{arguments}: {error}: {output:?}"));
    check(arguments, &documents);
    documents
}

/// Whether the schema has a definition for a command.
pub fn has(name: &str) -> bool {
    read()["$defs"].get(name).is_some()
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The types that a schema takes.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A schema that takes a value and all that it has taken before.
fn widened(schema: &Value, name: &str, value: &Value) -> Value {
    if is_amount(value) {
        let reference = json!({"$ref": "#/$defs/amount"});
        return match types(schema).as_slice() {
            // It was absent somewhere.
            ["null"] => json!({"anyOf": [reference, {"type": "null"}]}),
            _ if schema["anyOf"].is_array() => schema.clone(),
            _ => reference,
        };
    }
    if schema["$ref"].is_string() {
        return json!({"anyOf": [schema, {"type": type_of(value)}]});
    }
    if schema["anyOf"].is_array() {
        return schema.clone();
    }
    let mut known = types(schema);
    let own = type_of(value);
    if !known.contains(&own) {
        known.push(own);
        known.sort_unstable();
    }
    let mut wider = schema.as_object().cloned().unwrap_or_default();
    wider.insert("type".into(), if known.len() == 1 { json!(known[0]) } else { json!(known) });
    match value {
        Value::Array(values) => {
            let before = schema.get("items").cloned().unwrap_or(Value::Null);
            let items = values.iter().fold(before, |items, value| widened(&items, name, value));
            if !items.is_null() {
                wider.insert("items".into(), items);
            }
        }
        Value::Object(fields) if MAPS.contains(&name) => {
            let before = schema.get("additionalProperties").cloned().unwrap_or(Value::Null);
            let all = fields.values().fold(before, |all, value| widened(&all, "", value));
            wider.insert("additionalProperties".into(), if all.is_null() { json!(true) } else { all });
        }
        Value::Object(fields) => {
            let mut properties = schema["properties"].as_object().cloned().unwrap_or_default();
            for (name, value) in fields {
                let before = properties.get(name).cloned().unwrap_or(Value::Null);
                properties.insert(name.clone(), widened(&before, name, value));
            }
            let is_required = |name: &String| match schema["required"].as_array() {
                Some(before) => before.iter().any(|known| known == name),
                None => true,
            };
            let required: Vec<&String> = fields.keys().filter(|name| is_required(name)).collect();
            wider.insert("required".into(), json!(required));
            wider.insert("properties".into(), Value::Object(properties));
            wider.insert("additionalProperties".into(), json!(false));
        }
        _ => {}
    }
    Value::Object(wider)
}

/// What does not fit, if something does not.
fn fault(defs: &Value, schema: &Value, place: &str, value: &Value) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        return fault(defs, &defs[name], place, value);
    }
    if let Some(several) = schema["anyOf"].as_array() {
        let fits = several.iter().any(|schema| fault(defs, schema, place, value).is_none());
        return (!fits).then(|| format!("{place} is {value}"));
    }
    if !types(schema).contains(&type_of(value)) {
        return Some(format!("{place} is {value}, and no {:?}", types(schema)));
    }
    match value {
        Value::Array(values) => {
            values.iter().find_map(|value| fault(defs, &schema["items"], &format!("{place}[]"), value))
        }
        Value::Object(fields) => {
            let missing = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            if let Some(name) = missing.into_iter().find(|name| !fields.contains_key(*name)) {
                return Some(format!("{place}.{name} is missing"));
            }
            fields.iter().find_map(|(name, value)| {
                let inner = format!("{place}.{name}");
                match (schema["properties"].get(name), &schema["additionalProperties"]) {
                    (Some(known), _) => fault(defs, known, &inner, value),
                    (None, Value::Bool(false)) => Some(format!("{inner} is not in the schema")),
                    (None, Value::Object(_)) => fault(defs, &schema["additionalProperties"], &inner, value),
                    (None, _) => None,
                }
            })
        }
        _ => None,
    }
}

/// One of all tests writes at a time.
static WRITING: Mutex<()> = Mutex::new(());

fn read() -> Value {
    let text = fs::read_to_string(path()).unwrap_or_else(|_| "{}".into());
    serde_json::from_str(&text).expect("a schema")
}

/// Checks that the output of a command has the form that the schema tells, or makes the schema tell it.
pub fn check(arguments: &str, documents: &[Value]) {
    let name = command(arguments);
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() {
        let _one = WRITING.lock().expect("nobody has failed in it");
        let mut schema = read();
        let known = schema["$defs"][&name].clone();
        let wider = documents.iter().fold(known, |known, document| widened(&known, "", document));
        let mut defs: Map<String, Value> = schema["$defs"].as_object().cloned().unwrap_or_default();
        defs.insert("amount".into(), amount());
        defs.insert("error".into(), error());
        defs.insert(name, wider);
        schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "What each command of evergreen prints with --json, one document a line",
            "$defs": defs,
        });
        let text = serde_json::to_string_pretty(&schema).expect("a text");
        // Other tests read it meanwhile.
        let whole = path().with_extension("new");
        fs::write(&whole, text + "\n").and_then(|()| fs::rename(&whole, path())).expect("a file that can be written");
        return;
    }
    let schema = read();
    let defs = &schema["$defs"];
    for document in documents {
        let found = match defs.get(&name) {
            Some(known) => fault(defs, known, &name, document),
            None => Some("the schema does not have it".into()),
        };
        if let Some(fault) = found {
            panic!(
                "evergreen {arguments} --json: {fault}; EVERGREEN_WRITE_DOCUMENTS=1 writes docs/output.schema.json anew"
            );
        }
    }
}

/// The schema of what was done in part: some of it is missing, and what only failures have is there; what is in the schema has its type.
fn partial(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, value)| match name.as_str() {
                "required" => !value.is_array(),
                "additionalProperties" => !value.is_boolean(),
                _ => true,
            });
            kept.map(|(name, value)| (name.clone(), partial(value))).collect::<Map<String, Value>>().into()
        }
        Value::Array(values) => values.iter().map(partial).collect(),
        other => other.clone(),
    }
}

/// Checks that the document of an error has the form that the schema tells, and that its receipt has that of the command's own documents.
pub fn check_error(arguments: &str, report: &Value) {
    let schema = read();
    let defs = &schema["$defs"];
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() {
        return;
    }
    assert_eq!(defs["error"], error(), "EVERGREEN_WRITE_DOCUMENTS=1 writes docs/output.schema.json anew");
    let found = fault(defs, &defs["error"], "error", report).or_else(|| {
        let (receipt, own) = (report.get("receipt")?, defs.get(command(arguments))?);
        fault(defs, &partial(own), "error.receipt", receipt)
    });
    assert_eq!(found, None, "evergreen {arguments} --json: {report}");
    let code = report["exit_code"].as_i64().unwrap_or_default();
    assert!((1..=7).contains(&code), "{report}");
    // A refusal has a name, so that programs need not read sentences; what is said to do is not empty.
    if code == 3 {
        assert!(report["cause"].as_str().is_some_and(|cause| !cause.is_empty()), "{report}");
    }
    assert!(report["next"].as_str() != Some("") && report["error"].as_str() != Some(""), "{report}");
}

#[test]
fn errors_have_their_form() {
    let defs = json!({"amount": amount(), "error": error()});
    let worth = json!({"native": "5", "tokens": "0.5"});
    let good = json!({"error": "no", "cause": "InsufficientCash", "next": "pay in", "exit_code": 3, "fits": {"deposit": worth, "strikes": [1]}});
    assert_eq!(fault(&defs, &defs["error"], "error", &good), None);
    for (change, words) in [
        (json!({"exit_code": "3"}), "error.exit_code is \"3\", and no [\"integer\"]"),
        (json!({"fits": {"strike": 5}}), "error.fits.strike is not in the schema"),
        (json!({"fits": {"strikes": ["5"]}}), "error.fits.strikes[] is \"5\", and no [\"integer\"]"),
        (json!({"fits": {"takes": {"cash": worth}}}), "error.fits.takes.most_to_pay is missing"),
        (json!({"more": 1}), "error.more is not in the schema"),
    ] {
        let mut report = good.clone();
        for (name, value) in change.as_object().expect("an object") {
            report[name] = value.clone();
        }
        assert_eq!(fault(&defs, &defs["error"], "error", &report).as_deref(), Some(words));
    }
}

#[test]
fn a_schema_takes_what_it_was_made_of_and_nothing_else() {
    let defs = json!({"amount": amount()});
    let worth = json!({"native": "5", "tokens": "0.5"});
    let samples = [
        json!({"name": "a", "size": 1, "worth": worth, "list": [{"x": 1}, {"x": null, "y": true}], "done": {"fill": 3}}),
        json!({"name": null, "size": 2, "worth": worth, "list": [], "done": {}}),
    ];
    let schema = samples.iter().fold(Value::Null, |schema, sample| widened(&schema, "", sample));
    for sample in &samples {
        assert_eq!(fault(&defs, &schema, "", sample), None, "{schema}");
    }
    for (change, words) in [
        (json!({"size": "1"}), ".size is \"1\", and no [\"integer\"]"),
        (json!({"more": 1}), ".more is not in the schema"),
        (json!({"list": [{"y": true}]}), ".list[].x is missing"),
        (json!({"list": [{"x": 1, "y": 2}]}), ".list[].y is 2, and no [\"boolean\"]"),
        (json!({"worth": {"native": "5"}}), ".worth.tokens is missing"),
        (json!({"worth": {"native": 5, "tokens": "1"}}), ".worth.native is 5, and no [\"string\"]"),
        (json!({"done": {"other": "x"}}), ".done.other is \"x\", and no [\"integer\"]"),
    ] {
        let mut sample = samples[0].clone();
        for (name, value) in change.as_object().expect("an object") {
            sample[name] = value.clone();
        }
        assert_eq!(fault(&defs, &schema, "", &sample).as_deref(), Some(words));
    }
    // Another key of a map is no other form.
    assert_eq!(
        fault(&defs, &schema, "", &json!({"name": "a", "size": 1, "worth": worth, "list": [], "done": {"post": 1}})),
        None
    );
    assert_eq!(command("localnet price set BTC 100000"), "localnet price set");
    assert_eq!(command("trade buy --pool TSLA.M"), "trade");
    assert_eq!(command("quote buy --pool TSLA.M"), "quote");
    assert_eq!(command("quote buy --underlying BTC"), "quote, without --pool");
    assert_eq!(command("orders place legs --pool TSLA.M"), "orders place");
    assert_eq!(command("localnet --hurry"), "localnet");
    assert_eq!(command("deposit all --pool TSLA.M"), "deposit");
}
