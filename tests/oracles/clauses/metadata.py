"""ISO 19005-3, 6.6, and ISO 14289-1, 5 and 7.1: what the file says of itself."""

import re
from datetime import datetime, timedelta, timezone

from lxml import etree

from .table import NotThere, pdfa, pdfua

NS = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
    "property": "http://www.aiim.org/pdfa/ns/property#",
}
RDF = "{%s}" % NS["rdf"]
# Schemas that XMP (2004 and 2005) and PDF/A itself define.
PREDEFINED = {NS[name] for name in ("dc", "xmp", "pdf", "pdfaid", "ext", "rdf")} | {
    f"http://ns.adobe.com/xap/1.0/{name}" for name in ("mm/", "rights/", "bj/", "t/pg/", "g/", "g/img/", "sType/ResourceEvent#")
}  # fmt: skip
CONTAINERS = {"dc:title": "Alt", "dc:description": "Alt", "dc:creator": "Seq", "dc:language": "Bag", "dc:subject": "Bag"}


def packet(doc):
    """The bytes of the document's XMP packet."""
    if "/Metadata" not in doc.root:
        raise ValueError("no metadata")
    return doc.root["/Metadata"].read_bytes()


def tree(doc):
    """The RDF of the packet."""
    try:
        root = etree.fromstring(packet(doc), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as fault:
        raise ValueError(f"not well-formed: {fault}") from fault
    rdf = root if root.tag == RDF + "RDF" else root.find("rdf:RDF", NS)
    if rdf is None:
        raise ValueError("no RDF")
    return rdf


def value(rdf, name):
    """A property: text, the items of its container, or None."""
    prefix, local = name.split(":")
    tag = "{%s}%s" % (NS[prefix], local)
    for about in rdf.findall("rdf:Description", NS):
        if tag in about.attrib:
            return about.attrib[tag]
        found = about.find(tag)
        if found is not None:
            items = found.findall("./*/rdf:li", NS)
            return [item.text or "" for item in items] if len(found) else (found.text or "")
    return None


def stated(doc):
    """The RDF, or nothing to look at where there is none: that is a fault of 6.6.2.1 alone."""
    try:
        return tree(doc)
    except ValueError as fault:
        raise NotThere(str(fault)) from fault


@pdfa("6.6.2.1", "an XMP packet, uncompressed, in UTF-8, well-formed, its header without bytes and encoding")
def has_metadata(doc):
    try:
        rdf = tree(doc)
    except ValueError as fault:
        yield str(fault)
        return
    stream = doc.root["/Metadata"]
    if "/Filter" in stream:
        yield "compressed"
    if stream.get("/Type") != "/Metadata" or stream.get("/Subtype") != "/XML":
        yield "Type or Subtype of the stream"
    head = re.match(rb"\s*<\?xpacket begin=.*?\?>", packet(doc))
    if not head or re.search(rb"\b(bytes|encoding)=", head[0]):
        yield "packet header"
    if not re.search(rb"<\?xpacket end=[\"'][rw][\"']\?>\s*$", packet(doc)):
        yield "packet trailer"
    for name, container in CONTAINERS.items():
        prefix, local = name.split(":")
        for found in rdf.iter("{%s}%s" % (NS[prefix], local)):
            if [RDF + container] != [child.tag for child in found]:
                yield f"{name} is no {container}"


@pdfa("6.6.2.3", "properties of schemas that are predefined, or described by an extension schema in full")
def extension_schemas(doc):
    rdf = stated(doc)
    described = {}
    for each in rdf.iterfind(".//ext:schemas/rdf:Bag/rdf:li", NS):
        text = {name: each.findtext(f"schema:{name}", None, NS) for name in ("schema", "namespaceURI", "prefix")}
        yield from (f"an extension schema without {name}" for name, said in text.items() if not said)
        known = described.setdefault(text["namespaceURI"], set())
        for one in each.iterfind("schema:property/rdf:Seq/rdf:li", NS):
            parts = {name: one.findtext(f"property:{name}", None, NS) for name in ("name", "valueType", "category", "description")}
            yield from (f"a property without {name}" for name, said in parts.items() if not said)
            if parts["category"] not in ("internal", "external"):
                yield f"category {parts['category']}"
            known.add(parts["name"])
    for about in rdf.findall("rdf:Description", NS):
        names = [child.tag for child in about] + list(about.attrib)
        for name in names:
            space, local = name[1:].split("}") if name.startswith("{") else ("", name)
            if space not in PREDEFINED and local not in described.get(space, set()):
                yield f"{local} of {space or 'no schema'} is not described"


@pdfa("6.6.3", "the information dictionary says what the XMP says")
def equal_properties(doc):
    rdf = stated(doc)
    info = doc.pdf.trailer.get("/Info")
    if info is None:
        raise NotThere("no information dictionary")
    same = {
        "/Title": "dc:title", "/Author": "dc:creator", "/Subject": "dc:description", "/Keywords": "pdf:Keywords",
        "/Creator": "xmp:CreatorTool", "/Producer": "pdf:Producer", "/CreationDate": "xmp:CreateDate", "/ModDate": "xmp:ModifyDate",
    }  # fmt: skip
    for key, name in same.items():
        if key not in info:
            continue
        ours, theirs = str(info[key]), value(rdf, name)
        theirs = theirs[0] if isinstance(theirs, list) and len(theirs) == 1 else theirs
        if key.endswith("Date"):
            if theirs is None or pdf_date(ours) != datetime.fromisoformat(theirs):
                yield f"{key} is {ours}, {name} {theirs}"
        elif ours != theirs:
            yield f"{key} is {ours!r}, {name} {theirs!r}"


def pdf_date(text):
    """A date as PDF writes it."""
    parts = re.fullmatch(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|([+-])(\d\d)'(\d\d)'?)", text)
    if not parts:
        return None
    sign = -1 if parts[7] == "-" else 1
    zone = timezone(sign * timedelta(hours=int(parts[8] or 0), minutes=int(parts[9] or 0)))
    return datetime(*(int(part) for part in parts.groups()[:6]), tzinfo=zone)


@pdfa("6.6.4", "identified as PDF/A-3, level A")
def version(doc):
    rdf = stated(doc)
    part, level = value(rdf, "pdfaid:part"), value(rdf, "pdfaid:conformance")
    if (part, level) != ("3", "A"):
        yield f"part {part}, conformance {level}"
    if value(rdf, "pdfaid:amd") or value(rdf, "pdfaid:corr"):
        yield "an amendment is named"


@pdfua("5", "identified as PDF/UA-1 by pdfuaid:part", "06-002")
def identified(doc):
    if value(stated(doc), "pdfuaid:part") != "1":
        yield f"pdfuaid:part is {value(stated(doc), 'pdfuaid:part')}"


@pdfua("7.1", "XMP metadata with a dc:title, the same as that of the information dictionary", "06-001, 06-003")
def has_title(doc):
    try:
        title = value(tree(doc), "dc:title")
    except ValueError as fault:
        yield str(fault)
        return
    if not title or not "".join(title).strip():
        yield "no dc:title"


@pdfua("7.1", "the title is shown: DisplayDocTitle is true", "07-001, 07-002")
def shows_title(doc):
    if doc.root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") is not True:
        yield "DisplayDocTitle is not true"


@pdfua("7.1", "content is not marked as suspect; the file is marked as tagged", "01-007")
def suspects(doc):
    marks = doc.root.get("/MarkInfo", {})
    if marks.get("/Suspects", False) is not False:
        yield "Suspects"
    if marks.get("/Marked") is not True:
        yield "not Marked"
