//! Why a run fails, as far as the decision table can tell.

use alloc::string::ToString;

use crate::error::{Error, VolumeOwner};
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::decision::step::Fault;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::ContainerState;
use crate::record::Row;
use crate::time::Instant;

impl Tenancy {
    /// True if the run has failed: not if what it failed for isn't so any more.
    pub(super) fn fail_for(&mut self, cx: &Context, fault: Fault) -> bool {
        let error = self.error_of(cx, fault);
        let failed = error.is_some();
        if let Some(error) = error {
            self.fail(error, cx.answer_by());
        }
        failed
    }

    pub(super) fn error_of(&self, cx: &Context, fault: Fault) -> Option<Error> {
        Some(match fault {
            Fault::Unreadable => match self.store.get(cx.now)? {
                Row::Unreadable(why) => Error::RecordUnreadable(why.clone()),
                Row::Absent | Row::Found(_) => return None,
            },
            Fault::NameTaken => Error::NameTaken {
                name: self.names.container.clone(),
                id: self.proven(cx).foreign?.id.to_string(),
            },
            Fault::VolumeTaken => Error::VolumeTaken {
                name: self.names.volume.clone(),
                by: match self.volume {
                    VolumeFact::Foreign => VolumeOwner::Labelled,
                    VolumeFact::Unknown
                    | VolumeFact::Absent
                    | VolumeFact::Ours
                    | VolumeFact::Doubted
                    | VolumeFact::Unlabelled => VolumeOwner::Unknown,
                },
            },
            Fault::Prerequisites => {
                let image = &cx.settings.template(&self.user).image;
                cx.prerequisites.failure(image, cx.now)?
            }
            Fault::Identity => cx.prerequisites.engine_failure(cx.now)?.clone(),
            Fault::NoHealthCheck => Error::NoHealthCheck {
                image: cx.settings.template(&self.user).image.clone(),
            },
            Fault::NoHostPort => Error::NoHostPort {
                container: self.current(cx)?.name.clone(),
            },
            Fault::NotAdoptable => Error::NotAdoptable(alloc::format!(
                "there is neither a container {:?} nor a volume {:?}",
                self.names.container,
                self.names.volume
            )),
            Fault::BackingOff => self.backing_off(cx, self.next_start(cx)?),
            Fault::Crashed => {
                let exit_code = match self.current(cx)?.state {
                    ContainerState::Stopped {
                        exit_code: Some(code),
                    } => Some(code),
                    ContainerState::Stopped { exit_code: None }
                    | ContainerState::Running
                    | ContainerState::Paused
                    | ContainerState::Starting
                    | ContainerState::Removing
                    | ContainerState::Broken
                    | ContainerState::Unknown(_) => None,
                };
                Error::StartFailed {
                    exit_code,
                    log: self.run.as_ref()?.exit_log.clone().unwrap_or_default(),
                }
            }
        })
    }

    /// What whoever comes before the next start is due is told.
    pub(super) fn backing_off(&self, cx: &Context, next: Instant) -> Error {
        let failure = self
            .record(cx.now)
            .and_then(|record| record.body.failure.as_ref());
        let told = failure.map(|failure| failure.reason.clone());
        Error::BackingOff {
            count: failure.map_or(0, |failure| failure.count),
            reason: told
                .or_else(|| self.effort.refusal.clone())
                .unwrap_or_else(|| "the engine did nothing of what it was asked for".to_string()),
            retry_in: next.since(cx.now),
        }
    }
}
