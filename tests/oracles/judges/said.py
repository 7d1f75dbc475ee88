"""What a report must say: its facts and the words of its template, without looking at the program that prints them.

A document is a list of passages in reading order. Each begins with words that stand there only once, and holds texts
that a reader must find before the next passage begins.
"""

import datetime
import tomllib
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[3] / "report-templates"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


@dataclass
class Passage:
    """Where it begins, and what it says."""

    name: str
    opening: str
    texts: list


class Words:
    """The template of one edition."""

    def __init__(self, edition):
        with (TEMPLATES / f"report.{edition}.toml").open("rb") as file:
            self.all = tomllib.load(file)
        self.language = "en" if self.all["lang"].startswith("en") else "zh"

    def say(self, name, /, **places):
        """A text of the template, such as `front.title`, with its places filled in."""
        group, text = name.split(".")
        return self.all["text"][group][text].format(**places)

    def word(self, group, value):
        """The word for a value of a closed list."""
        return self.all["words"][group][value]

    def name(self, both):
        """A name in the language of the edition, or in Chinese where it has no other."""
        return both["zh"] if self.language == "zh" else both["en"].strip() and both["en"] or both["zh"]

    def time(self, instant):
        """A moment on the clocks of China."""
        local = moment(instant)
        return self.say("form.time", day=f"{local:%Y-%m-%d}", clock=f"{local:%H:%M:%S}")

    def money(self, fen):
        """An amount of fen in 万元 and in yuan."""
        wan = f"{fen // 1_000_000}.{fen % 1_000_000:06}".rstrip("0").rstrip(".")
        yuan = f"{fen // 100:,}" + (f".{fen % 100:02}" if fen % 100 else "")
        return self.say("form.money", wan=wan, yuan=yuan)

    def days(self, gap):
        """The days of a gap."""
        if gap["from"] == gap["to"]:
            return self.say("domains.one-day", day=gap["from"])
        return self.say("domains.days", **gap_days(gap))


def moment(instant):
    """An instant of the facts on the clocks of Shanghai."""
    return datetime.datetime.fromisoformat(instant).astimezone(SHANGHAI)


def gap_days(gap):
    """The first and last day of a gap."""
    return {"from": gap["from"], "to": gap["to"]}


def report(facts, edition, code, digest):
    """The passages of a full report."""
    words = Words(edition)
    sections = {
        "scope": scope(facts, words),
        "subject": subject(facts, words),
        "request": request(facts, words),
        "summary": [str(facts["summary"][key]) for key in facts["summary"]],
        "domains": [words.say("domains.legend")],
        "records": [words.say("records.intro", count=len(facts["records"]))] if facts["records"] else [words.say("records.none")],
        "changed": changed(facts, words),
        "disputes": disputes(facts, words),
        "notes": words.all["notes"],
        "seal": seal(facts, words),
    }
    passages = [Passage("front", words.say("front.title"), front(facts, words, code, digest))]
    for section in words.all["sections"]:
        passages.append(Passage(section, words.say(f"heading.{section}"), sections[section]))
        if section == "domains":
            passages += [domain(one, facts, words) for one in facts["domains"]]
        if section == "records":
            passages += [record(at, facts, words) for at in range(len(facts["records"]))]
    return passages


def front(facts, words, code, digest):
    name = facts["subject"]["name"]
    return [
        words.say("front.about", subject=name if len(name) <= 60 else name[:60] + "…"),
        words.say("front.number", number=facts["number"]),
        words.say("front.issued", time=words.time(facts["issued_at"])),
        words.say("front.as-of", time=words.time(facts["as_of"])),
        words.say("front.period", **gap_days(facts["request"]["period"])),
        words.say("front.code") + code,
        facts["issuer"]["origin"],
        words.say("front.fingerprint") + digest,
    ]


def scope(facts, words):
    basis = facts["basis"]

    def named(name, about):
        return words.say(name, id=about["id"], version=about["version"], text=words.name(about["text"]))

    return [
        words.say("scope.territory", territory=words.name(facts["issuer"]["territory"])),
        named("scope.profile", basis["profile"]),
        named("scope.catalogue", basis["catalogue"]),
        named("scope.policy", basis["policy"]),
        words.say("scope.period", **gap_days(facts["request"]["period"])),
        words.say("scope.cut-off", time=words.time(facts["as_of"])),
        words.say("scope.none"),
    ]


def subject(facts, words):
    about = facts["subject"]
    person = about["kind"] == "natural-person"
    joint = words.say("form.list")
    texts = [
        words.say("subject.person" if person else "subject.name") + about["name"],
        words.word("scheme", about["scheme"]) + about["code"],
        words.say("subject.kind") + words.word("subject-kind", about["kind"]),
        words.say("subject.other-codes") + (joint.join(about["other_codes"]) or words.say("subject.none")),
    ]
    for label, key in [
        ("representative", "representative"),
        ("address", "address"),
        ("registration-authority", "registration_authority"),
        ("established-on", "established_on"),
        ("state", "state"),
    ]:
        if about[key] is not None or not person:
            texts.append(words.say(f"subject.{label}") + (about[key] or words.say("subject.missing")))
    if about["former_names"] or not person:
        texts.append(words.say("subject.former-names") + (joint.join(about["former_names"]) or words.say("subject.none")))
    texts += [about[key] for key in ("source", "source_on") if about[key]]
    branches = about["branches_left_out"]
    if not person:
        texts.append(words.say("subject.branches", count=branches) if branches else words.say("subject.no-branches"))
    return texts


