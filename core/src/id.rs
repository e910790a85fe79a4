//! The small names things go by.

use alloc::string::String;
use core::fmt;

/// Sixteen random bytes, shown as 32 lower-case hexadecimal digits.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes it of its bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads the 32 hexadecimal digits that [`core::fmt::Display`] writes.
            pub fn parse(text: &str) -> Option<Self> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).ok()?;
                Some(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
    };
}

random_id! {
    /// One record of one user. Random and never reused: a revision of a purged user's old record
    /// can't be mistaken for the new one's.
    RecordId
}
random_id! {
    /// One controller (one `Lifecycle`), as the owner of leases.
    ControllerId
}
random_id! {
    /// One installation: one store and all it owns on its engines. Made by the store's first
    /// migration, so that two installations on one engine can't take each other's things for
    /// their own, however alike they are configured.
    InstallationId
}

/// A name whose form is somebody else's affair: kept as it came, compared by bytes.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes it as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A container, by the id its engine gave it.
    ContainerId
}
text_id! {
    /// A network of an engine's, by the id the engine gave it.
    NetworkId
}
text_id! {
    /// An engine, by the id it says it has.
    EngineId
}
text_id! {
    /// An engine, by the name it has in the configuration (`local` unless told otherwise).
    EngineName
}

/// Which state of one record: 1 for the first, and greater with each write, by a random step.
///
/// A database that fails over to a replica may lose its last writes. Others are then written in their
/// place, and by steps of one they would bear the same numbers: whoever knows a lost state would take
/// another for it. No number that was lost comes again by steps of up to 2³¹, and 63 bits are enough for
/// four billion of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Revision(pub u64);

/// One state of one record: what a compare-and-set compares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Version {
    /// Which record.
    pub record: RecordId,
    /// Which of its states.
    pub revision: Revision,
}

/// A host port. Never 0.
pub type Port = core::num::NonZeroU16;

/// The host ports that may be claimed, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortRange {
    first: Port,
    last: Port,
}

impl PortRange {
    /// 19000 to 32767: the reference service's first port, up to where Linux's ephemeral ports
    /// begin.
    pub const DEFAULT: Self = Self {
        first: Port::new(19000).expect("not 0"),
        last: Port::new(32767).expect("not 0"),
    };

    /// A range from `first` to `last`; `None` if it would be empty.
    pub fn new(first: Port, last: Port) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The lowest port.
    pub fn first(self) -> Port {
        self.first
    }

    /// The highest port.
    pub fn last(self) -> Port {
        self.last
    }

    /// Whether the port is one of them.
    pub fn contains(self, port: Port) -> bool {
        self.first <= port && port <= self.last
    }

    /// How many ports there are.
    pub fn count(self) -> u32 {
        u32::from(self.last.get() - self.first.get()) + 1
    }
}

/// The number of an effect, unique within one `Lifecycle`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EffectId(pub u64);

/// The number of a request, unique within one `Lifecycle`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u64);
