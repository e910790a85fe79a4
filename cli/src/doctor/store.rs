//! The store: whether it answers, which engine it knows, and whether the key opens what it holds.

use std::path::Path;
use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Header, Row};
use portreeve_core::token::Keyring;
use portreeve_core::user::UserId;
use portreeve_tokio::store::StoreClient;
use portreeve_wire::store::StoreAddress;
use tokio::time::timeout;

use super::Check;
use crate::codes::Exit;
use crate::config::Draft;
use crate::failure::Failure;

const NAME: &str = "store";
/// How many records are looked at: enough to tell a wrong key.
const SAMPLE: u32 = 100;

/// Whether the store can be used, and the installation it holds.
pub(super) async fn examine(
    draft: &Draft,
    keyring: Option<&Keyring>,
    engine: Option<&EngineId>,
) -> (Vec<Check>, Option<InstallationId>) {
    let address = match draft.store_address() {
        Ok(address) => address,
        Err(failure) => return (vec![Check::failed(NAME, failure)], None),
    };
    if let StoreAddress::Sqlite(path) = &address
        && !path.exists()
    {
        return (vec![to_be_made(path)], None);
    }
    let shown = address.to_string();
    let client = match StoreClient::new(address) {
        Ok(client) => client,
        Err(error) => {
            let failure = Failure::from(portreeve_tokio::Error::from(error));
            return (vec![Check::failed(NAME, failure)], None);
        }
    };
    let limit = draft.timing().store + draft.timing().patience;
    let found = match timeout(limit, client.check()).await {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => return (vec![unreachable(&shown, &why)], None),
        Err(_) => return (vec![unreachable(&shown, "no answer in time")], None),
    };
    // A look at the records of a store without tables would make them.
    if found.schema.is_none() {
        return (vec![Check::good(NAME, format!("{shown}: {found}"))], None);
    }
    let scan = StoreEffect::Scan {
        engine: draft.engine_name(),
        after: None,
        limit: SAMPLE,
    };
    match carry_out(&client, &scan, limit).await {
        StoreOutcome::Scanned { header, rows, .. } => {
            let installation = header.installation;
            let mut checks = vec![Check::good(NAME, format!("{shown}: {found}"))];
            checks.extend(known_engine(draft, &header, engine));
            checks.extend(tokens(keyring, &rows));
            (checks, Some(installation))
        }
        StoreOutcome::Unreachable(why) | StoreOutcome::Unclear(why) => {
            (vec![unreachable(&shown, &why)], None)
        }
        StoreOutcome::Refused(why) => {
            let mend = "the store's own words say what it objects to";
            (
                vec![Check::bad(
                    NAME,
                    Exit::Failed,
                    format!("{shown}: {why}"),
                    mend,
                )],
                None,
            )
        }
        _ => {
            let detail = format!("{shown}: an answer that doesn't fit the question");
            (
                vec![Check::bad(NAME, Exit::Failed, detail, "please report it")],
                None,
            )
        }
    }
}

fn unreachable(shown: &str, why: &str) -> Check {
    let mend = "start the database, or name another store with --store or PORTREEVE_STORE";
    Check::bad(NAME, Exit::Store, format!("{shown}: {why}"), mend)
}

/// The nearest directory that is there decides whether the file can be made.
fn to_be_made(path: &Path) -> Check {
    let shown = path.display();
    let above = path.ancestors().skip(1).find(|above| above.exists());
    match above {
        Some(above) if !above.is_dir() => Check::bad(
            NAME,
            Exit::Store,
            format!("{shown} can't be made: {} is no directory", above.display()),
            "name another path with --store or PORTREEVE_STORE",
        ),
        _ => Check::good(NAME, format!("{shown} will be made at first use")),
    }
}

fn known_engine(draft: &Draft, header: &Header, engine: Option<&EngineId>) -> Option<Check> {
    match (&header.engine, engine) {
        (Some(known), Some(found)) if known != found => Some(Check::bad(
            "engine's name",
            Exit::Failed,
            format!(
                "the store knows another engine by the name {}: {known}, and not {found}",
                draft.engine_name()
            ),
            "point DOCKER_HOST at that engine, or give this one a name of its own with `engine`",
        )),
        _ => None,
    }
}

fn tokens(keyring: Option<&Keyring>, rows: &[(UserId, Row)]) -> Option<Check> {
    const NAME: &str = "tokens";
    let keyring = keyring?;
    let mut closed = 0_usize;
    let mut why = None;
    for (user, row) in rows {
        if let Row::Found(record) = row
            && let Err(error) = keyring.open(user, &record.body.token)
        {
            closed += 1;
            why = Some(error);
        }
    }
    why.map(|why| {
        Check::bad(
            NAME,
            Exit::Failed,
            format!(
                "the key opens all but {closed} of {} tokens: {why}",
                rows.len()
            ),
            "add the key they were sealed with: PORTREEVE_KEY takes several, separated by commas",
        )
    })
}

async fn carry_out(client: &StoreClient, effect: &StoreEffect, limit: Duration) -> StoreOutcome {
    timeout(limit, client.carry_out(effect))
        .await
        .unwrap_or_else(|_| StoreOutcome::Unreachable("no answer in time".to_owned()))
}
