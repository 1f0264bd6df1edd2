//! `evergreen man`: manual pages, one for each command.

use crate::{
    args::{Cli, examples},
    output,
};
use anyhow::{Context, Result};
use clap::{Arg, Command, CommandFactory};
use std::path::Path;

/// Writes them into a folder, which is made if it is missing.
///
/// # Errors
/// When the folder cannot be written.
pub fn run(json: bool, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut pages = Vec::new();
    let mut command = examples::with_examples(Cli::command());
    command.build();
    collect(&command, "evergreen", &mut pages);
    for (name, text) in &pages {
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    let document = serde_json::json!({ "folder": folder.display().to_string(), "pages": names });
    output::print(json, &document, || {
        let shown = folder.display();
        format!("wrote {} pages into {shown}; read one: man {shown}/evergreen.1", names.len())
    })
}

/// The page of a command, and those of all below it.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, String)>) {
    pages.push((name.to_owned(), page(command, name)));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        collect(below, &format!("{name}-{}", below.get_name()), pages);
    }
}

/// A page in the language of `man`.
fn page(command: &Command, name: &str) -> String {
    let about = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(".TH {} 1 \"\" \"evergreen {version}\"\n", name.to_uppercase());
    text += &format!(".SH NAME\n{} \\- {}\n", escaped(name), escaped(about.lines().next().unwrap_or_default()));
    let usage = command.clone().render_usage().to_string();
    text += &format!(".SH SYNOPSIS\n{}\n", escaped(usage.trim_start_matches("Usage: ").trim()));
    if about.lines().count() > 1 {
        text += &format!(".SH DESCRIPTION\n{}\n", escaped(&about));
    }
    let below: Vec<&Command> = command.get_subcommands().filter(|below| below.get_name() != "help").collect();
    if !below.is_empty() {
        text += ".SH COMMANDS\n";
        for one in below {
            let about = one.get_about().map(ToString::to_string).unwrap_or_default();
            text += &format!(".TP\n\\fB{}\\fR\n{}\n", escaped(one.get_name()), escaped(&about));
        }
    }
    let (common, own): (Vec<&Arg>, Vec<&Arg>) =
        command.get_arguments().filter(|one| !one.is_hide_set()).partition(|one| one.is_global_set());
    for (heading, arguments) in [("OPTIONS", own), ("OPTIONS OF EVERY COMMAND", common)] {
        if !arguments.is_empty() {
            text += &format!(".SH {heading}\n");
            arguments.into_iter().for_each(|one| text += &option(one));
        }
    }
    if let Some(after) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        text += &format!(".SH NOTES\n.nf\n{}\n.fi\n", escaped(&after.to_string()));
    }
    text
}

/// An option or argument: how it is given, and what it means.
fn option(argument: &Arg) -> String {
    let values: Vec<String> =
        argument.get_value_names().unwrap_or_default().iter().map(|name| format!("<{name}>")).collect();
    let takes = if argument.get_action().takes_values() { values.join(" ") } else { String::new() };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let given = format!("\\fB{}\\fR {}", escaped(&names.join(", ")), escaped(&takes));
    let help = argument.get_long_help().or_else(|| argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let choices: Vec<String> = argument.get_possible_values().iter().map(|one| one.get_name().to_owned()).collect();
    let choices = if choices.is_empty() || takes.is_empty() {
        String::new()
    } else {
        format!(" One of: {}.", choices.join(", "))
    };
    let usual: Vec<String> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let usual =
        if usual.is_empty() || takes.is_empty() { String::new() } else { format!(" Otherwise: {}.", usual.join(" ")) };
    format!(".TP\n{}\n{}\n", given.trim(), escaped(&format!("{help}{choices}{usual}")))
}

/// Text as `man` takes it: nothing of it is a request or an escape.
fn escaped(text: &str) -> String {
    let line = |line: &str| {
        let plain = line.replace('\\', "\\e").replace('-', "\\-");
        if plain.starts_with(['.', '\'']) { format!("\\&{plain}") } else { plain }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
