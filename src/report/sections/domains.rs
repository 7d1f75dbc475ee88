//! The table of domains: for each its authorities, the conclusion in its exact words, and the data it rests on.

use super::{Desk, day};
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
    let legend = desk.say(Say::DomainsLegend, &[]);
    desk.lead(sect, &legend)?;
    let heads = [
        Say::DomainsDomain,
        Say::DomainsAuthority,
        Say::DomainsConclusion,
        Say::DomainsRecords,
        Say::DomainsWindow,
        Say::DomainsUpload,
    ];
    let head = |say| Cell::new(style, desk.say(say, &[])).head(Scope::Column).align(Align::Centre);
    let head = heads.into_iter().map(head).collect();
    let columns = desk.words.columns.domains;
    let mut table = Table::begin(&mut desk.flow, sect, &columns, head, None)?;
    for domain in &desk.facts.domains {
        let row = row(desk, domain);
        table.row(&mut desk.flow, &row)?;
    }
    table.end(&mut desk.flow);
    Ok(())
}

fn row(desk: &Desk<'_>, domain: &DomainFacts) -> Vec<Cell> {
    let styles = desk.flow.geometry.style;
    let nobody = || vec![(styles.dense_strong, desk.say(Say::DomainsNobody, &[]))];
    let of_each = |what: &dyn Fn(&AuthorityFacts) -> Vec<(Style, String)>| {
        let several = domain.authorities.len() > 1;
        let mut paras = Vec::new();
        for (at, authority) in domain.authorities.iter().enumerate() {
            if several {
                paras.push((styles.dense, desk.say(Say::DomainsOneOf, &[&(at + 1).to_string()])));
            }
            paras.extend(what(authority));
        }
        if paras.is_empty() { nobody() } else { paras }
    };
    let authorities = of_each(&|authority| {
        let name = desk.name(&authority.name);
        vec![(styles.dense, name.to_owned()), (styles.dense_small, authority.code.to_string())]
    });
    let undeclared = || vec![(styles.dense_strong, desk.say(Say::DomainsNothing, &[]))];
    let window = of_each(&|authority| match (authority.data_from, authority.complete_through) {
        (None, None) => undeclared(),
        (from, through) => [(Say::DomainsFrom, from), (Say::DomainsThrough, through)]
            .into_iter()
            .filter_map(|(say, date)| Some((styles.dense, desk.say(say, &[&day(date?)]))))
            .collect(),
    });
    let upload = of_each(&|authority| {
        let at = authority.last_success_at.map(|at| {
            let local = at.local();
            format!("{} {:02}:{:02}", day(local.date()), local.hour(), local.minute())
        });
        let lag = authority.declared_lag_days.map(|days| desk.say(Say::DomainsLag, &[&days.to_string()]));
        let paras: Vec<_> = [at, lag].into_iter().flatten().map(|text| (styles.dense, text)).collect();
        if paras.is_empty() { undeclared() } else { paras }
    });
    let name = desk.name(&domain.name).to_owned();
    vec![
        Cell::of(vec![(line_style(desk, domain), name), (styles.dense_small, domain.code.clone())])
            .head(Scope::Row),
        Cell::of(authorities),
        Cell::of(conclusion(desk, domain)),
        Cell::new(line_style(desk, domain), domain.records.to_string()).align(Align::Centre),
        Cell::of(window),
        Cell::of(upload),
    ]
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
fn conclusion(desk: &Desk<'_>, domain: &DomainFacts) -> Vec<(Style, String)> {
    let styles = desk.flow.geometry.style;
    let asked = desk.facts.request.period;
    let style = line_style(desk, domain);
    let said = match domain.conclusion {
        Conclusion::None => desk.say(Say::DomainsNoneSaid, &[]),
        Conclusion::Found => desk.say(Say::DomainsFoundSaid, &[&domain.records.to_string()]),
        Conclusion::NotCovered => match open_days(asked, &domain.gaps) {
            None => desk.say(Say::DomainsWholeOpen, &[]),
            Some(open) => {
                let days: Vec<String> = open.iter().map(|open| desk.days(*open)).collect();
                let days = days.iter().map(|days| days.trim()).collect::<Vec<_>>();
                desk.say(Say::DomainsPartOpen, &[&days.join(&desk.say(Say::FormList, &[]))])
            }
        },
    };
    let sign = desk.words.words.sign(domain.conclusion);
    let mut paras = vec![(style, format!("{sign} {said}"))];
    for gap in &domain.gaps {
        let days = desk.days(Period { from: gap.from, to: gap.to });
        let reason = desk.words.words.gap_reason(gap.reason);
        paras.push((styles.dense, desk.say(Say::DomainsGap, &[&days, reason])));
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

impl Desk<'_> {
    fn days(&self, days: Period) -> String {
        if days.from == days.to {
            self.say(Say::DomainsOneDay, &[&day(days.from)])
        } else {
            self.say(Say::DomainsDays, &[&day(days.from), &day(days.to)])
        }
    }
}
