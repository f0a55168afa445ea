"""Where something rests, as people read it: stored once as "law article", said in the reader's language."""

import re

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

# Laws and parts of them that are stored in Chinese; standards are called the same in every language.
IN_ENGLISH = {
    "特种设备安全法": "Special Equipment Safety Law",
    "总局令第74号": "SAMR Order 74",
    "宁政办发〔2019〕34号": "Nanjing circular 2019/34",
    "第六章": "chapter 6,",
    "日管控": "daily check",
    "周排查": "weekly review",
    "月调度": "monthly meeting",
    "安全总监": "safety director",
    "安全员": "safety officer",
}
WHOLE = (  # clauses without article or section
    gettext_noop("Jiangsu, self-tests by scan since 2025-04-01"),
    gettext_noop(
        "Notices of the State Council's office on the holidays of 2025 and 2026, as in chinesecalendar 1.11.0 (MIT)"
    ),
)
# What the sources of the platform's rows of law are marked with (the domain notes): how sure anybody is of them.
CERTAINTIES = {
    "V2": gettext_noop("two independent sources read"),
    "V1": gettext_noop("one source read"),
    "P": gettext_noop("proposed, to be set by the authority"),
    "D": gettext_noop("the platform's own decision"),
    "U": gettext_noop("not verified"),
}
_OWN_NUMBER = re.compile(r"R\d+ \((.+)\)")  # a number of our notes, and what it means in brackets
_ARTICLE = re.compile(r" ?art\. ?(\d+)")
_SECTION = re.compile(r" ?§ ?(\d[\d.]*)")
_PART = re.compile(r"\b((?:TSG|GB|GB/T) \S+) ([A-Z]?\d[\d.]*)")


def cited(clause: str) -> str:
    """A stored clause in the reader's language: "特种设备安全法 art. 40" becomes 特种设备安全法 第 40 条, or Special Equipment
    Safety Law art. 40. What it has no form of stays as somebody wrote it."""
    clause = own[1] if (own := _OWN_NUMBER.fullmatch(clause)) else clause
    if not clause:
        return ""
    if (translated := _(clause)) != clause:
        return translated
    return _in_chinese(clause) if (get_language() or "").startswith("zh") else _in_english(clause)


def _in_chinese(clause: str) -> str:
    clause = _ARTICLE.sub(r" 第 \1 条", _SECTION.sub(r" 第 \1 条", clause))
    clause = _PART.sub(lambda found: f"{found[1]} 第 {found[2]} {'条' if found[2][0].isdigit() else '项'}", clause)
    return clause.replace(", ", "；")


def _in_english(clause: str) -> str:
    for chinese, english in IN_ENGLISH.items():
        clause = clause.replace(chinese, english)
    return clause


def certainty_in_words(marks: str) -> str:
    """How sure the source of a row of law is; of several marks ("V2/D") each."""
    return ", ".join(_(CERTAINTIES[mark]) for mark in marks.split("/") if mark in CERTAINTIES)
