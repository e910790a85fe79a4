//! What is said of things.

use portreeve_core::error::Error;
use portreeve_core::label;

#[test]
fn a_volume_bears_two_of_the_labels() {
    for (key, bears) in [
        (label::INSTALLATION, true),
        (label::USER, true),
        (label::RECORD, false),
        (label::PORT, false),
        ("somebody.else", false),
    ] {
        assert_eq!(label::is_of_volumes(key), bears, "{key}");
    }
}

#[test]
fn each_error_tells_its_own_way_out() {
    assert!(Error::UnknownUser.hint().contains("`ensure`"));
    assert_ne!(Error::UnknownUser.hint(), Error::Closed.hint());
}
