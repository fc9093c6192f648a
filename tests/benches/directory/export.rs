//! A large file: everybody, as `super_admin` takes the directory out. What it costs, and how much memory the server needs for it.

use std::time::{Duration, Instant};

use liaison_domain::viewer::Role;

use super::cost::Cpu;
use super::load::Contender;
use super::server::{Server, token};
use crate::Outcome;

/// A file that was taken out.
pub struct Export {
    pub lines: usize,
    pub bytes: usize,
    pub elapsed: Duration,
    pub cpu: Cpu,
    /// The most memory that the server had resident meanwhile, in bytes.
    pub peak: u64,
}

/// Takes it, and keeps nothing of it.
pub async fn run(server: &Server) -> Outcome<Export> {
    let processes = server.processes()?;
    processes.forget_peak()?;
    let before = processes.cpu()?;
    let begin = Instant::now();
    let mut answer =
        server.file(&token(Role::SuperAdmin, 0)?, "/exports/contacts.csv").send().await?.error_for_status()?;
    let (mut lines, mut bytes) = (0, 0);
    while let Some(piece) = answer.chunk().await? {
        bytes += piece.len();
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
    }
    let elapsed = begin.elapsed();
    Ok(Export { lines, bytes, elapsed, cpu: processes.cpu()?.since(before), peak: processes.peak()? })
}
