//! PrestaShop's cookie key, which its MD5 hashes are salted with.

use std::{fs, path::Path};

use crate::failure::Failure;

/// The key in a file of PrestaShop's settings, or the file itself.
///
/// # Errors
/// [`Failure::Usage`] if the file cannot be read, or has none.
pub fn read(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))?;
    in_text(&text).ok_or_else(|| Failure::Usage(format!("{} has no cookie key in it.", path.display())))
}

/// `define('_COOKIE_KEY_', '…')`, `'cookie_key' => '…'`, or nothing but the key.
fn in_text(text: &str) -> Option<String> {
    // The name's own quote before it: there is a `new_cookie_key` too.
    let quoted = |name| text.match_indices(name).find(|(at, _)| text.get(..*at).is_some_and(|before| before.ends_with(['\'', '"'])));
    let Some((at, name)) = ["_COOKIE_KEY_", "cookie_key"].into_iter().find_map(quoted) else {
        let key = text.trim();
        return (!key.is_empty() && !key.contains(char::is_whitespace)).then(|| key.to_owned());
    };
    // After the quote behind the name, the next text in quotes is the value.
    let (_, rest) = text.get(at + name.len()..)?.split_once(['\'', '"'])?;
    let at = rest.find(['\'', '"'])?;
    let (quote, rest) = (rest.get(at..=at)?, rest.get(at + 1..)?);
    rest.split_once(quote).map(|(key, _)| key.to_owned()).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_key_is_found_in_the_settings_of_every_prestashop() {
        for text in [
            "<?php\ndefine('_DB_PASSWD_', 'x');\ndefine('_COOKIE_KEY_', 'kEy/1+2');\ndefine('_COOKIE_IV_', 'iv');\n",
            "<?php return array (\n  'parameters' => \n  array (\n    'cookie_key' => 'kEy/1+2',\n    'cookie_iv' => 'iv',\n",
            "<?php return [\"cookie_key\" => \"kEy/1+2\"];",
            "<?php return array (\n    'new_cookie_key' => 'def0000',\n    'cookie_key' => 'kEy/1+2',\n",
            " kEy/1+2\n",
        ] {
            assert_eq!(in_text(text).as_deref(), Some("kEy/1+2"), "{text}");
        }
        assert_eq!(in_text("<?php // nothing here\n"), None);
        assert_eq!(in_text(""), None);
    }
}
