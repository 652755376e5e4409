//! The token that keeps a session: opaque to its holder, and enough to refresh with one look at the table.

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::{
    fingerprint, keyed_digest, random,
    signing_root::{SigningRoot, Use},
    truncated,
};
use crate::domain::{
    address_keys::AddressKeys,
    base32,
    challenge::Seed,
    identifier::{EmailKey, SessionId},
    shop_slug::ShopSlug,
};

/// A refresh token that we have made: where its session is, which rotation it is, and a secret. Has no `Debug`.
///
/// It carries what a refresh has to ask the table for (the keys of the account and of its blocks), so that everything can
/// be asked at once; a MAC tells tokens of ours from guesses, so that nobody can end a session by
/// presenting rubbish in its name. The next token is computed from this one: two refreshes at the same time agree.
#[derive(Clone)]
pub struct RefreshToken {
    root: String,
    /// The account's address.
    pub address: AddressKeys,
    /// The session.
    pub session_id: SessionId,
    /// How many rotations came before it.
    pub generation: u64,
    secret: [u8; 32],
}

const MAC_BYTES: usize = 16;
/// 20 bytes of e-mail key, 10 of session, 8 of generation, 32 of secret; what blocks know the address by follows, then the
/// MAC.
const BESIDE_KEY_AT: usize = 70;

impl SigningRoot {
    /// The first token of a new session.
    ///
    /// # Errors
    /// [`random::RandomError`] if there is no randomness.
    pub fn first_refresh_token(&self, address: AddressKeys, session_id: SessionId) -> Result<RefreshToken, random::RandomError> {
        Ok(RefreshToken { root: self.current().to_owned(), address, session_id, generation: 0, secret: random::bytes()? })
    }

    /// The first token of the session that a code opens, derived with this root from the session and the code's challenge:
    /// a request that is repeated gets the same token, and the table need not hold it. None if the root has been retired.
    #[must_use]
    pub fn refresh_token_of_proof(
        &self,
        root: &str,
        shop: &ShopSlug,
        address: AddressKeys,
        session_id: SessionId,
        seed: &Seed,
    ) -> Option<RefreshToken> {
        let key = self.key(root, Use::RefreshToken)?;
        let token = RefreshToken { root: root.to_owned(), address, session_id, generation: 0, secret: [0; 32] };
        let (challenge, nonce, payload) = (seed.challenge_id.as_str().as_bytes(), seed.nonce.as_bytes(), token.payload());
        let secret = keyed_digest(&key, &[b"first", shop.as_str().as_bytes(), challenge, nonce, payload.as_slice()]);
        Some(RefreshToken { secret, ..token })
    }

    /// The token that follows this one; none if its root has been retired.
    #[must_use]
    pub fn next_refresh_token(&self, shop: &ShopSlug, token: &RefreshToken) -> Option<RefreshToken> {
        let key = self.key(&token.root, Use::RefreshToken)?;
        let secret = keyed_digest(&key, &[b"next", shop.as_str().as_bytes(), token.payload().as_slice()]);
        Some(RefreshToken { generation: token.generation + 1, secret, ..token.clone() })
    }

    /// The token as its holder keeps it; none if its root has been retired.
    #[must_use]
    pub fn expose_refresh_token(&self, shop: &ShopSlug, token: &RefreshToken) -> Option<String> {
        let payload = token.payload();
        let mac = self.refresh_mac(&token.root, shop, &payload)?;
        Some(format!("{}.{}", token.root, BASE64URL_NOPAD.encode(&[payload.as_slice(), &mac].concat())))
    }

    /// Reads a token; `None` for one that we have not made for this shop.
    #[must_use]
    pub fn read_refresh_token(&self, shop: &ShopSlug, text: &str) -> Option<RefreshToken> {
        let (root, bytes) = text.split_once('.')?;
        let bytes = BASE64URL_NOPAD.decode(bytes.as_bytes()).ok()?;
        let (payload, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        let genuine: bool = self.refresh_mac(root, shop, payload)?.ct_eq(mac).into();
        if !genuine {
            return None;
        }
        Some(RefreshToken {
            root: root.to_owned(),
            address: AddressKeys::read(EmailKey::from_digest(payload.get(..20)?.try_into().ok()?), payload.get(BESIDE_KEY_AT..)?)?,
            session_id: SessionId::from_random(payload.get(20..30)?.try_into().ok()?),
            generation: u64::from_be_bytes(payload.get(30..38)?.try_into().ok()?),
            secret: payload.get(38..BESIDE_KEY_AT)?.try_into().ok()?,
        })
    }

    fn refresh_mac(&self, root: &str, shop: &ShopSlug, payload: &[u8]) -> Option<[u8; MAC_BYTES]> {
        let key = self.key(root, Use::RefreshToken)?;
        Some(truncated(&keyed_digest(&key, &[b"mac", shop.as_str().as_bytes(), payload])))
    }
}

impl RefreshToken {
    /// The signing root that it was made with.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// What the table keeps of it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.payload())
    }

