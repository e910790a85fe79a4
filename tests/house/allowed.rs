//! What may be as it is. The lists of what isn't as it should be may only get shorter; each test fails on an entry that it
//! doesn't need any more.

use crate::circles::Circle;
use crate::crates::Dependencies;
use crate::safety::Unsafe;
use crate::sizes::{LongFile, LongFunction};
use crate::words::Retired;

/// Who may depend on whom, exactly. Arrows run one way: see ARCHITECTURE.md.
pub const DEPENDENCIES: &[Dependencies] = &[
    Dependencies {
        of: "portreeve-core",
        on: &[],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-wire",
        on: &["portreeve-core"],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-tokio",
        on: &["portreeve-core", "portreeve-wire"],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-blocking",
        on: &["portreeve-core", "portreeve-wire", "portreeve-tokio"],
        in_tests: &["portreeve-examples"],
    },
    Dependencies {
        of: "portreeve-sim",
        on: &["portreeve-core"],
        in_tests: &["portreeve-wire"],
    },
    Dependencies {
        of: "portreeve-model",
        on: &["portreeve-core", "portreeve-sim"],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve",
        on: &[
            "portreeve-core",
            "portreeve-wire",
            "portreeve-tokio",
            "portreeve-sim",
        ],
        in_tests: &["portreeve-tests"],
    },
    Dependencies {
        of: "portreeve-examples",
        on: &[
            "portreeve-core",
            "portreeve-wire",
            "portreeve-tokio",
            "portreeve-blocking",
        ],
        in_tests: &["portreeve-sim", "portreeve-tests"],
    },
    Dependencies {
        of: "portreeve-tests",
        on: &[
            "portreeve-core",
            "portreeve-wire",
            "portreeve-tokio",
            "portreeve-blocking",
            "portreeve-sim",
            "portreeve-examples",
        ],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-test-gateway",
        on: &[],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-benches",
        on: &["portreeve-core"],
        in_tests: &["portreeve-sim"],
    },
    Dependencies {
        of: "portreeve-fuzz",
        on: &[
            "portreeve",
            "portreeve-core",
            "portreeve-sim",
            "portreeve-tokio",
            "portreeve-wire",
        ],
        in_tests: &[],
    },
];