def request(facts, words):
    asked = facts["request"]
    purpose = words.name(asked["purpose"]) if asked["purpose"] else words.say("request.no-purpose")
    return [
        words.say("request.applicant") + asked["applicant"],
        words.say("request.capacity") + words.word("capacity", asked["capacity"]),
        words.say("request.channel") + words.word("channel", asked["channel"]),
        words.say("request.purpose") + purpose,
        words.say("request.period") + words.say("request.days", **gap_days(asked["period"])),
        words.say("request.count", count=len(facts["domains"])),
        words.say("request.repaired-yes" if asked["include_repaired"] else "request.repaired-no"),
    ]


def domain(line, facts, words):
    texts = []
    for authority in line["authorities"]:
        texts += [words.name(authority["name"]) + authority["code"]]
        if authority["data_from"]:
            texts.append(words.say("domains.from", day=authority["data_from"]))
        if authority["complete_through"]:
            texts.append(words.say("domains.through", day=authority["complete_through"]))
        if authority["declared_lag_days"] is not None:
            texts.append(words.say("domains.lag", days=authority["declared_lag_days"]))
        if authority["last_success_at"]:
            texts.append(f"{moment(authority['last_success_at']):%Y-%m-%d %H:%M}")
    if not line["authorities"]:
        texts.append(words.say("domains.nobody"))
    said = f"{words.word('sign', line['conclusion'])} "
    if line["conclusion"] == "found":
        texts.append(said + words.say("domains.found", count=line["records"]))
    elif line["conclusion"] == "none":
        texts.append(said + words.say("domains.none"))
    else:
        whole, part = words.say("domains.not-covered"), words.say("domains.not-covered-part", days="\0").split("\0")
        texts += [said] + (part if is_partly_open(line["gaps"], facts["request"]["period"]) else [whole])
    for gap in line["gaps"]:
        reason = words.word("gap-reason", gap["reason"])
        texts.append(words.say("domains.gap", days=words.days(gap), reason=reason))
    texts.append(str(line["records"]))
    return Passage(f"domain {line['id']}", words.name(line["name"]) + line["code"], texts)


def is_partly_open(gaps, period):
    """Whether some day that was asked about is outside all gaps, of which there is one at least."""
    first, last = (datetime.date.fromisoformat(period[end]) for end in ("from", "to"))
    open_days = {
        day
        for gap in gaps
        for day in range(*(datetime.date.fromisoformat(gap[end]).toordinal() + more for end, more in (("from", 0), ("to", 1))))
    }
    return bool(gaps) and any(day not in open_days for day in range(first.toordinal(), last.toordinal() + 1))


def head(at, facts, words):
    """The head of a record's block."""
    one = facts["records"][at]
    names = {line["id"]: words.name(line["name"]) for line in facts["domains"]}
    count = len(facts["records"])
    place = names.get(one["domain"], one["domain"])
    return words.say("records.head", at=at + 1, count=count, domain=place, document=one["document_number"])


def record(at, facts, words):
    one = facts["records"][at]
    absent = words.say("records.absent")
    labelled = {
        "document-number": one["document_number"],
        "violation": one["violation"],
        "facts": one["facts"],
        "basis": one["basis"],
        "content": one["content"],
        "fine": one["fine"] is not None and words.money(one["fine"]),
        "confiscated": one["confiscated"] is not None and words.money(one["confiscated"]),
        "permit": one["permit"],
        "decided-on": one["decided_on"],
        "effective-until": one["effective_until"] or words.say("records.open-ended"),
        "publicity-until": one["publicity_until"],
        "organ": words.say("records.organ-code", name=one["organ_name"], code=one["organ"]),
        "source": one["source_name"],
        "remark": one["remark"],
        "id": words.say("records.id-version", id=one["id"], version=one["version"]),
        "received": words.time(one["received_at"]),
    }
    texts = [words.say(f"records.{label}") + (value or absent) for label, value in labelled.items()]
    texts += [words.word("sanction", sanction) for sanction in one["sanctions"]]
    texts += [one["sanction_other"]] if one["sanction_other"] else []
    kinds = {"kind": words.word("record-kind", one["kind"]), "procedure": words.word("procedure", one["procedure"])}
    texts.append(words.say("records.kind-procedure", **kinds))
    texts += [words.word("mark", mark) for mark in one["marks"]] or [words.say("records.in-force")]
    texts += [one["repaired_on"]] if one["repaired_on"] else []
    return Passage(f"record {at + 1}", head(at, facts, words), texts)


def again(facts, edition):
    """Heads that are repeated where a record goes on overleaf; they say nothing new."""
    words = Words(edition)
    return [words.say("records.again", head=head(at, facts, words)) for at in range(len(facts["records"]))]


def changed(facts, words):
    rows = [one for one in facts["records"] if set(one["marks"]) - {"disputed"}]
    if not rows:
        return [words.say("changed.none")]
    return [one["document_number"] for one in rows] + [one["organ_name"] for one in rows]


def disputes(facts, words):
    rows = [one for one in facts["records"] if "disputed" in one["marks"]]
    if not rows:
        return [words.say("disputes.none")]
    return [words.say("disputes.intro", count=len(rows))] + [one["document_number"] for one in rows]


def seal(facts, words):
    issuer = facts["issuer"]
    return [
        words.say("seal.issuer", issuer=words.name(issuer["name"])),
        words.say("seal.territory", territory=words.name(issuer["territory"])),
        words.say("seal.number", number=facts["number"]),
        words.say("seal.time", time=words.time(facts["issued_at"])),
        words.say("seal.statement"),
    ]
