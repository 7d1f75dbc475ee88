"""ISO 19005-3, 6.2.2 to 6.2.10, and 6.9: what is painted, and in which colours."""

import struct

import pikepdf

from .table import NotThere, pdfa

INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}
CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4, b"Lab ": 3}


@pdfa("6.2.2", "content streams: operators of ISO 32000-1 only, balanced, with resources of their own")
def content_streams(doc):
    for at, each in enumerate(doc.everything_painted, 1):
        yield from (f"stream {at}: operator {name}" for name in sorted(each.unknown))
        yield from (f"stream {at}: {name} is no resource" for name in sorted(each.nameless))
        if each.unbalanced:
            yield f"stream {at}: q and Q, or marks, do not pair"
    for at, page in enumerate(doc.pdf.pages, 1):
        if "/Resources" not in page.obj:
            yield f"page {at} has no Resources of its own"
    for each in doc.everything_painted:
        yield from ("a form has no Resources of its own" for form in each.forms if "/Resources" not in form)


def intents(doc):
    """The output intents for PDF/A."""
    return [one for one in doc.root.get("/OutputIntents", []) if one.get("/S") == "/GTS_PDFA1"]


def profile(stream):
    """Version, class and colour space of an ICC profile; faults as text."""
    data = stream.read_bytes()
    if len(data) < 132 or data[36:40] != b"acsp":
        raise ValueError("no ICC profile")
    if struct.unpack(">I", data[:4])[0] != len(data):
        raise ValueError("the profile's size is wrong")
    return data[8], data[12:16], data[16:20]


@pdfa("6.2.3", "one output intent GTS_PDFA1 with an embedded, valid ICC profile of an output or display device")
def output_intent(doc):
    found = intents(doc)
    if not found:
        yield "no output intent"
    if len({one["/DestOutputProfile"].objgen for one in found if "/DestOutputProfile" in one}) > 1:
        yield "output intents with different profiles"
    for one in found:
        if "/DestOutputProfile" not in one:
            yield "no profile"
            continue
        if "/OutputConditionIdentifier" not in one:
            yield "no OutputConditionIdentifier"
        stream = one["/DestOutputProfile"]
        try:
            version, kind, space = profile(stream)
        except ValueError as fault:
            yield str(fault)
            continue
        if version > 4 or kind not in (b"prtr", b"mntr") or space not in CHANNELS:
            yield f"profile of version {version}, class {kind!r}, space {space!r}"
        if int(stream.get("/N", 0)) != CHANNELS.get(space):
            yield f"N is {stream.get('/N')}"


@pdfa("6.2.4.2", "ICC-based colour spaces: valid profile, N as in the profile")
def icc_based(doc):
    found = [one for one in arrays(doc) if len(one) == 2 and one[0] == "/ICCBased"]
    if not found:
        raise NotThere("no ICC-based colour spaces")
    for one in found:
        try:
            _, _, space = profile(one[1])
        except ValueError as fault:
            yield str(fault)
            continue
        if int(one[1].get("/N", 0)) != CHANNELS.get(space):
            yield "N differs from the profile"


def arrays(doc):
    """Every array that may be a colour space."""
    for one in doc.dictionaries:
        for key, value in one.items():
            if isinstance(value, pikepdf.Array) and len(value) and isinstance(value[0], pikepdf.Name) and key not in ("/Kids",):
                yield value


@pdfa("6.2.4.3", "device colours only where the output intent explains them")
def device_colours(doc):
    spaces = set().union(*(each.spaces for each in doc.everything_painted))
    for each in doc.everything_painted:
        for image in each.images:
            spaces.add(str(image.get("/ColorSpace", "")) if isinstance(image, pikepdf.Object) else str(image.colorspace))
    used = {name for name in ("Gray", "RGB", "CMYK") if name in spaces or f"/Device{name}" in spaces}
    meant = set()
    for one in intents(doc):
        try:
            meant.add({b"GRAY": "Gray", b"RGB ": "RGB", b"CMYK": "CMYK"}.get(profile(one["/DestOutputProfile"])[2]))
        except (KeyError, ValueError):
            continue
    for name in sorted(used):
        if name not in meant and not (name == "Gray" and meant):
            yield f"Device{name} without an output intent for it"


