//! Small things by themselves: ports, names, keys, and what is said.

use std::collections::BTreeSet;

use portreeve_core::command::Command;
use portreeve_core::effect::{Effect, EngineEffect};
use portreeve_core::error::Error;
use portreeve_core::id::{InstallationId, Port, PortRange, RecordId};
use portreeve_core::label::{self, Labelled, Labels};
use portreeve_core::name::{InvalidNaming, Naming};
use portreeve_core::outcome::{StoreFailure, StoreOutcome};
use portreeve_core::token::{Key, Keyring, Token, TokenError, TokenOf};
use portreeve_core::user::UserId;

use crate::world::{LIST, World, user};

#[test]
fn a_volume_bears_two_of_the_labels() {
    for (key, bears) in [
        (label::INSTALLATION, true),
        (label::USER, true),
        (label::RECORD, false),
        (label::PORT, false),
        ("somebody.else", false),
    ] {
        assert_eq!(label::is_of_volumes(key), bears, "{key}");
    }
}

/// That there is no port is said outright: a label that is missing may have been lost.
#[test]
fn a_label_says_that_there_is_no_port() {
    let labels = Labels {
        installation: InstallationId::from_bytes([7; 16]),
        user: UserId::new("alice").unwrap(),
        record: RecordId::from_bytes([8; 16]),
        port: None,
        spec: "1:a".into(),
        token_generation: 1,
    };
    let mut pairs = labels.pairs();
    assert_eq!(Labels::of_pairs(&pairs), Labelled::As(labels));
    let port = pairs.iter().position(|(key, _)| key == label::PORT);
    let port = port.expect("it is told");
    for wrong in ["", "0", "None", "65536"] {
        pairs[port].1 = wrong.into();
        assert_eq!(Labels::of_pairs(&pairs), Labelled::Unreadable, "{wrong:?}");
    }
    pairs.remove(port);
    assert_eq!(Labels::of_pairs(&pairs), Labelled::Unreadable);
}

#[test]
fn each_error_tells_its_own_way_out() {
    assert!(Error::UnknownUser.hint().contains("`ensure`"));
    assert_ne!(Error::UnknownUser.hint(), Error::Closed.hint());
}

#[test]
fn a_range_holds_both_of_its_ends() {
    let port = |number| Port::new(number).expect("not 0");
    let range = PortRange::new(port(19_000), port(19_002)).expect("not empty");
    let inside = |number| range.contains(port(number));
    assert_eq!(
        [18_999, 19_000, 19_001, 19_002, 19_003].map(inside),
        [false, true, true, true, false]
    );
    assert_eq!(range.count(), 3);
    assert_eq!(PortRange::new(port(19_001), port(19_000)), None);
}

/// What a template says of the user, and what it doesn't know it leaves as it is.
#[test]
fn placeholders_are_filled_in() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        let pattern = "{user} in {container} by {record}, {token}";
        settings.template.labels = [("told".into(), pattern.into())].into();
    });
    world.ensure("alice");
    let record = world
        .record("alice")
        .expect("it was written")
        .version
        .record;
    let spec = world.issued.iter().find_map(|issued| match &issued.effect {
        Effect::Engine(EngineEffect::Create(spec)) => Some(spec),
        Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => None,
    });
    let spec = spec.expect("it was created");
    let labels = &spec.labels;
    let told = labels.iter().find(|(key, _)| key == "told");
    let expected = format!("alice in mosaic-user-alice by {record}, {{token}}");
    assert_eq!(told.map(|(_, value)| value), Some(&expected));
    let token = spec
        .variable("AGENT_TOKEN")
        .map(portreeve_core::spec::EnvValue::reveal);
    assert_eq!(token, Some(world.token_of(&world.containers[0].id)));
    assert_eq!(spec.variable("NOT_SET"), None);
}

