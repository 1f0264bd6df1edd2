//! A server of PostgreSQL for a test.

use std::{
    io,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// Who has no PostgreSQL sets this; the tests of it then say that they were skipped.
const WITHOUT: &str = "EVERGREEN_WITHOUT_POSTGRES";

/// A server with an empty database, in a folder of its own.
pub struct Postgres {
    process: Child,
    folder: PathBuf,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Postgres {
    /// Starts one; `None` only where `EVERGREEN_WITHOUT_POSTGRES` is set.
    ///
    /// # Panics
    /// If Debian's package `postgresql` is not installed, or its server does not start.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let advice = "PostgreSQL is not installed (Debian: apt-get install postgresql)";
            assert!(std::env::var_os(WITHOUT).is_some(), "{advice}; {WITHOUT}=1 skips the tests of it");
            eprintln!("skipped: no PostgreSQL");
            return None;
        };
        Some(Self::of(&programs).unwrap_or_else(|error| panic!("PostgreSQL does not start: {error}")))
    }

    /// Address of the database.
    pub fn url(&self) -> String {
        format!("postgres://evergreen@{}/postgres", self.folder.display().to_string().replace('/', "%2F"))
    }

    /// Ends the server in the middle of whatever it does, and starts it again on its files.
    ///
    /// # Panics
    /// If it does not start again.
    pub fn crash(&mut self) {
        // Its own processes end when they notice; the next server waits for that.
        self.process.kill().expect("killed");
        self.process.wait().expect("its end");
        let programs = programs().expect("it was there");
        let begin = Instant::now();
        loop {
            let _ = std::fs::remove_file(self.folder.join("data/postmaster.pid"));
            match run(&programs, &self.folder) {
                Ok(process) => {
                    self.process = process;
                    return;
                }
                Err(error) => assert!(begin.elapsed() < LONGEST, "{error}"),
            }
        }
    }

    fn of(programs: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("evergreen-pg-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let data = folder.join("data");
        std::fs::create_dir_all(&data)?;
        if let Some((user, group)) = owner()? {
            chown(&folder, Some(user), Some(group))?;
            chown(&data, Some(user), Some(group))?;
        }
        let made = command(&programs.join("initdb"), &folder)?
            .args(["--username=evergreen", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--pgdata"])
            .arg(&data)
            .output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        Ok(Self { process: run(programs, &folder)?, folder })
    }
}

/// No server takes longer to start, on however busy a machine.
const LONGEST: Duration = Duration::from_secs(120);

/// The folder with the server's programs, in Debian's place.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file()).max()
}

/// User and group of the package, where this process is root, as whom the server does not run.
fn owner() -> io::Result<Option<(u32, u32)>> {
    // A process's own folder tells who it is.
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let home = std::fs::metadata("/var/lib/postgresql")?;
    Ok(Some((home.uid(), home.gid())))
}

/// A command of the server, as a user who may run it.
fn command(program: &Path, folder: &Path) -> io::Result<Command> {
    let mut command = match owner()? {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
            command.arg(program);
            command
        }
    };
    command.current_dir(folder);
    Ok(command)
}

/// Runs the server, and waits until it answers. It listens at a socket in its folder alone.
fn run(programs: &Path, folder: &Path) -> io::Result<Child> {
    let mut process = command(&programs.join("postgres"), folder)?
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
        .arg(folder)
        .arg("-D")
        .arg(folder.join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let begin = Instant::now();
    loop {
        let ready = Command::new(programs.join("pg_isready")).arg("-q").arg("-h").arg(folder).status()?;
        if ready.success() {
            return Ok(process);
        }
        if let Some(status) = process.try_wait()? {
            return Err(io::Error::other(format!("the server has ended: {status}")));
        }
        if begin.elapsed() > LONGEST {
            let _ = process.kill();
            return Err(io::Error::other("the server does not answer"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
