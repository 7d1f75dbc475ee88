//! Forms with a file, sent by a page of ours: the token comes before the file, which goes to the disk as it arrives.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};

use super::api::{in_time, text};
use super::pages::Frame;
use super::visitor::{Visitor, from_our_pages};
use super::{Face, Problem};
use crate::flow::spool::{Spool, Spooled};

/// Fields beside the file.
const FIELDS: usize = 50;

/// A form with a file that is about to be read.
pub(super) struct Multipart {
    form: axum::extract::Multipart,
    frame: Frame,
    /// A header brought the token.
    permitted: bool,
}

/// What was in a form.
pub(super) struct Brought {
    /// The fields beside the file, trimmed.
    pub fields: BTreeMap<String, String>,
    /// The name of the file; empty where none was chosen.
    pub file_name: String,
    /// The file.
    pub file: Spooled,
}

impl FromRequest<Arc<Face>> for Multipart {
    type Rejection = Problem;

    async fn from_request(request: Request, face: &Arc<Face>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        from_our_pages(&parts.headers, &face.app.issuer().origin)?;
        let Visitor { frame, .. } = Visitor::from_request_parts(&mut parts, face).await?;
        let header = parts.headers.get("x-csrf-token").and_then(|token| token.to_str().ok());
        let permitted = match header {
            Some(token) => frame.permits(token).map(|()| true)?,
            None => false,
        };
        let form = axum::extract::Multipart::from_request(Request::from_parts(parts, body), face).await;
        let form = form
            .map_err(|_| Problem::UNSUPPORTED.with_detail("请提交本页的表单 / send the form of the page"))?;
        Ok(Self { form, frame, permitted })
    }
}

impl Multipart {
    /// Reads it, field by field. Nothing of it is kept before the token was seen.
    pub(super) async fn read(self, face: &Face) -> Result<Brought, Problem> {
        let Self { mut form, frame, mut permitted } = self;
        let (mut fields, mut file_name) = (BTreeMap::new(), String::new());
        let mut file = Spool::new(&face.app).await?;
        while let Some(mut field) = in_time(form.next_field()).await? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "csrf" {
                frame.permits(&text(field, &name).await?)?;
                permitted = true;
                continue;
            }
            seen(permitted, &frame)?;
            if name == "file" && file.bytes() == 0 {
                field.file_name().unwrap_or_default().clone_into(&mut file_name);
                while let Some(chunk) = in_time(field.chunk()).await? {
                    file.write(&chunk).await?;
                }
                continue;
            }
            if fields.len() >= FIELDS {
                return Err(Problem::BAD_REQUEST.with_detail("表单的项目过多 / the form has too many fields"));
            }
            let value = text(field, &name).await?;
            fields.insert(name, value);
        }
        seen(permitted, &frame)?;
        Ok(Brought { fields, file_name, file: file.finish().await? })
    }
}

/// Refuses where no token was seen so far.
fn seen(permitted: bool, frame: &Frame) -> Result<(), Problem> {
    if permitted { Ok(()) } else { frame.permits("") }
}
