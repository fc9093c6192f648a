//! Clients that ask as fast as they are answered, and what that cost. It knows nothing of what is asked.

use std::time::{Duration, Instant};

use futures::future::try_join_all;

use super::cost::Cpu;
use super::requests::Request;
use super::server::Server;
use crate::Outcome;

/// What a run of one request cost.
#[derive(Clone, Debug)]
pub struct Cost {
    pub cpu: Cpu,
    pub elapsed: Duration,
    /// Of every answer, ascending.
    latencies: Vec<Duration>,
    /// Resident memory of the server at the end, in bytes.
    pub resident: u64,
}

impl Cost {
    pub fn throughput(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU seconds of 1,000 requests.
    pub fn per_thousand(&self, seconds: f64) -> f64 {
        seconds * 1_000.0 / self.latencies.len() as f64
    }

    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// Warms up, then measures.
pub async fn run(server: &Server, request: &Request, connections: usize, seconds: f64) -> Outcome<Cost> {
    ask_for(server, request, connections, Duration::from_secs_f64((seconds / 5.0).clamp(0.3, 1.0))).await?;
    let processes = server.processes()?;
    let before = processes.cpu()?;
    let begin = Instant::now();
    let mut latencies = ask_for(server, request, connections, Duration::from_secs_f64(seconds)).await?;
    let elapsed = begin.elapsed();
    let cpu = processes.cpu()?.since(before);
    latencies.sort_unstable();
    Ok(Cost { cpu, elapsed, latencies, resident: processes.resident()? })
}

async fn ask_for(server: &Server, request: &Request, connections: usize, time: Duration) -> Outcome<Vec<Duration>> {
    let end = Instant::now() + time;
    let clients = (0..connections).map(|client| async move {
        let mut latencies = Vec::new();
        // Each client begins elsewhere in the pool.
        let asks = request.asks.iter().cycle().skip(client * 37 % request.asks.len());
        for ask in asks {
            let begin = Instant::now();
            if begin >= end {
                break;
            }
            let answer = server.post(&ask.token, ask.body()).send().await?;
            let is_good = answer.status().is_success();
            let body = answer.bytes().await?;
            latencies.push(begin.elapsed());
            // `errors` stands first in a body that has any.
            let did_it =
                request.says.is_empty() || body.windows(request.says.len()).any(|part| part == request.says.as_bytes());
            if !is_good || !did_it || body.starts_with(b"{\"errors\"") {
                return Err(format!("{} was answered {}", request.name, String::from_utf8_lossy(&body)).into());
            }
        }
        Outcome::Ok(latencies)
    });
    Ok(try_join_all(clients).await?.concat())
}
