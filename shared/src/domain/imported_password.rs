//! A password as another platform stored it, read into the form that is stored here.
//!
//! A text that names its own format stays as it is. The others are told apart by who made them, for a text such as
//! `5f4dcc3b5aa765d61d8327deb882cf99` could be anything. Whether a hash can be checked, and at a cost that can be borne,
//! the password's own code knows.

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};
use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::{account::StoredPassword, unicode};

/// Longer than any form of any platform, salt and keys included.
const BYTES_AT_MOST: usize = 1024;

/// A hash in the form that is stored, as far as its text goes. Has no `Debug`, as [`StoredPassword`] has none.
pub struct ImportedPassword(StoredPassword);

/// Reads a password, if there is one: a blank hash is none, and neither is what Django writes for an account without one.
///
/// # Errors
/// See [`ImportedPasswordError`].
pub fn if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ImportedPassword>, D::Error> {
    let form = Option::<Form>::deserialize(deserializer)?.filter(|form| !form.is_of_nothing());
    form.map(|form| ImportedPassword::try_from(form).map_err(D::Error::custom)).transpose()
}

impl ImportedPassword {
    /// The form that is stored.
    #[must_use]
    pub const fn stored(&self) -> &StoredPassword {
        &self.0
    }
}

/// A hash with what its platform needs to check it.
#[derive(Deserialize)]
#[serde(tag = "format", rename_all = "kebab-case", deny_unknown_fields, remote = "Self")]
enum Form {
    /// A text that names its own format, such as bcrypt's or a PHC string.
    SelfDescribing {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
    },
    /// `user_pass` of WordPress and WooCommerce: MD5 in the oldest shops.
    Wordpress {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
    },
    /// `password_hash` of Magento 1 and 2: `hash:salt`, `hash:salt:version`.
    Magento {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
    },
    /// `passwd` of PrestaShop; MD5 needs the shop's cookie key.
    Prestashop {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
        cookie_key: Option<String>,
    },
    /// `password` and `salt` of OpenCart.
    Opencart {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
        salt: Option<String>,
    },
    /// `password` of Django.
    Django {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
    },
    /// A user of Firebase's export, with the parameters of the project.
    Firebase {
        #[serde(deserialize_with = "undecorated")]
        hash: String,
        salt: String,
        salt_separator: String,
        signer_key: String,
        mem_cost: u32,
        rounds: u32,
    },
    /// What shops have written themselves: one digest in hexadecimal, salted or not.
    Digest {
        algorithm: Algorithm,
        #[serde(deserialize_with = "undecorated")]
        hash: String,
        salt: Option<String>,
        salt_position: Option<SaltPosition>,
    },
}

/// The formats by name.
const FORMATS: &[&str] = &["self-describing", "wordpress", "magento", "prestashop", "opencart", "django", "firebase", "digest"];

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(Fields::deserialize(deserializer)?.0).map_err(D::Error::custom)
    }
}

/// The fields of a [`Form`], with the name of the format as it is spelled there.
struct Fields(Value);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    let value = if name == "format" { map.next_value::<Format>()?.0.into() } else { map.next_value::<Value>()? };
                    if fields.insert(name, value).is_some() {
                        return Err(M::Error::custom("duplicate"));
                    }
                }
                Ok(Fields(fields.into()))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// The name of a format, in whichever spelling it came.
struct Format(&'static str);

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named(&String::deserialize(deserializer)?, FORMATS).map(Self).ok_or_else(|| D::Error::unknown_variant("another", FORMATS))
    }
}

