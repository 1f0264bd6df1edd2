//! Steps about the program: its deployment, its bytecode and its upgrade authority.

use super::{Item, Scene, Standing, Task};
use crate::Program;
use evergreen_sdk::{address, anchor_lang::solana_program::bpf_loader_upgradeable};

/// Step 1: the program is deployed by the upgradeable loader, and has the hash in the file if there is one.
pub(super) fn deployed(scene: &Scene) -> Vec<Item> {
    let id = address::PROGRAM;
    let (authority, sha256) = match scene.chain.program {
        Program::Missing => {
            let why = "it is not on this network: deploy it first (docs/operator.md)";
            return vec![Item::new(format!("program {id}"), Standing::Blocked(why.into()))];
        }
        Program::NotUpgradeable => {
            let why = "it was not deployed by the upgradeable loader, so nobody can create the protocol";
            return vec![Item::new(format!("program {id}"), Standing::Blocked(why.into()))];
        }
        Program::Deployed { authority, sha256 } => (authority, sha256),
    };
    let owner = authority.map_or_else(|| "nobody".into(), |key| key.to_string());
    let mut items = vec![Item::new(format!("program {id}, upgrade authority {owner}"), Standing::Done)];
    if let (Some(wanted), Some(found)) = (scene.cluster.program_sha256, sha256) {
        let (wanted, found) = (hex::encode(wanted), hex::encode(found));
        let standing = if wanted == found {
            Standing::Done
        } else {
            Standing::Blocked(format!("its hash is {found}, program_sha256 in the file {wanted}"))
        };
        items.push(Item::new(format!("bytecode {found}"), standing));
    }
    items
}

/// Step 11: the upgrade authority is that of the file. If both keys are at hand, the new one signs too, which rules out a wrong address.
pub(super) fn handed_over(scene: &Scene) -> Vec<Item> {
    let wanted = scene.cluster.upgrade_authority;
    let what = format!("upgrade authority {wanted}");
    let authority = match scene.chain.program {
        Program::Deployed { authority, .. } => authority,
        _ => return vec![Item::new(what, Standing::Later("the program (step 1) comes first".into()))],
    };
    let standing = match authority {
        Some(present) if present == wanted => Standing::Done,
        None => Standing::Blocked(format!("the program has none any more, the file wants {wanted}")),
        Some(present) => {
            let instruction = if (scene.holds)(&wanted) && (scene.holds)(&present) {
                bpf_loader_upgradeable::set_upgrade_authority_checked(&address::PROGRAM, &present, &wanted)
            } else {
                bpf_loader_upgradeable::set_upgrade_authority(&address::PROGRAM, &present, Some(&wanted))
            };
            let what = format!("hand the upgrade authority from {present} to {wanted}");
            Standing::ToDo(Task::new(what, vec![instruction]))
        }
    };
    vec![Item::new(what, standing)]
}
