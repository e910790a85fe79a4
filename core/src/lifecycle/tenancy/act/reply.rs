//! What hosts are answered.

use crate::command::{Adopted, Endpoint, Ensured, Reply, Rotated, Stopped};
use crate::error::Error;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::ActivityFact;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::run::Made;
use crate::lifecycle::tenancy::state::Tenancy;

impl Tenancy {
    /// What a host is answered whose command had that goal; `None` if that can't be told yet.
    pub(super) fn reply_to(&self, cx: &Context, goal: Goal) -> Option<Reply> {
        let run = self.run.as_ref()?;
        let record = self.record(cx.now);
        let served = |endpoint| match endpoint {
            Ok(endpoint) => Reply::Ensured(endpoint),
            Err(error) => Reply::Failed(error),
        };
        Some(match goal {
            Goal::Running | Goal::Fresh => served(self.endpoint(cx)?),
            Goal::Rotated => match record {
                None => Reply::Failed(Error::UnknownUser),
                Some(record) => {
                    let endpoint = if run.aim.restarts() {
                        match self.endpoint(cx)? {
                            Ok(endpoint) => Some(endpoint),
                            Err(error) => return Some(Reply::Failed(error)),
                        }
                    } else {
                        None
                    };
                    Reply::Rotated(Rotated {
                        generation: record.body.token_generation,
                        endpoint,
                    })
                }
            },
            Goal::Absent => Reply::Purged(run.has_met_record()),
            Goal::Adopted => Reply::Adopted(Adopted {
                user: self.user.clone(),
                container: record.and_then(|record| record.body.container.clone()),
                volume: self.names.volume.clone(),
                port: record.and_then(|record| record.port),
                already: !run.has_adopted(),
            }),
            Goal::Stopped | Goal::Reaped | Goal::Evicted | Goal::Repaired => {
                Reply::Stopped(Stopped {
                    known: record.is_some(),
                    changed: run.did.stop,
                })
            }
        })
    }

    fn endpoint(&self, cx: &Context) -> Option<Result<Endpoint, Error>> {
        let record = self.record(cx.now)?;
        let observed = self.current(cx)?;
        let token = match self.open_token(cx, record) {
            Ok(token) => token,
            Err(error) => return Some(Err(error)),
        };
        let gateway_port = cx.settings.template(&self.user).gateway_port;
        let reach = &cx.settings.reach;
        let url = reach.url(record.port, &observed.name, gateway_port)?;
        let did = self.run.as_ref()?.did;
        let outcome = match did.made {
            Made::Replacement => Ensured::Recreated,
            Made::New => Ensured::Created,
            Made::Nothing | Made::OldRemoved if did.start => Ensured::Started,
            Made::Nothing | Made::OldRemoved => Ensured::AlreadyRunning,
        };
        Some(Ok(Endpoint {
            user: self.user.clone(),
            url,
            token,
            port: record.port,
            container: observed.id.clone(),
            container_name: observed.name.clone(),
            outcome,
            pending: self.activity_fact(cx) == ActivityFact::Pending,
        }))
    }
}
