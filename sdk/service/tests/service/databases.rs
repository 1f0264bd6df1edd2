//! Databases for tests: a file, and a server of PostgreSQL where the system has its package.

use evergreen_service::Store;
use std::{
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A database that goes with it.
pub struct Place {
    /// The store.
    pub store: Store,
    _server: Option<Server>,
    _folder: TempDir,
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Opens an empty store in a file.
pub async fn file() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite://{}/events.db", folder.path().display())).await.expect("a store");
    Place { store, _server: None, _folder: folder }
}

/// Opens an empty store in each kind of database that is there.
pub async fn all() -> Vec<Place> {
    let mut found = vec![file().await];
    match programs() {
        Some(programs) => found.push(server(&programs).await),
        None => eprintln!("PostgreSQL is not installed: only SQLite is tested (Debian's package is postgresql)"),
    }
    found
}

/// The folder with the server's programs, in Debian's place.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file()).max()
}

/// A command of the server, which must not run as root: then the package's own user runs it.
fn command(program: &Path, owner: Option<(u32, u32)>) -> Command {
    match owner {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
            command.arg(program);
            command
        }
    }
}

async fn server(programs: &Path) -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let is_root = std::fs::metadata(folder.path()).expect("the folder").uid() == 0;
    let owner = is_root.then(|| {
        let known = std::fs::metadata("/var/lib/postgresql").expect("the home of the package's user");
        (known.uid(), known.gid())
    });
    if let Some((user, group)) = owner {
        for path in [folder.path(), &data] {
            chown(path, Some(user), Some(group)).expect("a folder of the package's user");
        }
    }
    let made = command(&programs.join("initdb"), owner)
        .args(["--username=evergreen", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--pgdata"])
        .arg(&data)
        .current_dir(folder.path())
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // It listens at a socket in the folder alone.
    let child = command(&programs.join("postgres"), owner)
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
        .arg(folder.path())
        .arg("-D")
        .arg(&data)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("postgres runs");
    let server = Server(child);
    let socket = folder.path().display().to_string().replace('/', "%2F");
    let address = format!("postgres://evergreen@{socket}/postgres");
    let begin = Instant::now();
    loop {
        match Store::open(&address).await {
            Ok(store) => return Place { store, _server: Some(server), _folder: folder },
            Err(error) => assert!(begin.elapsed() < Duration::from_secs(120), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