/// The one of these names that is meant, without regard to case, hyphens, underscores and blanks.
fn named(text: &str, names: &[&'static str]) -> Option<&'static str> {
    let letters = |name: &str| -> String {
        let kept = unicode::trim(name).chars().filter(|character| !matches!(character, '-' | '_' | ' '));
        kept.map(|character| character.to_ascii_lowercase()).collect()
    };
    let meant = letters(text);
    names.iter().copied().find(|name| letters(name) == meant)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: &[&str] = &["md5", "sha1", "sha256", "sha512"];
        let name = named(&String::deserialize(deserializer)?, NAMES);
        let found = Self::ALL.into_iter().find(|algorithm| name == Some(algorithm.name()));
        found.ok_or_else(|| D::Error::unknown_variant("another", NAMES))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SaltPosition {
    First,
    Last,
}

/// Why a text is no hash of the platform that it is said to be of. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportedPasswordError {
    /// Not a hash of this platform's.
    #[error("unknown_hash")]
    Unknown,
    /// A form that is known and not checked here.
    #[error("unsupported_hash")]
    Unsupported,
    /// PrestaShop's MD5 is over the shop's `_COOKIE_KEY_`, too.
    #[error("cookie_key_required")]
    CookieKeyRequired,
    /// OpenCart's SHA-1 is over the customer's salt, too; and a place for a salt is of no use without one.
    #[error("salt_required")]
    SaltRequired,
    /// A digest over a salt does not tell on which side of the password the salt stood.
    #[error("salt_position_required")]
    SaltPositionRequired,
    /// Over 1,024 bytes.
    #[error("too_long")]
    TooLong,
}

impl TryFrom<Form> for ImportedPassword {
    type Error = ImportedPasswordError;

    fn try_from(form: Form) -> Result<Self, ImportedPasswordError> {
        let stored = form.into_stored()?;
        if stored.len() > BYTES_AT_MOST { Err(ImportedPasswordError::TooLong) } else { Ok(Self(StoredPassword(stored))) }
    }
}

impl Form {
    /// Whether it holds no password: a blank hash, or Django's exclamation mark in the place of one.
    fn is_of_nothing(&self) -> bool {
        match self {
            Self::Django { hash } => hash.is_empty() || hash.starts_with('!'),
            Self::SelfDescribing { hash }
            | Self::Wordpress { hash }
            | Self::Magento { hash }
            | Self::Prestashop { hash, .. }
            | Self::Opencart { hash, .. }
            | Self::Firebase { hash, .. }
            | Self::Digest { hash, .. } => hash.is_empty(),
        }
    }

    fn into_stored(self) -> Result<String, ImportedPasswordError> {
        use ImportedPasswordError::{CookieKeyRequired, SaltRequired};
        match self {
            Self::SelfDescribing { hash } => self_describing(hash),
            Self::Wordpress { hash } => match Algorithm::of(&hash) {
                Some(algorithm) => algorithm.only(Algorithm::Md5)?.digest(&hash, "", None),
                None => self_describing(hash),
            },
            Self::Magento { hash } => magento(&hash),
            Self::Prestashop { hash, cookie_key } => match Algorithm::of(&hash) {
                Some(algorithm) => {
                    let key = cookie_key.ok_or(CookieKeyRequired)?;
                    // The end of the line that it was read from. Blanks may be its own.
                    let key = key.trim_matches(['\r', '\n']);
                    algorithm.only(Algorithm::Md5)?.digest(&hash, key, Some(SaltPosition::First))
                }
                None => self_describing(hash),
            },
            Self::Opencart { hash, salt } => match Algorithm::of(&hash) {
                // OpenCart before 1.5.
                Some(Algorithm::Md5) => Algorithm::Md5.digest(&hash, "", None),
                Some(algorithm) => {
                    algorithm.only(Algorithm::Sha1)?;
                    let salt = salt.filter(|salt| !salt.is_empty()).ok_or(SaltRequired)?;
                    Ok(chain("sha1+sha1-salt-first+sha1-salt-first", salt.as_bytes(), &hash))
                }
                None => self_describing(hash),
            },
            Self::Django { hash } => django(hash),
            Self::Firebase { hash, salt, salt_separator, signer_key, mem_cost, rounds } => {
                let parts = [salt, salt_separator, signer_key, hash];
                if parts.iter().any(|part| part.contains('$')) {
                    return Err(ImportedPasswordError::Unknown);
                }
                Ok(format!("$vestibule$firebase-scrypt$ln={mem_cost},r={rounds}${}", parts.join("$")))
            }
            Self::Digest { algorithm, hash, salt, salt_position } => match (salt, salt_position) {
                (None, None) => algorithm.digest(&hash, "", None),
                (Some(salt), Some(position)) => algorithm.digest(&hash, &salt, Some(position)),
                (None, Some(_)) => Err(SaltRequired),
                (Some(_), None) => Err(ImportedPasswordError::SaltPositionRequired),
            },
        }
    }
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The one whose output in hexadecimal is as long as this text, if it is one.
    fn of(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.digits() == text.len())
    }

    const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn only(self, expected: Self) -> Result<Self, ImportedPasswordError> {
        if self == expected { Ok(self) } else { Err(ImportedPasswordError::Unknown) }
    }

    fn digest(self, hash: &str, salt: &str, position: Option<SaltPosition>) -> Result<String, ImportedPasswordError> {
        if Self::of(hash) != Some(self) {
            return Err(ImportedPasswordError::Unknown);
        }
        let position = match position {
            None => "",
            Some(SaltPosition::First) => "-salt-first",
            Some(SaltPosition::Last) => "-salt-last",
        };
        Ok(chain(&format!("{}{position}", self.name()), salt.as_bytes(), hash))
    }
}

/// Reads a hash without what exports and spreadsheets leave around it: blanks, invisible characters, and one pair of quotes. Null is
/// a blank one.
fn undecorated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    let trimmed = unicode::trim(&text);
    let quoted = ['"', '\''].into_iter().find_map(|quote| trimmed.strip_prefix(quote)?.strip_suffix(quote));
    Ok(quoted.map_or(trimmed, unicode::trim).to_owned())
}

