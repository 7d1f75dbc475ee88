#!/usr/bin/env python3
"""Makes and signs the report of some facts with other engines: peers.py ENGINE FACTS QR-TEXT FONTS COUNT OUT.

Every engine says what our report says: subject, request, a row for each domain, a table for each record, notes, the QR
code. Each document is made afresh from the facts, in one process that is warm, and signed by pyHanko with P-256 as a
certification signature (PAdES B-B). One line of JSON comes out: milliseconds of processor time per document (median of
COUNT) for drawing and for signing, and the size of the last document, which is written to OUT.
"""

import argparse
import datetime
import html
import io
import json
import statistics
import time
from pathlib import Path

import segno
from asn1crypto import keys, x509
from cryptography import x509 as make
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

CONCLUSIONS = {"none": "○ 无记录", "found": "● 有记录", "not-covered": "△ 不作结论"}
NOTES = [
    "本报告客观列示数源单位报送的信息，反映数据截止时间的情况；不判断违法行为是否“重大”，也不作信用评价。",
    "“不作结论”不等于有违法记录，也不等于没有违法记录；所涉领域和期间，请向数源单位另行核实。",
    "纸质件与电子件内容相同；有出入的，以带有有效数字签名的电子件为准。",
]
RECORD = {
    "document_number": "决定文书号",
    "violation": "违法行为类型",
    "facts": "违法事实",
    "basis": "处罚依据",
    "content": "处罚内容",
    "fine": "罚款（分）",
    "decided_on": "决定日期",
    "publicity_until": "公示截止期",
    "organ_name": "处罚机关",
    "source_name": "数据来源单位",
    "remark": "备注",
}


def content(facts):
    """What the pages say, as titles and rows of text."""
    subject, request, summary = facts["subject"], facts["request"], facts["summary"]
    about = [
        ("名称", subject["name"]),
        ("统一社会信用代码", subject["code"]),
        ("法定代表人", subject.get("representative") or ""),
        ("住所", subject.get("address") or ""),
        ("登记机关", subject.get("registration_authority") or ""),
        ("申请人", request["applicant"]),
        ("查询期间", f"{request['period']['from']} 至 {request['period']['to']}"),
        ("数据截止", facts["as_of"]),
        ("结论", f"{summary['domains']} 个领域：{summary['found']} 个有记录，{summary['none']} 个无记录"),
    ]
    domains = []
    for domain in facts["domains"]:
        first = domain["authorities"][0] if domain["authorities"] else None
        since = f"{first['data_from']} 至 {first['complete_through']}" if first else "—"
        body = first["name"]["zh"] if first else "—"
        domains.append((domain["code"], domain["name"]["zh"], body, since, CONCLUSIONS[domain["conclusion"]]))
    records = [
        [(label, str(record[key])) for key, label in RECORD.items() if record.get(key) is not None]
        for record in facts["records"]
    ]
    return {"title": "专用信用报告", "number": facts["number"], "about": about, "domains": domains, "records": records}


class Typst:
    """The compiler is kept; the facts come in anew each time. PDF/A-3a and PDF/UA-1 are asked for."""

    SOURCE = """
#let said = json(bytes(sys.inputs.said))
#set document(title: said.title, author: "bench", date: datetime(year: 2026, month: 11, day: 22))
#set page(paper: "a4", margin: 2.5cm, footer: context align(center, counter(page).display()))
#set text(font: "MingzhengSong", size: 10.5pt, lang: "zh")
#show heading: set text(font: "MingzhengSong")
#align(center)[#heading(level: 1, said.title) 编号 #said.number]
#let rows(width, all) = table(columns: width, ..all.flatten())
== 一、主体与申请
#rows((96pt, 1fr), said.about)
== 二、各领域结论
#table(columns: (30pt, 90pt, 1fr, 110pt, 70pt),
  table.header("代码", "领域", "数源单位", "数据期间", "结论"), ..said.domains.flatten())
== 三、记录
#for record in said.records { rows((92pt, 1fr), record) }
== 四、说明
#for note in said.notes { [+ #note] }
#image(bytes(said.qr), format: "svg", width: 36mm, alt: "QR")
"""

    def __init__(self, fonts):
        import typst

        folder = fonts.resolve()
        self.compiler = typst.Compiler(root="/", font_paths=[str(folder)], ignore_system_fonts=True)

    def draw(self, said):
        inputs = {"said": json.dumps(said, ensure_ascii=False)}
        return self.compiler.compile(
            self.SOURCE.encode(), format="pdf", sys_inputs=inputs, pdf_standards=["a-3a", "ua-1"]
        )


