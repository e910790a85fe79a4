//! What people do to an installation, and what breaks.

use std::time::Duration;

use portreeve_core::id::Port;
use portreeve_core::user::UserId;

/// Something that somebody does, or that breaks.
///
/// Which container it is done to is told by its place in the list of those that are there at the
/// time, counted round: so it means something whatever else was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChaosAction {
    /// A controller's process is killed, and started again after that time.
    Crash(usize, Duration),
    /// A controller's process stands still for that time.
    Freeze(usize, Duration),
    /// A controller is closed by its host, ends, and is opened again after that time.
    Close(usize, Duration),
    /// The engine is restarted, and is away for that time.
    RestartEngine(Duration),
    /// Another engine answers at the engine's address for that time.
    SwapEngine(Duration),
    /// The store is out of reach for that time.
    LoseStore(Duration),
    /// A controller is cut off from the store for that time, in that way.
    CutOff(usize, Silence, Duration),
    /// A replica of the store lags from now on, and takes over after that time: what is written meanwhile is
    /// lost.
    FailOver(Duration),
    /// The store's clock is set forward by that.
    StoreClockForward(Duration),
    /// The store's clock is set back by that, or by as much as it is ahead of the world's.
    StoreClockBack(Duration),
    /// The clock of a controller's machine, by which its process tells the time, jumps forward by that.
    HostClockForward(usize, Duration),
    /// A controller's event stream breaks off.
    LoseStream(usize),
    /// A container is killed.
    Kill(usize),
    /// A container is stopped by hand.
    Stop(usize),
    /// A container is removed, whatever it does.
    Remove(usize),
    /// A container gets another name.
    Rename(usize),
    /// A container is paused.
    Pause(usize),
    /// A process that isn't ours listens on a port for that time, unless it is in use.
    Occupy(Port, Duration),
    /// Somebody makes a container of the name that this user's would have, and removes it after
    /// that time.
    Squat(UserId, Duration),
    /// Somebody makes a volume of the name that this user's would have, and removes it after that
    /// time.
    SquatVolume(UserId, Duration),
    /// A user comes with a container, published on that port, and a volume that something else
    /// made. What isn't adopted is removed after that time.
    Bring(UserId, Port, Duration),
    /// A user comes with such a container that is mostly not to be adopted, since something would be lost
    /// or mixed up by that.
    BringOdd(UserId, Port, Oddity, Duration),
    /// Somebody makes a container that is so far like one that was made for a user, and removes it
    /// after that time.
    Copy(usize, Likeness, Duration),
    /// A controller is closed by its host, and opened again after that time with the configuration
    /// of that generation.
    Deploy(usize, u64, Duration),
    /// The engine has the image no longer.
    LoseImage,
    /// The registry can't be reached for that time.
    LoseRegistry(Duration),
    /// The engine answers so to whatever of that kind it is asked for, for one user or for all, and
    /// doesn't do it, for that time.
    Refuse(Refusal, Option<UserId>, Duration),
    /// What the containers of one user, or of all, need isn't there for that time: those that are
    /// started meanwhile run, and don't get ready before.
    Unready(Option<UserId>, Duration),
}

/// What an engine may say no to, again and again, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The network is one that no host port leads into.
    NetworkInternal,
    /// The network is one of two of its name, on none of which a container is put by it.
    NetworkTwice,
    /// A volume can't be made, and nobody knows why.
    VolumeUnclear,
    /// The name of a container that is to be made is taken, by what nobody finds.
    CreateNameTaken,
    /// The image is gone when a container is to be made of it.
    CreateImageGone,
    /// The network is gone when a container is to be made on it.
    CreateNetworkGone,
    /// A container can't be made just now.
    CreateConflict,
    /// A container can't be made, and never will be.
    CreateRefused,
    /// A container can't be started, and nobody knows why.
    StartUnclear,
    /// The port of a container that is to be started is taken.
    StartPortTaken,
    /// The network of a container that is to be started is gone.
    StartNetworkGone,
    /// The network of a container that is to be started takes no more containers.
    StartNetworkFull,
    /// Something of the container's name is on its network still when it is to be started.
    StartEndpointTaken,
    /// A container can't be stopped, and nobody knows why.
    StopUnclear,
    /// A container is being removed, and never goes.
    RemoveInProgress,
    /// A container can't be removed, and nobody knows why.
    RemoveUnclear,
}