/// Digests in a row, as they are stored.
fn chain(steps: &str, salt: &[u8], hash: &str) -> String {
    format!("$vestibule${steps}${}${}", BASE64_NOPAD.encode(salt), hash.to_ascii_lowercase())
}

/// A hash that says in which form it is, or is said to be by a name before it: Django's, or one in braces.
fn self_describing(hash: String) -> Result<String, ImportedPasswordError> {
    if let Some((scheme, rest)) = hash.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return in_braces(scheme, rest);
    }
    if ["bcrypt$$", "argon2$argon2", "bcrypt_sha256$"].iter().any(|start| hash.starts_with(start)) {
        return django(hash);
    }
    let names_itself = hash.starts_with('$') || hash.starts_with("U$") || hash.starts_with("pbkdf2_");
    if names_itself { Ok(hash) } else { Err(ImportedPasswordError::Unknown) }
}

/// A scheme of LDAP (RFC 2307 and OpenLDAP's), or an encoder of Spring Security.
///
/// LDAP writes a digest in base 64, with its salt behind it; Spring writes it in hexadecimal, with its salt before it, whose braces are
/// hashed as well. They use the same names, and no text is in both forms.
fn in_braces(scheme: &str, rest: &str) -> Result<String, ImportedPasswordError> {
    use ImportedPasswordError::{Unknown, Unsupported};
    let scheme = scheme.to_ascii_uppercase();
    // Spring's newer parameters come with a version: `argon2@SpringSecurity_v5_8`.
    let (algorithm, salted) = match scheme.split('@').next().unwrap_or_default() {
        "BCRYPT" | "ARGON2" | "CRYPT" if rest.starts_with('$') => return self_describing(rest.to_owned()),
        // Not hashed; over a secret of the shop; in a form that nobody else writes.
        "NOOP" | "CLEARTEXT" | "PBKDF2" | "SCRYPT" => return Err(Unsupported),
        "MD5" => (Algorithm::Md5, false),
        "SHA" | "SHA1" | "SHA-1" => (Algorithm::Sha1, false),
        "SHA256" | "SHA-256" => (Algorithm::Sha256, false),
        "SHA512" | "SHA-512" => (Algorithm::Sha512, false),
        "SMD5" => (Algorithm::Md5, true),
        "SSHA" => (Algorithm::Sha1, true),
        "SSHA256" => (Algorithm::Sha256, true),
        "SSHA512" => (Algorithm::Sha512, true),
        _ => return Err(Unknown),
    };
    if !salted && Algorithm::of(rest).is_some() {
        return algorithm.digest(rest, "", None);
    }
    let braced = rest.find('}').filter(|_| !salted && rest.starts_with('{'));
    if let Some((salt, hash)) = braced.and_then(|end| rest.split_at_checked(end + 1)) {
        return algorithm.digest(hash, salt, Some(SaltPosition::Last));
    }
    let bytes = BASE64.decode(rest.as_bytes()).map_err(|_| Unknown)?;
    let (digest, salt) = bytes.split_at_checked(algorithm.digits() / 2).ok_or(Unknown)?;
    match (salted, salt) {
        (false, []) => Ok(chain(algorithm.name(), &[], &HEXLOWER.encode(digest))),
        (true, [_, ..]) => Ok(chain(&format!("{}-salt-last", algorithm.name()), salt, &HEXLOWER.encode(digest))),
        _ => Err(Unknown),
    }
}

