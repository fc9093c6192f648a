//! Settings of what others may call when something happened at theirs. Without a secret there is no such path.

use clap::Args;
use secrecy::SecretString;

use crate::hooks::HookKey;

/// What others may call.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Hooks")]
pub struct HookSettings {
    /// What signs the text messages that come in at /hooks/messages (Standard Webhooks): at least 32 characters, or `whsec_` and base64. Without it there is no such path.
    #[arg(long, value_name = "SECRET", env = "LIAISON_MESSAGE_HOOK_SECRET", hide_env_values = true, value_parser = secret)]
    pub message_hook_secret: Option<SecretString>,
}

impl HookSettings {
    /// The key by which messages are known to be the carrier's.
    pub fn message_key(&self) -> Option<HookKey> {
        self.message_hook_secret.as_ref().and_then(|secret| HookKey::new(secret).ok())
    }
}

/// Whoever guesses the secret opts others in.
fn secret(text: &str) -> Result<SecretString, &'static str> {
    let secret = SecretString::from(text);
    HookKey::new(&secret).map(|_| secret)
}
