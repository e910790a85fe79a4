//! All that the fuzzer kept, once more: one case for each target. How long that takes is bounded by
//! how much is kept, which `scripts/fuzz` sees to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io, panic};

use libtest_mimic::{Arguments, Failed, Trial};
use portreeve_fuzz::{Run, TARGETS};

fn main() -> ExitCode {
    let targets = TARGETS.map(|(name, run)| Trial::test(name, move || play(name, run)));
    let mut trials = Vec::from(targets);
    trials.push(Trial::test(
        "every_target_has_a_program",
        every_target_has_a_program,
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What was kept for a target holds; where it doesn't, the file is named.
fn play(name: &str, run: Run) -> Result<(), Failed> {
    let kept = files(&here("corpus").join(name))?;
    if kept.is_empty() {
        return Err("nothing is kept for it".into());
    }
    for file in kept {
        let bytes = fs::read(&file)?;
        if panic::catch_unwind(|| run(&bytes)).is_err() {
            return Err(format!("{} doesn't hold", file.display()).into());
        }
    }
    Ok(())
}

fn every_target_has_a_program() -> Result<(), Failed> {
    let programs = files(&here("targets"))?;
    let programs: BTreeSet<_> = programs
        .iter()
        .filter_map(|path| path.file_stem()?.to_str())
        .collect();
    let targets = BTreeSet::from(TARGETS.map(|(name, _)| name));
    if programs == targets {
        Ok(())
    } else {
        Err(format!("{programs:?} are programs, {targets:?} are targets").into())
    }
}

fn here(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// A folder's files, in their order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
