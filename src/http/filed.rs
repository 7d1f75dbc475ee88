//! Forms of our own pages that bring files. The token of the form comes first: nothing is read for somebody whose form is not ours.

use std::sync::Arc;

use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, FromRequestParts, Request};

use super::api::broken;
use super::visitor::{Visitor, from_our_pages};
use super::{Face, Problem, place};

/// The largest body: three pieces of evidence, and a little more, so that one that is too large is told how large it may be.
pub(super) const BYTES: usize = 33 << 20;
/// Files of one form.
const FILES: usize = 3;
/// The longest field, in bytes: a statement of 2,000 characters, several times over.
const TEXT: usize = 64 << 10;

/// What evidence has to be, in Chinese.
pub(super) const BAD_EVIDENCE: &str =
    "材料应为 PDF、JPEG 或 PNG，每份不超过 10 MiB，每件案件最多 10 份，办结后不能补充";

/// A form with files, sent by the browser that we gave it to.
#[derive(Debug)]
pub(super) struct Filed {
    texts: Vec<(String, String)>,
    /// The files that were chosen.
    pub(super) files: Vec<File>,
}

/// A file.
#[derive(Debug)]
pub(super) struct File {
    /// The name that its sender has for it.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

impl Filed {
    /// What stands in a field; nothing where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(field, _)| field == name).map_or("", |(_, text)| text)
    }
}

impl FromRequest<Arc<Face>> for Filed {
    type Rejection = Problem;

    async fn from_request(request: Request, face: &Arc<Face>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        from_our_pages(&parts.headers, &face.app.issuer().origin)?;
        let frame = Visitor::from_request_parts(&mut parts, face).await?.frame;
        let form = Multipart::from_request(Request::from_parts(parts, body), face).await;
        let mut form = form
            .map_err(|_| Problem::UNSUPPORTED.with_detail("请提交本页的表单 / send the form of the page"))?;
        let _place = place(&face.uploads).await?;
        let mut filed = Self { texts: Vec::new(), files: Vec::new() };
        let mut ours = false;
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if !ours {
                let token = if name == "csrf" { field.text().await.map_err(broken)? } else { String::new() };
                frame.permits(&token)?;
                ours = true;
                continue;
            }
            let file_name = field.file_name().map(str::to_owned);
            let bytes = field.bytes().await.map_err(broken)?;
            match file_name {
                // A browser sends an empty part where no file was chosen.
                Some(file) if file.is_empty() && bytes.is_empty() => (),
                Some(_) if filed.files.len() == FILES => {
                    return Err(Problem::UNPROCESSABLE.with_detail(
                        "一次最多上传 3 个文件,其余请随后补充 / at most 3 files at once: add the others afterwards",
                    ));
                }
                Some(file) => filed.files.push(File { name: file, bytes: bytes.into() }),
                None if bytes.len() > TEXT => return Err(Problem::TOO_LARGE),
                None => filed.texts.push((name, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        if !ours {
            frame.permits("")?;
        }
        Ok(filed)
    }
}
