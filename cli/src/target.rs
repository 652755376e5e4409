//! Which store at which API is asked, and with whose key.

use std::{fs, net::IpAddr, path::Path};

use http::Uri;

use crate::{arguments::Surroundings, failure::Failure, key::Key, world::World};

/// The variable of the API's URL.
const URL: &str = "VESTIBULE_URL";
/// The variable of the store's name.
const STORE: &str = "VESTIBULE_STORE";
/// What `cargo local` writes for scripts, from the folder of the repository.
const LOCAL_FILE: &str = "target/local/demo.env";

/// An API's store, and the key to ask it with.
pub struct Target {
    /// Where the store is, without a slash at its end.
    pub store: String,
    /// Where the operations of staff are, without a slash at its end.
    pub operations: String,
    /// Whether nothing leaves this machine.
    pub is_loopback: bool,
    /// The key.
    pub key: Key,
}

impl Target {
    /// What flags, environment and files say, in this order.
    ///
    /// # Errors
    /// [`Failure::Usage`] if something is missing, or the key would cross a network in the clear.
    pub fn find(flags: &Surroundings, world: &World<'_>) -> Result<Self, Failure> {
        if flags.local {
            return Self::local(&world.folder);
        }
        let missing = |what: &str, variable: &str, flag: &str| {
            Failure::Usage(format!(
                "There is no {what}. Put it into {variable}, or say {flag}. With `cargo local` running, --local knows it."
            ))
        };
        let url = flags.url.clone().or_else(|| world.variable(URL)).ok_or_else(|| missing("URL of the API", URL, "--url"))?;
        let store = flags.store.clone().or_else(|| world.variable(STORE)).ok_or_else(|| missing("store", STORE, "--store"))?;
        Self::new(&url, &store, Key::find(flags.key_file.as_deref(), world)?)
    }

    /// The demo store of `cargo local`, of this folder or one above it.
    fn local(folder: &Path) -> Result<Self, Failure> {
        let text = folder.ancestors().find_map(|folder| fs::read_to_string(folder.join(LOCAL_FILE)).ok()).ok_or_else(|| {
            Failure::Usage(format!(
                "There is no {LOCAL_FILE} here or above. Start `cargo local`, and stay in the folder of the repository."
            ))
        })?;
        let value = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| Failure::Usage(format!("{LOCAL_FILE} has no {name}. Start `cargo local` again.")))
        };
        Self::new(value(URL)?, value(STORE)?, Key::parse(value("VESTIBULE_OWNER_KEY")?)?)
    }

    fn new(url: &str, store: &str, key: Key) -> Result<Self, Failure> {
        let uri: Uri = url.parse().map_err(|_| not_a_url())?;
        let (Some(scheme), Some(host), Some(authority)) = (uri.scheme_str(), uri.host(), uri.authority()) else { return Err(not_a_url()) };
        // `https://api.example.com@elsewhere.example` leads elsewhere.
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(not_a_url());
        }
        let is_loopback = is_loopback(host);
        match scheme {
            "https" => {}
            "http" if is_loopback => {}
            "http" => {
                let reason = "A key must not cross a network in the clear. Use https://; http:// is for this machine alone.";
                return Err(Failure::Usage(reason.to_owned()));
            }
            _ => return Err(not_a_url()),
        }
        let is_slug = (1..=40).contains(&store.len()) && store.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_slug {
            return Err(Failure::Usage("A store's name has 1 to 40 small letters, digits and hyphens.".to_owned()));
        }
        let store = format!("{scheme}://{authority}{}/{store}", uri.path().trim_end_matches('/'));
        Ok(Self { operations: format!("{store}/admin"), store, is_loopback, key })
    }
}

fn not_a_url() -> Failure {
    Failure::Usage("That is not the URL of an API. It looks like https://api.example.com".to_owned())
}

/// Whether this host is this machine, whatever a resolver says.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(url: &str) -> Result<String, String> {
        let key = Key::parse("vsk_a_b").map_err(|error| error.to_string())?;
        Target::new(url, "demo", key).map(|target| target.operations).map_err(|error| error.to_string())
    }

    #[test]
    fn an_api_may_stand_below_a_path() {
        for (url, operations_at) in [
            ("https://api.example.com", "https://api.example.com/demo/admin"),
            ("https://api.example.com/", "https://api.example.com/demo/admin"),
            ("https://api.example.com:8443/prod/", "https://api.example.com:8443/prod/demo/admin"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/demo/admin"),
            ("http://[::1]:9000", "http://[::1]:9000/demo/admin"),
            ("http://localhost:9000", "http://localhost:9000/demo/admin"),
        ] {
            assert_eq!(operations(url).as_deref(), Ok(operations_at));
        }
    }

    #[test]
    fn a_key_does_not_cross_a_network_in_the_clear() {
        for url in ["http://api.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://10.0.0.1"] {
            assert!(operations(url).is_err_and(|reason| reason.contains("in the clear")), "{url}");
        }
    }

    #[test]
    fn what_is_not_the_url_of_an_api_is_refused() {
        for url in
            ["", "api.example.com", "ftp://api.example.com", "https://a@b.example", "http://127.0.0.1@b.example", "https://a.example/?x=1"]
        {
            assert!(operations(url).is_err_and(|reason| reason.starts_with("That is not the URL")), "{url}");
        }
    }

    #[test]
    fn a_store_is_no_path() {
        for store in ["", "../other", "demo/admin", "Demo", "a b"] {
            let key = Key::parse("vsk_a_b").ok();
            assert!(key.is_some_and(|key| Target::new("https://api.example.com", store, key).is_err()), "{store}");
        }
    }
}
