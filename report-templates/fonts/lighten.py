"""Makes MingzhengSong.ttf, the font of the reports, out of two Noto fonts (SIL Open Font License 1.1).

    python3 -m pip install fonttools==4.68.0
    python3 lighten.py NotoSerifSC-Regular.ttf NotoSansSC-Regular.ttf MingzhengSong.ttf

Both are in the npm packages that README.md names. What changes, so that embedded subsets take two thirds of the room:

- neighbouring curves become one where no point moves by more than TOLERANCE thousandths of the font size;
- coordinates are counted in 256ths of the font size: at 10.5 points a third of a dot of a printer of 600 dpi;
- digits are equally wide, so that figures stand below each other;
- the few characters that only the sans serif has are taken from it;
- tables for layout, hinting and vertical writing are left out: reports use none of them.
"""

import math
import sys
from array import array

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program

UNITS = 256
TOLERANCE = 2.5
COMPATIBLE = {0xF900: 0x8C48, 0xF921: 0x5D50, 0xF938: 0x9732, 0xF949: 0x96F7, 0xF9B3: 0x9748}
NAME = "MingzhengSong"


def contours(coordinates, ends, flags):
    """The figures of a glyph as lists of (begin, control or None, end)."""
    start = 0
    for end in ends:
        points = [(*coordinates[at], flags[at] & 1) for at in range(start, end + 1)]
        start = end + 1
        if len(points) < 3:
            continue
        first = next((at for at, point in enumerate(points) if point[2]), None)
        if first is None:
            middle = tuple((a + b) / 2 for a, b in zip(points[-1][:2], points[0][:2]))
            points = [(*middle, 1), *points]
        else:
            points = points[first:] + points[:first]
        pieces, here, control = [], points[0][:2], None
        for x, y, on in points[1:] + points[:1]:
            if on:
                pieces.append((here, control, (x, y)))
                here, control = (x, y), None
            else:
                if control is not None:
                    middle = ((control[0] + x) / 2, (control[1] + y) / 2)
                    pieces.append((here, control, middle))
                    here = middle
                control = (x, y)
        if control is not None:
            pieces.append((here, control, points[0][:2]))
        yield [piece for piece in pieces if piece[0] != piece[2] or piece[1]]


def at(piece, t):
    (x0, y0), control, (x2, y2) = piece
    if control is None:
        return x0 + (x2 - x0) * t, y0 + (y2 - y0) * t
    u = 1 - t
    return (
        u * u * x0 + 2 * u * t * control[0] + t * t * x2,
        u * u * y0 + 2 * u * t * control[1] + t * t * y2,
    )


def direction(piece, at_end):
    begin, control, end = piece
    if control is None or control == (end if at_end else begin):
        vector = (end[0] - begin[0], end[1] - begin[1])
    elif at_end:
        vector = (end[0] - control[0], end[1] - control[1])
    else:
        vector = (control[0] - begin[0], control[1] - begin[1])
    length = math.hypot(*vector) or 1
    return vector[0] / length, vector[1] / length


def cross(a, b):
    return a[0] * b[1] - a[1] * b[0]


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1]


def distance(point, a, b):
    across, up = b[0] - a[0], b[1] - a[1]
    length = across * across + up * up
    part = 0 if length == 0 else ((point[0] - a[0]) * across + (point[1] - a[1]) * up) / length
    part = max(0, min(1, part))
    return math.hypot(point[0] - a[0] - part * across, point[1] - a[1] - part * up)


def deviation(run, fit, steps=16):
    """How far the pieces of a run lie from the one piece that would stand for them."""
    if fit[1] is None:
        return max(distance(at(piece, t), fit[0], fit[2]) for piece in run for t in (0.25, 0.5, 0.75, 1))
    line = [at(fit, step / steps) for step in range(steps + 1)]
    points = [at(piece, t) for piece in run for t in ((0.25, 0.5, 0.75, 1) if piece[1] else (1,))]
    return max(min(distance(point, a, b) for a, b in zip(line, line[1:])) for point in points)


def fitted(run, tolerance):
    """One piece in place of a run, or None."""
    begin, end = run[0][0], run[-1][2]
    if begin != end and deviation(run, (begin, None, end)) <= tolerance:
        return begin, None, end
    first, last = direction(run[0], False), direction(run[-1], True)
    turn = cross(first, last)
    if dot(first, last) < -0.2 or abs(turn) < 0.02:
        return None
    chord = (end[0] - begin[0], end[1] - begin[1])
    ahead, back = cross(chord, last) / turn, cross(first, chord) / turn
    if ahead <= 0 or back <= 0:
        return None
    fit = (begin, (begin[0] + ahead * first[0], begin[1] + ahead * first[1]), end)
    return fit if deviation(run, fit) <= tolerance else None


