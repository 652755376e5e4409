//! An e-mail address where the address itself must not stand.

use super::{domain_name::DomainName, identifier::EmailKey};

/// Everything by which an account and its blocks are found, and from which nobody can tell more of the address than its
/// domain: names of challenges and refresh tokens carry it, so that all of it can be asked of the table at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressKeys {
    /// The address.
    pub key: EmailKey,
    /// The address as blocks compare it; the same key for most.
    pub folded: EmailKey,
    /// The mail domain.
    pub domain: DomainName,
}

/// Begins what is told of an address that is folded to another: no domain begins with it.
const FOLDED: u8 = 0;

impl AddressKeys {
    /// Of an address that is folded to itself.
    #[must_use]
    pub const fn unfolded(key: EmailKey, domain: DomainName) -> Self {
        Self { key, folded: key, domain }
    }

    /// What a token says beside the key: the domain, and before it the folded address, if that is another one.
    #[must_use]
    pub fn beside_key(&self) -> Vec<u8> {
        let domain = self.domain.as_str().as_bytes();
        if self.folded == self.key { domain.to_vec() } else { [&[FOLDED], &self.folded.as_bytes()[..], domain].concat() }
    }

    /// Reads [`AddressKeys::beside_key`] back; another spelling of the same is `None`.
    #[must_use]
    pub fn read(key: EmailKey, beside_key: &[u8]) -> Option<Self> {
        let (folded, domain) = match beside_key.strip_prefix(&[FOLDED]) {
            Some(rest) => rest.split_first_chunk().map(|(folded, domain)| (EmailKey::from_digest(*folded), domain))?,
            None => (key, beside_key),
        };
        let keys = Self { key, folded, domain: DomainName::parse(std::str::from_utf8(domain).ok()?).ok()? };
        (keys.beside_key() == beside_key).then_some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_beside_the_key_is_read_back_and_has_one_spelling() {
        let (key, other) = (EmailKey::from_digest([1; 20]), EmailKey::from_digest([2; 20]));
        let domain = DomainName::parse("shop.example").unwrap();
        for keys in [AddressKeys::unfolded(key, domain.clone()), AddressKeys { key, folded: other, domain }] {
            assert_eq!(AddressKeys::read(key, &keys.beside_key()), Some(keys));
        }
        let again = [&[0][..], &[1; 20], b"shop.example"].concat();
        for wrong in [&again[..], b"", b"\0", b"Shop.example", b"\0shop.example", &[0; 21], &[0; 40]] {
            assert_eq!(AddressKeys::read(key, wrong), None, "{wrong:?}");
        }
    }
}