    fn payload(&self) -> Vec<u8> {
        let session = self.session_id.as_str().strip_prefix("ses_").and_then(base32::decode::<10>).unwrap_or_default();
        let Self { address, generation, secret, .. } = self;
        [&address.key.as_bytes()[..], &session, &generation.to_be_bytes(), secret, &address.beside_key()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::signing_root::tests::root,
        domain::{
            challenge::{Asker, ChallengeId, ChallengePlace, Proves, Purpose, Slot},
            code::CodeFormat,
            domain_name::DomainName,
        },
    };

    fn first_token(root: &SigningRoot) -> RefreshToken {
        let (key, folded, domain) =
            (EmailKey::from_digest([1; 20]), EmailKey::from_digest([3; 20]), DomainName::parse("shop.example").unwrap());
        root.first_refresh_token(AddressKeys { key, folded, domain }, SessionId::from_random([2; 10])).unwrap()
    }

    #[test]
    fn a_token_is_read_back_in_its_own_shop_and_unaltered_alone() {
        let (root, shop) = (root(), ShopSlug::parse("demo").unwrap());
        let token = first_token(&root);
        let text = root.expose_refresh_token(&shop, &token).unwrap();
        let read = root.read_refresh_token(&shop, &text).unwrap();
        assert_eq!(read.fingerprint(), token.fingerprint());
        assert_eq!((read.address, read.generation), (token.address.clone(), 0));

        assert!(root.read_refresh_token(&ShopSlug::parse("other").unwrap(), &text).is_none());
        for at in 3..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(root.read_refresh_token(&shop, &String::from_utf8(bytes).unwrap()).is_none(), "altered at {at}");
        }
    }

    #[test]
    fn the_first_token_of_a_code_is_that_of_its_own_challenge_session_shop_and_root() {
        let (root, shop) = (root(), ShopSlug::parse("demo").unwrap());
        let address = || first_token(&root).address;
        let place = ChallengePlace {
            slot: Slot { proves: Proves::SignIn, asker: Asker::Stranger, number: 0 },
            address: address(),
            moves_from: None,
        };
        let seed = |random: u8, nonce: &str| Seed {
            challenge_id: ChallengeId::from_random(place.clone(), [random; 9]),
            purpose: Purpose::SignIn,
            nonce: nonce.to_owned(),
            root: "k1".to_owned(),
            format: CodeFormat::Digits6,
        };
        let session = |number| SessionId::from_random([number; 10]);
        let of = |shop: &ShopSlug, session_id, seed: &Seed| {
            root.refresh_token_of_proof("k1", shop, address(), session_id, seed).unwrap().fingerprint()
        };
        let first = of(&shop, session(1), &seed(1, "nonce"));
        assert_eq!(of(&shop, session(1), &seed(1, "nonce")), first);
        let others = [
            of(&ShopSlug::parse("other").unwrap(), session(1), &seed(1, "nonce")),
            of(&shop, session(2), &seed(1, "nonce")),
            of(&shop, session(1), &seed(2, "nonce")),
            of(&shop, session(1), &seed(1, "ecnon")),
        ];
        assert!(others.iter().all(|other| *other != first));
        assert!(root.refresh_token_of_proof("k0", &shop, address(), session(1), &seed(1, "nonce")).is_none(), "a retired root");
    }

    #[test]
    fn every_holder_computes_the_same_next_token() {
        let (root, shop) = (root(), ShopSlug::parse("demo").unwrap());
        let token = first_token(&root);
        let (one, two) = (root.next_refresh_token(&shop, &token).unwrap(), root.next_refresh_token(&shop, &token).unwrap());
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_ne!(one.fingerprint(), token.fingerprint());
        assert_eq!(one.generation, 1);
    }
}
