"""Names that the database holds in Chinese and in English."""

from django.utils.translation import get_language


def in_this_language(chinese: str, english: str) -> str:
    """The English name for those who read English, where there is one; else the Chinese, which is the official one."""
    return english if english and (get_language() or "").startswith("en") else chinese
