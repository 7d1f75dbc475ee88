"""ISO 19005-3, 6.2.11, and ISO 14289-1, 7.21: fonts."""

import re
from io import BytesIO

import pikepdf
from fontTools.ttLib import TTFont

from .table import NotThere, pdfa, pdfua

WIDE = 1.0  # thousandths of an em by which a width may differ from the font's: both are rounded
PRIVATE = [(0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD)]
NO_CHARACTER = {"\0", "\ufeff", "\ufffe"}


class Lettering:
    """A composite font, read through."""

    def __init__(self, font, codes):
        self.font, self.codes = font, codes
        self.name = str(font.get("/BaseFont", "?"))
        self.composite = font.get("/Subtype") == "/Type0"
        self.kid = font["/DescendantFonts"][0] if self.composite else font
        self.descriptor = self.kid.get("/FontDescriptor", pikepdf.Dictionary())
        self.identity = font.get("/Encoding") in ("/Identity-H", "/Identity-V")

    def program(self):
        """The embedded program, or None."""
        for key in ("/FontFile2", "/FontFile3", "/FontFile"):
            if key in self.descriptor:
                return self.descriptor[key]
        return None

    def opened(self):
        """The program as fontTools reads it."""
        return TTFont(BytesIO(self.program().read_bytes()), lazy=True)

    def glyph(self, cid):
        """The glyph of a character identifier."""
        mapped = self.kid.get("/CIDToGIDMap", "/Identity")
        if isinstance(mapped, pikepdf.Stream):
            data = mapped.read_bytes()
            return int.from_bytes(data[2 * cid : 2 * cid + 2], "big")
        return cid

    def widths(self):
        """Widths by character identifier, and the default."""
        listed, entries = {}, list(self.kid.get("/W", []))
        while entries:
            first, second = int(entries.pop(0)), entries.pop(0)
            if isinstance(second, pikepdf.Array):
                listed.update({first + at: float(width) for at, width in enumerate(second)})
            else:
                width = float(entries.pop(0))
                listed.update({cid: width for cid in range(first, int(second) + 1)})
        return listed, float(self.kid.get("/DW", 1000))

    def unicode(self):
        """Code to text, as ToUnicode says."""
        if "/ToUnicode" not in self.font:
            return {}
        return to_unicode(self.font["/ToUnicode"].read_bytes().decode("latin-1"))


def to_unicode(cmap):
    """The mappings of a ToUnicode CMap."""
    found = {}
    text = lambda digits: bytes.fromhex(digits).decode("utf-16-be", "surrogatepass")  # noqa: E731
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, value in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(code, 16)] = text(value)
    for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, one, many in re.findall(
            r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[(.*?)\])", block, re.DOTALL
        ):
            codes = range(int(low, 16), int(high, 16) + 1)
            if many:
                values = [text(value) for value in re.findall(r"<([0-9A-Fa-f]*)>", many)]
            else:
                base = text(one)
                values = [base[:-1] + chr(ord(base[-1]) + at) for at in range(len(codes))]
            found.update(zip(codes, values))
    return found


def letterings(doc):
    """The fonts that show text."""
    if not doc.fonts:
        raise NotThere("no text")
    return [Lettering(font, codes) for font, codes in doc.fonts if font is not None]


def either(number_a, checked, number_ua, matterhorn):
    """A check that both standards ask for."""

    def enter(check):
        pdfa(number_a, checked)(check)
        pdfua(number_ua, checked, matterhorn)(check)
        return check

    return enter


@either("6.2.11.3", "composite fonts: CIDSystemInfo fits the encoding; Type 2 CIDFonts have a CIDToGIDMap; CMaps embedded or predefined", "7.21.3", "31-001…31-008")
def composite_fonts(doc):
    for one in letterings(doc):
        if not one.composite:
            yield f"{one.name}: a simple font, which this check does not know"
            continue
        if one.kid.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in one.kid:
            yield f"{one.name}: no CIDToGIDMap"
        if not one.identity and not isinstance(one.font.get("/Encoding"), pikepdf.Stream):
            yield f"{one.name}: encoding {one.font.get('/Encoding')}"
        about = one.kid.get("/CIDSystemInfo", {})
        if not (about.get("/Registry") and about.get("/Ordering")):
            yield f"{one.name}: no CIDSystemInfo"


