//! The rules, read from `xtask/structure.toml`. Every exception has a reason there.

use serde::Deserialize;

/// All rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Words that have a better one.
    pub words: Words,
    /// Texts that no file may contain.
    pub texts: Vec<Text>,
    /// Texts that the code of tests must not contain.
    pub test_texts: Vec<Text>,
    /// Names of public types.
    pub names: Names,
    /// Constants that have one definition.
    pub constants: Vec<Constants>,
    /// Layers of modules within crates.
    pub layers: Vec<Layers>,
    /// Dependencies that crates must not have.
    pub crates: Vec<Dependencies>,
    /// Cycles of modules.
    pub cycles: Cycles,
    /// Sizes of files.
    pub sizes: Sizes,
    /// Accounts of instructions.
    pub accounts: Accounts,
    /// Docs of fields.
    pub fields: Fields,
    /// Code that only a few files may contain.
    pub doors: Vec<Door>,
    /// The catalogue of attacks.
    pub attacks: Attacks,
    /// Walks through the program, file by file.
    pub walks: Walks,
    /// Messages of commits.
    pub commits: Commits,
}

/// Rules about words that have a better one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Endings of the files that are read.
    pub endings: Vec<String>,
    /// Files that name the words on purpose.
    pub not_read: Vec<Place>,
    /// The words and their replacements.
    pub word: Vec<Word>,
}

/// Words and their replacement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Words that must not be used.
    pub old: Vec<String>,
    /// Words to use in their place.
    pub new: String,
    /// Beginnings of paths that are read for these words, though files there may have others.
    #[serde(default)]
    pub also_in: Vec<String>,
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
    /// Reason for the exception.
    pub reason: String,
}

/// A text that must not occur.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text, also as a part of a word.
    pub text: String,
    /// Reason for the rule.
    pub reason: String,
    /// Places where the text is allowed.
    #[serde(default)]
    pub allowed: Vec<Place>,
}

/// Names of public types.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Folders of the crates whose names must differ.
    pub crates: Vec<String>,
    /// Folders of the crates in which, besides, no two files may give the same name to public types.
    pub once: Vec<String>,
    /// Names that several crates, or several files of one crate, may give to types.
    pub shared: Vec<Shared>,
}

/// A name that several crates may give to types.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// Name of the types.
    pub name: String,
    /// Reason for the exception.
    pub reason: String,
}

/// Constants that have one definition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// Names of the constants.
    pub names: Vec<String>,
    /// The only files that may give them a number.
    pub files: Vec<String>,
    /// Reason for the rule.
    pub reason: String,
}

/// Layers of a crate's modules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// Folder of the crate's sources.
    pub source: String,
    /// Modules of each layer, from the highest layer to the lowest; modules of one layer may use each other.
    pub order: Vec<Vec<String>>,
    /// Uses of higher modules that are allowed nevertheless.
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
    /// Reason for the exception.
    pub reason: String,
}

/// Dependencies that a crate must not have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependencies {
    /// Name of the crate's package.
    pub package: String,
    /// Packages that it must not reach; a `*` at the end stands for anything.
    pub never: Vec<String>,
    /// Reason for the rule.
    pub reason: String,
}

/// Rules about cycles of modules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycles {
    /// Folders of the sources that are read.
    pub sources: Vec<String>,
    /// Modules that may use each other in a cycle.
    #[serde(default)]
    pub allowed: Vec<Circle>,
}

/// Modules of one folder that may use each other in a cycle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    /// The folder of the modules.
    pub folder: String,
    /// Names of the modules.
    pub modules: Vec<String>,
    /// Reason for the exception.
    pub reason: String,
}

/// Rules about sizes of files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Largest number of lines of a file that needs no reason.
    pub most: usize,
    /// Files that may be longer.
    pub long: Vec<Place>,
}

/// Rules about accounts of instructions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Folder of the program's sources.
    pub source: String,
    /// Smallest number of fields in a row that two instructions must not both have; a struct of their own replaces them.
    pub run: usize,
    /// Rows that may be repeated nevertheless.
    #[serde(default)]
    pub repeated: Vec<Repeated>,
}

/// A row of fields that instructions may repeat.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// Names of the fields.
    pub fields: Vec<String>,
    /// Reason for the exception.
    pub reason: String,
}

/// Docs of fields, which are sentences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// Beginnings of the paths of the files that are read.
    pub sources: Vec<String>,
    /// Words of which the first sentence has at least one.
    pub verbs: Vec<String>,
    /// Reason for the rule.
    pub reason: String,
}

/// Code that only a few named files may contain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// The code, as a whole word.
    pub pattern: String,
    /// Beginning of the paths that are searched for the code.
    #[serde(default)]
    pub within: String,
    /// The only files that may contain the code.
    pub files: Vec<String>,
    /// Reason for the rule.
    pub reason: String,
}

/// The catalogue of attacks and its tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attacks {
    /// Path of the numbered list of attacks.
    pub catalogue: String,
    /// Beginning of the paths of tests.
    pub tests: String,
    /// Path of the document with the table of attacks and tests.
    pub document: String,
}

/// A document's walks through the program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walks {
    /// Path of the document.
    pub document: String,
    /// Heading of the section with the walks.
    pub section: String,
    /// Folders from which the files are named.
    pub folders: Vec<String>,
}

/// Rules about messages of commits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commits {
    /// The rules are for commits since this date.
    pub since: String,
    /// Largest number of characters of a subject.
    pub most: usize,
}
