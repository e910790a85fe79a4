//! All users are listed, from page to page.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portreeve_blocking::portreeve_core::effect::{EngineEffect, Fence, StoreEffect};
use portreeve_blocking::portreeve_core::id::{EngineId, InstallationId, NetworkId};
use portreeve_blocking::portreeve_core::label::Labelled;
use portreeve_blocking::portreeve_core::network::Network;
use portreeve_blocking::portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_blocking::{
    Backend, Backends, Engine, Events, Key, Keyring, Portreeve, Settings, Store, Template,
};
use portreeve_examples::memory_store::MemoryStore;

/// An engine that has nothing and makes nothing.
struct Barren;

impl Engine for Barren {
    fn carry_out(&self, effect: &EngineEffect, _: Duration, _: &Fence) -> EngineOutcome {
        match effect {
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("barren")),
            EngineEffect::List(_) => EngineOutcome::Listed(Vec::new()),
            EngineEffect::InspectImage { .. } => EngineOutcome::Done,
            EngineEffect::FindNetworks { name } => {
                EngineOutcome::Networks(vec![Network::bridge(NetworkId::new(name))])
            }
            EngineEffect::EnsureVolume { .. } => EngineOutcome::Volume(Labelled::Unreadable),
            _ => EngineOutcome::Absent,
        }
    }

    fn watch(
        &self,
        _: InstallationId,
        _: Option<&EngineId>,
    ) -> Result<Box<dyn Events>, EngineOutcome> {
        Err(EngineOutcome::Unreachable("there are none".to_owned()))
    }
}

/// A store that refuses the page after so many.
struct Failing {
    store: MemoryStore,
    pages: AtomicUsize,
}

impl Store for Failing {
    fn carry_out(&self, effect: &StoreEffect, _: Duration) -> StoreOutcome {
        if matches!(effect, StoreEffect::Scan { .. })
            && self.pages.fetch_sub(1, Ordering::SeqCst) == 0
        {
            return StoreOutcome::Refused("as the test wants it".to_owned());
        }
        self.store.carry_out(effect)
    }
}

#[test]
fn a_list_goes_on_from_page_to_page() {
    let store = Arc::new(Failing {
        store: MemoryStore::new([1; 16]),
        pages: AtomicUsize::new(usize::MAX),
    });
    let keyring = Keyring::new(Key::new(&[0; 32].into()), Vec::new());
    let mut settings = Settings::new(Template::reference_service(), keyring);
    settings.limits.page = 2;
    let backends = Backends {
        engine: Backend::Own(Arc::new(Barren)),
        store: Backend::Own(store.clone()),
    };
    let portreeve = Portreeve::open_with(settings, backends).unwrap();
    let users = ["alice", "bob", "carol", "dan", "erin"];
    for user in users {
        // Each has a record by then.
        assert_eq!(portreeve.ensure(user).unwrap_err().code(), "volume_taken");
    }
    let listed: Result<Vec<_>, _> = portreeve.list().collect();
    let listed: Vec<_> = listed.unwrap();
    let names: Vec<_> = listed.iter().map(|it| it.user.as_str()).collect();
    assert_eq!(names, users);

    let page = portreeve.list_page(Some("bob"), 9).unwrap();
    assert_eq!(page.users.len(), 2);
    assert_eq!(page.next.unwrap().as_str(), "dan");
    let last = portreeve.list_page(Some("dan"), 9).unwrap();
    assert_eq!((last.users.len(), last.next), (1, None));

    // The third page fails: a loop ends with that, and who asks for a page again goes on there.
    store.pages.store(2, Ordering::SeqCst);
    let mut listing = portreeve.list();
    let told: Vec<_> = listing.by_ref().collect();
    assert_eq!(told.len(), 5);
    assert_eq!(told[4].as_ref().unwrap_err().code(), "store_refused");
    assert!(listing.next().is_none());
    let rest = listing.next_page().unwrap().unwrap();
    assert_eq!(rest[0].user.as_str(), "erin");
    assert_eq!(listing.next_page(), Ok(None));
}
