//! From where a user's log is to be read, and what must not be shown of it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::read::ReadUser;
use super::report;
use crate::command::{LogSource, Reply};
use crate::error::Error;
use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::other_token::carries_other_token;
use crate::record::Row;
use crate::spec::EnvValue;
use crate::template::Template;
use crate::token::Token;

/// What is answered once record and container were read, with the container's variables.
pub(crate) fn reply(
    cx: &Context,
    page: &[ReadUser<'_>],
    environment: &[(String, EnvValue)],
) -> Reply {
    match source(cx, page, environment) {
        Ok(source) => Reply::LogSource(source),
        Err(error) => Reply::Failed(error),
    }
}

fn source(
    cx: &Context,
    page: &[ReadUser<'_>],
    environment: &[(String, EnvValue)],
) -> Result<LogSource, Error> {
    let read = page.first().ok_or(Error::UnknownUser)?;
    let record = match read.row {
        Row::Absent => return Err(Error::UnknownUser),
        Row::Unreadable(why) => return Err(Error::RecordUnreadable(why.clone())),
        Row::Found(record) => record,
    };
    let (Some(installation), Some(engine)) = (cx.installation(), cx.known_engine()) else {
        return Err(Error::NoContainer);
    };
    let current = report::current(read.user, record, installation, &read.containers);
    let observed = current.ok_or(Error::NoContainer)?;
    let opened = cx
        .settings
        .keyring
        .open(record.token_of(read.user), &record.body.token);
    // A log whose secrets can't be blotted out isn't shown.
    let token = opened.map_err(|error| Error::TokenUnreadable(error.to_string()))?;
    let carried = carried(cx.settings.template(read.user), environment);
    if carried.is_empty() && carries_other_token(record, observed) {
        return Err(Error::TokenUnreadable(
            "the container carries an earlier one, which is kept nowhere".to_string(),
        ));
    }
    let mut secrets = carried;
    secrets.retain(|other| *other != token);
    secrets.push(token);
    Ok(LogSource {
        user: read.user.clone(),
        installation,
        engine: engine.clone(),
        container: observed.id.clone(),
        container_name: observed.name.clone(),
        secrets,
    })
}

/// The tokens that stand in the container's variables, as far as the template tells in which.
fn carried(template: &Template, environment: &[(String, EnvValue)]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (name, pattern) in &template.environment {
        let Some((before, after)) = pattern.split_once(PLACEHOLDER) else {
            continue;
        };
        for (_, value) in environment.iter().filter(|(carried, _)| carried == name) {
            let value = value.reveal();
            let inner = value
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            let token = inner.unwrap_or(value);
            if !token.is_empty() {
                tokens.push(Token::carried(token));
            }
        }
    }
    tokens
}

const PLACEHOLDER: &str = "{token}";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &str, value: &str) -> Vec<String> {
        let mut template = Template::new("gateway:1");
        template
            .environment
            .insert("AUTH".to_string(), pattern.to_string());
        let environment = [("AUTH".to_string(), EnvValue::new(value.to_string()))];
        let tokens = carried(&template, &environment);
        tokens
            .iter()
            .map(|token| token.reveal().to_string())
            .collect()
    }

    #[test]
    fn a_token_is_read_out_of_the_variable_that_the_template_puts_it_in() {
        assert_eq!(told("{token}", "secret"), ["secret"]);
        assert_eq!(told("Bearer {token}", "Bearer secret"), ["secret"]);
        assert_eq!(
            told("Bearer {token}", "as it was called before"),
            ["as it was called before"]
        );
        assert_eq!(told("{token}", ""), [""; 0]);
        assert_eq!(told("no token", "secret"), [""; 0]);
    }
}
