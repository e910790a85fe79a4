//! What was answered is remembered, and compared with what is found out from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portreeve_tests::answer::{Endpoint, Failure, Reaped};
use portreeve_tests::world::World;

/// What was begun and never answered may still happen that long after.
const AFTERMATH: Duration = Duration::from_secs(45);

/// What such a run may be told when servers go, others interfere, and many want different things of one user.
const EXPECTED: &[&str] = &[
    "superseded",
    "timeout",
    "start_timeout",
    "start_failed",
    "backing_off",
    "ports_exhausted",
    "limit_reached",
    "busy",
    "engine_unreachable",
    "store_unreachable",
    "unknown_user",
];

/// What is known of one user.
#[derive(Default)]
struct Known {
    /// What its gateway last confirmed to keep. Empty after a purge.
    content: Option<String>,
    token: Option<String>,
    /// When it was last active, as its caller knows: the begin of the call, and when that was answered.
    active: Option<(Instant, Instant)>,
}

/// All that was answered.
pub struct Ledger {
    users: BTreeMap<String, (Mutex<Known>, Disturbance)>,
    /// Disturbs everybody.
    everybody: Disturbance,
    idle_limit: Duration,
    wrong: Mutex<Vec<String>>,
    told: Mutex<BTreeMap<String, usize>>,
    checked: AtomicUsize,
}

/// Whether something is being done to a user that may make an answer old.
#[derive(Default)]
struct Disturbance {
    begun: AtomicU64,
    ended: AtomicU64,
    lasts_until: Mutex<Option<Instant>>,
}

/// Something that is being done to a user, until it is dropped.
pub struct Disturbed<'a>(&'a Disturbance);

/// A moment at which nothing was being done to a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quiet(u64, u64);

impl Disturbance {
    fn begin(&self) -> Disturbed<'_> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        Disturbed(self)
    }

    /// How many disturbances there have been; `None` while there is one.
    fn quiet(&self) -> Option<u64> {
        let ended = self.ended.load(Ordering::SeqCst);
        let lasts = *locked(&self.lasts_until);
        let over = lasts.is_none_or(|until| until <= Instant::now());
        (over && self.begun.load(Ordering::SeqCst) == ended).then_some(ended)
    }
}

impl Disturbed<'_> {
    /// It was never answered, so nobody knows when it ends.
    pub fn has_an_aftermath(&self) {
        *locked(&self.0.lasts_until) = Some(Instant::now() + AFTERMATH);
    }
}

