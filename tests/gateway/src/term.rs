//! What SIGTERM does.
//!
//! The kernel ignores a signal for a container's first process unless that process handles it, so a
//! gateway that is to stop when the engine asks has to say so.

#![allow(unsafe_code, reason = "the standard library has no signals")]

use std::ffi::c_int;

/// As Linux numbers it everywhere.
const SIGTERM: c_int = 15;
/// The C library's `SIG_IGN`.
const IGNORE: usize = 1;

unsafe extern "C" {
    fn signal(number: c_int, handler: usize) -> usize;
    fn _exit(code: c_int) -> !;
}

/// Either ignores SIGTERM or ends the process at once, with 0, when it comes.
pub fn install(ignore: bool) {
    let handler = if ignore {
        IGNORE
    } else {
        exit as extern "C" fn(c_int) as usize
    };
    // SAFETY: a handler is an address-sized value: SIG_IGN, or a function of the C calling
    // convention that takes the signal's number, as `exit` does.
    unsafe { signal(SIGTERM, handler) };
}

extern "C" fn exit(_signal: c_int) {
    // SAFETY: `_exit` may be called by a signal handler at any point, as it runs nothing on the way out.
    unsafe { _exit(0) }
}
