"""ISO 19005-3, 6.3 to 6.5, 6.8, 6.10 and 6.11, and ISO 14289-1, 7.10 to 7.19: annotations, fields, actions, files."""

import re

import pikepdf
from asn1crypto import cms, core

from .table import NotThere, pdfa, pdfua

BARRED_ANNOTATIONS = {"/3D", "/Sound", "/Screen", "/Movie"}
ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
INVISIBLE, HIDDEN, PRINT, NO_VIEW, TOGGLE = 1, 2, 4, 32, 256


class Outer(core.Sequence):
    """A ContentInfo of RFC 5652, or of GB/T 35275, which names its types otherwise."""

    _fields = [("content_type", core.ObjectIdentifier), ("content", core.Any, {"explicit": 0})]


def annotations(doc):
    """The annotations."""
    if not doc.annotations:
        raise NotThere("no annotations")
    return doc.annotations


def fields(doc):
    """The form fields, widgets that are fields among them."""
    stack, found = list(doc.root.get("/AcroForm", {}).get("/Fields", [])), []
    while stack:
        one = stack.pop()
        found.append(one)
        stack += list(one.get("/Kids", []))
    if not found:
        raise NotThere("no form fields")
    return found


def signatures(doc):
    """The signature dictionaries."""
    found = [one["/V"] for one in fields(doc) if one.get("/FT") == "/Sig" and "/V" in one]
    if not found:
        raise NotThere("not signed")
    return found


@pdfa("6.3.1", "annotations of types that ISO 32000-1 defines, none of sound, film or 3D")
def annotation_types(doc):
    known = "Text Link FreeText Line Square Circle Polygon PolyLine Highlight Underline Squiggly StrikeOut Stamp Caret Ink Popup FileAttachment Widget PrinterMark TrapNet Watermark Redact"
    for one in annotations(doc):
        kind = str(one.get("/Subtype"))
        if kind in BARRED_ANNOTATIONS or kind.lstrip("/") not in known.split():
            yield kind


@pdfa("6.3.2", "annotations: flags say printed, and not hidden, invisible or toggled")
def annotation_flags(doc):
    for one in annotations(doc):
        if one.get("/Subtype") == "/Popup":
            continue
        flags = int(one.get("/F", 0))
        if not flags & PRINT or flags & (INVISIBLE | HIDDEN | NO_VIEW | TOGGLE):
            yield f"{one.get('/Subtype')} has flags {flags}"


@pdfa("6.3.3", "annotations have a normal appearance and no other")
def annotation_appearances(doc):
    for one in annotations(doc):
        left, bottom, right, top = (float(edge) for edge in one["/Rect"])
        if one.get("/Subtype") in ("/Popup", "/Link") or (left == right and bottom == top):
            continue
        looks = one.get("/AP")
        if looks is None or set(looks.keys()) != {"/N"}:
            yield f"{one.get('/Subtype')}: {'no appearance' if looks is None else list(looks.keys())}"
        elif not isinstance(looks["/N"], pikepdf.Stream) and one.get("/FT") != "/Btn":
            yield "the appearance is no stream"


@pdfa("6.4.1", "form fields without actions; appearances are not left to the viewer")
def form_fields(doc):
    for one in fields(doc):
        yield from (f"{key} in a field" for key in ("/A", "/AA") if key in one)
    if doc.root["/AcroForm"].get("/NeedAppearances", False) is not False:
        yield "NeedAppearances"


@pdfa("6.4.2", "no XFA forms")
def no_xfa(doc):
    if "/AcroForm" not in doc.root:
        raise NotThere("no forms")
    if "/XFA" in doc.root["/AcroForm"] or "/NeedsRendering" in doc.root:
        yield "XFA"


