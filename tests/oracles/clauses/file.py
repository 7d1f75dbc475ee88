"""ISO 19005-3, 6.1: the file and its syntax."""

import re

import pikepdf

from .table import NotThere, pdfa

FILTERS = {"/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode", "/CCITTFaxDecode", "/DCTDecode", "/JPXDecode", "/JBIG2Decode"}
LONGEST_STRING = 32767  # bytes
LONGEST_NAME = 127  # bytes
MOST_OBJECTS = 8388607
DEEPEST = 28  # q and Q
LARGEST_INTEGER = 2**31 - 1
SMALLEST_PAGE, LARGEST_PAGE = 3, 14400  # points


@pdfa("6.1.2", "header %PDF-1.n at the first byte, then a comment of four bytes above 127")
def header(doc):
    if not re.match(rb"%PDF-1\.[0-7](\r\n|\r|\n)%[\x80-\xff]{4}", doc.data):
        yield f"begins with {doc.data[:20]!r}"


@pdfa("6.1.3", "trailer with ID, without Encrypt; nothing after the last end-of-file marker")
def trailer(doc):
    trailer = doc.pdf.trailer
    if len(trailer.get("/ID", [])) != 2 or not all(bytes(one) for one in trailer["/ID"]):
        yield "no file identifier"
    if "/Encrypt" in trailer:
        yield "encrypted"
    if not re.search(rb"%%EOF(\r\n|\r|\n)?$", doc.data):
        yield "bytes after the last %%EOF"


@pdfa("6.1.4", "cross-reference table well-formed, or a stream; where startxref says")
def cross_reference(doc):
    starts = re.findall(rb"startxref\s+(\d+)\s+%%EOF", doc.data)
    if not starts:
        yield "no startxref"
        return
    at = doc.data[int(starts[-1]) :][:40]
    if not re.match(rb"xref(\r\n|\r|\n)\d+ \d+(\r\n|\r|\n| )|\d+ \d+ obj", at):
        yield f"startxref leads to {at[:12]!r}"


@pdfa("6.1.6", "hexadecimal strings: digits only, in pairs")
def strings(doc):
    for syntax in syntaxes(doc):
        for inner in hexadecimal(syntax):
            digits = re.sub(rb"\s", b"", inner)
            if not re.fullmatch(rb"([0-9A-Fa-f]{2})*", digits):
                yield f"<{digits[:16].decode('latin-1')}…>"


def syntaxes(doc):
    """The file without its streams, the objects that streams hold, and the content of the pages."""
    yield doc.skeleton
    for found in re.finditer(rb"(\d+) 0 obj\s*<<([^>]*?/Type\s*/ObjStm.*?)>>\s*stream", doc.data, re.DOTALL):
        stream = doc.pdf.get_object(int(found[1]), 0)
        if isinstance(stream, pikepdf.Stream):
            yield stream.read_bytes()
    for page in doc.pdf.pages:
        page.contents_coalesce()
        yield page.obj["/Contents"].read_bytes() if "/Contents" in page.obj else b""


def hexadecimal(syntax):
    """What stands between single angle brackets outside literal strings and comments."""
    token = re.compile(rb"\((?:[^()\\]|\\.)*\)|%[^\r\n]*|<<|>>|<([^>]*)>", re.DOTALL)
    return [found[1] for found in token.finditer(syntax) if found[1] is not None]


@pdfa("6.1.7.1", "streams: Length is right, data end before an end of line; no external data")
def streams(doc):
    found = 0
    for match in re.finditer(rb"(\d+) 0 obj\s*<<(.*?)>>\s*stream(\r\n|\n|\r)?", doc.data, re.DOTALL):
        found += 1
        number, entries, ending = match.groups()
        if ending == b"\r" or ending is None:
            yield f"object {int(number)}: stream not followed by an end of line"
        length = re.search(rb"/Length\s+(\d+)(?!\s+\d+\s+R)", entries)
        if length:
            after = doc.data[match.end() + int(length[1]) :][:12]
            if not re.match(rb"(\r\n|\r|\n)endstream", after):
                yield f"object {int(number)}: Length is {int(length[1])}, data go on or end before"
    for one in doc.streams:
        for key in ("/F", "/FFilter", "/FDecodeParms"):
            if key in one:
                yield f"{key} in stream {one.objgen[0]}"
    if not found:
        raise NotThere("no streams")