impl Drop for Disturbed<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// An empty one.
    pub fn new(users: impl IntoIterator<Item = String>, idle_limit: Duration) -> Self {
        let users = users.into_iter();
        Self {
            users: users.map(|user| (user, Default::default())).collect(),
            everybody: Disturbance::default(),
            idle_limit,
            wrong: Mutex::default(),
            told: Mutex::default(),
            checked: AtomicUsize::new(0),
        }
    }

    fn of(&self, user: &str) -> &(Mutex<Known>, Disturbance) {
        self.users
            .get(user)
            .unwrap_or_else(|| panic!("{user} is nobody"))
    }

    /// Something is done to a user.
    pub fn disturb(&self, user: &str) -> Disturbed<'_> {
        self.of(user).1.begin()
    }

    /// Something is done that all users may feel.
    pub fn disturb_everybody(&self) -> Disturbed<'_> {
        self.everybody.begin()
    }

    /// Whether nothing is being done to a user at this moment.
    pub fn quiet(&self, user: &str) -> Option<Quiet> {
        Some(Quiet(self.of(user).1.quiet()?, self.everybody.quiet()?))
    }

    /// Something must not be.
    pub fn wrong(&self, what: String) {
        locked(&self.wrong).push(what);
    }

    /// Counts an answer, and is suspicious of failures that nothing explains.
    pub fn count<T>(&self, command: &str, answer: Option<&Result<T, Failure>>, excused: &[&str]) {
        let came_of_it = match answer {
            None => "killed",
            Some(Ok(_)) => "ok",
            Some(Err(failure)) => {
                let code = failure.code.as_str();
                if !EXPECTED.contains(&code) && !excused.contains(&code) {
                    self.wrong(format!("{command} failed with {failure:#?}"));
                }
                code
            }
        };
        *locked(&self.told)
            .entry(format!("{command}: {came_of_it}"))
            .or_default() += 1;
    }

    /// The user was active, as a call that began then and was answered just now has told.
    pub fn active(&self, user: &str, since: Instant) {
        locked(&self.of(user).0).active = Some((since, Instant::now()));
    }

    /// A command that ends what is known of a user: until it is answered nothing else is learnt.
    pub fn while_forgetting<T>(&self, user: &str, token_alone: bool, act: impl FnOnce() -> T) -> T {
        let mut known = locked(&self.of(user).0);
        known.token = None;
        if !token_alone {
            known.content = None;
        }
        act()
    }

    /// Compares an answered endpoint with what its gateway says. `quiet` is from before the question.
    pub fn compare(&self, world: &World, user: &str, endpoint: &Endpoint, quiet: Option<Quiet>) {
        if endpoint.user != user {
            self.wrong(format!("{user} was answered {endpoint:#?}"));
        }
        let mut known = locked(&self.of(user).0);
        let undisturbed = || quiet.is_some() && quiet == self.quiet(user);
        let deadline = Instant::now() + Duration::from_secs(5);
        let seen = loop {
            let seen = endpoint.seen();
            if seen.is_ok() || !undisturbed() || Instant::now() > deadline {
                break seen;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        match seen {
            // Whatever is done to users, a token never opens somebody else's door.
            Ok((200, host)) if !endpoint.container_id.starts_with(&host) => {
                let owner = world.engine.try_container(&host);
                let owner = owner.and_then(|container| container.label("portreeve.user"));
                if owner.is_some_and(|owner| owner != user) {
                    self.wrong(format!("{user}'s token opens {host}: {endpoint:#?}"));
                }
            }
            Ok((200, _)) => {
                self.learn(&mut known, user, endpoint, undisturbed);
            }
            other if undisturbed() => {
                self.wrong(format!("{endpoint:#?} doesn't answer: {other:?}"));
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn learn(
        &self,
        known: &mut Known,
        user: &str,
        endpoint: &Endpoint,
        undisturbed: impl Fn() -> bool,
    ) {
        let kept = endpoint.try_kept();
        if !undisturbed() {
            return;
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        if let Some(token) = &known.token
            && *token != endpoint.token
        {
            self.wrong(format!("{user}'s token changed by itself: {endpoint:#?}"));
        }
        known.token = Some(endpoint.token.clone());
        if let (Some(content), Some(kept)) = (&known.content, &kept)
            && content != kept
        {
            self.wrong(format!("{user} kept {content}, and has {kept}"));
        }
        let content = format!(
            "{}-{}",
            endpoint.container_id,
            self.checked.load(Ordering::Relaxed)
        );
        // Where nobody knows whether it was written, nobody knows what is kept.
        known.content = endpoint.try_keep(&content).then_some(content);
    }

    /// Nobody is reaped who was active within the idle limit, as far as callers know.
    pub fn compare_reaped(&self, reaped: &Reaped, begun: Instant) {
        for user in &reaped.stopped {
            let active = self
                .users
                .get(user)
                .and_then(|(known, _)| locked(known).active);
            if let Some((since, answered)) = active
                && answered < begun
                && since.elapsed() < self.idle_limit
            {
                self.wrong(format!(
                    "{user} was active {:?} ago and reaped",
                    since.elapsed()
                ));
            }
        }
    }

    /// The user's endpoint at the very end, with nobody around: all that was promised is there.
    pub fn compare_at_last(&self, user: &str, endpoint: &Endpoint) {
        endpoint.answers();
        let known = locked(&self.of(user).0);
        if let Some(token) = &known.token
            && *token != endpoint.token
        {
            self.wrong(format!("{user}'s token changed: {endpoint:#?}"));
        }
        let kept = endpoint.kept();
        if known.content.is_some() && known.content != kept {
            self.wrong(format!("{user} kept {:?}, and has {kept:?}", known.content));
        }
    }

    /// All tokens that were ever seen and not replaced.
    pub fn tokens(&self) -> BTreeSet<String> {
        let tokens = self.users.values();
        tokens
            .filter_map(|(known, _)| locked(known).token.clone())
            .collect()
    }

    /// How often what was answered, and how many answers were checked to the last.
    pub fn figures(&self) -> String {
        let mut figures = format!(
            "{} endpoints compared in full\n",
            self.checked.load(Ordering::Relaxed)
        );
        for (what, count) in &*locked(&self.told) {
            let _ = writeln!(figures, "  {count:6}  {what}");
        }
        figures
    }

    /// Panics if anything was wrong.
    #[track_caller]
    pub fn is_clean(&self) {
        let wrong = locked(&self.wrong);
        assert!(
            wrong.is_empty(),
            "{} wrongs:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}
