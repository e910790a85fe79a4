//! How the data is written that effects, outcomes and records are made of.

use super::{Project, Projection, project, tag};
use crate::effect::{
    ContainerRef, Effect, EngineEffect, Expect, Idle, PortChange, Probe, Put, Scope, StoreEffect,
};
use crate::error::Error;
use crate::id::{PortRange, Version};
use crate::label::{Labelled, Labels};
use crate::name::Names;
use crate::network::Network;
use crate::observed::{Configured, ContainerState, Health, Observed};
use crate::outcome::{
    ContainerChange, EngineEvent, EngineOutcome, MountedVolume, Outcome, Particulars, ProbeOutcome,
    Pulse, StoreOutcome, Touch,
};
use crate::record::{Body, Failure, Header, Intent, Lease, Record, Row};
use crate::spec::ContainerSpec;
use crate::token::SealedToken;

project!(struct Version { record, revision });
project!(struct Names { container, volume });
project!(struct Labels { installation: left_out, user, record, port, spec, token_generation });
project!(struct Lease { owner, remaining });
project!(struct Failure { count, reason: left_out, exit_code: left_out, log: left_out, retry_in });
project!(struct Record { version, port, lease, last_active, shares_volume, ahead: left_out, body });
project!(struct Body {
    names, token, token_generation, intent, container, template_generation, idle_limit, failure,
    adopted, purging,
});
project!(
    enum Intent {
        Stopped,
        Starting,
        Running,
        Stopping,
        Removing,
    }
);
project!(enum Row { Absent, Found(record), Unreadable(why: left_out) });
project!(struct Header {
    installation: left_out, engine, newest_generation, now,
});
project!(struct Observed { id, name, labels, state, health, configured, networks, ran_for });
project!(enum Configured { Listed { port }, Inspected { port, volumes } });

impl<T: Project> Project for Labelled<T> {
    fn project(&self, out: &mut Projection) {
        match self {
            Self::Not => out.word(0),
            Self::As(told) => {
                out.word(1);
                told.project(out);
            }
            Self::Unreadable => out.word(2),
        }
    }
}

project!(
    enum Health {
        Absent,
        Starting,
        Healthy,
        Unhealthy,
        Untold,
    }
);
project!(enum ContainerState {
    Stopped { exit_code }, Starting, Running, Paused, Removing, Broken, Unknown(text),
});

project!(
    enum Effect {
        Engine(effect),
        Store(effect),
        Probe(probe),
    }
);
project!(enum EngineEffect {
    Identify,
    Inspect(which),
    Examine(which),
    List(scope),
    Watch { installation: left_out },
    InspectImage { image },
    PullImage { image },
    FindNetworks { name },
    CreateNetwork { name, labels: left_out },
    EnsureVolume { name, labels: left_out },
    InspectVolume { name },
    ListVolumes(installation: left_out),
    RemoveVolume { name },
    Create(spec),
    Start { container },
    Unpause { container },
    Stop { container, grace },
    Remove { container },
    Logs { container, lines },
});
project!(
    enum ContainerRef {
        Name(name),
        Id(id),
    }
);
project!(enum Scope { Installation(whose: left_out), User(whose: left_out, user), Ids(ids) });
project!(enum StoreEffect {
    Load { engine: left_out, users: users },
    Put(put),
    Delete { user, version, controller, rest, event: left_out },
    LongestStopped { engine: left_out, ports, limit },
    Touch { users: users },
    Scan { engine: left_out, after, limit },
    ScanUnsettled { engine: left_out, after, limit },
    ScanIdle { engine: left_out, idle, after, limit },
    Register { engine: left_out, id, ports },
    Lock { name, owner, ttl },
    Unlock { name, owner },
    ReadEvents { from: left_out, user, limit },
    DropEvents(kept: left_out),
});
project!(struct Put {
    user, engine: left_out, expect, controller, lease, port, touch, running_limit, idle, body, events: left_out,
});
project!(struct Idle { limit, slack });
project!(
    enum Expect {
        Absent(record),
        At(version),
    }
);
project!(enum PortChange {
    Keep, Claim(range), Take(port), Replace { range, quarantine }, Free { rest },
});
project!(struct Probe { host, port, kind: left_out });

project!(
    enum Outcome {
        Engine(outcome),
        Store(outcome),
        Probe(outcome),
    }
);
project!(enum EngineOutcome {
    Identified(id),
    Found(observed),
    Examined(particulars),
    Listed(containers),
    ListedInPart { containers, unread: left_out },
    Networks(networks),
    Volume(owner: volume_owner),
    Volumes(volumes),
    Created(id),
    Log(lines: left_out),
    Done,
    AlreadyDone,
    Absent,
    NoSuchImage(text: left_out),
    NoSuchNetwork(text: left_out),
    NetworkFull(text: left_out),
    PortTaken(text: left_out),
    EndpointTaken(text: left_out),
    NameTaken(text: left_out),
    RemovalInProgress,
    Conflict(text: left_out),
    Refused(text: left_out),
    Unreachable(text: left_out),
    Expired,
    OtherEngine(id),
    Unclear(text: left_out),
});
project!(enum StoreOutcome {
    Loaded { header, rows: by_user },
    Stored { revision, port, last_active, shares_volume },
    Conflict,
    NoPort { known, free_in },
    VolumeTaken,
    LimitReached,
    Active,
    Touched(touches: by_user),
    Longest(rows),
    Scanned { header, rows, more },
    Events { events: left_out, newest: left_out, dropped: left_out, more },
    Registered(id),
    LockHeld,
    Done,
    Refused(text: left_out),
    Unwritable(text: left_out),
    Unreachable(text: left_out),
    Unclear(text: left_out),
});
project!(enum ProbeOutcome { Passed, Failed(text: left_out) });
project!(enum Touch { Absent, Unreadable(why: left_out), Written(pulse) });
project!(struct Pulse { version, intent, last_active });
project!(struct Particulars {
    observed, environment: left_out, volumes, ports, auto_remove,
});
project!(struct Network {
    id: left_out, driver, internal, installation: left_out, created: left_out,
});
project!(struct MountedVolume { name, target, anonymous });
project!(
    enum ContainerChange {
        Created,
        Started,
        Died,
        Paused,
        Unpaused,
        Destroyed,
        Health(health),
        Other,
    }
);
project!(enum EngineEvent { Opened, Missed, Container { id, user, change } });

impl Project for ContainerSpec {
    /// The rest is worked out from the settings.
    fn project(&self, out: &mut Projection) {
        self.name.project(out);
        Labels::of_pairs(&self.labels).project(out);
        self.volume.project(out);
        self.port().project(out);
    }
}

impl Project for PortRange {
    fn project(&self, out: &mut Projection) {
        self.first().project(out);
        self.last().project(out);
    }
}

impl Project for SealedToken {
    /// Which key seals it; the rest is chance's.
    fn project(&self, out: &mut Projection) {
        out.word(super::fnv(self.key()));
    }
}

impl Project for Error {
    /// The rest is for people.
    fn project(&self, out: &mut Projection) {
        out.word(tag(self.code()));
    }
}
