//! Which rows of the decision table have decided something.

use portreeve_core::lifecycle::{Rows, decision_table};

use crate::world::World;

#[test]
fn rows_are_told_since_they_were_last_asked_for() {
    let mut world = World::new(1);
    assert!(world.lifecycle.take_rows().is_empty());
    world.ensure("alice");
    let rows = world.lifecycle.take_rows();
    assert!(!rows.is_empty());
    assert!(world.lifecycle.take_rows().is_empty());

    let seen: Vec<_> = (0..1000).filter(|row| rows.has(*row)).collect();
    let table: Vec<_> = decision_table().collect();
    let steps: Vec<_> = seen.iter().filter_map(|row| table.get(*row)).collect();
    for then in ["create it", "start it"] {
        assert!(steps.iter().any(|[_, _, told]| *told == then), "{steps:?}");
    }
    // Whoever waits rests on no row at all.
    assert!(seen.iter().all(|row| *row <= table.len()), "{seen:?}");

    let mut all = Rows::default();
    all.add(rows);
    all.add(Rows::default());
    assert_eq!(all, rows);
}
