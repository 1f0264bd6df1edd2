//! Notes which instructions of the program are executed, and where its jumps lead.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::Path,
    sync::{LazyLock, Mutex},
};

use evergreen_sdk::address;
use litesvm::{InvocationInspectCallback, LiteSVM};
use solana_program_runtime::invoke_context::{Executable, InvokeContext, RegisterTrace};
use solana_transaction::sanitized::SanitizedTransaction;
use solana_transaction_context::{IndexOfAccount, instruction::InstructionContext};

/// Folder of the notes: a file for each process, with a byte for each instruction.
const FOLDER: &str = "EVERGREEN_COVERAGE";
/// The instruction was executed.
const EXECUTED: u8 = 1;
/// The next one in the file was executed after it.
const WENT_ON: u8 = 2;
/// Another one was executed after it.
const JUMPED: u8 = 4;
/// The register that holds the number of the instruction.
const COUNTER: usize = 11;

static NOTES: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new()));

/// Returns a machine that notes what the program executes.
pub(crate) fn machine() -> LiteSVM {
    let mut svm = LiteSVM::new_debuggable(true);
    svm.set_invocation_inspect_callback(Tracer);
    svm
}

struct Tracer;

impl InvocationInspectCallback for Tracer {
    fn before_invocation(
        &self,
        _: &LiteSVM,
        _: &SanitizedTransaction,
        _: &[IndexOfAccount],
        _: &mut InvokeContext<'_, '_>,
        _: bool,
    ) {
    }

    fn after_invocation(
        &self,
        _: &LiteSVM,
        _: &SanitizedTransaction,
        _: &[IndexOfAccount],
        context: &InvokeContext<'_, '_>,
        _: bool,
    ) {
        context.iterate_vm_traces(&|instruction: InstructionContext<'_, '_>,
                                    _: &Executable,
                                    trace: RegisterTrace<'_>| {
            if instruction.get_program_key().is_ok_and(|key| *key == address::PROGRAM) {
                // A test that has failed while it held the notes has left nothing half done.
                NOTES.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).add(trace);
            }
        });
    }
}

/// What was executed.
struct Notes {
    seen: Vec<u8>,
    file: File,
}

impl Notes {
    fn new() -> Self {
        let folder = std::env::var_os(FOLDER).unwrap_or_else(|| panic!("{FOLDER} names no folder"));
        let file = File::create(Path::new(&folder).join(std::process::id().to_string())).expect("a file of notes");
        Self { seen: Vec::new(), file }
    }

    fn add(&mut self, trace: RegisterTrace<'_>) {
        let counters = trace.iter().map(|registers| registers[COUNTER] as usize);
        let after = counters.clone().skip(1).map(Some).chain([None]);
        for (at, next) in counters.zip(after) {
            let what = match next {
                None => EXECUTED,
                Some(next) if next == at + 1 => EXECUTED | WENT_ON,
                Some(_) => EXECUTED | JUMPED,
            };
            if self.seen.len() <= at {
                self.seen.resize(at + 1, 0);
            }
            if self.seen[at] | what != self.seen[at] {
                self.seen[at] |= what;
                // What is new is written at once, because nothing says which test is the last one.
                self.file.write_all_at(&[self.seen[at]], at as u64).expect("notes can be written");
            }
        }
    }
}
