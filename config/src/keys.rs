//! The keys there are. This table is the only place that lists them: files, variables, flags,
//! what is told of them and the manual all read it.

use portreeve_core::template::Template;

use crate::choice::{
    AbsolutePath, Away, Check, GpuChoice, Mounts, Pulls, Reaches, Ready, Restarts,
};
use crate::field::{Field, entries, field};
use crate::form::{
    Address, Cpus, IdleTime, Length, Maybe, PortNumber, Size, Switch, Text, Whole, Words,
};
use crate::values::Values;

/// The table that the keys of [`TEMPLATE`] stand in; for one user, they stand in `users."ID"`.
pub(crate) const TEMPLATE_TABLE: &str = "template";
/// The table of the users who have a template of their own.
pub(crate) const USERS_TABLE: &str = "users";

/// What holds for the installation.
pub(crate) const GENERAL: &[Field<Values>] = &[
    field!(
        "docker_host",
        docker_host,
        Maybe<Text>,
        "The container engine: `unix:///PATH`, `tcp://HOST:PORT`, … Unset, the usual socket."
    ),
    field!(
        "store",
        store,
        Maybe<Text>,
        "The store: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`. Unset, a SQLite file in the user's state directory."
    ),
    field!(
        "key_file",
        key_file,
        Maybe<Text>,
        "The file with the keys that seal tokens, one a line, the newest first; mode 0600. Unset, a file in the user's state directory. `PORTREEVE_KEY` takes its place."
    ),
    field!("engine", engine, Text, "The engine's name in the store."),
    field!(
        "generation",
        generation,
        Whole<u64>,
        "Raise it with each change that is to reach stopped containers, where several controllers share a store: one with a lower number recreates nothing."
    ),
    field!(
        "container_name",
        container_name,
        Text,
        "How containers are named; `{user}` stands for the user."
    ),
    field!(
        "volume_name",
        volume_name,
        Text,
        "How users' volumes are named; `{user}` stands for the user."
    ),
    field!(
        "network",
        network,
        Text,
        "The network that containers are attached to; made if it isn't there."
    ),
    field!(
        "publish_on",
        publish_on,
        Address,
        "The address of the engine's host that containers' ports are published on."
    ),
    field!(
        "reach",
        reach,
        Reaches,
        "From where URLs are to work: from wherever the engine's host can be reached, or from containers on the same network."
    ),
    field!(
        "advertised_host",
        advertised_host,
        Maybe<Text>,
        "The host in URLs. Unset, the address in `publish_on`; needed where the engine runs on another machine."
    ),
    field!(
        "readiness",
        readiness,
        Ready,
        "When a started container counts as ready: never mind; seen running; its health check passes; it keeps a connection open; it answers a path with a status from 200 to 399."
    ),
    field!(
        "pull",
        pull,
        Pulls,
        "Whether an image that the engine doesn't have is pulled."
    ),
    field!(
        "ports.first",
        first_port,
        PortNumber,
        "The lowest host port to claim."
    ),
    field!(
        "ports.last",
        last_port,
        PortNumber,
        "The highest host port to claim."
    ),
    field!(
        "limits.starting",
        limits.starting,
        Whole<u32>,
        "For how many starts one controller has the engine work at once; others wait in line. Who was started and isn't ready yet, or waits for a port, an image or to try again, doesn't count; starts that were set back have half of it at most."
    ),
    field!(
        "limits.running",
        limits.running,
        Maybe<Whole<u32>>,
        "How many users of the engine may be up, over all controllers: starting, running, or being stopped and not known to be down."
    ),
    field!(
        "idle_limit",
        idle_limit,
        IdleTime,
        "How long a user may be idle before `reap` stops the container, unless `portreeve limit` said otherwise of that user."
    ),
    field!(
        "store_away",
        store_away,
        Away,
        "What `ensure` and `touch` of a host that follows the engine's events do while the store doesn't answer, for users who are known to run: serve them for up to ten minutes, and tell the store once it is back; or refuse them, as all others are."
    ),
    field!(
        "events.age",
        events.age,
        Length,
        "How long events are kept: older ones are dropped with each sweep of a host and each `portreeve repair`."
    ),
    field!(
        "events.count",
        events.count,
        Whole<u64>,
        "How many events are kept at most, the newest."
    ),
    field!(
        "timing.start",
        timing.start,
        Length,
        "How long a start may take, from its turn until the container is ready."
    ),
    field!(
        "timing.queue",
        timing.queue,
        Length,
        "How long a start waits for its turn."
    ),
    field!(
        "timing.pull",
        timing.pull,
        Length,
        "How long one pull of an image may take."
    ),
    field!(
        "timing.grace",
        timing.grace,
        Length,
        "How long a container may take to stop by itself before the engine kills it."
    ),
    field!(
        "timing.answer",
        timing.answer,
        Length,
        "How long a stop, a status or a list may take, beside the grace."
    ),
    field!(
        "timing.patience",
        timing.patience,
        Length,
        "How long an engine or store that isn't reached is tried again before a command fails."
    ),
    field!(
        "timing.engine",
        timing.engine,
        Length,
        "How long one ordinary request to the engine may take."
    ),
    field!(
        "timing.store",
        timing.store,
        Length,
        "How long one statement to the store may take."
    ),
    field!(
        "timing.lease",
        timing.lease,
        Length,
        "How long a user's lease is taken for."
    ),
    field!(
        "timing.renew",
        timing.renew,
        Length,
        "How often a lease is renewed."
    ),
    field!(
        "timing.margin",
        timing.margin,
        Length,
        "How long before a lease's end nothing new is begun under it."
    ),
    field!(
        "timing.slack",
        timing.slack,
        Length,
        "For how long after one write of a user's activity further touches are answered from memory."
    ),
    field!(
        "timing.resync",
        timing.resync,
        Length,
        "How often all containers are listed while the engine's events are followed, as hosts do and single commands don't."
    ),
    field!(
        "timing.trust",
        timing.trust,
        Length,
        "For how long after such a list the engine's events are believed to tell all that happened."
    ),
    field!(
        "timing.rest",
        timing.rest,
        Length,
        "How long a freed port isn't claimed again."
    ),
    field!(
        "timing.quarantine",
        timing.quarantine,
        Length,
        "How long a port that somebody else was found on isn't claimed again."
    ),
];

