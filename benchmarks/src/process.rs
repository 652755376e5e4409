//! What Linux tells of a process: CPU time and memory; and what was built, where.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::Duration,
};

use ::tests::Failure;

/// Linux counts CPU time in hundredths of a second, whatever the kernel's own clock.
const TICK: Duration = Duration::from_millis(10);

/// A process that is running.
#[derive(Clone)]
pub(crate) struct Process(PathBuf);

impl Process {
    /// This one.
    pub(crate) fn own() -> Self {
        Self(PathBuf::from("/proc/self"))
    }

    /// One that was started here.
    pub(crate) fn of(child: &Child) -> Self {
        Self(PathBuf::from(format!("/proc/{}", child.id())))
    }

    /// The CPU time of all its threads, those that have ended included.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Failure> {
        let stat = fs::read_to_string(self.0.join("stat"))?;
        // The name, in parentheses, may hold anything; user and system time are the 12th and 13th after it.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        Ok(TICK * ticks)
    }

    /// The CPU time of those of its threads that live and are not called this, to the nanosecond.
    pub(crate) fn running_time_but_for(&self, name: &str) -> Result<Duration, Failure> {
        // The kernel brings a thread's account up to date when it sets the thread aside.
        thread::sleep(Duration::from_micros(50));
        let mut sum = Duration::ZERO;
        for task in fs::read_dir(self.0.join("task"))? {
            let task = task?.path();
            // A thread may end between being listed and being looked at.
            let read = |file: &str| fs::read_to_string(task.join(file));
            let (Ok(called), Ok(times)) = (read("comm"), read("schedstat")) else { continue };
            if called.trim_end() != name {
                let running = times.split_whitespace().next().ok_or("the kernel counts no running time")?;
                sum += Duration::from_nanos(running.parse()?);
            }
        }
        Ok(sum)
    }

    /// The bytes that it has in memory.
    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        self.status("VmRSS:")
    }

    /// The most bytes that it ever had in memory.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Result<u64, Failure> {
        let status = fs::read_to_string(self.0.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("the process has no memory any more")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024)
    }
}

/// A child that is ended when it is dropped.
pub(crate) struct Ended(pub(crate) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds with cargo, in release, and gives the folder that the programs are in.
pub(crate) fn build(selection: &[String]) -> Result<PathBuf, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if !Command::new(cargo).args(["build", "--release", "--locked"]).args(selection).current_dir(root()).status()?.success() {
        return Err("cargo could not build what is to be measured".into());
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release"))
}

/// The workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Machine and commit, in a line.
pub(crate) fn origin() -> Result<String, Failure> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("an unnamed CPU");
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let version = kernel.split(['.', '-']).take(2).collect::<Vec<_>>().join(".");
    Ok(format!("{cores} cores of {}, Linux {version}, commit {}.", model.trim_start_matches(['\t', ' ', ':']), commit()?))
}

/// The commit, and whether anything but the page itself has changed since.
fn commit() -> Result<String, Failure> {
    let git = |arguments: &[&str]| -> Result<String, Failure> {
        let output = Command::new("git").args(arguments).current_dir(root()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--", ".", ":!BENCHMARKS.md"])?;
    Ok(if changed.is_empty() { commit } else { format!("{commit} with changes") })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_process_that_works_has_cpu_time_and_memory() {
        let own = Process::own();
        let begun = Instant::now();
        while own.cpu_time().unwrap() < 2 * TICK && begun.elapsed() < Duration::from_secs(60) {
            std::hint::black_box((0..100_000).sum::<u64>());
        }
        assert!(own.cpu_time().unwrap() >= 2 * TICK);
        assert!(own.memory().unwrap() > 1_000_000 && own.peak_memory().unwrap() > 1_000_000);
    }

    #[test]
    fn a_thread_of_this_name_is_left_out() {
        let work = || {
            let (own, begun) = (Process::own(), Instant::now());
            // The second is looked at a moment later, when others have worked on: it is never too much that is left out.
            let left_out = || own.running_time_but_for("nobody").unwrap().saturating_sub(own.running_time_but_for("left-out").unwrap());
            while begun.elapsed() < Duration::from_secs(60) {
                std::hint::black_box((0..100_000).sum::<u64>());
                if left_out() >= TICK {
                    return true;
                }
            }
            false
        };
        let thread = thread::Builder::new().name("left-out".to_owned()).spawn(work).unwrap();
        assert!(thread.join().unwrap());
    }
}
