"""Codes that stand in the ledgers, in words: by the choices of the models' own fields, wherever one names the code."""

from functools import lru_cache

from django.apps import apps


@lru_cache(maxsize=1)
def _choices() -> dict[tuple[str, str], list]:
    """{(app, field name): [labels of one field, …]} of every model; the labels are translated when they are read."""
    found: dict[tuple[str, str], list] = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if labels := dict(field.flatchoices or ()):
                kind_of = (str(model._meta.verbose_name_raw).split()[-1],) if field.name == "kind" else ()
                for name in (field.name, *kind_of):  # an action calls the kind of a flag `flag`
                    found.setdefault((model._meta.app_label, name), []).append((model._meta.label_lower, labels))
    return found


def in_words(subject_type: str, field: str, value) -> str:
    """The label of a code that an audit row holds for a field of its record; "" for whatever is no known code.

    Actions also record fields of rows beside their subject (a flag of an elevator): then every field of that name in the
    subject's app is asked, and only one answer counts.
    """
    if not isinstance(value, str) or not value:
        return ""
    app = subject_type.partition(".")[0]
    labels = {}
    for name in dict.fromkeys((field, field.removesuffix("s"))):
        for model, choices in _choices().get((app, name), []):
            if value in choices:
                labels[model] = str(choices[value])
    if subject_type in labels:
        return labels[subject_type]
    words = set(labels.values())
    return words.pop() if len(words) == 1 else ""
