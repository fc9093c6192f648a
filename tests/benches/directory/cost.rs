//! What processes have used, as Linux counts it: CPU time of the server, of every process of its PostgreSQL and of who asks, memory of the server.
//! It starts and stops nothing.

use std::fs;
use std::path::Path;

use crate::Outcome;

/// Clock ticks a second in /proc; 100 on every Linux since 2.6.
const TICKS: f64 = 100.0;

/// The processes that are counted.
#[derive(Clone, Copy, Debug)]
pub struct Processes {
    pub server: u32,
    pub postmaster: u32,
}

/// CPU seconds so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    pub server: f64,
    pub database: f64,
    /// Of this process, which asks.
    pub client: f64,
}

impl Cpu {
    pub fn since(self, before: Self) -> Self {
        Self {
            server: self.server - before.server,
            database: self.database - before.database,
            client: self.client - before.client,
        }
    }

    /// What answers; what asks is no part of it.
    pub fn both(self) -> f64 {
        self.server + self.database
    }
}

impl Processes {
    pub fn of(server: u32, data_dir: &Path) -> Outcome<Self> {
        let text = fs::read_to_string(data_dir.join("cluster/postmaster.pid"))?;
        let postmaster = text.lines().next().ok_or("an empty postmaster.pid")?.trim().parse()?;
        Ok(Self { server, postmaster })
    }

    pub fn cpu(self) -> Outcome<Cpu> {
        let server = Stat::read(self.server)?.own;
        let postmaster = Stat::read(self.postmaster)?;
        // Backends that ended are in the postmaster's count of its children.
        let mut database = postmaster.own + postmaster.children;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            // A process may end while we look.
            if let Ok(stat) = Stat::read(pid)
                && stat.parent == self.postmaster
            {
                database += stat.own;
            }
        }
        Ok(Cpu { server, database, client: Stat::read(std::process::id())?.own })
    }

    /// Resident memory of the server now, in bytes.
    pub fn resident(self) -> Outcome<u64> {
        self.memory("VmRSS:")
    }

    /// The most that the server has had resident since [`Processes::forget_peak`], in bytes.
    pub fn peak(self) -> Outcome<u64> {
        self.memory("VmHWM:")
    }

    /// From here on the peak counts anew.
    pub fn forget_peak(self) -> Outcome<()> {
        // proc(5): 5 resets the peak resident set size to what is resident now.
        Ok(fs::write(format!("/proc/{}/clear_refs", self.server), "5")?)
    }

    fn memory(self, name: &'static str) -> Outcome<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.server))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or(format!("no {name}"))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024)
    }
}

struct Stat {
    parent: u32,
    own: f64,
    children: f64,
}

impl Stat {
    fn read(pid: u32) -> Outcome<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name stands in parentheses and may hold anything, blanks too.
        let (_, rest) = text.rsplit_once(')').ok_or("a strange /proc/PID/stat")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // The third field of proc(5), the state, is the first here.
        let ticks = |field: usize| fields.get(field - 3).ok_or("a short stat")?.parse::<f64>().map_err(|_| "no number");
        Ok(Self {
            parent: fields.get(1).ok_or("a short stat")?.parse()?,
            own: (ticks(14)? + ticks(15)?) / TICKS,
            children: (ticks(16)? + ticks(17)?) / TICKS,
        })
    }
}
