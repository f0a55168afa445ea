"""Stored clauses in the reader's language."""

import pytest
from django.utils import translation

from common.citations import certainty_in_words, cited


@pytest.mark.parametrize(
    ("clause", "chinese", "english"),
    [
        (
            "TSG T7001-2023 4.1, 特种设备安全法 art. 40",
            "TSG T7001-2023 第 4.1 条；特种设备安全法 第 40 条",
            "TSG T7001-2023 4.1, Special Equipment Safety Law art. 40",
        ),
        (
            "TSG T7001-2023 A1.3.12.2, TSG T7008-2023 A1.3.12",
            "TSG T7001-2023 第 A1.3.12.2 项；TSG T7008-2023 第 A1.3.12 项",
            "TSG T7001-2023 A1.3.12.2, TSG T7008-2023 A1.3.12",
        ),
        ("GB 45067-2024 §5.6", "GB 45067-2024 第 5.6 条", "GB 45067-2024 §5.6"),
        ("总局令第74号 第六章 日管控", "总局令第74号 第六章 日管控", "SAMR Order 74 chapter 6, daily check"),
        (
            "R14 (Jiangsu, self-tests by scan since 2025-04-01)",
            "江苏省自行检测扫码规定（2025-04-01 起）",
            "Jiangsu, self-tests by scan since 2025-04-01",
        ),
        ("TSG T5002-2017", "TSG T5002-2017", "TSG T5002-2017"),
        ("第四十条的通知 <b>", "第四十条的通知 <b>", "第四十条的通知 <b>"),
        ("", "", ""),
    ],
)
def test_a_clause_is_read_in_ones_own_language(clause, chinese, english):
    with translation.override("zh-hans"):
        assert cited(clause) == chinese
    with translation.override("en"):
        assert cited(clause) == english


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ("V1", "one source read"),
        ("V2/D", "two independent sources read, the platform's own decision"),
        ("", ""),
        ("X", ""),
    ],
)
def test_how_sure_a_source_is_stands_in_words(marks, words):
    with translation.override("en"):
        assert certainty_in_words(marks) == words
