//! Rejected rows as JSON: an array of objects, or an object on each line.

use std::io::{self, Write};

use sonic_rs::to_object_iter;

use super::{ADDED, AS_SENT, RejectedRow, added, is_ours};

pub(super) struct Writer<W> {
    out: W,
    by_lines: bool,
    rows: usize,
}

impl<W: Write> Writer<W> {
    pub(super) fn open(by_lines: bool, mut out: W) -> io::Result<Self> {
        if !by_lines {
            out.write_all(b"[")?;
        }
        Ok(Self { out, by_lines, rows: 0 })
    }

    pub(super) fn push(&mut self, rejected: &RejectedRow) -> io::Result<()> {
        let mut fields: Vec<String> =
            ADDED.iter().zip(added(rejected)).map(|(name, text)| field(name, &quoted(&text))).collect();
        let sent = rejected.sent.text();
        match kept(&sent) {
            Some(kept) => fields.extend(kept),
            None => fields.push(field(AS_SENT, &quoted(&sent))),
        }
        let between: &[u8] = match (self.by_lines, self.rows) {
            (true, _) => b"",
            (false, 0) => b"\n",
            (false, _) => b",\n",
        };
        self.rows += 1;
        self.out.write_all(between)?;
        self.out.write_all(format!("{{{}}}", fields.join(",")).as_bytes())?;
        if self.by_lines { self.out.write_all(b"\n") } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        if !self.by_lines {
            self.out.write_all(b"\n]\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The fields of an object as they were written, without those that an earlier rejects file added.
fn kept(object: &str) -> Option<Vec<String>> {
    if !object.starts_with('{') || !object.ends_with('}') {
        return None;
    }
    let mut fields = Vec::new();
    for read in to_object_iter(object) {
        let (name, value) = read.ok()?;
        if !is_ours(&name) {
            fields.push(field(&name, &value.as_raw_str().replace(['\n', '\r'], " ")));
        }
    }
    Some(fields)
}

fn field(name: &str, value: &str) -> String {
    format!("{}:{value}", quoted(name))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
