//! What staff have written of somebody, encrypted in the record by a secret that is erased with the customer.

use aes::{
    Aes256,
    cipher::{KeyIvInit, StreamCipher},
};
use data_encoding::BASE64URL_NOPAD;

use super::random::{self, RandomError};
use crate::domain::{
    audit::{EncryptedNote, NoteSeed},
    base32,
    identifier::AuditId,
    staff_text::Note,
};

/// 160 random bits.
const SEED_BYTES: usize = 20;

impl NoteSeed {
    /// A new one.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn from_random() -> Result<Self, RandomError> {
        Ok(Self(base32::encode(&random::bytes::<SEED_BYTES>()?)))
    }

    /// Encrypts the note of an event: AES-256 in counter mode, by a key that only this event has, so that no stream is used for two
    /// notes.
    #[must_use]
    pub fn encrypt(&self, event: &AuditId, note: &Note) -> EncryptedNote {
        EncryptedNote(BASE64URL_NOPAD.encode(&self.apply(event, note.as_str().as_bytes().to_vec())))
    }

    /// Decrypts it; none if it was encrypted with another secret.
    #[must_use]
    pub fn decrypt(&self, event: &AuditId, note: &EncryptedNote) -> Option<Note> {
        let decrypted = self.apply(event, BASE64URL_NOPAD.decode(note.0.as_bytes()).ok()?);
        Note::parse(std::str::from_utf8(&decrypted).ok()?).ok()
    }

    fn apply(&self, event: &AuditId, mut text: Vec<u8>) -> Vec<u8> {
        let mut key = [0; 32];
        // Only more than 8,160 bytes are refused.
        let _ = hkdf::Hkdf::<sha2::Sha256>::new(None, self.0.as_bytes())
            .expand_multi_info(&[b"vestibule/note/1/", event.as_str().as_bytes()], &mut key);
        ctr::Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into()).apply_keystream(&mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> NoteSeed {
        NoteSeed("mzxw6ytboimzxw6ytboimzxw6ytboi22".to_owned())
    }

    /// Notes are kept in this form: do not replace. Made with Python's `hmac` and `openssl enc`.
    #[test]
    fn frozen_an_encrypted_note() {
        let event = AuditId::from_random([7; 10]);
        assert_eq!(event.as_str(), "aud_a4dqobyha4dqobyh");
        assert_eq!(seed().encrypt(&event, &Note::parse("Called twice; très poli.").unwrap()).0, "7aV-oYhABV0c4HnborBqS_rtcjpB3-UiSg");
    }

    #[test]
    fn a_note_is_read_by_its_own_secret_and_as_that_of_its_own_event_alone() {
        let (event, note) = (AuditId::from_random([7; 10]), Note::parse("Called twice.").unwrap());
        let encrypted = seed().encrypt(&event, &note);
        assert_eq!(seed().decrypt(&event, &encrypted), Some(note.clone()));
        assert_ne!(NoteSeed::from_random().unwrap().decrypt(&event, &encrypted), Some(note.clone()));
        assert_ne!(seed().decrypt(&AuditId::from_random([8; 10]), &encrypted), Some(note));
    }
}
