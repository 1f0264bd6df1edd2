//! The step that creates the protocol account.

use super::{Item, Scene, Standing, Task};
use crate::Program;
use evergreen_sdk::{address, evergreen::state::Roles, instruction as build};

/// Step 3: the protocol exists. It is created with the operator as admin, who hands over in step 10, and with the guardian and the fee
/// owner of the file.
pub(super) fn created(scene: &Scene) -> Vec<Item> {
    if let Some(protocol) = &scene.chain.protocol {
        let what = format!("protocol {}, admin {}", address::protocol(), protocol.admin);
        return vec![Item::new(what, Standing::Done)];
    }
    let what = format!("protocol {}", address::protocol());
    let standing = match scene.chain.program {
        Program::Deployed { authority: Some(authority), .. } => {
            let (guardian, fee_owner) = (scene.cluster.guardian, scene.cluster.fee_owner);
            let roles = Roles { admin: scene.operator, guardian, fee_owner };
            let words = format!(
                "create the protocol: admin {} for now, guardian {guardian}, fee owner {fee_owner}",
                scene.operator
            );
            Standing::ToDo(Task::new(
                words,
                vec![build::initialize_protocol(scene.payer(&authority), authority, roles)],
            ))
        }
        Program::Deployed { authority: None, .. } => {
            Standing::Blocked("only an upgrade authority creates it, and the program has none".into())
        }
        _ => Standing::Later("the program (step 1) comes first".into()),
    };
    vec![Item::new(what, standing)]
}
