//! Why a run fails, as far as the decision table can tell.

use alloc::string::ToString;

use crate::error::{Error, VolumeOwner};
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::decision::step::Fault;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::ContainerState;
use crate::record::Row;

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
            Fault::NotAdoptable => Error::NotAdoptable(alloc::format!(
                "there is neither a container {:?} nor a volume {:?}",
                self.names.container,
                self.names.volume
            )),
            Fault::BackingOff => {
                let failure = self.record(cx.now)?.body.failure.as_ref()?;
                Error::BackingOff {
                    count: failure.count,
                    reason: failure.reason.clone(),
                    retry_in: self.retry_at?.since(cx.now),
                }
            }
            Fault::Crashed => {
                let exit_code = match self.current(cx)?.state {
                    ContainerState::Exited { code } => Some(code),
                    ContainerState::Created
                    | ContainerState::Running
                    | ContainerState::Paused
                    | ContainerState::Restarting
                    | ContainerState::Removing
                    | ContainerState::Dead
                    | ContainerState::Unknown(_) => None,
                };
                Error::StartFailed {
                    exit_code,
                    log: self.run.as_ref()?.exit_log.clone().unwrap_or_default(),
                }
            }
        })
    }
}
