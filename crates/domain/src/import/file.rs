//! The bytes of a file as they come, made into rows: encoding, delimiter, quotes and limits. It keeps one row at a time and asks nobody
//! what a row means.

use csv_core::ReadRecordResult;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

/// How much of a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// The most columns.
    pub columns: usize,
    /// The most bytes of one cell, in UTF-8.
    pub cell_bytes: usize,
    /// The most bytes of one row.
    pub row_bytes: usize,
    /// The most rows.
    pub rows: i32,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self { columns: 250, cell_bytes: 32 << 10, row_bytes: 256 << 10, rows: 5_000_000 }
    }
}

/// A row as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The how-manieth row below the header it is.
    pub number: i32,
    /// The line of the file in which it begins: a cell may have several lines.
    pub line: i64,
    /// Its cells; none when it has a flaw that kept them from being read.
    pub cells: Vec<String>,
    /// What is wrong with it as a row, and what would be right.
    pub flaw: Option<String>,
}

/// Why a file cannot be read at all: what would be right, with the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFile(pub String);

/// Where the delimiter is looked for: a header line is shorter.
const MOST_UNDECIDED: usize = 64 << 10;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads a file piece by piece.
pub struct FileReader {
    limits: FileLimits,
    text: Text,
    delimiter: Option<u8>,
    /// Decoded, and waiting for the delimiter to be known.
    undecided: Vec<u8>,
    cells: Cells,
    header: Option<Vec<String>>,
    number: i32,
}

impl FileReader {
    /// A reader that finds out the delimiter unless told.
    pub fn new(limits: FileLimits, delimiter: Option<u8>) -> Self {
        Self {
            limits,
            text: Text::default(),
            delimiter,
            undecided: Vec::new(),
            cells: Cells::new(b',', limits),
            header: None,
            number: 0,
        }
    }

    /// The cells of the header line, once it was read.
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// How many rows were read.
    pub fn rows(&self) -> i32 {
        self.number
    }

    /// Takes the next bytes and gives the rows that end in them.
    pub fn take(&mut self, bytes: &[u8], rows: &mut Vec<Record>) -> Result<(), BadFile> {
        let mut text = Vec::with_capacity(bytes.len() + 16);
        let decoded = self.text.decode(bytes, &mut text, IsLast::No);
        // What was read before bytes that are no text is looked at first: it may say more of what the file is.
        self.take_text(&text, rows)?;
        decoded
    }

    /// Ends the file; what was left of it is its last row.
    pub fn finish(&mut self, rows: &mut Vec<Record>) -> Result<(), BadFile> {
        let mut text = Vec::new();
        self.text.decode(&[], &mut text, IsLast::Yes)?;
        self.take_text(&text, rows)?;
        self.decide();
        let rest = std::mem::take(&mut self.undecided);
        self.read(&rest, rows)?;
        if let Some(record) = self.cells.finish() {
            self.give(record, rows)?;
        }
        match &self.header {
            Some(_) => Ok(()),
            None => Err(BadFile("the file is empty: its first line must name the columns".to_owned())),
        }
    }

    fn take_text(&mut self, text: &[u8], rows: &mut Vec<Record>) -> Result<(), BadFile> {
        if self.cells.is_open || self.header.is_some() {
            return self.read(text, rows);
        }
        self.undecided.extend_from_slice(text);
        if self.undecided.iter().take_while(|byte| **byte != b'\n').any(|byte| *byte == 0) {
            return Err(BadFile(
                "line 1: the file has NUL characters, as UTF-16 without a byte order mark has; save it as CSV in UTF-8"
                    .to_owned(),
            ));
        }
        let has_line = self.undecided.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        if !has_line && self.undecided.len() < MOST_UNDECIDED {
            return Ok(());
        }
        self.decide();
        let text = std::mem::take(&mut self.undecided);
        self.read(&text, rows)
    }

