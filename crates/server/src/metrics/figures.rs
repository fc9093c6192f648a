//! What is looked up when somebody scrapes: the directory's duplicates, the log, the pool, the process. What could not be read yet is not there,
//! rather than 0.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use liaison_domain::vitals::Vitals;
use metrics_process::collector::{self, Metrics as Process};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, EncodeMetric,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// What this process tells of itself at the moment of a scrape.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Now {
    pub is_database_up: bool,
    pub used: u32,
    pub idle: u32,
    pub most: u32,
    /// Events that this process has committed.
    pub recorded: u64,
    /// Operations that run.
    pub running: usize,
    /// Sockets and streams that are open.
    pub live: usize,
}

#[derive(Debug, Default)]
struct Known {
    now: Now,
    vitals: Option<(Instant, Vitals)>,
}

/// What was looked up last. To clone it is to look at the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures(Arc<Mutex<Known>>);

impl Figures {
    pub fn now(&self, now: Now) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now = now;
    }

    pub fn found(&self, vitals: Vitals) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).vitals = Some((Instant::now(), vitals));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, EncodeLabelSet)]
struct Band {
    from: f64,
    to: f64,
}

/// Writes numbers one by one.
struct Sheet<'a>(DescriptorEncoder<'a>);

impl Sheet<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        let gauge = ConstGauge::new(value);
        gauge.encode(self.0.encode_descriptor(name, help, None, gauge.metric_type())?)
    }

    fn counter(&mut self, name: &str, help: &str, value: impl EncodeCounterValue) -> fmt::Result {
        let counter = ConstCounter::new(value);
        counter.encode(self.0.encode_descriptor(name, help, None, counter.metric_type())?)
    }

    fn gauges<L: EncodeLabelSet>(&mut self, name: &str, help: &str, values: &[(L, i64)]) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        values.iter().try_for_each(|(labels, value)| ConstGauge::new(*value).encode(encoder.encode_family(labels)?))
    }
}

impl Collector for Figures {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sheet = Sheet(encoder);
        of_now(&known.now, &mut sheet)?;
        if let Some((at, vitals)) = &known.vitals {
            let help = "How old the numbers of duplicates and of the log are, which are read once a minute at most";
            sheet.gauge("liaison_figures_age_seconds", help, at.elapsed().as_secs_f64())?;
            of_directory(vitals, &mut sheet)?;
        }
        of_process(&collector::collect(), &mut sheet)
    }
}

fn of_now(now: &Now, sheet: &mut Sheet<'_>) -> fmt::Result {
    sheet.gauge("liaison_database_up", "Whether the database answers: 1 or 0", i64::from(now.is_database_up))?;
    let connections = [(State { state: "used" }, i64::from(now.used)), (State { state: "idle" }, i64::from(now.idle))];
    sheet.gauges("liaison_database_connections", "Connections of requests to the database", &connections)?;
    sheet.gauge("liaison_database_connections_max", "The most connections that requests may have", now.most)?;
    sheet.counter("liaison_events_recorded", "Events that this process has recorded", now.recorded)?;
    sheet.gauge("liaison_operations_running", "Operations that run", now.running)?;
    sheet.gauge("liaison_live_connections", "Sockets and streams that are open", now.live)
}

fn of_directory(vitals: &Vitals, sheet: &mut Sheet<'_>) -> fmt::Result {
    let Vitals { duplicates, log, held_back } = vitals;
    sheet.gauge("liaison_log_events", "Entries of the log", log.events)?;
    if let Some(at) = log.last_recorded_at {
        let help = "When the last entry of the log was recorded";
        sheet.gauge("liaison_log_last_event_timestamp_seconds", help, at.timestamp_millis() as f64 / 1e3)?;
    }
    let help = "Contacts and organizations among the last 1,000 entries of the log whose rows are behind it: 0, or liaison rebuild is due";
    sheet.gauge("liaison_rows_behind_log", help, log.rows_behind)?;
    let help = "Events that are written and that no follower sees yet, because an older transaction is under way";
    sheet.gauge("liaison_log_held_back_events", help, held_back.events)?;
    sheet.gauge("liaison_log_held_back_seconds", "How long the oldest of them waits", held_back.seconds)?;
    sheet.gauge("liaison_contacts", "People in the directory who are not archived", duplicates.contacts)?;
    let bands: Vec<(Band, i64)> =
        duplicates.bands.iter().map(|band| (Band { from: band.from, to: band.to }, band.pairs)).collect();
    let help = "Pairs that may be one person and that nobody has decided about, by score";
    sheet.gauges("liaison_duplicate_open_pairs", help, &bands)?;
    let help = "Pairs of which somebody said that they are two persons";
    sheet.gauge("liaison_duplicate_dismissed_pairs", help, duplicates.dismissed)?;
    let help = "People of whom a likely duplicate is known";
    sheet.gauge("liaison_duplicate_contacts", help, duplicates.persons)?;
    let help = "People who are one too many: of each group of likely duplicates all but one";
    sheet.gauge("liaison_duplicate_surplus_contacts", help, duplicates.surplus)?;
    let help = "People who are one too many, as a part of all, between 0 and 1";
    sheet.gauge("liaison_duplicate_ratio", help, duplicates.rate)?;
    let help = "Changes of people that wait to be compared";
    sheet.gauge("liaison_duplicate_changes_waiting", help, duplicates.waiting)?;
    let help = "Whether everybody must be compared before these numbers mean anything: 1 or 0";
    sheet.gauge("liaison_duplicate_scan_due", help, i64::from(duplicates.is_scan_due))?;
    let help = "Whether everybody is being compared: 1 or 0";
    sheet.gauge("liaison_duplicate_scan_running", help, i64::from(duplicates.is_scan_under_way))?;
    if let Some(scan) = duplicates.scan {
        let help = "People who are compared by the scan that is under way";
        sheet.gauge("liaison_duplicate_scan_compared_contacts", help, scan.compared)?;
        let help = "All people whom the scan that is under way compares";
        sheet.gauge("liaison_duplicate_scan_contacts", help, scan.total)?;
    }
    if let Some(at) = duplicates.scanned_at {
        let help = "When everybody was last compared";
        sheet.gauge("liaison_duplicate_scan_timestamp_seconds", help, at.timestamp_millis() as f64 / 1e3)?;
    }
    if let Some(scan) = &duplicates.last_scan {
        let help = "How long that took";
        sheet.gauge("liaison_duplicate_scan_duration_seconds", help, scan.milliseconds as f64 / 1e3)?;
    }
    Ok(())
}

/// Under the names that every Prometheus client has for them.
fn of_process(process: &Process, sheet: &mut Sheet<'_>) -> fmt::Result {
    if let Some(seconds) = process.cpu_seconds_total {
        sheet.counter("process_cpu_seconds", "Time on processors, of the user and of the system", seconds)?;
    }
    for (name, help, value) in [
        ("process_resident_memory_bytes", "Resident memory", process.resident_memory_bytes),
        ("process_virtual_memory_bytes", "Virtual memory", process.virtual_memory_bytes),
        ("process_open_fds", "Open file descriptors", process.open_fds),
        ("process_max_fds", "The most file descriptors that may be open", process.max_fds),
        ("process_threads", "Threads", process.threads),
        ("process_start_time_seconds", "When the process began", process.start_time_seconds),
    ] {
        if let Some(value) = value {
            sheet.gauge(name, help, value)?;
        }
    }
    Ok(())
}
