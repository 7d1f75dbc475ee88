"""Faults of the file, of what is painted, and of fonts."""

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from .mutating import breaks, font, image, instead, kid, paint, spoils, state

# The file.


@spoils("A header")
def header_of_pdf_2(data):
    return instead(data, b"%PDF-1.7", b"%PDF-2.0")


@spoils("A trailer")
def bytes_after_the_end(data):
    return data + b"more\n"


@breaks("A trailer", "UA open_to_all")
def encryption(doc):
    doc.pdf.trailer["/Encrypt"] = Dictionary(Filter=Name.Standard)


@spoils("A cross_reference")
def startxref_leads_elsewhere(data):
    at = data.rindex(b"startxref") + 10
    return data[:at] + b"0" * (data.index(b"\n", at) - at) + data[data.index(b"\n", at) :]


@spoils("A strings")
def odd_hexadecimal_digits(data):
    return instead(data, b"/M(D:", b"/M<ABC>%(")


@breaks("A strings")
def odd_digits_on_a_page(doc):
    paint(doc, b"/F0 9 Tf BT <016> Tj ET")


@spoils("A streams")
def no_line_before_endstream(data):
    return instead(data, b"\nendstream", b" endstream")


@breaks("A streams")
def external_stream(doc):
    doc.pdf.pages[0].obj["/Contents"]["/F"] = String("elsewhere")


@breaks("A filters")
def lzw(doc):
    doc.streams[0]["/Filter"] = Name.LZWDecode


@breaks("A names")
def name_in_another_encoding(doc):
    font(doc)["/BaseFont"] = pikepdf.Object.parse(b"/ABCDEF+#c3#28")


@spoils("A objects")
def two_blanks_in_obj(data):
    return instead(data, b" 0 obj\n", b"  0 obj\n")


@breaks("A inline_images")
def inline_image_in_lzw(doc):
    paint(doc, b"BI /W 1 /H 1 /CS /G /BPC 8 /F /LZW ID \0 EI")


@breaks("A permissions")
def strange_permission(doc):
    doc.root["/Perms"]["/Mine"] = True


@breaks("A limits")
def q_nested_too_deep(doc):
    paint(doc, b"q " * 29 + b"Q " * 29)


@breaks("A limits")
def page_too_large(doc):
    doc.pdf.pages[0].obj["/MediaBox"] = Array([0, 0, 15000, 800])


# What is painted.


@breaks("A content_streams")
def unknown_operator(doc):
    paint(doc, b"BX bogus EX")


@breaks("A content_streams")
def state_not_restored(doc):
    paint(doc, b"q")


@breaks("A content_streams")
def missing_resource(doc):
    paint(doc, b"/Nowhere gs")


@breaks("A output_intent", "A device_colours")
def no_output_intent(doc):
    del doc.root["/OutputIntents"]


@breaks("A output_intent")
def output_intent_with_other_n(doc):
    doc.root["/OutputIntents"][0]["/DestOutputProfile"]["/N"] = 4


@breaks("A icc_based")
def icc_space_without_profile(doc):
    empty = doc.pdf.make_stream(b"")
    doc.pdf.pages[0].obj["/Resources"]["/ColorSpace"] = Dictionary(C=Array([Name.ICCBased, empty]))


@breaks("A device_colours")
def cmyk(doc):
    paint(doc, b"0 0 0 1 k")


@breaks("A spot_colours")
def spot_colour(doc):
    space = Array([Name.Separation, Name.Gold, Name.DeviceRGB, Dictionary(FunctionType=2)])
    doc.pdf.pages[0].obj["/Resources"]["/ColorSpace"] = Dictionary(C=space)


@breaks("A graphics_states")
def transfer_function(doc):
    state(doc, TR=Name.Identity)


@breaks("A rendering_intents")
def rendering_intent(doc):
    paint(doc, b"/Nice ri")


@breaks("A images")
def interpolated_image(doc):
    image(doc, Interpolate=True)


@breaks("A external_objects", "UA form_objects")
def reference_object(doc):
    form = doc.pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]), Ref=Dictionary())
    form["/Resources"] = Dictionary()
    doc.pdf.pages[0].obj["/Resources"]["/XObject"] = Dictionary(R=doc.pdf.make_indirect(form))
    paint(doc, b"/R Do")


@breaks("A transparency")
def strange_blend_mode(doc):
    state(doc, BM=Name.Mine)


@breaks("A optional_content", "UA optional_content")
def nameless_layers(doc):
    doc.root["/OCProperties"] = Dictionary(OCGs=Array([]), D=Dictionary(AS=Array([])))


# Fonts.


@breaks("A composite_fonts", "UA composite_fonts")
def no_map_to_glyphs(doc):
    del kid(doc)["/CIDToGIDMap"]


@breaks("A embedding", "UA embedding")
def font_not_embedded(doc):
    del kid(doc)["/FontDescriptor"]["/FontFile2"]


@breaks("A subsets", "UA subsets")
def subset_without_tag(doc):
    font(doc)["/BaseFont"] = Name("/Whole")


@breaks("A metrics", "UA metrics")
def widths_of_another_font(doc):
    kid(doc)["/W"] = Array([])
    kid(doc)["/DW"] = 123


@breaks("A encodings", "UA encodings")
def simple_symbolic_font_with_encoding(doc):
    simple = Dictionary(Type=Name.Font, Subtype=Name.TrueType, Encoding=Name.WinAnsiEncoding, FontDescriptor=Dictionary(Flags=4))
    doc.pdf.pages[0].obj["/Resources"]["/Font"]["/Simple"] = doc.pdf.make_indirect(simple)
    paint(doc, b"BT /Simple 9 Tf (a) Tj ET")


@breaks("A to_characters", "UA to_characters")
def no_to_unicode(doc):
    del font(doc)["/ToUnicode"]


@breaks("A to_characters", "UA to_characters")
def code_that_means_nothing(doc):
    to_all(doc, "FEFF")


@breaks("A private_use")
def code_of_private_use(doc):
    to_all(doc, "E000")


def to_all(doc, character):
    """Every code of a font means one character."""
    cmap = f"1 beginbfrange <0000> <FFFF> [{'<%s>' % character * 65536}] endbfrange"
    font(doc)["/ToUnicode"].write(cmap.encode())


@breaks("A notdef", "UA notdef")
def notdef_shown(doc):
    name = next(iter(doc.pdf.pages[0].obj["/Resources"]["/Font"].keys()))
    paint(doc, f"BT {name} 9 Tf <0000> Tj ET".encode())
