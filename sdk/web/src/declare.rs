//! Types in TypeScript: their declarations and comments.

use std::{any::type_name, collections::BTreeMap};

/// Declarations in TypeScript, by the name of the type.
#[derive(Default)]
pub struct Declarations(BTreeMap<String, Declaration>);

struct Declaration {
    text: String,
    /// Name of the type in Rust.
    of: &'static str,
}

impl Declarations {
    /// Takes the name of a type; whether it is to be declared now. A type that holds itself finds its name taken.
    ///
    /// # Panics
    /// Where another type has the name: in TypeScript one of them would be declared and both would be named by it.
    pub fn begin<T: ?Sized>(&mut self, name: &str) -> bool {
        let of = type_name::<T>();
        if let Some(taken) = self.0.get(name) {
            assert!(taken.of == of, "two types are named `{name}`: {} and {of}", taken.of);
            return false;
        }
        self.0.insert(name.to_owned(), Declaration { text: String::new(), of });
        true
    }

    /// Declares a type whose name was taken.
    pub fn end(&mut self, name: &str, text: String) {
        if let Some(declaration) = self.0.get_mut(name) {
            declaration.text = text;
        }
    }

    /// Returns all of them in the order of their names.
    pub fn texts(&self) -> Vec<&str> {
        self.0.values().map(|one| one.text.as_str()).collect()
    }
}

/// Returns a comment of TypeScript; nothing for no words.
pub fn comment(docs: &str, indent: &str) -> String {
    let plain = plain(docs);
    let lines: Vec<&str> = plain.lines().map(str::trim).collect();
    match lines.as_slice() {
        [] => String::new(),
        [one] => format!("{indent}/** {one} */\n"),
        many => {
            let lines: String =
                many.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

/// Returns a text without Rust's links to items, which other languages do not have.
fn plain(docs: &str) -> String {
    let mut parts = docs.split("](");
    let mut text = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or(("", part));
        // Addresses of pages stay.
        if target.contains("//") {
            text += &format!("]({target})")
        }
        text += rest;
    }
    text.replace("[`", "`").replace("`]", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "two types are named `Sample`: u8 and u16")]
    fn a_name_is_one_types() {
        let mut types = Declarations::default();
        assert!(types.begin::<u8>("Sample"));
        assert!(!types.begin::<u8>("Sample"));
        types.begin::<u16>("Sample");
    }
}
