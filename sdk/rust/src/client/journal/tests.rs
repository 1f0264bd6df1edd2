use super::{recover::Known, *};
use solana_message::{VersionedMessage, v0};
use solana_signature::Signature;

fn transaction(place: u8) -> VersionedTransaction {
    let message = v0::Message { recent_blockhash: Hash::new_from_array([place; 32]), ..v0::Message::default() };
    VersionedTransaction { signatures: vec![Signature::from([place; 64])], message: VersionedMessage::V0(message) }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("evergreen-journal-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn an_entry_is_abandoned_only_when_its_process_has_let_go_of_it() {
    let folder = folder("lock");
    let journal = Journal::open(&folder).unwrap();
    let genesis = Hash::new_from_array([9; 32]);
    let entry = journal.write("deposit 5", &transaction(1), 77, &genesis, None).unwrap();
    assert!(journal.abandoned(|_| true).unwrap().is_empty(), "the process of the entry still runs");
    let signature = Signature::from([1; 64]).to_string();
    assert!(journal.has(&signature));
    // Dropping the entry releases its lock, as the end of a process does.
    drop(entry);
    let mut found = journal.abandoned(|_| true).unwrap();
    assert_eq!(found.len(), 1);
    let other = Journal::open(&folder).unwrap();
    assert!(other.abandoned(|label| label != "deposit 5").unwrap().is_empty(), "it belongs to another command");
    let (entry, record) = found.pop().unwrap();
    assert_eq!((record.label.as_str(), record.last_valid), ("deposit 5", 77));
    let known = Known::of(&record, &entry.path).unwrap();
    assert_eq!((known.genesis, known.transaction), (genesis, transaction(1)));
    assert_eq!((known.signature, known.blockhash), (Signature::from([1; 64]), Hash::new_from_array([1; 32])));
    drop(entry.settled());
    assert!(journal.abandoned(|_| true).unwrap().is_empty(), "the entry is removed");
    assert!(!journal.has(&signature));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn drafts_are_ignored_and_broken_entries_are_refused() {
    let folder = folder("draft");
    let journal = Journal::open(&folder).unwrap();
    fs::write(folder.join("somebody.draft"), "{\"label\"").unwrap();
    assert!(journal.abandoned(|_| true).unwrap().is_empty());
    fs::write(folder.join("somebody.json"), "{\"label\"").unwrap();
    let error = journal.abandoned(|_| true).unwrap_err();
    assert!(error.to_string().contains("somebody.json"), "{error}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_folder_below_a_file_is_named_in_the_error() {
    let file = std::env::current_exe().unwrap();
    let error = Journal::open(file.join("journal")).unwrap_err();
    assert!(error.path.starts_with(&file), "{error}");
}
