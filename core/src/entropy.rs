//! Randomness that was handed in: the same seed gives the same numbers.

use core::fmt;
use core::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::id::{ControllerId, RecordId};
use crate::seed::Seed;
use crate::token::Token;

/// A generator that only the seed decides, and what is stirred in later.
#[cfg_attr(feature = "model-checking", derive(Clone))]
pub(crate) struct Entropy {
    source: ChaCha20Rng,
    /// Times are to be as they are, and generations grow by one.
    #[cfg(feature = "model-checking")]
    steady: bool,
}

impl fmt::Debug for Entropy {
    /// Tokens come from it, so its state is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

impl Entropy {
    pub(crate) fn from_seed(seed: Seed) -> Self {
        Self {
            source: ChaCha20Rng::from_seed(seed.into_bytes()),
            #[cfg(feature = "model-checking")]
            steady: false,
        }
    }

    /// Goes on from fresh randomness as well as from its own: whoever knows, or has a copy of, only one
    /// of the two doesn't know what comes.
    pub(crate) fn stir(&mut self, fresh: Seed) {
        let own = Zeroizing::new(self.bytes::<32>());
        let fresh = Zeroizing::new(fresh.into_bytes());
        let both = Sha256::new_with_prefix(b"portreeve stirred\0")
            .chain_update(own.as_slice())
            .chain_update(fresh.as_slice())
            .finalize();
        self.source = ChaCha20Rng::from_seed(both.into());
    }

    /// The same, which leaves times as they are, and has generations grow by one.
    #[cfg(feature = "model-checking")]
    pub(crate) fn steady(self) -> Self {
        Self {
            steady: true,
            ..self
        }
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.source.fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn controller_id(&mut self) -> ControllerId {
        ControllerId::from_bytes(self.bytes())
    }

    pub(crate) fn record_id(&mut self) -> RecordId {
        RecordId::from_bytes(self.bytes())
    }

    pub(crate) fn token(&mut self) -> Token {
        Token::from_random(&Zeroizing::new(self.bytes()))
    }

    /// By how much a token's generation grows, up to 2²⁰. A store that fails over may lose that a token was
    /// replaced, and by steps of one the next would bear the number of the lost one, which a container may
    /// carry.
    pub(crate) fn generation_step(&mut self) -> u32 {
        #[cfg(feature = "model-checking")]
        if self.steady {
            return 1;
        }
        1 + (self.source.next_u32() >> 12)
    }

    /// `time`, up to a half more or less, so that controllers that failed together don't try
    /// again together.
    pub(crate) fn jittered(&mut self, time: Duration) -> Duration {
        #[cfg(feature = "model-checking")]
        if self.steady {
            return time;
        }
        let percent = 50 + self.source.next_u32() % 101;
        time * percent / 100
    }
}
