//! What a delegate commits.

use super::*;

#[test]
fn what_a_delegate_commits_is_held_of_their_allowance() {
    let mut case = Case::new();
    let bot = Pubkey::new_from_array([6; 32]);
    (case.account.delegate, case.account.allowance) = (bot, 1_000_000_000);
    let commit = |case: &Case, by: &Pubkey| case.scene.view.commit_for(by, &case.account, &case.request);
    let done = commit(&case, &bot).unwrap().account;
    let Commitment { tip, bond, held, penalty_held, .. } = done.commitment;
    assert!(held >= tip + bond && penalty_held == 0, "{held} held, tip {tip}, bond {bond}");
    assert_eq!(done.allowance, case.account.allowance - held);
    let owner = case.account.owner;
    assert_eq!(commit(&case, &owner).unwrap().account.allowance, case.account.allowance);
    refused(commit(&case, &Pubkey::new_from_array([7; 32])), "Unauthorized");
    case.account.allowance = held - 1;
    refused(commit(&case, &bot), "AllowanceExceeded");
    case.account.delegate_from = Scene::NOW + 1;
    refused(commit(&case, &bot), "DelegateRests");
    case.account.delegate_from = Scene::NOW;
    case.account.allowance = held;
    assert_eq!(commit(&case, &bot).unwrap().account.allowance, 0);
}
