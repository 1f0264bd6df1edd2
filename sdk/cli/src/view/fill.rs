//! A commitment that is filled.

use super::commitment::OpenCommitment;
use crate::{act::Submission, output::details, plan::fill::FillPlan};

/// A commitment that is filled: what it is, in words and for machines.
pub fn shown(plan: &FillPlan) -> Submission<'_, OpenCommitment> {
    let report = OpenCommitment::of(&plan.pool, &plan.state);
    let what = format!("fill the trade of {}", plan.account);
    let shown = format!("{what}\n{}", details(&report.rows()));
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}