impl Refusal {
    /// All there are.
    pub const ALL: [Self; 16] = [
        Self::NetworkInternal,
        Self::NetworkTwice,
        Self::VolumeUnclear,
        Self::CreateNameTaken,
        Self::CreateImageGone,
        Self::CreateNetworkGone,
        Self::CreateConflict,
        Self::CreateRefused,
        Self::StartUnclear,
        Self::StartPortTaken,
        Self::StartNetworkGone,
        Self::StartNetworkFull,
        Self::StartEndpointTaken,
        Self::StopUnclear,
        Self::RemoveInProgress,
        Self::RemoveUnclear,
    ];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::NetworkInternal => "network-internal",
            Self::NetworkTwice => "network-twice",
            Self::VolumeUnclear => "volume-unclear",
            Self::CreateNameTaken => "create-name-taken",
            Self::CreateImageGone => "create-image-gone",
            Self::CreateNetworkGone => "create-network-gone",
            Self::CreateConflict => "create-conflict",
            Self::CreateRefused => "create-refused",
            Self::StartUnclear => "start-unclear",
            Self::StartPortTaken => "start-port-taken",
            Self::StartNetworkGone => "start-network-gone",
            Self::StartNetworkFull => "start-network-full",
            Self::StartEndpointTaken => "start-endpoint-taken",
            Self::StopUnclear => "stop-unclear",
            Self::RemoveInProgress => "remove-in-progress",
            Self::RemoveUnclear => "remove-unclear",
        }
    }
}

/// What a controller hears of a store that it is cut off from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Silence {
    /// That it isn't reached, at once.
    Refused,
    /// Nothing: each statement is waited for until its time is over.
    Unanswered,
}

impl Silence {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Refused, Self::Unanswered];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
        }
    }
}

/// What there is about a container that isn't to be adopted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// Its state is in a volume of its own, which goes along with it.
    Anonymous,
    /// The engine removes it once it has ended.
    AutoRemove,
    /// Its state is in another user's volume.
    OthersState,
    /// It mounts another user's volume beside its own.
    OthersBeside,
    /// It bears labels of Portreeve's that can't be read whole.
    HalfLabelled,
    /// Its volume does.
    HalfLabelledVolume,
    /// Its state is in a volume that is the same for all who come like that: one of them can have it.
    Shared,
}

impl Oddity {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Anonymous,
        Self::AutoRemove,
        Self::OthersState,
        Self::OthersBeside,
        Self::HalfLabelled,
        Self::HalfLabelledVolume,
        Self::Shared,
    ];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::AutoRemove => "auto-remove",
            Self::OthersState => "others-state",
            Self::OthersBeside => "others-beside",
            Self::HalfLabelled => "half-labelled",
            Self::HalfLabelledVolume => "half-labelled-volume",
            Self::Shared => "shared",
        }
    }
}

/// How far a container is like one that was made for a user, all of whose labels it bears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Likeness {
    /// By its labels alone, as if it was made from an image that `docker commit` made. It runs.
    Labels,
    /// The same, under the user's container name, if that is free.
    Name,
    /// By its labels, and it is published, on a port of the engine's choice. It runs.
    Port,
    /// By its labels, and it mounts the user's volume at another path. It runs.
    Volume,
    /// In all but its name. It isn't started.
    Whole,
}

impl Likeness {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::Labels,
        Self::Name,
        Self::Port,
        Self::Volume,
        Self::Whole,
    ];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Name => "name",
            Self::Port => "port",
            Self::Volume => "volume",
            Self::Whole => "whole",
        }
    }
}
