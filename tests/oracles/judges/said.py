"""What a report must say: its facts and the words of its template, without looking at the program that prints them.

A document is a list of passages in reading order. Each begins with words that stand there only once, and holds texts
that a reader must find before the next passage begins.
"""

import datetime
from dataclasses import dataclass

from .voices import Voices, ends, moment


@dataclass
class Passage:
    """Where it begins, and what it says."""

    name: str
    opening: str
    texts: list


def report(facts, edition, code, digest):
    """The passages of a document."""
    voices = Voices(edition)
    if edition == "extract":
        return [extract(facts, voices, code, digest)]
    records = facts["records"]
    sections = {
        "scope": scope(facts, voices),
        "subject": subject(facts, voices),
        "request": request(facts, voices),
        "summary": [str(facts["summary"][key]) for key in facts["summary"]],
        "domains": [voices.say("domains.legend")],
        "records": [voices.say("records.intro", count=len(records)) if records else voices.say("records.none")],
        "changed": changed(facts, voices),
        "disputes": disputes(facts, voices),
        "notes": notes(voices),
        "seal": seal(facts, voices),
    }
    passages = [Passage("front", voices.each(title), front(facts, voices, code, digest))]
    for section in voices.lead.all["sections"]:
        passages.append(Passage(section, voices.say(f"heading.{section}"), sections[section]))
        if section == "domains":
            passages += [domain(one, facts, voices) for one in facts["domains"]]
        if section == "records":
            passages += [record(at, facts, voices) for at in range(len(records))]
    return passages


def title(voice):
    return voice.say("front.title") + voice.say("front.subtitle")


def front(facts, voices, code, digest):
    return [
        voices.say("front.about") + short(facts["subject"]["name"]),
        voices.say("front.period") + voices.say("front.days", **ends(facts["request"]["period"])),
        voices.say("front.number") + facts["number"],
        voices.say("front.as-of") + voices.each(lambda voice: voice.time(facts["as_of"])),
        voices.say("front.issued") + voices.each(lambda voice: voice.time(facts["issued_at"])),
        voices.say("front.issuer") + voices.each(lambda voice: voice.name(facts["issuer"]["name"])),
        *verification(facts, voices, code, digest),
    ]


def verification(facts, voices, code, digest):
    return [
        voices.say("front.code") + code,
        voices.say("front.address") + facts["issuer"]["origin"],
        voices.say("front.fingerprint") + digest,
    ]


def short(name):
    """A name where there is no room for the longest."""
    return name if len(name) <= 60 else name[:60] + "…"


def scope(facts, voices):
    basis = facts["basis"]

    def named(name, about):
        places = {"id": about["id"], "version": about["version"]}
        return voices.each(lambda voice: voice.say(name, **places, text=voice.name(about["text"])))

    return [
        voices.each(lambda voice: voice.say("scope.territory", territory=voice.name(facts["issuer"]["territory"]))),
        named("scope.profile", basis["profile"]),
        named("scope.catalogue", basis["catalogue"]),
        named("scope.policy", basis["policy"]),
        voices.say("scope.period", **ends(facts["request"]["period"])),
        voices.each(lambda voice: voice.say("scope.cut-off", time=voice.time(facts["as_of"]))),
        voices.say("scope.none"),
    ]


def subject(facts, voices):
    about = facts["subject"]
    person = about["kind"] == "natural-person"
    lead, missing = voices.lead, voices.say("subject.missing")
    listed = lambda names: lead.list(names) or voices.say("subject.none")  # noqa: E731
    texts = [
        voices.say("subject.person" if person else "subject.name") + about["name"],
        voices.each(lambda voice: voice.word("scheme", about["scheme"])) + about["code"],
        voices.say("subject.kind") + voices.each(lambda voice: voice.word("subject-kind", about["kind"])),
        voices.say("subject.other-codes") + listed(about["other_codes"]),
    ]
    for label, key in [
        ("representative", "representative"),
        ("address", "address"),
        ("registration-authority", "registration_authority"),
        ("established-on", "established_on"),
        ("state", "state"),
    ]:
        if about[key] is not None or not person:
            texts.append(voices.say(f"subject.{label}") + (about[key] or missing))
    if about["former_names"] or not person:
        texts.append(voices.say("subject.former-names") + listed(about["former_names"]))
    texts += [about[key] for key in ("source", "source_on") if about[key]]
    branches = about["branches_left_out"]
    if not person:
        texts.append(voices.say("subject.branches", count=branches) if branches else voices.say("subject.no-branches"))
    return texts