/// What containers are made from.
pub(crate) const TEMPLATE: &[Field<Template>] = &[
    field!("image", image, Text, "The image."),
    field!(
        "entrypoint",
        entrypoint,
        Maybe<Words>,
        "Replaces the image's entrypoint."
    ),
    field!(
        "command",
        command,
        Maybe<Words>,
        "Replaces the image's command."
    ),
    entries!(
        "environment",
        environment,
        "Environment variables. `{user}`, `{record}`, `{container}` and `{token}` are filled in."
    ),
    entries!(
        "labels",
        labels,
        "Labels beside Portreeve's own. `{user}`, `{record}` and `{container}` are filled in."
    ),
    field!(
        "gateway_port",
        gateway_port,
        Whole<u16>,
        "The TCP port that the gateway listens on inside of the container."
    ),
    field!(
        "state_path",
        state_path,
        AbsolutePath,
        "Where the user's volume is mounted."
    ),
    field!(
        "mounts",
        mounts,
        Mounts,
        "Further mounts: each has one of `bind`, `volume` and `tmpfs` (a size, or `true`), a `target`, and where wanted `read_only`."
    ),
    field!("memory", memory, Maybe<Size>, "How much memory it may use."),
    field!("cpus", milli_cpus, Maybe<Cpus>, "How many CPUs it may use."),
    field!(
        "pids",
        pids,
        Maybe<Whole<u32>>,
        "How many processes and threads it may have."
    ),
    field!("gpus", gpus, Maybe<GpuChoice>, "Which GPUs it may use."),
    field!(
        "shm_size",
        shm_size,
        Maybe<Size>,
        "How much shared memory it has."
    ),
    field!(
        "user",
        user,
        Maybe<Text>,
        "The user and group its process runs as, replacing the image's."
    ),
    field!(
        "working_dir",
        working_dir,
        Maybe<AbsolutePath>,
        "Its working directory, replacing the image's."
    ),
    field!(
        "cap_add",
        cap_add,
        Words,
        "Capabilities to add to the engine's default set."
    ),
    field!(
        "cap_drop",
        cap_drop,
        Words,
        "Capabilities to drop from the engine's default set."
    ),
    field!(
        "read_only",
        read_only,
        Switch,
        "Whether its root file system is read-only."
    ),
    field!(
        "security_opt",
        security_opt,
        Words,
        "Security options, as the engine names them."
    ),
    field!(
        "init",
        init,
        Switch,
        "Whether the engine's init process runs as its first process."
    ),
    field!(
        "restart",
        restart,
        Restarts,
        "What the engine does when its process ends."
    ),
    field!(
        "health_check",
        health_check,
        Maybe<Check>,
        "Replaces the image's health check."
    ),
    field!(
        "extra_hosts",
        extra_hosts,
        Words,
        "Further host names, as `name:address`."
    ),
];

/// All keys, as they stand in a file.
pub(crate) fn names() -> impl Iterator<Item = String> {
    let template = TEMPLATE
        .iter()
        .map(|field| format!("{TEMPLATE_TABLE}.{}", field.name));
    GENERAL
        .iter()
        .map(|field| field.name.to_owned())
        .chain(template)
}

/// The environment variable that sets a key, but not a table's.
pub(crate) fn variable(name: &str) -> String {
    format!("PORTREEVE_{}", name.to_uppercase().replace('.', "_"))
}

/// The variables of the reference service that are honoured, with the keys they set.
pub(crate) const REFERENCE_VARIABLES: &[(&str, &str)] = &[
    ("DOCKER_HOST", "docker_host"),
    ("OPENCLAW_IMAGE", "template.image"),
    ("OPENCLAW_NETWORK", "network"),
    ("OPENCLAW_PORT_RANGE_START", "ports.first"),
    ("MOSAIC_API_URL", "template.environment.MOSAIC_API_URL"),
];
