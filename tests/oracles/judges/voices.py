"""The words of a report's templates, one voice a language, and the forms in which they say days, times and amounts."""

import datetime
import tomllib
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[3] / "report-templates"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
LANGUAGES = {"zh": ["zh"], "en": ["en"], "zh-en": ["zh", "en"], "extract": ["zh", "en"]}  # of an edition, the leading one first


class Voice:
    """The template of one language."""

    def __init__(self, language):
        with (TEMPLATES / f"report.{language}.toml").open("rb") as file:
            self.all = tomllib.load(file)
        self.language = language

    def say(self, name, /, **places):
        """A text of the template, such as `front.title`, with its places filled in."""
        group, text = name.split(".")
        return self.all["text"][group][text].format(**places)

    def word(self, group, value):
        """The word for a value of a closed list."""
        return self.all["words"][group][value]

    def name(self, both):
        """A name in this language, or in Chinese where it has no other."""
        return (self.language == "en" and both["en"].strip()) or both["zh"]

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
        return self.say("domains.days", **ends(gap))

    def list(self, things):
        """Several things one after the other."""
        return self.say("form.list").join(things)


class Voices:
    """All that speak in an edition."""

    def __init__(self, edition):
        self.voices = [Voice(language) for language in LANGUAGES[edition]]
        self.lead = self.voices[0]

    def each(self, speak):
        """What each voice says, one after the other; once, where they say the same. A text, or a voice's way to say one."""
        texts = [speak(voice) for voice in self.voices]
        return "".join(dict.fromkeys(texts))

    def say(self, name, /, **places):
        """A text of the template as each voice says it."""
        return self.each(lambda voice: voice.say(name, **places))


def moment(instant):
    """An instant of the facts on the clocks of Shanghai."""
    return datetime.datetime.fromisoformat(instant).astimezone(SHANGHAI)


def ends(gap):
    """The first and last day of a gap or a period, as places of a text."""
    return {"from": gap["from"], "to": gap["to"]}
