//! Clients that ask as fast as they are answered, and what that cost. It knows nothing of what is asked.

use std::time::{Duration, Instant};

use futures::future::try_join_all;

use super::cost::{Cpu, Processes};
use super::requests::{Ask, Request};
use crate::Outcome;

/// How many clients warm somebody up.
const WARMING: usize = 8;

/// Somebody who answers, in a process of its own.
pub trait Contender {
    /// The question as this one understands it.
    fn post(&self, request: &Request, ask: &Ask) -> Outcome<reqwest::RequestBuilder>;

    /// Whether a body, which came with a good status, says that the work was done.
    fn is_good(&self, request: &Request, body: &[u8]) -> bool;

    /// What is counted.
    fn processes(&self) -> Outcome<Processes>;
}

/// What a run of one request cost.
#[derive(Clone, Debug)]
pub struct Cost {
    pub cpu: Cpu,
    pub elapsed: Duration,
    /// Of every answer, ascending.
    latencies: Vec<Duration>,
    /// The most memory that the server had resident meanwhile, in bytes.
    pub peak: u64,
}

impl Cost {
    pub fn throughput(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU seconds of 1,000 requests.
    pub fn per_thousand(&self, seconds: f64) -> f64 {
        seconds * 1_000.0 / self.latencies.len() as f64
    }

    /// CPU seconds of 1,000 requests, server and database together.
    pub fn both_per_thousand(&self) -> f64 {
        self.per_thousand(self.cpu.both())
    }

    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// Asks for a while what is not measured: a program that is compiled while it runs is slow at first.
pub async fn warm(contender: &dyn Contender, request: &Request) -> Outcome<()> {
    ask_for(contender, request, WARMING, Duration::from_secs(2)).await?;
    Ok(())
}

/// Warms up, then measures; what is still done when the last answer has come is waited for, and counts.
pub async fn run(
    contender: &dyn Contender,
    request: &Request,
    connections: usize,
    seconds: f64,
    done: impl AsyncFn() -> Outcome<()>,
) -> Outcome<Cost> {
    ask_for(contender, request, connections, Duration::from_secs_f64((seconds / 5.0).clamp(0.3, 1.0))).await?;
    done().await?;
    let processes = contender.processes()?;
    processes.forget_peak()?;
    let before = processes.cpu()?;
    let begin = Instant::now();
    let mut latencies = ask_for(contender, request, connections, Duration::from_secs_f64(seconds)).await?;
    let elapsed = begin.elapsed();
    done().await?;
    let cpu = processes.cpu()?.since(before);
    latencies.sort_unstable();
    Ok(Cost { cpu, elapsed, latencies, peak: processes.peak()? })
}

async fn ask_for(
    contender: &dyn Contender,
    request: &Request,
    connections: usize,
    time: Duration,
) -> Outcome<Vec<Duration>> {
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
            let answer = contender.post(request, ask)?.send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            latencies.push(begin.elapsed());
            if !status.is_success() || !contender.is_good(request, &body) {
                let body = String::from_utf8_lossy(&body);
                return Err(format!("it was answered {status} {body}").into());
            }
        }
        Outcome::Ok(latencies)
    });
    Ok(try_join_all(clients).await?.concat())
}
