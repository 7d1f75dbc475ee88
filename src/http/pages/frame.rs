//! The frame of a page: in which language and how large, who is signed in, where they may go, and what was just done.
//!
//! A page is a struct with a field `frame: Frame` and a template that begins with `{% extends "frame.html" %}`. Every text of it is
//! `{{ frame.say("中文", "English") }}`; a form includes `csrf.html`, a long list has a [`Pager`] and includes `pager.html`. A table in
//! `<div class="wide">` scrolls on narrow screens; one of class `cards`, whose cells name their column in `data-label`, becomes a list.

use std::fmt::Display;
use std::sync::OnceLock;

use super::ratings::Offer;
use crate::flow::account::provider::{self, Named};
use crate::flow::notices::COUNTED;
use crate::flow::{Actor, App};
use crate::http::cookies::{self, Jar};
use crate::rules::{DomainId, Instant};

/// The language that somebody chose; Chinese unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::http) enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language of a word; Chinese unless it is `en`.
    pub(in crate::http) fn of(word: &str) -> Self {
        if word == "en" { Self::En } else { Self::Zh }
    }

    /// Of two texts the one in this language.
    pub(in crate::http) fn say<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// The part in this language of a text that says everything twice: `中文 / English`.
    pub(in crate::http) fn half(self, both: &str) -> &str {
        both.split_once(" / ").map_or(both, |(zh, en)| self.say(zh, en))
    }

    /// The language as pages and cookies name it.
    pub(in crate::http) fn tag(self) -> &'static str {
        self.say("zh-CN", "en")
    }
}

/// How somebody wants to see pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::http) struct Look {
    /// Large text.
    pub large: bool,
    /// High contrast.
    pub contrast: bool,
    /// The simplified version.
    pub simple: bool,
}

impl Look {
    /// The look that a cookie names.
    pub(in crate::http) fn of(word: &str) -> Self {
        let says = |this| word.split(' ').any(|word| word == this);
        Self { large: says("large"), contrast: says("contrast"), simple: says("simple") }
    }

    /// The look as cookies name it, and the class of the page.
    pub(in crate::http) fn word(self) -> String {
        let words = [(self.large, "large"), (self.contrast, "contrast"), (self.simple, "simple")];
        words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
    }
}

/// A place to go to, and who may.
pub(in crate::http) struct Place {
    /// Its path.
    pub path: &'static str,
    zh: &'static str,
    en: &'static str,
    open_to: fn(&Actor) -> bool,
}

/// Where people may go from every page: each page of a role has a line here.
const MENU: &[Place] = &[
    Place { path: "/my", zh: "我的主体", en: "My subjects", open_to: |actor| actor.may_hold().is_ok() },
    Place {
        path: "/verifications",
        zh: "批量核验",
        en: "Verify many",
        open_to: |actor| actor.may_verify().is_ok(),
    },
    Place {
        path: "/codes",
        zh: "出示与授权",
        en: "Show and grant",
        open_to: |actor| actor.may_show_some().is_ok(),
    },
    Place {
        path: "/counter",
        zh: "窗口办理",
        en: "Service counter",
        open_to: |actor| actor.may_serve_counter().is_ok(),
    },
    Place {
        path: "/desk",
        zh: "数源单位工作台",
        en: "Regulator's desk",
        open_to: |actor| actor.may_work_at_desk().is_ok(),
    },
    Place {
        path: "/accounts", zh: "账户管理", en: "Accounts", open_to: |actor| actor.may_secure().is_ok()
    },
    Place {
        path: "/clients",
        zh: "接口客户端",
        en: "API clients",
        open_to: |actor| actor.may_secure().is_ok(),
    },
    Place { path: "/notices", zh: "通知", en: "Notices", open_to: |_| true },
    Place {
        path: "/watches",
        zh: "关注的报告",
        en: "Watched reports",
        open_to: |actor| actor.may_verify().is_ok(),
    },
    Place {
        path: "/webhooks", zh: "接口通知", en: "Webhooks", open_to: |actor| actor.may_hook().is_ok()
    },
    Place {
        path: "/console",
        zh: "运行控制台",
        en: "Console",
        open_to: |actor| actor.may_inspect().is_ok() || actor.may_secure().is_ok(),
    },
    Place { path: "/account", zh: "我的账户", en: "My account", open_to: |_| true },
];

