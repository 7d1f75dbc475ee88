"""ISO 19005-3, 6.7, and ISO 14289-1, 7.1 to 7.9 and 7.20: the structure tree and what is marked."""

import re


from .lettering import Lettering
from .table import NotThere, pdfa, pdfua

STANDARD = set(
    "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody"
    " Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby Warichu RB RT RP WT WP"
    " Figure Formula Form".split()
)  # fmt: skip
LANGUAGE = r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-[A-Za-z]{2}|-\d{3})?(-[A-Za-z0-9]{4,8})*"  # of BCP 47, as far as we write it
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
PARENTS = {
    "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}, "THead": {"Table"}, "TBody": {"Table"},
    "TFoot": {"Table"}, "LI": {"L"}, "Lbl": {"LI", "Note", "TOCI", "P", "BibEntry"}, "LBody": {"LI"}, "TOCI": {"TOC"},
}  # fmt: skip
CHILDREN = {
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"}, "THead": {"TR"}, "TBody": {"TR"}, "TFoot": {"TR"},
    "TR": {"TH", "TD"}, "L": {"LI", "L", "Caption"}, "LI": {"Lbl", "LBody"},
}  # fmt: skip


def elements(doc):
    """The elements of the tree."""
    if not doc.elements:
        raise NotThere("no structure tree")
    return doc.elements


def text_of(doc, element):
    """What the element itself shows."""
    return "".join(text for text, _ in runs_of(doc, element))


def runs_of(doc, element):
    """What the element itself shows, code by code, with the language that the marked content names."""
    maps = doc.__dict__.setdefault("unicode_maps", {})
    for font, codes in doc.fonts:
        if font is not None and font.objgen not in maps:
            maps[font.objgen] = Lettering(font, codes).unicode()
    shown = [mark for place in element.marks if (mark := doc.marks.get(place))]
    return [(maps.get(key, {}).get(code, ""), language) for mark in shown for key, code, language in mark.text]


@pdfa("6.7.2.2", "MarkInfo says that the file is tagged")
def marked(doc):
    if doc.root.get("/MarkInfo", {}).get("/Marked") is not True:
        yield "not Marked"


@pdfa("6.7.3.3", "a structure tree, whose elements know their parents")
def hierarchy(doc):
    if not doc.elements:
        yield "no structure tree"
    for one in doc.elements:
        if "/P" not in one.obj or one.obj["/P"].objgen != one.parent.obj.objgen:
            yield f"{one.kind} has another parent"


@pdfa("6.7.3.4", "structure types are standard ones or mapped to them, without circles")
def types(doc):
    yield from unmapped(doc)


@pdfua("7.1", "structure types are standard ones or mapped to them; standard ones are not mapped", "02-001, 02-003, 02-004")
def mapped_types(doc):
    yield from unmapped(doc)
    yield from (f"{kind} is mapped anew" for kind in doc.roles if kind.lstrip("/") in STANDARD)


def unmapped(doc):
    """Types that lead to no standard one."""
    for kind in sorted({one.kind for one in elements(doc)}):
        role = doc.role(next(one for one in doc.elements if one.kind == kind))
        if role not in STANDARD:
            yield f"{kind} means {role}"


@pdfa("6.7.4", "a language for the document, and for every element that names one, as in BCP 47")
def languages(doc):
    if not re.fullmatch(LANGUAGE, str(doc.root.get("/Lang", ""))):
        yield f"Lang is {doc.root.get('/Lang')}"
    for one in doc.elements:
        if "/Lang" in one.obj and not re.fullmatch(LANGUAGE, str(one.obj["/Lang"])):
            yield f"Lang of {one.kind} is {one.obj['/Lang']}"


@pdfa("6.7.5", "figures and formulas have a text in their place")
def alternate_descriptions(doc):
    yield from undescribed(doc, {"Figure", "Formula"})


def undescribed(doc, roles):
    """Elements of these roles without a text."""
    for one in elements(doc):
        if doc.role(one) in roles and not (str(one.obj.get("/Alt", "")).strip() or str(one.obj.get("/ActualText", "")).strip()):
            yield f"{one.kind} without Alt or ActualText"


