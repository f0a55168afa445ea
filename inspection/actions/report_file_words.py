"""What the columns of a file of reports are called, what their words mean, and what is said about a bad cell."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common.intake.issues import REFUSED
from common.intake.mapping import Option, Target, folded
from inspection.actions import report_refusals
from inspection.choices import ReportKind, RuleGeneration, Verdict

CODE_COLUMNS = ("equipment_code", "registration_code", "rescue_code", "certificate_number")
NEEDED = ("number", "kind", "concluded_on", "verdict", "people")
DAYS = ("concluded_on", "issued_on", "notice_due_on")
FREE = ("items", "correction_reason", "next_label")  # where people write in their own words
LONGEST = {"number": 40, "verdict": 40, "next_label": 40, "notice_number": 60, "correction_reason": 300}
LONGEST_OF_ITEM = {"measured": 60, "remark": 200}
MOST_ITEMS, MOST_PEOPLE = 200, 10
ITEMS_COLUMN = (
    "items"  # of the cell that holds the lines of another sheet; the same in every language, as mappings are kept
)

_WORDS = _("what each word means")
_KINDS = Option("words", _WORDS, tuple(ReportKind.choices), words=True)
_VERDICTS = Option("words", _WORDS, tuple(pair for pair in Verdict.choices if pair[0] != "UNSTATED"), words=True)

# aliases: the heading of the empty file in Chinese, then in English, then what bodies call it
TARGETS = (
    Target("number", _("report number"), ("报告编号", "report number", "检验报告编号", "报告号"), required=True),
    Target("equipment_code", _("equipment code"), ("设备代码", "equipment code", "电梯设备代码")),
    Target("registration_code", _("registration code"), ("注册代码", "registration code", "设备注册代码")),
    Target("rescue_code", _("rescue code"), ("救援识别码", "rescue code", "电梯应急救援识别码", "电梯编码", "elevator code")),
    Target("certificate_number", _("use certificate"), ("使用登记证编号", "use certificate", "使用证编号")),
    Target(
        "kind", _("kind of inspection"), ("检验类别", "kind of inspection", "检验类型", "检验种类", "kind"), required=True,
        options=(_KINDS,),
    ),
    Target(
        "concluded_on", _("conclusion date"), ("检验日期", "conclusion date", "检验结论日期", "date"), required=True
    ),
    Target(
        "verdict", _("conclusion"), ("检验结论", "conclusion", "结论", "verdict", "result"), required=True,
        options=(_VERDICTS,),
    ),
    Target(
        "people", _("inspectors"), ("检验人员证书编号", "inspectors' certificates", "检验员证书编号", "检验人员", "inspectors"),
        required=True, personal=True,
    ),
    Target("next_month", _("next month as printed"), ("下次检验日期", "next inspection", "下次检验年月", "next month")),
    Target("issued_on", _("date of issue"), ("签发日期", "date of issue", "报告签发日期", "issued")),
    Target("generation", _("rule of the report"), ("检验依据", "rule", "检验规则")),
    Target("notice_number", _("notice of defects"), ("检验意见通知书编号", "notice of defects", "意见书编号")),
    Target("notice_due_on", _("rectify until"), ("整改期限", "rectify until", "整改截止日期")),
    Target("supervised_use", _("supervised use"), ("监护使用", "supervised use")),
    Target("order", _("order that moved the window"), ("调整检验周期文号", "order", "延期文号", "文号")),
    Target("next_label", _("words of the next inspection"), ("下次检验说明", "words of the next inspection")),
    Target("body", _("inspection body"), ("检验机构", "inspection body", "检验机构名称")),
    Target("supersedes", _("corrects the report"), ("更正的报告", "corrects", "被更正报告标识")),
    Target("correction_reason", _("reason of the correction"), ("更正原因", "reason of the correction")),
    Target(
        "items", _("results of the items"), ("检验项目结果", "results of the items", "检验项目", "项目结果"), several=True
    ),
)  # fmt: skip
BY_NAME = {target.name: target for target in TARGETS}

# the sheet of items, one line each
LINES = (
    Target("number", _("report number"), ("报告编号", "report number", "检验报告编号", "报告号"), required=True),
    Target("item", _("item"), ("项目编号", "item", "检验项目", "项目", "item number"), required=True),
    Target("sign", _("result"), ("检验结果", "result", "结果", "sign"), required=True),
    Target("measured", _("measured"), ("实测值", "measured", "测量值")),
    Target("remark", _("remark"), ("备注", "remark", "说明")),
)

KIND_WORDS = {
    "定期检验": ReportKind.PERIODIC,
    "定检": ReportKind.PERIODIC,
    "自行检测": ReportKind.SELF_TEST,
    "安装监督检验": ReportKind.INSTALLATION,
    "改造监督检验": ReportKind.ALTERATION,
    "重大修理监督检验": ReportKind.MAJOR_REPAIR,
    "移装监督检验": ReportKind.RELOCATION,
    "制动试验": ReportKind.BRAKE_TEST,
    "125%制动试验": ReportKind.BRAKE_TEST,
    "限速器校验": ReportKind.GOVERNOR_CHECK,
    "恢复使用前检验": ReportKind.RESTART_INSPECTION,
}
GENERATION_WORDS = {
    "TSG T7001-2023": RuleGeneration.T7001_2023,
    "T7001-2023": RuleGeneration.T7001_2023,
    "TSG T7008-2023": RuleGeneration.T7001_2023,
    "T7008-2023": RuleGeneration.T7001_2023,
}
YES_NO = {"是": True, "否": False, "yes": True, "no": False, "y": True, "n": False, "1": True, "0": False}


def key_of(word: str) -> str:
    return folded(word).replace(" ", "")


def table_of(choices, more: Mapping) -> dict[str, object]:
    """{folded word: value}: values and labels in both languages, and `more`."""
    found = {key_of(value): value for value, _label in choices}
    for language in ("en", "zh-hans"):
        with override(language):
            found |= {key_of(str(label)): value for value, label in choices}
    return found | {key_of(word): value for word, value in more.items()}


def verdicts_in_english() -> dict[str, str]:
    """What is printed in Chinese is read by the dated wordings of the law, so only codes and English words are taken here."""
    known = [pair for pair in Verdict.choices if pair[0] != Verdict.UNSTATED]
    with override("en"):
        return {key_of(word): value for value, label in known for word in (value, str(label))}


SENTENCES = {
    "date-malformed": _("“%(value)s” is no day. Refused; write it as 2026-11-03 or 2026年11月3日."),
    "month-malformed": _("“%(value)s” is no month. Refused; write it as 2027-05 or 2027年5月."),
    "word-unknown": _(
        "“%(value)s” is not known here. Refused; correct the word, or say in the mapping what it stands for."
    ),
    "yes-or-no": _("“%(value)s” is neither 是 nor 否. Refused; write one of them."),
    "too-long": _("At most %(most)s characters stand here. Refused; shorten the text."),
    "too-many": _("At most %(most)s stand in one report. Refused; leave some out, or split the cell."),
    "personal-number": _("The text holds a phone or identity number of a person. Refused; write it without."),
    "code-needed": _("The row names no elevator. Refused; enter its equipment, registration or rescue code."),
    "elevator-unknown": report_refusals.ElevatorUnknown.message,
    "code-shared": _("Several elevators have this code. Refused; enter another code of the elevator."),
    "codes-disagree": _("The codes of this row belong to different elevators. Refused; correct or remove the wrong one."),
    "body-unknown": _("There is no such unit among those that you file for. Refused; correct the name, or leave it blank."),
    "body-needed": _("You file for several units. Refused; enter the unit's name or credit code in a column of its own."),
    "person-unknown": _(
        "Person %(place)s of this cell is nobody of your unit. Refused; enter the certificate number as your unit recorded it, "
        "or the sign-in name."
    ),
    "inspector-not-certified": _(
        "Person %(place)s of this cell held no valid certificate for this work on that day. Refused; record the certificate "
        "with their unit first, or correct the person or the day."
    ),
    "items-unreadable": _(
        "“%(entry)s” is no item with its result. Refused; write number and sign, a semicolon between two: A1.2.2.17×; rest√."
    ),
    "order-unknown": _(
        "No order “%(value)s” on record moves the window of this elevator on that day. Refused; check the document, or ask the "
        "authority to enter it."
    ),
    "id-malformed": _("This is no identifier of a report. Refused; copy it from the report that is corrected."),
    # what a report's own cells may not lack
    ("not-a-date", REFUSED): _("“%(value)s” is shown as a date but is none. The row is refused; enter the date."),
    ("cell-too-long", REFUSED): _(
        "The cell has %(characters)s characters, more than a report can hold. The row is refused; shorten it."
    ),
    # what is said about a report that was taken
    "VERDICT_CONTRADICTS_ITEMS": _("The results of the items speak for another conclusion. Filed as printed; compare them."),
    "TESTED_AFTER_BALANCE_FAILED": _("Tests have a result although the balance failed (%(items)s). Filed; compare them."),
    "NEXT_DATE_DIFFERS": _("The law gives %(computed)s for the next inspection, the report %(printed)s. Filed; compare them."),
    "ITEMS_MISSING": _("The report lacks items that each has (%(items)s). Filed; file a correction if they were inspected."),
}  # fmt: skip
# Refusals of the filing itself keep their codes; the sentence is put together where it is read, in the reader's language.
SENTENCES = {
    refusal.code: refusal.message
    for refusal in vars(report_refusals).values()
    if isinstance(refusal, type) and issubclass(refusal, report_refusals.ReportNotTaken)
} | SENTENCES
