//! The store: whether it answers and can be written, which engine it knows, and whether the key
//! opens what it holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use portreeve_config::Configuration;
use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Header, Row};
use portreeve_core::token::Keyring;
use portreeve_core::user::UserId;
use portreeve_tokio::store::StoreClient;
use portreeve_wire::store::StoreAddress;
use tokio::time::timeout;

use super::check::Check;
use super::statement::{carry_out, failure_of};
use super::{clock, write};
use crate::codes::Exit;
use crate::failure::Failure;

const NAME: &str = "store";
/// How many tokens are opened: enough to tell a wrong key.
const SAMPLE: u32 = 100;
/// How many records more are read at once, to find those that share a volume.
const PAGE: u32 = 1000;
/// How many shared volumes are named.
const NAMED: usize = 3;

/// Whether the store can be used, and the installation it holds.
pub(super) async fn examine(
    configuration: &Configuration,
    keyring: Option<&Keyring>,
    engine: Option<&EngineId>,
) -> (Vec<Check>, Option<InstallationId>) {
    let address = match configuration.store_address() {
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
    let limit = configuration.timing().store + configuration.timing().patience;
    let found = match timeout(limit, client.check()).await {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => return (vec![unusable(&shown, why)], None),
        Err(_) => return (vec![unreachable(&shown, "no answer in time")], None),
    };
    // A look at the records of a store without tables would make them.
    if found.schema.is_none() {
        return (vec![Check::good(NAME, format!("{shown}: {found}"))], None);
    }
    let scan = scan(configuration, None, SAMPLE);
    let asked = SystemTime::now();
    match carry_out(&client, &scan, limit).await {
        StoreOutcome::Scanned { header, rows, more } => {
            let mut checks = vec![match write::attempt(&client, limit).await {
                Ok(()) => Check::good(NAME, format!("{shown}: {found}")),
                Err(why) => unusable(&shown, why),
            }];
            checks.extend(clock::compare(
                clock::Whose::Store,
                header.now,
                asked,
                SystemTime::now(),
            ));
            checks.extend(known_engine(configuration, &header, engine));
            checks.extend(tokens(keyring, &rows));
            let mut shared = SharedVolumes::default();
            let last = shared.note(rows, more);
            let read = shared.read_on(&client, configuration, last, limit).await;
            checks.extend(shared.check(read));
            (checks, Some(header.installation))
        }
        other => (vec![unusable(&shown, failure_of(&other))], None),
    }
}

fn unusable(shown: &str, why: Error) -> Check {
    match why {
        Error::StoreUnreachable(why) => unreachable(shown, &why),
        Error::StoreUnwritable(ref words) | Error::StoreRefused(ref words) => {
            Check::bad(NAME, Exit::Failed, format!("{shown}: {words}"), why.hint())
        }
        other => Check::failed(NAME, portreeve_tokio::Error::Command(other)),
    }
}

fn scan(configuration: &Configuration, after: Option<UserId>, limit: u32) -> StoreEffect {
    StoreEffect::Scan {
        engine: configuration.engine_name(),
        after,
        limit,
    }
}

/// Volumes that several users' records name, and whose those are. There are none but in stores from
/// before that was refused.
#[derive(Default)]
struct SharedVolumes(BTreeMap<String, Vec<UserId>>);

impl SharedVolumes {
    /// Takes in a page of records; the last one's user, if there may be more.
    fn note(&mut self, rows: Vec<(UserId, Row)>, more: bool) -> Option<UserId> {
        let last = rows.last().map(|(user, _)| user.clone());
        for (user, row) in rows {
            if let Row::Found(record) = row
                && record.shares_volume
            {
                self.0
                    .entry(record.body.names.volume)
                    .or_default()
                    .push(user);
            }
        }
        last.filter(|_| more)
    }

    /// Reads the records after that user, to the last one; why it couldn't.
    async fn read_on(
        &mut self,
        client: &StoreClient,
        configuration: &Configuration,
        mut after: Option<UserId>,
        limit: Duration,
    ) -> Result<(), String> {
        while after.is_some() {
            let page = scan(configuration, after, PAGE);
            after = match carry_out(client, &page, limit).await {
                StoreOutcome::Scanned { rows, more, .. } => self.note(rows, more),
                other => return Err(failure_of(&other).to_string()),
            };
        }
        Ok(())
    }

    fn check(&self, read: Result<(), String>) -> Option<Check> {
        const NAME: &str = "volumes";
        if let Err(why) = read {
            let detail = format!("not all records could be read: {why}");
            return Some(Check::doubtful(NAME, detail, "try again"));
        }
        let mut told: Vec<_> = self.0.iter().take(NAMED).map(shared_volume).collect();
        match self.0.len().checked_sub(NAMED) {
            Some(more) if more > 0 => told.push(format!("and {more} more are shared")),
            Some(_) | None => {}
        }
        (!told.is_empty()).then(|| {
            Check::doubtful(
                NAME,
                told.join("; "),
                "purge all but one of the users who share a volume, and it stays with that one; \
                 docs/operations.md tells how the others keep a copy",
            )
        })
    }
}

fn shared_volume((volume, users): (&String, &Vec<UserId>)) -> String {
    let users: Vec<_> = users.iter().map(|user| format!("{user:?}")).collect();
    format!("{volume} is shared by {}", users.join(" and "))
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

fn known_engine(
    configuration: &Configuration,
    header: &Header,
    engine: Option<&EngineId>,
) -> Option<Check> {
    match (&header.engine, engine) {
        (Some(known), Some(found)) if known != found => Some(Check::bad(
            "engine's name",
            Exit::Failed,
            format!(
                "the store knows another engine by the name {}: {known}, and not {found}",
                configuration.engine_name()
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
            && let Err(error) = keyring.open(record.token_of(user), &record.body.token)
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

#[cfg(test)]
mod tests {
    use super::*;
    use portreeve_api::program::Verdict;

    fn sharing(volumes: &[(&str, &[&str])]) -> Option<Check> {
        let user = |id: &&str| UserId::new(*id).unwrap();
        let of = |(volume, users): &(&str, &[&str])| {
            ((*volume).to_owned(), users.iter().map(user).collect())
        };
        SharedVolumes(volumes.iter().map(of).collect()).check(Ok(()))
    }

    #[test]
    fn those_who_share_a_volume_are_named() {
        assert_eq!(sharing(&[]), None);
        let check = sharing(&[("old-state", &["alice", "b\nob"])]).unwrap();
        assert_eq!(
            check.seen.status,
            Verdict::Doubtful,
            "commands go on working"
        );
        assert_eq!(
            check.seen.detail,
            r#"old-state is shared by "alice" and "b\nob""#
        );
        assert!(
            check
                .seen
                .mend
                .is_some_and(|mend| mend.starts_with("purge all but one"))
        );
    }

    #[test]
    fn of_many_shared_volumes_some_are_named() {
        let many = ["a", "b", "c", "d", "e"].map(|volume| (volume, &["u", "v"][..]));
        let detail = |count: usize| sharing(&many[..count]).unwrap().seen.detail;
        assert!(!detail(3).contains("more"), "{}", detail(3));
        assert!(
            detail(5).ends_with("; and 2 more are shared"),
            "{}",
            detail(5)
        );
    }

    #[test]
    fn records_that_could_not_be_read_are_no_proof() {
        let check = SharedVolumes::default().check(Err("away".to_owned()));
        assert!(check.is_some_and(|check| check.seen.detail.contains("away")));
    }
}
