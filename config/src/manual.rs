//! The manual of the configuration, made from the table of keys.

use std::fmt::Write as _;

use crate::field::Access;
use crate::keys::{GENERAL, REFERENCE_VARIABLES, TEMPLATE, TEMPLATE_TABLE, variable};
use crate::values::Values;

const INTRODUCTION: &str = "\
# Configuration

A TOML file, overridden by environment variables, overridden by flags. The file is the one named by `--config` or
`PORTREEVE_CONFIG`, else `portreeve/portreeve.toml` in the user's configuration directory, else
`/etc/portreeve/portreeve.toml`, where there is one. `portreeve config` prints what is in force and where each value comes
from. An unknown key is an error that names the nearest known one.

```toml
store = \"sqlite:/var/lib/portreeve/portreeve.db\"
readiness = \"http:/health\"

[limits]
running = 200

[template]
image = \"ghcr.io/example/agent:3\"
memory = \"512MiB\"
cpus = 0.5

[template.environment]
LOG_LEVEL = \"info\"
MOSAIC_API_URL = false      # takes a default away

[users.\"alice@example.com\"] # one user's own template, laid over everybody's
memory = \"2GiB\"
```

Each key has a variable: `PORTREEVE_` and its name in capitals, with `_` for dots; in a table whose keys are free, such
as `template.environment`, the key follows as it is. `--set KEY=VALUE` sets any key for one command, and
`--docker-host` and `--store` have flags of their own. Lists and tables are written as in TOML, there too. `false`
unsets what has a default and need not be there.
";

const SECRETS: &str = "\
## Variables that set no key

| variable | meaning |
|---|---|
| `PORTREEVE_CONFIG` | the configuration file |
| `PORTREEVE_KEY` | the keys that seal tokens, in base64 (32 bytes each), separated by commas, the newest first; in place of the key file |
| `PORTREEVE_LOG` | what is logged to stderr, such as `info` or `portreeve_tokio=debug` |
| `DOCKER_TLS_VERIFY` | where set, `tcp://` in `docker_host` means TLS |
";

/// The manual of the configuration, as Markdown: every key and variable, with forms and defaults.
pub fn manual() -> String {
    let mut manual = INTRODUCTION.to_owned();
    let defaults = Values::default();
    section(&mut manual, "Keys", "");
    for field in GENERAL {
        let default = match &field.access {
            Access::Value { show, .. } => show(&defaults).map(|value| value.to_string()),
            Access::Entries(..) => None,
        };
        row(&mut manual, "", field.name, field.doc, field.form, default);
    }
    section(
        &mut manual,
        "What containers are made from",
        "These stand in `[template]`; for one user, in `[users.\"ID\"]`.\n\n",
    );
    for field in TEMPLATE {
        let default = match &field.access {
            Access::Value { show, .. } => show(&defaults.template).map(|value| value.to_string()),
            Access::Entries(_, of) => {
                let entries = of(&defaults.template).iter();
                let entries: Vec<_> = entries
                    .map(|(name, value)| format!("{name} = {value:?}"))
                    .collect();
                (!entries.is_empty()).then(|| format!("{{ {} }}", entries.join(", ")))
            }
        };
        let table = format!("{TEMPLATE_TABLE}.");
        row(
            &mut manual,
            &table,
            field.name,
            field.doc,
            field.form,
            default,
        );
    }
    reference_variables(&mut manual);
    manual.push('\n');
    manual.push_str(SECRETS);
    manual
}

fn section(manual: &mut String, title: &str, text: &str) {
    // Writing to a String can't fail, here and below.
    let _ = write!(
        manual,
        "\n## {title}\n\n{text}| key | meaning | form | default |\n|---|---|---|---|\n"
    );
}

fn row(
    manual: &mut String,
    table: &str,
    name: &str,
    doc: &str,
    form: &str,
    default: Option<String>,
) {
    let default = default.map_or_else(|| "—".to_owned(), |default| format!("`{}`", cell(&default)));
    let _ = writeln!(
        manual,
        "| `{table}{name}` | {} | {} | {default} |",
        cell(doc),
        cell(form)
    );
}

/// A `|` would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn reference_variables(manual: &mut String) {
    manual.push_str(
        "\n## Variables of the reference service\n\n\
         They are honoured too; a `PORTREEVE_*` variable for the same key wins.\n\n\
         | variable | key | ours |\n|---|---|---|\n",
    );
    for (name, key) in REFERENCE_VARIABLES {
        // What follows a table whose keys are free is kept as it is.
        let ours = match key.split_once(".environment.") {
            Some((table, entry)) => variable(&format!("{table}.environment")) + "_" + entry,
            None => variable(key),
        };
        let _ = writeln!(manual, "| `{name}` | `{key}` | `{ours}` |");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the manual is kept.
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");

    #[test]
    fn the_manual_in_the_repository_is_the_one_of_the_table() {
        let kept = std::fs::read_to_string(PATH).unwrap_or_default();
        assert!(
            kept == manual(),
            "docs/configuration.md is out of date: portreeve config --keys > docs/configuration.md"
        );
    }
}