/// The pages of the console.
const CONSOLE: &[Place] = &[
    Place { path: "/console/proposals", zh: "双人复核", en: "Four eyes", open_to: inspects },
    Place { path: "/console/reports", zh: "已出具报告", en: "Issued reports", open_to: inspects },
    Place { path: "/console/figures", zh: "统计", en: "Figures", open_to: inspects },
    Place { path: "/console/authorities", zh: "数源单位", en: "Authorities", open_to: inspects },
    Place { path: "/console/subjects", zh: "主体", en: "Subjects", open_to: inspects },
    Place { path: "/console/rules", zh: "规则数据", en: "Rules", open_to: inspects },
    Place { path: "/console/jobs", zh: "失败的任务", en: "Failed jobs", open_to: inspects },
    Place { path: "/console/keys", zh: "密钥", en: "Keys", open_to: inspects },
    Place { path: "/console/templates", zh: "报告模板", en: "Templates", open_to: inspects },
    Place { path: "/console/ratings", zh: "服务评价", en: "Ratings", open_to: inspects },
    Place {
        path: "/console/journal", zh: "日志", en: "Journal", open_to: |actor| actor.may_audit().is_ok()
    },
];

fn inspects(actor: &Actor) -> bool {
    actor.may_inspect().is_ok()
}

/// Text as it stands in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub(in crate::http) struct Frame {
    /// The language.
    pub lang: Lang,
    /// Large text, high contrast, simplified.
    pub look: Look,
    /// The name of who is signed in.
    pub who: Option<String>,
    /// As whom they act.
    pub actor: Option<Actor>,
    /// How many notices they have not read, as far as it is counted.
    pub unread: u32,
    /// What was just done, to be told first.
    pub flash: Option<String>,
    /// What was just done and may be rated, to be asked last.
    pub rate: Option<Offer>,
    /// What this browser rated last: act and object.
    pub rated: Option<String>,
    /// The path of this page.
    pub path: String,
    /// The query without what the frame itself understands: `a=b&`, or nothing.
    pub query: String,
    pub(in crate::http) csrf: OnceLock<String>,
    pub(in crate::http) jar: Jar,
    pub(in crate::http) app: App,
}