#[test]
fn patterns_make_names_that_engines_take() {
    let volume = "agent-{user}-state";
    for bad in [
        "-{user}",
        "{user}",
        "a b-{user}",
        "a_{user}/",
        "ü{user}",
        "Agent-{user}",
    ] {
        let naming = Naming::new(bad, volume);
        assert_eq!(naming, Err(InvalidNaming::BadCharacters(bad.into())));
        let naming = Naming::new("agent-{user}", bad);
        assert_eq!(naming, Err(InvalidNaming::BadCharacters(bad.into())));
    }
    for bad in ["agent", "agent-{user}-{user}"] {
        let naming = Naming::new(bad, volume);
        assert_eq!(naming, Err(InvalidNaming::NoUser(bad.into())));
    }
    // An id's hash takes 43 of 63 bytes.
    let longest = "agents-of-20-letters{user}";
    assert!(Naming::new(longest, volume).is_ok());
    let longer = format!("a{longest}");
    assert_eq!(
        Naming::new(&longer, volume),
        Err(InvalidNaming::TooLong(longer))
    );
}

/// What changes nothing may be asked again when its answer was lost.
#[test]
fn what_only_looks_is_told_from_what_changes_something() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.run(LIST);
    world.run(Command::Health);
    world.run(Command::Reap);
    world.run(Command::Touch(user("alice")));
    world.run(Command::Purge(user("alice")));
    let looks = |word: &str| {
        [
            "Load",
            "Scan",
            "ScanUnsettled",
            "ScanIdle",
            "LongestStopped",
        ]
        .contains(&word)
    };
    let mut kinds = BTreeSet::new();
    for issued in &world.issued {
        if let Effect::Store(effect) = &issued.effect {
            let told = format!("{effect:?}");
            let kind = told.split([' ', '(', '{']).next().expect("a word");
            assert_eq!(effect.only_looks(), looks(kind), "{kind}");
            kinds.insert(kind.to_owned());
        }
    }
    assert!(kinds.len() >= 8, "{kinds:?}");
}

/// Whoever has lost a key is told which one, and the id tells nothing of the key.
#[test]
fn a_key_that_is_missing_is_named() {
    let key = |byte: u8| Key::new(&[byte; 32].into());
    let alice = user("alice");
    let token = Token::from_random(&[7; 32]);
    let of = TokenOf {
        user: &alice,
        record: RecordId::from_bytes([1; 16]),
        generation: 1,
    };
    let sealed = Keyring::new(key(1), Vec::new()).seal(of, &token, [3; 12]);
    let without = Keyring::new(key(2), vec![key(3)]).open(of, &sealed);
    assert_eq!(without, Err(TokenError::UnknownKey(key(1).id())));
    let ids = [key(1).id(), key(2).id()];
    assert_ne!(ids[0], ids[1]);
    let hexadecimal =
        |id: &String| id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    assert!(ids.iter().all(hexadecimal), "{ids:?}");
}

#[test]
fn what_went_wrong_is_told_in_its_own_words() {
    let why = || "why".to_owned();
    let outcomes = [
        StoreOutcome::Refused(why()),
        StoreOutcome::Unreachable(why()),
        StoreOutcome::Unclear(why()),
    ];
    for outcome in outcomes {
        assert_eq!(
            outcome.failure().map(StoreFailure::text),
            Some("why"),
            "{outcome:?}"
        );
    }
    assert_eq!(StoreOutcome::Done.failure(), None);
}

#[test]
fn a_containers_name_tells_the_user_whose_it_would_be() {
    let naming = Naming::new("mosaic-{user}", "state-{user}").expect("well formed");
    let whose = |name: &str| naming.user_of_container(name);
    assert_eq!(whose("mosaic-api"), Some(user("api")));
    assert_eq!(whose("MOSAIC-API"), Some(user("api")), "DNS ignores case");
    let hashed = naming.names(&user("Ann")).container;
    for nobodys in ["mosaic-", "mosaic-a_b", "other-api", hashed.as_str()] {
        assert_eq!(whose(nobodys), None, "{nobodys}");
    }
}
