//! What the program tells of itself.

use portreeve_api::program::{Configuration, Diagnosis, SimulatedEngine, Verdict};

use super::super::table::table;
use super::style::{BAD, BOLD, BUSY, DIM, GOOD, styled, word};

pub(crate) fn configuration(configuration: &Configuration) -> String {
    let file = match &configuration.file {
        Some(path) => format!("# read from {path}\n"),
        None => "# no configuration file was read\n".to_owned(),
    };
    let rows: Vec<_> = configuration
        .keys
        .iter()
        .map(|setting| {
            let style = if setting.default { DIM } else { BOLD };
            let value = setting.value.as_deref().unwrap_or("(unset)");
            vec![
                styled(style, word(&setting.key)),
                word(value),
                styled(DIM, word(&setting.source)),
            ]
        })
        .collect();
    styled(DIM, file) + &table(&rows)
}

pub(crate) fn simulated_engine(engine: &SimulatedEngine) -> String {
    format!(
        "A simulated engine listens. Nothing really runs on it, and it forgets everything when it ends.\n\n  export DOCKER_HOST={}\n",
        engine.docker_host
    )
}

pub(crate) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for check in &diagnosis.checks {
        let (style, mark) = match check.status {
            Verdict::Good => (GOOD, "ok  "),
            Verdict::Doubtful => (BUSY, "warn"),
            Verdict::Bad => (BAD, "FAIL"),
        };
        let line = [
            styled(style, mark),
            format!("{:<16}", check.name),
            word(&check.detail),
        ];
        text.push_str(&line.join(" "));
        text.push('\n');
        if let Some(mend) = &check.mend {
            text.push_str(&" ".repeat(22));
            text.push_str(&styled(DIM, word(mend)));
            text.push('\n');
        }
    }
    text
}