@either("6.2.11.4.1", "every font that shows text embedded, with every glyph shown", "7.21.4.1", "31-009, 31-011")
def embedding(doc):
    for one in letterings(doc):
        if one.program() is None:
            yield f"{one.name}: not embedded"
            continue
        try:
            program = one.opened()
            count = program["maxp"].numGlyphs
        except Exception as fault:  # fontTools has many ways to refuse a font
            yield f"{one.name}: {type(fault).__name__}: {fault}"
            continue
        beyond = [code for code in one.codes if one.glyph(code) >= count]
        if beyond:
            yield f"{one.name}: {len(beyond)} glyphs are not in the font"


@either("6.2.11.4.2", "subsets: named with a tag of six letters; a CIDSet, if there is one, lists every glyph", "7.21.4.2", "31-013, 31-014")
def subsets(doc):
    for one in letterings(doc):
        if not re.match(r"/[A-Z]{6}\+.", one.name):
            yield f"{one.name}: no tag"
        if one.name != str(one.descriptor.get("/FontName")) or one.name != str(one.kid.get("/BaseFont")):
            yield f"{one.name}: other names in descriptor or descendant"
        if "/CIDSet" in one.descriptor:
            bits = one.descriptor["/CIDSet"].read_bytes()
            lacking = [code for code in one.codes if not (code // 8 < len(bits) and bits[code // 8] >> (7 - code % 8) & 1)]
            if lacking:
                yield f"{one.name}: {len(lacking)} characters are not in the CIDSet"


@either("6.2.11.5", "widths in the PDF are those of the font program", "7.21.5", "31-016")
def metrics(doc):
    for one in letterings(doc):
        if one.program() is None:
            continue
        program = one.opened()
        advances, unit, order = program["hmtx"].metrics, program["head"].unitsPerEm, program.getGlyphOrder()
        listed, default = one.widths()
        wrong = []
        for code in one.codes:
            glyph = one.glyph(code)
            if glyph < len(order):
                real = advances[order[glyph]][0] * 1000 / unit
                if abs(listed.get(code, default) - real) > WIDE:
                    wrong.append(f"code {code} is {listed.get(code, default):g}, not {real:g}")
        if wrong:
            yield f"{one.name}: {len(wrong)} widths differ: {wrong[0]}"


@either("6.2.11.6", "character encodings of TrueType fonts: none but by CID", "7.21.6", "31-017…31-026")
def encodings(doc):
    simple = [one for one in letterings(doc) if one.font.get("/Subtype") == "/TrueType"]
    if not simple:
        raise NotThere("no simple TrueType fonts")
    for one in simple:
        symbolic = bool(int(one.descriptor.get("/Flags", 0)) & 4)
        if symbolic == ("/Encoding" in one.font):
            yield f"{one.name}: encoding and Symbolic flag do not fit"


@either("6.2.11.7.2", "ToUnicode for every code shown; never U+0000, U+FEFF or U+FFFE", "7.21.7", "10-001, 31-027…31-029")
def to_characters(doc):
    for one in letterings(doc):
        mapped = one.unicode()
        lacking = [code for code in one.codes if not mapped.get(code)]
        if lacking:
            yield f"{one.name}: {len(lacking)} of {len(one.codes)} codes have no character"
        wrong = [code for code in one.codes if set(mapped.get(code, "")) & NO_CHARACTER]
        if wrong:
            yield f"{one.name}: {len(wrong)} codes mean no character"


@pdfa("6.2.11.7.3", "characters of private use only with ActualText")
def private_use(doc):
    for one in letterings(doc):
        mapped = one.unicode()
        private = [c for code in one.codes for c in mapped.get(code, "") if any(low <= ord(c) <= high for low, high in PRIVATE)]
        if private:
            yield f"{one.name}: U+{ord(private[0]):04X}"


@either("6.2.11.8", ".notdef is never shown", "7.21.8", "31-030")
def notdef(doc):
    for one in letterings(doc):
        if any(one.glyph(code) == 0 for code in one.codes):
            yield f"{one.name}: glyph 0 is shown"