@pdfa("6.2.4.4", "Separation and DeviceN colour spaces")
def spot_colours(doc):
    found = [one for one in arrays(doc) if one[0] in ("/Separation", "/DeviceN")]
    if not found:
        raise NotThere("none is used")
    yield from (f"{one[0]} is not understood by this check" for one in found)


@pdfa("6.2.5", "graphics states without transfer functions, halftones of types 1 and 5 only")
def graphics_states(doc):
    states = [state for each in doc.everything_painted for state in each.states if state is not None]
    if not states:
        raise NotThere("no graphics state dictionaries")
    for state in states:
        if "/TR" in state or "/HTP" in state or state.get("/TR2", "/Default") != "/Default":
            yield "TR, TR2 or HTP"
        half = state.get("/HT")
        if isinstance(half, (pikepdf.Dictionary, pikepdf.Stream)) and half.get("/HalftoneType") not in (1, 5):
            yield "halftone"


@pdfa("6.2.6", "rendering intents of ISO 32000-1 only")
def rendering_intents(doc):
    used = set().union(*(each.intents for each in doc.everything_painted))
    used |= {str(one["/Intent"]) for one in doc.dictionaries if one.get("/Subtype") == "/Image" and "/Intent" in one}
    used |= {str(one["/RI"]) for one in doc.dictionaries if isinstance(one.get("/RI"), pikepdf.Name)}
    if not used:
        raise NotThere("none is set")
    yield from sorted(used - INTENTS)


@pdfa("6.2.8", "images without alternates and OPI, not interpolated")
def images(doc):
    found = [one for each in doc.everything_painted for one in each.images]
    if not found:
        raise NotThere("no images")
    for image in found:
        if isinstance(image, pikepdf.Object):
            yield from (key for key in ("/Alternates", "/OPI") if key in image)
        if bool(image.get("/Interpolate", False) if isinstance(image, pikepdf.Object) else image.obj.get("/I", False)):
            yield "Interpolate"


@pdfa("6.2.9", "form XObjects without OPI and PostScript, no reference or PostScript XObjects")
def external_objects(doc):
    forms = [one for one in doc.streams if one.get("/Type") == "/XObject" or one.get("/Subtype") in ("/Form", "/PS")]
    if not forms:
        raise NotThere("no XObjects")
    for form in forms:
        if form.get("/Subtype") == "/PS" or form.get("/Subtype2") == "/PS":
            yield "PostScript"
        yield from (key for key in ("/OPI", "/Ref", "/PS") if key in form)


@pdfa("6.2.10", "transparency: blend modes of ISO 32000-1; groups with a colour space, or an output intent")
def transparency(doc):
    blending = [str(state["/BM"]) for each in doc.everything_painted for state in each.states if state and "/BM" in state]
    groups = [one["/Group"] for one in doc.dictionaries if isinstance(one.get("/Group"), pikepdf.Dictionary)]
    alpha = [state for each in doc.everything_painted for state in each.states if state and (set(state.keys()) & {"/CA", "/ca", "/SMask"})]
    if not (blending or groups or alpha):
        raise NotThere("nothing is transparent")
    standard = "Normal Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference Exclusion Hue Saturation Color Luminosity Compatible"
    yield from (mode for mode in blending if mode.lstrip("/") not in standard.split())
    if not intents(doc):
        yield from ("a group without a colour space" for group in groups if "/CS" not in group)


@pdfa("6.9", "optional content: named configurations that list every group, no AS")
def optional_content(doc):
    if "/OCProperties" not in doc.root:
        raise NotThere("no optional content")
    properties = doc.root["/OCProperties"]
    configurations = [properties["/D"], *properties.get("/Configs", [])]
    for one in configurations:
        if not str(one.get("/Name", "")):
            yield "a configuration without a name"
        if "/AS" in one:
            yield "AS in a configuration"
        if "/Order" not in one:
            yield "no Order"
