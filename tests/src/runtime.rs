//! The runtime that the support code's own sockets live on. Drivers under test never run on it.

use std::future::Future;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("support")
        .enable_all()
        .build()
        .expect("threads can be started")
});

/// Runs it to its end on the calling thread, which must not be one of a runtime.
pub fn wait_for<F: Future>(work: F) -> F::Output {
    RUNTIME.block_on(work)
}

/// Lets it run beside everything else until the process ends or the handle is aborted.
pub fn spawn<F>(work: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    RUNTIME.spawn(work)
}
