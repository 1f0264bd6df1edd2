//! Names of instructions.

use crate::address;
use anchor_lang::{Discriminator, solana_program::instruction::Instruction};
use evergreen::instruction as args;

macro_rules! instructions {
    ($($name:ident),* $(,)?) => {
        /// Names of all instructions of the program, with the first bytes of their data.
        const ALL: &[(&[u8], &str)] = &[$((args::$name::DISCRIMINATOR, stringify!($name))),*];
    };
}

instructions! {
    InitializeProtocol, CreateUnderlying, CreatePool, SetPause, Propose, ExecuteProposal, CancelProposal, CancelWithdrawal, AcceptAdmin,
    AcceptCurator, AnnounceBuyback, TightenPool, HaltPool, CollectFees, CollectCuratorFees, RequestDeposit, ExecuteDeposit, RequestWithdrawal, ExecuteWithdrawal, ClaimLiquidity,
    RedeemRetired, RenewShares,
    OpenMarginAccount, CloseMarginAccount, SetDelegate, TakeNumber, DepositMargin, WithdrawMargin, CommitTrade, FillTrade, PlaceOrder, CancelOrder,
    CommitOrder, ClaimReferral, ListSeries, RetireSeries, ExerciseSeries, SettlePositions, Liquidate, AbsorbBadDebt,
    CloseForCash, GiveNotice, CloseForPlace, AutoDeleverage, MigrateAccount, ReportSilence, EndSeries, SampleVolatility, AccrueFunding, RefreshPool, SweepInsurance, SyncVault,
}

/// Returns the name of an instruction of the program, by the first bytes of its data; `None` for other instructions.
pub fn name(instruction: &Instruction) -> Option<&'static str> {
    if instruction.program_id != address::PROGRAM {
        return None;
    }
    ALL.iter().find(|(prefix, _)| instruction.data.starts_with(prefix)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_instruction_of_the_interface_has_its_name() {
        let idl: serde_json::Value = serde_json::from_str(include_str!("../../../idl/evergreen.json")).unwrap();
        let camel = |snake: &str| -> String {
            let words = snake.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
            words.collect()
        };
        let described: BTreeSet<String> =
            idl["instructions"].as_array().unwrap().iter().map(|i| camel(i["name"].as_str().unwrap())).collect();
        let known: BTreeSet<String> = ALL.iter().map(|(_, name)| (*name).to_owned()).collect();
        assert_eq!(known, described);
        assert_eq!(ALL.len(), known.len());
    }
}