    /// Settles the delimiter: the one that stands most often in the first line, outside quotes.
    fn decide(&mut self) {
        if self.cells.is_open || self.header.is_some() {
            return;
        }
        let delimiter = self.delimiter.unwrap_or_else(|| {
            let mut counts = [0_usize; DELIMITERS.len()];
            let mut is_quoted = false;
            let mut has_text = false;
            for byte in &self.undecided {
                match byte {
                    b'"' => is_quoted = !is_quoted,
                    b'\n' | b'\r' if !is_quoted && has_text => break,
                    byte if !is_quoted => {
                        has_text |= !matches!(byte, b'\n' | b'\r');
                        if let Some(at) = DELIMITERS.iter().position(|one| one == byte) {
                            counts[at] += 1;
                        }
                    }
                    _ => {}
                }
            }
            // Of several that stand equally often the first of the list.
            let best = (0..DELIMITERS.len()).rev().max_by_key(|at| counts[*at]).unwrap_or_default();
            DELIMITERS[best]
        });
        self.cells = Cells::new(delimiter, self.limits);
        self.cells.is_open = true;
    }

    fn read(&mut self, mut text: &[u8], rows: &mut Vec<Record>) -> Result<(), BadFile> {
        while !text.is_empty() {
            let (taken, record) = self.cells.take(text);
            text = &text[taken..];
            if let Some(record) = record {
                self.give(record, rows)?;
            }
        }
        Ok(())
    }

    fn give(&mut self, record: Raw, rows: &mut Vec<Record>) -> Result<(), BadFile> {
        let Raw { line, cells, flaw } = record;
        let Some(header) = &self.header else {
            if let Some(flaw) = flaw {
                return Err(BadFile(format!("line {line}: the header cannot be read: {flaw}")));
            }
            if cells.iter().any(|cell| cell.contains('\0')) {
                return Err(BadFile(format!(
                    "line {line}: a column's name has a NUL character; save the file as CSV in UTF-8"
                )));
            }
            self.header = Some(cells);
            return Ok(());
        };
        if self.number >= self.limits.rows {
            return Err(BadFile(format!(
                "line {line}: the file has more than {} rows; split it into several",
                self.limits.rows
            )));
        }
        self.number += 1;
        let flaw = flaw.or_else(|| {
            let is_blank = cells.iter().all(|cell| cell.trim().is_empty());
            let fits = cells.len() == header.len() || is_blank;
            (!fits).then(|| {
                let (has, wants) = (cells.len(), header.len());
                let why = if has < wants {
                    "is it cut off, or a delimiter missing"
                } else {
                    "is a cell with a delimiter in it without quotes"
                };
                format!("the row has {has} cells and the header {wants}; {why}?")
            })
        });
        let flaw = flaw.or_else(|| {
            let at = cells.iter().position(|cell| cell.contains('\0'))?;
            Some(format!("{} has the character NUL (U+0000), which no text has; take it out", header[at]))
        });
        let cells = if flaw.is_some() { Vec::new() } else { cells };
        rows.push(Record { number: self.number, line, cells, flaw });
        Ok(())
    }
}

/// Whether more bytes follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsLast {
    Yes,
    No,
}

/// The bytes as text in UTF-8.
#[derive(Default)]
struct Text {
    /// The first bytes, while they may be part of a mark.
    first: Vec<u8>,
    decoder: Option<(Decoder, &'static Encoding)>,
    lines: i64,
}

impl Text {
    fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>, is_last: IsLast) -> Result<(), BadFile> {
        if self.decoder.is_none() {
            self.first.extend_from_slice(bytes);
            if self.first.len() < 3 && is_last == IsLast::No {
                return Ok(());
            }
            let encoding = Encoding::for_bom(&self.first).map_or(UTF_8, |(encoding, _)| encoding);
            self.decoder = Some((encoding.new_decoder_with_bom_removal(), encoding));
            let first = std::mem::take(&mut self.first);
            return self.decode_all(&first, text, is_last);
        }
        self.decode_all(bytes, text, is_last)
    }

    fn decode_all(&mut self, mut bytes: &[u8], text: &mut Vec<u8>, is_last: IsLast) -> Result<(), BadFile> {
        let Some((decoder, encoding)) = &mut self.decoder else { return Ok(()) };
        let mut buffer = vec![0; bytes.len() * 3 + 64];
        loop {
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(bytes, &mut buffer, is_last == IsLast::Yes);
            text.extend_from_slice(&buffer[..written]);
            self.lines += i64::try_from(buffer[..written].iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    let right = "save the file as CSV in UTF-8 (in a spreadsheet: \"CSV UTF-8\")";
                    return Err(BadFile(format!(
                        "line {}: here are bytes that are not {}; {right}",
                        self.lines + 1,
                        encoding.name()
                    )));
                }
            }
        }
    }
}

