"""Where the shipped rows of law were read, for the catalogue: a row keeps its source in English, readers their own language."""

from django.utils.translation import gettext_noop

SOURCES = (
    gettext_noop("Jiangsu self-test by scan, trade press of 2025-03-17; official text not seen"),
    gettext_noop("TSG T7001-2023 annex A, notes 1-4; public report forms"),
    gettext_noop("TSG T7001-2023 Annex A; the class of the register stands for its words: our own reading"),
    gettext_noop("TSG T7008-2023 Annex A; the class of the register stands for its words: our own reading"),
    gettext_noop("TSG T7008-2023 A1.3.12 (every 6 years)"),
    gettext_noop("code of a public report checker (Ningxia); warns only"),
    gettext_noop("reports under the rules before T7001-2023"),
    gettext_noop("wording of a T7008-2023 self-test from memory"),
    gettext_noop("inspection.md R13: periodic inspection by licensed inspection bodies; certificate: our own reading"),
    gettext_noop(
        "inspection.md R13: supervisory inspection by licensed inspection bodies; certificate: our own reading"
    ),
    gettext_noop(
        "inspection.md R13: the using unit itself, its maintenance unit, or a body that meets T7008; "
        "which certificate a tester holds is not said there: our own"
    ),
    gettext_noop(
        "inspection.md R6 and R13: a periodic inspection, by licensed inspection bodies; certificate: our own reading"
    ),
    gettext_noop(
        "inspection.md §2: done inside the year's inspection or self-test, so by whoever does these; "
        "certificate: our own"
    ),
    gettext_noop(
        "inspection.md §3: an item of the yearly maintenance (TSG T5002-2017); who else may do it is not "
        "said there: our own"
    ),
    gettext_noop("inspection.md §4: deadline for rectification and report, for example 10 working days; unverified"),
    gettext_noop(
        "registry.md: the 2021 revision of the Nanjing ordinance asks for at least 5 years of warranty "
        "from the supervisory inspection; pages of 2021, official text not seen; the day it came into "
        "force is not known to us"
    ),
    gettext_noop("GB/T 20900, from memory (oversight.md §3), not compared with the standard; its first day is ours"),
    gettext_noop(
        'our reading of "other crowded places" in 宁政办发〔2019〕34号 §5; units are not told until the bureau says so'
    ),
    gettext_noop(
        '宁政办发〔2019〕34号 §5 says only "high fault rate"; 3 in 12 months is proposed (oversight.md §3), '
        "entrapments are not known yet: hazards stand in"
    ),
    gettext_noop(
        "宁政办发〔2019〕34号 §5, annex row 6: hospitals, malls, rail stations (the day it came into force was "
        "not read: the year's first)"
    ),
    gettext_noop(
        "民法典 art. 278, use of the maintenance fund; the article is cited (registry.md §8), its shares are"
        " from memory"
    ),
)