@pdfa("6.4.3", "signatures: over the whole file but for themselves; one CMS signer, whose certificate is inside")
def digital_signatures(doc):
    for one in signatures(doc):
        first, length, second, rest = (int(number) for number in one["/ByteRange"])
        gap = doc.data[length:second]
        if first != 0 or second + rest != len(doc.data) or gap[:1] != b"<" or gap[-1:] != b">":
            yield "ByteRange leaves out more than Contents"
        try:
            signed = Outer.load(bytes(one["/Contents"]), strict=False)["content"].parse(cms.SignedData)
            signers, certificates = len(signed["signer_infos"]), len(signed["certificates"])
        except (ValueError, TypeError, KeyError) as fault:
            yield f"no CMS: {fault}"
            continue
        if signers != 1 or certificates < 1:
            yield f"{signers} signers, {certificates} certificates"


@pdfa("6.5.1", "no actions but to go somewhere")
def actions(doc):
    found = [one for one in doc.dictionaries if one.get("/S") is not None and (one.get("/Type") == "/Action" or "/JS" in one)]
    found += [one["/A"] for one in doc.dictionaries if isinstance(one.get("/A"), pikepdf.Dictionary) and "/S" in one["/A"]]
    opening = doc.root.get("/OpenAction")
    found += [opening] if isinstance(opening, pikepdf.Dictionary) else []
    scripts = doc.root.get("/Names", {}).get("/JavaScript")
    if scripts is not None:
        yield "JavaScript in Names"
    elif not found:
        raise NotThere("no actions")
    for one in found:
        kind = str(one.get("/S"))
        if kind not in ACTIONS or (kind == "/Named" and str(one.get("/N")) not in NAMED):
            yield kind


@pdfa("6.5.2", "no actions on events of the document, its pages or fields")
def events(doc):
    for one in doc.dictionaries:
        if "/AA" in one:
            yield f"AA in {one.get('/Type', 'an object')}"


@pdfa("6.8", "embedded files: F, UF, media type, date, AFRelationship, and associated with something")
def embedded_files(doc):
    found = specifications(doc)
    associated = [one.objgen for each in doc.dictionaries if isinstance(each.get("/AF"), pikepdf.Array) for one in each["/AF"]]
    for one in found:
        yield from (f"no {key}" for key in ("/F", "/UF", "/AFRelationship", "/Desc") if not str(one.get(key, "")))
        if one.objgen not in associated:
            yield "associated with nothing"
        stream = one["/EF"].get("/F")
        if stream is None:
            yield "no stream"
            continue
        if not re.fullmatch(r"/[\w.+-]+/[\w.+-]+", str(stream.get("/Subtype", ""))):
            yield f"media type {stream.get('/Subtype')}"
        about = stream.get("/Params", {})
        if "/ModDate" not in about:
            yield "no ModDate"
        if "/Size" in about and int(about["/Size"]) != len(stream.read_bytes()):
            yield "Size is wrong"


def specifications(doc):
    """The file specifications with a file inside."""
    found = [one for one in doc.dictionaries if isinstance(one.get("/EF"), pikepdf.Dictionary)]
    if not found:
        raise NotThere("no embedded files")
    return found


@pdfa("6.10", "no alternate presentations")
def presentations(doc):
    if "/AlternatePresentations" in doc.root.get("/Names", {}):
        yield "AlternatePresentations"
    yield from ("PresSteps" for page in doc.pdf.pages if "/PresSteps" in page.obj)


@pdfa("6.11", "no requirements of the document")
def requirements(doc):
    if "/Requirements" in doc.root:
        yield "Requirements"


@pdfua("7.10", "optional content: named, without AS", "20-001…20-003")
def optional_content(doc):
    if "/OCProperties" not in doc.root:
        raise NotThere("no optional content")
    for one in [doc.root["/OCProperties"]["/D"], *doc.root["/OCProperties"].get("/Configs", [])]:
        if not str(one.get("/Name", "")) or "/AS" in one:
            yield "Name or AS of a configuration"


@pdfua("7.11", "embedded files: F and UF", "21-001")
def named_files(doc):
    for one in specifications(doc):
        yield from (f"no {key}" for key in ("/F", "/UF") if not str(one.get(key, "")))


