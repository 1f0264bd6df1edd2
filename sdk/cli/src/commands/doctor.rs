//! `evergreen doctor`: checks everything that a command needs, and says what to do next.

use crate::{
    args::{doctor::Doctor, global::Global},
    output,
    plan::doctor::{self as plan, Severity},
    view,
};
use anyhow::{Result, bail};

/// Looks at everything; fails when something is bad.
pub async fn run(args: &Doctor, global: Global) -> Result<()> {
    let json = global.json;
    let checks = output::during("looking", plan::checks(args, global)).await;
    output::print(json, &checks, || view::doctor::text(&checks))?;
    let bad = checks.iter().filter(|check| check.outcome == Severity::Bad).count();
    if bad > 0 {
        bail!("{bad} of {} checks failed", checks.len());
    }
    Ok(())
}
