//! Asking on tokio: a request is a future.

use std::sync::Arc;

use portreeve_core::command::{Command, Progress, Reply};
use portreeve_core::event::Actor;
use tokio::sync::{oneshot, watch};
use tracing::Instrument as _;

use crate::call::Call;
use crate::driver::{Driver, Listener};
use crate::error::{Error, unanswered};

impl Driver {
    /// Makes a call: what it asks is answered, and the answer read.
    pub(crate) async fn call<A>(
        self: &Arc<Self>,
        call: Call<A>,
        actor: Option<Actor>,
    ) -> Result<A, Error> {
        let asked = self.ask(call.command.clone(), actor);
        let span = call.span.clone();
        async { call.read(asked.await?) }.instrument(span).await
    }

    /// The same, and tells how far it is.
    pub(crate) async fn call_with_progress<A>(
        self: &Arc<Self>,
        call: Call<A>,
        actor: Option<Actor>,
        tell: impl FnMut(Progress),
    ) -> Result<A, Error> {
        let asked = self.ask_with_progress(call.command.clone(), actor, tell);
        let span = call.span.clone();
        async { call.read(asked.await?) }.instrument(span).await
    }

    /// Asks the lifecycle and waits for its answer. One that is known already is there when this
    /// is first polled: no task stands between. Dropped before it is answered, it takes the
    /// request back.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        command: Command,
        actor: Option<Actor>,
    ) -> Result<Reply, Error> {
        let (reply, answer) = oneshot::channel();
        let progress = None;
        let pending = self.submit(command, actor, Box::new(Waiting { reply, progress }))?;
        let reply = answer.await.map_err(|_gone| unanswered())?;
        pending.answered();
        Ok(reply)
    }

    /// The same, and tells how far it is. That is told from inside of this future, with no lock
    /// held: whoever is told may take their time, and call the handle.
    pub(crate) async fn ask_with_progress(
        self: &Arc<Self>,
        command: Command,
        actor: Option<Actor>,
        mut tell: impl FnMut(Progress),
    ) -> Result<Reply, Error> {
        let (reply, mut answer) = oneshot::channel();
        let (sender, mut progress) = watch::channel(Progress::Users { done: 0, total: 0 });
        let waiting = Waiting {
            reply,
            progress: Some(sender),
        };
        let pending = self.submit(command, actor, Box::new(waiting))?;
        let reply = loop {
            tokio::select! {
                // What was told before the answer is heard before it.
                biased;
                Ok(()) = progress.changed() => {
                    let newest = progress.borrow_and_update().clone();
                    tell(newest);
                }
                reply = &mut answer => break reply.map_err(|_gone| unanswered())?,
            }
        };
        pending.answered();
        Ok(reply)
    }
}

/// A caller who waits on tokio.
struct Waiting {
    reply: oneshot::Sender<Reply>,
    /// How far the request is: the newest word only, so that who is slow to hear it falls behind
    /// in nothing. `None` for who doesn't want to know.
    progress: Option<watch::Sender<Progress>>,
}

impl Listener for Waiting {
    fn hear_progress(&self, progress: Progress) {
        if let Some(told) = &self.progress {
            told.send_replace(progress);
        }
    }

    fn hear_answer(self: Box<Self>, reply: Reply) {
        // Nobody hears it if the caller is just going; it takes nothing back then.
        let _ = self.reply.send(reply);
    }
}
