//! Settings of what stays open: sockets and streams. They may not be switched off, only moved.

use std::time::Duration;

use clap::{Args, value_parser};

/// How much may stay open, and for how long in silence.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Subscriptions")]
pub struct LiveSettings {
    /// How many sockets and event streams may be open at a time.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_STREAMS", default_value = "512", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_streams: u32,

    /// How many operations one socket may run at a time.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_SOCKET_OPERATIONS", default_value = "64", value_parser = value_parser!(u32).range(1..))]
    pub max_socket_operations: u32,

    /// How many bytes one message to a socket may have.
    #[arg(long, value_name = "BYTES", env = "LIAISON_MAX_MESSAGE_BYTES", default_value = "262144", value_parser = value_parser!(u32).range(1024..))]
    pub max_message_bytes: u32,

    /// How long a socket may take until it has said who it is, in milliseconds.
    #[arg(long, value_name = "MS", env = "LIAISON_SOCKET_INIT_TIMEOUT_MS", default_value = "5000", value_parser = value_parser!(u64).range(1..))]
    pub socket_init_timeout_ms: u64,

    /// How often a socket is pinged and a quiet event stream sends a comment, in milliseconds; a socket that leaves two pings unanswered is closed.
    #[arg(long, value_name = "MS", env = "LIAISON_KEEP_ALIVE_MS", default_value = "20000", value_parser = value_parser!(u64).range(10..))]
    pub keep_alive_ms: u64,

    /// How long a subscriber may leave one message unread, in milliseconds, until its socket is closed.
    #[arg(long, value_name = "MS", env = "LIAISON_UNREAD_TIMEOUT_MS", default_value = "30000", value_parser = value_parser!(u64).range(1..))]
    pub unread_timeout_ms: u64,
}

impl LiveSettings {
    /// The same for the door.
    pub fn of_the_door(&self) -> crate::http::live::LiveSettings {
        crate::http::live::LiveSettings {
            most: self.max_streams,
            most_operations: self.max_socket_operations as usize,
            most_message_bytes: self.max_message_bytes as usize,
            init_time: Duration::from_millis(self.socket_init_timeout_ms),
            keep_alive: Duration::from_millis(self.keep_alive_ms),
            write_time: Duration::from_millis(self.unread_timeout_ms),
        }
    }
}