@pdfua("7.13", "signature fields are form fields as in 7.18", "28-005")
def signature_fields(doc):
    signatures(doc)
    for one in fields(doc):
        if one.get("/FT") == "/Sig" and not str(one.get("/TU", "")):
            yield "no TU"


@pdfua("7.15", "no dynamic XFA", "25-001")
def static(doc):
    if "/AcroForm" not in doc.root:
        raise NotThere("no forms")
    if "/XFA" in doc.root["/AcroForm"]:
        yield "XFA"


@pdfua("7.16", "security does not bar assistive technology", "26-001, 26-002")
def open_to_all(doc):
    if "/Encrypt" in doc.pdf.trailer:
        yield "encrypted"


@pdfua("7.17", "navigation: bookmarks lead to pages, in the order of the pages", "-")
def navigation(doc):
    with doc.pdf.open_outline() as outline:
        items = list(outline.root)
    if not items and len(doc.pdf.pages) == 1:
        raise NotThere("one page, no bookmarks")
    if not items:
        yield "no bookmarks"
    order = {page.objgen: at for at, page in enumerate(doc.pdf.pages)}
    last = -1
    for item in items:
        target = item.destination if item.destination is not None else (item.action or {}).get("/D")
        at = order.get(target[0].objgen) if isinstance(target, pikepdf.Array) else None
        if at is None:
            yield f"{item.title!r} leads nowhere"
        elif at < last:
            yield f"{item.title!r} leads back"
        else:
            last = at


@pdfua("7.18.1", "annotations in the tree with a text for them; widgets in Form with a name", "28-002…28-006, 28-010")
def described_annotations(doc):
    owners = {}
    for element in doc.elements:
        owners.update({obj.objgen: element for obj in element.objects})
    for one in annotations(doc):
        kind, owner = str(one.get("/Subtype")), owners.get(one.objgen)
        if kind == "/Popup" or int(one.get("/F", 0)) & HIDDEN:
            continue
        if owner is None:
            yield f"{kind} is not in the tree"
            continue
        role = doc.role(owner)
        if kind == "/Widget":
            if role != "Form":
                yield f"a widget in {role}"
            if not str(one.get("/TU", "")) and "/Alt" not in owner.obj:
                yield "a field without TU or Alt"
        elif kind == "/Link":
            continue
        elif role != "Annot" or not (str(one.get("/Contents", "")) or "/Alt" in owner.obj):
            yield f"{kind} in {role}, or without Contents"
        key = one.get("/StructParent")
        if key is None or doc.parents.get(int(key), pikepdf.Dictionary()).objgen != owner.obj.objgen:
            yield f"{kind}: the parent tree does not lead to its element"


@pdfua("7.18.2", "no TrapNet annotations", "28-007")
def no_traps(doc):
    yield from ("TrapNet" for one in annotations(doc) if one.get("/Subtype") == "/TrapNet")


@pdfua("7.18.3", "pages with annotations are walked in the order of the structure: Tabs is S", "28-008, 28-009")
def tabs(doc):
    annotations(doc)
    for at, page in enumerate(doc.pdf.pages, 1):
        if "/Annots" in page.obj and page.obj.get("/Tabs") != "/S":
            yield f"page {at}"


@pdfua("7.18.5", "links in Link, with Contents", "28-011, 28-012")
def links(doc):
    found = [one for one in annotations(doc) if one.get("/Subtype") == "/Link"]
    if not found:
        raise NotThere("no links")
    owners = {obj.objgen: element for element in doc.elements for obj in element.objects}
    for one in found:
        owner = owners.get(one.objgen)
        if owner is None or doc.role(owner) != "Link" or not str(one.get("/Contents", "")):
            yield "a link outside Link or without Contents"


@pdfua("7.19", "no scripts, so none that must be judged by a person", "29-001")
def no_scripts(doc):
    if any("/JS" in one for one in doc.dictionaries) or "/JavaScript" in doc.root.get("/Names", {}):
        yield "JavaScript"
