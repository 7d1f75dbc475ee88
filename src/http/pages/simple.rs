//! The simplified version (简洁版): each page with its main task, and what this visitor needs most in the menu.
//!
//! A page is one template for both versions. What explains and what stands beside the task is put between
//! `{{ frame.fold("更多说明", "More")|safe }}` and `{{ frame.unfold()|safe }}`: nothing in the full version, and in the simplified one a
//! `<details>` that opens without scripts. The rest – one column, large targets, one language – is in `style.css`.

use super::Frame;
use super::frame::{Place, escaped};

/// A place of a part of the service: its path, and its name in both languages.
pub(super) type Entry = (&'static str, &'static str, &'static str);

/// What nobody comes for first: folded in the simplified menu, unless we are there.
const LATER: &[&str] = &["/clients", "/watches", "/webhooks", "/account"];

impl Frame {
    /// Begins what is folded in the simplified version.
    pub(in crate::http) fn fold(&self, zh: &str, en: &str) -> String {
        self.fold_unless(false, zh, en)
    }

    /// The same, but open where somebody must look into it.
    pub(in crate::http) fn fold_unless(&self, open: bool, zh: &str, en: &str) -> String {
        if !self.look.simple {
            return String::new();
        }
        let open = if open { " open" } else { "" };
        format!("<details class=\"fold\"{open}><summary>{}</summary>", escaped(self.say(zh, en)))
    }

    /// Begins it within a list of terms, which goes on there: [`Frame::unfold`] stands after the list's end.
    pub(in crate::http) fn fold_terms(&self, zh: &str, en: &str) -> String {
        let folded = self.fold(zh, en);
        if folded.is_empty() { folded } else { format!("</dl>{folded}<dl>") }
    }

    /// Ends what was folded.
    pub(in crate::http) fn unfold(&self) -> &'static str {
        if self.look.simple { "</details>" } else { "" }
    }

    /// Where this visitor may go: what they need most, and what is folded.
    pub(in crate::http) fn menus(&self) -> (Vec<&'static Place>, Vec<&'static Place>) {
        let first = |place: &&Place| !self.look.simple || !LATER.contains(&place.path) || self.is_at(place);
        self.menu().into_iter().partition(first)
    }

    /// The same within the console, where the simplified version shows where we are.
    pub(in crate::http) fn console_menus(&self) -> (Vec<&'static Place>, Vec<&'static Place>) {
        self.console().into_iter().partition(|place| !self.look.simple || self.is_at(place))
    }

    /// The places of a part of the service: those of `first` and where we are, and what is folded in the simplified version.
    pub(super) fn parted(
        &self,
        places: Vec<Entry>,
        first: &[&str],
        is_at: impl Fn(&str) -> bool,
    ) -> (Vec<Entry>, Vec<Entry>) {
        places.into_iter().partition(|(path, ..)| !self.look.simple || first.contains(path) || is_at(path))
    }
}
