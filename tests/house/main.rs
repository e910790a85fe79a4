//! How the house is built: which crate and which module may name which, how long a file and a
//! function may be, which words are no longer used, that nothing is unsafe, that what serves users
//! is built without what model checkers need, and that what is promised for security is shown. Read
//! from the sources; no engine and no database is needed.
//!
//! What doesn't hold yet stands in [`allowed`], and may only get less: a test fails on anything
//! new, and on an entry that isn't needed any more. Each check is tried on small made-up sources,
//! beside its code.

mod allowed;
mod circles;
mod crates;
mod fault;
mod features;
mod modules;
mod paths;
mod safety;
mod security;
mod sizes;
mod words;
mod workspace;

use self::fault::assert_none;
use self::workspace::Workspace;

#[test]
fn modules_of_a_crate_name_each_other_in_no_circle() {
    assert_none(circles::faults(&Workspace::read(), allowed::CIRCLES));
}

#[test]
fn crates_depend_on_each_other_as_drawn() {
    assert_none(crates::faults(&Workspace::read(), allowed::DEPENDENCIES));
}

#[test]
fn files_and_functions_are_short() {
    let workspace = Workspace::read();
    let mut faults = sizes::of_files(&workspace, allowed::LONG_FILES);
    faults.extend(sizes::of_functions(&workspace, allowed::LONG_FUNCTIONS));
    assert_none(faults);
}

#[test]
fn retired_words_do_not_come_back() {
    assert_none(words::faults(&Workspace::read(), allowed::RETIRED));
}

#[test]
fn what_serves_users_is_built_without_what_model_checkers_need() {
    assert_none(features::for_model_checkers(&Workspace::read()));
}

#[test]
fn what_is_promised_for_security_is_shown_by_a_test() {
    let page = include_str!("../../SECURITY.md");
    assert_none(security::faults(page, &Workspace::read()));
}

#[test]
fn nothing_is_unsafe() {
    assert_none(safety::unsafe_code(&Workspace::read(), allowed::UNSAFE));
}

#[test]
fn the_core_does_without_std() {
    assert_none(safety::std_in_core(&Workspace::read()));
}
