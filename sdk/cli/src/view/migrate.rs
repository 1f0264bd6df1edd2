//! The steps of a migration.

use crate::{
    output::{date, table},
    plan::migrate::Wish,
};
use evergreen_migrations::{Report, State};

const fn word(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::ToDo => "to do",
        State::Waiting => "waiting",
        State::NeedsSignature => "needs a signature",
        State::Later => "later",
        State::Blocked => "blocked",
    }
}

/// The text for people.
pub fn text(report: &Report, wish: Wish) -> String {
    let mut text = format!("{} (genesis {}), {}\n", report.cluster, report.genesis_hash, date(report.time));
    let mut rows = table(["", "step", "state", "what"]);
    for step in &report.steps {
        for (place, item) in step.items.iter().enumerate() {
            let number = if place == 0 { step.number.to_string() } else { String::new() };
            let name = if place == 0 { step.name.to_owned() } else { String::new() };
            let mut what = item.what.clone();
            if let Some(task) = &item.task {
                what += &format!("\n→ {}", task.what);
            }
            if let Some(why) = &item.why {
                what += &format!("\n→ {why}");
            }
            if let Some(from) = item.from {
                what += &format!("\n→ from {} on", date(from));
            }
            rows.add_row([number, name, word(item.state).to_owned(), what]);
        }
    }
    text += &format!("{rows}\n");
    let tasks = report.steps.iter().flat_map(|step| step.items.iter().map(move |item| (step, item)));
    for (step, item) in tasks {
        let Some(task) = &item.task else { continue };
        // An instruction that another signer has to sign is always shown.
        if wish != Wish::Rehearse && item.state != State::NeedsSignature {
            continue;
        }
        text += &format!("\nstep {} ({}): {}\n", step.number, step.name, task.what);
        for line in task.instructions.iter().flat_map(|instruction| instruction.lines()) {
            text += &format!("  {line}\n");
        }
        if let Some(simulation) = &task.simulation {
            text += &format!("  simulation: {simulation}\n");
        }
    }
    let end = match (report.finished, wish) {
        (true, _) => "everything is as the file says".to_owned(),
        (false, Wish::Rehearse) => "dry run, nothing was sent".to_owned(),
        (false, Wish::Look) => "`evergreen migrate plan` shows what would be sent".to_owned(),
        (false, Wish::Act) => match report.next().and_then(|step| step.items.iter().filter_map(|item| item.from).min())
        {
            Some(from) => format!("waiting; run again from {} on", date(from)),
            None => "not finished".to_owned(),
        },
    };
    text + &format!("\n{end}")
}
