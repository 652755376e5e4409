//! Whom a block names.

use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use crate::{commands::parts::put, failure::Failure, session::Session};

/// One of these.
#[derive(Args)]
#[command(group = ArgGroup::new("whom").required(true))]
pub struct Whom {
    /// An e-mail address; - reads it from standard input.
    #[arg(long, value_name = "ADDRESS", group = "whom")]
    email: Option<String>,
    /// A mail domain with its subdomains.
    #[arg(long, value_name = "DOMAIN", group = "whom")]
    domain: Option<String>,
    /// An IP address.
    #[arg(long, value_name = "ADDRESS", group = "whom")]
    ip: Option<String>,
    /// A network, 203.0.113.0/24
    #[arg(long, value_name = "CIDR", group = "whom")]
    network: Option<String>,
    /// An account, acc_…
    #[arg(long, value_name = "ID", group = "whom")]
    account: Option<String>,
}

impl Whom {
    /// The body that names them.
    ///
    /// # Errors
    /// [`Failure::Usage`] if no address comes on standard input.
    pub fn body(self, session: &mut Session<'_, '_>) -> Result<Value, Failure> {
        let Self { email, domain, ip, network, account } = self;
        let email = session.email(email)?;
        let given = [("email", email), ("domain", domain), ("ip", ip), ("cidr", network), ("account", account)];
        let mut body = json!({});
        // clap has made sure of exactly one.
        for (kind, value) in given {
            if value.is_some() {
                put(&mut body, "type", Some(kind));
                put(&mut body, "value", value);
            }
        }
        Ok(body)
    }
}