def request(facts, voices):
    asked = facts["request"]
    purpose = asked["purpose"]
    return [
        voices.say("request.applicant") + asked["applicant"],
        voices.say("request.capacity") + voices.each(lambda voice: voice.word("capacity", asked["capacity"])),
        voices.say("request.channel") + voices.each(lambda voice: voice.word("channel", asked["channel"])),
        voices.say("request.purpose")
        + (voices.each(lambda voice: voice.name(purpose)) if purpose else voices.say("request.no-purpose")),
        voices.say("request.period") + voices.say("request.days", **ends(asked["period"])),
        voices.say("request.domains") + voices.say("request.count", count=len(facts["domains"])),
        voices.say("request.repaired-yes" if asked["include_repaired"] else "request.repaired-no"),
    ]


def domain(line, facts, voices):
    texts = []
    for authority in line["authorities"]:
        texts.append(voices.each(lambda voice: voice.name(authority["name"])) + authority["code"])
        if authority["data_from"] or authority["complete_through"]:
            texts.append(voices.each(lambda voice: window(voice, authority)))
        if authority["last_success_at"] or authority["declared_lag_days"] is not None:
            texts.append(voices.each(lambda voice: upload(voice, authority)))
    if not line["authorities"]:
        texts.append(voices.say("domains.nobody"))
    texts.append(voices.each(lambda voice: f"{voice.word('sign', line['conclusion'])} {conclusion(voice, line, facts)}"))
    for gap in line["gaps"]:
        texts.append(
            voices.each(
                lambda voice: voice.say("domains.gap", days=voice.days(gap), reason=voice.word("gap-reason", gap["reason"]))
            )
        )
    texts.append(str(line["records"]))
    return Passage(f"domain {line['id']}", voices.each(lambda voice: voice.name(line["name"])) + line["code"], texts)


def window(voice, authority):
    unknown = voice.say("domains.unknown")
    through = authority["complete_through"] or unknown
    return voice.say("domains.window", **{"from": authority["data_from"] or unknown, "through": through})


def upload(voice, authority):
    at, lag = authority["last_success_at"], authority["declared_lag_days"]
    at = f"{moment(at):%Y-%m-%d %H:%M}" if at else voice.say("domains.unknown")
    return voice.say("domains.upload", at=at) if lag is None else voice.say("domains.upload-lag", at=at, days=lag)


def conclusion(voice, line, facts):
    if line["conclusion"] == "found":
        return voice.say("domains.found", count=line["records"])
    if line["conclusion"] == "none":
        return voice.say("domains.none")
    open_days = stretches(line["gaps"])
    asked = facts["request"]["period"]
    if not open_days or any(one["from"] <= asked["from"] and asked["to"] <= one["to"] for one in open_days):
        return voice.say("domains.not-covered")
    return voice.say("domains.not-covered-part", days=voice.list([voice.days(one).strip() for one in open_days]))


def stretches(gaps):
    """The days of all gaps, as few stretches as there can be."""
    day = datetime.date.fromisoformat
    open_days = {at for gap in gaps for at in range(day(gap["from"]).toordinal(), day(gap["to"]).toordinal() + 1)}
    iso = lambda at: datetime.date.fromordinal(at).isoformat()  # noqa: E731
    first = [iso(at) for at in sorted(open_days) if at - 1 not in open_days]
    last = [iso(at) for at in sorted(open_days) if at + 1 not in open_days]
    return [{"from": begin, "to": end} for begin, end in zip(first, last)]


def head(at, facts, voice):
    """The head of a record's block."""
    one = facts["records"][at]
    names = {line["id"]: voice.name(line["name"]) for line in facts["domains"]}
    places = {"at": at + 1, "count": len(facts["records"]), "document": one["document_number"]}
    return voice.say("records.head", domain=names.get(one["domain"], one["domain"]), **places)


