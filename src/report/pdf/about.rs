//! What the file says about itself: properties, XMP, colours, attachment, bookmarks.

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::macros::format_description;

use super::icc;
use super::objects::{Objects, Ref, name, text};
use crate::report::page::Sheet;

/// The program that writes; without a version, so that a newer one writes the same bytes.
const PRODUCER: &str = "Mingzheng";

/// A date as PDF writes it (ISO 32000-1, 7.9.4), on the clocks of Shanghai.
pub(super) fn date(at: OffsetDateTime) -> String {
    let digits = format_description!("[year][month][day][hour][minute][second]");
    // Every part is one of an `OffsetDateTime`, so that formatting it cannot fail.
    format!("(D:{}+08'00')", at.format(digits).unwrap_or_default())
}

/// Writes the document information dictionary.
pub(super) fn info(objects: &mut Objects, sheet: &Sheet) -> Ref {
    let date = date(sheet.issued_at.local());
    objects.add(&format!(
        "<</Title{}/Author{}/Subject{}/Creator({PRODUCER})/Producer({PRODUCER})/CreationDate{date}/ModDate{date}>>",
        text(&sheet.title),
        text(&sheet.author),
        text(&sheet.subject),
    ))
}

/// Writes the XMP packet: PDF/A-3a, PDF/UA-1, and the same properties as [`info`] (ISO 19005-3, 6.6).
pub(super) fn metadata(objects: &mut Objects, sheet: &Sheet) -> Ref {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    // As above: nothing to fail.
    let date = format!("{}+08:00", sheet.issued_at.local().format(form).unwrap_or_default());
    let (title, author, subject) = (xml(&sheet.title), xml(&sheet.author), xml(&sheet.subject));
    let lang = xml(&sheet.lang);
    let packet = format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator><dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description><dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>{PRODUCER}</xmp:CreatorTool><xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate><xmp:MetadataDate>{date}</xmp:MetadataDate></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>{PRODUCER}</pdf:Producer></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"#,
        bom = '\u{feff}',
    );
    // PDF/A wants it readable by programs that know no PDF, hence uncompressed.
    objects.stream("/Type/Metadata/Subtype/XML", packet.as_bytes())
}

/// Writes the output intent: the colours are sRGB (ISO 19005-3, 6.2.3).
pub(super) fn output_intent(objects: &mut Objects) -> Ref {
    let profile = objects.packed("/N 3", icc::srgb());
    objects.add(&format!(
        "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)\
         /Info(sRGB IEC61966-2.1)/DestOutputProfile {profile}>>"
    ))
}

/// Writes the attachment and gives its file specification (ISO 19005-3, 6.8).
pub(super) fn attachment(objects: &mut Objects, sheet: &Sheet) -> Ref {
    let file = &sheet.attachment;
    let entries = format!(
        "/Type/EmbeddedFile/Subtype{}/Params<</Size {}/ModDate{}>>",
        name(&file.mime),
        file.bytes.len(),
        date(sheet.issued_at.local())
    );
    let bytes = objects.pack(&entries, &file.bytes);
    objects.add(&format!(
        "<</Type/Filespec/F{0}/UF{0}/Desc{1}/AFRelationship/Data/EF<</F {bytes}/UF {bytes}>>>>",
        text(&file.name),
        text(&file.description)
    ))
}

/// Writes the bookmarks, or nothing if there are none.
pub(super) fn outline(objects: &mut Objects, sheet: &Sheet, pages: &[Ref]) -> Option<Ref> {
    let known = |(_, page, _): &&(String, usize, f32)| *page < pages.len();
    let items: Vec<_> = sheet.outline.iter().filter(known).collect();
    let root = if items.is_empty() { return None } else { objects.reserve() };
    let refs: Vec<Ref> = items.iter().map(|_| objects.reserve()).collect();
    for (at, (title, page, top)) in items.iter().enumerate() {
        let mut body = format!("<</Title{}/Parent {root}", text(title));
        if at > 0 {
            let _ = write!(body, "/Prev {}", refs[at - 1]);
        }
        if let Some(next) = refs.get(at + 1) {
            let _ = write!(body, "/Next {next}");
        }
        let top = sheet.pages[*page].height - top;
        let _ = write!(body, "/Dest[{}/XYZ null {top:.2} null]>>", pages[*page]);
        objects.put(refs[at], &body);
    }
    let (first, last) = (refs[0], refs[refs.len() - 1]);
    objects.put(root, &format!("<</Type/Outlines/First {first}/Last {last}/Count {}>>", refs.len()));
    Some(root)
}

/// Escapes text for XML, and leaves out the control characters that XML 1.0 forbids.
fn xml(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}
