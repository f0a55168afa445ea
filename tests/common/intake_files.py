"""Files as people have them, made for a test: texts in old encodings, workbooks with merged cells and long headers."""

import datetime as dt
import zipfile
from pathlib import Path

import xlsxwriter

CHINESE = "设备代码,使用单位,地址,速度\n" + "".join(
    f"3010320106{number:06d},示例物业有限公司,鼓楼区示例路{number}号,1.75\n" for number in range(1, 30)
)
GERMAN = "Kennzeichen;Höhe;Breite;Länge\n" + "".join(
    f"A{number};{number},5;1.234,{number:02d};118,79{number:02d}\n" for number in range(1, 30)
)


def put(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def three_line_workbook(path: Path, rows: int = 6) -> Path:
    """A title over everything, a header of three merged lines, and using units merged over two rows each."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("电梯台账")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range("A1:G1", "电梯台账 2026")
        sheet.merge_range("A2:A4", "序号")
        sheet.merge_range("B2:B4", "使用单位")
        sheet.merge_range("C2:F2", "设备")
        sheet.merge_range("C3:D3", "编号")
        sheet.merge_range("E3:F3", "参数")
        for place, name in enumerate(("设备代码", "登记证编号", "速度", "载重"), start=2):
            sheet.write(3, place, name)
        sheet.merge_range("G2:G4", "检验日期")
        for number in range(rows):
            at = 4 + number
            sheet.write(at, 0, number + 1)
            if number % 2 == 0:
                sheet.merge_range(at, 1, at + 1, 1, f"示例物业{number // 2 + 1}")
            sheet.write_string(at, 2, f"30103201062014{number:06d}")
            sheet.write_string(at, 3, f"T{number}")
            sheet.write_number(at, 4, 1.75)
            sheet.write_number(at, 5, 1000)
            sheet.write_datetime(at, 6, dt.datetime(2026, 3, number + 1), day)  # noqa: DTZ001 - a sheet's day
    return path


def workbook(path: Path, rows: list[list], **sheets: list[list]) -> Path:
    """A workbook with `rows` on its first sheet; texts beginning with = are formulas."""
    with xlsxwriter.Workbook(path) as book:
        for name, lines in {"Sheet1": rows, **sheets}.items():
            sheet = book.add_worksheet(name)
            for at, line in enumerate(lines):
                sheet.write_row(at, 0, line)
    return path


def with_part(path: Path, part: str, change) -> Path:
    """The workbook with one part of it rewritten by `change(bytes) -> bytes`."""
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def sheet_of(path: Path, rows: str) -> Path:
    """A workbook whose first sheet holds this XML between <sheetData> and </sheetData>."""

    def change(content: bytes) -> bytes:
        start, end = content.index(b"<sheetData"), content.index(b"<pageMargins")
        return content[:start] + b"<sheetData>" + rows.encode() + b"</sheetData>" + content[end:]

    return with_part(workbook(path, [["code"], ["A1"]]), "xl/worksheets/sheet1.xml", change)
