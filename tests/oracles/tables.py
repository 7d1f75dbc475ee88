"""Writes one table of records in every format that regulators send, with programs that we did not write.

The files are kept in tests/fixtures/tables; run this again after a change of the table:
tests/.tools/venv/bin/python tests/oracles/tables.py tests/fixtures/tables
"""

import datetime
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import openpyxl
import pandas
import pyarrow
import pyarrow.parquet

NAMES = [
    "CF_XDR_MC", "CF_XDR_LB", "CF_XDR_SHXYM", "CF_XDR_GSZC", "CF_FRDB", "CF_XDR_ZJLX", "CF_XDR_ZJHM", "CF_WSH",
    "CF_WFXW", "CF_SY", "CF_YJ", "CF_CFLB", "CF_NR", "CF_NR_FK", "CF_JDRQ", "CF_YXQ", "CF_GSJZQ", "CF_CFJG",
    "CF_CFJGDM", "CF_SJLY", "CF_SJLYDM", "BZ", "自有列",
]
AUTHORITY, ORGAN = "11310000MBTE5T184B", "示范市消防救援总队"


def row(number, **changes):
    sound = {
        "CF_XDR_MC": "示范甲智能科技股份有限公司", "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": "91310115MATE5T017A", "CF_FRDB": "示范一",
        "CF_WSH": f"示消行罚决字〔2024〕第{number:04}号", "CF_WFXW": "消防设施未保持完好有效",
        "CF_SY": "末端试水装置压力不足。", "CF_YJ": "《中华人民共和国消防法》第六十条", "CF_CFLB": "罚款",
        "CF_NR": "罚款人民币 5000 元。", "CF_NR_FK": "0.5", "CF_JDRQ": "2024-03-10", "CF_YXQ": "2099-12-31",
        "CF_GSJZQ": "2027-03-10", "CF_CFJG": ORGAN, "CF_CFJGDM": AUTHORITY, "CF_SJLY": ORGAN,
        "CF_SJLYDM": AUTHORITY,
    }
    return {name: changes.get(name, sound.get(name, "")) for name in NAMES}


ROWS = [
    row(1),
    row(2, CF_SY="第一行\n第二行,\"引号\"\\反斜线", CF_XDR_MC="示范㙓䶮𬭎犇祎堃𠅤有限公司", 自有列="甲"),
    row(3, CF_JDRQ="2024-02-30", CF_NR_FK=""),
    row(4, CF_XDR_MC="示范人", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
        CF_XDR_ZJHM="999999199001010016"),
    row(5, CF_XDR_SHXYM="91310115MATE5T0170", BZ="=1+2"),
    row(6, CF_XDR_GSZC="310115000012347", CF_NR_FK="12.345678"),
    row(1, CF_SY="说法不同。"),
]
DAYS = ["CF_YXQ", "CF_GSJZQ"]


def day(text):
    return datetime.date.fromisoformat(text)