def refitted(pieces, tolerance):
    if len(pieces) < 3:
        return pieces

    def turn(at):
        return dot(direction(pieces[at - 1], True), direction(pieces[at], False))

    corner = min(range(len(pieces)), key=turn)
    pieces = pieces[corner:] + pieces[:corner]
    out, here = [], 0
    while here < len(pieces):
        begin, _, end = pieces[here]
        straight = begin != end and deviation(pieces[here : here + 1], (begin, None, end)) <= tolerance * 0.6
        best, after = ((begin, None, end) if straight else pieces[here]), here + 1
        for upto in range(here + 2, min(len(pieces), here + 8) + 1):
            if turn(upto - 1) < 0.85:
                break
            fit = fitted(pieces[here:upto], tolerance)
            if fit is None:
                break
            best, after = fit, upto
        out.append(best)
        here = after
    return out


def snapped(pieces, scale):
    """Points on the grid, without those that the others imply."""
    points = []
    for begin, control, _ in pieces:
        points.append((round(begin[0] * scale), round(begin[1] * scale), 1))
        if control is not None:
            points.append((round(control[0] * scale), round(control[1] * scale), 0))

    def needless(a, p, b):
        if (a[:2] == p[:2] and a[2] >= p[2]) or (not p[2] and p[:2] == b[:2]):
            return True
        if p[2] and a[2] and b[2]:
            between = min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
            return between and (p[0] - a[0]) * (b[1] - a[1]) == (p[1] - a[1]) * (b[0] - a[0])
        middle = abs(2 * p[0] - a[0] - b[0]) <= 1 and abs(2 * p[1] - a[1] - b[1]) <= 1
        return p[2] and not a[2] and not b[2] and middle

    changed = True
    while changed and len(points) > 2:
        changed, kept = False, []
        for at, point in enumerate(points):
            before = kept[-1] if kept else points[-1]
            if needless(before, point, points[(at + 1) % len(points)]) and (kept or not point[2] or before[:2] == point[:2]):
                changed = True
            else:
                kept.append(point)
        points = kept
    return points


def lightened(glyph, table, units, shift=0.0):
    coordinates, ends, flags = glyph.getCoordinates(table)
    moved = [(x + shift, y) for x, y in coordinates]
    figures = [snapped(refitted(one, TOLERANCE * units / 1000), UNITS / units) for one in contours(moved, ends, flags)]
    figures = [figure for figure in figures if len(figure) > 2]
    new = Glyph()
    new.numberOfContours = len(figures)
    if not figures:
        return new
    new.coordinates = GlyphCoordinates([(x, y) for figure in figures for x, y, _ in figure])
    new.flags = array("B", [on for figure in figures for _, _, on in figure])
    new.endPtsOfContours, last = [], -1
    for figure in figures:
        last += len(figure)
        new.endPtsOfContours.append(last)
    new.program = Program()
    new.program.fromBytecode(b"")
    new.recalcBounds(table)
    return new


def main(serif_path, sans_path, out_path):
    font, sans = TTFont(serif_path, recalcTimestamp=False), TTFont(sans_path)
    options = Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "STAT", "gasp", "meta", "DSIG"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(font.getBestCmap()))
    subsetter.subset(font)
    units = font["head"].unitsPerEm
    assert units == sans["head"].unitsPerEm == 1000

    cmap, own = font.getBestCmap(), sans.getBestCmap()
    table, metrics = font["glyf"], font["hmtx"].metrics
    digits = {cmap[ord(digit)] for digit in "0123456789"}
    widest = max(metrics[name][0] for name in digits)
    for name in table.keys():
        width, _ = metrics[name]
        shift = (widest - width) / 2 if name in digits else 0
        table[name] = lightened(table[name], table, units, shift)
        width = widest if name in digits else width
        metrics[name] = (round(width * UNITS / units), getattr(table[name], "xMin", 0))
    order = list(font.getGlyphOrder())
    extra = {}
    for code in sorted(set(own) - set(cmap)):
        if code in COMPATIBLE:
            extra[code] = cmap[COMPATIBLE[code]]
            continue
        name = f"extra{code:05X}"
        glyph = lightened(sans["glyf"][own[code]], sans["glyf"], units)
        order.append(name)
        table.glyphs[name] = glyph
        metrics[name] = (round(sans["hmtx"][own[code]][0] * UNITS / units), getattr(glyph, "xMin", 0))
        extra[code] = name
    font.setGlyphOrder(order)
    table.setGlyphOrder(order)
    for sub in font["cmap"].tables:
        sub.cmap.update({code: name for code, name in extra.items() if code <= 0xFFFF or sub.format == 12})

    font["head"].unitsPerEm = UNITS
    for where, fields in {
        "hhea": ["ascent", "descent", "lineGap"],
        "OS/2": ["sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent", "sxHeight", "sCapHeight"],
        "post": ["underlinePosition", "underlineThickness"],
    }.items():
        for field in fields:
            setattr(font[where], field, round(getattr(font[where], field) * UNITS / units))
    font["post"].formatType = 3.0
    names = {1: NAME, 2: "Regular", 3: NAME, 4: NAME, 5: "Version 1.000; after Noto Serif SC 2.003", 6: NAME}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    font.save(out_path)


main(*sys.argv[1:])
