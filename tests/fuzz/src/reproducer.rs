//! Files that tell how to come to a violation: a scene and its steps, one a line, each with its decisions.

use crate::{market::Step, scene::Scene};
use anyhow::{Context, Result, bail};
use core::fmt::Write;

/// A scene and what is done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reproducer {
    /// What it is about: lines of text.
    pub about: String,
    /// The scene.
    pub scene: Scene,
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether everybody leaves at the end.
    pub recovers: bool,
}

impl Reproducer {
    /// Reads a file. Lines that begin with `#` say what it is about.
    ///
    /// # Errors
    /// If a line is not one of such a file.
    pub fn parse(text: &str) -> Result<Self> {
        let mut about = String::new();
        let (mut scene, mut steps, mut recovers) = (None, Vec::new(), false);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(said) = line.strip_prefix('#') {
                about = format!("{about}{}\n", said.trim());
                continue;
            }
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            match first {
                "scene" => {
                    let name = words.next().unwrap_or_default();
                    scene = Some(Scene::named(name).with_context(|| format!("no scene `{name}`"))?);
                }
                "everybody-leaves" => recovers = true,
                _ => {
                    let draws = words.map(str::parse).collect::<Result<Vec<u64>, _>>();
                    let draws = draws.with_context(|| format!("a number in `{line}`"))?;
                    steps.push(Step { name: first.to_owned(), draws });
                }
            }
        }
        let Some(scene) = scene else { bail!("no line names the scene") };
        Ok(Self { about, scene, steps, recovers })
    }

    /// Returns the text of the file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self.about.lines() {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(text, "scene {}", self.scene.name());
        for step in &self.steps {
            let numbers: String = step.draws.iter().map(|number| format!(" {number}")).collect();
            let _ = writeln!(text, "{}{numbers}", step.name);
        }
        if self.recovers {
            let _ = writeln!(text, "everybody-leaves");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_it_was_written() {
        let step = |name: &str, draws: &[u64]| Step { name: name.to_owned(), draws: draws.to_vec() };
        let steps = vec![step("commit", &[1, 0, u64::MAX]), step("world.jump", &[])];
        let written = Reproducer { about: "one\ntwo\n".to_owned(), scene: Scene::Small, steps, recovers: true };
        assert_eq!(Reproducer::parse(&written.text()).expect("a file"), written);
        let refusal = |text: &str| Reproducer::parse(text).map_err(|error| error.to_string());
        assert_eq!(refusal("commit 1"), Err("no line names the scene".to_owned()));
        assert_eq!(refusal("scene small\ncommit one"), Err("a number in `commit one`".to_owned()));
    }
}
