//! Looks and wishes as they happen, for a page that stays open (server-sent events).

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template as _;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use uuid::Uuid;

use super::{Face, Frame, Looks, Member, Problem, cookies};
use crate::flow::App;
use crate::flow::jobs::is_stopping;
use crate::flow::share::{self, Mark};
use crate::http::extract::Path;
use crate::http::streams::Place;

/// A holder's page that stays open.
struct Follower {
    app: App,
    /// The secret of its session.
    session: String,
    frame: Frame,
    share: Uuid,
    seen: Option<Mark>,
    over: bool,
    _place: Place,
}

/// The part of the page that tells who looked and who asks, whenever it is another one (`looks`); and that there will be no more,
/// since the session is over or the right is gone (`over`).
pub(super) async fn events(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    share::show(&face.app, member.actor(), id).await?;
    let session = member.frame.jar.get(&headers, cookies::SESSION).unwrap_or_default();
    let place = Place::take(&face, member.signed.account)?;
    let frame = Frame { flash: None, ..member.frame };
    let app = face.app.clone();
    let follower = Follower { app, session, frame, share: id, seen: None, over: false, _place: place };
    let events = stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl Follower {
    /// The next event; `None` behind the last, and where the page had better come again.
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        let moved = share::moved(&self.app, &self.session, self.share, self.seen.as_ref()).await.ok()?;
        let Some((mark, shown)) = moved else {
            self.over = true;
            return (!is_stopping(&self.app)).then(|| Event::default().event("over").data("over"));
        };
        self.seen = Some(mark);
        let part = Looks { frame: self.frame.clone(), shown }.render().ok()?;
        Some(Event::default().event("looks").data(part))
    }
}
