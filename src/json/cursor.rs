//! Walks JSON text byte by byte and checks its whole grammar.

use crate::bytes::find_special;

/// A position in the text. Each method advances past what it takes; after `None` the position is
/// unspecified.
///
/// `inline(always)` is used only where measured: together it saves a sixth of a scan.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of a text.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes have been taken.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    #[inline]
    pub(crate) fn rest(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.at..)
    }

    /// Takes a value and returns its text.
    #[inline(always)]
    pub(crate) fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.skip_value()?;
        self.bytes.get(start..self.at)
    }

    /// Like [`value`](Self::value), for callers whose speed is not worth another inlined copy.
    #[inline(never)]
    pub(crate) fn any_value(&mut self) -> Option<&'a [u8]> {
        self.value()
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    pub(crate) fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes `"name" :` and returns the inside of the string, and whether it has escapes.
    #[inline(always)]
    pub(crate) fn name(&mut self) -> Option<(&'a [u8], bool)> {
        self.take(b'"')?;
        let name = self.string()?;
        self.skip_space();
        self.take(b':')?;
        Some(name)
    }

    /// Takes a string after its opening quote: returns its inside, and whether it has escapes.
    #[inline(always)]
    fn string(&mut self) -> Option<(&'a [u8], bool)> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = find_special(self.bytes, self.at)?;
            match self.next()? {
                b'"' => return Some((self.bytes.get(start..self.at - 1)?, escaped)),
                b'\\' => {
                    self.escape()?;
                    escaped = true;
                }
                _ => return None,
            }
        }
    }

    /// Takes the rest of an escape, after its backslash.
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                for _ in 0..4 {
                    self.next()?.is_ascii_hexdigit().then_some(())?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn skip_number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        match self.next()? {
            b'0' => {}
            b'1'..=b'9' => {
                self.skip_digits();
            }
            _ => return None,
        }
        if self.take(b'.').is_some() && !self.skip_digits() {
            return None;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if !self.skip_digits() {
                return None;
            }
        }
        Some(())
    }

    /// Returns whether there was at least one digit.
    fn skip_digits(&mut self) -> bool {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at > start
    }

    /// Takes a string without escapes and returns it without its quotes.
    pub(crate) fn plain_string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let (string, escaped) = self.string()?;
        (!escaped).then_some(string)
    }

    /// Takes one token of validated text: a bracket, a comma, a colon or a scalar.
    pub(crate) fn token(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        let start = self.at;
        match self.peek()? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => self.at += 1,
            _ => return self.any_value(),
        }
        self.bytes.get(start..self.at)
    }

    /// Takes exactly these bytes.
    pub(crate) fn take_literal(&mut self, literal: &[u8]) -> Option<()> {
        let found = self.rest()?.starts_with(literal);
        found.then(|| self.at += literal.len())
    }

    #[inline(always)]
    fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    #[inline(always)]
    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string().map(|_| ())
            }
            b'-' | b'0'..=b'9' => self.skip_number(),
            b't' => self.take_literal(b"true"),
            b'f' => self.take_literal(b"false"),
            b'n' => self.take_literal(b"null"),
            _ => None,
        }
    }

    /// Takes an array or object with everything in it. Not recursive: the text decides the depth,
    /// and the stack of a WebAssembly module is small.
    fn skip_nested(&mut self) -> Option<()> {
        // The ends of all open brackets: that of the innermost one, and those around it.
        let mut end = 0;
        let mut outer = Vec::new();
        loop {
            self.skip_space();
            if let Some(bracket @ (b'{' | b'[')) = self.peek() {
                self.at += 1;
                outer.push(end);
                end = if bracket == b'{' { b'}' } else { b']' };
                self.skip_space();
                if self.peek()? != end {
                    if end == b'}' {
                        self.name()?;
                    }
                    continue;
                }
            } else {
                self.skip_scalar()?;
            }
            loop {
                self.skip_space();
                let byte = self.next()?;
                if byte == end {
                    end = outer.pop()?;
                    if outer.is_empty() {
                        return Some(());
                    }
                } else if byte == b',' {
                    if end == b'}' {
                        self.skip_space();
                        self.name()?;
                    }
                    break;
                } else {
                    return None;
                }
            }
        }
    }
}

/// Whether a JSON string must escape this byte.
pub(crate) const fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f)
}