def record(at, facts, voices):
    one = facts["records"][at]
    absent = voices.say("records.absent")
    money = lambda fen: fen is not None and voices.each(lambda voice: voice.money(fen))  # noqa: E731
    labelled = {
        "document-number": one["document_number"],
        "violation": one["violation"],
        "facts": one["facts"],
        "basis": one["basis"],
        "content": one["content"],
        "fine": money(one["fine"]),
        "confiscated": money(one["confiscated"]),
        "permit": one["permit"],
        "decided-on": one["decided_on"],
        "effective-until": one["effective_until"] or voices.say("records.open-ended"),
        "publicity-until": one["publicity_until"],
        "organ": voices.say("records.organ-code", name=one["organ_name"], code=one["organ"]),
        "source": one["source_name"],
        "remark": one["remark"],
        "kind": voices.each(lambda voice: kind(voice, one)),
        "id": voices.say("records.id-version", id=one["id"], version=one["version"]),
        "received": voices.each(lambda voice: voice.time(one["received_at"])),
    }
    texts = [voices.say(f"records.{label}") + (value or absent) for label, value in labelled.items()]
    for voice in voices.voices:
        texts += [voice.word("sanction", sanction) for sanction in one["sanctions"]]
        texts += [voice.word("mark", mark) for mark in one["marks"]] or [voice.say("records.in-force")]
    texts += [one["sanction_other"]] if one["sanction_other"] else []
    texts += [one["repaired_on"]] if one["repaired_on"] else []
    return Passage(f"record {at + 1}", voices.each(lambda voice: head(at, facts, voice)), texts)


def kind(voice, one):
    words = {"kind": voice.word("record-kind", one["kind"]), "procedure": voice.word("procedure", one["procedure"])}
    return voice.say("records.kind-procedure", **words)


def again(facts, edition):
    """Heads that are repeated where a record goes on overleaf; they say nothing new."""
    voices = Voices(edition)
    speak = lambda at: lambda voice: voice.say("records.again", head=head(at, facts, voice))  # noqa: E731
    return [voices.each(speak(at)) for at in range(len(facts["records"]))]


def changed(facts, voices):
    rows = [one for one in facts["records"] if set(one["marks"]) - {"disputed"}]
    if not rows:
        return [voices.say("changed.none")]
    return [one["document_number"] for one in rows] + [one["organ_name"] for one in rows]


def disputes(facts, voices):
    rows = [one for one in facts["records"] if "disputed" in one["marks"]]
    if not rows:
        return [voices.say("disputes.none")]
    return [voices.say("disputes.intro", count=len(rows))] + [one["document_number"] for one in rows]


def notes(voices):
    return [voices.each(lambda voice: voice.all["notes"][at]) for at in range(len(voices.lead.all["notes"]))]


def seal(facts, voices):
    return [
        voices.say("seal.number", number=facts["number"]),
        voices.each(lambda voice: voice.say("seal.time", time=voice.time(facts["issued_at"]))),
        voices.say("seal.statement"),
        *signed(facts, voices),
    ]


def signed(facts, voices):
    """The issuer and the day, as they stand in the seal."""
    lead, on = voices.lead, moment(facts["issued_at"])
    return [
        lead.say("seal.signed", issuer=lead.name(facts["issuer"]["name"])),
        lead.say("seal.day", year=on.year, month=on.month, day=on.day),
    ]


def extract(facts, voices, code, digest):
    """The one page of an extract: every conclusion, and the records counted."""
    lead, about, asked, counts = voices.lead, facts["subject"], facts["request"], facts["summary"]
    purpose = lead.name(asked["purpose"]) if asked["purpose"] else lead.say("request.no-purpose")
    places = {**ends(asked["period"]), **{key: counts[key] for key in counts}, "open": counts["not_covered"]}
    territory = facts["issuer"]["territory"]
    texts = [
        lead.say("extract.name") + about["name"],
        lead.word("scheme", about["scheme"]) + about["code"],
        lead.say("front.number") + facts["number"],
        lead.say("front.period") + lead.say("front.days", **ends(asked["period"])),
        lead.say("front.as-of") + lead.time(facts["as_of"]),
        lead.say("request.applicant") + asked["applicant"],
        lead.say("request.purpose") + purpose,
        voices.each(
            lambda voice: voice.say(
                "extract.says", time=voice.time(facts["as_of"]), territory=voice.name(territory), **places
            )
        ),
        voices.say("extract.legend"),
        voices.say("extract.full"),
        lead.say("extract.verify"),
        lead.say("front.code") + code,
        facts["issuer"]["origin"],
        lead.say("front.fingerprint") + digest,
        *signed(facts, voices),
    ]
    for line in facts["domains"]:
        said = {"none": "none", "not-covered": "open", "found": "found-part" if line["gaps"] else "found"}
        text = lead.say(f"extract.{said[line['conclusion']]}", count=line["records"])
        texts.append(f"{lead.name(line['name'])}{lead.word('sign', line['conclusion'])} {text}")
    return Passage("extract", voices.each(lambda voice: voice.say("extract.title") + voice.say("extract.subtitle")), texts)
