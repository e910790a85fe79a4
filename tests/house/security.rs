//! What SECURITY.md names as shown by a test is shown by one.

use super::fault::Fault;
use super::workspace::Workspace;

const FILE: &str = "SECURITY.md";

/// The tests that the page names and that there aren't.
pub fn faults(page: &str, workspace: &Workspace) -> Vec<Fault> {
    let named = page.lines().enumerate().flat_map(|(index, line)| {
        let names = line.split('`').skip(1).step_by(2);
        names
            .filter(|name| is_test_name(name))
            .map(move |name| (index + 1, name))
    });
    named
        .filter(|(_, name)| !has_function(workspace, name))
        .map(|(line, name)| Fault {
            file: FILE.to_owned(),
            line,
            what: format!("no test is called {name}"),
            way_out: "name the test that shows it now, or take the promise back".to_owned(),
        })
        .collect()
}

/// Names of several words in small letters; a fuzzer's target has two at most.
fn is_test_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && (name.matches('_').count() > 1 || name == "odd_ids")
}

fn has_function(workspace: &Workspace, name: &str) -> bool {
    let begins = format!("fn {name}(");
    workspace.sources().any(|(_, text)| text.contains(&begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_gone_is_told_of_with_its_line() {
        let workspace = Workspace::of(&[
            ("Cargo.toml", "[workspace]\nmembers = []\n"),
            ("core/src/lib.rs", "#[test]\nfn it_is_still_there() {}\n"),
        ]);
        let page = "`it_is_still_there`\n`PORTREEVE_STORE`, `records`\n`it_is_gone_now`\n";
        let told: Vec<_> = faults(page, &workspace)
            .into_iter()
            .map(|fault| (fault.line, fault.what))
            .collect();
        assert_eq!(told, [(3, "no test is called it_is_gone_now".to_owned())]);
    }
}
