//! What may be as it is. The lists of what isn't as it should be may only get shorter; each test
//! fails on an entry that it doesn't need any more.

use crate::circles::Circle;
use crate::crates::Dependencies;
use crate::safety::Unsafe;
use crate::sizes::{LongFile, LongFunction};
use crate::words::{Retired, Within};

/// Who may depend on whom, exactly. Arrows run one way: see ARCHITECTURE.md.
pub const DEPENDENCIES: &[Dependencies] = &[
    Dependencies {
        of: "portreeve-core",
        on: &[],
        in_tests: &["portreeve-core", "portreeve-sim"],
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
        of: "portreeve-planner",
        on: &["portreeve-core", "portreeve-sim"],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-api",
        on: &["portreeve-core"],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve-config",
        on: &["portreeve-core", "portreeve-wire"],
        in_tests: &[],
    },
    Dependencies {
        of: "portreeve",
        on: &[
            "portreeve-core",
            "portreeve-wire",
            "portreeve-tokio",
            "portreeve-sim",
            "portreeve-planner",
            "portreeve-api",
            "portreeve-config",
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
        in_tests: &["portreeve-sim", "portreeve-tokio"],
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
pub const CIRCLES: &[Circle] = &[];

/// Files that are too long, and aren't to grow.
pub const LONG_FILES: &[LongFile] = &[];

/// Functions that are too long, and aren't to grow.
pub const LONG_FUNCTIONS: &[LongFunction] = &[
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
];

/// What is unsafe for good reason.
pub const UNSAFE: &[Unsafe] = &[Unsafe {
    file: "tests/gateway/src/term.rs",
    because: "the standard library has no signals, and the test gateway is to be small",
}];

/// Words that were given up, and what is written instead. One comes here once nothing has it any more:
/// `Retired { word: "errand", instead: "IssuedEffect", within: Within::Everywhere }`.
pub const RETIRED: &[Retired] = &[
    Retired {
        word: "errand",
        instead: "issued effect",
        within: Within::Everywhere,
    },
    Retired {
        word: "premise",
        instead: "prerequisite",
        within: Within::Everywhere,
    },
    Retired {
        word: "inquiry",
        instead: "prerequisite, or its check",
        within: Within::Everywhere,
    },
    Retired {
        word: "survey",
        instead: "bulk command",
        within: Within::Everywhere,
    },
    Retired {
        word: "autopsy",
        instead: "exit log",
        within: Within::Everywhere,
    },
    Retired {
        word: "pursuit",
        instead: "arbitration",
        within: Within::Everywhere,
    },
    Retired {
        word: "chore",
        instead: "maintenance",
        within: Within::Everywhere,
    },
    Retired {
        word: "upkeep",
        instead: "maintenance",
        within: Within::Everywhere,
    },
    Retired {
        word: "lane",
        instead: "slot",
        within: Within::Identifiers,
    },
    Retired {
        word: "spared",
        instead: "still active",
        within: Within::Identifiers,
    },
    Retired {
        word: "deed",
        instead: "chaos action",
        within: Within::Everywhere,
    },
    Retired {
        word: "strike",
        instead: "trigger, or tear down",
        within: Within::Identifiers,
    },
    Retired {
        word: "meant",
        instead: "suggestion, candidate or desired",
        within: Within::Identifiers,
    },
    Retired {
        word: "told",
        instead: "what it is: an answer, a finding, an event, the last progress",
        within: Within::Types,
    },
];
