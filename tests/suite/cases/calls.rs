//! How many calls a command costs, counted at the sockets.

use portreeve_tests::proxy::{Asked, EngineProxy, IDENTIFY};
use portreeve_tests::stores::Store;
use portreeve_tests::story::together;
use portreeve_tests::world::World;

fn texts(asked: &[Asked]) -> Vec<&str> {
    asked.iter().map(|asked| asked.what.as_str()).collect()
}

/// The requests that look at containers.
fn looks(proxy: &EngineProxy) -> Vec<String> {
    let requests = proxy.requests();
    let looks = requests
        .iter()
        .filter(|asked| asked.what.starts_with("GET /containers/"));
    looks.map(|asked| asked.what.clone()).collect()
}

pub fn a_warm_ensure_from_a_cold_process_looks_once(world: &World) {
    world.controller().ensure("a");
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    let endpoint = controller.ensure("a");
    assert_eq!(endpoint.outcome, "already_running");
    world.note(format!(
        "from the very start: {:#?}",
        texts(&proxy.requests())
    ));
    assert_eq!(looks(&proxy).len(), 1, "{:#?}", looks(&proxy));
    let changes = proxy
        .requests()
        .iter()
        .filter(|asked| !asked.what.starts_with("GET "))
        .count();
    assert_eq!(changes, 0, "{:#?}", texts(&proxy.requests()));
}

pub fn a_warm_ensure_from_a_warm_process_looks_once(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    controller.ensure("a");
    proxy.forget();
    controller.ensure("a");
    let requests = proxy.requests();
    assert!(requests.len() <= 1, "{:#?}", texts(&requests));
    assert!(
        looks(&proxy).len() == requests.len(),
        "{:#?}",
        texts(&requests)
    );
}

pub fn a_cold_ensure_makes_five_engine_calls(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    // The first one asks for the network and the image, too.
    controller.ensure("a");
    world.note(format!(
        "the first ensure of all: {:#?}",
        texts(&proxy.requests())
    ));

    proxy.forget();
    let endpoint = controller.ensure("b");
    let (id, name) = (&endpoint.container_id, &endpoint.container_name);
    let expected = [
        format!("GET /containers/{name}/json"),
        "POST /volumes/create".to_owned(),
        format!("POST /containers/create?name={name}"),
        format!("POST /containers/{id}/start"),
    ];
    let requests = proxy.requests();
    let (look, before) = requests.split_last().expect("there were some");
    assert_eq!(texts(before), expected);
    let looks = [id, name].map(|container| format!("GET /containers/{container}/json"));
    assert!(
        looks.contains(&look.what),
        "it is looked at last: {}",
        look.what
    );
}

/// By the time a new connection is made, another engine may answer at the same address.
pub fn each_connection_is_proven_before_it_is_used(world: &World) {
    world.controller().ensure("first");
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    // So it reads in the store which engine is wanted, and doesn't know it before.
    controller.ensure("first");
    together(0..6, |user| controller.ensure(&user.to_string()));
    controller.health();
    together(0..6, |user| controller.stop(&user.to_string()));

    let connections = proxy.connections();
    world.note(format!("over each connection: {connections:#?}"));
    let (proven, others): (Vec<_>, Vec<_>) = connections
        .iter()
        .partition(|requests| requests[0] == IDENTIFY);
    assert!(proven.len() > 1, "some were needed at once: {proven:#?}");
    for requests in proven {
        let proofs = requests.iter().filter(|what| *what == IDENTIFY).count();
        assert_eq!(proofs, 1, "it is proven once: {requests:#?}");
    }
    let changes = others
        .iter()
        .flat_map(|requests| requests.iter())
        .find(|what| !what.starts_with("GET "));
    assert_eq!(
        changes, None,
        "nothing is changed where nobody knows on which engine"
    );
}

pub fn a_warm_ensure_takes_two_statements(world: &World) {
    world.controller().ensure("a");
    let proxy = world.postgres_proxy().expect("the store is a database");
    let controller =
        world.controller_that(|plan| plan.store = Store::Postgres(proxy.url().to_owned()));
    controller.ensure("a");
    let cold = proxy.statements();
    proxy.forget();
    controller.ensure("a");
    let warm = proxy.statements();
    world.note(format!("from a cold process: {:#?}", texts(&cold)));
    assert!(cold.len() <= 2, "from a cold process: {:#?}", texts(&cold));
    assert!(warm.len() <= 2, "from a warm process: {:#?}", texts(&warm));
}

pub fn a_cold_ensure_takes_three_statements(world: &World) {
    let proxy = world.postgres_proxy().expect("the store is a database");
    let controller =
        world.controller_that(|plan| plan.store = Store::Postgres(proxy.url().to_owned()));
    controller.ensure("a");
    world.note(format!(
        "the first ensure of all: {:#?}",
        texts(&proxy.statements())
    ));

    proxy.forget();
    controller.ensure("b");
    let statements = proxy.statements();
    assert_eq!(statements.len(), 3, "{:#?}", texts(&statements));
}
