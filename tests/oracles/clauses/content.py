"""Content streams, interpreted as far as the clauses ask: marks, colours, fonts, operators."""

from dataclasses import dataclass, field
from decimal import Decimal

import pikepdf

PAINTS = {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"}
SHOWS = {"Tj", "TJ", "'", '"'}
KNOWN = PAINTS | SHOWS | set(
    "b w J j M d ri i gs q Q cm m l c v y h re n W W* BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* d0 d1 CS cs SC SCN sc scn"
    " G g RG rg K k BI ID EI MP DP BMC BDC EMC BX EX".split()
)  # fmt: skip
SPACES = {"g": "Gray", "G": "Gray", "rg": "RGB", "RG": "RGB", "k": "CMYK", "K": "CMYK"}
FORMS_DEEP = 12  # forms within forms


@dataclass
class Mark:
    """A marked-content sequence with a number."""

    tag: str
    text: list = field(default_factory=list)  # (font key, code, language or None)
    paints: int = 0


@dataclass
class Painted:
    """What a page or a form paints."""

    page: tuple = None
    numbered: dict = field(default_factory=dict)  # MCID to mark
    repeated: list = field(default_factory=list)  # MCIDs used twice
    unmarked: list = field(default_factory=list)  # operators that paint outside every mark
    artifacts: list = field(default_factory=list)  # (properties, fonts and codes shown)
    nested: list = field(default_factory=list)  # marks inside marks where they must not be
    unbalanced: bool = False
    operators: set = field(default_factory=set)
    unknown: set = field(default_factory=set)
    spaces: set = field(default_factory=set)  # Gray, RGB, CMYK and names of colour spaces
    intents: set = field(default_factory=set)
    states: list = field(default_factory=list)  # graphics state dictionaries
    images: list = field(default_factory=list)
    forms: list = field(default_factory=list)
    fonts: dict = field(default_factory=dict)  # key to (font, codes)
    nameless: set = field(default_factory=set)  # resources that are used and not there
    deepest: int = 0  # of q and Q
    longest: int = 0  # string
    numbers: float = 0.0  # the largest


def read(page):
    """What a page paints."""
    painted = Painted(page=page.objgen)
    run(page, page.get("/Resources"), painted, [], 0)
    return painted


def read_form(form):
    """What a form paints."""
    painted = Painted()
    run(form, form.get("/Resources"), painted, [("Annotation", None, None)], 0)
    return painted


def run(stream, resources, out, marks, depth):
    """Follows one content stream."""
    resources = resources if resources is not None else pikepdf.Dictionary()
    font, saved, opened = None, [], len(marks)
    for operands, operator in pikepdf.parse_content_stream(stream):
        name = str(operator)
        out.operators.add(name)
        if name not in KNOWN:
            out.unknown.add(name)
        measure(operands, out)
        if name in ("BMC", "BDC"):
            begin(name, operands, resources, out, marks)
        elif name == "EMC":
            if len(marks) == opened:
                out.unbalanced = True
            else:
                marks.pop()
        elif name == "q":
            saved.append(font)
            out.deepest = max(out.deepest, len(saved))
        elif name == "Q":
            font = saved.pop() if saved else font
        elif name == "Tf":
            font = resource(resources, "/Font", operands[0], out)
        elif name in SHOWS:
            show(font, operands, out, marks)
        elif name in SPACES:
            out.spaces.add(SPACES[name])
        elif name in ("cs", "CS"):
            out.spaces.add(str(operands[0]))
        elif name == "ri":
            out.intents.add(str(operands[0]))
        elif name == "gs":
            out.states.append(resource(resources, "/ExtGState", operands[0], out))
        if name in PAINTS:
            paint(name, out, marks)
        if name == "INLINE IMAGE":
            out.images.append(operands[0])
        if name == "Do":
            do(resource(resources, "/XObject", operands[0], out), out, marks, depth)
    if len(marks) != opened or saved:
        out.unbalanced = True
        del marks[opened:]


def begin(name, operands, resources, out, marks):
    """Opens a mark."""
    tag, properties = str(operands[0]), None
    if name == "BDC":
        properties = operands[1]
        if isinstance(properties, pikepdf.Name):
            properties = resource(resources, "/Properties", properties, out)
    number = properties.get("/MCID") if properties is not None else None
    language = str(properties["/Lang"]) if properties is not None and "/Lang" in properties else None
    around = [kind for kind, _, _ in marks]
    if tag == "/Artifact":
        if any(isinstance(mark, Mark) for _, mark, _ in marks):
            out.nested.append("an artifact inside tagged content")
        out.artifacts.append((properties, []))
        marks.append((tag, out.artifacts[-1], language))
    elif number is not None:
        if "/Artifact" in around:
            out.nested.append("tagged content inside an artifact")
        if any(isinstance(mark, Mark) for _, mark, _ in marks):
            out.nested.append("numbered content inside numbered content")
        if int(number) in out.numbered:
            out.repeated.append(int(number))
        out.numbered[int(number)] = mark = Mark(tag)
        marks.append((tag, mark, language))
    else:
        marks.append((tag, None, language))


def paint(name, out, marks):
    """Notes that something is painted."""
    real = [mark for _, mark, _ in marks if isinstance(mark, Mark)]
    if real:
        real[-1].paints += 1
    elif not any(kind in ("/Artifact", "Annotation") for kind, _, _ in marks):
        out.unmarked.append(name)


def show(font, operands, out, marks):
    """Notes the codes that a string shows."""
    paint("text", out, marks)
    key = font.objgen if font is not None else None
    strings = operands[-1] if isinstance(operands[-1], pikepdf.Array) else [operands[-1]]
    composite = font is not None and font.get("/Subtype") == "/Type0"
    codes = []
    for string in strings:
        if isinstance(string, pikepdf.String):
            raw = bytes(string)
            codes += [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)] if composite else list(raw)
    out.fonts.setdefault(key, (font, set()))[1].update(codes)
    language = next((said for _, _, said in reversed(marks) if said), None)
    for kind, mark, _ in reversed(marks):
        if isinstance(mark, Mark):
            mark.text += [(key, code, language) for code in codes]
            break
        if kind == "/Artifact":
            mark[1].extend((key, code) for code in codes)
            break


def do(what, out, marks, depth):
    """Paints an external object."""
    if what is None:
        return
    if what.get("/Subtype") == "/Form" and depth < FORMS_DEEP:
        out.forms.append(what)
        run(what, what.get("/Resources"), out, marks, depth + 1)
    elif what.get("/Subtype") == "/Image":
        out.images.append(what)


def resource(resources, kind, name, out):
    """A named resource, or None."""
    found = resources.get(kind, pikepdf.Dictionary()).get(str(name))
    if found is None:
        out.nameless.add(f"{kind} {name}")
    return found


def measure(operands, out):
    """Notes the largest values."""
    for one in operands:
        if isinstance(one, pikepdf.Array):
            measure(one, out)
        elif isinstance(one, pikepdf.String):
            out.longest = max(out.longest, len(bytes(one)))
        elif isinstance(one, (int, float, Decimal)):
            out.numbers = max(out.numbers, abs(float(one)))
