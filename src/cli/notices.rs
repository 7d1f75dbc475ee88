//! Messages on their way: sent now, listed where nobody took them, sent once more.

use std::process::ExitCode;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{General, show};
use crate::flow::webhooks::Message;
use crate::flow::{Actor, notices};

/// Notices.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Notices {
    /// Send what is due now, mail and webhooks; a running service does so by itself
    Send,
    /// List messages that nobody took
    Dead {
        /// How many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Have a message that was given up, or taken, sent once more
    Replay {
        /// The message
        id: Uuid,
    },
}

impl Notices {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let (app, actor) = (general.app().await?, Actor::operator());
        match self {
            Self::Send => {
                let told = notices::look_for_repairs(&app).await?;
                let notices::Sent { spread, taken, again, dead } = notices::send(&app).await?;
                let text = format!(
                    "分发通知 {spread} 条,送达 {taken} 条,稍后重试 {again} 条,放弃 {dead} 条 / {spread} notices spread, {taken} messages taken, {again} tried again later, {dead} given up"
                );
                let machine = json!({ "repairs_possible": told, "spread": spread, "taken": taken,
                    "again": again, "dead": dead });
                show::done(general, &machine, &text);
            }
            Self::Dead { limit } => {
                let found = notices::dead(&app, &actor, limit).await?;
                let lines: Vec<String> = found.iter().map(line).collect();
                let text = if lines.is_empty() {
                    "没有放弃的消息 / nothing was given up".to_owned()
                } else {
                    lines.join("\n")
                };
                let messages: Vec<Value> = found.iter().map(value).collect();
                show::done(general, &json!({ "messages": messages }), &text);
            }
            Self::Replay { id } => {
                notices::replay(&app, &actor, id).await?;
                show::done(general, &json!({ "id": id }), "将再次发送 / it is sent once more");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(message: &Message) -> String {
    let Message { id, channel, event, attempts, fault, .. } = message;
    let fault = fault.as_deref().unwrap_or_default();
    format!("{id} {channel} {event} · {attempts} 次/tries · {fault}")
}

fn value(message: &Message) -> Value {
    json!({ "id": message.id, "target": message.target, "channel": message.channel, "event": message.event,
        "attempts": message.attempts, "status": message.status, "fault": message.fault,
        "made_at": message.made_at, "ended_at": message.ended_at })
}
