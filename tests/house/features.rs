//! That nothing which serves users is built with what is for model checkers alone.

use toml::{Table, Value};

use crate::fault::Fault;
use crate::workspace::{Member, Workspace};

/// With it a lifecycle can be cloned along with its random generator, and two clones seal different
/// tokens with the same nonces.
const FEATURE: &str = "model-checking";

/// The crates that the feature is for, which nothing else is linked with.
const CHECKERS: [&str; 1] = ["portreeve-model"];

/// Crates that are built with the feature, unless somebody asks them to be, and are no model
/// checkers. Cargo unifies features: one dependency that asks for it is enough. What tests alone
/// depend on may have it.
pub fn for_model_checkers(workspace: &Workspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(shared) = workspace.manifest().get("workspace") {
        let asking = shared.get("dependencies").is_some_and(any_asks);
        faults.extend(asking.then(|| fault("Cargo.toml", "what members share")));
    }
    for member in workspace.members() {
        let file = format!("{}/Cargo.toml", member.folder);
        if !CHECKERS.contains(&member.name.as_str()) {
            faults
                .extend(asks(member).then(|| fault(&file, &format!("the crate {}", member.name))));
        }
    }
    faults
}

fn fault(file: &str, who: &str) -> Fault {
    Fault {
        file: file.to_owned(),
        line: 1,
        what: format!("{who} asks for the feature {FEATURE}"),
        way_out: "no lifecycle that serves users may be cloned: ask for it in the model checker or for tests alone"
            .to_owned(),
    }
}

fn asks(member: &Member) -> bool {
    let of_target = member.manifest.get("target").and_then(Value::as_table);
    let targets = of_target.into_iter().flat_map(Table::values);
    let parts = targets
        .filter_map(Value::as_table)
        .chain([&member.manifest]);
    let linked = parts.flat_map(|part| {
        ["dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|kind| part.get(kind))
    });
    linked.into_iter().any(any_asks) || hands_on(&member.manifest)
}

/// Whether one of these dependencies is to have it.
fn any_asks(dependencies: &Value) -> bool {
    let all = dependencies.as_table().into_iter().flat_map(Table::values);
    all.filter_map(|told| told.get("features")).any(|features| {
        let features = features.as_array().into_iter().flatten();
        features.filter_map(Value::as_str).any(|one| one == FEATURE)
    })
}

/// Whether a feature by another name, such as the default, brings it.
fn hands_on(manifest: &Table) -> bool {
    let features = manifest.get("features").and_then(Value::as_table);
    let others = features.into_iter().flatten();
    others
        .filter(|(name, _)| *name != FEATURE)
        .filter_map(|(_, brings)| brings.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .any(|brings| brings.rsplit('/').next() == Some(FEATURE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(shared: &str, driver: &str, model: &str) -> usize {
        let workspace = Workspace::of(&[
            (
                "Cargo.toml",
                &format!("[workspace]\nmembers = [\"driver\", \"model\"]\n{shared}"),
            ),
            (
                "driver/Cargo.toml",
                &format!("[package]\nname = \"portreeve-tokio\"\n{driver}"),
            ),
            (
                "model/Cargo.toml",
                &format!("[package]\nname = \"portreeve-model\"\n{model}"),
            ),
        ]);
        for_model_checkers(&workspace).len()
    }

    const ASKED: &str = "core = { path = \"core\", features = [\"model-checking\"] }";

    #[test]
    fn a_model_checker_and_tests_may_have_it() {
        let model = format!("[dependencies]\n{ASKED}");
        let driver = format!(
            "[dependencies]\ncore = {{ path = \"core\", features = [\"standin\"] }}\n[dev-dependencies]\n{ASKED}\n\
             [features]\nmodel-checking = [\"core/model-checking\"]"
        );
        assert_eq!(faults("", &driver, &model), 0);
    }

    #[test]
    fn nothing_else_may() {
        for driver in [
            &format!("[dependencies]\n{ASKED}"),
            &format!("[build-dependencies]\n{ASKED}"),
            &format!("[target.'cfg(unix)'.dependencies]\n{ASKED}"),
            "[features]\ndefault = [\"model-checking\"]",
            "[features]\nfast = [\"core/model-checking\"]",
        ] {
            assert_eq!(faults("", driver, ""), 1, "{driver}");
        }
    }

    #[test]
    fn nor_may_what_all_members_share() {
        assert_eq!(
            faults(&format!("[workspace.dependencies]\n{ASKED}"), "", ""),
            1
        );
    }
}
