"""Faults of annotations and files, of metadata, and of structure."""

from pikepdf import Array, Dictionary, Name, String

from .mutating import annotate, breaks, element, first, repaint, rewrite, widget

# Annotations, fields, actions, files.


@breaks("A annotation_types")
def film(doc):
    annotate(doc, Subtype=Name.Movie)


@breaks("A annotation_flags")
def seal_not_printed(doc):
    widget(doc)["/F"] = 0


@breaks("A annotation_appearances")
def seal_without_appearance(doc):
    del widget(doc)["/AP"]


@breaks("A form_fields", "A events")
def field_with_action(doc):
    widget(doc)["/AA"] = Dictionary()


@breaks("A no_xfa", "UA static")
def xfa(doc):
    doc.root["/AcroForm"]["/XFA"] = Array([])


@breaks("A digital_signatures")
def signature_over_less(doc):
    range_ = widget(doc)["/V"]["/ByteRange"]
    range_[3] = int(range_[3]) - 1


@breaks("A actions", "UA no_scripts")
def script(doc):
    doc.root["/OpenAction"] = Dictionary(S=Name.JavaScript, JS=String("1"))


@breaks("A embedded_files")
def file_without_relationship(doc):
    del doc.root["/AF"][0]["/AFRelationship"]


@breaks("A embedded_files")
def file_of_nothing(doc):
    del doc.root["/AF"]


@breaks("UA named_files", "A embedded_files")
def file_without_uf(doc):
    del doc.root["/AF"][0]["/UF"]


@breaks("A presentations")
def slides(doc):
    doc.pdf.pages[0].obj["/PresSteps"] = Dictionary()


@breaks("A requirements")
def requirement(doc):
    doc.root["/Requirements"] = Array([])


@breaks("UA signature_fields")
def field_without_name(doc):
    del widget(doc)["/TU"]


@breaks("UA navigation")
def no_bookmarks(doc):
    del doc.root["/Outlines"]


@breaks("UA described_annotations", "UA links")
def link_outside_the_tree(doc):
    annotate(doc, Subtype=Name.Link)


@breaks("UA no_traps")
def trap(doc):
    annotate(doc, Subtype=Name.TrapNet)


@breaks("UA tabs")
def pages_without_tabs(doc):
    for page in doc.pdf.pages:
        del page.obj["/Tabs"]


# Metadata.


@breaks("A has_metadata", "UA has_title")
def no_metadata(doc):
    del doc.root["/Metadata"]


@breaks("A has_metadata")
def metadata_not_well_formed(doc):
    rewrite(doc, "</rdf:RDF>", "")


@breaks("A has_metadata")
def creator_no_sequence(doc):
    packet = doc.root["/Metadata"]
    packet.write(packet.read_bytes().replace(b"rdf:Seq>", b"rdf:Bag>"))


@breaks("A extension_schemas")
def undescribed_property(doc):
    rewrite(doc, "<pdfaProperty:name>part<", "<pdfaProperty:name>whole<")


@breaks("A equal_properties")
def other_title(doc):
    doc.pdf.trailer["/Info"]["/Title"] = String("Another")


@breaks("A equal_properties")
def other_date(doc):
    doc.pdf.trailer["/Info"]["/ModDate"] = String("D:20200101000000+08'00'")


@breaks("A version")
def another_part(doc):
    rewrite(doc, "<pdfaid:part>3<", "<pdfaid:part>2<")


@breaks("UA identified")
def not_for_all(doc):
    rewrite(doc, "<pdfuaid:part>1<", "<pdfuaid:part>2<")


@breaks("UA has_title", "A equal_properties")
def no_title(doc):
    rewrite(doc, "dc:title>", "dc:type>")
    rewrite(doc, "/dc:title>", "/dc:type>")


@breaks("UA shows_title")
def title_not_shown(doc):
    doc.root["/ViewerPreferences"]["/DisplayDocTitle"] = False


@breaks("UA suspects")
def suspect(doc):
    doc.root["/MarkInfo"]["/Suspects"] = True


@breaks("UA suspects", "A marked")
def not_marked(doc):
    del doc.root["/MarkInfo"]


# Structure.


@breaks("A hierarchy")
def element_of_another_parent(doc):
    doc.elements[5].obj["/P"] = doc.elements[3].obj


@breaks("A types", "UA mapped_types")
def type_of_our_own(doc):
    first(doc, "H2").obj["/S"] = Name.Heading
    del doc.__dict__["elements"]


@breaks("UA mapped_types")
def standard_type_mapped(doc):
    doc.root["/StructTreeRoot"]["/RoleMap"] = Dictionary(P=Name.Span)


@breaks("A languages", "UA language")
def no_language(doc):
    del doc.root["/Lang"]


@breaks("A languages")
def strange_language(doc):
    first(doc, "P").obj["/Lang"] = String("Chinese, mostly")


@breaks("UA changes_of_language")
def chinese_said_to_be_english(doc):
    doc.root["/Lang"] = String("en")


@breaks("A alternate_descriptions", "UA graphics")
def figure_without_alt(doc):
    del first(doc, "Figure").obj["/Alt"]


@breaks("UA graphics")
def figure_without_box(doc):
    del first(doc, "Figure").obj["/A"]


@breaks("UA marked_content")
def paint_outside_marks(doc):
    repaint(doc, b"/Artifact<</Type/Pagination>>BDC", b"0 0 9 9 re f /Artifact<</Type/Pagination>>BDC")


@breaks("UA marked_content")
def artifact_inside_content(doc):
    repaint(doc, b"<</MCID 1>>BDC", b"<</MCID 1>>BDC /Artifact BMC EMC")


@breaks("UA marks_and_tree")
def mark_of_no_element(doc):
    repaint(doc, b"<</MCID 1>>BDC", b"<</MCID 999>>BDC")


@breaks("UA marks_and_tree")
def mark_of_another_type(doc):
    repaint(doc, b"/P<</MCID 1>>BDC", b"/H2<</MCID 1>>BDC")


@breaks("UA marks_and_tree")
def parent_tree_of_another_order(doc):
    listed = doc.root["/StructTreeRoot"]["/ParentTree"]["/Nums"][1]
    listed[0], listed[1] = listed[1], listed[0]


@breaks("UA headings")
def level_left_out(doc):
    first(doc, "H2").obj["/S"] = Name.H3
    del doc.__dict__["elements"]


@breaks("UA tables")
def head_without_scope_and_id(doc):
    head = first(doc, "TH").obj
    del head["/A"]
    if "/ID" in head:
        del head["/ID"]


@breaks("UA tables")
def cell_with_strange_headers(doc):
    first(doc, "TD").obj["/A"] = Dictionary(O=Name.Table, Headers=Array([String("nobody")]))


@breaks("UA tables")
def row_too_short(doc):
    row = first(doc, "TR").obj
    row["/K"] = Array(list(row["/K"])[:-1])
    del doc.__dict__["elements"]


@breaks("UA nesting")
def row_outside_tables(doc):
    element(doc, "TR")


@breaks("UA lists")
def numbers_not_told(doc):
    del first(doc, "L").obj["/A"]


@breaks("UA formulas")
def formula_without_alt(doc):
    element(doc, "Formula")


@breaks("UA running")
def running_head_of_no_type(doc):
    repaint(doc, b"/Artifact<</Type/Pagination>>BDC", b"/Artifact BMC")


@breaks("UA notes")
def note_without_identifier(doc):
    element(doc, "Note")


@breaks("UA speakable")
def silent_text(doc):
    for one in doc.pdf.pages[0].obj["/Resources"]["/Font"].values():
        one["/ToUnicode"].write(b"")
