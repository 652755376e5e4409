//! The mails that the stand-in for SES has taken.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

/// A mail as it was handed to SES.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct InboxMail {
    /// The message id that SES gave it.
    pub id: String,
    /// The shop, by the mail's tag.
    pub store: String,
    /// What it is about, by the mail's tag.
    pub kind: String,
    /// The recipients, separated by commas, were there ever more than one.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// From, To, Subject, Date and all others.
    pub headers: BTreeMap<String, String>,
    /// What it was tagged with.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The configuration set that it was sent by.
    #[serde(default)]
    pub configuration_set: String,
    /// RFC 3339.
    pub sent_at: String,
}

/// Every mail since the inbox was last emptied.
#[derive(Clone, Default)]
pub struct Inbox {
    mails: Arc<Mutex<Vec<InboxMail>>>,
    file: Option<PathBuf>,
}

impl Inbox {
    /// An inbox that is kept in this file, a mail a line.
    ///
    /// # Errors
    /// The file's.
    pub fn in_file(path: PathBuf) -> io::Result<Self> {
        let mails = match File::open(&path) {
            Ok(file) => BufReader::new(file)
                .lines()
                .map(|line| serde_json::from_str(&line?).map_err(io::Error::other))
                .collect::<io::Result<_>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { mails: Arc::new(Mutex::new(mails)), file: Some(path) })
    }

    /// Takes a mail.
    ///
    /// # Errors
    /// The file's; the mail is not taken then.
    pub fn take(&self, mail: InboxMail) -> io::Result<()> {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &self.file {
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            writeln!(file, "{}", serde_json::to_string(&mail)?)?;
        }
        mails.push(mail);
        Ok(())
    }

    /// All mails, the newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<InboxMail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    /// Empties it.
    ///
    /// # Errors
    /// The file's.
    pub fn empty(&self) -> io::Result<()> {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = self.file.as_ref().filter(|path| path.exists()) {
            fs::remove_file(path)?;
        }
        mails.clear();
        Ok(())
    }
}
