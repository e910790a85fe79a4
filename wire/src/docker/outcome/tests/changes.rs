//! Changes of a container: made, made before, or why not.

use portreeve_core::outcome::EngineOutcome::{
    AlreadyDone, Conflict, Created, Done, EndpointTaken, NameTaken, NetworkFull, NoSuchImage,
    NoSuchNetwork, PortTaken, Refused, RemovalInProgress,
};
use serde_json::json;

use super::effects::outcome;
use super::effects::{
    answers, by_id, create, create_network, id, image, is_refused, is_unclear, remove, says, start,
    stop, unpause,
};

#[test]
fn what_is_done_and_what_was_done_before() {
    for effect in [start(), stop(), unpause()] {
        assert_eq!(outcome(&effect, 204, b""), Done);
        assert_eq!(outcome(&effect, 304, b""), AlreadyDone);
    }
    assert_eq!(outcome(&remove(), 204, b""), Done);
    assert_eq!(outcome(&image(), 200, b"{}"), Done);
    assert_eq!(outcome(&create_network(), 201, b"{}"), Done);
    assert!(is_unclear(&outcome(&by_id(), 304, b""), "304"));
}

#[test]
fn create_failures() {
    assert_eq!(
        answers(&create(), &json!({"Id": "4f1c", "Warnings": null})),
        Created(id())
    );
    assert!(is_unclear(&answers(&create(), &json!({"Id": ""})), "read"));
    let docker = r#"Conflict. The container name "/user-1" is already in use by container "9a". You have to remove (or rename) that container to be able to reuse that name."#;
    let podman = r#"creating container storage: the container name "user-1" is already in use by 9a. You have to remove that container to be able to reuse that name: that name is already in use"#;
    assert_eq!(says(&create(), 409, docker), NameTaken(docker.into()));
    assert_eq!(says(&create(), 500, podman), NameTaken(podman.into()));
    for message in ["No such image: a/b:1", "a/b:1: image not known"] {
        assert_eq!(says(&create(), 404, message), NoSuchImage(message.into()));
    }
    let message = "unable to find network with name or ID net: network not found";
    assert_eq!(says(&create(), 500, message), NoSuchNetwork(message.into()));
    let bind = r#"invalid mount config for type "bind": bind source path does not exist: /srv"#;
    assert!(is_refused(&says(&create(), 400, bind), "/srv"));
}

#[test]
fn ports_that_are_taken() {
    for message in [
        // 20.10
        "driver failed programming external connectivity on endpoint user-1 (5c): Bind for 127.0.0.1:19000 failed: port is already allocated",
        "driver failed programming external connectivity on endpoint user-1 (5c): Error starting userland proxy: listen tcp4 127.0.0.1:19000: bind: address already in use",
        // 28
        "failed to set up container networking: driver failed programming external connectivity on endpoint user-1 (5c): failed to bind host port for 127.0.0.1:19000:172.18.0.2:18789/tcp: address already in use",
        // Podman
        "rootlessport listen tcp 127.0.0.1:19000: bind: address already in use",
        // Docker Desktop
        "Ports are not available: exposing port TCP 127.0.0.1:19000 -> 0.0.0.0:0: listen tcp 127.0.0.1:19000: bind: Only one usage of each socket address is normally permitted.",
    ] {
        assert_eq!(says(&start(), 500, message), PortTaken(message.into()));
    }
    let other = says(&start(), 400, "exec: \"address already in use\"");
    assert!(!matches!(other, PortTaken(_)), "{other:?}");
}

#[test]
fn a_place_on_the_network_that_is_taken() {
    for (status, message) in [
        (
            403,
            "endpoint with name user-1 already exists in network mosaic-internal",
        ),
        (403, "service endpoint with name user-1 already exists"),
        (
            500,
            "failed to set up container networking: endpoint with name user-1 already exists in network mosaic-internal",
        ),
        (
            403,
            "container 4f1c is already connected to network mosaic-internal",
        ),
    ] {
        assert_eq!(
            says(&start(), status, message),
            EndpointTaken(message.into())
        );
    }
    // Of another thing than a container that is to start, nothing is made of it.
    assert!(matches!(
        says(&create(), 403, "endpoint with name user-1 already exists"),
        Refused(_)
    ));
}

