"""A document, read once: its bytes, objects, painted content and structure."""

import re
from functools import cached_property
from io import BytesIO

import pikepdf

from . import content

NUMBER_TREE_DEPTH = 16  # of the parent tree; ours has one level


class Element:
    """A structure element."""

    def __init__(self, obj, kind, parent):
        self.obj, self.kind, self.parent = obj, kind, parent
        self.children = []  # elements
        self.marks = []  # (page object id, MCID)
        self.objects = []  # of OBJR

    def inside(self):
        """The element and everything in it, in reading order."""
        yield self
        for child in self.children:
            yield from child.inside()

    def attribute(self, owner, name):
        """A value of its attribute objects; None without one."""
        found = self.obj.get("/A")
        for each in found if isinstance(found, pikepdf.Array) else [found]:
            if isinstance(each, pikepdf.Dictionary) and each.get("/O") == owner and name in each:
                return each[name]
        return None

    def inherited(self, name):
        """A value of its own or of the nearest element around it."""
        here = self
        while here is not None:
            if name in here.obj:
                return here.obj[name]
            here = here.parent
        return None


class Document:
    """What the checks look at."""

    def __init__(self, data):
        self.data = data
        self.pdf = pikepdf.open(BytesIO(data))
        self.root = self.pdf.Root

    @cached_property
    def objects(self):
        """Every indirect object."""
        return list(self.pdf.objects)

    @cached_property
    def dictionaries(self):
        """Every dictionary, direct or not, streams' among them."""
        return list(everything(self.objects))

    @cached_property
    def streams(self):
        """Every stream."""
        return [one for one in self.objects if isinstance(one, pikepdf.Stream)]

    @cached_property
    def painted(self):
        """What each page paints."""
        return [content.read(page.obj) for page in self.pdf.pages]

    @cached_property
    def appearances(self):
        """What the annotations paint."""
        return [content.read_form(form) for one in self.annotations for form in forms(one)]

    @cached_property
    def everything_painted(self):
        """Pages and annotations."""
        return self.painted + self.appearances

    @cached_property
    def annotations(self):
        """Every annotation of every page."""
        return [one for page in self.pdf.pages for one in page.obj.get("/Annots", [])]

    @cached_property
    def elements(self):
        """The structure elements in reading order; none without a tree."""
        root = self.root.get("/StructTreeRoot")
        if root is None:
            return []
        top = Element(root, None, None)
        seen = set()
        kids(top, root.get("/K"), None, seen)
        return [one for one in top.inside() if one is not top]

    @cached_property
    def tops(self):
        """The elements at the top of the tree."""
        return [one for one in self.elements if one.parent is not None and one.parent.kind is None]

    @cached_property
    def roles(self):
        """The role map."""
        mapped = self.root.get("/StructTreeRoot", {}).get("/RoleMap", {})
        return {str(name): str(role) for name, role in mapped.items()}

    def role(self, element):
        """The standard type of an element, without the slash."""
        kind, steps = element.kind, 0
        while kind in self.roles and steps <= len(self.roles):
            kind, steps = self.roles[kind], steps + 1
        return kind.lstrip("/")

    @cached_property
    def parents(self):
        """The parent tree: key to value."""
        tree = self.root.get("/StructTreeRoot", {}).get("/ParentTree")
        return dict(numbers(tree, NUMBER_TREE_DEPTH)) if tree is not None else {}

    @cached_property
    def marks(self):
        """Every marked-content sequence with a number: (page, MCID) to what it shows."""
        return {(page.page, number): mark for page in self.painted for number, mark in page.numbered.items()}

    @cached_property
    def fonts(self):
        """Fonts that show text: font object to the codes shown."""
        found = {}
        for each in self.everything_painted:
            for key, (font, codes) in each.fonts.items():
                found.setdefault(key, (font, set()))[1].update(codes)
        return list(found.values())

    @cached_property
    def skeleton(self):
        """The bytes with those of streams blanked out, so that only syntax is left."""
        out = bytearray(self.data)
        for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", self.data, re.DOTALL):
            out[found.start(1) : found.end(1)] = b" " * (found.end(1) - found.start(1))
        return bytes(out)


def everything(objects):
    """Every dictionary inside some objects, not following references."""
    stack = list(objects)
    while stack:
        one = stack.pop()
        if isinstance(one, (pikepdf.Dictionary, pikepdf.Stream)):
            yield one
            stack += [value for _, value in one.items() if not referred(value)]
        elif isinstance(one, pikepdf.Array):
            stack += [value for value in one if not referred(value)]


def referred(value):
    """Whether a value is an object of its own."""
    return isinstance(value, pikepdf.Object) and value.is_indirect


def forms(annotation):
    """The appearance streams of an annotation."""
    for state in annotation.get("/AP", {}).values():
        if isinstance(state, pikepdf.Stream):
            yield state
        elif isinstance(state, pikepdf.Dictionary):
            yield from (each for each in state.values() if isinstance(each, pikepdf.Stream))


def kids(element, kid, page, seen):
    """Adds what /K names to an element."""
    if kid is None:
        return
    if isinstance(kid, pikepdf.Array):
        for each in kid:
            kids(element, each, page, seen)
    elif isinstance(kid, int):
        element.marks.append((page, int(kid)))
    elif kid.get("/Type") == "/MCR":
        at = kid["/Pg"].objgen if "/Pg" in kid else page
        element.marks.append((at, int(kid["/MCID"])))
    elif kid.get("/Type") == "/OBJR":
        element.objects.append(kid["/Obj"])
    elif kid.objgen not in seen:
        seen.add(kid.objgen)
        child = Element(kid, str(kid.get("/S")), element)
        element.children.append(child)
        here = kid["/Pg"].objgen if "/Pg" in kid else page
        kids(child, kid.get("/K"), here, seen)


def numbers(tree, depth):
    """The pairs of a number tree."""
    pairs = list(tree.get("/Nums", []))
    yield from zip((int(key) for key in pairs[::2]), pairs[1::2])
    for kid in tree.get("/Kids", []) if depth else []:
        yield from numbers(kid, depth - 1)
