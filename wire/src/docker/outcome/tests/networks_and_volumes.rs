//! Networks and volumes: there, whose, made, removed.

use portreeve_core::effect::EngineEffect;
use portreeve_core::id::InstallationId;
use portreeve_core::label::{self, Labelled};
use portreeve_core::outcome::EngineOutcome::{
    Absent, AlreadyDone, Conflict, Done, Networks, Unclear, Volume, Volumes,
};
use portreeve_core::user::UserId;
use serde_json::{Value, json};

use super::effects::outcome;
use super::effects::{
    answers, create_network, inspect_volume, is_refused, is_unclear, network, remove_volume, says,
    volume,
};

#[test]
fn networks() {
    let two = json!([{"Name": "net", "Id": "7"}, {"Name": "other", "Id": "8"}, {"Name": "net", "Id": "9"}]);
    assert!(matches!(answers(&network(), &two), Networks(found) if found.len() == 2));
    assert_eq!(answers(&network(), &json!([])), Networks(Vec::new()));
    assert!(is_unclear(
        &answers(&network(), &json!({"Name": "net"})),
        "read"
    ));
    for message in [
        "network with name net already exists",
        "network name net already used: network already exists",
    ] {
        assert_eq!(says(&create_network(), 409, message), AlreadyDone);
    }
    let full = "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network";
    assert!(is_refused(
        &says(&create_network(), 500, full),
        "address pool"
    ));
}

#[test]
fn volumes_tell_whose_they_are() {
    let made = |labels: Value| json!({"Name": "vol", "Driver": "local", "Labels": labels});
    let installation = InstallationId::from_bytes([7; 16]);
    let user = UserId::new("a b/ü").unwrap();
    let ours: serde_json::Map<String, Value> = label::volume_pairs(installation, &user)
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect();
    assert_eq!(
        answers(&volume(), &made(ours.into())),
        Volume(Labelled::As((installation, user)))
    );
    for labels in [Value::Null, json!({}), json!({"com.example": "x"})] {
        assert_eq!(answers(&volume(), &made(labels)), Volume(Labelled::Not));
    }
    // Whoever's it is.
    for labels in [
        json!({"portreeve.user": "u"}),
        json!({"portreeve.record": "07".repeat(16)}),
        json!({"portreeve.user": 7, "portreeve.installation": "07".repeat(16)}),
        json!({"portreeve.user": "", "portreeve.installation": "07".repeat(16)}),
        json!({"portreeve.user": "u", "portreeve.installation": "zz"}),
    ] {
        let told = answers(&volume(), &made(labels));
        assert_eq!(told, Volume(Labelled::Unreadable));
    }
    assert_eq!(
        says(
            &volume(),
            409,
            "create vol: conflict: volume name must be unique"
        ),
        Volume(Labelled::Not)
    );
    assert!(is_unclear(
        &answers(&volume(), &json!({"Name": "other"})),
        "read"
    ));
}

#[test]
fn volumes_are_looked_at_and_removed_by_their_whole_name() {
    let found = |name: &str, labels: Value| {
        answers(&inspect_volume(), &json!({"Name": name, "Labels": labels}))
    };
    let installation = InstallationId::from_bytes([7; 16]);
    let ours = json!({"portreeve.user": "u", "portreeve.installation": "07".repeat(16)});
    assert_eq!(
        found("vol", ours.clone()),
        Volume(Labelled::As((installation, UserId::new("u").unwrap())))
    );
    assert_eq!(found("vol", Value::Null), Volume(Labelled::Not));
    assert_eq!(found("volume", ours), Absent);
    assert!(is_unclear(&answers(&inspect_volume(), &json!({})), "read"));

    assert_eq!(outcome(&remove_volume(), 204, b""), Done);
    for effect in [inspect_volume(), remove_volume()] {
        let docker = "get vol: no such volume";
        let podman = r#"{"cause":"no such volume","message":"no volume with name \"vol\" found: no such volume","response":404}"#;
        assert_eq!(says(&effect, 404, docker), Absent);
        assert_eq!(outcome(&effect, 404, podman.as_bytes()), Absent);
    }
    for message in [
        "remove vol: volume is in use - [8943cec7d27e0463293571d4b9ed4f16bfdbf694e2d532119cfc50bc25fa8979]",
        "volume vol is being used by the following container(s): 8943cec7d27e: volume is being used",
    ] {
        assert_eq!(
            says(&remove_volume(), 409, message),
            Conflict(message.into())
        );
    }
}

#[test]
fn volumes_of_an_installation() {
    let installation = InstallationId::from_bytes([0xab; 16]);
    let effect = EngineEffect::ListVolumes(installation);
    let volume = |name: &str, installation: &str, user: &str| {
        let labels = json!({"portreeve.installation": installation, "portreeve.user": user});
        json!({"Name": name, "Labels": labels})
    };
    let (ours, theirs) = ("ab".repeat(16), "cd".repeat(16));
    let listed = json!({"Warnings": null, "Volumes": [
        volume("a", &ours, "1"),
        volume("b", &theirs, "1"),
        volume("c", &ours, ""),
        {"Name": "d", "Labels": null}, null, "text",
        {"Labels": {"portreeve.installation": ours, "portreeve.user": "1"}},
    ]});
    let one = Volumes(vec![("a".to_string(), UserId::new("1").unwrap())]);
    assert_eq!(answers(&effect, &listed), one);
    for none in [json!({"Volumes": null}), json!({"Volumes": []})] {
        assert_eq!(answers(&effect, &none), Volumes(Vec::new()));
    }
    let odd = answers(&effect, &json!({"Volumes": 7}));
    assert!(matches!(odd, Unclear(_)), "{odd:?}");
}