#[test]
fn a_network_that_has_no_place_or_address_left() {
    for message in [
        "failed to create endpoint user-1 on network mosaic-internal: adding interface veth12ab to bridge br-0a1b failed: exchange full",
        "failed to create endpoint user-1 on network mosaic-internal: no available IPv4 addresses on this network's address pools: mosaic-internal (0a1b)",
        "failed to set up container networking: no available IPv4 addresses on this network's address pools: mosaic-internal (0a1b)",
        "netavark: IPAM error: failed to find free IP in range: 10.89.0.1 - 10.89.0.254",
    ] {
        assert_eq!(says(&start(), 500, message), NetworkFull(message.into()));
    }
}

#[test]
fn a_network_that_is_gone_or_one_of_several_at_start() {
    for (status, message) in [
        (404, "network 0a1b2c not found"),
        (
            404,
            "failed to set up container networking: network net not found",
        ),
        (404, "network net not found: no such network"),
        (
            500,
            "unable to find network with name or ID net: network not found",
        ),
        // Somebody has made another of its name.
        (400, "network net is ambiguous (2 matches found on name)"),
        (
            400,
            "2 matches found based on name: network net is ambiguous",
        ),
    ] {
        assert_eq!(
            says(&start(), status, message),
            NoSuchNetwork(message.into())
        );
    }
    let other = says(&start(), 404, "volume plugin not found");
    assert!(is_refused(&other, "plugin"), "{other:?}");
}

/// Words about networks, about files and about addresses are no word of a network that is gone or a
/// port that is taken: what would be done about those would be done for ever.
#[test]
fn what_only_sounds_like_a_network_that_is_gone_or_a_port_that_is_taken() {
    for message in [
        "adding interface veth12 to bridge br-aa failed: could not find bridge br-aa: route ip+net: no such network interface",
        "failed to set up container networking: driver failed programming external connectivity on endpoint user-1 (5c): fork/exec /usr/bin/docker-proxy: no such file or directory",
    ] {
        let other = says(&start(), 500, message);
        assert!(is_unclear(&other, message), "{other:?}");
    }
    for message in [
        r#"OCI runtime create failed: error mounting "/srv/network-share" to rootfs at "/data": no such file or directory"#,
        "driver failed programming external connectivity on endpoint user-1 (5c): Error starting userland proxy: listen tcp4 10.9.9.9:19000: bind: cannot assign requested address",
    ] {
        let other = says(&start(), 500, message);
        assert!(is_refused(&other, message), "{other:?}");
    }
}

#[test]
fn states_that_do_not_allow_it() {
    let paused = "cannot start a paused container, try unpause instead";
    assert_eq!(says(&start(), 409, paused), Conflict(paused.into()));
    assert_eq!(
        says(
            &start(),
            409,
            "container is marked for removal and cannot be started"
        ),
        RemovalInProgress
    );
    assert_eq!(
        says(
            &remove(),
            409,
            "removal of container 4f1c is already in progress"
        ),
        RemovalInProgress
    );
    for (status, message) in [
        (409, "Container 4f1c is not paused"),
        (500, "Container 4f1c is not paused"),
        (
            500,
            r#""4f1c" is not paused, can't unpause: container state improper"#,
        ),
    ] {
        assert_eq!(says(&unpause(), status, message), AlreadyDone);
    }
    let podman = "container 4f1c must be in Created or Stopped state to be started: container state improper";
    assert_eq!(says(&start(), 500, podman), Conflict(podman.into()));
    let running = "You cannot remove a running container 4f1c";
    assert_eq!(says(&remove(), 409, running), Conflict(running.into()));
}