/// Magento 1 tells its digest by its length alone; Magento 2 lists what was done, one version over the other. A salt may
/// have colons, so the versions are read from the end.
fn magento(hash: &str) -> Result<String, ImportedPasswordError> {
    use ImportedPasswordError::Unknown;
    let Some((output, mut salt)) = hash.split_once(':') else {
        // Without a salt: bcrypt in OpenMage, bare MD5 in the oldest shops.
        return match Algorithm::of(hash) {
            Some(algorithm) => algorithm.digest(hash, "", None),
            None => self_describing(hash.to_owned()),
        };
    };
    // A version, or an empty salt, that was put behind a hash which needs none.
    if output.starts_with('$') && matches!(salt, "" | "0" | "1" | "2") {
        return self_describing(output.to_owned());
    }
    let algorithm = Algorithm::of(output).ok_or(Unknown)?;
    let mut steps = Vec::new();
    while let Some((rest, step)) = salt.rsplit_once(':').and_then(|(rest, version)| Some((rest, magento_step(version)?))) {
        steps.push(step);
        salt = rest;
    }
    steps.reverse();
    // What looks like a version and is none of ours is no salt either.
    if salt.rsplit_once(':').is_some_and(|(_, last)| last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')) {
        return Err(Unknown);
    }
    if steps.is_empty() {
        algorithm.digest(output, salt, Some(SaltPosition::First))
    } else {
        Ok(chain(&steps.join("+"), salt.as_bytes(), output))
    }
}

/// `0`, `1`, `2`, or `3_<bytes>_<passes>_<memory in bytes>`.
fn magento_step(version: &str) -> Option<String> {
    match version {
        "0" => Some("md5-salt-first".to_owned()),
        "1" => Some("sha256-salt-first".to_owned()),
        "2" => Some("argon2id-32-2-65536".to_owned()),
        _ => {
            let mut figures = version.strip_prefix("3_")?.split('_').map(|figure| figure.parse::<u32>().ok());
            let (bytes, passes, memory) = (figures.next()??, figures.next()??, figures.next()??);
            figures.next().is_none().then(|| format!("argon2id-{bytes}-{passes}-{}", memory / 1024))
        }
    }
}

/// Django writes the name of its hasher before whatever the hasher makes.
fn django(hash: String) -> Result<String, ImportedPasswordError> {
    use ImportedPasswordError::{Unknown, Unsupported};
    if let Some(algorithm) = Algorithm::of(&hash) {
        return algorithm.only(Algorithm::Md5)?.digest(&hash, "", None);
    }
    let (hasher, rest) = hash.split_once('$').ok_or(Unknown)?;
    match hasher {
        "argon2" => Ok(format!("${rest}")),
        "bcrypt" => Ok(rest.to_owned()),
        "pbkdf2_sha256" | "pbkdf2_sha1" => Ok(hash),
        "scrypt" => django_scrypt(rest).ok_or(Unknown),
        "md5" | "sha1" => {
            let (salt, output) = rest.split_once('$').ok_or(Unknown)?;
            let algorithm = if hasher == "md5" { Algorithm::Md5 } else { Algorithm::Sha1 };
            algorithm.digest(output, salt, (!salt.is_empty()).then_some(SaltPosition::First))
        }
        // bcrypt over a SHA-256 in hexadecimal; crypt(3)'s DES.
        "bcrypt_sha256" | "crypt" => Err(Unsupported),
        _ => Err(Unknown),
    }
}

