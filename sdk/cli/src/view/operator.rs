//! Protocol, underlyings and pools that are created.

use crate::{
    act::Submission,
    args::operator::{CreatePool, CreateUnderlying},
    output::details,
    plan::operator::CreatePlan,
};
use evergreen_sdk::{address, anchor_lang::solana_program::instruction::Instruction, evergreen::state::Roles};
use serde::Serialize;

#[derive(Serialize)]
struct InitReport {
    protocol: String,
    admin: String,
    guardian: String,
    fee_owner: String,
}

#[derive(Serialize)]
struct CreateReport {
    address: String,
    of: String,
}

/// The protocol.
pub fn init<'a>(roles: &Roles, instructions: &'a [Instruction]) -> Submission<'a, impl Serialize + use<>> {
    let report = InitReport {
        protocol: address::protocol().to_string(),
        admin: roles.admin.to_string(),
        guardian: roles.guardian.to_string(),
        fee_owner: roles.fee_owner.to_string(),
    };
    let rows = [
        ("protocol", report.protocol.clone()),
        ("admin", report.admin.clone()),
        ("guardian", report.guardian.clone()),
        ("fee owner", report.fee_owner.clone()),
    ];
    Submission { what: "create the protocol".to_owned(), shown: details(&rows), quote: report, instructions }
}

/// An underlying.
pub fn underlying<'a>(args: &CreateUnderlying, plan: &'a CreatePlan) -> Submission<'a, impl Serialize + use<>> {
    let report = CreateReport { address: plan.address.to_string(), of: args.symbol.name().into() };
    let what = format!("create the underlying {} at {}", report.of, report.address);
    let shown = format!("{what}, priced by {}", plan.about);
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}

/// A pool.
pub fn pool<'a>(args: &CreatePool, plan: &'a CreatePlan) -> Submission<'a, impl Serialize + use<>> {
    let report = CreateReport { address: plan.address.to_string(), of: plan.about.to_string() };
    let names: Vec<&str> = args.underlyings.iter().map(|symbol| symbol.name()).collect();
    let own =
        plan.seed.as_ref().map_or_else(String::new, |seed| format!(", with a first deposit of {seed} that stays"));
    let what = format!("create the pool {} of {}{own}", report.address, report.of);
    let shown =
        format!("{what}\n with options on {}; one point pays 10^-{} units a dollar", names.join(", "), args.scale);
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}
