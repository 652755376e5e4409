//! What SQL is made of: words, names, texts and marks.

use std::io::BufRead;

use crate::failure::Failure;

#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword, a number, or a name without quotes.
    Word(String),
    /// A name in backticks.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A bracket, a comma, a semicolon.
    Mark(u8),
}

/// The tokens of a dump, one after another. Comments are passed over.
pub(super) struct Tokens {
    file: Box<dyn BufRead>,
    ahead: Option<Token>,
}

impl Tokens {
    pub(super) fn of(file: Box<dyn BufRead>) -> Self {
        Self { file, ahead: None }
    }

    pub(super) fn peek(&mut self) -> Result<Option<&Token>, Failure> {
        if self.ahead.is_none() {
            self.ahead = self.read()?;
        }
        Ok(self.ahead.as_ref())
    }

    pub(super) fn next(&mut self) -> Result<Option<Token>, Failure> {
        match self.ahead.take() {
            Some(token) => Ok(Some(token)),
            None => self.read(),
        }
    }

    pub(super) fn skip_statement(&mut self) -> Result<(), Failure> {
        while let Some(token) = self.next()? {
            if token == Token::Mark(b';') {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Token>, Failure> {
        loop {
            let Some(byte) = self.byte()? else { return Ok(None) };
            return Ok(Some(match byte {
                byte if byte.is_ascii_whitespace() => continue,
                b'#' => {
                    self.skip_line()?;
                    continue;
                }
                b'-' if self.ahead_is(b'-')? => {
                    self.skip_line()?;
                    continue;
                }
                b'/' if self.ahead_is(b'*')? => {
                    self.byte()?;
                    self.skip_comment()?;
                    continue;
                }
                b'\'' | b'"' => Token::Text(self.quoted(byte)?),
                b'`' => Token::Name(self.quoted(byte)?),
                byte if is_word(byte) => Token::Word(self.word(byte)?),
                mark => Token::Mark(mark),
            }));
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, Failure> {
        let byte = self.file.fill_buf().map_err(|error| unreadable(&error))?.first().copied();
        if byte.is_some() {
            self.file.consume(1);
        }
        Ok(byte)
    }

    fn ahead_is(&mut self, byte: u8) -> Result<bool, Failure> {
        Ok(self.file.fill_buf().map_err(|error| unreadable(&error))?.first() == Some(&byte))
    }

    fn skip_line(&mut self) -> Result<(), Failure> {
        while !matches!(self.byte()?, None | Some(b'\n')) {}
        Ok(())
    }

    fn skip_comment(&mut self) -> Result<(), Failure> {
        let mut before = 0;
        while let Some(byte) = self.byte()? {
            if before == b'*' && byte == b'/' {
                break;
            }
            before = byte;
        }
        Ok(())
    }

    /// A text up to its quote; a doubled one is one, and so is what follows a backslash.
    fn quoted(&mut self, quote: u8) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        loop {
            self.take_until([quote, b'\\'], &mut bytes)?;
            match self.byte()? {
                None => return Err(Failure::Usage("The dump ends in the middle of a text.".to_owned())),
                Some(b'\\') if quote != b'`' => bytes.push(match self.byte()? {
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    Some(b'0') => 0,
                    Some(b'b') => 8,
                    Some(b'Z') => 26,
                    Some(other) => other,
                    None => continue,
                }),
                Some(byte) if byte == quote => {
                    if !self.ahead_is(quote)? {
                        return Ok(String::from_utf8_lossy(&bytes).into_owned());
                    }
                    self.byte()?;
                    bytes.push(quote);
                }
                Some(byte) => bytes.push(byte),
            }
        }
    }

    /// What stands before either of these, as far as it has been read from the disk: texts are most of a dump.
    fn take_until(&mut self, ends: [u8; 2], bytes: &mut Vec<u8>) -> Result<(), Failure> {
        let there = self.file.fill_buf().map_err(|error| unreadable(&error))?;
        let taken = there.iter().position(|byte| ends.contains(byte)).unwrap_or(there.len());
        bytes.extend_from_slice(there.get(..taken).unwrap_or_default());
        self.file.consume(taken);
        Ok(())
    }

    /// A keyword or a name; a number, with its point. The point between a schema and a table is a mark.
    fn word(&mut self, first: u8) -> Result<String, Failure> {
        let is_number = first.is_ascii_digit() || matches!(first, b'-' | b'+');
        let belongs = |byte: &u8| is_word(*byte) || (is_number && *byte == b'.');
        let mut word = vec![first];
        while let Some(byte) = self.file.fill_buf().map_err(|error| unreadable(&error))?.first().copied().filter(belongs) {
            self.file.consume(1);
            word.push(byte);
        }
        Ok(String::from_utf8_lossy(&word).into_owned())
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'@' | b'$') || byte >= 0x80
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::Usage(format!("The file cannot be read: {error}"))
}
