//! The rules, read from `xtask/structure.toml`. Every exception has a reason there.

use serde::Deserialize;

/// All rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Words that have a better one.
    pub words: Words,
    /// Texts that nothing may hold.
    pub texts: Vec<Text>,
    /// Texts that the code of tests does not hold.
    pub test_texts: Vec<Text>,
    /// Names of public types.
    pub names: Names,
    /// Layers of modules within crates.
    pub layers: Vec<Layers>,
    /// What crates may depend on.
    pub crates: Vec<Dependencies>,
    /// Circles of modules.
    pub cycles: Cycles,
    /// Sizes of files.
    pub sizes: Sizes,
    /// Accounts of instructions.
    pub accounts: Accounts,
    /// What is done in a few places only.
    pub doors: Vec<Door>,
    /// The catalogue of attacks.
    pub attacks: Attacks,
}

/// Words that have a better one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Endings of the files that are read.
    pub endings: Vec<String>,
    /// Files that name the words on purpose.
    pub not_read: Vec<Place>,
    /// The words.
    pub word: Vec<Word>,
}

/// Words and the one that is said instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The words that are not used.
    pub old: Vec<String>,
    /// What is said instead.
    pub new: String,
    /// Places where the words mean something else.
    #[serde(default)]
    pub allowed: Vec<Place>,
}

/// The beginning of a path, and why it is an exception.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The beginning of paths.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A text that nothing may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text, as it is.
    pub text: String,
    /// Why not.
    pub reason: String,
    /// Places where the text is right.
    #[serde(default)]
    pub allowed: Vec<Place>,
}

/// Names of public types.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Folders of the crates whose names must differ.
    pub crates: Vec<String>,
    /// Names that two crates share.
    pub shared: Vec<Shared>,
}

/// A name that several crates give to a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Layers of a crate's modules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// Folder of the crate's sources.
    pub source: String,
    /// From the highest layer to the lowest; modules of one layer may use each other.
    pub order: Vec<Vec<String>>,
    /// Uses that go up all the same.
    #[serde(default)]
    pub allowed: Vec<Upward>,
}

/// A use of a higher module by a lower one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upward {
    /// The lower module.
    pub from: String,
    /// The higher module.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// What a crate must not depend on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependencies {
    /// The package.
    pub package: String,
    /// Packages it must not reach; a `*` at the end stands for anything.
    pub never: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Circles of modules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycles {
    /// Folders of the sources that are read.
    pub sources: Vec<String>,
    /// Modules that may use each other in a circle.
    #[serde(default)]
    pub allowed: Vec<Circle>,
}

/// Modules beside each other that may use each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    /// The folder they are in.
    pub folder: String,
    /// Their names.
    pub modules: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Sizes of files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Most lines of a file that needs no reason.
    pub most: usize,
    /// Longer files.
    pub long: Vec<Place>,
}

/// Accounts of instructions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Folder of the program's sources.
    pub source: String,
    /// So many fields in a row that two instructions share should be a struct of their own.
    pub run: usize,
    /// Rows that are repeated all the same.
    #[serde(default)]
    pub repeated: Vec<Repeated>,
}

/// A row of fields that instructions repeat.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// Names of the fields.
    pub fields: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Something that is done in a few named files only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// What is written there.
    pub pattern: String,
    /// Beginning of the paths where it is looked for.
    #[serde(default)]
    pub within: String,
    /// The only files that may say it.
    pub files: Vec<String>,
    /// Why there.
    pub reason: String,
}

/// The catalogue of attacks and its tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attacks {
    /// The numbered list.
    pub catalogue: String,
    /// Beginning of the paths of tests.
    pub tests: String,
}