@pdfua("7.1", "everything painted is in the tree or an artifact, never both", "01-003…01-005")
def marked_content(doc):
    for at, page in enumerate(doc.painted, 1):
        if page.unmarked:
            yield f"page {at}: {len(page.unmarked)} operators paint outside any mark ({page.unmarked[0]})"
        yield from (f"page {at}: {fault}" for fault in sorted(set(page.nested)))
        yield from (f"page {at}: MCID {number} twice" for number in page.repeated)


@pdfua("7.1", "every mark belongs to exactly one element of the same type, on the right page; the parent tree agrees", "01-005")
def marks_and_tree(doc):
    owners = {}
    for one in elements(doc):
        for place in one.marks:
            if place in owners:
                yield f"{place} belongs to two elements"
            owners[place] = one
            if place not in doc.marks:
                yield f"{one.kind} names MCID {place[1]}, which page object {place[0][0] if place[0] else '?'} has not"
            elif doc.marks[place].tag.lstrip("/") not in (one.kind.lstrip("/"), doc.role(one)):
                yield f"a mark {doc.marks[place].tag} belongs to {one.kind}"
    yield from (f"MCID {number} of page object {page[0]} is in no element" for page, number in doc.marks if (page, number) not in owners)
    for at, page in enumerate(doc.pdf.pages, 1):
        keys = doc.parents.get(int(page.obj.get("/StructParents", -1)), [])
        for number in doc.painted[at - 1].numbered:
            owner = owners.get((page.obj.objgen, number))
            listed = keys[number] if number < len(keys) else None
            if owner is not None and (listed is None or listed.objgen != owner.obj.objgen):
                yield f"page {at}: the parent tree gives MCID {number} to another element"


@pdfua("7.2", "a language for the document", "11-001…11-006")
def language(doc):
    if not re.fullmatch(LANGUAGE, str(doc.root.get("/Lang", ""))):
        yield f"Lang is {doc.root.get('/Lang')}"


@pdfua("7.2", "text in Chinese says so where the document is in another language", "11-001")
def changes_of_language(doc):
    main = str(doc.root.get("/Lang", ""))
    for one in elements(doc):
        said = str(one.inherited("/Lang") or main)
        wrong = [text for text, language in runs_of(doc, one) if HAN.search(text) and not (language or said).lower().startswith(("zh", "ja", "ko"))]
        if wrong:
            yield f"{one.kind} {text_of(doc, one)[:20]!r}: {''.join(wrong)[:20]!r} is said to be {said}"


@pdfua("7.3", "figures have a text in their place and a box on one page around what they paint", "13-004")
def graphics(doc):
    yield from undescribed(doc, {"Figure"})
    boxes = {page.obj.objgen: page.mediabox for page in doc.pdf.pages}
    for one in elements(doc):
        if doc.role(one) != "Figure":
            continue
        box = one.attribute("/Layout", "/BBox")
        places = {page for page, _ in one.marks}
        if box is None or len(box) != 4:
            yield "a figure without BBox"
        elif len(places) != 1 or not within([float(edge) for edge in box], boxes.get(next(iter(places)))):
            yield f"BBox {[float(edge) for edge in box]} is not on one page"


def within(inner, outer):
    """Whether a rectangle with an area lies inside another."""
    if outer is None:
        return False
    left, bottom, right, top = (float(edge) for edge in outer)
    return left <= inner[0] < inner[2] <= right and bottom <= inner[1] < inner[3] <= top


@pdfua("7.4", "headings begin with H1 and leave out no level; numbered and unnumbered ones do not mix", "14-002, 14-003, 14-006, 14-007")
def headings(doc):
    found = [doc.role(one) for one in elements(doc) if re.fullmatch(r"H\d?", doc.role(one))]
    if not found:
        raise NotThere("no headings")
    if "H" in found and len(set(found)) > 1:
        yield "H and H1… in one document"
    level = 0
    for kind in (kind for kind in found if kind != "H"):
        if int(kind[1]) > level + 1:
            yield f"{kind} after {'H%d' % level if level else 'nothing'}"
        level = int(kind[1])
    yield from (f"{one.kind} is empty" for one in doc.elements if re.fullmatch(r"H\d?", doc.role(one)) and not text_of(doc, one).strip())


