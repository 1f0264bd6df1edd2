//! The list of faults, read from `tests/mutants.toml`, and how one is put into a copy of the sources.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::command::sha256_text;

/// Path of the list.
pub const LIST: &str = "tests/mutants.toml";
/// Folder of the mathematics, whose faults its own tests look for.
const MATHEMATICS: &str = "programs/evergreen-math/";

/// All faults.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The faults in their order.
    pub mutant: Vec<Mutant>,
}

/// A fault that is planted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// File of the sources.
    file: String,
    /// Text of that file.
    find: String,
    /// What stands in its place.
    put: String,
    /// How often the text stands in the file.
    #[serde(default = "once")]
    times: usize,
    /// Parts of the names of tests of the compiled program that look for it first; none for the mathematics.
    #[serde(default)]
    pub tests: Vec<String>,
    /// Why no test can find it: the program with it does the same.
    #[serde(default)]
    pub same: Option<String>,
    /// Further changes of the same fault.
    #[serde(default)]
    more: Vec<Edit>,
}

/// A change of a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    find: String,
    put: String,
}

const fn once() -> usize {
    1
}

/// Which tests look for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Those of the mathematics.
    Mathematics,
    /// Those of the compiled program.
    Program,
}

impl List {
    /// Reads the list. Fails where a name is given twice, or where a fault of the program names no tests.
    pub fn parse(text: &str) -> Result<Self> {
        let list: Self = toml::from_str(text).with_context(|| format!("reading {LIST}"))?;
        let mut names = BTreeSet::new();
        for mutant in &list.mutant {
            ensure!(names.insert(&mutant.name), "{LIST}: two faults are named {}", mutant.name);
            let needed = mutant.suite() == Suite::Program;
            ensure!(
                mutant.tests.is_empty() != needed,
                "{LIST}: {} names tests where it is of the program",
                mutant.name
            );
        }
        Ok(list)
    }
}

impl Mutant {
    /// Returns which tests look for it.
    pub fn suite(&self) -> Suite {
        if self.file.starts_with(MATHEMATICS) { Suite::Mathematics } else { Suite::Program }
    }

    /// Returns the file that it changes first, from the root of the checkout.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns a text that changes with the fault.
    pub fn key(&self) -> Result<String> {
        let more: Vec<String> = self.more.iter().map(|edit| format!("{edit:?}")).collect();
        let all = format!("{}\n{}\n{}\n{}\n{}", self.file, self.find, self.put, self.times, more.join("\n"));
        Ok(sha256_text(&all)?.chars().take(12).collect())
    }

    /// Its changes: file, text, what stands in its place, how often.
    fn edits(&self) -> impl Iterator<Item = (&str, &str, &str, usize)> {
        let first = (&*self.file, &*self.find, &*self.put, self.times);
        std::iter::once(first).chain(self.more.iter().map(|edit| (&*edit.file, &*edit.find, &*edit.put, 1)))
    }

    /// Says why it cannot be planted, where `read` returns the text of a file.
    pub fn obstacle(&self, read: impl Fn(&str) -> Option<String>) -> Option<String> {
        self.edits().find_map(|(file, find, put, times)| {
            let Some(text) = read(file) else { return Some(format!("{}: {file} is missing", self.name)) };
            let found = text.matches(find).count();
            let said = |what: String| Some(format!("{}: {what} in {file}", self.name));
            if found != times {
                return said(format!("`{find}` stands {found} times, not {times},"));
            }
            if find == put { said("nothing changes".to_owned()) } else { None }
        })
    }

    /// Plants it in the sources below `root`, and returns what stood there.
    pub fn plant(&self, root: &Path) -> Result<Planted> {
        if let Some(obstacle) = self.obstacle(|file| fs::read_to_string(root.join(file)).ok()) {
            anyhow::bail!("{obstacle}");
        }
        let mut planted = Planted(Vec::new());
        for (file, find, put, _) in self.edits() {
            let path = root.join(file);
            let text = fs::read_to_string(&path).with_context(|| format!("reading {file}"))?;
            let changed = text.replace(find, put);
            planted.0.push((path.clone(), text));
            fs::write(&path, changed).with_context(|| format!("writing {file}"))?;
        }
        Ok(planted)
    }
}

/// A planted fault; the sources are as before when it is dropped.
pub struct Planted(Vec<(std::path::PathBuf, String)>);

impl Drop for Planted {
    fn drop(&mut self) {
        for (path, text) in self.0.iter().rev() {
            if let Err(error) = fs::write(path, text) {
                eprintln!("{} is not as before: {error}", path.display());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "[[mutant]]\nname = \"n\"\nkind = \"k\"\nfile = \"programs/evergreen-math/src/a.rs\"\nfind = 'a < b'\nput = 'a > b'\n";

    #[test]
    fn a_list_has_each_name_once_and_tests_for_the_program() {
        assert_eq!(List::parse(ONE).unwrap().mutant[0].suite(), Suite::Mathematics);
        let twice = List::parse(&format!("{ONE}{ONE}")).unwrap_err().to_string();
        assert!(twice.contains("two faults are named n"), "{twice}");
        let of_program = List::parse(&ONE.replace("-math", "")).unwrap_err().to_string();
        assert!(of_program.contains("names tests"), "{of_program}");
        List::parse(&format!("{}tests = [\"x\"]", ONE.replace("-math", ""))).unwrap();
    }

    #[test]
    fn a_fault_that_cannot_be_planted_says_why() {
        let mutant = &List::parse(ONE).unwrap().mutant[0];
        let obstacle = |text: Option<&str>| mutant.obstacle(|_| text.map(str::to_owned));
        assert_eq!(obstacle(Some("if a < b {")), None);
        assert!(obstacle(None).unwrap().contains("is missing"));
        assert!(obstacle(Some("a < b; a < b")).unwrap().contains("stands 2 times, not 1"));
    }

    #[test]
    fn a_planted_fault_is_taken_back() {
        let mutant = &List::parse(ONE).unwrap().mutant[0];
        let root = std::env::temp_dir().join(format!("evergreen-mutant-{}", std::process::id()));
        let file = root.join(mutant.file());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "if a < b {").unwrap();
        let planted = mutant.plant(&root).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "if a > b {");
        drop(planted);
        assert_eq!(fs::read_to_string(&file).unwrap(), "if a < b {");
        fs::remove_dir_all(root).unwrap();
    }
}