impl Frame {
    /// Of two texts the one in the chosen language.
    pub(in crate::http) fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.say(zh, en)
    }

    /// Whether English was chosen.
    pub(in crate::http) fn is_en(&self) -> bool {
        self.lang == Lang::En
    }

    /// A text of the pages that are open to everybody, as HTML: Chinese with English beside it, or one alone where it was chosen or
    /// the page is simplified.
    pub(in crate::http) fn both(&self, zh: impl Display, en: impl Display) -> String {
        let en = escaped(&en.to_string());
        match self.lang {
            Lang::En => en,
            Lang::Zh if self.look.simple => escaped(&zh.to_string()),
            Lang::Zh => format!("{} <span class=\"en\" lang=\"en\">{en}</span>", escaped(&zh.to_string())),
        }
    }

    /// The same for a short word, as plain text.
    pub(in crate::http) fn two(&self, zh: &str, en: &str) -> String {
        match self.lang {
            Lang::En => en.to_owned(),
            Lang::Zh if self.look.simple => zh.to_owned(),
            Lang::Zh => format!("{zh} {en}"),
        }
    }

    /// An instant as people in China read it.
    #[expect(
        clippy::unused_self,
        clippy::trivially_copy_pass_by_ref,
        reason = "templates call it on the frame, and hand over references"
    )]
    pub(in crate::http) fn at(&self, at: &Instant) -> String {
        let at = at.local();
        let (y, m, d) = (at.year(), u8::from(at.month()), at.day());
        format!("{y:04}-{m:02}-{d:02} {:02}:{:02}", at.hour(), at.minute())
    }

    /// An instant to the second.
    #[expect(
        clippy::unused_self,
        clippy::trivially_copy_pass_by_ref,
        reason = "templates call it on the frame, and hand over references"
    )]
    pub(in crate::http) fn second(&self, at: &Instant) -> String {
        let at = at.local();
        let (y, m, d) = (at.year(), u8::from(at.month()), at.day());
        format!("{y:04}-{m:02}-{d:02} {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// The name of a domain; its id where the catalogue in force does not have it.
    pub(in crate::http) fn domain(&self, id: &DomainId) -> String {
        let domain = self.app.reference().catalogue.get(id);
        domain.map_or_else(|| id.to_string(), |domain| self.say(&domain.zh, &domain.en).to_owned())
    }

    /// What a file is and how large.
    #[expect(
        clippy::unused_self,
        clippy::trivially_copy_pass_by_ref,
        reason = "templates call it on the frame, and hand over references"
    )]
    pub(in crate::http) fn file(&self, media_type: &str, bytes: &u64) -> String {
        let kind = media_type.rsplit('/').next().unwrap_or_default().to_uppercase();
        format!("{kind}, {} KiB", bytes.div_ceil(1024))
    }

    /// What a form must bring back, to show that it was ours. Drawn when it is first asked for, where nobody is signed in.
    pub(in crate::http) fn csrf(&self) -> &str {
        self.csrf.get_or_init(|| {
            let token = self.app.secret();
            self.jar.set(cookies::FORM, &token, None);
            token
        })
    }

    /// The services that people may sign in by.
    pub(in crate::http) fn providers(&self) -> Vec<Named> {
        provider::named(&self.app)
    }

    /// Where this visitor may go.
    pub(in crate::http) fn menu(&self) -> Vec<&'static Place> {
        let Some(actor) = &self.actor else { return Vec::new() };
        MENU.iter().filter(|place| (place.open_to)(actor)).collect()
    }

    /// What stands beside a place: how much is new there.
    pub(in crate::http) fn beside(&self, place: &Place) -> Option<String> {
        let many = if self.unread >= COUNTED { "99+".to_owned() } else { self.unread.to_string() };
        let new = place.path == "/notices" && self.unread > 0;
        new.then(|| self.say("（{} 条未读）", " ({} unread)").replace("{}", &many))
    }

    /// Where this visitor may go within the console.
    pub(in crate::http) fn console(&self) -> Vec<&'static Place> {
        let Some(actor) = &self.actor else { return Vec::new() };
        CONSOLE.iter().filter(|place| (place.open_to)(actor)).collect()
    }

    /// Whether this visitor may change what the console shows.
    pub(in crate::http) fn operates(&self) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.may_operate().is_ok())
    }

    /// Whether a place is where we are.
    pub(in crate::http) fn is_at(&self, place: &Place) -> bool {
        self.path.strip_prefix(place.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The link that changes language or look here.
    pub(in crate::http) fn switch(&self, to: &str) -> String {
        format!("?{}{to}", self.query)
    }
}

impl Place {
    /// Its name.
    pub(in crate::http) fn name(&self, frame: &Frame) -> &'static str {
        frame.lang.say(self.zh, self.en)
    }
}

/// Which part of a long list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Pager {
    /// The page, from 1.
    pub page: u32,
    /// How many pages there are; at least one.
    pub pages: u32,
}

impl Pager {
    /// The pages of a list of so many entries; `asked` as it stands in the query.
    pub(in crate::http) fn new(asked: Option<u32>, total: u32, per_page: u32) -> Self {
        let pages = total.div_ceil(per_page.max(1)).max(1);
        Self { page: asked.unwrap_or(1).clamp(1, pages), pages }
    }

    /// The link to a page of the same list.
    pub(in crate::http) fn link(frame: &Frame, page: u32) -> String {
        let kept: String =
            frame.query.split_inclusive('&').filter(|pair| !pair.starts_with("page=")).collect();
        format!("?{kept}page={page}")
    }
}
