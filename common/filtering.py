"""A FilterSet's filters in words: what stands in the chips of a list is what is printed in its exports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from common.actor import Actor


@dataclass(frozen=True, slots=True)
class AskedBy:
    """What stands for the request of a FilterSet where there is none: an export, the words of a saved filter."""

    actor: Actor


def filter_names(filter_class) -> set[str]:
    """Every filter that an address may name, those included that other apps bring (`brought`), whoever may use them."""
    return set(filter_class.base_filters) | set(getattr(filter_class, "brought", dict)())


def given_filters(filterset) -> Iterator[tuple[str, object, object]]:
    """(name, form field, value as typed) of each filter in force; those with an error are left out."""
    for name, field in filterset.form.fields.items():
        given = filterset.form[name].value()
        given = given.strip() if isinstance(given, str) else given  # nothing but blanks is no filter
        if given not in (None, "", []) and not filterset.form.errors.get(name):
            yield name, field, given


def spoken_value(field, given) -> str:
    """A filter's value as the page says it: labels of choices, what was typed otherwise."""
    labels = {str(value): label for value, label in getattr(field, "choices", ())}
    values = given if isinstance(given, list | tuple) else [given]
    return "、".join(str(labels.get(str(value), value)) for value in values)


def words_of(filterset, spoken: Callable | None = None) -> list[tuple[str, str]]:
    """[(label, value)] of the filters in force. `spoken(name, field, given)` may say a value better, or give None."""
    return [
        (str(field.label), str((spoken and spoken(name, field, given)) or spoken_value(field, given)))
        for name, field, given in given_filters(filterset)
    ]