def workbook(rows):
    """Texts as texts, days as days, amounts as numbers, as people fill them in."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据"
    sheet.append(NAMES)
    for cells in rows:
        sheet.append([cell(name, cells[name]) for name in NAMES])
        for at, name in enumerate(NAMES, 1):
            if name == "BZ":
                sheet.cell(sheet.max_row, at).data_type = "s"  # a text that looks like a formula
    return book


def cell(name, text):
    if not text:
        return None
    if name in DAYS:
        return day(text)
    if name == "CF_NR_FK":
        return float(text)
    if name == "CF_XDR_GSZC":
        return int(text)
    return text


def as_people_make_them():
    """A title, a header in two rows of merged cells, two sheets, one that is hidden, and one with notes."""
    book = openpyxl.Workbook()
    groups = {"相对人": NAMES[:7], "决定": NAMES[7:17], "机关": NAMES[17:21]}
    for title, rows in [("浦东", ROWS[:2]), ("徐汇", ROWS[3:4])]:
        sheet = book.create_sheet(title)
        sheet.append(["2024 年行政处罚信息公示表"])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(NAMES))
        sheet.append([])
        at = 1
        for group, names in groups.items():
            sheet.cell(3, at, group)
            sheet.merge_cells(start_row=3, start_column=at, end_row=3, end_column=at + len(names) - 1)
            for name in names:
                sheet.cell(4, at, name)
                at += 1
        for name in NAMES[21:]:  # merged downwards: the name stands in the upper row
            sheet.cell(3, at, name)
            sheet.merge_cells(start_row=3, start_column=at, end_row=4, end_column=at)
            at += 1
        for cells in rows:
            sheet.append([cell(name, cells[name]) for name in NAMES])
        sheet.append([])
    del book["Sheet"]
    hidden = book.create_sheet("旧数据")
    hidden.append(NAMES)
    hidden.append([cell(name, ROWS[5][name]) for name in NAMES])
    hidden.sheet_state = "hidden"
    notes = book.create_sheet("填写说明")
    notes.append(["请按模板填写"])
    return book


def digits_lost():
    """Long codes that were typed into cells for numbers, an error value, and a day of the wrong kind."""
    book = workbook([row(1, CF_XDR_SHXYM=""), row(2, CF_XDR_SHXYM=""), row(3)])
    sheet = book.active
    sheet.cell(2, NAMES.index("CF_XDR_GSZC") + 1, 3101150000123471)
    sheet.cell(3, NAMES.index("CF_XDR_GSZC") + 1, 310115000012347)
    sheet.cell(4, NAMES.index("CF_SY") + 1, "#REF!").data_type = "e"
    sheet.cell(4, NAMES.index("CF_JDRQ") + 1, 45361)
    return book


def packed(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, bytes_ in data:
            archive.writestr(zipfile.ZipInfo(entry, (2026, 11, 28, 0, 0, 0)), bytes_, zipfile.ZIP_DEFLATED)
    return name, out.getvalue()


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def files():
    frame = pandas.DataFrame(ROWS, columns=NAMES)
    csv = frame.to_csv(index=False).encode()
    yield "table.csv", csv
    yield "table.gb18030.csv", frame.to_csv(index=False).encode("gb18030")
    yield "table.tsv", frame.to_csv(index=False, sep="\t").encode()
    yield "table.ndjson", frame.to_json(orient="records", lines=True, force_ascii=False).encode()
    yield "table.json", json.dumps(ROWS, ensure_ascii=False, indent=1).encode()
    yield "table.wrapped.json", json.dumps({"code": 0, "page": {"size": 7}, "data": ROWS, "msg": "]}"}).encode()
    yield "table.xlsx", saved(workbook(ROWS))
    typed = frame.copy()
    typed["CF_NR_FK"] = pandas.to_numeric(typed["CF_NR_FK"])
    for name in DAYS:
        typed[name] = [day(text) for text in typed[name]]
    typed["CF_GSJZQ"] = pandas.to_datetime(typed["CF_GSJZQ"])
    typed["CF_CFJG"] = typed["CF_CFJG"].astype("category")
    typed = typed.replace({"": None})
    table = pyarrow.Table.from_pandas(typed, preserve_index=False)
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, row_group_size=3)
    yield "table.parquet", out.getvalue()
    yield "table.csv.gz", gzip.compress(csv, mtime=0)
    yield "table.parquet.gz", gzip.compress(out.getvalue(), mtime=0)
    halves = [("甲区.csv", frame[:4].to_csv(index=False).encode()), ("__MACOSX/x", b"junk"),
              ("乙区/乙.csv", frame[4:].to_csv(index=False).encode())]
    yield packed("table.zip", halves)
    books = [("一.xlsx", saved(workbook(ROWS[:4]))), ("二.xlsx", saved(workbook(ROWS[4:])))]
    yield packed("table.xlsx.zip", books)
    yield "people.xlsx", saved(as_people_make_them())
    yield "digits.xlsx", saved(digits_lost())


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, data in files():
        (folder / name).write_bytes(data)
