//! The table of domains: for each its authorities, the conclusion in its exact words, and the data it rests on.

use super::{Desk, Text, Voice, day};
use crate::report::Error;
use crate::report::geometry::Style;
use crate::report::layout::Align;
use crate::report::layout::table::{Cell, Table};
use crate::report::page::{ElementId, Scope};
use crate::report::template::Say;
use crate::rules::facts::{AuthorityFacts, Conclusion, DomainFacts};
use crate::rules::{Gap, Period};

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let style = desk.flow.geometry.style.head;
    let legend = desk.said(Say::DomainsLegend);
    desk.lead(sect, &legend)?;
    let heads = [
        Say::DomainsDomain,
        Say::DomainsAuthority,
        Say::DomainsConclusion,
        Say::DomainsRecords,
        Say::DomainsData,
    ];
    let head =
        |say| Cell::new(&desk.flow, style, desk.said(say)).head(Scope::Column).align(Align::Centre);
    let head = heads.into_iter().map(head).collect();
    let columns = desk.columns().domains;
    let mut table = Table::begin(&mut desk.flow, sect, &columns, head, None)?;
    for domain in &desk.facts.domains {
        let row = row(desk, domain);
        table.row(&mut desk.flow, &row)?;
    }
    table.end(&mut desk.flow);
    Ok(())
}

fn row(desk: &Desk<'_>, domain: &DomainFacts) -> Vec<Cell> {
    let (flow, styles) = (&desk.flow, desk.flow.geometry.style);
    let nobody = || vec![(styles.dense_strong, desk.said(Say::DomainsNobody))];
    let of_each = |what: &dyn Fn(&AuthorityFacts) -> Vec<(Style, Text)>| {
        let several = domain.authorities.len() > 1;
        let mut paras = Vec::new();
        for (at, authority) in domain.authorities.iter().enumerate() {
            if several {
                let number = (at + 1).to_string();
                let said = desk.text(|voice| voice.say(Say::DomainsOneOf, &[&number]));
                paras.push((styles.dense, said));
            }
            paras.extend(what(authority));
        }
        if paras.is_empty() { nobody() } else { paras }
    };
    let authorities = of_each(&|authority| {
        let name = desk.text(|voice| voice.name(&authority.name).to_owned());
        vec![(styles.dense, name), (styles.dense_small, authority.code.as_str().into())]
    });
    let data = of_each(&|authority| {
        let undeclared = authority.data_from.is_none() && authority.complete_through.is_none();
        let window = if undeclared {
            (styles.dense_strong, desk.said(Say::DomainsNothing))
        } else {
            (styles.dense, desk.text(|voice| window(voice, authority)))
        };
        let sent = authority.last_success_at.is_some() || authority.declared_lag_days.is_some();
        let upload = sent.then(|| (styles.dense, desk.text(|voice| upload(voice, authority))));
        std::iter::once(window).chain(upload).collect()
    });
    let style = line_style(desk, domain);
    let name = desk.text(|voice| voice.name(&domain.name).to_owned());
    vec![
        Cell::of(flow, vec![(style, name), (styles.dense_small, domain.code.as_str().into())])
            .head(Scope::Row),
        Cell::of(flow, authorities),
        Cell::of(flow, conclusion(desk, domain)),
        Cell::new(flow, style, domain.records.to_string()).align(Align::Centre),
        Cell::of(flow, data),
    ]
}

/// The days that an authority declares its data complete for.
fn window(voice: Voice<'_>, authority: &AuthorityFacts) -> String {
    let day = |date: Option<_>| date.map_or_else(|| voice.say(Say::DomainsUnknown, &[]), day);
    voice.say(Say::DomainsWindow, &[&day(authority.data_from), &day(authority.complete_through)])
}

/// When an authority last uploaded, and by how many days it lags.
fn upload(voice: Voice<'_>, authority: &AuthorityFacts) -> String {
    let at = authority.last_success_at.map(|at| {
        let local = at.local();
        format!("{} {:02}:{:02}", day(local.date()), local.hour(), local.minute())
    });
    let at = at.unwrap_or_else(|| voice.say(Say::DomainsUnknown, &[]));
    match authority.declared_lag_days {
        Some(days) => voice.say(Say::DomainsUploadLag, &[&at, &days.to_string()]),
        None => voice.say(Say::DomainsUpload, &[&at]),
    }
}

/// What a reader must not miss stands out without colour: lines with records, and lines without a conclusion.
fn line_style(desk: &Desk<'_>, domain: &DomainFacts) -> Style {
    let styles = desk.flow.geometry.style;
    match domain.conclusion {
        Conclusion::None => styles.dense,
        Conclusion::Found | Conclusion::NotCovered => styles.dense_strong,
    }
}

/// The conclusion, and below it every gap with its reason.
fn conclusion(desk: &Desk<'_>, domain: &DomainFacts) -> Vec<(Style, Text)> {
    let asked = desk.facts.request.period;
    let said = |voice: Voice<'_>| {
        let said = match domain.conclusion {
            Conclusion::None => voice.say(Say::DomainsNoneSaid, &[]),
            Conclusion::Found => voice.say(Say::DomainsFoundSaid, &[&domain.records.to_string()]),
            Conclusion::NotCovered => match open_days(asked, &domain.gaps) {
                None => voice.say(Say::DomainsWholeOpen, &[]),
                Some(open) => {
                    let days: Vec<String> =
                        open.iter().map(|open| voice.days(*open).trim().to_owned()).collect();
                    voice.say(Say::DomainsPartOpen, &[&voice.list(&days)])
                }
            },
        };
        format!("{} {said}", voice.words.words.sign(domain.conclusion))
    };
    let mut paras = vec![(line_style(desk, domain), desk.text(said))];
    for gap in &domain.gaps {
        let said = |voice: Voice<'_>| {
            let days = voice.days(Period { from: gap.from, to: gap.to });
            voice.say(Say::DomainsGap, &[&days, voice.words.words.gap_reason(gap.reason)])
        };
        paras.push((desk.flow.geometry.style.dense, desk.text(said)));
    }
    paras
}

/// The days without a conclusion, overlapping and neighbouring gaps as one; `None` for all that were asked about.
fn open_days(asked: Period, gaps: &[Gap]) -> Option<Vec<Period>> {
    let mut sorted: Vec<&Gap> = gaps.iter().collect();
    sorted.sort_by_key(|gap| (gap.from, gap.to));
    let mut open: Vec<Period> = Vec::new();
    for gap in sorted {
        match open.last_mut() {
            Some(last) if last.to.next_day().is_none_or(|next| gap.from <= next) => {
                last.to = last.to.max(gap.to);
            }
            _ => open.push(Period { from: gap.from, to: gap.to }),
        }
    }
    let whole = |open: &Period| open.from <= asked.from && asked.to <= open.to;
    if open.is_empty() || open.iter().any(whole) { None } else { Some(open) }
}