@pdfua("7.5", "tables are regular, with head cells that say for which cells they speak", "15-003")
def tables(doc):
    found = [one for one in elements(doc) if doc.role(one) == "Table"]
    if not found:
        raise NotThere("no tables")
    for table in found:
        rows = [one for one in table.inside() if doc.role(one) == "TR"]
        widths = [sum(int(cell.attribute("/Table", "/ColSpan") or 1) for cell in row.children) for row in rows]
        spans = any(cell.attribute("/Table", "/RowSpan") for row in rows for cell in row.children)
        if not rows:
            yield "a table without rows"
        elif len(set(widths)) > 1 and not spans:
            yield f"rows of {sorted(set(widths))} columns"
        heads = [one for one in table.inside() if doc.role(one) == "TH"]
        if not heads:
            yield "a table without TH"
        for head in heads:
            if head.attribute("/Table", "/Scope") not in ("/Row", "/Column", "/Both") and "/ID" not in head.obj:
                yield "TH without Scope or ID"
        ids = {bytes(one.obj["/ID"]) for one in table.inside() if "/ID" in one.obj}
        for cell in table.inside():
            for name in cell.attribute("/Table", "/Headers") or []:
                if bytes(name) not in ids:
                    yield "Headers name a cell that is not there"


@pdfua("7.5", "parts of tables and lists are where the standard has them", "09-004, 09-005")
def nesting(doc):
    for one in elements(doc):
        role, around = doc.role(one), doc.role(one.parent) if one.parent.kind else None
        if role in PARENTS and around not in PARENTS[role]:
            yield f"{role} in {around}"
        allowed = CHILDREN.get(role)
        if allowed:
            yield from (f"{doc.role(child)} in {role}" for child in one.children if doc.role(child) not in allowed)
            if one.marks:
                yield f"content in {role}, outside its parts"


@pdfua("7.6", "lists: every item has a body; a list whose items have labels says how they are numbered", "16-001")
def lists(doc):
    found = [one for one in elements(doc) if doc.role(one) == "L"]
    if not found:
        raise NotThere("no lists")
    for one in found:
        labelled = False
        for item in one.children:
            parts = [doc.role(part) for part in item.children]
            labelled |= "Lbl" in parts
            if doc.role(item) == "LI" and "LBody" not in parts:
                yield "LI without LBody"
        numbering = str(one.attribute("/List", "/ListNumbering") or "/None")
        if labelled and numbering == "/None":
            yield "labels without ListNumbering"


@pdfua("7.7", "formulas have a text in their place", "17-002")
def formulas(doc):
    if not any(doc.role(one) == "Formula" for one in elements(doc)):
        raise NotThere("no formulas")
    yield from undescribed(doc, {"Formula"})


@pdfua("7.8", "running heads and feet are artifacts of type Pagination, on every page", "18-001")
def running(doc):
    for at, page in enumerate(doc.painted, 1):
        kinds = [str(properties.get("/Type", "")) if properties is not None else "" for properties, text in page.artifacts if text]
        if "/Pagination" not in kinds:
            yield f"page {at} has none"
        yield from (f"page {at}: text in an artifact of type {kind or 'none'}" for kind in kinds if kind not in ("/Pagination",))


@pdfua("7.9", "notes have identifiers, each its own", "19-003, 19-004")
def notes(doc):
    found = [one for one in elements(doc) if doc.role(one) == "Note"]
    if not found:
        raise NotThere("no notes")
    ids = [bytes(one.obj["/ID"]) for one in found if "/ID" in one.obj]
    if len(ids) < len(found) or len(set(ids)) < len(ids):
        yield "a note without an identifier of its own"


@pdfua("7.20", "form XObjects on pages: none by reference, none with numbered marks painted twice", "30-001, 30-002")
def form_objects(doc):
    forms = [form for page in doc.painted for form in page.forms]
    if not forms:
        raise NotThere("pages paint no form XObjects")
    counted = {}
    for form in forms:
        counted[form.objgen] = counted.get(form.objgen, 0) + 1
        if "/Ref" in form:
            yield "a reference XObject"
        if counted[form.objgen] == 2 and b"/MCID" in form.read_bytes():
            yield "a form with marks is painted twice"


@pdfua("7.2", "no element but artifacts shows text that has no character", "10-001")
def speakable(doc):
    for one in elements(doc):
        shown = sum(len(doc.marks[place].text) for place in one.marks if place in doc.marks)
        if shown and not text_of(doc, one) and "/ActualText" not in one.obj:
            yield f"{one.kind} shows {shown} codes and says nothing"
