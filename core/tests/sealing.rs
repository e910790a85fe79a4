//! What a sealed token is bound to, and what becomes of those that were sealed before.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::RecordId;
use portreeve_core::seed::Seed;
use portreeve_core::token::{Key, Keyring, SealedToken, Token, TokenError, TokenOf};

use crate::world::{World, user};

/// The world's key.
const KEY: [u8; 32] = [9; 32];

/// A token as it was sealed before it was bound to its record: version 1.
fn sealed_for_the_user(id: &str, token: &str) -> SealedToken {
    let nonce = [3; 12];
    let user_data = format!("portreeve token 1\0{id}");
    let payload = Payload {
        msg: token.as_bytes(),
        aad: user_data.as_bytes(),
    };
    let cipher = Aes256Gcm::new(&KEY.into());
    let ciphertext = cipher.encrypt(&Nonce::from(nonce), payload).expect("small");
    let key = hex::decode(Key::new(&KEY.into()).id()).expect("hexadecimal");
    SealedToken::from_bytes([&[1][..], &key, &nonce, &ciphertext].concat())
}

fn sealed(world: &World, id: &str) -> SealedToken {
    world.record(id).expect("it is there").body.token
}

/// The token that alice is answered.
fn answered(world: &mut World) -> Token {
    match world.ensure("alice") {
        Reply::Ensured(endpoint) => endpoint.token,
        other => panic!("not ensured: {other:?}"),
    }
}

fn rekeyed(world: &mut World) -> (u32, u32) {
    match world.run(Command::Rekey) {
        Reply::Rekeyed(rekeyed) if rekeyed.failed.is_empty() => (rekeyed.sealed, rekeyed.current),
        other => panic!("not sealed: {other:?}"),
    }
}

/// What the first release with tokens wrote, byte by byte.
#[test]
fn version_1_is_opened_for_its_user() {
    const SEALED: &str = "0179a8e03130c63c2f030303030303030303030303ba1677d2bdf35421ef8b852f8e6e47e0\
        fa44c205c5b8a1faee67de0ee83de53b64931bb6107ed1a3eab408dc27d3e015b9109c4957c6de38b6b874";
    let ring = Keyring::new(Key::new(&[1; 32].into()), Vec::new());
    let sealed = SealedToken::from_bytes(hex::decode(SEALED).expect("hexadecimal"));
    let (alice, bob) = (user("alice"), user("bob"));
    let of = |user| TokenOf {
        user,
        record: RecordId::from_bytes([5; 16]),
        generation: 3,
    };
    let token = Token::from_random(&[7; 32]);
    assert_eq!(ring.open(of(&alice), &sealed), Ok(token));
    assert_eq!(ring.open(of(&bob), &sealed), Err(TokenError::Forged));
    assert!(!ring.is_newest(&sealed), "there is a newer version");
}

#[test]
fn a_token_that_was_sealed_for_its_user_alone_is_answered_and_sealed_anew() {
    let mut world = World::new(1);
    let token = answered(&mut world);
    let before = sealed_for_the_user("alice", token.reveal());
    world.edit("alice", |body| body.token = before.clone());
    world.restart_with(2, |_| ());
    assert_eq!(answered(&mut world), token);
    assert_eq!(sealed(&world, "alice"), before, "nobody asked for more");
    assert_eq!(rekeyed(&mut world), (1, 0));
    let after = sealed(&world, "alice");
    assert_eq!(
        (after.as_bytes()[0], &after.as_bytes()[1..9]),
        (2, &before.as_bytes()[1..9])
    );
    assert_eq!(rekeyed(&mut world), (0, 1));
    assert_eq!(answered(&mut world), token);
}

#[test]
fn a_rotation_begins_with_a_token_that_was_sealed_for_its_user_alone() {
    let mut world = World::new(1);
    let token = answered(&mut world);
    let before = sealed_for_the_user("alice", token.reveal());
    world.edit("alice", |body| body.token = before);
    let Reply::Rotated(rotated) = world.run(Command::Rotate(user("alice"))) else {
        panic!("not rotated");
    };
    let after = rotated.endpoint.expect("it runs").token;
    assert_ne!(after, token);
    assert_eq!(answered(&mut world), after);
}

/// What a world's first record of alice holds: its id, and the sealed token with its nonce.
fn drawn(world: &mut World) -> (RecordId, SealedToken) {
    world.ensure("alice");
    let record = world.record("alice").expect("it is there");
    (record.version.record, record.body.token)
}

/// A snapshot that is restored twice, or a fork.
#[test]
fn copies_of_a_process_draw_apart_once_each_has_fresh_randomness() {
    let copy = |fresh: Option<u8>| {
        let mut world = World::new(1);
        if let Some(byte) = fresh {
            world
                .lifecycle
                .handle_randomness(Seed::predictable([byte; 32]));
        }
        world
    };
    let of = |fresh| drawn(&mut copy(fresh));
    let (never, one, other) = (of(None), of(Some(1)), of(Some(2)));
    assert_eq!(never, of(None), "copies draw the same without it");
    assert_eq!(one, of(Some(1)), "the same inputs give the same outputs");
    for (left, right) in [(&never, &one), (&never, &other), (&one, &other)] {
        assert_ne!(left.0, right.0);
        assert_ne!(nonce(&left.1), nonce(&right.1));
    }
    // What was there before counts, too.
    let mut elsewhere = World::new(2);
    elsewhere
        .lifecycle
        .handle_randomness(Seed::predictable([1; 32]));
    assert_ne!(nonce(&drawn(&mut elsewhere).1), nonce(&one.1));
}

fn nonce(sealed: &SealedToken) -> &[u8] {
    &sealed.as_bytes()[9..21]
}

/// Whoever can write the store, and not read tokens, puts an old one back.
#[test]
fn an_earlier_token_does_not_take_a_later_ones_place() {
    let mut world = World::new(1);
    world.ensure("alice");
    let first = sealed(&world, "alice");
    world.run(Command::Rotate(user("alice")));
    world.edit("alice", |body| body.token = first);
    refused(&mut world);
}

#[test]
fn an_earlier_records_token_does_not_open_in_a_later_one() {
    let mut world = World::new(1);
    world.ensure("alice");
    let first = sealed(&world, "alice");
    world.run(Command::Purge(user("alice")));
    world.ensure("alice");
    world.edit("alice", |body| body.token = first);
    refused(&mut world);
}

fn refused(world: &mut World) {
    world.restart_with(2, |_| ());
    let reply = world.run(Command::Ensure(user("alice")));
    let Reply::Failed(Error::TokenUnreadable(why)) = reply else {
        panic!("opened: {reply:?}");
    };
    assert!(why.contains("earlier"), "{why}");
}
