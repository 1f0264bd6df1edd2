use super::*;
use crate::testing::scene::Scene;
use solana_keypair::Keypair;

struct People {
    depositor: Keypair,
    curator: Keypair,
    keys: PoolKeys,
    deposit: NamedDeposit,
}

fn people() -> People {
    let (depositor, curator, keys) = (Keypair::new(), Keypair::new(), Scene::new(1, 0).unwrap().view.keys);
    let deposit = NamedDeposit {
        depositor: depositor.pubkey(),
        curator: curator.pubkey(),
        pool: keys.pool,
        class: ShareClass::Main,
        id: 7,
        amount: 500,
        min_shares: 490,
    };
    People { depositor, curator, keys, deposit }
}

fn nonce(byte: u8) -> Hash {
    Hash::new_from_array([byte; 32])
}

/// A transaction of other instructions that the depositor has signed.
fn other(people: &People, instructions: &[Instruction]) -> String {
    let me = people.depositor.pubkey();
    let message = VersionedMessage::V0(v0::Message::try_compile(&me, instructions, &[], nonce(1)).unwrap());
    let transaction = VersionedTransaction { signatures: Vec::new(), message };
    let signed = with_signature(transaction, &people.depositor).unwrap();
    STANDARD.encode(bincode::serialize(&signed).unwrap())
}

#[test]
fn both_sign_the_same_and_the_text_says_what() {
    let people = people();
    let text = people.deposit.offer(&people.keys, nonce(1), &people.depositor).unwrap();
    // A text is broken into lines by whoever sends it.
    let broken =
        text.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n");
    let (found, transaction) = NamedDeposit::of(&broken).unwrap();
    assert_eq!(found, people.deposit);
    assert_eq!(found.check(&people.keys, &transaction), Ok(()));
    let named = found.name(transaction, &people.curator).unwrap();
    let bytes = named.message.serialize();
    let signers = &named.message.static_account_keys()[..2];
    assert_eq!(signers, [people.depositor.pubkey(), people.curator.pubkey()]);
    for (signature, key) in named.signatures.iter().zip(signers) {
        assert!(signature.verify(key.as_ref(), &bytes));
    }
}

#[test]
fn nothing_but_a_deposit_is_signed() {
    let people = people();
    let (me, curator) = (people.depositor.pubkey(), people.curator.pubkey());
    let good = people.deposit.instructions(&people.keys);
    let request = good[2].clone();
    let theft = {
        // Lamports of the curator for the depositor.
        let accounts = vec![AccountMeta::new(curator, true), AccountMeta::new(me, false)];
        let mut data = 2u32.to_le_bytes().to_vec();
        data.extend(1_000_000u64.to_le_bytes());
        Instruction { program_id: system_program::ID, accounts, data }
    };
    let mut writes = request.clone();
    writes.accounts.last_mut().unwrap().is_writable = true;
    let another = build::request_deposit(curator, &people.keys, ShareClass::Main, 7, 500, 490);
    let another = build::named_by(me, another);
    for instructions in [
        vec![good[0].clone(), theft.clone(), good[1].clone(), request.clone()],
        vec![theft.clone(), request.clone()],
        vec![good[1].clone(), request.clone()],
        vec![good[0].clone(), good[1].clone(), writes],
        // The curator pays, and the depositor names them.
        vec![good[0].clone(), good[1].clone(), another],
    ] {
        let (found, transaction) = NamedDeposit::of(&other(&people, &instructions)).unwrap();
        assert_eq!(found.check(&people.keys, &transaction), Err(CosignError::NotADeposit));
    }
    for instructions in [vec![good[0].clone(), good[2].clone(), theft.clone()], vec![theft]] {
        assert_eq!(NamedDeposit::of(&other(&people, &instructions)).err(), Some(CosignError::NotADeposit));
    }
}

#[test]
fn a_changed_text_is_not_what_was_signed() {
    let people = people();
    let text = people.deposit.offer(&people.keys, nonce(1), &people.depositor).unwrap();
    let bytes = STANDARD.decode(&text).unwrap();
    let mut refused = 0;
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let read = NamedDeposit::of(&STANDARD.encode(&changed));
        let Ok((found, transaction)) = read else {
            refused += 1;
            continue;
        };
        // The curator's own place for a signature is still empty, and may hold anything.
        let is_own = (1 + 64..1 + 128).contains(&place);
        match found.check(&people.keys, &transaction) {
            Ok(()) => assert!(is_own && found == people.deposit, "byte {place} may be changed"),
            Err(CosignError::NotADeposit | CosignError::NotSigned(_)) => refused += 1,
            Err(error) => panic!("byte {place}: {error}"),
        }
    }
    assert_eq!(refused, bytes.len() - 64);
    for text in ["", "no", "AAAA", &"A".repeat(5_000)] {
        assert_eq!(NamedDeposit::of(text).err(), Some(CosignError::NotATransaction), "{text}");
    }
}

#[test]
fn only_the_curator_that_it_names_signs() {
    let people = people();
    let text = people.deposit.offer(&people.keys, nonce(1), &people.depositor).unwrap();
    let (found, transaction) = NamedDeposit::of(&text).unwrap();
    let other = CosignError::OtherCurator(people.curator.pubkey());
    assert_eq!(found.name(transaction, &Keypair::new()).err(), Some(other));
    let stranger = people.deposit.offer(&people.keys, nonce(1), &Keypair::new()).err();
    assert!(matches!(stranger, Some(CosignError::Signing(_))), "{stranger:?}");
}