/// Modules that name each other in a circle, and aren't to.
pub const CIRCLES: &[Circle] = &[
    Circle {
        root: "cli/src/lib.rs",
        modules: &[
            "commands/simulate.rs",
            "commands/simulate/plan.rs",
            "doctor/engine.rs",
            "doctor/mod.rs",
            "doctor/ports.rs",
            "doctor/store.rs",
            "output/json.rs",
            "output/json/plan.rs",
            "output/mod.rs",
            "output/spinner.rs",
            "output/text.rs",
            "output/text/all.rs",
            "output/text/plan.rs",
            "report/figures.rs",
            "report/mod.rs",
            "report/page.rs",
            "report/plots.rs",
        ],
    },
    Circle {
        root: "cli/src/lib.rs",
        modules: &[
            "config/draft.rs",
            "config/keys.rs",
            "config/layers.rs",
            "config/slot.rs",
            "config/variables.rs",
            "key.rs",
            "place.rs",
        ],
    },
    Circle {
        root: "core/src/lib.rs",
        modules: &["effect.rs", "settings.rs", "spec.rs"],
    },
    Circle {
        root: "core/src/lib.rs",
        modules: &[
            "lifecycle/activity.rs",
            "lifecycle/adoption.rs",
            "lifecycle/amendment.rs",
            "lifecycle/eviction.rs",
            "lifecycle/flight.rs",
            "lifecycle/job.rs",
            "lifecycle/mod.rs",
            "lifecycle/premises.rs",
            "lifecycle/reading.rs",
            "lifecycle/report.rs",
            "lifecycle/rows.rs",
            "lifecycle/survey.rs",
            "lifecycle/tenancy.rs",
            "lifecycle/upkeep.rs",
            "lifecycle/watch.rs",
            "lifecycle/write.rs",
        ],
    },
    Circle {
        root: "driver-blocking/src/lib.rs",
        modules: &["store/mod.rs", "store/postgres.rs"],
    },
    Circle {
        root: "driver-tokio/src/lib.rs",
        modules: &[
            "backend.rs",
            "errand.rs",
            "error.rs",
            "store/mod.rs",
            "store/postgres/config.rs",
            "store/postgres/mod.rs",
            "store/sqlite.rs",
            "workers/mod.rs",
        ],
    },
    Circle {
        root: "driver-tokio/src/lib.rs",
        modules: &["driver/mod.rs", "timer.rs"],
    },
    Circle {
        root: "driver-tokio/src/lib.rs",
        modules: &[
            "engine/client.rs",
            "engine/error.rs",
            "engine/proof.rs",
            "engine/transport.rs",
        ],
    },
    Circle {
        root: "examples/lib.rs",
        modules: &[
            "memory_store/mod.rs",
            "memory_store/ports.rs",
            "memory_store/record.rs",
        ],
    },
    Circle {
        root: "fuzz/src/lib.rs",
        modules: &[
            "lifecycle/driver.rs",
            "lifecycle/lies.rs",
            "lifecycle/mod.rs",
            "lifecycle/settings.rs",
            "lifecycle/world.rs",
        ],
    },
    Circle {
        root: "model/src/lib.rs",
        modules: &["promises.rs", "state.rs"],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &[
            "api/body.rs",
            "api/containers.rs",
            "api/containers/described.rs",
            "api/containers/listed.rs",
            "api/events.rs",
            "api/images.rs",
            "api/mod.rs",
            "api/networks.rs",
            "api/query.rs",
            "api/route.rs",
            "api/system.rs",
            "api/volumes.rs",
        ],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &[
            "engine/container.rs",
            "engine/effect.rs",
            "engine/failure.rs",
            "engine/mod.rs",
            "engine/networks.rs",
            "engine/ports.rs",
            "engine/remove.rs",
            "engine/run.rs",
            "engine/schedule.rs",
            "engine/stop.rs",
            "engine/volumes.rs",
            "engine/world.rs",
        ],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &[
            "plan/answer.rs",
            "plan/line.rs",
            "plan/mod.rs",
            "plan/run.rs",
            "plan/series.rs",
            "plan/visitors.rs",
        ],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &[
            "promises/activity.rs",
            "promises/answers.rs",
            "promises/belongings.rs",
            "promises/ledger.rs",
            "promises/mod.rs",
            "promises/ports.rs",
            "promises/tokens.rs",
            "world/controller.rs",
            "world/flight.rs",
            "world/guests.rs",
            "world/mod.rs",
            "world/visitor.rs",
        ],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &["script/mod.rs", "script/storm.rs", "script/text.rs"],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &["standin/gateway.rs", "standin/ports.rs", "standin/state.rs"],
    },
    Circle {
        root: "sim/src/lib.rs",
        modules: &[
            "workload/mod.rs",
            "workload/pattern.rs",
            "workload/timestamps.rs",
        ],
    },
    Circle {
        root: "tests/differential/main.rs",
        modules: &["run.rs", "step.rs"],
    },
    Circle {
        root: "tests/src/lib.rs",
        modules: &[
            "books.rs",
            "drivers/answers.rs",
            "drivers/blocking.rs",
            "drivers/mod.rs",
            "drivers/tokio.rs",
            "image.rs",
            "plan.rs",
            "process.rs",
            "proxy/http.rs",
            "proxy/mod.rs",
            "proxy/postgres.rs",
            "proxy/relay.rs",
            "stores.rs",
            "world.rs",
        ],
    },
    Circle {
        root: "wire/src/lib.rs",
        modules: &[
            "engine/create.rs",
            "engine/events.rs",
            "engine/pull.rs",
            "engine/request.rs",
            "engine/version.rs",
        ],
    },
    Circle {
        root: "wire/src/lib.rs",
        modules: &["store/sqlite/migration.rs", "store/sqlite/mod.rs"],
    },
];

/// Files that are too long, and aren't to grow.
pub const LONG_FILES: &[LongFile] = &[
    LongFile {
        file: "core/src/lifecycle/premises.rs",
        lines: 708,
    },
    LongFile {
        file: "core/src/lifecycle/survey.rs",
        lines: 744,
    },
    LongFile {
        file: "core/tests/world/mod.rs",
        lines: 630,
    },
    LongFile {
        file: "model/src/scenes.rs",
        lines: 607,
    },
    LongFile {
        file: "wire/src/engine/outcome/tests.rs",
        lines: 630,
    },
];

/// Functions that are too long, and aren't to grow.
pub const LONG_FUNCTIONS: &[LongFunction] = &[
    LongFunction {
        file: "core/src/lifecycle/engine_outcome.rs",
        function: "learn_answer",
        lines: 79,
    },
    LongFunction {
        file: "core/src/lifecycle/engine_outcome.rs",
        function: "engine_trouble",
        lines: 74,
    },
    LongFunction {
        file: "core/src/lifecycle/picture.rs",
        function: "facts",
        lines: 74,
    },
    LongFunction {
        file: "core/src/lifecycle/store_outcome.rs",
        function: "learn_of_put",
        lines: 79,
    },
    LongFunction {
        file: "core/src/lifecycle/store_outcome.rs",
        function: "learn_stored",
        lines: 81,
    },
    LongFunction {
        file: "sim/tests/meaning.rs",
        function: "failures",
        lines: 73,
    },
    LongFunction {
        file: "tests/differential/run.rs",
        function: "request",
        lines: 71,
    },
    LongFunction {
        file: "wire/src/store/params.rs",
        function: "values",
        lines: 71,
    },
];

/// What is unsafe for good reason.
pub const UNSAFE: &[Unsafe] = &[Unsafe {
    file: "tests/gateway/src/term.rs",
    because: "the standard library has no signals, and the test gateway is to be small",
}];

/// Words that were given up, and what is written instead. One comes here once nothing has it any more:
/// `Retired { word: "errand", instead: "IssuedEffect", within: Within::Everywhere }`.
pub const RETIRED: &[Retired] = &[];