@pdfa("6.1.7.2", "filters of ISO 32000-1 other than LZWDecode and Crypt")
def filters(doc):
    for one in doc.streams:
        used = one.get("/Filter", pikepdf.Array())
        for name in used if isinstance(used, pikepdf.Array) else [used]:
            if str(name) not in FILTERS:
                yield f"{name} in stream {one.objgen[0]}"


@pdfa("6.1.8", "names of fonts, structure types and colorants are UTF-8")
def names(doc):
    for one in doc.dictionaries:
        for key in ("/BaseFont", "/FontName", "/S"):
            value = one.get(key)
            if isinstance(value, pikepdf.Name):
                try:
                    str(value)
                except UnicodeDecodeError:
                    yield f"{key} of object {one.objgen[0]}"


@pdfa("6.1.9", "objects: number, generation and obj apart by single spaces, each on lines of its own")
def objects(doc):
    heads = re.finditer(rb"(.)(\d+)(\s+)(\d+)(\s+)obj(.)", doc.skeleton, re.DOTALL)
    for before, number, one, _, two, after in (head.groups() for head in heads):
        if before.isdigit():
            continue
        if one != b" " or two != b" " or before not in b"\r\n" or after not in b"\r\n":
            yield f"object {int(number)}"
    for found in re.finditer(rb"(.)endobj(.|$)", doc.skeleton, re.DOTALL):
        if found[1] not in (b"\r", b"\n") or found[2] not in (b"\r", b"\n"):
            yield f"endobj at byte {found.start()}"


@pdfa("6.1.10", "inline images without LZWDecode and Crypt")
def inline_images(doc):
    images = [image for each in doc.everything_painted for image in each.images if isinstance(image, pikepdf.PdfInlineImage)]
    if not images:
        raise NotThere("no inline images")
    for image in images:
        for name in image.filters:
            if name not in FILTERS:
                yield f"{name}"


@pdfa("6.1.12", "permissions: UR3 and DocMDP only; no digest entries beside DocMDP")
def permissions(doc):
    if "/Perms" not in doc.root:
        raise NotThere("no permissions")
    yield from (f"{key} in Perms" for key in doc.root["/Perms"].keys() if key not in ("/UR3", "/DocMDP"))
    signature = doc.root["/Perms"].get("/DocMDP", {})
    for reference in signature.get("/Reference", []):
        for key in ("/DigestLocation", "/DigestMethod", "/DigestValue"):
            if key in reference:
                yield f"{key} in a signature reference"


@pdfa("6.1.13", "limits: integers, strings, names, objects, nesting of q, size of pages")
def limits(doc):
    if len(doc.objects) > MOST_OBJECTS:
        yield f"{len(doc.objects)} objects"
    for one in doc.dictionaries:
        for key, value in one.items():
            if len(key.encode()) - 1 > LONGEST_NAME:
                yield f"name of {len(key)} bytes"
            if isinstance(value, pikepdf.String) and len(bytes(value)) > LONGEST_STRING:
                yield f"string of {len(bytes(value))} bytes in {key}"
            if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
                yield f"{key} {value}"
    for each in doc.everything_painted:
        if each.deepest > DEEPEST:
            yield f"q nested {each.deepest} deep"
        if each.longest > LONGEST_STRING:
            yield f"string of {each.longest} bytes shown"
        if each.numbers > LARGEST_INTEGER:
            yield f"number {each.numbers}"
    for page in doc.pdf.pages:
        left, bottom, right, top = (float(edge) for edge in page.mediabox)
        for side in (right - left, top - bottom):
            if not SMALLEST_PAGE <= side <= LARGEST_PAGE:
                yield f"page side of {side} points"