class WeasyPrint:
    """The font configuration is kept. PDF/UA-1 is asked for: one variant is all it can give."""

    def __init__(self, fonts):
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        self.configuration = FontConfiguration()
        face = "@font-face {{ font-family: {}; src: url('{}') }}"
        style = [
            face.format("Serif", (fonts / "MingzhengSong.ttf").resolve().as_uri()),
            face.format("Bold", (fonts / "MingzhengSong.ttf").resolve().as_uri()),
            "@page { size: A4; margin: 2.5cm; @bottom-center { content: counter(page) } }",
            "body { font: 10.5pt Serif } h1, h2 { font-family: Bold; font-weight: normal }",
            "h1, p.number { text-align: center } table { border-collapse: collapse; width: 100% }",
            "td, th { border: .5pt solid black; font-weight: normal; text-align: left }",
        ]
        self.style = CSS(string="\n".join(style), font_config=self.configuration)

    def draw(self, said):
        from weasyprint import HTML

        def table(rows, head=()):
            top = "".join(f"<th scope=col>{html.escape(it)}</th>" for it in head)
            cells = ("".join(f"<td>{html.escape(it)}</td>" for it in row) for row in rows)
            return f"<table>{top and f'<thead><tr>{top}</tr></thead>'}{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

        parts = [
            f"<html lang=zh><title>{said['title']}</title><body><h1>{said['title']}</h1>",
            f"<p class=number>编号 {said['number']}</p><h2>一、主体与申请</h2>{table(said['about'])}<h2>二、各领域结论</h2>",
            table(said["domains"], ("代码", "领域", "数源单位", "数据期间", "结论")),
            "<h2>三、记录</h2>",
            *(table(record) for record in said["records"]),
            "<h2>四、说明</h2><ol>" + "".join(f"<li>{html.escape(note)}</li>" for note in said["notes"]) + "</ol>",
            f"<div style='width:36mm' role=img aria-label=QR>{said['qr']}</div>",
        ]
        page = HTML(string="".join(parts))
        return page.write_pdf(stylesheets=[self.style], font_config=self.configuration, pdf_variant="pdf/ua-1")


class ReportLab:
    """The fonts are registered once. It writes neither tags nor PDF/A."""

    def __init__(self, fonts):
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        pdfmetrics.registerFont(TTFont("Serif", fonts / "MingzhengSong.ttf"))
        pdfmetrics.registerFont(TTFont("Bold", fonts / "MingzhengSong.ttf"))

    def draw(self, said):
        from reportlab.graphics.barcode.qr import QrCodeWidget
        from reportlab.graphics.shapes import Drawing
        from reportlab.lib import colors
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

        body = ParagraphStyle("body", fontName="Serif", fontSize=10.5, leading=15, wordWrap="CJK")
        head = ParagraphStyle("head", parent=body, fontName="Bold", fontSize=14, leading=22)

        def table(rows, widths, repeat=0):
            cells = [[Paragraph(html.escape(it), body) for it in row] for row in rows]
            grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
            return Table(cells, colWidths=widths, repeatRows=repeat, style=grid)

        top = ("代码", "领域", "数源单位", "数据期间", "结论")
        story = [
            Paragraph(said["title"], head),
            Paragraph(f"编号 {said['number']}", body),
            Paragraph("一、主体与申请", head),
            table(said["about"], [96, 357]),
            Paragraph("二、各领域结论", head),
            table([top, *said["domains"]], [40, 90, 143, 110, 70], 1),
            Paragraph("三、记录", head),
        ]
        for record in said["records"]:
            story += [table(record, [92, 361]), Spacer(1, 6)]
        story += [Paragraph("四、说明", head), *(Paragraph(note, body) for note in said["notes"])]
        code = QrCodeWidget(said["qr_text"], barLevel="M", barWidth=102, barHeight=102)
        story.append(Drawing(102, 102, code))
        out = io.BytesIO()
        SimpleDocTemplate(out, pagesize=A4, title=said["title"]).build(story)
        return out.getvalue()


def signer():
    """pyHanko with a key and a certificate made for the occasion."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = make.Name([make.NameAttribute(make.NameOID.COMMON_NAME, "Peer")])
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    built = make.CertificateBuilder(name, name, key.public_key(), make.random_serial_number(), now - hour, now + hour)
    der = serialization.Encoding.DER
    secret = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    simple = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(built.sign(key, hashes.SHA256()).public_bytes(der)),
        signing_key=keys.PrivateKeyInfo.load(secret),
        cert_registry=SimpleCertificateStore(),
    )
    asked = signers.PdfSignatureMetadata(
        field_name="Signature", md_algorithm="sha256", certify=True, subfilter=fields.SigSeedSubFilter.PADES,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )  # fmt: skip
    return signers.PdfSigner(asked, simple)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    engines = {"typst": Typst, "weasyprint": WeasyPrint, "reportlab": ReportLab}
    parser.add_argument("engine", choices=engines)
    for path in ("facts", "qr", "fonts"):
        parser.add_argument(path, type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()

    facts, qr_text = json.loads(asked.facts.read_text("utf-8")), asked.qr.read_text("utf-8")
    engine, sign = engines[asked.engine](asked.fonts), signer()
    drawing, signing = [], []
    for turn in range(asked.count + 1):
        facts["number"] = f"{facts['number'][:-4]}{turn:04}"  # nothing is served from a cache of whole documents
        began = time.process_time()
        said = content(facts)
        said |= {"notes": NOTES, "qr_text": qr_text, "qr": segno.make(qr_text, error="m").svg_inline(scale=4)}
        drawn = engine.draw(said)
        between = time.process_time()
        pdf = sign.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(drawn), strict=False)).getvalue()
        if turn > 0:  # the first is for warming up
            drawing.append(between - began)
            signing.append(time.process_time() - between)
    asked.out.write_bytes(pdf)
    middle = {"draw_ms": statistics.median(drawing) * 1000, "sign_ms": statistics.median(signing) * 1000}
    print(json.dumps(middle | {"bytes": len(pdf)}))


if __name__ == "__main__":
    main()