/// `<N>$<salt>$<r>$<p>$<hash>`, whose salt is no base 64, as a PHC string.
fn django_scrypt(text: &str) -> Option<String> {
    let [n, salt, r, p, output] = text.split('$').collect::<Vec<_>>().try_into().ok()?;
    let n: u64 = n.parse().ok()?;
    let (r, p): (u32, u32) = (r.parse().ok()?, p.parse().ok()?);
    n.is_power_of_two().then(|| format!("$scrypt$ln={},r={r},p={p}${}${output}", n.ilog2(), BASE64_NOPAD.encode(salt.as_bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn stored(form: Value) -> Result<String, String> {
        match if_any(form) {
            Ok(password) => password.map(|password| password.0.0).ok_or_else(|| "none".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
    const SHA1: &str = "21a4a88dcd954cfa9a9a8665ad8698954b775db0";
    const SHA256: &str = "c369c0d3f399b54a077e8e0adce36e1f95854606c9cbab5a626cf5b0c116664b";

    #[test]
    fn a_hash_of_half_a_million_steps_is_refused_at_once() {
        let hash = format!("{MD5}:xY{}", ":0".repeat(500_000));
        assert_eq!(stored(json!({"format": "magento", "hash": hash})), Err("too_long".to_owned()));
    }

    #[test]
    fn each_platforms_own_text_becomes_the_form_that_is_stored() {
        for (form, expected) in [
            (json!({"format": "self-describing", "hash": "$2y$12$abc"}), "$2y$12$abc".to_owned()),
            (json!({"format": "self-describing", "hash": "U$S$9aB3"}), "U$S$9aB3".to_owned()),
            (json!({"format": "wordpress", "hash": "$P$B9zSNk"}), "$P$B9zSNk".to_owned()),
            (json!({"format": "wordpress", "hash": MD5}), format!("$vestibule$md5$${MD5}")),
            (json!({"format": "magento", "hash": format!("{MD5}:xY")}), format!("$vestibule$md5-salt-first$eFk${MD5}")),
            (json!({"format": "magento", "hash": MD5.to_uppercase()}), format!("$vestibule$md5$${MD5}")),
            (json!({"format": "magento", "hash": format!("{SHA256}:xY")}), format!("$vestibule$sha256-salt-first$eFk${SHA256}")),
            (
                json!({"format": "magento", "hash": format!("{SHA256}:xY:0:1")}),
                format!("$vestibule$md5-salt-first+sha256-salt-first$eFk${SHA256}"),
            ),
            (
                json!({"format": "magento", "hash": format!("{SHA256}:xY:1:3_32_2_67108864")}),
                format!("$vestibule$sha256-salt-first+argon2id-32-2-65536$eFk${SHA256}"),
            ),
            (json!({"format": "magento", "hash": format!("{SHA256}:x:y:1")}), format!("$vestibule$sha256-salt-first$eDp5${SHA256}")),
            (json!({"format": "prestashop", "hash": MD5, "cookie_key": "xY"}), format!("$vestibule$md5-salt-first$eFk${MD5}")),
            (json!({"format": "prestashop", "hash": MD5, "cookie_key": "\n xY\r\n"}), format!("$vestibule$md5-salt-first$IHhZ${MD5}")),
            (json!({"format": "Self_Describing", "hash": "$2y$12$abc"}), "$2y$12$abc".to_owned()),
            (json!({"format": "WordPress ", "hash": MD5}), format!("$vestibule$md5$${MD5}")),
            (json!({"format": "DIGEST", "algorithm": "SHA-1", "hash": SHA1}), format!("$vestibule$sha1$${SHA1}")),
            (json!({"format": "prestashop", "hash": "$2y$10$abc", "cookie_key": "xY"}), "$2y$10$abc".to_owned()),
            (
                json!({"format": "opencart", "hash": SHA1, "salt": "xY"}),
                format!("$vestibule$sha1+sha1-salt-first+sha1-salt-first$eFk${SHA1}"),
            ),
            (json!({"format": "opencart", "hash": MD5, "salt": ""}), format!("$vestibule$md5$${MD5}")),
            (
                json!({"format": "django", "hash": "argon2$argon2id$v=19$m=102400,t=2,p=8$c2E$aGE"}),
                "$argon2id$v=19$m=102400,t=2,p=8$c2E$aGE".to_owned(),
            ),
            (json!({"format": "django", "hash": "bcrypt$$2b$12$abc"}), "$2b$12$abc".to_owned()),
            (json!({"format": "django", "hash": "pbkdf2_sha256$1000$salt$aGE="}), "pbkdf2_sha256$1000$salt$aGE=".to_owned()),
            (json!({"format": "django", "hash": "scrypt$16384$xY$8$5$aGE="}), "$scrypt$ln=14,r=8,p=5$eFk$aGE=".to_owned()),
            (json!({"format": "django", "hash": format!("sha1$xY${SHA1}")}), format!("$vestibule$sha1-salt-first$eFk${SHA1}")),
            (json!({"format": "django", "hash": format!("md5$${MD5}")}), format!("$vestibule$md5$${MD5}")),
            (
                json!({"format": "firebase", "hash": "aGE=", "salt": "c2E=", "salt_separator": "Bw==", "signer_key": "a2V5", "mem_cost": 14, "rounds": 8}),
                "$vestibule$firebase-scrypt$ln=14,r=8$c2E=$Bw==$a2V5$aGE=".to_owned(),
            ),
            (json!({"format": "digest", "algorithm": "md5", "hash": MD5}), format!("$vestibule$md5$${MD5}")),
            (
                json!({"format": "digest", "algorithm": "sha1", "hash": SHA1, "salt": "xY", "salt_position": "last"}),
                format!("$vestibule$sha1-salt-last$eFk${SHA1}"),
            ),
        ] {
            assert_eq!(stored(form.clone()), Ok(expected), "{form}");
        }
    }

    #[test]
    fn what_is_no_hash_of_its_platform_is_refused_by_a_word_that_says_why() {
        for (form, error) in [
            (json!({"format": "self-describing", "hash": MD5}), "unknown_hash"),
            (json!({"format": "self-describing", "hash": ""}), "none"),
            (json!({"format": "magento", "hash": " \u{200b}"}), "none"),
            (json!({"format": "prestashop", "hash": "\"\""}), "none"),
            (json!({"format": "digest", "algorithm": "md5", "hash": null}), "none"),
            (json!(null), "none"),
            (json!({"format": "wordpress", "hash": SHA1}), "unknown_hash"),
            (json!({"format": "magento", "hash": "abc:salt:1"}), "unknown_hash"),
            (json!({"format": "magento", "hash": format!("{SHA1}0:xY:1")}), "unknown_hash"),
            (json!({"format": "magento", "hash": format!("{SHA256}:xY:4")}), "unknown_hash"),
            (json!({"format": "magento", "hash": format!("{SHA256}:xY:3_32_2")}), "unknown_hash"),
            (json!({"format": "prestashop", "hash": MD5}), "cookie_key_required"),
            (json!({"format": "opencart", "hash": SHA1, "salt": ""}), "salt_required"),
            (json!({"format": "django", "hash": "bcrypt_sha256$$2b$12$abc"}), "unsupported_hash"),
            (json!({"format": "django", "hash": "!unusable"}), "none"),
            (json!({"format": "wordpress", "hash": "!unusable"}), "unknown_hash"),
            (json!({"format": "digest", "algorithm": "md5", "hash": SHA1}), "unknown_hash"),
            (json!({"format": "digest", "algorithm": "md5", "hash": MD5, "salt": "xY"}), "salt_position_required"),
            (json!({"format": "digest", "algorithm": "md5", "hash": MD5, "salt_position": "first"}), "salt_required"),
            (json!({"format": "self-describing", "hash": format!("${}", "a".repeat(1024))}), "too_long"),
        ] {
            assert_eq!(stored(form.clone()), Err(error.to_owned()), "{form}");
        }
    }
}
