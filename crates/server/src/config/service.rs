//! Settings of the service itself: address, demo, what it shows. They may not say whose tokens are good.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

/// Whether something is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Exposure {
    /// To everybody who may ask.
    On,
    /// To nobody.
    Off,
    /// In a demo to everybody, else to super_admin only.
    #[default]
    Auto,
}

/// Where the server listens unless told.
pub const USUAL_LISTEN: &str = "127.0.0.1:8080";

/// What the server listens on and shows.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct ServiceSettings {
    /// The address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", env = "LIAISON_LISTEN", default_value = USUAL_LISTEN, value_parser = address)]
    pub listen: SocketAddr,

    /// The address and port to answer Prometheus on, with numbers of the whole installation under /metrics: usually 127.0.0.1:9464, where only this machine reaches it. It asks for no token. Without it nothing is counted.
    #[arg(long, value_name = "ADDRESS:PORT", env = "LIAISON_METRICS_LISTEN", value_parser = address)]
    pub metrics_listen: Option<SocketAddr>,

    /// Fill an empty database with the demo data of the four use cases. Without it, a private PostgreSQL is filled when no tokens are configured.
    #[arg(long, env = "LIAISON_DEMO", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_name = "true|false", hide_possible_values = true)]
    pub demo: Option<bool>,

    /// Whether clients may ask for the schema: `auto` lets everybody in a demo, else super_admin only.
    #[arg(
        long,
        value_name = "on|off|auto",
        env = "LIAISON_INTROSPECTION",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub introspection: Exposure,

    /// Whether GraphiQL is served: `auto` in a demo only.
    #[arg(
        long,
        value_name = "on|off|auto",
        env = "LIAISON_GRAPHIQL",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub graphiql: Exposure,

    /// Web origins whose pages may call the server, for example https://app.example.com; several with commas between.
    #[arg(long, value_name = "ORIGIN,…", env = "LIAISON_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
}

/// `localhost` is this machine without asking anybody; any other name could mean an address that others reach.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let text = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse().map_err(|_| "use an address and a port, such as 127.0.0.1:8080 or [::]:8080")
}
