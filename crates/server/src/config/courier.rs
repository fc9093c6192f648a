//! Settings of how verification codes travel.

use std::sync::Arc;

use clap::Args;
use liaison_domain::verification::{Courier, LogCourier};
use secrecy::SecretString;

use crate::courier::HttpCourier;

/// How verification codes travel.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Verification")]
pub struct CourierSettings {
    /// The address to which verification codes are posted as JSON, by a program of yours that sends them on. Without it they are written to the log.
    #[arg(long, value_name = "URL", env = "LIAISON_COURIER_URL", value_parser = address)]
    pub courier_url: Option<reqwest::Url>,

    /// What the courier knows Liaison by: sent as a bearer token.
    #[arg(long, value_name = "SECRET", env = "LIAISON_COURIER_SECRET", hide_env_values = true)]
    pub courier_secret: Option<SecretString>,
}

impl CourierSettings {
    /// Who carries codes.
    pub fn courier(&self) -> Result<Arc<dyn Courier>, reqwest::Error> {
        match &self.courier_url {
            Some(address) => Ok(HttpCourier::new(address.clone(), self.courier_secret.clone())?.shared()),
            None => Ok(Arc::new(LogCourier)),
        }
    }
}

fn address(text: &str) -> Result<reqwest::Url, &'static str> {
    let wrong = "use an address such as https://codes.example.com/liaison";
    let address: reqwest::Url = text.parse().map_err(|_| wrong)?;
    if matches!(address.scheme(), "http" | "https") { Ok(address) } else { Err(wrong) }
}
