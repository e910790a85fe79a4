//! The threads of this process.

use std::fs;
use std::time::Duration;

use portreeve_tests::story::eventually;

/// The names of the driver's threads.
pub fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("the process can look at itself");
    tasks
        // One may end while it is looked at.
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .filter(|name| name.starts_with("portreeve"))
        .collect()
}

/// None of the driver's threads is there any more. They have ended before the handle was gone; all
/// that is waited for is that the kernel has taken them off its list.
#[track_caller]
pub fn none_is_left() {
    eventually("no thread is left", Duration::from_secs(5), || {
        threads().is_empty().then_some(())
    });
}
