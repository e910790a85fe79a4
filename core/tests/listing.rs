//! All users are told of, a page at a time.

use std::collections::BTreeSet;

use portreeve_core::command::{Command, Reply, Status, UserPage, UserStatus};
use portreeve_core::error::Error;
use portreeve_core::user::UserId;

use crate::world::{Fault, World, user};

/// Users who run, but for every other one, who is stopped.
fn crowd(users: u8) -> World {
    let mut world = World::new(1);
    for number in 0..users {
        let id = format!("user-{number:03}");
        world.ensure(&id);
        if number % 2 == 1 {
            world.run(Command::Stop(user(&id)));
        }
    }
    world.calls.clear();
    world
}

fn names(users: &[UserStatus]) -> Vec<&str> {
    users.iter().map(|status| status.user.as_str()).collect()
}

#[test]
fn pages_of_any_size_tell_of_the_same_users() {
    let whole = crowd(9).page(None, u32::MAX);
    assert_eq!((whole.users.len(), whole.next), (9, None));
    for limit in [1, 2, 4, 8, 9] {
        let mut world = crowd(9);
        let paged = world.list_all(limit, |_| ());
        assert_eq!(paged, whole.users, "by {limit}");
        assert!(paged.windows(2).all(|two| two[0].user < two[1].user));
    }
}

/// The engine is asked for the containers of those who are on the page, however many others it has.
#[test]
fn a_page_costs_what_is_on_it() {
    let mut world = crowd(9);
    world.rows_read = 0;
    let page = world.page(Some(user("user-002")), 3);
    assert_eq!(names(&page.users), ["user-003", "user-004", "user-005"]);
    assert_eq!(page.next, Some(user("user-005")));
    let status = |index: usize| page.users[index].status.clone();
    assert_eq!([status(0), status(1)], [Status::Stopped, Status::Running]);
    assert_eq!(world.rows_read, 3);
    assert_eq!(world.calls, ["store: scan", "engine: list container-4"]);
}

#[test]
fn a_page_is_as_long_as_the_settings_let_it_be() {
    let mut world = crowd(5);
    world.restart_with(2, |settings| settings.limits.page = 2);
    for (limit, told) in [(0, 1), (1, 1), (2, 2), (3, 2), (u32::MAX, 2)] {
        assert_eq!(world.page(None, limit).users.len(), told, "{limit}");
    }
    let behind_all = world.page(Some(user("zoe")), 2);
    assert_eq!(behind_all, UserPage::default());
}

#[test]
fn whoever_comes_and_goes_between_pages_hides_nobody_and_is_told_of_once() {
    let mut world = crowd(9);
    let there_all_the_while: BTreeSet<UserId> = [0, 2, 3, 5, 7, 8]
        .map(|number| user(&format!("user-{number:03}")))
        .into();
    let mut pages = 0;
    let listed = world.list_all(3, |world| {
        pages += 1;
        if pages == 1 {
            // After whom the list is to go on is gone then, and so is one who was still to come.
            for gone in ["user-001", "user-002", "user-004"] {
                world.run(Command::Purge(user(gone)));
            }
            // Of one whose turn has passed, and of one whose turn comes.
            for new in ["user-000-and-a-half", "user-006-and-a-half"] {
                world.ensure(new);
            }
            world.ensure("user-002");
        }
    });
    let mut told = BTreeSet::new();
    for status in &listed {
        assert!(told.insert(status.user.clone()), "{} twice", status.user);
    }
    assert!(there_all_the_while.is_subset(&told), "{told:?}");
    let mut expected = names(&listed);
    expected.sort_unstable();
    assert_eq!(names(&listed), expected);
    assert!(told.contains(&user("user-006-and-a-half")));
    assert!(!told.contains(&user("user-004")));
}

/// A page after a failure is asked for again, from where the last one ended.
#[test]
fn a_page_that_failed_is_had_again() {
    let mut world = crowd(4);
    let first = world.page(None, 2);
    world.set(Fault::StoreAway, true);
    let failed = world.command(Command::List {
        after: first.next.clone(),
        limit: 2,
    });
    world.finish();
    let why = Error::StoreUnreachable("no store".into());
    assert_eq!(world.replies[&failed], Reply::Failed(why));
    world.set(Fault::StoreAway, false);
    let second = world.page(first.next, 3);
    assert_eq!(names(&second.users), ["user-002", "user-003"]);
    assert_eq!(second.next, None);
}
