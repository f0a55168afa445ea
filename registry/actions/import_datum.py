"""In which datum a file's coordinates are: a trial run tries them against the borders of the districts that rows state."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from common.intake.cells import plain_number
from common.intake.kinds import Run
from common.intake.mapping import MappingSpec
from registry.actions.import_matching import ElevatorPlan
from registry.rules.borders import has_border
from registry.rules.datums import DatumFit, PlaceSample, better_reading, propose_datum

CODE = "datum"
CALLED = {"WGS84": "WGS84 / CGCS2000", "GCJ02": "GCJ-02", "BD09": "BD-09"}
SENTENCES = {
    "fits": _("Read as %(datum)s, %(percent)s %% of the places lie in the district that the file states."),
    "better": _(
        "Read as %(datum)s, %(percent)s %% of the places lie in the district that the file states; as %(chosen)s"
        " %(chosen_percent)s %%."
    ),
    "swapped": _(
        "Read as %(datum)s with latitude and longitude exchanged, %(percent)s %% of the places lie in the district that"
        " the file states; as they are %(chosen_percent)s %%."
    ),
}


def note(plans: Sequence[ElevatorPlan], run: Run) -> None:
    """Remember places of a trial run's chunk as they stand in the file: a bounded sample of those in stated districts."""
    if not _concerned(run):
        return
    rule = run.reader.position
    sample = run.memory.setdefault("places", PlaceSample())
    sample.add(
        (
            plain_number(plan.cells[rule.latitude], rule.decimal_comma),
            plain_number(plan.cells[rule.longitude], rule.decimal_comma),
            plan.reading.area_code,
        )
        for plan in plans
        if plan.reading is not None and plan.reading.area_code
    )


def _concerned(run: Run) -> bool:
    """Positions in a city whose districts have borders, read by a mapping that people can change."""
    if "judges places" not in run.memory:
        reader = run.reader
        run.memory["judges places"] = (
            reader.position is not None and not reader.name and any(map(has_border, reader.area.all_codes))
        )
    return run.memory["judges places"]


def checks(run: Run) -> list[dict]:
    """How many of the sampled places lie in their district as the file is read now, and a reading that does better."""
    if not _concerned(run) or not run.memory["places"].rows:
        return []
    fits = propose_datum(run.memory["places"].rows)
    datum = run.reader.position.datum
    chosen = next(fit for fit in fits if (fit.datum, fit.swapped) == (datum, False))
    better = better_reading(fits, datum=datum)
    return [{"code": CODE, "params": _told(chosen), "proposal": _told(better) if better else None}]


def _told(fit: DatumFit) -> dict:
    percent = round(100 * fit.share, 1)
    return {
        "datum": fit.datum,
        "swapped": fit.swapped,
        "inside": fit.inside,
        "judged": fit.judged,
        "percent": f"{percent:g}",
    }


def explain(check: Mapping) -> tuple[str, str]:
    """(the sentence, the label of the button)."""
    chosen, better = check["params"], check["proposal"]
    if not better:
        return SENTENCES["fits"] % _words(chosen), ""
    words = _words(better) | {"chosen": CALLED[chosen["datum"]], "chosen_percent": chosen["percent"]}
    if better["swapped"]:
        label = _("Exchange latitude and longitude, read as %(datum)s, and try again")
        return SENTENCES["swapped"] % words, str(label % words)
    return SENTENCES["better"] % words, str(_("Read as %(datum)s and try again") % words)


def _words(told: Mapping) -> dict:
    return {"datum": CALLED[told["datum"]], "percent": told["percent"]}


def adopt(spec: MappingSpec, better: Mapping) -> MappingSpec:
    """The mapping that reads its places in the better way; the options stay with the target."""
    latitude, longitude = spec.targets["latitude"].columns, spec.targets["longitude"].columns
    if better["swapped"]:
        latitude, longitude = longitude, latitude
    spec = spec.with_target("latitude", latitude, datum=better["datum"])
    return spec.with_target("longitude", longitude)
