//! Codes and links that are computed, never kept: from a seed in the table and a key that is not there.

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::{
    keyed_digest,
    signing_root::{SigningRoot, Use},
    truncated,
};
use crate::domain::{
    challenge::{ChallengeId, Purpose, Seed},
    code::{Code, CodeFormat},
};

/// The secret half of a mailed link: 256 bits. Has no `Debug`.
pub struct LinkSecret([u8; 32]);

/// The token of a mailed link: which challenge, and its secret. Has no `Debug`.
pub struct LinkToken {
    /// The challenge.
    pub challenge_id: ChallengeId,
    secret: LinkSecret,
}

/// The text is not a link's token. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_token_format")]
pub struct LinkTokenError;

impl SigningRoot {
    /// The code that a challenge is proved by; none if its root has been retired.
    #[must_use]
    pub fn code(&self, seed: &Seed) -> Option<Code> {
        Some(Code::from_digest(seed.format, truncated(&self.proof(seed, b"code")?)))
    }

    /// Whether this is the challenge's code, compared in constant time.
    #[must_use]
    pub fn is_code(&self, seed: &Seed, offered: &Code) -> bool {
        self.code(seed).is_some_and(|code| code.as_str().as_bytes().ct_eq(offered.as_str().as_bytes()).into())
    }

    /// The token that a link to this challenge carries; none if its root has been retired.
    #[must_use]
    pub fn link_token(&self, seed: &Seed) -> Option<String> {
        let secret = self.proof(seed, b"link")?;
        Some(format!("{}.{}", seed.challenge_id.as_str(), BASE64URL_NOPAD.encode(&secret)))
    }

    /// Whether the token is that of the challenge's link, compared in constant time.
    #[must_use]
    pub fn is_link(&self, seed: &Seed, offered: &LinkToken) -> bool {
        self.proof(seed, b"link").is_some_and(|secret| secret.ct_eq(&offered.secret.0).into())
    }

    /// Everything that the proof is for goes into it: a code or link of one purpose, address, challenge or shop (by
    /// the e-mail key in the challenge's name) is another one elsewhere.
    fn proof(&self, seed: &Seed, form: &[u8]) -> Option<[u8; 32]> {
        let key = self.key(&seed.root, Use::Proof)?;
        let purpose = match seed.purpose {
            Purpose::SignUp => "sign-up",
            Purpose::SignIn => "sign-in",
            Purpose::ConfirmLogin => "confirm-login",
            Purpose::DeleteAccount => "delete-account",
            Purpose::ChangeEmail => "change-email",
            Purpose::NewEmail => "new-email",
            Purpose::ResetPassword => "reset-password",
            Purpose::Invite => "invite",
        };
        let format = match seed.format {
            CodeFormat::Digits6 => "6",
            CodeFormat::Digits8 => "8",
            CodeFormat::Base32 => "base32",
        };
        let parts = [form, purpose.as_bytes(), format.as_bytes(), seed.challenge_id.as_str().as_bytes(), seed.nonce.as_bytes()];
        Some(keyed_digest(&key, &parts))
    }
}

impl LinkToken {
    /// Reads a token as the link carried it.
    ///
    /// # Errors
    /// [`LinkTokenError`] for another form.
    pub fn parse(text: &str) -> Result<Self, LinkTokenError> {
        let (challenge_id, secret) = text.split_once('.').ok_or(LinkTokenError)?;
        let challenge_id = ChallengeId::parse(challenge_id).map_err(|_| LinkTokenError)?;
        let secret = BASE64URL_NOPAD.decode(secret.as_bytes()).map_err(|_| LinkTokenError)?;
        Ok(Self { challenge_id, secret: LinkSecret(secret.try_into().map_err(|_| LinkTokenError)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::signing_root::tests::root,
        domain::{
            address_keys::AddressKeys,
            challenge::{Asker, ChallengePlace, Proves, Slot},
            domain_name::DomainName,
            identifier::EmailKey,
        },
    };

    fn challenge_id(email: u8, random: u8) -> ChallengeId {
        let domain = DomainName::parse("shop.example").unwrap();
        ChallengeId::from_random(
            ChallengePlace {
                slot: Slot { proves: Proves::SignIn, asker: Asker::Stranger, number: 0 },
                address: AddressKeys::unfolded(EmailKey::from_digest([email; 20]), domain),
                moves_from: None,
            },
            [random; 9],
        )
    }

    fn seed() -> Seed {
        Seed {
            challenge_id: challenge_id(1, 2),
            purpose: Purpose::SignIn,
            nonce: "nonce".into(),
            root: "k1".into(),
            format: CodeFormat::Base32,
        }
    }

    #[test]
    fn a_code_or_link_proves_its_own_challenge_and_no_other() {
        let (root, seed) = (root(), seed());
        let others = [
            Seed { purpose: Purpose::DeleteAccount, ..seed.clone() },
            Seed { purpose: Purpose::SignUp, ..seed.clone() },
            Seed { nonce: "ecnon".into(), ..seed.clone() },
            Seed { root: "k2".into(), ..seed.clone() },
            Seed { challenge_id: challenge_id(1, 3), ..seed.clone() },
            Seed { challenge_id: challenge_id(9, 2), ..seed.clone() },
        ];
        let code = root.code(&seed).unwrap();
        let link = LinkToken::parse(&root.link_token(&seed).unwrap()).ok().unwrap();
        assert!(root.is_code(&seed, &code) && root.is_link(&seed, &link));
        for other in &others {
            assert!(!root.is_code(other, &code) && !root.is_link(other, &link));
        }
    }

    /// Codes and links that are under way hang on this: do not replace. Made with Python's `hmac` and `hashlib`.
    #[test]
    fn frozen_the_codes_and_the_link_of_a_challenge() {
        let of = |format| Seed { format, ..seed() };
        let code = |format| root().code(&of(format)).unwrap().as_str().to_owned();
        let codes = [CodeFormat::Digits6, CodeFormat::Digits8, CodeFormat::Base32].map(code);
        assert_eq!(codes, ["488397", "02391010", "lnx2yxkeci"]);
        let link = "aaaqcaibaeaqcaibaeaqcaibaeaqcaibaebaeaqcaibaeaqconug64bomv4gc3lqnrsq.Y0z4zpyQjy_5nrN35PyRQRVWKd5BObk69JZGW_F-_q8";
        assert_eq!(root().link_token(&of(CodeFormat::Digits6)).unwrap(), link);
    }

    /// Invitations that are under way hang on this for a week: do not replace. Made with Python's `hmac` and `hashlib`.
    #[test]
    fn frozen_the_link_of_an_invitation() {
        let address = seed().challenge_id.place().address.clone();
        let challenge_id = ChallengeId::from_random(ChallengePlace { slot: Slot::INVITE, address, moves_from: None }, [2; 9]);
        let seed = Seed { challenge_id, purpose: Purpose::Invite, format: CodeFormat::Digits6, ..seed() };
        let link = "biaqcaibaeaqcaibaeaqcaibaeaqcaibaebaeaqcaibaeaqconug64bomv4gc3lqnrsq.xx4ulEm03TtjoxHsXbKqyQpGz1FsxVSnJFFsoI60HmQ";
        assert_eq!(root().link_token(&seed).unwrap(), link);
    }

    #[test]
    fn a_retired_root_proves_nothing() {
        let seed = Seed { root: "k0".into(), ..seed() };
        assert!(root().code(&seed).is_none() && root().link_token(&seed).is_none());
    }
}