/// A row before it has a number.
struct Raw {
    line: i64,
    cells: Vec<String>,
    flaw: Option<String>,
}

/// Splits text into rows and cells.
struct Cells {
    is_open: bool,
    core: csv_core::Reader,
    limits: FileLimits,
    output: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
    /// Line breaks within the row.
    breaks: u64,
    /// Anything but line breaks since the last row.
    has_begun: bool,
    flaw: Option<String>,
}

impl Cells {
    fn new(delimiter: u8, limits: FileLimits) -> Self {
        Self {
            is_open: false,
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            limits,
            output: vec![0; 4096],
            ends: vec![0; limits.columns + 1],
            written: 0,
            ended: 0,
            breaks: 0,
            has_begun: false,
            flaw: None,
        }
    }

    /// How much of the text was taken, and the row that ended there.
    fn take(&mut self, text: &[u8]) -> (usize, Option<Raw>) {
        let (result, read, written, ended) =
            self.core.read_record(text, &mut self.output[self.written..], &mut self.ends[self.ended..]);
        let new = &self.output[self.written..self.written + written];
        self.breaks += new.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.has_begun |= text[..read].iter().any(|byte| !matches!(byte, b'\n' | b'\r'));
        self.written += written;
        self.ended += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => (read, None),
            ReadRecordResult::OutputFull => {
                if self.output.len() >= self.limits.row_bytes {
                    let most = self.limits.row_bytes;
                    self.spoil(format!("the row has more than {most} bytes; is a quote opened in it and not closed?"));
                } else {
                    self.output.resize(self.output.len() * 2, 0);
                }
                (read, None)
            }
            ReadRecordResult::OutputEndsFull => {
                let most = self.limits.columns;
                self.spoil(format!("the row has more than {most} cells, the most that is read"));
                (read, None)
            }
            ReadRecordResult::Record => {
                // A carriage return ends a row before its line feed is counted.
                let last = u64::from(text[..read].last() == Some(&b'\n'));
                (read, Some(self.row(last)))
            }
        }
    }

    /// Nothing of this row is kept any more; what follows is only looked at for its end.
    fn spoil(&mut self, flaw: String) {
        self.flaw.get_or_insert(flaw);
        (self.written, self.ended) = (0, 0);
    }

    fn finish(&mut self) -> Option<Raw> {
        if !self.has_begun {
            return None;
        }
        // A line break ends the row, unless it stands within quotes. To ask a clone of the core would not do: it forgets its tables.
        loop {
            match self.take(b"\n") {
                (_, Some(row)) => return Some(row),
                (0, None) => {}
                (_, None) => break,
            }
        }
        self.spoil("the file ends within quotes: the row is cut off, or a quote opened in it is not closed".to_owned());
        loop {
            let (result, _, written, ended) =
                self.core.read_record(&[], &mut self.output[self.written..], &mut self.ends[self.ended..]);
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::Record => return Some(self.row(0)),
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {
                    let most = self.limits.columns;
                    self.spoil(format!("the row has more than {most} cells, the most that is read"));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::End => return None,
            }
        }
    }

    /// The row that has just ended, `last` line breaks after its last line began.
    fn row(&mut self, last: u64) -> Raw {
        let line = i64::try_from(self.core.line().saturating_sub(last + self.breaks)).unwrap_or(i64::MAX).max(1);
        let mut flaw = self.flaw.take();
        let mut cells = Vec::with_capacity(self.ended);
        let mut from = 0;
        for until in &self.ends[..self.ended] {
            if flaw.is_some() {
                break;
            }
            let until = (*until).min(self.written);
            if until.saturating_sub(from) > self.limits.cell_bytes {
                let (at, most) = (cells.len() + 1, self.limits.cell_bytes);
                flaw = Some(format!("cell {at} has more than {most} bytes; is a quote opened in it and not closed?"));
            }
            cells.push(String::from_utf8_lossy(&self.output[from..until]).into_owned());
            from = until;
        }
        (self.written, self.ended, self.breaks, self.has_begun) = (0, 0, 0, false);
        Raw { line, cells, flaw }
    }
}

#[cfg(test)]
mod tests;
