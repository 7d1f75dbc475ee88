"""Faults put into a sound document, one at a time, to see that the clause which forbids each is able to fail."""

from pikepdf import Array, Dictionary, Name

from .document import Document

MUTATIONS = []


def breaks(*keys):
    """Enters a way to change an opened document, with the checks that must see it."""

    def enter(change):
        MUTATIONS.append((change.__name__, keys, lambda data: opened(data, change)))
        return change

    return enter


def spoils(*keys):
    """Enters a way to change the bytes of a document."""

    def enter(change):
        MUTATIONS.append((change.__name__, keys, lambda data: Document(change(data))))
        return change

    return enter


def opened(data, change):
    document = Document(data)
    change(document)
    return document


def instead(data, old, new):
    """Puts other bytes into the first place where some stand."""
    if old not in data:
        raise ValueError(f"{old!r} is not in the document")
    return data.replace(old, new, 1)


def repaint(doc, old, new, page=0):
    """Changes the first place in what a page paints."""
    stream = doc.pdf.pages[page].obj["/Contents"]
    stream.write(instead(stream.read_bytes(), old, new))


def paint(doc, more, page=0):
    """Paints something more, as an artifact."""
    doc.pdf.pages[page].contents_add(b"/Artifact<</Type/Layout>>BDC " + more + b" EMC")


def rewrite(doc, old, new):
    """Changes the XMP packet."""
    stream = doc.root["/Metadata"]
    stream.write(instead(stream.read_bytes(), old.encode(), new.encode()))


def first(doc, role):
    """The first element of a role."""
    return next(one for one in doc.elements if doc.role(one) == role)


def font(doc):
    """A font that shows text."""
    return next(iter(doc.pdf.pages[0].obj["/Resources"]["/Font"].values()))


def kid(doc):
    return font(doc)["/DescendantFonts"][0]


def widget(doc):
    return doc.root["/AcroForm"]["/Fields"][0]


def state(doc, **entries):
    """A graphics state of the first page, and its use."""
    values = {f"/{key}": value for key, value in entries.items()}
    doc.pdf.pages[0].obj["/Resources"]["/ExtGState"] = Dictionary(S=Dictionary(values))
    paint(doc, b"/S gs")


def image(doc, **entries):
    """A picture on the first page."""
    stream = doc.pdf.make_stream(b"\0")
    values = {"Type": Name.XObject, "Subtype": Name.Image, "Width": 1, "Height": 1, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}
    for key, value in {**values, **entries}.items():
        stream[f"/{key}"] = value
    doc.pdf.pages[0].obj["/Resources"]["/XObject"] = Dictionary(I=stream)
    paint(doc, b"/I Do")


def annotate(doc, **entries):
    """One more annotation on the first page."""
    values = {"/Type": Name.Annot, "/Rect": Array([0, 0, 9, 9]), "/F": 4, **{f"/{key}": value for key, value in entries.items()}}
    page = doc.pdf.pages[0].obj
    page["/Annots"] = Array([*page.get("/Annots", []), doc.pdf.make_indirect(Dictionary(values))])


def element(doc, role, **entries):
    """One more element, without content."""
    parent = doc.tops[0].obj
    made = Dictionary({"/S": Name(f"/{role}"), "/P": parent, **{f"/{key}": value for key, value in entries.items()}})
    del doc.__dict__["elements"]
    doc.__dict__.pop("tops", None)
    parent["/K"] = Array([*parent["/K"], doc.pdf.make_indirect(made)])
